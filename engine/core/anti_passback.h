// Anti-passback: which passages a reader allows next. Made from appendix 8 and the tables
// AntiPassBack and TriggerList; in/out and timed anti-passback of a single door are door
// parameters, and asked here too.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "engine/core/door_parameters.h"
#include "engine/core/passages.h"
#include "engine/core/rules.h"

namespace lintel {

class AntiPassback {
 public:
  AntiPassback() = default;
  AntiPassback(const Rules& rules, const Layout& layout);

  enum class Kind : std::uint8_t { appendix = 1, in_out = 2, timed = 3, lists = 4 };
  struct Refusal {
    Kind kind{};
    ReaderId last{};                       // of the passage that stands in the way
    std::chrono::seconds still_to_wait{};  // timed
  };
  // Nothing: the person may pass.
  [[nodiscard]] std::optional<Refusal> refuses(const Pin& pin, ReaderId reader,
                                               const DoorParameters& door, const Passages& passages,
                                               Uptime now) const;

 private:
  // Of a person's last passage through any reader in `points`, it must be one of `opposite` that
  // he may pass the reader.
  struct Rule {
    Kind kind{};
    ReaderSet points = 0;
    std::array<ReaderSet, 2 * limits::doors_max> opposite{};  // by reader
  };
  struct Side {
    ReaderSet readers = 0;  // listed as readers
    ReaderSet doors = 0;    // the readers of listed doors
    [[nodiscard]] ReaderSet all() const { return readers | doors; }
  };
  void add(Kind kind, const Side& from, const Side& to);

  std::vector<Rule> rules_;
};

}  // namespace lintel
