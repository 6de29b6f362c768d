#include "engine/core/passages.h"

#include <algorithm>
#include <utility>

namespace lintel {

std::size_t Passages::slot_of(const Pin& pin) const {
  const std::size_t mask = heads_.size() - 1;
  std::size_t slot = std::hash<Pin>{}(pin)&mask;
  while (heads_[slot].first != nowhere && heads_[slot].pin != pin)
    slot = (slot + 1) & mask;
  return slot;
}

std::optional<Passage> Passages::last(const Pin& pin, ReaderSet readers) const {
  std::optional<Passage> newest;
  for (Place at = heads_[slot_of(pin)].first; at != nowhere; at = nodes_[at].next) {
    const Passage& passage = nodes_[at].passage;
    if ((readers & bit(passage.reader)) == 0) continue;
    if (!newest || newest->order < passage.order) newest = passage;
  }
  return newest;
}

Passage& Passages::find_or_add(const Pin& pin, ReaderId reader) {
  std::size_t slot = slot_of(pin);
  for (Place at = heads_[slot].first; at != nowhere; at = nodes_[at].next) {
    if (nodes_[at].passage.reader == reader) return nodes_[at].passage;
  }
  if (heads_[slot].first == nowhere) {
    if ((people_ + 1) * 2 > heads_.size()) {
      rebuild(heads_.size() * 2);
      slot = slot_of(pin);
    }
    heads_[slot].pin = pin;
    ++people_;
  }
  Place place = nowhere;
  if (free_.empty()) {
    place = static_cast<Place>(nodes_.size());
    nodes_.emplace_back();
  } else {
    place = free_.back();
    free_.pop_back();
  }
  nodes_[place] = {.passage = {.reader = reader, .civil = {}, .uptime = {}, .order = 0},
                   .next = heads_[slot].first};
  heads_[slot].first = place;
  return nodes_[place].passage;
}

void Passages::note(const Pin& pin, ReaderId reader, Turn& turn) {
  Passage& passage = find_or_add(pin, reader);
  passage.civil = turn.now.civil;
  passage.uptime = turn.now.uptime;
  passage.order = ++newest_;
  turn.keep({KeptKind::passage, static_cast<std::uint8_t>(reader), pin},
            passage.civil.time_since_epoch().count(), static_cast<std::int64_t>(passage.order));
}

void Passages::forget(const Pin& pin, Turn& turn) {
  const std::size_t slot = slot_of(pin);
  if (heads_[slot].first == nowhere) return;
  for (Place at = heads_[slot].first; at != nowhere; at = nodes_[at].next) {
    turn.forget({KeptKind::passage, static_cast<std::uint8_t>(nodes_[at].passage.reader), pin});
    free_.push_back(at);
  }
  heads_[slot] = Head{};
  --people_;
  rebuild(heads_.size());  // those behind it move up
}

void Passages::forget_all(Turn& turn) {
  heads_.assign(heads_.size(), Head{});
  nodes_.clear();
  free_.clear();
  people_ = 0;
  turn.forget_all(KeptKind::passage);
}

void Passages::clean(const People& people, Turn& turn) {
  constexpr std::chrono::days long_enough{7};
  std::vector<Pin> gone;
  for (const Head& head : heads_) {
    if (head.first == nowhere || people.by_pin(head.pin)) continue;
    bool lately = false;
    for (Place at = head.first; at != nowhere; at = nodes_[at].next)
      lately = lately || nodes_[at].passage.civil + long_enough > turn.now.civil;
    if (!lately) gone.push_back(head.pin);
  }
  for (const Pin& each : gone)
    forget(each, turn);
}

void Passages::restore(const Kept& row) {
  Passage& passage = find_or_add(row.key.pin, ReaderId{row.key.place});
  passage.civil = CivilTime{std::chrono::seconds{row.value}};
  passage.order = static_cast<std::uint64_t>(row.extra);
  newest_ = std::max(newest_, passage.order);
}

void Passages::settle(const Moment& now) {
  for (Node& node : nodes_) {
    const bool known = now.trusted && node.passage.civil <= now.civil;
    node.passage.uptime = now.uptime;
    if (known) node.passage.uptime -= now.civil - node.passage.civil;
  }
}

void Passages::make_room() {
  std::size_t slots = std::max<std::size_t>(heads_.size(), 64);
  while ((people_ + limits::passage_room) * 2 > slots)
    slots *= 2;
  if (slots > heads_.size()) rebuild(slots);
  if (nodes_.capacity() - nodes_.size() + free_.size() < limits::passage_room) {
    nodes_.reserve(nodes_.size() + 2 * limits::passage_room);
  }
  free_.reserve(nodes_.capacity());
}

void Passages::rebuild(std::size_t slots) {
  const std::vector<Head> old = std::exchange(heads_, std::vector<Head>(slots));
  for (const Head& head : old) {
    if (head.first != nowhere) heads_[slot_of(head.pin)] = head;
  }
}

}  // namespace lintel
