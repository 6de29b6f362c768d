// The download lane: firmware that the server wants us to take (9.4.1). The engine keeps the wish
// and the bytes that are here already; this lane brings the rest in pieces of 1 MiB and says how
// it ended. It has a connection and a link to the engine of its own, so that a download of minutes
// delays neither a command nor an event.
//
//   method 1  GET /iclock/file?url=.., base64      anew after a break
//   method 2  GET /iclock/file?url=.., as it is    goes on by Range where the server can
//   method 3  GET of the address itself, 1 MiB at a time by Range; from the server's host only
//
// An answer 200 is the whole file from its start, whatever was asked for.
//
// One thread. step() does what is due and says when it wants to be called again; it may take as
// long as a file does.
#pragma once

#include <cstdint>
#include <map>
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

// Without a byte more for limits::download_stuck_max, a download is given up: -730 when there was
// no answer at the last, else -721.
class Downloader {
 public:
  using Setup = LaneSetup;
  Downloader(Setup setup, Session& session);

  // Does at most one exchange with the server.
  Uptime step();
  // Until the engine has something new, at most so long. False: there is no engine to wait for.
  bool wait(std::chrono::nanoseconds at_most);

 private:
  struct Exchange;  // one, while its bytes come in

  bool begin_link();
  // A new connection to the server: everything is tried anew.
  void begin_connection(const Session::View& view);
  // What the engine wants; nothing: the engine is away.
  std::optional<pb::UpgradeState> ask_engine();
  void download(const Session::View& view, const pb::UpgradeState& state);
  std::optional<HttpRequest> request_for(Exchange& exchange);
  // Takes a piece of the body. False: no more of it.
  bool take(Exchange& exchange, const HttpReply& head, std::string_view piece);
  bool begin_body(Exchange& exchange, const HttpReply& head);
  bool hand_over(Exchange& exchange, std::size_t bytes);
  void finish(Exchange& exchange, const Result<HttpReply>& reply);
  void finish_answered(Exchange& exchange, int status);
  void try_again(std::int32_t code, const std::string& why);
  void end(std::int32_t code, const std::string& why);
  Transport& transport_to(const ServerAddress& address);
  [[nodiscard]] Uptime now() const { return setup_.clock(); }

  Setup setup_;
  Session& session_;
  EngineLine engine_;
  Messages messages_;
  Backoff backoff_;
  std::map<std::string, std::unique_ptr<Transport>> lines_;  // by address
  std::uint64_t link_seen_ = 0;
  std::uint64_t connection_ = 0;
  std::chrono::seconds error_delay_{30};
  bool look_ = true;  // the engine may want something
  Uptime retry_at_{};
  std::string wish_;            // which command
  std::uint64_t furthest_ = 0;  // bytes of it that were ever here
  Uptime progress_at_{};        // when the last of them came
};

}  // namespace lintel::push
