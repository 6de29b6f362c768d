// Lockout after wrong entries: five at one reader, or five wrong passwords of one person at any
// reader, within five minutes of the first. Then nothing typed is taken at that reader, and no
// password of that person, for five minutes; right ones in between change nothing.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "engine/core/kept.h"
#include "engine/core/turn.h"

namespace lintel {

inline constexpr std::chrono::minutes lockout_time{5};

class Lockouts {
 public:
  Lockouts();

  // How long it lasts still; nothing: there is none.
  [[nodiscard]] std::optional<std::chrono::seconds> of_reader(ReaderId reader, Uptime now) const;
  [[nodiscard]] std::optional<std::chrono::seconds> of_person(const Pin& pin, Uptime now) const;

  // Notes a wrong entry. True: it was one too many.
  bool wrong_at(ReaderId reader, Turn& turn);
  bool wrong_of(const Pin& pin, Turn& turn);

  void restore(const Kept& row);
  void settle(Uptime now);  // after the last restore(): what was locked out is so for the full time
  // What is over is forgotten, on disk too; to be called when the first one is.
  void clean(Turn& turn);
  [[nodiscard]] Uptime deadline() const;

 private:
  struct Count {
    KeptKey key;
    std::uint32_t wrong = 0;
    bool locked = false;
    Uptime over_at{};  // of the lockout, or of the time in which wrong ones count
  };
  // More people than can type wrong passwords at all readers before the first are forgotten.
  static constexpr std::size_t people_max =
      2 * std::size_t{2} * limits::doors_max * limits::wrong_entries_max;

  static bool wrong(Count& count, Turn& turn);
  [[nodiscard]] static std::optional<std::chrono::seconds> left(const Count& count, Uptime now);
  [[nodiscard]] const Count* find(const Pin& pin) const;

  std::array<Count, std::size_t{2} * limits::doors_max> readers_{};
  std::vector<Count> people_;
};

}  // namespace lintel
