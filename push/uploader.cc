#include "push/uploader.h"

#include <algorithm>
#include <utility>

#include "engine/base/log.h"
#include "push/limits.h"
#include "push/registration.h"
#include "push/sealed_transport.h"
#include "push/upload_text.h"

namespace lintel::push {
namespace {

using std::chrono::seconds;

constexpr std::int64_t day_seconds = 86400;

}  // namespace

Uploader::Uploader(Setup setup, Session& session)
    : setup_(std::move(setup)),
      session_(session),
      engine_(setup_.engine, setup_.clock),
      messages_(setup_.serial),
      event_backoff_(setup_.seed),
      state_backoff_(~setup_.seed) {}

std::uint64_t Uploader::waiting() const {
  return last_event_ > cursor_ ? last_event_ - cursor_ : 0;
}

// ---- the engine

bool Uploader::begin_link() {
  pb::Request subscription;
  subscription.mutable_subscribe()->set_events(true);
  subscription.mutable_subscribe()->set_states(true);
  subscription.mutable_subscribe()->set_options(true);
  subscription.mutable_subscribe()->set_errands(true);
  if (!engine_.call(subscription)) return false;
  constexpr std::string_view rules[] = {"WGRuleVer"};
  const auto answer = engine_.options(rules);
  if (!answer) return false;
  with_bits_ = option_value(*answer, rules[0]).substr(0, 1) == "2";
  const auto status = engine_.status();
  if (!status) return false;

  last_event_ = status->last_event();
  confirmed_ = status->confirmed_event();
  // The server may have more than the engine was told before it went away. A cursor ahead of the
  // journal is not ours: the journal is another one now.
  const bool ahead = cursor_ > confirmed_ && cursor_ <= last_event_;
  if (!ahead) cursor_ = confirmed_;
  states_changed_ = true;
  session_.options_changed();
  session_.results_wait();
  session_.uploads_wait();
  link_seen_ = engine_.link_number();
  confirm();
  return true;
}

void Uploader::take(const pb::Notice& notice) {
  last_event_ = std::max(last_event_, notice.last_event());
  if (notice.states()) states_changed_ = true;
  if (notice.options()) session_.options_changed();
  if (notice.results()) session_.results_wait();
  if (notice.uploads()) session_.uploads_wait();
  if (notice.network()) session_.network_changed();
}

bool Uploader::wait(std::chrono::nanoseconds at_most) {
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(at_most);
  const auto notice = engine_.next_notice(std::max(wait, std::chrono::milliseconds(0)));
  if (!notice) return false;
  if (*notice) take(**notice);
  return true;
}

// ---- what is due

Uptime Uploader::step() {
  if (!engine_.ready()) return engine_.next_try();
  if (link_seen_ != engine_.link_number()) {
    if (!begin_link()) return engine_.next_try();
  } else if (!wait(std::chrono::nanoseconds(0))) {
    return engine_.next_try();
  }
  session_.queued(waiting());
  const auto view = session_.view();
  if (!view.online) return now() + limits::offline_look_every;
  if (view.connection != connection_) begin_connection(view);
  if (view.states_wanted != states_wanted_) {
    states_wanted_ = view.states_wanted;
    states_told_.clear();
    states_changed_ = true;
  }
  return work(view);
}

void Uploader::begin_connection(const Session::View& view) {
  connection_ = view.connection;
  transport_ = transport_to(view.address, view, setup_.transports);
  states_changed_ = true;
  singly_ = false;
  batches_refused_ = 0;
  first_state_ = !view.returning;
  events_retry_ = states_retry_ = next_state_ = next_look_ = now();
  if (view.returning) {
    // It had our states before it went away: only what has changed is told at once.
    next_state_ += state_backoff_.anywhere(limits::state_told_every);
  } else {
    states_told_.clear();
  }
  if (!last_window_) last_window_ = now();
}

Uptime Uploader::work(const Session::View& view) {
  const auto& parameters = view.parameters;
  if (!parameters.realtime && now() >= next_look_) look_at_clock(parameters);
  const bool open = parameters.realtime || window_open_;
  const bool events_wanted = parameters.uploads_records && waiting() > 0;
  const bool events_due = open && events_wanted && now() >= events_retry_;
  const bool states_due =
      open && (states_changed_ || now() >= next_state_) && now() >= states_retry_;
  // In turns, so that neither a backlog nor a door that rattles holds the other up.
  if (events_due && (state_was_last_ || !states_due)) {
    state_was_last_ = false;
    send_events(view);
    return now();
  }
  if (states_due) {
    state_was_last_ = true;
    send_states(view);
    return now();
  }
  if (!parameters.realtime) {
    if (!events_wanted) window_open_ = false;
    return window_open_ ? std::min(events_retry_, next_look_) : next_look_;
  }
  const Uptime state_at = states_changed_ ? states_retry_ : std::max(next_state_, states_retry_);
  return events_wanted ? std::min(events_retry_, state_at) : state_at;
}

void Uploader::look_at_clock(const Parameters& parameters) {
  const Uptime interval_ends = *last_window_ + parameters.trans_interval;
  bool due = now() >= interval_ends;
  next_look_ = now() + limits::window_look_every;
  if (!due) next_look_ = std::min(next_look_, interval_ends);

  if (const auto status = engine_.status()) {
    const std::int64_t civil = status->time_second();
    const std::int64_t before = std::clamp(last_civil_.value_or(civil), civil - day_seconds, civil);
    for (const auto time : parameters.trans_times) {
      const std::int64_t at = seconds(time).count();
      // The last moment not after `civil` at which the clock showed this time of day.
      const std::int64_t passed = civil - ((civil % day_seconds - at + day_seconds) % day_seconds);
      if (passed > before) due = true;
      next_look_ = std::min(next_look_, now() + seconds(passed + day_seconds - civil));
    }
    last_civil_ = civil;
  }
  if (!due) return;
  window_open_ = true;
  states_changed_ = true;
  last_window_ = now();
}

// ---- events

void Uploader::send_events(const Session::View& view) {
  const bool batch = waiting() > limits::live_events_max && !singly_ &&
                     speaks(view.parameters.protocol, Feature::batches);
  pb::Request request;
  request.mutable_pull_events()->set_after(cursor_);
  request.mutable_pull_events()->set_most(batch ? limits::events_per_post_max : 1);
  const auto reply = engine_.call(request);
  if (!reply) return;
  if (reply->code() < 0) {  // the journal cannot be read just now
    events_retry_ = now() + event_backoff_.next(view.parameters.error_delay);
    return;
  }
  const auto& events = reply->events().event();
  if (events.empty()) {
    last_event_ = cursor_;  // what the journal dropped cannot be sent
    return;
  }
  const auto style = event_style(view.parameters, with_bits_);
  std::string body;
  for (const auto& event : events) {
    if (!body.empty()) body += "\r\n";
    body += event_record(event, style);
  }
  const auto answer = post(messages_.events(view.parameters, std::move(body)), view, "rtlog");
  if (answer.sent == Sent::no_answer) return;
  const auto offered = static_cast<std::uint64_t>(events.size());
  const auto taken =
      answer.sent == Sent::taken ? std::min(answer.count.value_or(offered), offered) : 0;
  note_batch(offered, taken, answer.sent == Sent::taken);
  if (taken == 0) {
    events_retry_ = now() + event_backoff_.next(view.parameters.error_delay);
    return;
  }
  event_backoff_.reset();
  cursor_ = events.Get(static_cast<int>(taken) - 1).index();
  last_event_ = std::max({last_event_, reply->events().last_index(), cursor_});
  session_.queued(waiting());
  confirm();
}

// A server that is in trouble for a moment refuses whatever comes: that says nothing about batches.
void Uploader::note_batch(std::uint64_t offered, std::uint64_t taken, bool said_ok) {
  if (offered <= 1) return;
  batches_refused_ = said_ok ? 0 : batches_refused_ + 1;
  if (taken < offered && (said_ok || batches_refused_ >= limits::batch_refusals_max)) {
    singly_ = true;
  }
}

void Uploader::confirm() {
  if (cursor_ <= confirmed_) return;
  pb::Request request;
  request.mutable_confirm_events()->set_through(cursor_);
  const auto reply = engine_.call(request);
  // Away: the cursor is kept here and told again on the next link.
  if (reply && reply->code() >= 0) confirmed_ = cursor_;
}

// ---- states

void Uploader::send_states(const Session::View& view) {
  const auto status = engine_.status();
  if (!status) return;
  states_changed_ = false;
  const auto state = state_of_doors(*status);
  if (state == states_told_ && now() < next_state_) return;
  const auto answer =
      post(messages_.states(view.parameters, state_record(*status)), view, "rtstate");
  // As with getrequest: the first pause has a length of its own.
  next_state_ = now() + (std::exchange(first_state_, false)
                             ? state_backoff_.anywhere(limits::state_told_every)
                             : std::chrono::nanoseconds(limits::state_told_every));
  if (answer.sent == Sent::taken) {
    states_told_ = state;
    state_backoff_.reset();
  } else {
    states_changed_ = true;
    states_told_.clear();
    states_retry_ = now() + state_backoff_.next(view.parameters.error_delay);
  }
}

Uploader::Answer Uploader::post(const HttpRequest& request, const Session::View& view,
                                std::string_view table) {
  const auto reply = transport_->exchange(request, view.parameters.timeout);
  if (!reply) {
    log_info("push", "an upload has no answer: " + reply.error().text);
    events_retry_ = states_retry_ = now() + event_backoff_.next(view.parameters.error_delay);
    session_.no_answer(view.connection);
    return {};
  }
  const auto answer = verdict(*reply, table);
  if (answer.kind == Verdict::Kind::unknown_to_server) {
    session_.unknown_to_server(view.connection);
    return {};
  }
  if (reply->status == 200) session_.hear(reply->body);
  if (answer.kind == Verdict::Kind::taken) return {Sent::taken, answer.count};
  log_info("push", "an upload is not taken: " + glimpse(*reply));
  return {Sent::refused, {}};
}

}  // namespace lintel::push
