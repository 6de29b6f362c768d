// What a device brings to the fake server, and the commands that it fetches: looked at as a strict
// server would, and remembered.
#include <algorithm>
#include <charconv>

#include "tests/fake_server/fake_server.h"
#include "tests/fake_server/fake_server_call.h"

namespace lintel::fake {

using push::HttpReply;

std::string lower(std::string text) {
  for (char& c : text)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "a=1,b=2" as registry, options and GET OPTIONS send it.
std::map<std::string, std::string> parameters_of(std::string_view body) {
  while (!body.empty() && (body.back() == '\n' || body.back() == '\r'))
    body.remove_suffix(1);
  std::string tabs(body);
  std::replace(tabs.begin(), tabs.end(), ',', '\t');
  std::map<std::string, std::string> parameters;
  for (auto& [name, value] : fields_of(tabs))
    parameters[name] = value;
  return parameters;
}

// What CMD of a result says: two words, of some commands the first one only.
std::string words_of(const std::string& command) {
  const auto first = command.find(' ');
  const auto second = first == std::string::npos ? first : command.find(' ', first + 1);
  const std::string word = command.substr(0, first);
  const bool alone = word == "ACCOUNT" || word == "UPGRADE" || word.substr(0, 7) == "ENROLL_";
  return alone ? word : command.substr(0, second);
}

bool begins(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

HttpReply FakeServer::take_options(Call& call) {
  if (call.request.body.find('=') == std::string::npos) complain("options without a value");
  for (auto& [name, value] : parameters_of(call.request.body))
    options_[name] = value;
  return text_reply("OK");
}

HttpReply FakeServer::take_events(Call& call) {
  auto lines = lines_of(call.request.body);
  if (lines.empty()) complain("an rtlog without an event");
  most_events_ = std::max(most_events_, lines.size());
  if (settings_.reads_first_line_only && lines.size() > 1) lines.resize(1);
  const bool newest = std::any_of(
      settings_.configuration.begin(), settings_.configuration.end(),
      [](const auto& line) { return line.first == "PushProtVer" && line.second >= "3.1.2"; });
  book_.agree(settings_.takes_verify_styles, newest);
  for (const Event& event : book_.take(lines, call.number, call.heard)) {
    call.news.emplace_back([event](const Listeners& listeners) {
      if (listeners.event) listeners.event(event);
    });
  }
  for (auto& sentence : book_.take_complaints())
    complain(std::move(sentence));
  return text_reply("OK");
}

HttpReply FakeServer::take_state(Call& call) {
  for (const auto& line : lines_of(call.request.body)) {
    const Fields fields = fields_of(line);
    constexpr std::array<std::string_view, 4> names = {"time", "sensor", "relay", "alarm"};
    const bool in_order = std::equal(
        names.begin(), names.end(), fields.begin(),
        fields.begin() + static_cast<std::ptrdiff_t>(std::min(fields.size(), names.size())),
        [](std::string_view name, const auto& field) { return name == field.first; });
    if (!in_order || fields[3].second.size() != 16)
      complain("a state is not time, sensor, relay, alarm: " + line);
    states_.push_back(line);
    if (states_.size() > settings_.requests_kept) states_.pop_front();
    call.news.emplace_back([line](const Listeners& listeners) {
      if (listeners.state) listeners.state(line);
    });
  }
  return text_reply("OK");
}

HttpReply FakeServer::take_tabledata(Call& call) {
  const auto lines = lines_of(call.request.body);
  const std::string& table = call.query["tablename"];
  if (number_in(call.query["count"]) != lines.size())
    complain("count is not the number of lines: " + call.request.target);
  auto& rows = tabledata_[table];
  rows.insert(rows.end(), lines.begin(), lines.end());
  return text_reply(table + "=" + std::to_string(lines.size()));
}

// Kept like rows of a table, under the name that stands in the request.
HttpReply FakeServer::take_data_of_no_table(Call& call) {
  const auto lines = lines_of(call.request.body);
  auto& rows = tabledata_[call.kind == Kind::testdata ? "testdata" : call.query["type"]];
  rows.insert(rows.end(), lines.begin(), lines.end());
  return text_reply("OK");
}

// Commands go out in their order. One that stays without a result goes out again: the device may
// have lost it, or we its answer.
HttpReply FakeServer::hand_out(Call& call) {
  (void)call;
  ++polls_;
  std::string body;
  std::size_t count = 0;
  for (Command& command : commands_) {
    if (count == settings_.commands_at_once) break;
    const auto wait = settings_.hand_out_again_after;
    if (command.handed_out > 0 && (wait == 0 || polls_ - command.at_poll < wait)) continue;
    ++count;
    ++command.handed_out;
    command.at_poll = polls_;
    handed_out_[command.id].push_back(command.text);
    body += "C:" + command.id + ":" + command.text + settings_.command_end;
  }
  while (!raw_.empty()) {
    for (const auto& line : lines_of(raw_.front())) {
      const auto colon = begins(line, "C:") ? line.find(':', 2) : std::string::npos;
      if (colon == std::string::npos) continue;
      handed_out_[line.substr(2, colon - 2)].push_back(line.substr(colon + 1));
    }
    body += raw_.front();
    raw_.pop_front();
  }
  return text_reply(body.empty() ? settings_.idle_answer : body);
}

HttpReply FakeServer::take_results(Call& call) {
  const auto lines = lines_of(call.request.body);
  if (lines.empty()) complain("a devicecmd without a result");
  for (const auto& line : lines)
    take_result(call, line);
  return text_reply("OK");
}

void FakeServer::take_result(Call& call, const std::string& line) {
  const auto code_at = line.find("&Return=");
  const auto command_at = line.find("&CMD=");
  int code = 0;
  bool readable = begins(line, "ID=") && code_at != std::string::npos &&
                  command_at != std::string::npos && code_at < command_at;
  if (readable) {
    const auto* end = line.data() + command_at;
    const auto [stopped, error] = std::from_chars(line.data() + code_at + 8, end, code);
    readable = error == std::errc{} && stopped == end;
  }
  if (!readable) {
    complain("a result is not ID=..&Return=..&CMD=..: " + line);
    return;
  }
  const std::string id = line.substr(3, code_at - 3);
  const auto serial_at = line.find("&SN=", command_at);
  CommandResult result{code, line.substr(command_at + 5, serial_at - command_at - 5), "",
                       call.number};
  if (serial_at != std::string::npos) result.serial = line.substr(serial_at + 4);
  match_with_command(id, result);
  answered_[id].results.push_back(result);
  const auto open = std::find_if(commands_.begin(), commands_.end(),
                                 [&](const Command& c) { return c.handed_out > 0 && c.id == id; });
  if (open != commands_.end()) commands_.erase(open);
  call.news.emplace_back([id, command = result.command, code](const Listeners& listeners) {
    if (listeners.result) listeners.result(id, command, code);
  });
}

void FakeServer::match_with_command(const std::string& id, const CommandResult& result) {
  const auto texts = handed_out_.find(id);
  if (texts == handed_out_.end()) {
    complain("a result for the command " + id + ", which was never handed out");
    return;
  }
  const auto text = std::find_if(texts->second.begin(), texts->second.end(), [&](const auto& t) {
    return words_of(t) == result.command.substr(0, result.command.find('&'));
  });
  if (text == texts->second.end()) {
    complain("CMD of " + id + " is not the first two words of the command: " + result.command);
  } else {
    check_against_data(id, *text, result.code);
  }
}

// QUERY and COUNT send their data before the result, and the result is the number of rows.
void FakeServer::check_against_data(const std::string& id, const std::string& command, int code) {
  if (code < 0) return;
  const Answered& answered = answered_[id];
  if (begins(command, "DATA QUERY")) {
    std::size_t rows = 0;
    for (const auto& [number, lines] : answered.packets)
      rows += lines.size();
    if (answered.packets.size() != answered.packets_announced)
      complain("the query " + id + " was answered before all of its packets came");
    if (rows != static_cast<std::size_t>(code))
      complain("the query " + id + " brought " + std::to_string(rows) + " rows and answered " +
               std::to_string(code));
  }
  if (begins(command, "DATA COUNT") && answered.counted != static_cast<std::uint64_t>(code))
    complain("the count " + id + " was answered with " + std::to_string(code));
  if (begins(command, "GET OPTIONS") && answered.options.empty())
    complain("GET OPTIONS " + id + " was answered before its values came");
}

HttpReply FakeServer::take_querydata(Call& call) {
  const std::string id = call.query["cmdid"];
  const std::string table = call.query["tablename"];
  const std::string type = call.query["type"];
  if (handed_out_.count(id) == 0) complain("data for a command that was never handed out: " + id);
  Answered& answered = answered_[id];
  if (call.query.count("datafmt") != 0) return at_the_desk(call);
  const auto lines = lines_of(call.request.body);
  call.news.emplace_back([id, body = call.request.body](const Listeners& listeners) {
    if (listeners.data) listeners.data(id, body);
  });
  if (type == "count") {
    const auto equals = call.request.body.find('=');
    const auto number = lines.empty() ? std::string() : lines[0].substr(equals + 1);
    answered.counted = number_in(number);
    if (!answered.counted || lower(call.request.body.substr(0, equals)) != lower(table))
      complain("a count is not " + table + "=number: " + call.request.body);
    return text_reply("OK");
  }
  if (type == "options") {
    answered.options = parameters_of(call.request.body);
    return text_reply("OK");
  }
  // The networks in range stand in no table (9.1.4).
  if (type != (table == "APList" ? "vmtable" : "tabledata"))
    complain("data of an unknown type: " + call.request.target);
  take_packet(call, answered, lines);
  return text_reply(table + "=" + std::to_string(lines.size()));
}

void FakeServer::take_packet(Call& call, Answered& answered,
                             const std::vector<std::string>& lines) {
  const std::string& target = call.request.target;
  const auto index = number_in(call.query["packidx"]).value_or(0);
  const auto total = number_in(call.query["packcnt"]).value_or(0);
  if (number_in(call.query["count"]) != lines.size())
    complain("count is not the number of lines: " + target);
  if (index < 1 || index > total) complain("packidx is not between 1 and packcnt: " + target);
  const std::string& body = call.request.body;
  if (!lines.empty() && (body.size() < 2 || body.compare(body.size() - 2, 2, "\r\n") != 0))
    complain("the last line does not end with CRLF: " + target);
  for (const auto& line : lines) {
    if (!begins(lower(line), lower(call.query["tablename"]) + " "))
      complain("a row does not begin with the name of its table: " + target);
  }
  if (index == 1) answered.packets.clear();
  if (index > answered.packets.size() + 1) complain("a packet came out of order: " + target);
  answered.packets_announced = static_cast<unsigned>(total);
  answered.packets[static_cast<unsigned>(index)] = lines;
}

}  // namespace lintel::fake
