// Places for many small things of one kind, by number. A place that becomes free is used again;
// things never move, and the pool grows by a chunk at a time, so that it wastes no more than one.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/core/slot_index.h"

namespace lintel {

// `link` is a member that means nothing while its place is free: the free places are chained by it.
// What is free is as if just made, but for that member.
template <class T, Slot T::*link>
class Pool {
 public:
  Slot add() {
    if (free_ == no_slot) return add_at_the_end();
    const Slot slot = free_;
    free_ = (*this)[slot].*link;
    (*this)[slot] = T{};
    return slot;
  }
  void remove(Slot slot) {
    (*this)[slot] = T{};
    (*this)[slot].*link = free_;
    free_ = slot;
  }
  void clear() {
    chunks_.clear();
    end_ = 0;
    free_ = no_slot;
  }

  T& operator[](Slot slot) { return chunks_[slot / chunk][slot % chunk]; }
  const T& operator[](Slot slot) const { return chunks_[slot / chunk][slot % chunk]; }
  // Behind the last place; those before it may be free.
  [[nodiscard]] Slot end() const { return end_; }

 private:
  static constexpr Slot chunk = 256;

  Slot add_at_the_end() {
    if (end_ % chunk == 0) chunks_.push_back(std::make_unique<T[]>(chunk));
    return end_++;
  }

  std::vector<std::unique_ptr<T[]>> chunks_;
  Slot end_ = 0;
  Slot free_ = no_slot;
};

}  // namespace lintel
