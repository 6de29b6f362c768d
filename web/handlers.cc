#include "web/handlers.h"

#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/StreamSocket.h>

#include <charconv>
#include <chrono>
#include <istream>
#include <optional>
#include <string>

#include "engine/base/log.h"
#include "web/json.h"
#include "web/views.h"

namespace lintel::web {
namespace {

constexpr unsigned events_by_default = 100;

void send_json(Response& response, const std::string& json) {
  response.setContentType("application/json");
  response.sendBuffer(json.data(), json.size());
}

struct EventsQuery {
  std::optional<std::uint64_t> after;
  unsigned most = events_by_default;
};

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

std::optional<EventsQuery> read_query(std::string_view query) {
  EventsQuery wanted;
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    const auto name = part.substr(0, part.find('='));
    const auto value = part.substr(std::min(name.size() + 1, part.size()));
    if (name == "after") {
      if (!read_number(value, wanted.after.emplace())) return std::nullopt;
    } else if (name == "most") {
      if (!read_number(value, wanted.most)) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  const bool fine = wanted.most >= 1 && wanted.most <= Limits::events_per_request;
  return fine ? std::optional(wanted) : std::nullopt;
}

}  // namespace

void send_error(Response& response, Status status, std::string_view sentence) {
  response.setStatusAndReason(status);
  send_json(response, JsonObject().text("error", sentence).str());
}

void send_file(const UiFile& file, const Request& request, Response& response) {
  // The browser asks each time, and gets the file again only after an update of the program.
  response.set("Cache-Control", "no-cache");
  response.set("ETag", std::string(file.tag));
  if (request.get("If-None-Match", "") == file.tag) {
    response.setStatusAndReason(Status::HTTP_NOT_MODIFIED);
    response.setContentLength(0);
    response.send();
    return;
  }
  response.setContentType(std::string(file.type));
  response.sendBuffer(file.content.data(), file.content.size());
}

void send_status(Console& console, Response& response) {
  send_json(response, console.feed.status_json());
}

namespace {

// The body of an action; nothing: it broke off. What is left may read as another action.
std::optional<std::string> whole_body(Request& request) {
  std::string body(Limits::action_bytes, '\0');
  request.stream().read(body.data(), static_cast<std::streamsize>(body.size()));
  body.resize(static_cast<std::size_t>(request.stream().gcount()));
  if (request.getContentLength64() != static_cast<Poco::Int64>(body.size())) return std::nullopt;
  return body;
}

}  // namespace

void reset_passback(Console& console, Request& request, Response& response) {
  const auto body = whole_body(request);
  const auto pin = body ? read_reset(*body) : std::nullopt;
  if (!pin) {
    send_error(response, Status::HTTP_BAD_REQUEST,
               "A reset is {\"pin\":\"5\"}, with the user ID of one person, or {} for everybody.");
    return;
  }
  if (auto done = console.passback.reset(*pin); !done) {
    const bool refused = done.error().code == Errc::refused;
    send_error(response, refused ? Status::HTTP_CONFLICT : Status::HTTP_SERVICE_UNAVAILABLE,
               done.error().text);
    return;
  }
  send_json(response, JsonObject().text("pin", *pin).str());
}

int socket_of(Request& request) {
  return static_cast<Poco::Net::HTTPServerRequestImpl&>(request).socket().impl()->sockfd();
}

void send_firmware(Console& console, Response& response) {
  const auto state = console.firmware.state();
  if (!state) {
    return send_error(response, Status::HTTP_SERVICE_UNAVAILABLE, state.error().text);
  }
  send_json(response, JsonObject()
                          .number("number", state->number())
                          .flag("wanted", state->wanted())
                          .flag("installing", state->installing())
                          .flag("ended", state->ended())
                          .signed_number("code", state->code())
                          .number("received", state->received())
                          .number("size", state->upgrade().size())
                          .text("words", state->words())
                          .str());
}

void bring_firmware(Console& console, Request& request, Response& response) {
  auto& body = request.stream();
  const auto size = static_cast<std::uint64_t>(request.getContentLength64());
  const auto more_time = [&, fd = socket_of(request)] { console.connections.more_time(fd); };
  const auto brought = console.firmware.bring(body, size, more_time);
  if (brought) return send_json(response, JsonObject().number("number", *brought).str());
  // Whoever still sends does not listen: the rest is read first, within the same bounds.
  std::string rest(64u << 10, '\0');
  while (body) {
    more_time();
    body.read(rest.data(), static_cast<std::streamsize>(rest.size()));
  }
  more_time();
  const auto& error = brought.error();
  const bool refused = error.code == Errc::refused || error.code == Errc::busy;
  const auto status = refused                       ? Status::HTTP_CONFLICT
                      : error.code == Errc::invalid ? Status::HTTP_BAD_REQUEST
                                                    : Status::HTTP_SERVICE_UNAVAILABLE;
  send_error(response, status, error.text);
}

void send_session(Console& console, bool open, Response& response) {
  send_json(response,
            JsonObject().flag("needed", console.sign_in != nullptr).flag("open", open).str());
}

void open_session(Console& console, Request& request, Response& response) {
  const auto body = whole_body(request);
  const auto code = body ? read_one_text(*body, "code") : std::nullopt;
  if (!code || !code->there) {
    return send_error(response, Status::HTTP_BAD_REQUEST,
                      "Signing in is {\"code\":\"...\"}, with the code of this controller.");
  }
  const auto answer = console.sign_in->open(code->text, std::chrono::steady_clock::now());
  if (answer.outcome == SignIn::Outcome::too_many) {
    response.set("Retry-After", "3600");
    return send_error(response, Status::HTTP_TOO_MANY_REQUESTS,
                      "Too many wrong codes; nobody can sign in for an hour.");
  }
  if (answer.outcome == SignIn::Outcome::wrong) {
    log_warning("web", "somebody at " + request.clientAddress().host().toString() +
                           " tried to sign in with a wrong code");
    return send_error(response, Status::HTTP_FORBIDDEN, "This is not the code of this controller.");
  }
  response.set("Set-Cookie", session_cookie(answer.session));
  send_session(console, true, response);
}

void close_session(Console& console, Request& request, Response& response) {
  console.sign_in->close(session_of(request.get("Cookie", "")));
  response.set("Set-Cookie", session_cookie(""));
  send_session(console, false, response);
}

void send_health(Console& console, Response& response) {
  if (!console.feed.engine_answers()) {
    return send_error(response, Status::HTTP_SERVICE_UNAVAILABLE, "The engine does not answer.");
  }
  send_json(response, JsonObject().flag("ok", true).str());
}

void send_events(Console& console, std::string_view query, Response& response) {
  const auto wanted = read_query(query);
  if (!wanted) {
    send_error(response, Status::HTTP_BAD_REQUEST,
               "The query may have after=N, an event's index, and most=M, from 1 to " +
                   std::to_string(Limits::events_per_request) + ".");
    return;
  }
  auto events = wanted->after ? console.journal.after(*wanted->after, wanted->most)
                              : console.journal.newest(wanted->most);
  if (!events) {
    send_error(response, Status::HTTP_SERVICE_UNAVAILABLE, events.error().text);
    return;
  }
  send_json(response, to_json(*events));
}

}  // namespace lintel::web
