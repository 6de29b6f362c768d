#include "tests/hal/sim_peer.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace lintel::hal {

SocketPlace::SocketPlace() {
  directory_ = (std::filesystem::temp_directory_path() / "hal-XXXXXX").string();
  if (::mkdtemp(directory_.data()) == nullptr) throw std::runtime_error("no temporary directory");
}

SocketPlace::~SocketPlace() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

SimPeer::SimPeer(const std::string& path)
    : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("connect to " + path + ": " + std::strerror(errno));
  }
}

void SimPeer::send(std::string_view text) {
  const auto sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("the board took too little");
}

std::string SimPeer::line() {
  while (in_.find('\n') == std::string::npos) {
    if (!receive()) return "";
  }
  const auto end = in_.find('\n');
  auto line = in_.substr(0, end);
  in_.erase(0, end + 1);
  return line;
}

bool SimPeer::hung_up() {
  while (receive())
    in_.clear();
  return ended_;
}

void SimPeer::finish_sending() {
  ::shutdown(fd_.get(), SHUT_WR);
}

bool SimPeer::receive() {
  std::array<char, 4096> bytes{};
  const auto got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  if (got <= 0) {
    ended_ = got == 0 || errno != EAGAIN;
    return false;
  }
  in_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

}  // namespace lintel::hal
