#include "push/test_host.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/unique_fd.h"
#include "push/resolver.h"

namespace lintel::push {
namespace {

using Time = std::chrono::steady_clock;

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

// REQUIRES: `ip` is numeric. Size 0: it is not.
Address address_of(const std::string& ip, std::uint16_t port) {
  Address address;
  auto& four = reinterpret_cast<sockaddr_in&>(address.bytes);
  auto& six = reinterpret_cast<sockaddr_in6&>(address.bytes);
  if (::inet_pton(AF_INET, ip.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    address.size = sizeof four;
  } else if (::inet_pton(AF_INET6, ip.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    address.size = sizeof six;
  }
  return address;
}

bool connects(const Address& address, Time::time_point deadline) {
  const UniqueFd socket(
      ::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return false;
  const auto& to = reinterpret_cast<const sockaddr&>(address.bytes);
  if (::connect(socket.get(), &to, address.size) == 0) return true;
  if (errno != EINPROGRESS) return false;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Time::now());
  pollfd waiting{socket.get(), POLLOUT, 0};
  if (::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) != 1) {
    return false;
  }
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

}  // namespace

bool connects_to(const std::string& host, std::uint16_t port, std::chrono::milliseconds limit) {
  const auto deadline = Time::now() + limit;
  const bool bracketed = !host.empty() && host.front() == '[';
  const auto name = bracketed ? host.substr(1, host.size() - 2) : host;
  const auto ip = Resolver::of_the_system().resolve(name, deadline);
  if (!ip) return false;
  const auto address = address_of(*ip, port);
  return address.size != 0 && connects(address, deadline);
}

}  // namespace lintel::push
