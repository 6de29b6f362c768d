// The upload lane: events in order, each confirmed to the engine only after the server's OK, and
// the state of the doors. It has a connection and a link to the engine of its own, so that a
// getrequest that hangs delays no event.
//
// Realtime=1: an event goes when it comes, one record a POST; what has gathered in an outage goes
// in batches where the protocol's version allows. Realtime=0: at TransTimes and every
// TransInterval.
//
// One thread. step() does what is due and says when it wants to be called again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "push/backoff.h"
#include "push/engine_line.h"
#include "push/lane.h"
#include "push/message.h"
#include "push/session.h"
#include "push/transport.h"

namespace lintel::push {

class Uploader {
 public:
  using Setup = LaneSetup;
  Uploader(Setup setup, Session& session);

  // Does at most one exchange with the server.
  Uptime step();
  // Until the engine has something new, at most so long. False: there is no engine to wait for.
  bool wait(std::chrono::nanoseconds at_most);

 private:
  enum class Sent { taken, refused, no_answer };
  struct Answer {
    Sent sent = Sent::no_answer;
    std::optional<std::uint64_t> count;
  };

  // A new link to the engine: subscribes, and finds out where the upload stands.
  bool begin_link();
  void take(const pb::Notice& notice);
  // A new connection to the server: it knows no state yet.
  void begin_connection(const Session::View& view);
  Uptime work(const Session::View& view);
  // Realtime=0: has a moment come at which new data goes out? Sets next_look_.
  void look_at_clock(const Parameters& parameters);

  void send_events(const Session::View& view);
  // Does this server read batches? After an OK for less, or several refusals in a row: no.
  void note_batch(std::uint64_t offered, std::uint64_t taken, bool said_ok);
  void confirm();
  void send_states(const Session::View& view);
  Answer post(const HttpRequest& request, const Session::View& view, std::string_view table);
  [[nodiscard]] std::uint64_t waiting() const;
  [[nodiscard]] Uptime now() const { return setup_.clock(); }

  Setup setup_;
  Session& session_;
  EngineLine engine_;
  Messages messages_;
  Backoff event_backoff_;
  Backoff state_backoff_;
  std::unique_ptr<Transport> transport_;

  std::uint64_t link_seen_ = 0;
  bool with_bits_ = false;
  std::uint64_t last_event_ = 0;  // the newest we have heard of
  std::uint64_t cursor_ = 0;      // the server has everything up to here
  std::uint64_t confirmed_ = 0;   // and the engine knows it up to here

  std::uint64_t connection_ = 0;
  bool singly_ = false;           // this server reads one record of a POST
  unsigned batches_refused_ = 0;  // in a row
  Uptime events_retry_{};
  Uptime states_retry_{};

  bool states_changed_ = true;
  bool state_was_last_ = false;
  std::string states_told_;
  std::uint64_t states_wanted_ = 0;  // as Session::View counts
  Uptime next_state_{};
  bool first_state_ = true;  // of this connection

  // Realtime=0
  bool window_open_ = false;
  Uptime next_look_{};
  std::optional<Uptime> last_window_;
  std::optional<std::int64_t> last_civil_;  // days and seconds of appendix 5
};

}  // namespace lintel::push
