#include <algorithm>
#include <array>
#include <charconv>

#include "engine/core/calendar.h"
#include "engine/ctl/print.h"
#include "engine/ctl/questions.h"

namespace lintel::ctl {
namespace {

constexpr std::uint32_t rows_per_page = 500;

// What is asked for; the password is not.
enum Field : std::size_t { pin, name, card, group, start, end, disable, fields };
constexpr std::array<const char*, fields> field_names{"Pin",       "Name",    "CardNo", "Group",
                                                      "StartTime", "EndTime", "Disable"};
using Row = std::array<std::string, fields>;

// A date as the server wrote it: YYYYMMDD, or seconds of the protocol; "0" and nothing: no limit.
std::string date_words(const std::string& text) {
  std::uint32_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) return text;
  if (number == 0) return "";
  if (text.size() == 8 && number >= 19'000'101 && number <= 21'001'231)
    return text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2);
  const auto time = from_protocol_seconds(number);
  return time ? to_text(*time) : text;
}

std::string validity_words(const Row& user) {
  const std::string from = date_words(user[start]);
  const std::string until = date_words(user[end]);
  if (from.empty() && until.empty()) return "always";
  if (until.empty()) return "from " + from;
  if (from.empty()) return "until " + until;
  return from + " to " + until;
}

void tell(const Row& user) {
  const std::string card_words = user[card].empty() || user[card] == "0" ? "-" : user[card];
  print(column(printable(user[pin]), 10) + column(printable(user[name]), 24) +
        column(printable(card_words), 12) + column(printable(user[group]), 5) +
        column(printable(validity_words(user)), 24) + (user[disable] == "1" ? "disabled" : "-"));
}

void tell_head() {
  print(column("pin", 10) + column("name", 24) + column("card", 12) + column("group", 5) +
        column("valid", 24) + "disabled");
}

Result<pb::Page> page_after(api::Link& link, std::uint64_t after, const UsersCall& call) {
  pb::Request request;
  auto& query = *request.mutable_query();
  query.set_table("user");
  for (const char* field : field_names)
    query.add_field(field);
  query.set_after(after);
  query.set_rows_max(rows_per_page);
  if (call.pin) {
    auto& condition = *query.mutable_where()->add_all();
    condition.set_field(field_names[pin]);
    condition.set_value(*call.pin);
  }
  auto reply = ask(link, request);
  if (!reply) return fail(std::move(reply).error());
  const pb::Page& page = reply->page();
  const bool asked_for = page.field_size() == static_cast<int>(fields) &&
                         page.value_size() == page.field_size() * static_cast<int>(page.rows());
  if (!asked_for)
    return fail(Errc::corrupt, "the engine's page of users is not what was asked for");
  return page;
}

}  // namespace

Result<void> tell_users(const std::string& socket, const UsersCall& call) {
  auto client = connect(socket);
  if (!client) return fail(std::move(client).error());
  std::uint64_t after = 0;
  std::uint64_t told = 0;
  do {
    auto page = page_after(**client, after, call);
    if (!page) return fail(std::move(page).error());
    for (int at = 0; at < page->value_size(); at += static_cast<int>(fields)) {
      Row user;
      for (std::size_t i = 0; i < fields; ++i)
        user[i] = page->value(at + static_cast<int>(i));
      if (told++ == 0) tell_head();
      tell(user);
    }
    after = page->next();
  } while (after != 0);
  if (told == 0 && call.pin) return fail(Errc::not_found, "nobody has the user ID " + *call.pin);
  print(counted(told, "user", "users"));
  return {};
}

}  // namespace lintel::ctl
