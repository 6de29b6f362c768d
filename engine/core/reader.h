// A reader: the keys typed at it, the parts shown so far of what its door asks for, its light and
// its buzzer. Whom the parts name, and whether he may pass, is decided elsewhere.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "engine/core/access.h"
#include "engine/core/turn.h"

namespace lintel {

// How long the reader says what was decided.
inline constexpr std::chrono::milliseconds beep_granted{100}, beep_refused{300}, beep_waiting{50};
inline constexpr std::chrono::seconds green_max{3};

class Reader {
 public:
  // The parts shown so far, while the next one is waited for.
  struct Parts {
    Pin pin;
    CardNo card;
    std::uint32_t site_code = 0;
    std::uint8_t card_bits = 0;
    std::uint16_t proofs = 0;
    Attempt::Duress duress = Attempt::Duress::none;
  };

  explicit Reader(ReaderId id) : id_(id) {}
  [[nodiscard]] ReaderId id() const { return id_; }

  //   nothing    the entry goes on, or was cleared
  //   complete   # was pressed; see entry()
  //   too_long   # was pressed after more digits than any entry has
  //   bell       # was pressed, and nothing had been shown or typed
  enum class Typed : std::uint8_t { nothing, complete, too_long, bell };
  Typed press(std::uint8_t key, Uptime now);
  [[nodiscard]] std::string_view entry() const { return {digits_.data(), count_}; }
  void clear_entry();

  [[nodiscard]] const std::optional<Parts>& parts() const { return parts_; }
  void wait_for_more(const Attempt& attempt, Uptime now);
  void forget_parts();

  void show_granted(std::chrono::seconds green, Turn& turn);
  void show_refused(Turn& turn);
  void show_waiting(Turn& turn);

  [[nodiscard]] Uptime deadline() const;
  // True: the parts shown have waited too long; the caller refuses them and forgets them.
  // REQUIRES: deadline() is turn.now.uptime.
  bool fire(Turn& turn);

 private:
  void beep(std::chrono::milliseconds time, unsigned more, Turn& turn);

  ReaderId id_;
  std::array<char, limits::keypad_digits_max> digits_{};
  std::size_t count_ = 0;
  bool too_long_ = false;
  std::optional<Parts> parts_;
  Uptime wait_over_ = no_deadline;  // for the next key or part
  Uptime green_until_ = no_deadline, beep_until_ = no_deadline;
  unsigned beeps_to_come_ = 0;  // short ones; between them it is quiet for as long
};

}  // namespace lintel
