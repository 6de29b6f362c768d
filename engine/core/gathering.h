// Several people who open a door together: those who are there so far (multimcard).
#pragma once

#include <array>
#include <span>

#include "engine/core/rules.h"
#include "engine/core/turn.h"

namespace lintel {

class Gathering {
 public:
  static constexpr std::size_t people_max = 5;

  //   waits      he fits, and more must come
  //   complete   he was the last one
  //   the_same   he is there already
  //   unwanted   no group of those that are still possible wants him
  //   no_group   no row for the door
  enum class Joined : std::uint8_t { waits, complete, the_same, unwanted, no_group };
  // REQUIRES: of waits, complete: the caller says what is next (expect() or clear()).
  struct Member {
    Pin pin;
    std::uint32_t group = 0;
    ReaderId reader{};
    CardNo card;
  };
  Joined join(const Member& who, DoorId door, std::span<const MultiCardGroup> groups);

  [[nodiscard]] std::size_t size() const { return count_; }
  // All but the last who came. REQUIRES: size() is not 0.
  [[nodiscard]] std::span<const Member> others() const { return {members_.data(), count_ - 1}; }

  // The next one must come before `when`. `told`: the event of the one who waits last.
  void expect_until(Uptime when, const Event& told) {
    over_at_ = when;
    told_ = told;
  }
  [[nodiscard]] const Event& told() const { return told_; }
  void clear() {
    count_ = 0;
    over_at_ = no_deadline;
  }
  [[nodiscard]] Uptime deadline() const { return over_at_; }

 private:
  [[nodiscard]] bool fits(const MultiCardGroup& group) const;

  std::array<Member, people_max> members_{};
  std::size_t count_ = 0;
  Event told_;
  Uptime over_at_ = no_deadline;
};

}  // namespace lintel
