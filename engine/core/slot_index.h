// A hash index from a key to the number of the slot that holds it. The keys stay where they are;
// the index asks its caller whether a slot is the one. Finding allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace lintel {

using Slot = std::uint32_t;
inline constexpr Slot no_slot = std::numeric_limits<Slot>::max();

// Open addressing with linear probing, at most three quarters full. Keys are unique: equal ones are
// the caller's to chain, so that a password shared by everybody does not make it slow.
class SlotIndex {
 public:
  template <class IsIt>
  [[nodiscard]] Slot find(std::size_t hash, IsIt is_it) const {
    if (entries_.empty()) return no_slot;
    const auto short_hash = static_cast<std::uint32_t>(hash);
    for (std::size_t i = short_hash & mask();; i = (i + 1) & mask()) {
      const Entry& entry = entries_[i];
      if (entry.slot == no_slot) return no_slot;
      if (entry.hash == short_hash && is_it(entry.slot)) return entry.slot;
    }
  }

  void insert(std::size_t hash, Slot slot) {
    if ((size_ + 1) * 4 > entries_.size() * 3) rebuild(entries_.empty() ? 64 : entries_.size() * 2);
    place({static_cast<std::uint32_t>(hash), slot});
    ++size_;
  }

  // REQUIRES: `from` is in the index under this hash.
  void replace(std::size_t hash, Slot from, Slot to) { entries_[where(hash, from)].slot = to; }

  // REQUIRES: the slot is in the index under this hash.
  void erase(std::size_t hash, Slot slot) {
    std::size_t hole = where(hash, slot);
    // Entries behind the hole move up into it, unless that would put them before their own place.
    for (std::size_t i = (hole + 1) & mask(); entries_[i].slot != no_slot; i = (i + 1) & mask()) {
      const std::size_t home = entries_[i].hash & mask();
      if (((i - home) & mask()) < ((i - hole) & mask())) continue;
      entries_[hole] = entries_[i];
      hole = i;
    }
    entries_[hole] = Entry{};
    --size_;
  }

  void reserve(std::size_t keys) {
    std::size_t size = 64;
    while (keys * 4 > size * 3)
      size *= 2;
    if (size > entries_.size()) rebuild(size);
  }

 private:
  struct Entry {
    std::uint32_t hash = 0;
    Slot slot = no_slot;
  };

  [[nodiscard]] std::size_t mask() const { return entries_.size() - 1; }

  [[nodiscard]] std::size_t where(std::size_t hash, Slot slot) const {
    std::size_t i = static_cast<std::uint32_t>(hash) & mask();
    while (entries_[i].slot != slot)
      i = (i + 1) & mask();
    return i;
  }

  void place(Entry entry) {
    std::size_t i = entry.hash & mask();
    while (entries_[i].slot != no_slot)
      i = (i + 1) & mask();
    entries_[i] = entry;
  }

  void rebuild(std::size_t size) {
    std::vector<Entry> old = std::exchange(entries_, std::vector<Entry>(size));
    for (const Entry& entry : old) {
      if (entry.slot != no_slot) place(entry);
    }
  }

  std::vector<Entry> entries_;  // a power of two
  std::size_t size_ = 0;
};

}  // namespace lintel
