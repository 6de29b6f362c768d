#include "push/engine_line.h"

#include <algorithm>

#include "engine/base/log.h"
#include "push/limits.h"

namespace lintel::push {
bool EngineLine::ready() {
  if (link_) return true;
  const Uptime now = clock_();
  if (now < next_try_) return false;
  auto made = make_();
  if (!made) {
    if (made.error().text != last_trouble_) {
      last_trouble_ = made.error().text;
      log_warning("push", last_trouble_);
    }
    retry_ = std::clamp<std::chrono::nanoseconds>(retry_ * 2, limits::engine_retry_min,
                                                  limits::engine_retry_max);
    next_try_ = now + retry_;
    return false;
  }
  link_ = std::move(*made);
  ++link_number_;
  return true;
}

void EngineLine::drop(const Error& error) {
  link_.reset();
  retry_ = std::clamp<std::chrono::nanoseconds>(retry_ * 2, limits::engine_retry_min,
                                                limits::engine_retry_max);
  next_try_ = clock_() + retry_;
  if (error.text != last_trouble_) log_warning("push", error.text);
  last_trouble_ = error.text;
}

Result<pb::Reply> EngineLine::call(const pb::Request& request) {
  if (!link_) return fail(Errc::gone, "the engine is away");
  auto reply = link_->call(request);
  if (!reply) drop(reply.error());
  return reply;
}

Result<void> EngineLine::post(const pb::Request& request) {
  if (!link_) return fail(Errc::gone, "the engine is away");
  auto posted = link_->post(request);
  if (!posted) drop(posted.error());
  return posted;
}

Result<pb::Reply> EngineLine::wait() {
  if (outstanding() == 0) return fail(Errc::gone, "the engine has gone, and the question with it");
  auto reply = link_->wait();
  if (!reply) drop(reply.error());
  return reply;
}

Result<std::optional<pb::Notice>> EngineLine::next_notice(std::chrono::milliseconds wait) {
  if (!link_) return fail(Errc::gone, "the engine is away");
  auto notice = link_->next_notice(wait);
  if (!notice) drop(notice.error());
  return notice;
}

std::optional<pb::Status> EngineLine::status() {
  pb::Request request;
  request.mutable_get_status();
  auto reply = call(request);
  if (!reply) return std::nullopt;
  if (reply->code() < 0 || !reply->has_status()) {
    drop({Errc::busy, "the engine cannot tell its status"});
    return std::nullopt;
  }
  retry_ = {};  // it is well: the next trouble is a new one
  last_trouble_.clear();
  return std::move(*reply->mutable_status());
}

std::optional<pb::Options> EngineLine::options(std::span<const std::string_view> names) {
  pb::Request request;
  auto& wanted = *request.mutable_get_options();
  for (const auto name : names) {
    wanted.add_name(std::string(name));
  }
  auto reply = call(request);
  if (!reply) return std::nullopt;
  if (reply->code() < 0) {
    drop({Errc::busy, "the engine cannot tell its options"});
    return std::nullopt;
  }
  return std::move(*reply->mutable_options());
}

std::int64_t utc_seconds(const pb::Status& status) {
  using namespace std::chrono;
  // time_second is appendix 5: every month has 31 days.
  const std::int64_t count = status.time_second();
  const auto days_passed = count / 86400;
  const sys_days date(year(static_cast<int>(2000 + days_passed / 372)) /
                      month(static_cast<unsigned>(days_passed / 31 % 12 + 1)) /
                      day(static_cast<unsigned>(days_passed % 31 + 1)));
  const sys_seconds local = date + seconds(count % 86400);
  return local.time_since_epoch().count() - 60 * std::int64_t{status.zone_minutes()};
}

}  // namespace lintel::push
