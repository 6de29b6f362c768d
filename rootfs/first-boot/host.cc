#include "rootfs/first-boot/host.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <poll.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "engine/base/unique_fd.h"
#include "hal/board_file.h"
#include "hal/gpio_lines.h"

namespace lintel::first_boot {
namespace {

constexpr int check_within_ms = 20'000;
constexpr std::size_t said_bytes_max = 2'000;

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t got = 0; got < count;) {
    const auto part = ::getrandom(bytes.data() + got, count - got, 0);
    DOOR_CHECK(part > 0 || errno == EINTR);
    if (part > 0) got += static_cast<std::size_t>(part);
  }
  return bytes;
}

// One that comes later, of a module, is udev's.
void hand_over_chips() {
  const auto* group = ::getgrnam("lintel-gpio");
  if (group == nullptr) return;
  for (const auto& chip : hal::gpio_chips()) {
    if (::chown(chip.c_str(), 0, group->gr_gid) != 0 || ::chmod(chip.c_str(), 0660) != 0)
      log_warning("first-boot", "give " + chip + " to the engine: " + std::strerror(errno));
  }
}

// Mixed in, not counted: whether it is secret nobody knows.
void stir(const std::string& seed) {
  const UniqueFd random(::open("/dev/urandom", O_WRONLY | O_CLOEXEC));
  if (!random || ::write(random.get(), seed.data(), seed.size()) < 0)
    log_warning("first-boot", "the random seed cannot be given to the kernel");
}

// What it says until it ends; at most so much, and so long.
std::string heard(int pipe) {
  std::string said;
  for (;;) {
    pollfd wait{pipe, POLLIN, 0};
    char part[512];
    if (::poll(&wait, 1, check_within_ms) <= 0) break;
    const auto got = ::read(pipe, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (said.size() < said_bytes_max) said.append(part, static_cast<std::size_t>(got));
  }
  while (!said.empty() && said.back() == '\n')
    said.pop_back();
  return said;
}

// The engine itself says whether it takes the file: there is no second opinion that could differ.
Result<void> check_by(const std::string& engine, const std::string& path) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const UniqueFd from(ends[0]);
  UniqueFd to(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to.get(), STDERR_FILENO);
  std::string program = engine, option = "--config", file = path, check = "--check";
  char* arguments[] = {program.data(), option.data(), file.data(), check.data(), nullptr};
  char* environment[] = {nullptr};
  pid_t child = -1;
  const int spawned =
      ::posix_spawn(&child, engine.c_str(), &actions, nullptr, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  to.reset();
  if (spawned != 0) {
    // Nobody can say that it is wrong; the engine will.
    log_warning("first-boot", "start " + engine + ": " + std::strerror(spawned));
    return {};
  }
  const auto said = heard(from.get());
  int status = 0;
  if (::waitpid(child, &status, WNOHANG) == 0) {
    // It has closed its output and is about to end, or it hangs.
    pollfd nothing{-1, 0, 0};
    for (int i = 0; i < 50 && ::waitpid(child, &status, WNOHANG) == 0; ++i)
      ::poll(&nothing, 1, 100);
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(Errc::invalid, said.empty() ? "the engine does not take it" : said);
}

Result<void> check_board(const std::string& path) {
  auto file = hal::read_board_file(path);
  if (!file) return fail(std::move(file).error());
  return {};
}

bool reset_button_held(const std::string& board_file) {
  const auto file = hal::read_board_file(board_file);
  if (!file || !file->reset_button) return false;
  const auto& button = *file->reset_button;
  const auto lines = hal::kernel_lines();
  const auto found = lines->find(button.at);
  if (!found) return false;
  auto request = lines->request(found->chip,
                                {{.offset = found->offset,
                                  .active_low = button.active_low,
                                  .bias = button.bias,
                                  .debounce = button.debounce,
                                  .both_edges = true}},
                                16);
  if (!request) return false;
  using namespace std::chrono_literals;
  for (auto held = 0ms; held < button_held_for; held += 50ms) {
    const auto active = (*request)->active(found->offset);
    if (!active || !*active) return false;
    pollfd nothing{-1, 0, 0};
    ::poll(&nothing, 1, 50);
  }
  return true;
}

void discard_freed(const std::string& data) {
  const UniqueFd folder(::open(data.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  fstrim_range all{.start = 0, .len = ULLONG_MAX, .minlen = 0};
  if (!folder || ::ioctl(folder.get(), FITRIM, &all) != 0)
    log_info("first-boot", "the card does not discard what was removed");
}

bool is_in_memory(const std::string& path) {
  struct statfs about {};
  return ::statfs(path.c_str(), &about) == 0 && about.f_type == TMPFS_MAGIC;
}

Result<void> set_host_name(const std::string& name) {
  if (::sethostname(name.data(), name.size()) == 0) return {};
  return fail(Errc::io, std::strerror(errno));
}

// On a root that is read-only systemd makes an id for one start, in this file, and mounts it over
// /etc/machine-id: what is written here is read there.
void adopt_machine_id(const std::string& id) {
  const UniqueFd file(::open("/run/machine-id", O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file || ::pwrite(file.get(), id.data(), id.size(), 0) < 0)
    log_info("first-boot", "the machine's id is the service manager's");
}

Result<void> set_clock(std::chrono::sys_seconds utc) {
  const timespec time{.tv_sec = utc.time_since_epoch().count(), .tv_nsec = 0};
  if (::clock_settime(CLOCK_REALTIME, &time) == 0) return {};
  return fail(Errc::io, std::strerror(errno));
}

// On the screen or the serial port, where there is nobody to log in; in the log without the code,
// which is a secret.
void tell(const std::string& line) {
  const UniqueFd console(::open("/dev/console", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  const auto text = "\r\n" + line + "\r\n";
  if (console && ::write(console.get(), text.data(), text.size()) < 0)
    log_info("first-boot", "nothing can be shown at the console");
  log_info("first-boot", line.substr(0, line.find(", code for the first visit")));
}

std::optional<Owner> owner_of(const char* user) {
  const auto* entry = ::getpwnam(user);
  if (entry == nullptr) return std::nullopt;
  return Owner{entry->pw_uid, entry->pw_gid};
}

}  // namespace

Host this_machine(const Paths& paths, const std::string& engine) {
  return Host{
      .random = random_bytes,
      .check_configuration = [engine](const auto& path) { return check_by(engine, path); },
      .check_board = check_board,
      .reset_button_held = reset_button_held,
      .discard_freed = [data = paths.data] { discard_freed(data); },
      .data_is_in_memory = [data = paths.data] { return is_in_memory(data); },
      .stir = stir,
      .hand_over_chips = hand_over_chips,
      .set_host_name = set_host_name,
      .adopt_machine_id = adopt_machine_id,
      .utc = [] { return std::chrono::sys_seconds(std::chrono::seconds(std::time(nullptr))); },
      .set_clock = set_clock,
      .tell = tell};
}

Result<Owners> image_users() {
  const auto engine = owner_of("lintel-engine"), web = owner_of("lintel-web");
  const auto* group = ::getgrnam("lintel");
  if (!engine || !web || group == nullptr)
    return fail(Errc::not_found,
                "the users lintel-engine and lintel-web and the group lintel are missing; "
                "systemd-sysusers makes them");
  return Owners{.root = {}, .lintel = {0, group->gr_gid}, .engine = *engine, .web = *web};
}

}  // namespace lintel::first_boot
