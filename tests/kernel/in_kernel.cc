// Runs a program on the tests' own kernel, a User-mode Linux that is a program itself:
//
//   lintel-in-kernel [--seconds N] PROGRAM ARGUMENT...
//
// What the program says comes out here, and its exit code is ours. It sees the files of this
// machine, has /run for itself, and a real GPIO character device. Time there goes on only while
// everybody waits (time-travel=inf-cpu): a minute of waiting takes no time, and a busy machine
// changes nothing. N are seconds here, not there; after them the kernel is ended (100).
//
// The same program is the first one inside, which mounts what is needed, starts PROGRAM, and turns
// the machine off when it ends.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/unique_fd.h"

extern char** environ;

namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr int failed = 1;
constexpr int skipped = 77;  // SKIP_RETURN_CODE in CMakeLists.txt

// Lists of words in a file, each with a zero behind it, as in /proc/PID/cmdline.
void write_words(const fs::path& path, const std::vector<std::string>& words) {
  std::ofstream file(path);
  for (const auto& word : words)
    file << word << '\0';
}

std::vector<std::string> read_words(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');)
    words.push_back(word);
  return words;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (auto& word : words)
    all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

// ---- inside

[[noreturn]] void turn_off() {
  ::sync();
  std::ofstream("/proc/sys/kernel/printk") << 0;  // not that it goes down
  ::reboot(RB_POWER_OFF);
  ::_exit(failed);
}

void mount_at(const char* kind, const char* place) {
  if (::mount(kind, place, kind, 0, nullptr) == 0) return;
  std::cerr << "mount " << kind << " at " << place << ": " << std::strerror(errno) << std::endl;
  turn_off();
}

// The console would make "\r\n" of "\n".
void write_plainly() {
  termios how{};
  if (::tcgetattr(1, &how) != 0) return;
  ::cfmakeraw(&how);
  ::tcsetattr(1, TCSANOW, &how);
}

int be_first(const fs::path& folder) {
  write_plainly();
  for (const auto& [kind, place] : {std::pair{"proc", "/proc"},
                                    {"sysfs", "/sys"},
                                    {"devtmpfs", "/dev"},
                                    {"configfs", "/sys/kernel/config"},
                                    {"tracefs", "/sys/kernel/tracing"},
                                    {"debugfs", "/sys/kernel/debug"},
                                    {"tmpfs", "/run"}}) {
    mount_at(kind, place);
  }
  // Sleeps end when they should: by default up to 50 us later, and all of them with a tick of 10 ms
  // until the first one has passed.
  ::prctl(PR_SET_TIMERSLACK, 1);
  ::usleep(50'000);
  auto arguments = read_words(folder / "arguments");
  auto environment = read_words(folder / "environment");
  const pid_t program = ::fork();
  if (program == 0) {
    ::setsid();
    const auto argv = pointers(arguments);
    const auto envp = pointers(environment);
    ::execve(argv[0], argv.data(), envp.data());
    std::cerr << argv[0] << ": " << std::strerror(errno) << std::endl;
    ::_exit(failed);
  }
  int status = 0;
  for (;;) {  // orphans come here, too
    const pid_t ended = ::wait(&status);
    if (ended == program || (ended < 0 && errno == ECHILD)) break;
  }
  if (WIFSIGNALED(status)) std::cerr << "Ended by signal " << WTERMSIG(status) << "." << std::endl;
  ::tcdrain(1);
  std::ofstream(folder / "code") << (WIFEXITED(status) ? WEXITSTATUS(status) : failed);
  turn_off();
}

// ---- outside

// What a test may ask of its environment, and what keeps away from the machine's folders.
std::vector<std::string> environment_inside() {
  std::vector<std::string> words = {"PATH=/usr/bin:/usr/sbin:/bin:/sbin", "HOME=/run",
                                    "TMPDIR=/run"};
  for (char** word = environ; *word != nullptr; ++word) {
    for (const char* beginning : {"LINTEL_", "GTEST_", "LANG=", "TZ="}) {
      if (std::strncmp(*word, beginning, std::strlen(beginning)) == 0) words.emplace_back(*word);
    }
  }
  return words;
}

std::string kernel() {
  const char* named = ::getenv("LINTEL_TEST_KERNEL");
  return named != nullptr ? named : LINTEL_SOURCE_DIR "/build/kernel";
}

class Folder {
 public:
  Folder() {
    std::string form = (fs::temp_directory_path() / "lintel-in-kernel-XXXXXX").string();
    path_ = ::mkdtemp(form.data());
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

pid_t start_kernel(const fs::path& folder, int output) {
  std::vector<std::string> words = {kernel(),
                                    "mem=256M",
                                    "root=none",
                                    "rootfstype=hostfs",
                                    "rootflags=/",
                                    "rw",
                                    "quiet",
                                    "time-travel=inf-cpu",
                                    "con=null",
                                    "con0=null,fd:1",
                                    "uml_dir=" + folder.string() + "/",
                                    "init=" + fs::read_symlink("/proc/self/exe").string(),
                                    "--",
                                    folder.string()};
  const auto argv = pointers(words);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  ::close_range(3, ~0U, 0);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

// Copies what the kernel and the program say, until both have ended. False: they have not in time.
bool copy_output(int input, Clock::time_point latest) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(latest - Clock::now());
    pollfd event{input, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&event, 1, static_cast<int>(left.count())) == 0) return false;
    char buffer[16384];
    const auto got = ::read(input, buffer, sizeof buffer);
    if (got <= 0) return true;
    std::cout.write(buffer, got).flush();
  }
}

int run(std::vector<std::string> arguments, std::chrono::seconds most) {
  if (::access(kernel().c_str(), X_OK) != 0) {
    const char* no_install = ::getenv("LINTEL_NO_INSTALL");
    const bool skip = no_install != nullptr && std::strcmp(no_install, "1") == 0;
    std::cout << "There is no test kernel at " << kernel() << ": run tests/kernel/build.\n";
    return skip ? skipped : failed;
  }
  arguments[0] = fs::absolute(arguments[0]).string();
  const Folder folder;
  write_words(folder.path() / "arguments", arguments);
  write_words(folder.path() / "environment", environment_inside());
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed;
  const lintel::UniqueFd input(ends[0]);
  lintel::UniqueFd output(ends[1]);
  const pid_t pid = start_kernel(folder.path(), output.get());
  output.reset();
  const bool in_time = copy_output(input.get(), Clock::now() + most);
  ::kill(-pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  std::ifstream file(folder.path() / "code");
  int code = failed;
  if (file >> code) return code;
  std::cout << "The test kernel "
            << (in_time ? "ended without the program's result.\n"
                        : "was ended: it took too long.\n");
  return failed;
}

}  // namespace

int main(int argc, char** argv) {
  if (::getpid() == 1) return be_first(argv[1]);  // and "console=tty0"
  std::vector<std::string> arguments(argv + 1, argv + argc);
  std::chrono::seconds most{100};
  if (arguments.size() > 2 && arguments[0] == "--seconds") {
    most = std::chrono::seconds(std::stoi(arguments[1]));
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  if (arguments.empty()) {
    std::cerr << "lintel-in-kernel [--seconds N] PROGRAM ARGUMENT...\n";
    return 2;
  }
  for (const auto& argument : arguments) {
    if (argument == "--gtest_list_tests") {  // asked while it is built: any kernel will do
      auto words = arguments;
      ::execv(words[0].c_str(), pointers(words).data());
      return failed;
    }
  }
  return run(std::move(arguments), most);
}
