// Who may see the console over a network: whoever knows the code that the controller made for
// itself at its first boot, and then holds a session.
//
// Any thread may call anything. Time comes in.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace lintel::web {

class SignIn {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::size_t failures_max = 20;  // in an hour; then nobody gets in for the rest
  static constexpr std::chrono::hours failures_kept{1};
  static constexpr std::size_t sessions_max = 32;  // the one that is idle longest goes
  static constexpr std::chrono::minutes idle_max{15};
  static constexpr std::chrono::hours session_max{12};
  static constexpr std::size_t code_bytes_min = 8, code_bytes_max = 64;

  // REQUIRES: code has code_bytes_min to code_bytes_max bytes.
  explicit SignIn(std::string_view code);

  enum class Outcome { open, wrong, too_many };
  struct Answer {
    Outcome outcome{};
    std::string session;  // 64 hexadecimal digits, when open
  };
  // Takes equally long for every wrong code.
  Answer open(std::string_view code, Time now);
  // Whether there is such a session; it is used, which keeps it from being idle.
  bool use(std::string_view session, Time now);
  void close(std::string_view session);

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Session {
    Time begun, used;
  };
  static Digest digest(std::string_view text);
  void forget_old(Time now);

  const Digest code_;
  std::mutex mutex_;
  std::deque<Time> failures_;           // oldest first
  std::map<Digest, Session> sessions_;  // by digest: how long a look-up takes says nothing of them
};

// The session in a Cookie header; empty: none.
std::string session_of(std::string_view cookies);
// The Set-Cookie header for a session; empty: it is over.
std::string session_cookie(std::string_view session);

}  // namespace lintel::web
