#include "push/test_host.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <future>
#include <memory>
#include <thread>

#include "engine/base/unique_fd.h"

namespace lintel::push {
namespace {

using Time = std::chrono::steady_clock;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list) != 0) return nullptr;
  return Addresses(list);
}

// A name server that is silent would hold us up for as long as the resolver likes; it is left to
// its waiting on a thread of its own, which ends with it.
Addresses resolve_until(const std::string& host, std::uint16_t port, Time::time_point deadline) {
  std::packaged_task<Addresses()> task([host, port] { return resolve(host, port); });
  auto found = task.get_future();
  std::thread(std::move(task)).detach();
  if (found.wait_until(deadline) != std::future_status::ready) return nullptr;
  return found.get();
}

bool connects(const addrinfo& address, Time::time_point deadline) {
  const UniqueFd socket(::socket(
      address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol));
  if (!socket) return false;
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return true;
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
  const auto addresses = resolve_until(name, port, deadline);
  for (const addrinfo* at = addresses.get(); at != nullptr && Time::now() < deadline;
       at = at->ai_next) {
    if (connects(*at, deadline)) return true;
  }
  return false;
}

}  // namespace lintel::push
