// A program of ours, started for a test: what it says, and how it ends.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "engine/base/unique_fd.h"

namespace lintel::test {

class Program {
 public:
  // name: in LINTEL_BIN_DIR. environment: added to ours, "NAME=value".
  Program(const std::string& name, const std::vector<std::string>& arguments,
          const std::vector<std::string>& environment = {});
  ~Program();

  // Reads until the text has come on that stream, or the stream has ended. Waits 20 s at most.
  bool says(const std::string& text) { return hears(out_, text); }
  bool complains(const std::string& text) { return hears(err_, text); }
  // All it said, up to its end.
  const std::string& output();
  const std::string& complaints();
  void signal(int number) const;
  // Waits for its end; -1 when a signal ended it.
  int exit_code();

 private:
  struct Stream {
    UniqueFd fd;
    std::string heard;
  };
  static bool hears(Stream& stream, const std::string& text);

  pid_t pid_ = -1;
  Stream out_;
  Stream err_;
};

}  // namespace lintel::test
