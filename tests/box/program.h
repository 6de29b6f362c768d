// One of our programs as a child of the test: started, watched, killed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/unique_fd.h"

namespace lintel::box {

// Looks again and again until it is true, at most so long.
bool eventually(const std::function<bool()>& is_true, std::chrono::milliseconds most);

class Program {
 public:
  // What it says goes to the end of the log file. It dies with the test, whatever becomes of that.
  Program(const std::string& path, const std::vector<std::string>& arguments,
          const std::string& log_file);
  // Kills it, if it still runs.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void signal(int number) const;
  // How it ended, as waitpid() tells; nothing: it still runs after so long.
  std::optional<int> ended(std::chrono::milliseconds wait);
  [[nodiscard]] bool running() { return !ended(std::chrono::milliseconds(0)); }

 private:
  pid_t pid_ = -1;
  UniqueFd handle_;
  std::optional<int> status_;
};

// The exit code, or -1 when a signal ended it.
int exit_code(std::optional<int> status);

// Runs a program to its end and returns its exit code and what it said.
struct Outcome {
  int code = 0;
  std::string said;
};
Outcome run(const std::string& path, const std::vector<std::string>& arguments,
            const std::string& log_file);

}  // namespace lintel::box
