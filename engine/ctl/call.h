// What somebody typed: one of the questions or actions, with its options.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "engine/base/result.h"

namespace lintel::ctl {

struct StatusCall {};
struct EventsCall {
  bool follow = false;
  std::uint64_t last = 20;
};
struct UsersCall {
  std::optional<std::string> pin;
};
struct ExplainCall {
  std::uint64_t card = 0;  // or
  std::string pin;
  std::uint32_t reader = 0;
  std::string at;           // "2026-11-23 08:10:00"; empty: now
  std::uint64_t event = 0;  // or a past event; then nothing else counts
};
struct ReplayCall {
  std::uint32_t days = 7;
};
struct ResetPassbackCall {
  std::string pin;  // empty: everybody
};
struct FactoryResetCall {
  std::string serial;  // empty: only say what it would do
};
struct UpdateCall {
  std::string file;
};
struct ClaimCodeCall {};
struct HelpCall {};

struct Call {
  std::string socket;  // or
  std::string config;  // both empty: the default
  std::variant<StatusCall, EventsCall, UsersCall, ExplainCall, ReplayCall, ResetPassbackCall,
               FactoryResetCall, UpdateCall, ClaimCodeCall, HelpCall>
      question;
};

// Errc::invalid: one sentence that says what is wrong with it.
Result<Call> read_call(std::span<const char* const> words);

extern const char usage[];

}  // namespace lintel::ctl
