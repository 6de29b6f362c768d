// A hash index from a key to the number of the slot that holds it. The keys stay where they are;
// the index asks its caller whether a slot is the one, and for the hash of a slot's key where it
// has to move it. Finding allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace lintel {

using Slot = std::uint32_t;
inline constexpr Slot no_slot = std::numeric_limits<Slot>::max();

// Open addressing with linear probing, four bytes for each entry, at most seven eighths full. Keys
// are unique: equal ones are the caller's to chain, so that a password shared by everybody does not
// make it slow.
//
// `hash_of` is called with a slot that is in the index, and gives the hash under which it went in.
class SlotIndex {
 public:
  static constexpr unsigned slot_bits = 23;
  static constexpr std::size_t slots_max = (std::size_t{1} << slot_bits) - 1;  // 0 to slots_max - 1

  template <class IsIt>
  [[nodiscard]] Slot find(std::uint32_t hash, IsIt is_it) const {
    if (entries_.empty()) return no_slot;
    for (std::size_t i = hash & mask(); entries_[i] != empty; i = (i + 1) & mask()) {
      const Entry entry = entries_[i];
      if (tag_of(entry) == tag_of(hash) && is_it(slot_of(entry))) return slot_of(entry);
    }
    return no_slot;
  }

  // REQUIRES: the slot is below slots_max.
  template <class HashOf>
  void insert(std::uint32_t hash, Slot slot, HashOf hash_of) {
    if ((size_ + 1) * 8 > entries_.size() * 7) {
      rebuild(entries_.empty() ? size_min : entries_.size() * 2, hash_of);
    }
    place(hash, slot);
    ++size_;
  }

  // REQUIRES: `from` is in the index under this hash.
  void replace(std::uint32_t hash, Slot from, Slot to) {
    entries_[where(hash, from)] = made_of(hash, to);
  }

  // REQUIRES: the slot is in the index under this hash.
  template <class HashOf>
  void erase(std::uint32_t hash, Slot slot, HashOf hash_of) {
    std::size_t hole = where(hash, slot);
    // Entries behind the hole move up into it, unless that would put them before their own place.
    for (std::size_t i = (hole + 1) & mask(); entries_[i] != empty; i = (i + 1) & mask()) {
      const std::size_t home = hash_of(slot_of(entries_[i])) & mask();
      if (((i - home) & mask()) < ((i - hole) & mask())) continue;
      entries_[hole] = entries_[i];
      hole = i;
    }
    entries_[hole] = empty;
    --size_;
  }

  void clear() {
    entries_.assign(entries_.size(), empty);
    size_ = 0;
  }

  template <class HashOf>
  void reserve(std::size_t keys, HashOf hash_of) {
    std::size_t size = size_min;
    while (keys * 8 > size * 7)
      size *= 2;
    if (size > entries_.size()) rebuild(size, hash_of);
  }

 private:
  // The slot, and above it the uppermost bits of the hash: they spare most looks at a wrong slot.
  using Entry = std::uint32_t;
  static constexpr Entry empty = std::numeric_limits<Entry>::max();
  static constexpr std::size_t size_min = 64;

  static Slot slot_of(Entry entry) { return entry & slots_max; }
  static std::uint32_t tag_of(std::uint32_t entry_or_hash) { return entry_or_hash >> slot_bits; }
  static Entry made_of(std::uint32_t hash, Slot slot) { return tag_of(hash) << slot_bits | slot; }

  [[nodiscard]] std::size_t mask() const { return entries_.size() - 1; }

  [[nodiscard]] std::size_t where(std::uint32_t hash, Slot slot) const {
    std::size_t i = hash & mask();
    while (slot_of(entries_[i]) != slot)
      i = (i + 1) & mask();
    return i;
  }

  void place(std::uint32_t hash, Slot slot) {
    std::size_t i = hash & mask();
    while (entries_[i] != empty)
      i = (i + 1) & mask();
    entries_[i] = made_of(hash, slot);
  }

  template <class HashOf>
  void rebuild(std::size_t size, HashOf hash_of) {
    const std::vector<Entry> old = std::exchange(entries_, std::vector<Entry>(size, empty));
    for (const Entry entry : old) {
      if (entry != empty) place(hash_of(slot_of(entry)), slot_of(entry));
    }
  }

  std::vector<Entry> entries_;  // a power of two
  std::size_t size_ = 0;
};

}  // namespace lintel
