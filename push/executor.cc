#include "push/executor.h"

#include <algorithm>

#include "engine/base/log.h"
#include "push/account.h"
#include "push/limits.h"
#include "push/networks.h"
#include "push/packets.h"
#include "push/photo.h"
#include "push/registration.h"
#include "push/text.h"
#include "push/url.h"

namespace lintel::push {
namespace {

constexpr std::string_view any_value = "*";
constexpr std::string_view journal_table = "transaction";

using Execution = Executor::Execution;
using Outcome = Executor::Outcome;

Execution refuse(const CommandText& command, const Refusal& refusal) {
  log_info("push", "command " + command.id + " is refused with " + std::to_string(refusal.code) +
                       ": " + refusal.sentence);
  return {Outcome::done, refusal.code};
}

}  // namespace

void Executor::package_bytes(std::size_t most) {
  package_bytes_ = std::clamp(most, limits::package_bytes_min, limits::package_bytes_max);
}

Execution Executor::execute(const CommandText& command, Uptime received) {
  if (const auto answered = answered_ahead(command)) return *answered;
  auto intention = parse_command(command);
  if (const auto* refusal = std::get_if<Refusal>(&intention)) return refuse(command, *refusal);
  const auto& id = command.id;
  if (auto* wish = std::get_if<pb::Update>(&intention)) return update(std::move(*wish));
  if (auto* wish = std::get_if<pb::Delete>(&intention)) return erase(std::move(*wish));
  if (auto* wish = std::get_if<pb::Count>(&intention)) return count(id, std::move(*wish));
  if (auto* wish = std::get_if<pb::Query>(&intention)) return query(id, std::move(*wish));
  if (auto* wish = std::get_if<pb::SetOptions>(&intention)) return set_options(std::move(*wish));
  if (auto* wish = std::get_if<pb::GetOptions>(&intention)) {
    return get_options(id, std::move(*wish));
  }
  if (auto* wish = std::get_if<pb::Control>(&intention)) return control(std::move(*wish), received);
  if (auto* wish = std::get_if<pb::Enroll>(&intention)) return enroll(std::move(*wish));
  if (auto* wish = std::get_if<pb::Upgrade>(&intention)) return upgrade(std::move(*wish));
  if (const auto* wish = std::get_if<TestHost>(&intention)) return test_host(*wish);
  if (const auto* wish = std::get_if<Account>(&intention)) {
    return send_account(
        id, *wish,
        {[this](pb::Query query, const auto& page) { return each_page(std::move(query), page); },
         setup_.upload});
  }
  if (std::get<Acknowledged>(intention).states_anew) session_.states_wanted();
  return {Outcome::done, 0};
}

Execution Executor::to_engine(const pb::Request& request) {
  const auto reply = engine_.call(request);
  if (!reply) return {Outcome::engine_away};
  return {reply->pending() ? Outcome::later : Outcome::done, reply->code()};
}

Execution Executor::update(pb::Update update) {
  PhotoFetcher photos(setup_.transports, messages_, session_.view());
  if (const auto ended = photos.fetch_into(update)) return *ended;
  pb::Request request;
  *request.mutable_update() = std::move(update);
  return to_engine(request);
}

Execution Executor::enroll(pb::Enroll enroll) {
  pb::Request request;
  *request.mutable_enroll() = std::move(enroll);
  return to_engine(request);
}

// The pieces of method 3 come from the address itself; the other methods ask the server for it.
Execution Executor::upgrade(pb::Upgrade upgrade) {
  const auto url = parse_url(upgrade.url());
  const bool direct = upgrade.method() == pb::Upgrade::RANGE;
  if (!url || (direct && !source_of(*url, session_.view().address))) {
    return {Outcome::done, code::bad_url};
  }
  pb::Request request;
  *request.mutable_upgrade() = std::move(upgrade);
  return to_engine(request);
}

Execution Executor::test_host(const TestHost& wish) {
  const auto limit = std::min<std::chrono::milliseconds>(session_.view().parameters.timeout,
                                                         limits::host_test_max);
  const bool answers = setup_.test_host(wish.host, wish.port, limit);
  return {Outcome::done, answers ? 0 : code::no_response};
}

Execution Executor::erase(pb::Delete erase) {
  for (auto& conditions : *erase.mutable_any()) {
    if (const auto ended = resolve_wildcards(erase.table(), conditions)) return *ended;
  }
  pb::Request request;
  *request.mutable_delete_() = std::move(erase);
  return to_engine(request);
}

Execution Executor::set_options(pb::SetOptions options) {
  pb::Request request;
  *request.mutable_set_options() = std::move(options);
  return to_engine(request);
}

Execution Executor::control(pb::Control control, Uptime received) {
  if (is_momentary(control.verb())) {
    control.set_expires_uptime_ns((received + limits::momentary_for).time_since_epoch().count());
  }
  pb::Request request;
  *request.mutable_control() = std::move(control);
  return to_engine(request);
}

std::optional<Execution> Executor::resolve_wildcards(const std::string& table,
                                                     pb::Conditions& conditions) {
  pb::Conditions kept;
  for (const auto& condition : conditions.all()) {
    if (condition.value() != any_value) {
      *kept.add_all() = condition;
      continue;
    }
    // The engine refuses a field that the table does not have: asked for by a count that finds
    // nothing, because dropping such a condition unseen would widen the command to every row.
    pb::Request request;
    request.mutable_count()->set_table(table);
    *request.mutable_count()->mutable_where()->add_all() = condition;
    const auto probe = to_engine(request);
    if (probe.outcome != Outcome::done || probe.code < 0) return probe;
  }
  conditions = std::move(kept);
  return std::nullopt;
}

Execution Executor::send(QueryPacket packet, std::int32_t code, std::int32_t not_taken) {
  switch (setup_.upload(std::move(packet))) {
    case Delivery::taken:
      return {Outcome::done, code};
    case Delivery::refused:
      return {Outcome::done, not_taken};
    case Delivery::http_error:
      return {Outcome::done, code::http_error};
    default:
      return {Outcome::server_away};
  }
}

Execution Executor::count(const std::string& id, pb::Count count) {
  if (const auto ended = resolve_wildcards(count.table(), *count.mutable_where())) return *ended;
  const std::string table = lower(count.table());
  pb::Request request;
  *request.mutable_count() = std::move(count);
  const auto reply = engine_.call(request);
  if (!reply) return {Outcome::engine_away};
  if (reply->code() < 0) return {Outcome::done, reply->code()};
  QueryPacket packet{.type = "count", .id = id, .table = table, .count = 1, .body = {}};
  packet.body = table + "=" + std::to_string(reply->rows());
  return send(std::move(packet), code_of_rows(reply->rows()), code::count_not_taken);
}

Execution Executor::get_options(const std::string& id, pb::GetOptions names) {
  pb::Request request;
  *request.mutable_get_options() = std::move(names);
  const auto reply = engine_.call(request);
  if (!reply) return {Outcome::engine_away};
  if (reply->code() < 0) return {Outcome::done, reply->code()};
  QueryPacket packet{.type = "options", .id = id, .table = "options", .count = 1, .body = {}};
  for (const auto& option : reply->options().option()) {
    if (!packet.body.empty()) packet.body += ',';
    packet.body += option.name() + "=" + one_line(told_value(option));
  }
  return send(std::move(packet), 0, code::options_not_taken);
}

std::optional<Execution> Executor::each_page(pb::Query query, const Show& page) {
  query.set_verify_styles(style_.verify_styles);
  query.set_rows_max(limits::page_rows_max);
  query.set_bytes_max(limits::page_bytes_max);
  for (;;) {
    pb::Request request;
    *request.mutable_query() = query;
    auto reply = engine_.call(request);
    if (!reply) return Execution{Outcome::engine_away};
    if (reply->code() < 0) return Execution{Outcome::done, reply->code()};
    if (same_name(query.table(), journal_table)) restyle(*reply->mutable_page(), style_);
    if (!page(reply->page()) || reply->page().next() <= query.after()) return std::nullopt;
    query.set_after(reply->page().next());
  }
}

Execution Executor::query(const std::string& id, pb::Query query) {
  if (same_name(query.table(), networks_table)) return query_networks(id, query);
  if (const auto ended = resolve_wildcards(query.table(), *query.mutable_where())) return *ended;
  QueryPacket packet{.type = "tabledata", .id = id, .table = lower(query.table()), .body = {}};
  return send_rows([&](const Show& page) { return each_page(query, page); }, std::move(packet));
}

Execution Executor::query_networks(const std::string& id, const pb::Query& query) {
  pb::Request request;
  request.mutable_scan_networks();
  const auto reply = engine_.call(request);
  if (!reply) return {Outcome::engine_away};
  if (reply->code() < 0) return {Outcome::done, reply->code()};
  const auto selected = select_networks(reply->page(), query);
  if (const auto* refusal = std::get_if<Refusal>(&selected)) return {Outcome::done, refusal->code};
  const auto pages = [&](const Show& show) {
    show(std::get<pb::Page>(selected));
    return std::optional<Execution>();
  };
  return send_rows(pages, {.type = "vmtable", .id = id, .table = "APList", .body = {}});
}

// Two passes: the first packet already says how many there will be, and they are never all in
// memory. Rows that come in between are left for the next query.
Execution Executor::send_rows(const std::function<std::optional<Execution>(const Show&)>& pages,
                              QueryPacket packet) {
  PacketCounter plan(package_bytes_);
  auto ended = pages([&](const pb::Page& page) {
    for (const auto& line : row_lines(packet.table, page)) {
      plan.add(line.size());
    }
    return true;
  });
  if (ended) return *ended;
  if (plan.rows() == 0) return send(std::move(packet), 0, code::data_not_taken);

  Packer packer(package_bytes_);
  std::uint64_t added = 0;
  std::uint64_t sent = 0;
  std::optional<Execution> failed;
  packet.index = 0;
  const auto send_packet = [&](Packet part) {
    packet.count = part.rows;
    packet.index += 1;
    packet.packets = std::max(plan.packets(), packet.index);
    packet.body = std::move(part.body);
    const auto execution = send(packet, 0, code::data_not_taken);
    if (execution.outcome != Outcome::done || execution.code < 0) failed = execution;
    sent += part.rows;
  };
  ended = pages([&](const pb::Page& page) {
    for (const auto& line : row_lines(packet.table, page)) {
      if (added == plan.rows()) return false;
      ++added;
      if (auto full = packer.add(line)) send_packet(std::move(*full));
      if (failed) return false;
    }
    return added < plan.rows();
  });
  if (ended) return *ended;
  if (!failed) {
    if (auto last = packer.finish()) send_packet(std::move(*last));
  }
  return failed.value_or(Execution{Outcome::done, code_of_rows(sent)});
}

}  // namespace lintel::push
