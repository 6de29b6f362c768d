#include "push/conversation.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "push/charset.h"
#include "push/limits.h"
#include "push/registration.h"
#include "push/text.h"

namespace lintel::push {
using std::chrono::seconds;

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
      results_(engine_),
      unasked_(engine_, setup_.serial),
      backoff_(setup_.seed) {}

// ---- the machine

void Conversation::advance() {
  switch (state_) {
    case State::no_server:
    case State::waiting:
      enter(State::connecting);
      break;
    case State::connecting:
      if (wants_encryption()) {
        enter(State::exchanging_keys);
        break;
      }
      [[fallthrough]];
    case State::exchanging_factors:
      begin_naming();
      break;
    case State::exchanging_keys:
      enter(State::exchanging_factors);
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
      first_poll_ = true;
      returning_ = false;
      results_.begin_connection();
      unasked_.begin_connection();
      session_.went_online();
      enter(State::online);
      break;
    case State::online:
      DOOR_CHECK(false);  // there is nothing ahead of it
  }
}

void Conversation::begin_naming() {
  retry_at_ = now() + own_time(session_.parameters().error_delay / limits::step_pause_part);
  enter(session_.parameters().registry_code.empty() ? State::registering : State::configuring);
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
  key_exchange_.reset();
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
      // It has lost its memory, and others with us: they all learn of it within a RequestDelay.
      known_code_.clear();
      returning_ = true;
      retry_at_ = now() + backoff_.next(error_delay) +
                  backoff_.anywhere(error_delay / limits::forgotten_pause_part);
      break;
    case Setback::other_level:
      retry_at_ = now() + backoff_.spread(error_delay);
      break;
    case Setback::not_registered:
      known_code_.clear();
      retry_at_ = now() + backoff_.spread(error_delay);
      break;
    case Setback::address_changed:
      known_code_.clear();
      [[fallthrough]];
    case Setback::network_changed:
      returning_ = false;
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
  if (errands.results) results_.look();
  if (errands.uploads) unasked_.look();
  if (errands.network) network_changed_ = true;
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
    network_looked_at_ = false;
    results_.look();
    unasked_.look();
    reported_ = false;
  }
  if (!reported_) report();
  if (!results_.settle()) return without_engine();
  // What the old server's commands did is told to the old server before a new one is looked for.
  const bool in_debt = state_ == State::online && !(commands_.empty() && results_.empty());
  if (options_unread_ && !in_debt && !read_options()) return engine_.next_try();
  // A network that was changed, or changed back, is only proved by a link that goes down and comes
  // up over it: the engine takes a change back that has no such proof.
  if (network_changed_ && !in_debt) {
    network_changed_ = false;
    if (state_ != State::connecting) fall_back(Setback::network_changed, "the network has changed");
  }

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
    case State::exchanging_keys:
      exchange_keys();
      break;
    case State::exchanging_factors:
      exchange_factors();
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
  // A server that knows nothing of keys may turn the question away like any other of a stranger.
  const bool exchanging = state_ == State::exchanging_keys || state_ == State::exchanging_factors;
  if (asks_to_register(*reply) && !exchanging) {
    const bool known = state_ != State::connecting && state_ != State::registering;
    fall_back(known ? Setback::unknown_to_server : Setback::not_registered,
              known ? "the server no longer knows this device"
                    : "the server does not register this device");
    return std::nullopt;
  }
  if (reply->status == 200) session_.hear(reply->body);
  return std::move(*reply);
}

// ---- options

std::string Conversation::network_of(const pb::Options& answers) {
  std::string network;
  for (const auto* name : {"IPAddress", "NetMask", "GATEIPAddress", "CommType"}) {
    network += std::string(option_value(answers, name)) + '\n';
  }
  return network;
}

bool Conversation::read_options() {
  constexpr std::string_view names[] = {
      "WebServerIP",          "WebServerPort", "MaxPackageSize",
      "PushOptionsFlag",      "IPAddress",     "NetMask",
      "GATEIPAddress",        "CommType",      "MultiBioDataSupport",
      "MultiBioPhotoSupport", "BioDataFun",    "BioPhotoFun"};
  const auto answers = engine_.options(names);
  if (!answers) return false;
  options_unread_ = false;
  options_due_ = true;  // uploaded only if something in them is new
  push_options_ = option_value(*answers, "PushOptionsFlag") != "0";
  if (const auto most = whole_number(option_value(*answers, "MaxPackageSize"))) {
    executor_.package_bytes(*most);
    unasked_.package_bytes(*most);
  }
  unasked_.we_support({parse_bio_types(option_value(*answers, "MultiBioDataSupport")),
                       parse_bio_types(option_value(*answers, "MultiBioPhotoSupport")),
                       option_value(*answers, "BioDataFun") == "1",
                       option_value(*answers, "BioPhotoFun") == "1"});
  auto address = choose_address(setup_.configured, option_value(*answers, "WebServerIP"),
                                option_value(*answers, "WebServerPort"));
  auto network = network_of(*answers);
  // The engine tells when the network has changed; while it was away nobody told us.
  if (address_known_ && !network_looked_at_ && network != network_) network_changed_ = true;
  network_looked_at_ = true;
  network_ = std::move(network);
  if (address_known_ && address == address_) return true;
  plainness_told_ = false;
  const bool first = !address_known_;
  address_known_ = true;
  address_ = std::move(address);
  fall_back(Setback::address_changed, first ? "" : "the server's address has changed");
  return true;
}

}  // namespace lintel::push
