// Server-sent events: `status` whenever it changes and every few seconds, `event` for each event
// with its index as id, `missed` when events were left out, `anew` when the journal is another one.
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/StreamSocket.h>
#include <sys/socket.h>

#include <charconv>
#include <ostream>
#include <string>

#include "web/handlers.h"
#include "web/json.h"

namespace lintel::web {
namespace {

using Clock = std::chrono::steady_clock;

// How soon a reader's leaving is noticed, so that his seat is free for the reloaded page.
constexpr std::chrono::milliseconds look_after{500};

class Seat {
 public:
  explicit Seat(Seats& seats) : seats_(seats), taken_(seats.take()) {}
  ~Seat() {
    if (taken_) seats_.give_back();
  }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  explicit operator bool() const { return taken_; }

 private:
  Seats& seats_;
  bool taken_;
};

bool has_left(int fd) {
  char byte = 0;
  const auto got = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

std::optional<std::uint64_t> last_event_id(const Request& request) {
  const std::string text = request.get("Last-Event-ID", "");
  std::uint64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return index;
}

std::string message(std::string_view name, std::string_view data) {
  return "event: " + std::string(name) + "\ndata: " + std::string(data) + "\n\n";
}

std::string text_of(const Feed::News& news) {
  std::string text;
  if (news.began_anew) text += message("anew", "{}");
  if (news.missed > 0) text += message("missed", JsonObject().number("count", news.missed).str());
  for (const auto& line : news.events)
    text += "id: " + std::to_string(line.index) + "\n" + message("event", line.json);
  // After the events, so that a page that shows a state has shown what led to it.
  if (news.status) text += message("status", *news.status);
  return text;
}

}  // namespace

void send_stream(Console& console, Request& request, Response& response) {
  const Seat seat(console.seats);
  if (!seat) {
    response.set("Retry-After", "5");
    send_error(response, Status::HTTP_SERVICE_UNAVAILABLE,
               "The console already shows live events in " + std::to_string(Limits::streams) +
                   " windows; close one of them.");
    return;
  }
  response.setContentType("text/event-stream");
  response.setContentLength(Poco::Net::HTTPMessage::UNKNOWN_CONTENT_LENGTH);
  std::ostream& out = response.send();
  if (request.getMethod() == Poco::Net::HTTPRequest::HTTP_HEAD) return;
  const int fd = socket_of(request);
  console.connections.let_stay(fd);
  out << "retry: 2000\n\n";
  Feed::Cursor cursor{.state = 0, .event = last_event_id(request)};
  auto spoken = Clock::now();
  while (out.good()) {
    const auto news = console.feed.wait(cursor, look_after);
    if (news.closed || has_left(fd)) return;
    std::string text = text_of(news);
    if (text.empty() && Clock::now() - spoken >= console.limits.heartbeat) text = ": alive\n\n";
    if (text.empty()) continue;
    out << text << std::flush;
    spoken = Clock::now();
  }
}

}  // namespace lintel::web
