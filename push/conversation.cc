#include "push/conversation.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "push/charset.h"
#include "push/limits.h"
#include "push/registration.h"
#include "push/text.h"

namespace lintel::push {
namespace {

using std::chrono::seconds;

constexpr std::int32_t no_response_from_server = -730;

bool is_idle_answer(std::string_view body) {
  return body.empty() || same_name(body, "OK");
}

bool is_page(std::string_view body) {
  return trimmed(body).substr(0, 1) == "<";
}

// "2026-11-22 14:05:09" as the token of POST push wants it.
std::string timestamp(std::string time) {
  std::replace_if(
      time.begin(), time.end(), [](char c) { return c == ' ' || c == ':'; }, '-');
  return time;
}

}  // namespace

std::string_view words(Conversation::State state) {
  switch (state) {
    case Conversation::State::no_server:
      return "no server";
    case Conversation::State::connecting:
      return "connecting";
    case Conversation::State::online:
      return "online";
    case Conversation::State::waiting:
      return "waiting";
    default:
      return "registering";
  }
}

Conversation::Conversation(Setup setup, Session& session)
    : setup_(std::move(setup)),
      session_(session),
      engine_(setup_.engine, setup_.clock),
      messages_(setup_.serial),
      executor_(engine_, session_,
                {.serial = setup_.serial,
                 .upload = [this](Parcel parcel) { return deliver(std::move(parcel)); },
                 .transports = setup_.transports,
                 .test_host = setup_.test_host}),
      backoff_(setup_.seed) {}

// ---- the machine

void Conversation::advance() {
  switch (state_) {
    case State::no_server:
    case State::waiting:
      enter(State::connecting);
      break;
    case State::connecting:
      retry_at_ = now() + own_time(session_.parameters().error_delay / limits::step_pause_part);
      enter(session_.parameters().registry_code.empty() ? State::registering : State::configuring);
      break;
    case State::registering:
      enter(State::configuring);
      break;
    case State::configuring:
      // The ping only shows that the server lives; of one that has just come back that is known.
      if (returning_) {
        begin_announcing();
      } else {
        enter(State::greeting);
      }
      break;
    case State::greeting:
      begin_announcing();
      break;
    case State::announcing:
      last_error_.clear();
      next_poll_ = now() + own_time(session_.parameters().request_delay);
      next_results_ = now();
      first_poll_ = true;
      returning_ = false;
      result_tries_ = 0;
      session_.went_online();
      enter(State::online);
      break;
    case State::online:
      DOOR_CHECK(false);  // there is nothing ahead of it
  }
}

void Conversation::begin_announcing() {
  // What this server has had from us before needs no hurry; a clock that nobody has set yet does.
  const bool had_options = !options_uploaded_.empty();
  options_due_ = true;
  options_uploaded_.clear();
  next_options_ = next_time_ = now();
  if (had_options) next_options_ += own_time(limits::caught_up_within);
  if (time_told_) next_time_ += own_time(limits::caught_up_within);
  enter(State::announcing);
}

std::chrono::nanoseconds Conversation::own_time(std::chrono::nanoseconds most) {
  return returning_ ? backoff_.anywhere(most) : std::chrono::nanoseconds(0);
}

void Conversation::fall_back(Setback why, const std::string& words) {
  session_.went_offline();
  last_error_ = words;
  if (!address_) {
    enter(State::no_server);
    return;
  }
  const auto error_delay = session_.parameters().error_delay;
  switch (why) {
    case Setback::no_answer:
      returning_ = true;
      retry_at_ = now() + backoff_.next(error_delay);
      break;
    case Setback::unknown_to_server:
      known_code_.clear();
      retry_at_ = now() + backoff_.next(error_delay);
      break;
    case Setback::not_registered:
      known_code_.clear();
      retry_at_ = now() + backoff_.spread(error_delay);
      break;
    case Setback::address_changed:
      returning_ = false;
      known_code_.clear();
      backoff_.reset();
      enter(State::connecting);
      return;
  }
  enter(State::waiting);
}

void Conversation::enter(State next) {
  state_ = next;
  std::string line(words(next));
  if (address_) line += ", " + address_->url();
  if (next == State::waiting) {
    const auto wait = std::chrono::ceil<seconds>(retry_at_ - now()).count();
    line += ", next try in " + std::to_string(wait) + " s: " + last_error_;
  }
  const bool on_the_way = next == State::connecting || words(next) == "registering";
  log_line(on_the_way ? LogLevel::debug : LogLevel::info, "push", line);
  since_utc_ = 0;
  report();
}

void Conversation::report() {
  reported_ = false;
  const auto status = engine_.status();
  if (!status) return;
  if (since_utc_ == 0) since_utc_ = utc_seconds(*status);
  const auto parameters = session_.parameters();
  pb::Request request;
  auto& link = *request.mutable_report_link()->mutable_link();
  if (address_) link.set_server(address_->url());
  link.set_state(std::string(words(state_)));
  link.set_online(state_ == State::online);
  link.set_since_utc(since_utc_);
  link.set_last_error(last_error_);
  if (valid_utf8(parameters.server_version)) link.set_server_version(parameters.server_version);
  link.set_queued_events(session_.queued());
  reported_ = engine_.call(request).has_value();
}

Uptime Conversation::step() {
  const auto errands = session_.take_errands();
  if (errands.options) options_unread_ = true;
  if (errands.look) next_poll_ = now();
  if (errands.register_anew && state_ == State::online) {
    fall_back(Setback::unknown_to_server, "the server no longer knows this device");
  }
  // Nothing is subscribed on this link; what is asked is whether its other end is still there, so
  // that no command is fetched that nobody could carry out.
  if (!engine_.ready() || !engine_.next_notice(std::chrono::milliseconds(0))) {
    return without_engine();
  }
  if (link_seen_ != engine_.link_number()) {
    link_seen_ = engine_.link_number();
    options_unread_ = true;  // they may have changed while nobody told us
    reported_ = false;
  }
  if (!reported_) report();
  // What the old server's commands did is told to the old server before a new one is looked for.
  const bool in_debt = state_ == State::online && !(commands_.empty() && results_.empty());
  if (options_unread_ && !in_debt && !read_options()) return engine_.next_try();

  switch (state_) {
    case State::no_server:
      return now() + limits::no_server_look_every;
    case State::waiting:
      if (now() < retry_at_) return retry_at_;
      advance();
      break;
    case State::connecting:
      connect();
      break;
    case State::registering:
      if (now() < retry_at_) return retry_at_;
      register_device();
      break;
    case State::configuring:
      if (now() < retry_at_) return retry_at_;
      fetch_configuration();
      break;
    case State::greeting:
      greet();
      break;
    case State::announcing:
      announce();
      break;
    case State::online:
      return be_online();
  }
  return now();
}

Uptime Conversation::without_engine() {
  if (state_ != State::online) return engine_.next_try();
  const auto heartbeat = session_.parameters().request_delay;
  if (now() >= last_exchange_ + heartbeat) keep_alive();
  return std::min(engine_.next_try(), last_exchange_ + heartbeat);
}

// ---- exchanges

std::optional<HttpReply> Conversation::ask(const HttpRequest& request, OnTimeout on_timeout) {
  auto reply = transport_->exchange(request, session_.parameters().timeout);
  last_exchange_ = now();
  if (!reply) {
    if (reply.error().code == Errc::timeout && on_timeout == OnTimeout::look_whether_it_lives) {
      keep_alive();
      return std::nullopt;
    }
    fall_back(Setback::no_answer, reply.error().text);
    return std::nullopt;
  }
  if (asks_to_register(*reply)) {
    const bool known = state_ != State::connecting && state_ != State::registering;
    fall_back(known ? Setback::unknown_to_server : Setback::not_registered,
              known ? "the server no longer knows this device"
                    : "the server does not register this device");
    return std::nullopt;
  }
  if (reply->status == 200) session_.hear(reply->body);
  return std::move(*reply);
}

void Conversation::connect() {
  transport_ = setup_.transports(*address_);
  session_.begin(*address_, session_.parameters().for_new_connection(), returning_);
  const auto reply = ask(messages_.connect());
  if (!reply) return;
  const ConfigBlock block(reply->body);
  const bool understood =
      is_idle_answer(trimmed(reply->body)) || (!block.empty() && !is_page(reply->body));
  if (reply->status != 200 || !understood) {
    fall_back(Setback::no_answer, glimpse(*reply));
    return;
  }
  session_.configure(block);
  // A server that restarted may go on with the code it once gave.
  const bool registered = same_name(block.find("registry").value_or(""), "ok");
  if (registered && session_.parameters().registry_code.empty() && !known_code_.empty()) {
    session_.configure(ConfigBlock("RegistryCode=" + known_code_));
  }
  advance();
}

void Conversation::register_device() {
  const auto answers = engine_.options(registry_fields());
  if (!answers) return;
  const auto reply = ask(messages_.registry(registry_body(*answers)));
  if (!reply) return;
  if (reply->status != 200) {
    fall_back(Setback::no_answer, glimpse(*reply));
    return;
  }
  session_.configure(ConfigBlock(reply->body));
  if (session_.parameters().registry_code.empty()) {
    fall_back(Setback::not_registered, "the server gives no registry code");
    return;
  }
  options_uploaded_.clear();  // whoever registers us anew has forgotten them
  advance();
}

void Conversation::fetch_configuration() {
  const auto status = engine_.status();
  if (!status) return;
  known_code_ = session_.parameters().registry_code;
  const auto reply = ask(messages_.configuration(session_.parameters(), timestamp(status->time())));
  if (!reply) return;
  const ConfigBlock block(reply->body);
  const bool understood =
      is_idle_answer(trimmed(reply->body)) || (!block.empty() && !is_page(reply->body));
  if (reply->status != 200 || !understood) {
    fall_back(Setback::no_answer, glimpse(*reply));
    return;
  }
  session_.configure(block);
  advance();
}

// A server that does not know ping says so in its own way: that it answers is enough.
void Conversation::greet() {
  if (ask(messages_.ping(session_.parameters()))) advance();
}

void Conversation::announce() {
  if (options_due_ && now() >= next_options_) {
    upload_options();
  } else if (now() >= next_time_) {
    ask_time();
  } else {
    advance();
  }
}

Uptime Conversation::be_online() {
  if (!commands_.empty()) {
    execute_commands();
    return engine_.ready() ? now() : engine_.next_try();
  }
  const Uptime start = now();
  if (!results_.empty()) {
    if (start < next_results_) return next_results_;
    send_results();
  } else if (options_due_ && start >= next_options_) {
    upload_options();
  } else if (start >= next_time_) {
    ask_time();
  } else if (start >= next_poll_) {
    fetch_commands();
  } else {
    const Uptime next = std::min(next_poll_, next_time_);
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
  reply_ = std::move(reply->body);
  // The text has moved with its string unless it is short enough to lie inside of it.
  list = split_commands(reply_, setup_.serial);
  commands_.assign(std::make_move_iterator(list.commands.begin()),
                   std::make_move_iterator(list.commands.end()));
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
    const auto execution = executor_.execute(command, commands_came_);
    if (execution.outcome == Executor::Outcome::engine_away) return;
    if (execution.outcome == Executor::Outcome::server_away) {
      if (++command_tries_ < limits::command_tries_max) return;
      add_result(command, no_response_from_server, {});
    } else if (execution.outcome == Executor::Outcome::done) {
      add_result(command, execution.code, execution.words);
    }
    commands_.pop_front();
    command_tries_ = 0;
    if (state_ != State::online) return;
  }
  if (commands_.empty()) std::string().swap(reply_);  // it may have been 8 MiB
}

void Conversation::add_result(const CommandText& command, std::int32_t code, std::string words) {
  if (results_.size() >= limits::results_max) {
    log_warning("push", "the result of command " + results_.front().id +
                            " is given up: the server takes none");
    results_.pop_front();
  }
  if (words.empty()) words = command_words(command.text);
  results_.push_back({command.id, code, std::move(words)});
}

void Conversation::send_results() {
  std::string body;
  for (const auto& result : results_) {
    if (!body.empty()) body += '\n';
    body += "ID=" + result.id + "&Return=" + std::to_string(result.code) + "&CMD=" + result.words;
  }
  const auto reply = ask(messages_.results(session_.parameters(), std::move(body)));
  if (!reply) return;
  if (verdict(*reply).kind == Verdict::Kind::taken) {
    results_.clear();
    result_tries_ = 0;
    return;
  }
  ++result_tries_;
  if (result_tries_ >= limits::result_tries_max) {
    log_warning("push", "the results of " + std::to_string(results_.size()) +
                            " commands are given up: " + glimpse(*reply));
    results_.clear();
    result_tries_ = 0;
    return;
  }
  next_results_ = now() + seconds(1U << (result_tries_ - 1));
}

Executor::Delivery Conversation::deliver(Parcel parcel) {
  const auto reply = ask(messages_.parcel(session_.parameters(), std::move(parcel)));
  if (!reply) return Executor::Delivery::lost;
  return verdict(*reply).kind == Verdict::Kind::taken ? Executor::Delivery::taken
                                                      : Executor::Delivery::refused;
}

void Conversation::keep_alive() {
  (void)ask(messages_.ping(session_.parameters()));
}

// ---- options and time

bool Conversation::read_options() {
  constexpr std::string_view names[] = {"WebServerIP", "WebServerPort", "MaxPackageSize",
                                        "PushOptionsFlag"};
  const auto answers = engine_.options(names);
  if (!answers) return false;
  options_unread_ = false;
  options_due_ = true;  // uploaded only if something in them is new
  push_options_ = option_value(*answers, "PushOptionsFlag") != "0";
  if (const auto most = whole_number(option_value(*answers, "MaxPackageSize"))) {
    executor_.package_bytes(*most);
  }
  auto address = choose_address(setup_.configured, option_value(*answers, "WebServerIP"),
                                option_value(*answers, "WebServerPort"));
  if (address_known_ && address == address_) return true;
  const bool first = !address_known_;
  address_known_ = true;
  address_ = std::move(address);
  fall_back(Setback::address_changed, first ? "" : "the server's address has changed");
  return true;
}

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

void Conversation::ask_time() {
  next_time_ = now() + limits::time_asked_every;
  const auto reply = ask(messages_.time(session_.parameters()));
  if (!reply || reply->status != 200) return;
  time_told_ = true;
  const auto time = parse_server_time(reply->body);
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
