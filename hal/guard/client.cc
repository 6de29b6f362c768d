#include "hal/guard/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/log.h"

namespace lintel::guard {
namespace {

constexpr int answer_within_ms = 250;

Result<Message> answer(int socket, Kind kind) {
  pollfd wait{socket, POLLIN, 0};
  if (::poll(&wait, 1, answer_within_ms) <= 0)
    return fail(Errc::timeout, "the guard of the locks does not answer");
  auto message = receive(socket);
  if (!message || message->kind != kind)
    return fail(Errc::gone,
                "the guard of the locks has hung up; it is another version, or does "
                "not take this user (lintel-guard --user)");
  return message;
}

}  // namespace

Client::Client(std::string socket_path) : path_(std::move(socket_path)) {
  if (!wanted()) return;
  // Without the page there is nothing to guard by: the guard is then as good as absent.
  if (auto page = make_page()) page_fd_ = std::move(*page);
  page_ = map_page(page_fd_.get());
}

Result<void> Client::connect() {
  watching_ = false;
  held_.clear();
  if (!page_) return fail(Errc::io, "there is no memory to share with the guard of the locks");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path)
    return fail(Errc::invalid, path_ + " is too long for a socket's name");
  path_.copy(address.sun_path, path_.size());
  socket_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    socket_.reset();
    return fail(Errc::gone,
                "no guard of the locks answers at " + path_ + ": " + std::strerror(error));
  }
  auto held = answer(socket_.get(), Kind::held);
  if (!held) {
    socket_.reset();
    return fail(std::move(held).error());
  }
  held_ = std::move(held->requests);
  return {};
}

UniqueFd Client::take(const LockLines& lines) {
  const auto found = std::find_if(held_.begin(), held_.end(),
                                  [&](const HeldLines& held) { return held.lines == lines; });
  if (found == held_.end()) return UniqueFd();
  auto fd = std::move(found->fd);
  held_.erase(found);
  return fd;
}

Result<void> Client::watch(const std::vector<HeldLines>& requests) {
  held_.clear();
  std::vector<const HeldLines*> all;
  for (const auto& request : requests)
    all.push_back(&request);
  rested_ = page_->rested.load();
  if (auto sent = send(socket_.get(), Kind::watch, all, page_fd_.get()); !sent) {
    socket_.reset();
    return sent;
  }
  if (auto watching = answer(socket_.get(), Kind::watching); !watching) {
    socket_.reset();
    return fail(std::move(watching).error());
  }
  watching_ = true;
  return {};
}

void Client::turned(std::uint64_t now_ns, std::uint32_t kept_open) {
  if (!page_) return;
  page_->turned_at.store(now_ns);
  page_->kept_open.store(kept_open);
}

void Client::driven(unsigned door, bool on) {
  if (!page_) return;
  const auto bit = std::uint32_t{1} << (door - 1);
  if (on) {
    page_->driven.fetch_or(bit);
  } else {
    page_->driven.fetch_and(~bit);
  }
}

bool Client::has_rested() {
  if (!page_) return false;
  const auto times = page_->rested.load();
  return times != std::exchange(rested_, times);
}

bool Client::lost() {
  if (!wanted()) return false;
  if (!watching()) return true;
  pollfd wait{socket_.get(), POLLIN, 0};
  // It says nothing by itself: whatever can be read is its end.
  if (::poll(&wait, 1, 0) <= 0) return false;
  socket_.reset();
  return true;
}

}  // namespace lintel::guard
