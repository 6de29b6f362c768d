#include "tests/bench/programs.h"

#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "engine/api/client.h"
#include "tests/bench/swipes.h"
#include "tests/bench/table.h"

namespace lintel::bench {
namespace {

pid_t start(const std::string& program, const std::string& config) {
  const std::string path = std::string(LINTEL_BIN_DIR) + "/" + program;
  std::string name = program, flag = "--config", file = config;
  char* arguments[] = {name.data(), flag.data(), file.data(), nullptr};
  pid_t pid = 0;
  if (::posix_spawn(&pid, path.c_str(), nullptr, nullptr, arguments, environ) != 0)
    give_up("cannot start " + path);
  return pid;
}

}  // namespace

Programs::Programs(const std::string& directory, const std::string& server)
    : directory_(directory) {
  const std::string config = directory + "/lintel.conf";
  std::ofstream(config) << "[device]\nserial = 3383154200002\n[storage]\npath = " << directory
                        << "\n[hal]\nboard = sim:4\n[push]\nserver = " << server
                        << "\n[web]\nlisten = 127.0.0.1:" << 20'000 + ::getpid() % 10'000 << "\n";
  for (const auto* program : {"lintel-engine", "lintel-push", "lintel-web"})
    pids_[program] = start(program, config);
}

Programs::~Programs() {
  for (const auto& [program, pid] : pids_)
    ::kill(pid, SIGTERM);
  for (const auto& [program, pid] : pids_)
    ::waitpid(pid, nullptr, 0);
}

void Programs::wait_until_ready() {
  for (int tries = 0; tries < 30'000; ++tries) {
    if (auto client = api::Client::connect(socket(), pb::ROLE_TECHNICIAN)) {
      pb::Request request;
      request.mutable_get_status();
      if ((*client)->call(request, std::chrono::seconds(30))) return;
    }
    ::usleep(1'000);
  }
  give_up("the engine did not start");
}

double Programs::resident_mib() const {
  double kib = 0;
  for (const auto& [program, pid] : pids_) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("VmRSS:", 0) == 0) kib += std::atof(line.c_str() + 6);
    }
  }
  return kib / 1024;
}

Programs::Use Programs::use(const std::string& program) const {
  const std::string process = "/proc/" + std::to_string(pids_.at(program));
  Use use;
  std::ifstream status(process + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) use.peak_mib = std::atof(line.c_str() + 6) / 1024;
  }
  std::ifstream stat(process + "/stat");
  std::string text;
  std::getline(stat, text);
  std::istringstream rest(text.substr(text.rfind(')') + 2));  // the name may have blanks in it
  std::string skipped;
  for (int field = 3; field < 14; ++field)
    rest >> skipped;
  double user = 0, system = 0;
  rest >> user >> system;
  use.cpu_seconds = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return use;
}

SimLine::SimLine(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) give_up("the socket's path is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  fd_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    give_up("no simulated board at " + path);
  }
}

std::string SimLine::ask(const std::string& request) {
  const std::string line = request + "\n";
  if (::send(fd_.get(), line.data(), line.size(), MSG_NOSIGNAL) < 0)
    give_up("the board has hung up");
  return next_line();
}

std::string SimLine::next_line() {
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    char bytes[4096];
    const auto got = ::read(fd_.get(), bytes, sizeof bytes);
    if (got <= 0) give_up("the board has hung up");
    buffer_.append(bytes, static_cast<std::size_t>(got));
  }
}

std::chrono::nanoseconds socket_hop(double part) {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) give_up("no socketpair");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(fds[0]);  // else its own end would keep it waiting
    char byte = 0;
    while (::read(fds[1], &byte, 1) == 1 && ::write(fds[1], &byte, 1) == 1) {
    }
    ::_exit(0);
  }
  ::close(fds[1]);
  std::vector<std::chrono::nanoseconds> hops;
  for (int i = 0; i < 5'000; ++i) {
    char byte = 0;
    const auto start = std::chrono::steady_clock::now();
    if (::write(fds[0], &byte, 1) != 1 || ::read(fds[0], &byte, 1) != 1) break;
    hops.push_back((std::chrono::steady_clock::now() - start) / 2);
  }
  ::close(fds[0]);
  ::waitpid(child, nullptr, 0);
  return percentile(hops, part);
}

}  // namespace lintel::bench
