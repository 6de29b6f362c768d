#include "tests/web/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <optional>

#include "engine/base/check.h"

extern char** environ;

namespace lintel::test {
namespace {

constexpr int patience_ms = 20'000;  // only a failing test waits so long

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts)
    list.push_back(text.data());
  return list;
}

}  // namespace

Program::Program(const std::string& name, const std::vector<std::string>& arguments,
                 const std::vector<std::string>& environment) {
  int out[2];
  int err[2];
  DOOR_CHECK(::pipe2(out, O_CLOEXEC) == 0 && ::pipe2(err, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, out[1], 1);
  posix_spawn_file_actions_adddup2(&files, err[1], 2);
  std::vector<std::string> words{std::string(LINTEL_BIN_DIR) + "/" + name};
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto argument_list = pointers(words);
  argument_list.push_back(nullptr);
  auto added = environment;
  auto environment_list = pointers(added);
  for (char** entry = environ; *entry != nullptr; ++entry)
    environment_list.push_back(*entry);
  environment_list.push_back(nullptr);
  DOOR_CHECK(::posix_spawn(&pid_, words[0].c_str(), &files, nullptr, argument_list.data(),
                           environment_list.data()) == 0);
  posix_spawn_file_actions_destroy(&files);
  out_.fd.reset(out[0]);
  err_.fd.reset(err[0]);
  ::close(out[1]);
  ::close(err[1]);
}

Program::~Program() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Program::hears(Stream& stream, const std::string& text) {
  while (text.empty() || stream.heard.find(text) == std::string::npos) {
    pollfd wait{stream.fd.get(), POLLIN, 0};
    if (::poll(&wait, 1, patience_ms) <= 0) return false;
    char part[4096];
    const auto got = ::read(stream.fd.get(), part, sizeof part);
    if (got <= 0) return false;
    stream.heard.append(part, static_cast<std::size_t>(got));
  }
  return true;
}

const std::string& Program::output() {
  hears(out_, "");
  return out_.heard;
}

const std::string& Program::complaints() {
  hears(err_, "");
  return err_.heard;
}

void Program::signal(int number) const {
  ::kill(pid_, number);
}

int Program::exit_code() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace lintel::test
