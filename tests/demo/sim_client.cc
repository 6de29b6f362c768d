// lintel-sim: one request to a simulated board. `watch` goes on until it is interrupted.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "engine/api/config.h"
#include "engine/base/unique_fd.h"

namespace {

int give_up(int code, const std::string& text) {
  std::fprintf(stderr, "lintel-sim: %s\n", text.c_str());
  return code;
}

lintel::UniqueFd connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  lintel::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return {};
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || std::string_view(argv[1]) != "--config") {
    return give_up(2, "usage: lintel-sim --config FILE REQUEST...");
  }
  const auto config = lintel::api::read_config(argv[2]);
  if (!config) return give_up(2, config.error().text);
  const auto fd = connect_to(config->simulator);
  if (!fd)
    return give_up(1, "no simulated board at " + config->simulator + "; start it with ./dev run");

  std::string request;
  for (int i = 3; i < argc; ++i)
    request += (i == 3 ? "" : " ") + std::string(argv[i]);
  const bool watching = request == "watch";
  request += '\n';
  if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return give_up(1, "the board does not take the request");
  }
  std::string answer;
  char buffer[4096];
  for (;;) {
    const auto got = ::read(fd.get(), buffer, sizeof buffer);
    if (got <= 0) return answer.empty() ? give_up(1, "the board has hung up") : 0;
    answer.append(buffer, static_cast<std::size_t>(got));
    std::fwrite(buffer, 1, static_cast<std::size_t>(got), stdout);
    std::fflush(stdout);
    if (!watching && answer.back() == '\n') return answer.rfind("ok", 0) == 0 ? 0 : 1;
  }
}
