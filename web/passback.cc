#include "web/passback.h"

#include <algorithm>

#include "engine/core/types.h"
#include "web/json.h"

namespace lintel::web {
namespace {

constexpr std::chrono::seconds turn_wait_max{2};
constexpr std::chrono::seconds call_timeout{5};

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
  const auto pin = read_one_text(json, "pin");
  if (!pin) return std::nullopt;
  // An empty one would be everybody, and was meant to be somebody.
  if (pin->there && !Pin::from(pin->text)) return std::nullopt;
  return pin->text;
}

}  // namespace lintel::web
