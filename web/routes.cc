#include "web/routes.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/String.h>

#include <algorithm>
#include <chrono>
#include <istream>
#include <string>

#include "engine/base/log.h"
#include "engine/core/limits.h"
#include "web/address.h"
#include "web/handlers.h"

namespace lintel::web {
namespace {

constexpr char content_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct Refusal {
  Status status;
  const char* words;
};
constexpr Refusal foreign_host{Status::HTTP_MISDIRECTED_REQUEST,
                               "The console answers only to localhost and loopback addresses."};
constexpr Refusal nobody{Status::HTTP_UNAUTHORIZED, "Sign in first."};

void dress(Response& response, bool secured) {
  response.setKeepAlive(false);  // one request a connection: its time can be bounded
  response.set("Cache-Control", "no-store");
  response.set("Content-Security-Policy", content_policy);
  response.set("X-Content-Type-Options", "nosniff");
  response.set("X-Frame-Options", "DENY");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Cross-Origin-Opener-Policy", "same-origin");
  response.set("Cross-Origin-Embedder-Policy", "require-corp");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  if (secured) response.set("Strict-Transport-Security", "max-age=31536000");
}

// Reads what the peer still sends, within bounds: closing on unread bytes would reset the
// connection, and the peer would not see our answer.
void drain(Request& request) {
  if (!request.hasContentLength() && !request.getChunkedTransferEncoding()) return;
  char part[4096];
  for (std::size_t read = 0; read < Limits::body_bytes_read && request.stream();)
    read += static_cast<std::size_t>(request.stream().read(part, sizeof part).gcount());
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// A page of another site, open in the technician's browser, has no business with our data; it could
// not read it, but it could take the seats of all streams.
bool asked_by_another_site(const Request& request) {
  const std::string site = request.get("Sec-Fetch-Site", "none");
  return site != "none" && site != "same-origin";
}

// The console's own page says where it comes from, with the very name by which it was asked; a
// page of another site cannot say that, nor send JSON here without being asked first (CORS).
bool asked_by_our_page(const Request& request, bool secured) {
  const auto origin = Poco::toLower(request.get("Origin", ""));
  return !asked_by_another_site(request) &&
         origin == (secured ? "https://" : "http://") + Poco::toLower(request.get("Host", ""));
}

bool has_type(const Request& request, const char* wanted) {
  const std::string type = request.getContentType();
  return Poco::icompare(Poco::trim(type.substr(0, type.find(';'))), wanted) == 0;
}

// What changes something, and by whom it may be asked for.
struct Action {
  std::string_view path;
  bool of_anybody;          // else of whoever has signed in
  bool of_sign_in;          // only there is nothing to sign in at over loopback
  std::uint64_t bytes_max;  // of its body; beyond action_bytes it is no JSON, but bytes
  void (*act)(Console& console, Request& request, Response& response);
};
constexpr Action actions[] = {
    {"/api/passback/reset", false, false, Limits::action_bytes, reset_passback},
    {"/api/session/open", true, true, Limits::action_bytes, open_session},
    {"/api/session/close", false, true, Limits::action_bytes, close_session},
    {"/api/firmware/bring", false, true, limits::firmware_bytes_max, bring_firmware},
};

const Action* action_of(const Request& request) {
  for (const auto& action : actions)
    if (request.getURI() == action.path) return &action;
  return nullptr;
}

class Handler : public Poco::Net::HTTPRequestHandler {
 public:
  explicit Handler(Console& console) : console_(console) {}

  void handleRequest(Request& request, Response& response) override {
    try {
      dress(response, secured());
      const auto* action = action_of(request);
      if (action != nullptr && (secured() || !action->of_sign_in)) {
        if (!refuse_action(*action, request, response)) action->act(console_, request, response);
      } else if (!refuse(request, response)) {
        answer(request, response);
      }
    } catch (const Poco::Exception&) {
      // The peer has left, or is too slow: nobody is there to be told.
    } catch (const std::ios_base::failure&) {
    }
  }

 private:
  [[nodiscard]] bool secured() const { return console_.sign_in != nullptr; }
  [[nodiscard]] bool signed_in(const Request& request) const {
    return !secured() || console_.sign_in->use(session_of(request.get("Cookie", "")),
                                               std::chrono::steady_clock::now());
  }
  [[nodiscard]] bool may_be_asked_as(const std::string& host) const {
    return secured() ? !host_in(host).empty() : host_allowed(host);
  }

  // True: it has been refused.
  bool refuse_action(const Action& action, Request& request, Response& response) const {
    const auto say = [&](Status status, std::string_view sentence) {
      drain(request);
      send_error(response, status, sentence);
      return true;
    };
    if (!may_be_asked_as(request.get("Host", "")))
      return say(foreign_host.status, foreign_host.words);
    if (request.getMethod() != "POST") {
      response.set("Allow", "POST");
      return say(Status::HTTP_METHOD_NOT_ALLOWED, "This is asked for by POST.");
    }
    if (!asked_by_our_page(request, secured())) {
      return say(Status::HTTP_FORBIDDEN,
                 "Only the console's own page may ask for this: the Origin must be the address at "
                 "which the console was asked.");
    }
    if (!action.of_anybody && !signed_in(request)) return say(nobody.status, nobody.words);
    const bool json = action.bytes_max == Limits::action_bytes;
    if (!has_type(request, json ? "application/json" : "application/octet-stream")) {
      return say(Status::HTTP_UNSUPPORTED_MEDIA_TYPE,
                 json ? "What is asked for is JSON (Content-Type: application/json)."
                      : "A firmware is bytes (Content-Type: application/octet-stream).");
    }
    if (!request.hasContentLength() || request.getChunkedTransferEncoding()) {
      return say(Status::HTTP_LENGTH_REQUIRED, "The request does not say how long it is.");
    }
    if (request.getContentLength64() > static_cast<Poco::Int64>(action.bytes_max)) {
      return say(Status::HTTP_REQUEST_ENTITY_TOO_LARGE,
                 "What is asked for has at most " + std::to_string(action.bytes_max) + " bytes.");
    }
    return false;
  }

  bool refuse(Request& request, Response& response) const {
    const std::string& method = request.getMethod();
    if (method != "GET" && method != "HEAD") {
      drain(request);
      response.set("Allow", "GET, HEAD");
      send_error(
          response, Status::HTTP_METHOD_NOT_ALLOWED,
          "The console shows: here it takes GET and HEAD, nothing that would change a door.");
      return true;
    }
    drain(request);
    if (request.getURI().size() > Limits::target_bytes) {
      send_error(response, Status::HTTP_REQUEST_URI_TOO_LONG,
                 "The address asked for is longer than any the console has.");
      return true;
    }
    if (!may_be_asked_as(request.get("Host", ""))) {
      send_error(response, foreign_host.status, foreign_host.words);
      return true;
    }
    return false;
  }

  void answer(Request& request, Response& response) {
    const std::string_view target = request.getURI();
    const auto path = target.substr(0, target.find('?'));
    const auto query = target.substr(std::min(path.size() + 1, target.size()));
    if (starts_with(path, "/api/") && asked_by_another_site(request)) {
      return send_error(response, Status::HTTP_FORBIDDEN,
                        "The console gives its data to its own page only.");
    }
    if (path == "/health") return send_health(console_, response);
    const bool open = signed_in(request);
    if (path == "/api/session") return send_session(console_, open, response);
    if (starts_with(path, "/api/") && !open)
      return send_error(response, nobody.status, nobody.words);
    if (path == "/api/status") return send_status(console_, response);
    if (path == "/api/events") return send_events(console_, query, response);
    if (path == "/api/firmware" && secured()) return send_firmware(console_, response);
    if (path == "/api/stream") return send_stream(console_, request, response);
    const auto name = path == "/" ? std::string_view("/index.html") : path;
    for (const UiFile& file : ui_files()) {
      if (file.path == name) return send_file(file, request, response);
    }
    send_error(response, Status::HTTP_NOT_FOUND, "The console has no page of this name.");
  }

  Console& console_;
};

class Routes : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit Routes(Console& console) : console_(console) {}

  Poco::Net::HTTPRequestHandler* createRequestHandler(const Request&) override {
    return new Handler(console_);
  }

 private:
  Console& console_;
};

}  // namespace

Poco::Net::HTTPRequestHandlerFactory::Ptr make_routes(Console& console) {
  return new Routes(console);
}

}  // namespace lintel::web
