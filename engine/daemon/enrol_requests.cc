// ENROLL_INFO (9.6.1): whom a card is asked for, and what is stored when there is one.
#include "engine/daemon/enrol_requests.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/core/limits.h"
#include "engine/daemon/errand.h"

namespace lintel::daemon {
namespace {

using storage::Store;
using storage::TableSchema;
using Row = std::vector<std::string>;

const TableSchema& user_table() {
  static const TableSchema& table = *storage::find_table("user");
  return table;
}

const TableSchema& card_table() {
  static const TableSchema& table = *storage::find_table("mulcarduser");
  return table;
}

std::string hex_text(std::uint64_t number) {
  std::array<char, 16> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, 16).ptr;
  std::string upper(text.data(), end);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return upper;
}

// Empty: there is no such row.
Result<Row> find_row(Store& store, const TableSchema& table,
                     std::span<const std::string_view> key) {
  Row row;
  auto found = store.find(table, key, [&](std::uint64_t, std::span<const std::string_view> values) {
    row.assign(values.begin(), values.end());
    return true;
  });
  if (!found) return fail(std::move(found).error());
  return row;
}

// The row as it stands now: for the server, and for the doors.
Result<void> tell(Store& store, const TableSchema& table, const Row& row, const Facts& facts,
                  Effects& effects) {
  NamedRow named;
  for (std::size_t at = 0; at < row.size(); ++at)
    named.push_back({table.fields[at].name, row[at]});
  if (auto fine = check_row(table, named, facts, effects); !fine) return fine;
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  for (const auto& value : named)
    fields.emplace_back(value.field, value.value);
  return add_upload(store, table.name, fields);
}

Result<void> store_first_card(Store& store, const std::string& pin, CardNo card, const Facts& facts,
                              Effects& effects) {
  const auto& table = user_table();
  const int columns[] = {table.field("Pin"), table.field("CardNo")};
  const auto number = std::to_string(card.value);
  const std::string_view values[] = {pin, number};
  if (auto set = store.update(table, columns, values); !set) return set;
  const std::string_view key[] = {pin};
  const auto row = find_row(store, table, key);
  if (!row) return fail(Error(row.error()));
  return tell(store, table, *row, facts, effects);
}

Result<void> store_further_card(Store& store, const std::string& pin, CardNo card,
                                const Facts& facts, Effects& effects) {
  const auto& table = card_table();
  const auto there = store.count(table, {});
  if (!there) return fail(Error(there.error()));
  if (*there >= limits::cards_max) return fail(Errc::full, "there is no room for another card");
  const int columns[] = {table.field("Pin"), table.field("CardNo"), table.field("LossCardFlag"),
                         table.field("CardType")};
  const auto number = hex_text(card.value);
  const std::string_view values[] = {pin, number, "0", "0"};
  if (auto set = store.update(table, columns, values); !set) return set;
  const std::string_view key[] = {pin, number};
  const auto row = find_row(store, table, key);
  if (!row) return fail(Error(row.error()));
  return tell(store, table, *row, facts, effects);
}

// False: there is no such user.
Result<bool> store_card(Store& store, const std::string& pin, CardNo card, const Facts& facts,
                        Effects& effects) {
  const std::string_view key[] = {pin};
  const auto user = find_row(store, user_table(), key);
  if (!user) return fail(Error(user.error()));
  if (user->empty()) return false;
  const auto& first = (*user)[static_cast<std::size_t>(user_table().field("CardNo"))];
  const auto stored = first.empty() || first == "0"
                          ? store_first_card(store, pin, card, facts, effects)
                          : store_further_card(store, pin, card, facts, effects);
  if (!stored) return fail(Error(stored.error()));
  return true;
}

}  // namespace

Checked<void> enroll(Errand& errand, const pb::Enroll& request) {
  if (!Pin::from(request.pin())) {
    return refuse(codes::wrong_parameter, "A user ID has 1 to 24 printable characters.");
  }
  if (errand.system.enrolling) {
    return refuse(codes::execution_error,
                  "Somebody is being enrolled already; wait until that has ended.");
  }
  if (request.save()) {
    const std::string_view key[] = {request.pin()};
    const auto user = find_row(errand.store, user_table(), key);
    if (!user) return store_trouble(user.error());
    if (user->empty())
      return refuse(codes::no_such_user, "There is no such user whose card it could become.");
  }
  errand.outcome.reply.set_pending(true);
  errand.outcome.enroll = request;
  return {};
}

Result<std::int32_t> store_enrolment(const pb::Enroll& request, CardNo card, bool owned,
                                     const Facts& facts, std::chrono::sys_seconds utc, Store& store,
                                     Effects& effects) {
  std::int32_t code = codes::ok;
  if (request.save() && !owned) {
    const auto stored = store_card(store, request.pin(), card, facts, effects);
    if (!stored) return fail(Error(stored.error()));
    if (!*stored) code = codes::no_such_user;
  }
  if (code == codes::ok) {
    const auto number = std::to_string(card.value);
    const std::pair<std::string_view, std::string_view> row[] = {
        {"TYPE", "0"}, {"PIN", request.pin()}, {"TMP", number}};
    auto added = add_upload(store, "EnrollInfoData", row);
    if (!added) return fail(std::move(added).error());
    effects.uploads = true;
  }
  effects.results = true;
  if (request.command().id().empty()) return code;
  if (auto ended = Gate::finish(request.command(), code, utc, store); !ended)
    return fail(std::move(ended).error());
  return code;
}

}  // namespace lintel::daemon
