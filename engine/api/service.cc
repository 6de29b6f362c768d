#include "engine/api/service.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace lintel::api {
namespace {

std::optional<unsigned long long> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  unsigned long long number = 0;
  const auto* end = text + std::strlen(text);
  const auto [at, error] = std::from_chars(text, end, number);
  if (error != std::errc{} || at != end) return std::nullopt;
  return number;
}

}  // namespace

Service::Service() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path == nullptr || (path[0] != '/' && path[0] != '@') ||
      std::strlen(path) >= sizeof address.sun_path)
    return;
  const auto length = std::strlen(path);
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // a name that is no file
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return;
  socket_ = std::move(socket);
  const auto waits = number_in("WATCHDOG_USEC");
  const auto whom = number_in("WATCHDOG_PID");
  if (!waits || *waits == 0 || (whom && *whom != static_cast<unsigned long long>(::getpid())))
    return;
  turn_within_ = std::chrono::milliseconds(*waits / 1000 / 2);
}

void Service::tell(std::string_view text) const {
  if (!socket_) return;
  [[maybe_unused]] const auto sent =
      ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Service::ready() {
  tell("READY=1");
}

void Service::status(std::string_view words) {
  tell("STATUS=" + std::string(words));
}

void Service::turned() {
  if (!turn_within_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - told_ < *turn_within_ / 2) return;
  told_ = now;
  tell("WATCHDOG=1");
}

}  // namespace lintel::api
