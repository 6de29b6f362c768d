#include "tests/fake_server/fake_server.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace lintel::fake {
namespace {

using push::HttpReply;
using push::HttpRequest;

std::string lower(std::string text) {
  for (char& c : text)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string header(const HttpRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (lower(key) == lower(name)) return value;
  }
  return {};
}

// The value that follows "name=" in a cookie, up to a comma, semicolon or blank.
std::string cookie_value(std::string_view cookie, std::string_view name) {
  const auto start = cookie.find(std::string(name) + "=");
  if (start == std::string_view::npos) return {};
  cookie.remove_prefix(start + name.size() + 1);
  return std::string(cookie.substr(0, cookie.find_first_of(",; ")));
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::map<std::string, std::string> query_of(std::string_view target) {
  std::map<std::string, std::string> query;
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return query;
  std::string tabs(target.substr(mark + 1));
  std::replace(tabs.begin(), tabs.end(), '&', '\t');
  for (auto& [name, value] : fields_of(tabs))
    query[name] = value;
  return query;
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

Kind kind_of(const HttpRequest& request, const std::map<std::string, std::string>& query) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  const bool get = request.method == "GET";
  const auto table = query.find("table");
  if (path == "/iclock/cdata" && get) return query.count("options") ? Kind::connect : Kind::other;
  if (path == "/iclock/ping") return Kind::ping;
  if (path == "/iclock/getrequest" && get) return Kind::getrequest;
  if (path == "/iclock/rtdata" && get) return Kind::time;
  if (path == "/iclock/file") return get ? Kind::file : Kind::records;
  if (get) return Kind::other;
  if (path == "/iclock/registry") return Kind::registry;
  if (path == "/iclock/push") return Kind::configure;
  if (path == "/iclock/devicecmd") return Kind::devicecmd;
  if (path == "/iclock/querydata") return Kind::querydata;
  const auto desc = query.find("desc");
  if (path == "/iclock/cdata" && desc != query.end() && desc->second == "overview")
    return Kind::overview;
  if (path == "/iclock/exchange") return Kind::exchange;
  const auto type = query.find("type");
  if (path == "/iclock/cdata" && type != query.end() && type->second == "EnrollInfoData")
    return Kind::enrolled;
  if (path != "/iclock/cdata" || table == query.end()) return Kind::other;
  if (table->second == "testdata") return Kind::testdata;
  if (table->second == "options") return Kind::options;
  if (table->second == "rtlog") return Kind::rtlog;
  if (table->second == "rtstate") return Kind::rtstate;
  return table->second == "tabledata" ? Kind::tabledata : Kind::other;
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

}  // namespace

std::string md5_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned bytes = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &bytes, EVP_md5(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < bytes; ++i) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

std::uint32_t appendix_5_seconds(int year, unsigned month, unsigned day, unsigned seconds_of_day) {
  const auto years = static_cast<std::uint32_t>(year - 2000);
  return ((years * 12 + month - 1) * 31 + day - 1) * 86'400 + seconds_of_day;
}

std::uint32_t appendix_5_seconds_utc(std::int64_t seconds_since_1970) {
  using namespace std::chrono;
  const sys_seconds time{seconds{seconds_since_1970}};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  return appendix_5_seconds(static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                            static_cast<unsigned>(date.day()),
                            static_cast<unsigned>((time - day).count()));
}

HttpReply text_reply(std::string body, int status) {
  return {status, {{"Content-Type", "text/plain;charset=UTF-8"}}, std::move(body)};
}

HttpReply html_page(int status) {
  return {status,
          {{"Content-Type", "text/html"}},
          "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>C:1:no</body></html>\n"};
}

HttpReply status_reply(int status) {
  return {status, {}, ""};
}

void Settings::configure(std::string_view name, std::optional<std::string> value) {
  const auto found = std::find_if(configuration.begin(), configuration.end(),
                                  [&](const auto& line) { return line.first == name; });
  if (!value) {
    if (found != configuration.end()) configuration.erase(found);
  } else if (found != configuration.end()) {
    found->second = *std::move(value);
  } else {
    configuration.emplace_back(name, *std::move(value));
  }
}

struct FakeServer::Call {
  const HttpRequest& request;
  std::uint64_t number;
  std::map<std::string, std::string> query;
  Kind kind;
  bool heard;  // the answer will reach the device whole
  std::string serial;
  std::vector<std::function<void(const Listeners&)>> news;
};

FakeServer::FakeServer() : FakeServer(Settings{}) {}
FakeServer::FakeServer(Settings settings) : settings_(std::move(settings)) {}

// A session's bodies are sealed; a new connection begins in plain.
Answer FakeServer::answer(const HttpRequest& request) {
  auto query = query_of(request.target);
  const std::string serial = query["SN"];
  const Kind kind = kind_of(request, query);
  std::optional<HttpRequest> opened;
  {
    const std::lock_guard lock(mutex_);
    if (kind == Kind::connect) sessions_.erase(serial);
    const auto session = sessions_.find(serial);
    if (session == sessions_.end() || !session->second->agreed() || kind == Kind::exchange) {
      opened = std::nullopt;
    } else {
      opened = session->second->open(request);
      if (!opened) {
        complain("not sealed with the session's key, or seen before: " + request.target);
        return {status_reply(400)};
      }
    }
  }
  if (!opened) return answer_plain(request, false);
  Answer answer = answer_plain(*opened, true);
  const std::lock_guard lock(mutex_);
  const auto session = sessions_.find(serial);
  if (session != sessions_.end()) answer.reply = session->second->seal(request, answer.reply);
  return answer;
}

Answer FakeServer::answer_plain(const HttpRequest& request, bool sealed) {
  Answer answer;
  std::vector<std::function<void(const Listeners&)>> news;
  {
    const std::lock_guard lock(mutex_);
    auto query = query_of(request.target);
    Kind kind = kind_of(request, query);
    if (kind == Kind::other && request.method == "GET" && desk_.has(request.target))
      kind = Kind::file;
    const Fault* fault = matching_fault(request);
    Call call{request, ++request_number_, std::move(query), kind, fault == nullptr, "", {}};
    ++counts_[kind];
    if (fault != nullptr && fault->what == Fault::What::say) {
      answer.reply = fault->reply;
    } else if (fault != nullptr && fault->what == Fault::What::close) {
      answer.wire = Wire::closed;
    } else if (fault != nullptr && fault->what == Fault::What::garbage) {
      answer.wire = Wire::garbage;
    } else {
      answer.reply = respond(call);
    }
    if (fault != nullptr) {
      if (fault->what == Fault::What::drop_answer) answer.wire = Wire::closed;
      if (fault->what == Fault::What::truncate) answer.wire = Wire::truncated;
      answer.delay = fault->delay;
    }
    requests_.push_back({call.number, kind, request, answer, sealed});
    if (requests_.size() > settings_.requests_kept) requests_.pop_front();
    news = std::move(call.news);
  }
  changed_.notify_all();
  for (const auto& tell : news)
    tell(listeners_);
  return answer;
}

Fault* FakeServer::matching_fault(const HttpRequest& request) {
  constexpr unsigned used_up = ~0u;
  for (Fault& fault : faults_) {
    if (fault.after == used_up || request.target.find(fault.target_has) == std::string::npos)
      continue;
    if (fault.after > 0) {
      --fault.after;
      continue;
    }
    if (fault.times > 0 && --fault.times == 0) fault.after = used_up;
    return &fault;
  }
  return nullptr;
}

HttpReply FakeServer::respond(Call& call) {
  const bool no_cookie = header(call.request, "Cookie").empty();
  if (call.kind == Kind::file && call.query.count("url") == 0 && no_cookie)
    return at_the_desk(call);  // a file on the host, on another port of which nobody is known
  call.serial = call.query["SN"];
  if (call.serial.empty() && call.kind == Kind::file) call.serial = devices_.begin()->first;
  if (call.serial.empty()) complain("a request without SN: " + call.request.target);
  if (auto refusal = turn_away(call)) return *refusal;
  switch (call.kind) {
    case Kind::connect:
      return connect(call);
    case Kind::exchange:
      return exchange(call);
    case Kind::registry:
      return registry(call);
    case Kind::configure:
      return configure(call);
    case Kind::ping:
      return text_reply("OK");
    case Kind::options:
      return take_options(call);
    case Kind::rtlog:
      return take_events(call);
    case Kind::rtstate:
      return take_state(call);
    case Kind::tabledata:
      return take_tabledata(call);
    case Kind::testdata:
    case Kind::enrolled:
      return take_data_of_no_table(call);
    case Kind::getrequest:
      return hand_out(call);
    case Kind::devicecmd:
      return take_results(call);
    case Kind::querydata:
      return take_querydata(call);
    case Kind::time:
      return tell_time();
    case Kind::file:
    case Kind::overview:
    case Kind::records:
      return at_the_desk(call);
    case Kind::other:
      break;
  }
  complain("nobody asks a server for " + call.request.method + " " + call.request.target);
  return html_page(404);
}

std::optional<HttpReply> FakeServer::turn_away(Call& call) {
  if (call.kind == Kind::other || call.kind == Kind::exchange) return std::nullopt;
  const bool greeting = call.kind == Kind::connect || call.kind == Kind::registry;
  if (greeting) {
    if (!header(call.request, "Cookie").empty()) complain("a Cookie before the registration");
    return std::nullopt;
  }
  const auto device = devices_.find(call.serial);
  if (device == devices_.end()) return status_reply(settings_.unregistered_status);
  if (token_fits(call, device->second)) return std::nullopt;
  ++wrong_tokens_;
  complain("a wrong token for " + call.request.target);
  if (settings_.checks_tokens) return status_reply(401);
  return std::nullopt;
}

// POST push comes before the session is known, so its token is made with a timestamp instead.
bool FakeServer::token_fits(const Call& call, const Device& device) const {
  const std::string cookie = header(call.request, "Cookie");
  const std::string token = cookie_value(cookie, "token");
  const std::string timestamp = cookie_value(cookie, "timestamp");
  if (call.kind == Kind::configure) {
    constexpr std::string_view form = "dddd-dd-dd-dd-dd-dd";
    const bool well_formed =
        timestamp.size() == form.size() &&
        std::equal(timestamp.begin(), timestamp.end(), form.begin(),
                   [](char c, char f) { return f == 'd' ? (c >= '0' && c <= '9') : c == f; });
    return well_formed && token == md5_hex(device.code + call.serial + timestamp);
  }
  return std::any_of(device.sessions.begin(), device.sessions.end(), [&](const auto& session) {
    return token == md5_hex(device.code + call.serial + session);
  });
}

HttpReply FakeServer::connect(Call& call) {
  for (const char* needed : {"pushver", "options"}) {
    if (call.query[needed].empty()) complain(std::string("a connection without ") + needed);
  }
  const auto device = devices_.find(call.serial);
  if (device == devices_.end()) {
    // A server that wants keys says its version before it knows the device.
    return text_reply(settings_.encryption ? "OK" + settings_.line_end + "PushProtVer=" +
                                                 version_said() + settings_.line_end
                                           : "OK");
  }
  tell_session(call);
  return text_reply("registry=ok" + settings_.line_end + "RegistryCode=" + device->second.code +
                    settings_.line_end + configuration_text());
}

std::string FakeServer::version_said() const {
  for (const auto& [name, value] : settings_.configuration) {
    if (name == "PushProtVer") return value;
  }
  return "3.0.1";
}

HttpReply FakeServer::exchange(Call& call) {
  if (!settings_.encryption) return html_page(404);
  auto& session = sessions_[call.serial];
  const bool keys = call.query["type"] == "publickey";
  if (!session) session = std::make_unique<Encryption>();
  const auto said = keys ? session->exchange_keys(call.request.body)
                         : session->exchange_factors(call.request.body);
  if (!said) complain("a key or factor that cannot be read");
  return said ? text_reply(*said) : status_reply(400);
}

HttpReply FakeServer::registry(Call& call) {
  const std::string& body = call.request.body;
  if (!begins(body, "DeviceType=acc,")) complain("a registration does not begin with DeviceType");
  if (body.find_first_of("\r\n") != std::string::npos)
    complain("a registration has a line break in it");
  const bool stranger = !settings_.serial.empty() && call.serial != settings_.serial;
  using Registration = Settings::Registration;
  const auto policy = stranger ? Registration::status_406 : settings_.registration;
  if (policy == Registration::status_406) return status_reply(406);
  if (policy == Registration::status_401) return status_reply(401);
  if (policy == Registration::body_406) return text_reply("406");
  if (policy == Registration::empty_body) return text_reply("");
  registry_ = parameters_of(body);
  Device device;
  device.code = "code" + std::to_string(++registrations_);
  devices_[call.serial] = device;
  call.news.emplace_back([serial = call.serial](const Listeners& listeners) {
    if (listeners.registered) listeners.registered(serial);
  });
  return text_reply("RegistryCode=" + device.code);
}

std::string FakeServer::configuration_text() const {
  std::string text;
  for (const auto& [name, value] : settings_.configuration)
    text += name + "=" + value + settings_.line_end;
  const auto styles = registry_.find("NewVFStyles");
  if (settings_.takes_verify_styles && styles != registry_.end())
    text += "NewVFStyles=" + styles->second + settings_.line_end;
  return text;
}

// From now on tokens are made with the new SessionID; with the one before as well when the device
// may not have heard of it.
void FakeServer::tell_session(Call& call) {
  Device& device = devices_[call.serial];
  for (const auto& [name, value] : settings_.configuration) {
    if (name != "SessionID") continue;
    if (call.heard) device.sessions.clear();
    device.sessions.push_back(value);
  }
}

HttpReply FakeServer::configure(Call& call) {
  if (!call.request.body.empty()) complain("POST push has a body");
  tell_session(call);
  return text_reply(configuration_text());
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

HttpReply FakeServer::tell_time() const {
  const std::int64_t now = settings_.utc_now ? settings_.utc_now() : std::time(nullptr);
  const int minutes = std::abs(settings_.zone_minutes);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "DateTime=%u,ServerTZ=%c%02d%02d",
                appendix_5_seconds_utc(now), settings_.zone_minutes < 0 ? '-' : '+', minutes / 60,
                minutes % 60);
  return text_reply(text.data());
}

HttpReply FakeServer::at_the_desk(Call& call) {
  HttpReply reply;
  if (call.kind == Kind::overview) {
    reply = desk_.take_overview(call.request, call.query);
  } else if (call.kind == Kind::records) {
    reply = desk_.take_records(call.request, call.query);
  } else if (call.kind == Kind::querydata) {
    reply = desk_.take_whole(call.request, call.query);
  } else {
    reply = desk_.serve(call.request, call.query);
  }
  for (auto& sentence : desk_.take_complaints())
    complain(std::move(sentence));
  return reply;
}

void FakeServer::complain(std::string sentence) {
  constexpr std::size_t complaints_max = 200;
  if (complaints_.size() < complaints_max)
    complaints_.push_back("request " + std::to_string(request_number_) + ": " + sentence);
}

}  // namespace lintel::fake
