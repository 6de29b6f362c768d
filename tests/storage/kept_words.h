// Kept rows for stories about the journal, as text: "passage 3 7 = 17 2".
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/core/kept.h"

namespace lintel::tests {

inline constexpr KeptKind kept_kinds[] = {
    KeptKind::passage,        KeptKind::stay_open,      KeptKind::first_card,
    KeptKind::emergency,      KeptKind::lockdown,       KeptKind::alarms,
    KeptKind::reader_lockout, KeptKind::person_lockout, KeptKind::temporary_day,
};

inline KeptKey key_of(KeptKind kind, unsigned place = 0, std::string_view pin = "") {
  KeptKey key{.kind = kind, .place = static_cast<std::uint8_t>(place), .pin = {}};
  if (!pin.empty()) key.pin = Pin::from(pin).value();
  return key;
}
inline Kept put_kept(const KeptKey& key, std::int64_t value, std::int64_t extra = 0) {
  return {.key = key, .value = value, .extra = extra, .change = Kept::Change::put};
}
inline Kept erase_kept(const KeptKey& key) {
  return {.key = key, .change = Kept::Change::erase};
}
inline Kept erase_kind(KeptKind kind) {
  return {.key = key_of(kind), .change = Kept::Change::erase_all};
}

inline std::string text_of(const Kept& row) {
  return std::to_string(static_cast<int>(row.key.kind)) + " " + std::to_string(row.key.place) +
         " " + (row.key.pin.empty() ? "-" : std::string(row.key.pin.view())) + " = " +
         std::to_string(row.value) + " " + std::to_string(row.extra);
}
inline std::vector<std::string> texts_of(std::span<const Kept> rows) {
  std::vector<std::string> texts;
  for (const Kept& row : rows)
    texts.push_back(text_of(row));
  return texts;
}

// What the changes lead to, told the slow way: the rows in the order of their keys.
class KeptModel {
 public:
  void change(const Kept& row) {
    switch (row.change) {
      case Kept::Change::put:
        rows_[row.key] = row;
        break;
      case Kept::Change::erase:
        rows_.erase(row.key);
        break;
      case Kept::Change::erase_all:
        std::erase_if(rows_, [&](const auto& one) { return one.first.kind == row.key.kind; });
        break;
    }
  }
  [[nodiscard]] std::vector<Kept> rows() const {
    std::vector<Kept> rows;
    for (const auto& [key, row] : rows_)
      rows.push_back(row);
    return rows;
  }

 private:
  std::map<KeptKey, Kept> rows_;
};

}  // namespace lintel::tests
