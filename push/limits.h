// How long the conversation waits, how often it tries, and how often it asks: every second and
// every try of push, in one place. Bytes and records are in engine/core/limits.h.
//
// What the server sets (ErrorDelay, RequestDelay, TimeoutSec ...) stands here with its range; its
// value is in Parameters.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "engine/core/limits.h"

namespace lintel::limits {

// ---- what the server may set, and what holds until it does
inline constexpr std::chrono::seconds delay_min{1};  // ErrorDelay and RequestDelay
inline constexpr std::chrono::seconds delay_max{3600};
inline constexpr std::chrono::seconds error_delay_default{30};
inline constexpr std::chrono::seconds request_delay_default{30};
inline constexpr std::chrono::seconds timeout_min{1};  // TimeoutSec: of a whole exchange
inline constexpr std::chrono::seconds timeout_max{300};
inline constexpr std::chrono::seconds timeout_default{10};
// A step of a lane that takes longer is stuck for good: the service manager starts push anew.
inline constexpr std::chrono::minutes step_max{30};
inline constexpr std::chrono::minutes trans_interval_min{1};
inline constexpr std::chrono::minutes trans_interval_max{1440};
inline constexpr std::chrono::minutes trans_interval_default{2};

// ---- after a failure (backoff.h)
inline constexpr std::chrono::seconds first_retry{1};
// What a connection does once and needs no hurry is spread over so long when the server was away.
inline constexpr std::chrono::seconds caught_up_within{120};
inline constexpr unsigned step_pause_part = 10;  // of ErrorDelay, at most, between two steps
// And before the first, when a server has forgotten us: it may have forgotten thousands.
inline constexpr unsigned forgotten_pause_part = 4;

// ---- the connection lane
inline constexpr unsigned command_tries_max = 3;  // data of one command that gets no answer: -730
inline constexpr unsigned account_tries_max =
    3;  // of one ACCOUNT whose records change meanwhile: -16
// After the refusal number `tries`, from 1: 1, 2, 4 and 8 s.
constexpr std::chrono::seconds refused_again_after(unsigned tries) {
  return std::chrono::seconds(1U << (tries - 1));
}
// What the engine does not take just now, or has to look at first.
inline constexpr std::chrono::seconds engine_asked_again_after{1};
inline constexpr unsigned result_tries_max = 5;  // a refusal each; the outage does not count
inline constexpr std::chrono::seconds momentary_for{10};  // after that nobody waits for the door
inline constexpr std::chrono::hours time_asked_every{24};
inline constexpr std::chrono::minutes no_server_look_every{1};
inline constexpr std::chrono::seconds host_test_max{
    5};  // Test Host, and never longer than TimeoutSec

// ---- the firmware lane
inline constexpr std::chrono::hours download_stuck_max{1};  // without a byte of progress

// ---- the upload lane
inline constexpr std::chrono::seconds state_told_every{30};
inline constexpr std::chrono::minutes window_look_every{1};  // so that a clock that was set is seen
inline constexpr std::chrono::minutes offline_look_every{1};
inline constexpr unsigned batch_refusals_max = 3;  // in a row; then one by one, on this connection
inline constexpr std::chrono::milliseconds upload_wait_max{500};  // coming online is noticed

// ---- the line to the engine
inline constexpr std::chrono::milliseconds engine_retry_min{100};
inline constexpr std::chrono::seconds engine_retry_max{2};

// ---- the wire
inline constexpr std::chrono::seconds connection_kept_for{30};
// An address that the resolver told too late serves the next try for so long.
inline constexpr std::chrono::seconds late_address_kept_for{60};
inline constexpr std::size_t lookups_max = 4;  // names that are being looked up at once
// The program's end waits so long for lanes that are in an exchange.
inline constexpr std::chrono::milliseconds ending_max{500};

}  // namespace lintel::limits
