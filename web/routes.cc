#include "web/routes.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/String.h>

#include <algorithm>
#include <istream>
#include <string>

#include "engine/base/log.h"
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

void dress(Response& response) {
  response.setKeepAlive(false);  // one request a connection: its time can be bounded
  response.set("Cache-Control", "no-store");
  response.set("Content-Security-Policy", content_policy);
  response.set("X-Content-Type-Options", "nosniff");
  response.set("X-Frame-Options", "DENY");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Cross-Origin-Opener-Policy", "same-origin");
  response.set("Cross-Origin-Embedder-Policy", "require-corp");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
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
bool asked_by_our_page(const Request& request) {
  const auto origin = Poco::toLower(request.get("Origin", ""));
  return !asked_by_another_site(request) &&
         origin == "http://" + Poco::toLower(request.get("Host", ""));
}

bool is_json(const Request& request) {
  const std::string type = request.getContentType();
  return Poco::icompare(Poco::trim(type.substr(0, type.find(';'))), "application/json") == 0;
}

bool is_reset(const Request& request) {
  return request.getURI() == "/api/passback/reset";
}

class Handler : public Poco::Net::HTTPRequestHandler {
 public:
  explicit Handler(Console& console) : console_(console) {}

  void handleRequest(Request& request, Response& response) override {
    try {
      dress(response);
      if (is_reset(request)) {
        if (!refuse_action(request, response)) reset_passback(console_, request, response);
      } else if (!refuse(request, response)) {
        answer(request, response);
      }
    } catch (const Poco::Exception&) {
      // The peer has left, or is too slow: nobody is there to be told.
    } catch (const std::ios_base::failure&) {
    }
  }

 private:
  // True: it has been refused.
  static bool refuse_action(Request& request, Response& response) {
    const auto say = [&](Status status, std::string_view sentence) {
      drain(request);
      send_error(response, status, sentence);
      return true;
    };
    if (!host_allowed(request.get("Host", ""))) return say(foreign_host.status, foreign_host.words);
    if (request.getMethod() != "POST") {
      response.set("Allow", "POST");
      return say(Status::HTTP_METHOD_NOT_ALLOWED, "A reset is asked for by POST.");
    }
    if (!asked_by_our_page(request)) {
      return say(Status::HTTP_FORBIDDEN,
                 "Only the console's own page may reset anti-passback: the Origin must be the "
                 "address at which the console was asked.");
    }
    if (!is_json(request)) {
      return say(Status::HTTP_UNSUPPORTED_MEDIA_TYPE,
                 "A reset is JSON (Content-Type: application/json).");
    }
    if (!request.hasContentLength() || request.getChunkedTransferEncoding()) {
      return say(Status::HTTP_LENGTH_REQUIRED, "The request does not say how long it is.");
    }
    if (request.getContentLength64() > static_cast<Poco::Int64>(Limits::reset_bytes)) {
      return say(Status::HTTP_REQUEST_ENTITY_TOO_LARGE,
                 "A reset has at most " + std::to_string(Limits::reset_bytes) + " bytes.");
    }
    return false;
  }

  static bool refuse(Request& request, Response& response) {
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
    if (!host_allowed(request.get("Host", ""))) {
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
    if (path == "/api/status") return send_status(console_, response);
    if (path == "/api/events") return send_events(console_, query, response);
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
