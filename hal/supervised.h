// Supervised inputs: contacts with resistors behind an analogue-to-digital converter (the kernel's
// IIO), so that a cut wire and a short are seen.
//
//            pull-up        R
//   V ref ----[   ]----+---[   ]---+---- contact ----+--- 0 V
//                      |           +------[ R ]------+
//                     ADC
//
//   shorted 0, closed R, open 2 R, cut: no way at all. Each level is told apart at the middle
//   between its neighbours, in ohms for what flows, and with a band in which nothing changes.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"
#include "hal/board_file.h"

namespace lintel::hal {

// The values of the protocol's SupervisedResistor: 1.2, 2.2, 4.7 and 10 kilo-ohms.
inline constexpr unsigned supervised_ohms_usual = 1'200;

// What a reading means. `before`: what it was; it stays so within a band of an eighth around each
// border. `raw` is 0 to input.full_scale.
Level level_of(const SupervisedInput& input, unsigned ohms, unsigned raw, Level before);

// A thread that reads the converters: one over I2C takes milliseconds, and the loop does not wait.
// A level counts when two readings in a row agree.
class SupervisedInputs {
 public:
  static constexpr std::chrono::milliseconds sampled_every{50};

  // Finds each device below `folder` (its name is in the file `name`). not_found names the input.
  static Result<std::unique_ptr<SupervisedInputs>> open(const std::vector<BoardInput>& inputs,
                                                        const std::string& folder);
  ~SupervisedInputs();

  // Readable when levels have changed. Owned by this.
  [[nodiscard]] int fd() const { return changed_fd_.get(); }
  // What has changed since the last call, and a sentence when a converter does not answer.
  std::vector<std::pair<InputLine, Level>> take();
  [[nodiscard]] std::string trouble() const;
  void set_resistor(const InputLine& line, unsigned ohms);
  // Reads all once, on the calling thread; the thread does it again and again. For start().
  void sample();

 private:
  struct Channel {
    BoardInput input;
    std::string file;  // in_voltageN_raw
    unsigned ohms = supervised_ohms_usual;
    Level told = Level::inactive, seen = Level::inactive;
    bool ever_read = false;
  };
  SupervisedInputs() = default;
  void run();

  UniqueFd changed_fd_;
  std::vector<Channel> channels_;  // under mutex_, but for `input` and `file`
  std::map<InputLine, Level> changed_;
  std::string trouble_;
  mutable std::mutex mutex_;
  std::condition_variable end_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lintel::hal
