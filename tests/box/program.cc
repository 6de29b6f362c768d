#include "tests/box/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace lintel::box {

using namespace std::chrono_literals;

bool eventually(const std::function<bool()>& is_true, std::chrono::milliseconds most) {
  const auto deadline = std::chrono::steady_clock::now() + most;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > deadline) return is_true();
    ::poll(nullptr, 0, 2);
  }
  return true;
}

Program::Program(const std::string& path, const std::vector<std::string>& arguments,
                 const std::string& log_file) {
  std::vector<std::string> words = {path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  // fork and not posix_spawn: only the child itself can ask to die with its parent.
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (::getppid() != parent || log < 0 || ::dup2(nothing, 0) < 0 || ::dup2(log, 1) < 0 ||
        ::dup2(log, 2) < 0) {
      ::_exit(126);
    }
    // Poco's sockets are inherited: a program would hold the fake server's port after its death.
    ::close_range(3, ~0U, 0);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  if (pid_ < 0) throw std::runtime_error("fork " + path);
  handle_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!handle_) throw std::runtime_error("pidfd_open " + path);
}

Program::~Program() {
  if (running()) signal(SIGKILL);
  ended(30s);
}

void Program::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

std::optional<int> Program::ended(std::chrono::milliseconds wait) {
  if (status_) return status_;
  pollfd event{handle_.get(), POLLIN, 0};
  if (::poll(&event, 1, static_cast<int>(wait.count())) <= 0) return std::nullopt;
  int status = 0;
  if (::waitpid(pid_, &status, 0) == pid_) status_ = status;
  return status_;
}

int exit_code(std::optional<int> status) {
  return status && WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
}

Outcome run(const std::string& path, const std::vector<std::string>& arguments,
            const std::string& log_file) {
  Program program(path, arguments, log_file);
  const int code = exit_code(program.ended(20s));
  std::ifstream log(log_file);
  return {code, {std::istreambuf_iterator<char>(log), {}}};
}

}  // namespace lintel::box
