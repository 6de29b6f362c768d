#include "hal/guard/protocol.h"

#include <fcntl.h>
#include <linux/gpio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace lintel::guard {
namespace {

constexpr std::uint32_t magic = 0x4c674431;  // "LgD1": both sides are of one form
constexpr std::size_t chip_bytes = 64;
constexpr std::size_t descriptors_max = requests_max + 1;

struct Row {
  std::array<char, chip_bytes> chip{};
  std::uint32_t count = 0;
  std::array<std::uint32_t, doors_max> offsets{};
  std::array<std::uint8_t, doors_max> doors{};
  std::uint32_t rests_active = 0;
};
struct Letter {
  std::uint32_t what = magic;
  Kind kind{};
  std::uint32_t rows = 0;
  std::array<Row, requests_max> row{};
};

Row row_of(const LockLines& lines) {
  Row row;
  lines.chip.copy(row.chip.data(), chip_bytes - 1);
  row.count = static_cast<std::uint32_t>(lines.lines.size());
  for (std::size_t i = 0; i < lines.lines.size(); ++i) {
    row.offsets[i] = lines.lines[i].offset;
    row.doors[i] = static_cast<std::uint8_t>(lines.lines[i].door);
    if (lines.lines[i].rests_active) row.rests_active |= 1u << i;
  }
  return row;
}

LockLines lines_of(const Row& row) {
  LockLines lines{.chip = row.chip.data(), .lines = {}};
  for (std::size_t i = 0; i < row.count; ++i) {
    lines.lines.push_back({.door = row.doors[i],
                           .offset = row.offsets[i],
                           .rests_active = (row.rests_active >> i & 1) != 0});
  }
  return lines;
}

bool is_sound(const Letter& letter, std::size_t size, std::size_t descriptors) {
  if (size != sizeof letter || letter.what != magic || letter.rows > requests_max) return false;
  const bool page = letter.kind == Kind::watch;
  if (descriptors != letter.rows + (page ? 1 : 0)) return false;
  if (letter.kind != Kind::held && !page && letter.kind != Kind::watching) return false;
  return std::all_of(letter.row.begin(), letter.row.begin() + letter.rows, [](const Row& row) {
    return row.count >= 1 && row.count <= doors_max && row.chip.back() == '\0' &&
           std::all_of(row.doors.begin(), row.doors.begin() + row.count,
                       [](auto door) { return door >= 1 && door <= doors_max; });
  });
}

union Control {
  cmsghdr head;
  char bytes[CMSG_SPACE(sizeof(int) * descriptors_max)];
};

Error left() {
  return {Errc::gone, "the other side has left"};
}

}  // namespace

Result<void> send(int socket, Kind kind, const std::vector<const HeldLines*>& requests, int page) {
  Letter letter;
  letter.kind = kind;
  std::vector<int> descriptors;
  if (page >= 0) descriptors.push_back(page);
  for (const auto* request : requests) {
    if (letter.rows == requests_max || request->lines.lines.size() > doors_max)
      return fail(Errc::full, "locks on more than 8 chips, or more than 16 on one");
    letter.row[letter.rows++] = row_of(request->lines);
    descriptors.push_back(request->fd.get());
  }
  iovec body{&letter, sizeof letter};
  Control control{};
  msghdr message{};
  message.msg_iov = &body;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    const auto size = descriptors.size() * sizeof(int);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(size);
    auto* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(head), descriptors.data(), size);
  }
  const auto sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(sizeof letter)) return {};
  return fail(left());
}

Result<Message> receive(int socket) {
  Letter letter;
  iovec body{&letter, sizeof letter};
  Control control{};
  msghdr message{};
  message.msg_iov = &body;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  const auto size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  std::vector<UniqueFd> descriptors;
  for (auto* head = CMSG_FIRSTHDR(&message); size >= 0 && head != nullptr;
       head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    for (std::size_t at = 0; CMSG_LEN(at + sizeof(int)) <= head->cmsg_len; at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + at, sizeof fd);
      descriptors.emplace_back(fd);
    }
  }
  if (size <= 0 || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
      !is_sound(letter, static_cast<std::size_t>(size), descriptors.size()))
    return fail(left());
  Message said{.kind = letter.kind, .requests = {}, .page = {}};
  std::size_t next = 0;
  if (letter.kind == Kind::watch) said.page = std::move(descriptors[next++]);
  for (std::uint32_t i = 0; i < letter.rows; ++i)
    said.requests.push_back({lines_of(letter.row[i]), std::move(descriptors[next++])});
  return said;
}

void Unmap::operator()(Page* page) const {
  ::munmap(page, sizeof *page);
}

MappedPage map_page(int fd) {
  // A page that could be made smaller would end whoever reads it.
  const int seals = ::fcntl(fd, F_GET_SEALS);
  struct stat info {};
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || ::fstat(fd, &info) != 0 ||
      info.st_size < static_cast<off_t>(sizeof(Page)))
    return nullptr;
  void* at = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return at == MAP_FAILED ? nullptr : MappedPage(static_cast<Page*>(at));
}

Result<UniqueFd> make_page() {
  UniqueFd fd(::memfd_create("lintel-guard", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd && ::ftruncate(fd.get(), sizeof(Page)) == 0 &&
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0)
    return fd;
  return fail(Errc::io, std::string("make the guard's page: ") + std::strerror(errno));
}

std::uint64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

Result<void> set_lines(int request, std::uint64_t mask, std::uint64_t active) {
  gpio_v2_line_values values{.bits = active, .mask = mask};
  if (::ioctl(request, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) == 0) return {};
  return fail(Errc::io, std::string("set lines: ") + std::strerror(errno));
}

}  // namespace lintel::guard
