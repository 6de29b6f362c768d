// What the conversation does online, in the order in which it is due.
#include <algorithm>

#include "engine/base/log.h"
#include "push/conversation.h"
#include "push/limits.h"
#include "push/registration.h"
#include "push/text.h"

namespace lintel::push {
Uptime Conversation::be_online() {
  if (!commands_.empty()) {
    execute_commands();
    return engine_.ready() ? now() : engine_.next_try();
  }
  const Uptime start = now();
  // What came into being here goes before the result that speaks of it. A long list of it lets the
  // questions for commands through.
  const bool overdue = start >= next_poll_ + session_.parameters().request_delay;
  const bool lets_through = upload_was_last_ && overdue;
  upload_was_last_ = false;
  if (unasked_.due(start) && !lets_through) {
    upload_was_last_ = true;
    send_uploads();
  } else if (!results_.empty() && !unasked_.due(start)) {
    if (start < results_.due()) return std::min(results_.due(), unasked_.next_due());
    send_results();
  } else if (options_due_ && start >= next_options_) {
    upload_options();
  } else if (start >= next_time_) {
    ask_time();
  } else if (start >= next_poll_) {
    fetch_commands();
  } else {
    const Uptime next = std::min({next_poll_, next_time_, unasked_.next_due()});
    return options_due_ ? std::min(next, next_options_) : next;
  }
  return now();
}

// ---- commands and their results

void Conversation::fetch_commands() {
  const auto parameters = session_.parameters();
  // The first pause is of a length of its own: controllers that start at the same moment do not
  // ask at the same moment for ever.
  next_poll_ = now() + (std::exchange(first_poll_, false)
                            ? backoff_.anywhere(parameters.request_delay)
                            : std::chrono::nanoseconds(parameters.request_delay));
  auto reply = ask(messages_.commands(parameters), OnTimeout::look_whether_it_lives);
  if (!reply) return;
  const auto body = trimmed(reply->body);
  auto list = split_commands(reply->body, setup_.serial);
  const bool understood = is_idle_answer(body) || !list.commands.empty() || list.dropped > 0 ||
                          ConfigBlock(body).find("SessionID");
  if (reply->status != 200 || !understood) {
    fall_back(Setback::no_answer, glimpse(*reply));
    return;
  }
  backoff_.reset();
  if (list.dropped > 0) {
    log_warning("push", std::to_string(list.dropped) +
                            " commands are beyond the limit of a reply or have an "
                            "unreadable id, and are passed over");
  }
  if (list.commands.empty()) return;
  executor_.forget_ahead();
  reply_ = std::move(reply->body);
  // The text has moved with its string unless it is short enough to lie inside of it.
  list = split_commands(reply_, setup_.serial);
  commands_.assign(std::make_move_iterator(list.commands.begin()),
                   std::make_move_iterator(list.commands.end()));
  // There may be more: ask again when these are done. Whoever repeats himself can wait.
  const auto said = std::hash<std::string_view>{}(reply_);
  if (said != commands_said_) next_poll_ = now();
  commands_said_ = said;
  commands_came_ = setup_.monotonic ? setup_.monotonic() : now();
  command_tries_ = 0;
}

void Conversation::execute_commands() {
  executor_.event_style(event_style(session_.parameters(), false));
  while (!commands_.empty() && !session_.stopped()) {
    if (now() - last_exchange_ >= session_.parameters().request_delay) {
      keep_alive();
      if (state_ != State::online) return;
    }
    const CommandText& command = commands_.front();
    executor_.look_ahead(commands_);
    const auto execution = executor_.execute(command, commands_came_);
    if (execution.outcome == Executor::Outcome::engine_away) return;
    if (execution.outcome == Executor::Outcome::server_away) {
      if (++command_tries_ < limits::command_tries_max) return;
      results_.add(command, code::no_server_response, {});
    } else if (execution.outcome == Executor::Outcome::done) {
      results_.add(command, execution.code, execution.words);
    }
    commands_.pop_front();
    command_tries_ = 0;
    if (state_ != State::online) return;
  }
  if (commands_.empty()) std::string().swap(reply_);  // it may have been 8 MiB
}

void Conversation::send_uploads() {
  auto post = unasked_.next(session_.parameters(), now());
  if (!post) return;
  const auto table = post->table;
  const auto reply = ask(messages_.upload(session_.parameters(), std::move(*post)));
  if (!reply) return;
  const auto answer = verdict(*reply, table);
  if (answer.kind == Verdict::Kind::taken) {
    unasked_.taken(answer.count, now());
  } else {
    unasked_.refused(now(), glimpse(*reply));
  }
}

void Conversation::send_results() {
  const auto reply = ask(messages_.results(session_.parameters(), results_.body()));
  if (!reply) return;
  if (verdict(*reply).kind == Verdict::Kind::taken) {
    results_.taken();
  } else {
    results_.refused(now(), glimpse(*reply));
  }
}

Executor::Delivery Conversation::deliver(Parcel parcel) {
  const auto reply = ask(messages_.parcel(session_.parameters(), std::move(parcel)));
  if (!reply) return Executor::Delivery::lost;
  if (verdict(*reply).kind == Verdict::Kind::taken) return Executor::Delivery::taken;
  return reply->status / 100 == 2 ? Executor::Delivery::refused : Executor::Delivery::http_error;
}

void Conversation::keep_alive() {
  (void)ask(messages_.ping(session_.parameters()));
}

// ---- options and time

void Conversation::upload_options() {
  if (!session_.parameters().push_options.value_or(push_options_)) {
    options_due_ = false;
    return;
  }
  const auto answers = engine_.options({});
  if (!answers) return;
  std::string body = options_body(*answers);
  if (body == options_uploaded_) {
    options_due_ = false;
    return;
  }
  const auto reply = ask(messages_.options(session_.parameters(), body));
  if (!reply) return;
  if (verdict(*reply).kind == Verdict::Kind::taken) {
    options_uploaded_ = std::move(body);
    options_due_ = false;
  } else {
    next_options_ = now() + backoff_.spread(session_.parameters().error_delay);
    log_info("push", "the options are not taken: " + glimpse(*reply));
  }
}

// The text's Date header is for the time, too, but many a server sends none or a wrong one: it
// counts only where nothing else is known.
std::optional<ServerTime> Conversation::time_in(const HttpReply& reply) {
  if (reply.status == 200) {
    if (auto time = parse_server_time(reply.body)) return time;
  }
  const auto date = std::find_if(reply.headers.begin(), reply.headers.end(),
                                 [](const auto& h) { return same_name(h.first, "Date"); });
  const auto utc = date == reply.headers.end() ? std::nullopt : parse_http_date(date->second);
  if (!utc) return std::nullopt;
  const auto status = engine_.status();
  if (!status || status->time_trusted()) return std::nullopt;
  return ServerTime{*utc, std::nullopt};
}

void Conversation::ask_time() {
  next_time_ = now() + limits::time_asked_every;
  const auto reply = ask(messages_.time(session_.parameters()));
  if (!reply) return;
  if (reply->status == 200) time_told_ = true;
  const auto time = time_in(*reply);
  if (!time) return;
  pb::Request request;
  auto& wish = *request.mutable_set_time();
  wish.set_utc_seconds(time->utc.time_since_epoch().count());
  if (time->zone) {
    wish.set_has_zone(true);
    wish.set_zone_minutes(static_cast<std::int32_t>(time->zone->count()));
  }
  (void)engine_.call(request);  // away: its own clock goes on, and we ask again tomorrow
}

}  // namespace lintel::push
