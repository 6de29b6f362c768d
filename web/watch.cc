#include "web/watch.h"

#include <algorithm>

#include "engine/base/log.h"

namespace lintel::web {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds call_timeout{10};
constexpr std::chrono::milliseconds notice_wait_max{500};  // how long the end may have to wait
constexpr std::uint32_t events_per_pull = Feed::events_kept;

// A refusal of the engine is a value on the wire; here it breaks the errand like any failure.
Result<pb::Reply> ask(api::Link& link, const pb::Request& request, std::string_view errand) {
  auto reply = link.call(request, call_timeout);
  if (!reply) return fail(std::move(reply).error().during(errand));
  if (reply->code() < 0) return fail(Error{Errc::refused, reply->error()}.during(errand));
  return reply;
}

}  // namespace

Watch::Watch(api::LinkFactory factory, Feed& feed)
    : factory_(std::move(factory)), feed_(feed), thread_([this] { run(); }) {}

Watch::~Watch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    end_.notify_all();
  }
  thread_.join();
}

bool Watch::ending() const {
  const std::lock_guard lock(mutex_);
  return ending_;
}

void Watch::pause() {
  std::unique_lock lock(mutex_);
  end_.wait_for(lock, connect_again_after, [this] { return ending_; });
}

void Watch::run() {
  while (!ending()) {
    auto link = factory_();
    auto followed = link ? follow(**link) : Result<void>(fail(std::move(link).error()));
    if (followed) return;
    feed_.engine_away(followed.error().text);
    if (!away_told_) log_warning("web", followed.error().text + "; trying again until it does");
    away_told_ = true;
    pause();
  }
}

Result<void> Watch::follow(api::Link& link) {
  if (auto done = subscribe(link); !done) return done;
  if (auto done = fetch_status(link); !done) return done;
  if (auto done = fetch_events(link); !done) return done;
  log_info("web", "the engine answers");
  away_told_ = false;
  auto fetched = Clock::now();
  auto due = fetched + status_every;
  while (!ending()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now());
    auto notice = link.next_notice(std::clamp(left, std::chrono::milliseconds(0), notice_wait_max));
    if (!notice) return fail(std::move(notice).error());
    if (*notice && (*notice)->states()) due = std::min(due, fetched + status_gap_min);
    if (*notice && (*notice)->last_event() != 0) {
      if (auto done = fetch_events(link); !done) return done;
      due = std::min(due, fetched + status_gap_min);  // it counts the events
    }
    if (Clock::now() < due) continue;
    if (auto done = fetch_status(link); !done) return done;
    fetched = Clock::now();
    due = fetched + status_every;
  }
  return {};
}

Result<void> Watch::subscribe(api::Link& link) {
  pb::Request request;
  request.mutable_subscribe()->set_events(true);
  request.mutable_subscribe()->set_states(true);
  auto reply = ask(link, request, "subscribe at the engine");
  if (!reply) return fail(std::move(reply).error());
  return {};
}

Result<void> Watch::fetch_status(api::Link& link) {
  pb::Request request;
  request.mutable_get_status();
  auto reply = ask(link, request, "ask the engine for its status");
  if (!reply) return fail(std::move(reply).error());
  feed_.engine_answers(reply->status());
  return {};
}

Result<void> Watch::fetch_events(api::Link& link) {
  bool newest = feed_.last_event() == 0;
  for (;;) {
    const auto before = feed_.last_event();
    pb::Request request;
    request.mutable_pull_events()->set_after(before);
    request.mutable_pull_events()->set_newest(newest);
    request.mutable_pull_events()->set_most(events_per_pull);
    auto reply = ask(link, request, "ask the engine for its events");
    if (!reply) return fail(std::move(reply).error());
    auto& events = *reply->mutable_events();
    if (events.last_index() < before) {
      feed_.journal_began_anew();
      newest = true;
      continue;
    }
    std::sort(events.mutable_event()->begin(), events.mutable_event()->end(),
              [](const auto& a, const auto& b) { return a.index() < b.index(); });
    feed_.add(events);
    const auto now = feed_.last_event();
    if (newest || now == before || now >= events.last_index()) return {};
    // What is no longer shown is not fetched: after a long absence the newest are enough.
    newest = events.last_index() - now > events_per_pull;
  }
}

}  // namespace lintel::web
