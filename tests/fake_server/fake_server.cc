#include "tests/fake_server/fake_server.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "tests/fake_server/fake_server_call.h"

namespace lintel::fake {
namespace {

using push::HttpReply;
using push::HttpRequest;

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
