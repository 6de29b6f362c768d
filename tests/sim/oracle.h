// The slow oracle: who may pass, decided anew each time from the plain rows of the book, row by row
// and minute by minute. It shares no code with the engine and keeps no table of its own; what it
// remembers is what a reader has been shown, and who was let in last.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/book.h"

namespace lintel::sim {

// What the journal must say of something that was shown at a reader.
struct Decision {
  unsigned reader = 0;
  bool granted = false;
  unsigned code = 0;     // of a refusal
  unsigned or_code = 0;  // that will do as well; 0: none
  std::string pin = "0";
  std::uint64_t card = 0;
  unsigned verify = 200;  // verifytype
  bool by_password_alone = false;
};

class Oracle {
 public:
  explicit Oracle(const Book& book) : book_(book) {}

  // ---- what is shown at a reader. Nothing: no event follows, the reader waits for more.
  std::optional<Decision> card(unsigned reader, std::uint64_t card, const Moment& now);
  std::optional<Decision> key(unsigned reader, unsigned key, const Moment& now);
  Decision bad_frame(unsigned reader, const Moment& now) const;
  // What was shown and waited for its second part in vain.
  std::vector<Decision> time_passed(const Moment& now);

  // What would come of this card, with all that the door asks for; touches nothing.
  [[nodiscard]] Decision would(unsigned reader, std::uint64_t card, const Moment& now) const;
  // The event of an exit button that is pressed.
  [[nodiscard]] unsigned exit_button(unsigned door, const Moment& now) const;
  [[nodiscard]] bool zone_wants_open(unsigned door, const Moment& now) const;
  [[nodiscard]] bool zone_holds(unsigned zone, const Moment& now) const;
  [[nodiscard]] bool is_registered(const std::string& pin) const;
  [[nodiscard]] bool is_blacklisted(const std::string& pin) const;

  // ---- what else it has to know
  void let_in(unsigned door, const std::string& pin, std::uint64_t card, Uptime at);
  // Wrong entries at this reader, or of this person, that may still count towards a lockout: the
  // simulation stays below it.
  [[nodiscard]] unsigned wrong_entries(unsigned reader, Uptime now) const;
  [[nodiscard]] unsigned wrong_entries(const std::string& pin, Uptime now) const;
  void engine_died();             // a reader's memory is the engine's
  void asks_anew(unsigned door);  // the door's verification mode has changed

 private:
  // Kinds of proof.
  static constexpr unsigned by_card = 1, by_password = 2, by_id = 4;
  struct Mode {
    unsigned proofs;
    bool all;
  };
  struct Shown {  // an attempt, on its way down the ladder
    unsigned reader = 0;
    std::string pin;  // of the person it names; empty: nobody
    std::uint64_t card = 0;
    unsigned proofs = 0;
    bool looked_up = true;  // somebody was looked for
    bool lost = false;
    bool wrong_password = false, ambiguous = false;
    bool in_order = true, in_time = true;
  };
  struct ReaderMemory {
    std::string typed;
    std::optional<Shown> first_part;
    Uptime until = Uptime::max();
  };
  struct LetIn {
    unsigned door = 0;
    std::string pin;
    std::uint64_t card = 0;
    auto operator<=>(const LetIn&) const = default;
  };
  struct CardOwner {
    std::string pin;  // empty: nobody
    bool lost = false;
  };

  [[nodiscard]] Mode mode(unsigned door) const;
  [[nodiscard]] CardOwner owner_of(std::uint64_t card) const;
  [[nodiscard]] std::vector<std::string> with_password(const std::string& password) const;
  [[nodiscard]] Shown password_shown(unsigned reader, const std::string& digits) const;
  // 0: no rung refuses.
  [[nodiscard]] unsigned refusal(const Shown& shown, const Moment& now) const;
  [[nodiscard]] Decision decision(const Shown& shown, unsigned code) const;
  std::optional<Decision> judge(const Shown& shown, const Moment& now);
  void forget(unsigned reader);
  [[nodiscard]] bool zone_began_today(unsigned zone, const Moment& now) const;
  [[nodiscard]] bool zone_exists(unsigned zone) const;
  [[nodiscard]] std::string day_kind(std::chrono::local_days day) const;

  const Book& book_;
  std::map<unsigned, ReaderMemory> readers_;
  std::map<LetIn, Uptime> let_in_;
  struct WrongEntry {
    unsigned reader = 0;
    std::string pin;
    Uptime at{};
  };
  std::vector<WrongEntry> wrong_entries_;
};

}  // namespace lintel::sim
