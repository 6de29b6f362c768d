#include "web/sign_in.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>

#include "engine/base/check.h"

namespace lintel::web {
namespace {

// The prefix makes browsers take it for this very host only, and over https only.
constexpr std::string_view cookie_name = "__Host-lintel";

std::string hex(const std::array<unsigned char, 32>& bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace

SignIn::SignIn(std::string_view code) : code_(digest(code)) {
  DOOR_CHECK(code.size() >= code_bytes_min && code.size() <= code_bytes_max);
}

SignIn::Digest SignIn::digest(std::string_view text) {
  Digest out{};
  unsigned size = 0;
  DOOR_CHECK(EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_sha256(), nullptr) == 1 &&
             size == out.size());
  return out;
}

void SignIn::forget_old(Time now) {
  while (!failures_.empty() && failures_.front() + failures_kept <= now)
    failures_.pop_front();
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    const bool over = at->second.used + idle_max <= now || at->second.begun + session_max <= now;
    at = over ? sessions_.erase(at) : std::next(at);
  }
}

SignIn::Answer SignIn::open(std::string_view code, Time now) {
  const std::lock_guard lock(mutex_);
  forget_old(now);
  // Also for the right code: else the answer would say which one it is.
  if (failures_.size() >= failures_max) return {Outcome::too_many, {}};
  const auto said = digest(code);
  if (CRYPTO_memcmp(said.data(), code_.data(), said.size()) != 0) {
    failures_.push_back(now);
    return {Outcome::wrong, {}};
  }
  Digest random{};
  DOOR_CHECK(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1);
  if (sessions_.size() >= sessions_max) {
    sessions_.erase(std::min_element(
        sessions_.begin(), sessions_.end(),
        [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  }
  auto session = hex(random);
  sessions_[digest(session)] = {now, now};
  return {Outcome::open, std::move(session)};
}

bool SignIn::use(std::string_view session, Time now) {
  const std::lock_guard lock(mutex_);
  forget_old(now);
  const auto found = sessions_.find(digest(session));
  if (found == sessions_.end()) return false;
  found->second.used = now;
  return true;
}

void SignIn::close(std::string_view session) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(digest(session));
}

std::string session_of(std::string_view cookies) {
  while (!cookies.empty()) {
    const auto end = std::min(cookies.find(';'), cookies.size());
    auto one = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    if (one.substr(0, cookie_name.size()) != cookie_name) continue;
    one.remove_prefix(cookie_name.size());
    if (!one.empty() && one.front() == '=') return std::string(one.substr(1));
  }
  return {};
}

std::string session_cookie(std::string_view session) {
  return std::string(cookie_name) + "=" + std::string(session) +
         "; Path=/; Secure; HttpOnly; SameSite=Strict" + (session.empty() ? "; Max-Age=0" : "");
}

}  // namespace lintel::web
