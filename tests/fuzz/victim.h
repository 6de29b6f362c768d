// The box that is fed with nonsense: an engine in this process with a few people and rules, and a
// digest of all that it keeps, so that a refusal can be seen to have changed nothing.
#pragma once

#include <cstdint>
#include <string>

#include "tests/sim/station.h"

namespace lintel::fuzz {

inline constexpr std::uint32_t card_of_ada = 1'234'567;

class Victim {
 public:
  Victim();

  // Of every table, the options, the upload cursor, and every output.
  std::uint64_t digest();
  // A request as bytes, which may be no request at all. Nothing: it was not answered.
  std::optional<pb::Reply> ask(pb::Role role, api::FrameKind kind, const std::string& bytes);
  // Swipes a good card; the door must open as if nothing had been.
  bool lets_ada_in();

  sim::Station station;

 private:
  pb::Reply sure(const pb::Request& request);
};

}  // namespace lintel::fuzz
