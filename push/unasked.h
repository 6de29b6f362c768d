// What goes to the server unasked besides events and states: people and cards that came into being
// here, the error log, enrolment data, raw frames of a reader under test. The engine keeps the
// rows, in order; what the server has taken is confirmed to it.
//
// One thread: the connection lane.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "engine/core/limits.h"
#include "push/engine_line.h"
#include "push/message.h"
#include "push/unasked_text.h"

namespace lintel::push {

class Unasked {
 public:
  Unasked(EngineLine& engine, std::string serial) : engine_(engine), serial_(std::move(serial)) {}

  void package_bytes(std::size_t most);  // MaxPackageSize
  void we_support(const BioSupport& ours) { ours_ = ours; }

  // The engine may have rows.
  void look() { unread_ = true; }
  // A connection begins: everything is offered anew.
  void begin_connection();

  // Is there something to do now, or else when (Uptime::max(): when look() was called)?
  [[nodiscard]] bool due(Uptime now) const { return now >= next_due(); }
  [[nodiscard]] Uptime next_due() const;

  // The next POST: neighbours of one table, as many as a packet holds. Rows that this server is not
  // told of are confirmed on the way. Nothing: there is none, or the engine is away.
  std::optional<UploadPost> next(const Parameters& server, Uptime now);
  // What became of it. `count`: how many of its rows the server says that it took. A refused row is
  // offered again after 1, 2, 4 and 8 s, then given up: told in the log, and confirmed.
  void taken(std::optional<std::uint64_t> count, Uptime now);
  void refused(Uptime now, const std::string& why);

 private:
  bool confirm();
  bool pull(const Parameters& server, Uptime now);
  // Takes rows off the front: the server has them, or never will.
  void let_go(std::size_t rows);

  EngineLine& engine_;
  std::string serial_;
  BioSupport ours_;
  std::size_t package_bytes_ = limits::package_bytes_max;

  bool unread_ = true;
  std::deque<pb::Upload> waiting_;
  std::size_t offered_ = 0;        // rows of the last POST
  std::uint64_t unconfirmed_ = 0;  // the engine is to be told up to here; 0: it knows
  bool singly_ = false;            // one of several was refused: which one, shows one by one
  unsigned tries_ = 0;
  Uptime retry_at_{};
};

}  // namespace lintel::push
