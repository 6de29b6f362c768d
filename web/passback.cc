#include "web/passback.h"

#include <algorithm>

#include "engine/core/types.h"

namespace lintel::web {
namespace {

constexpr std::chrono::seconds turn_wait_max{2};
constexpr std::chrono::seconds call_timeout{5};

// The little of JSON that a reset is written in.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }
  bool take(char sign) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != sign) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // A text of printable ASCII. Of the escapes only those of quote, backslash and slash: nothing
  // else that may stand in a user ID needs one.
  std::optional<std::string> take_text() {
    if (!take('"')) return std::nullopt;
    std::string text;
    while (!rest_.empty() && rest_.front() != '"') {
      const bool escape = rest_.front() == '\\';
      if (escape) rest_.remove_prefix(1);
      if (rest_.empty() || rest_.front() < ' ' || rest_.front() > '~') return std::nullopt;
      const char sign = rest_.front();
      if (escape && sign != '"' && sign != '\\' && sign != '/') return std::nullopt;
      text += sign;
      rest_.remove_prefix(1);
    }
    if (!take('"')) return std::nullopt;
    return text;
  }

 private:
  void skip_blanks() {
    const auto start = std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size());
    rest_.remove_prefix(start);
  }
  std::string_view rest_;
};

}  // namespace

Result<void> Passback::reset(const std::string& pin) {
  const std::unique_lock turn(one_at_a_time_, turn_wait_max);
  if (!turn) return fail(Errc::busy, "others are resetting anti-passback; try again in a moment");
  pb::Request request;
  request.mutable_control()->set_verb(pb::Control::RESET_PASSBACK);
  request.mutable_control()->set_pin(pin);
  auto link = factory_();
  if (!link) return fail(std::move(link).error().during("reset anti-passback"));
  const auto reply = (*link)->call(request, call_timeout);
  if (!reply) return fail(Error{reply.error()}.during("reset anti-passback"));
  if (reply->code() < 0) return fail(Errc::refused, reply->error());
  return {};
}

std::optional<std::string> read_reset(std::string_view json) {
  Reader reader(json);
  if (!reader.take('{')) return std::nullopt;
  if (reader.take('}')) return reader.at_end() ? std::optional<std::string>("") : std::nullopt;
  const auto name = reader.take_text();
  if (!name || *name != "pin" || !reader.take(':')) return std::nullopt;
  auto pin = reader.take_text();
  // An empty one would be everybody, and was meant to be somebody.
  if (!pin || !Pin::from(*pin)) return std::nullopt;
  if (!reader.take('}') || !reader.at_end()) return std::nullopt;
  return pin;
}

}  // namespace lintel::web
