// Requests about the event journal.
#include <algorithm>
#include <bitset>
#include <vector>

#include "engine/daemon/conversion.h"
#include "engine/daemon/errand.h"

namespace lintel::daemon {
namespace {

Checked<storage::JournalFilter> journal_filter(const pb::Conditions& where) {
  storage::JournalFilter filter;
  for (const auto& condition : where.all()) {
    const auto number = parse_number(condition.value());
    if (same_name(condition.field(), "pin")) {
      // 0 is what a record of nobody has.
      filter.pin = condition.value() == "0" ? Pin() : Pin::from(condition.value());
      if (!filter.pin) return refuse(codes::wrong_parameter, "pin must be a user ID.");
      continue;
    }
    const bool from = same_name(condition.field(), "starttime");
    if (from || same_name(condition.field(), "endtime")) {
      const auto limit = parse_limit(condition.value(), !from);
      if (!limit) return refuse(codes::wrong_parameter, condition.field() + " must be a time.");
      (from ? filter.start : filter.end) = *limit;
      continue;
    }
    const bool known = same_name(condition.field(), "cardno") ||
                       same_name(condition.field(), "doorid") ||
                       same_name(condition.field(), "eventtype");
    if (!known) {
      return refuse(codes::no_such_condition,
                    "Access records cannot be chosen by \"" + condition.field() + "\".");
    }
    if (!number || (*number > 255 && same_name(condition.field(), "doorid")) ||
        (*number > 65'535 && same_name(condition.field(), "eventtype"))) {
      return refuse(codes::wrong_parameter, condition.field() + " must be a number in its range.");
    }
    if (same_name(condition.field(), "cardno")) filter.card = CardNo{*number};
    if (same_name(condition.field(), "doorid")) filter.address = static_cast<std::uint8_t>(*number);
    if (same_name(condition.field(), "eventtype"))
      filter.code = static_cast<std::uint16_t>(*number);
  }
  return filter;
}

// The new form has 16 digits, position 0 last; of a linkage it is the code that triggered it.
std::string verified(const Event& event, bool new_form) {
  if (!new_form || event.code == EventCode::linkage_triggered)
    return std::to_string(static_cast<unsigned>(event.verify));
  return std::bitset<16>(event.proofs).to_string();
}

}  // namespace

bool is_journal(std::string_view table) {
  return same_name(table, "transaction");
}

Checked<void> erase_journal(Errand& errand, const pb::Delete& request) {
  if (request.any_size() != 1 || request.any(0).all_size() != 0) {
    return refuse(codes::wrong_parameter,
                  "Access records are deleted all together (*), never in part.");
  }
  const auto erased = errand.journal.erase_all();
  if (!erased) return store_trouble(erased.error());
  return {};
}

Checked<void> count_journal(Errand& errand, const pb::Count& request) {
  const auto filter = journal_filter(request.where());
  if (!filter) return tl::unexpected(filter.error());
  const auto counted = errand.journal.count(*filter);
  if (!counted) return store_trouble(counted.error());
  errand.outcome.reply.set_rows(*counted);
  return {};
}

Checked<void> query_journal(Errand& errand, const pb::Query& request) {
  static constexpr std::string_view fields[] = {
      "cardno", "pin",      "verified", "doorid", "eventtype", "inoutstate",  "time_second",
      "index",  "sitecode", "devid",    "sn",     "maskflag",  "temperature", "convtemperature"};
  auto filter = journal_filter(request.where());
  if (!filter) return tl::unexpected(filter.error());
  filter->new_records = request.new_records();
  const auto start = parse_limit(request.start_time(), false);
  const auto end = parse_limit(request.end_time(), true);
  if (!start || !end) return refuse(codes::wrong_parameter, "starttime and endtime must be times.");
  if (*start) filter->start = *start;
  if (*end) filter->end = *end;
  filter->through = request.through();

  auto& page = *errand.outcome.reply.mutable_page();
  std::vector<std::size_t> chosen;
  for (const auto& name : request.field()) {
    const auto known = std::find_if(std::begin(fields), std::end(fields),
                                    [&](std::string_view field) { return same_name(field, name); });
    if (known == std::end(fields)) {
      return refuse(codes::no_such_field, "Access records have no field \"" + name + "\".");
    }
    chosen.push_back(static_cast<std::size_t>(known - std::begin(fields)));
  }
  for (std::size_t at = 0; request.field_size() == 0 && at < std::size(fields); ++at)
    chosen.push_back(at);
  for (const auto at : chosen)
    page.add_field(std::string(fields[at]));

  const std::size_t rows = std::min<std::size_t>(room_of(request).rows, 2'000);
  const auto events = errand.journal.read(request.after(), rows, *filter);
  if (!events) return store_trouble(events.error());
  for (const auto& stored : *events) {
    const Event& event = stored.event;
    const std::string values[] = {std::to_string(event.card.value),
                                  event.pin.empty() ? "0" : std::string(event.pin.view()),
                                  verified(event, request.verify_styles()),
                                  std::to_string(event.address),
                                  std::to_string(number(event.code)),
                                  std::to_string(static_cast<unsigned>(event.way)),
                                  std::to_string(to_protocol_seconds(event.time)),
                                  std::to_string(stored.index),
                                  std::to_string(event.site_code),
                                  std::string(own_device),
                                  errand.facts.serial,
                                  "0",
                                  "",
                                  ""};
    static_assert(std::size(values) == std::size(fields));
    for (const auto at : chosen)
      page.add_value(values[at]);
  }
  page.set_rows(static_cast<std::uint32_t>(events->size()));
  if (events->size() == rows) page.set_next(events->back().index);
  return {};
}

Checked<void> pull_events(Errand& errand, const pb::PullEvents& request) {
  const std::size_t most = std::clamp<std::size_t>(request.most(), 1, 1'000);
  const auto events =
      request.newest() ? errand.journal.newest(most) : errand.journal.read(request.after(), most);
  if (!events) return store_trouble(events.error());
  auto& out = *errand.outcome.reply.mutable_events();
  for (const auto& stored : *events)
    fill(*out.add_event(), stored);
  out.set_last_index(errand.journal.last_index());
  out.set_confirmed(errand.journal.confirmed());
  return {};
}

Checked<void> confirm_events(Errand& errand, const pb::ConfirmEvents& request) {
  if (auto done = errand.journal.confirm(request.through()); !done)
    return store_trouble(done.error());
  return {};
}

}  // namespace lintel::daemon
