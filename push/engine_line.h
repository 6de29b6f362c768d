// A lane's line to the engine, made anew whenever the engine has gone: it may restart at any time,
// and push stays.
//
// One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/api/link.h"
#include "engine/core/types.h"

namespace lintel::push {

using Clock = std::function<Uptime()>;

class EngineLine {
 public:
  EngineLine(api::LinkFactory make, Clock clock)
      : make_(std::move(make)), clock_(std::move(clock)) {}

  // Connects when there is no link, not oftener than every retry_max. True: there is one.
  bool ready();
  // When ready() tries again.
  [[nodiscard]] Uptime next_try() const { return next_try_; }
  // Counts links. A new number: what was told or subscribed on the old one is forgotten there.
  [[nodiscard]] std::uint64_t link_number() const { return link_number_; }

  // As api::Link; after an error the link is dropped.
  Result<pb::Reply> call(const pb::Request& request);
  // The same in two halves, as api::Link: post up to Link::posts_max, then wait for each in turn.
  // After an error nothing is outstanding: what had no reply yet is to be asked again on the next
  // link. A command may be: the engine does it once.
  Result<void> post(const pb::Request& request);
  Result<pb::Reply> wait();
  [[nodiscard]] std::size_t outstanding() const { return link_ ? link_->outstanding() : 0; }
  Result<std::optional<pb::Notice>> next_notice(std::chrono::milliseconds wait);

  // The status, the values of these options (none named: all that are uploaded). Nothing: the
  // engine does not answer, or cannot just now; the link is dropped and made anew after a while.
  std::optional<pb::Status> status();
  std::optional<pb::Options> options(std::span<const std::string_view> names);

 private:
  void drop(const Error& error);

  api::LinkFactory make_;
  Clock clock_;
  std::unique_ptr<api::Link> link_;
  std::uint64_t link_number_ = 0;
  Uptime next_try_{};
  std::chrono::nanoseconds retry_{};
  std::string last_trouble_;  // told once, not at every try
};

// The engine's wall clock as UTC, computed from the civil time and the zone it reports.
std::int64_t utc_seconds(const pb::Status& status);

}  // namespace lintel::push
