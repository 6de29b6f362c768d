#include "tests/sim/lanes.h"

#include <cstdlib>
#include <filesystem>
#include <limits>
#include <stdexcept>

namespace lintel::sim {

using namespace std::chrono_literals;

class Lanes::Wire : public push::Transport {
 public:
  Wire(Lanes& lanes, push::ServerAddress to) : lanes_(lanes), to_(std::move(to)) {}
  Result<push::HttpReply> exchange(const push::HttpRequest& request,
                                   std::chrono::milliseconds timeout) override {
    return lanes_.exchange(to_, request, timeout);
  }
  Result<push::HttpReply> fetch(const push::HttpRequest& request, std::chrono::milliseconds stall,
                                const Sink& sink) override {
    return lanes_.fetch(to_, request, stall, sink);
  }

 private:
  Lanes& lanes_;
  push::ServerAddress to_;
};

class Lanes::Line : public api::Link {
 public:
  Line(Lanes& lanes, std::unique_ptr<api::Link> inner) : lanes_(lanes), inner_(std::move(inner)) {}
  Result<pb::Reply> call(const pb::Request& request, std::chrono::milliseconds) override {
    return lanes_.call(*inner_, request);
  }
  Result<std::optional<pb::Notice>> next_notice(std::chrono::milliseconds wait) override {
    return inner_->next_notice(wait);
  }

 private:
  Lanes& lanes_;
  std::unique_ptr<api::Link> inner_;
};

Lanes::Lanes(std::uint64_t seed, Sabotage sabotage) : sabotage_(sabotage), seed_(seed) {
  const bool memory = std::filesystem::is_directory("/dev/shm");
  directory_ = std::string(memory ? "/dev/shm" : "/tmp") + "/lintel-lanes-XXXXXX";
  if (::mkdtemp(directory_.data()) == nullptr) throw std::runtime_error("no directory");
  box_ = std::make_unique<test::Box>(directory_, 4);
  if (auto started = box_->start(); !started) throw std::runtime_error(started.error().text);
  server.change([this](fake::Settings& s) {
    s.utc_now = [this] { return box_->clock.utc().time_since_epoch().count(); };
    s.zone_minutes = 0;
    s.requests_kept = 50;
    s.configure("ErrorDelay", "4");
    s.configure("RequestDelay", "2");
    s.configure("TimeoutSec", "3");
  });
  restart_push();
}

Lanes::~Lanes() {
  downloader_.reset();
  uploader_.reset();
  conversation_.reset();
  box_.reset();
  std::filesystem::remove_all(directory_);
}

// ---- time

void Lanes::pass(std::chrono::nanoseconds time) {
  const Uptime end = now() + time;
  while (!agenda_.empty() && agenda_.begin()->first <= end) {
    const auto first = agenda_.begin();
    const auto what = std::move(first->second);
    if (first->first > now()) box_->pass(first->first - now());
    agenda_.erase(first);
    what();
  }
  if (end > now()) box_->pass(end - now());
}

void Lanes::step_lanes() {
  const Uptime before = now();
  try {
    conversation_next_ = conversation_->step();
    uploader_next_ = uploader_->step();
    downloader_next_ = downloader_->step();
  } catch (const PushDied&) {
    restart_push();
  }
  steps_without_time_ = now() == before ? steps_without_time_ + 1 : 0;
  if (steps_without_time_ > 5000) throw std::runtime_error("a lane runs in circles");
}

bool Lanes::run_until(const std::function<bool()>& is_true, std::chrono::nanoseconds most) {
  constexpr auto look_every = 1s;
  const Uptime end = now() + most;
  for (;;) {
    step_lanes();
    if (is_true()) return true;
    if (now() >= end) return false;
    const Uptime next =
        std::min({conversation_next_, uploader_next_, downloader_next_, end, now() + look_every});
    if (next > now()) {
      pass(next - now());
      steps_without_time_ = 0;
    }
  }
}

// ---- the programs

void Lanes::push_dies() {
  throw PushDied{};
}

void Lanes::restart_push() {
  downloader_.reset();
  uploader_.reset();
  conversation_.reset();
  session_ = std::make_unique<push::Session>();
  const push::Clock clock = [this] { return now(); };
  const push::TransportFactory transports = [this](const push::ServerAddress& to) {
    return std::make_unique<Wire>(*this, to);
  };
  const api::LinkFactory engine = [this]() -> Result<std::unique_ptr<api::Link>> {
    if (!box_->running()) return fail(Errc::gone, "the engine is not there");
    return std::make_unique<Line>(*this, box_->link(pb::ROLE_PUSH));
  };
  push::Conversation::Setup conversing;
  conversing.serial = "3383154200002";
  conversing.configured = push::ServerAddress{false, "192.0.2.1", 8088};
  conversing.transports = transports;
  conversing.engine = engine;
  conversing.clock = clock;
  conversing.seed = ++seed_;
  conversation_ = std::make_unique<push::Conversation>(std::move(conversing), *session_);
  push::Uploader::Setup uploading;
  uploading.serial = "3383154200002";
  uploading.transports = transports;
  uploading.engine = engine;
  uploading.clock = clock;
  uploading.seed = ++seed_;
  uploader_ = std::make_unique<push::Uploader>(std::move(uploading), *session_);
  push::Downloader::Setup downloading;
  downloading.serial = "3383154200002";
  downloading.transports = transports;
  downloading.engine = engine;
  downloading.clock = clock;
  downloading.seed = ++seed_;
  downloader_ = std::make_unique<push::Downloader>(std::move(downloading), *session_);
  conversation_next_ = uploader_next_ = downloader_next_ = now();
}

void Lanes::start_engine() {
  if (box_->running()) return;
  if (auto started = box_->start(); !started) throw std::runtime_error(started.error().text);
}

void Lanes::swipe(unsigned reader, std::uint32_t card) {
  if (!box_->running()) return;
  box_->board.wiegand(reader, test::frame26(card));
  box_->settle();
}

bool Lanes::quiet() {
  if (!online() || !box_->running() || server.open_commands() > 0) return false;
  const auto status = box_->status();
  return status.confirmed_event() == status.last_event();
}

// ---- steps

bool Lanes::swallows(const push::HttpRequest& request) {
  const bool meant = (sabotage_ == Sabotage::result_swallowed &&
                      request.target.find("devicecmd") != std::string::npos) ||
                     (sabotage_ == Sabotage::events_swallowed &&
                      request.target.find("table=rtlog") != std::string::npos);
  return meant && !std::exchange(sabotaged_, true);
}

// The engine lets go of results that the server has not read yet.
void Lanes::confirm_early(const push::HttpRequest& request) {
  if (sabotage_ != Sabotage::results_confirmed_early || !box_->running()) return;
  if (request.target.find("devicecmd") == std::string::npos) return;
  pb::Request question, confirmation;
  question.mutable_get_results();
  const auto found = box_->ask(question);
  for (const auto& result : found.results().result())
    *confirmation.mutable_confirm_results()->add_command() = result.command();
  box_->ask(confirmation);
}

std::optional<Error> Lanes::on_the_way(const push::ServerAddress& to, Network how,
                                       std::chrono::milliseconds timeout) {
  if (how == Network::refused) return Error{Errc::io, "no connection to the server: refused"};
  if (how == Network::cut) return Error{Errc::io, "the connection broke"};
  if (how == Network::lost || (reachable && !reachable(to))) {
    pass(timeout);
    return Error{Errc::timeout, "no answer in time"};
  }
  return std::nullopt;
}

Result<push::HttpReply> Lanes::exchange(const push::ServerAddress& to,
                                        const push::HttpRequest& request,
                                        std::chrono::milliseconds timeout) {
  confirm_early(request);
  if (at_step) at_step(Step::before_exchange, nullptr, nullptr);
  const Network how = network ? network() : Network::fine;
  if (auto stopped = on_the_way(to, how, timeout)) return tl::unexpected(*std::move(stopped));
  pass(exchange_takes / 2);
  auto answer = swallows(request) ? fake::Answer{fake::text_reply("OK")} : server.answer(request);
  if (arrived) arrived(request, answer.reply);
  if (at_step) at_step(Step::after_exchange, nullptr, nullptr);
  if (how == Network::unheard) {
    pass(timeout);
    return fail(Errc::timeout, "no answer in time");
  }
  pass(exchange_takes / 2);
  if (how == Network::broken || answer.wire != fake::Wire::whole) {
    return fail(Errc::io, "the answer was broken off");
  }
  return std::move(answer.reply);
}

// Every piece is a step of its own; a connection that breaks does so in the midst.
Result<push::HttpReply> Lanes::fetch(const push::ServerAddress& to,
                                     const push::HttpRequest& request,
                                     std::chrono::milliseconds stall,
                                     const push::Transport::Sink& sink) {
  constexpr std::size_t piece_bytes = 16u << 10;
  if (at_step) at_step(Step::before_exchange, nullptr, nullptr);
  const Network how = network ? network() : Network::fine;
  if (auto stopped = on_the_way(to, how, stall)) return tl::unexpected(*std::move(stopped));
  auto reply = server.answer(request).reply;
  if (reply.status / 100 != 2) return reply;
  const std::string body = std::exchange(reply.body, {});
  const bool whole = how == Network::fine;
  const std::string_view comes =
      std::string_view(body).substr(0, whole ? body.size() : body.size() / 2);
  for (std::size_t at = 0; at < comes.size(); at += piece_bytes) {
    pass(1ms);
    if (at_step) at_step(Step::after_exchange, nullptr, nullptr);
    if (!sink(reply, comes.substr(at, piece_bytes))) return fail(Errc::invalid, "not wanted");
  }
  if (whole) return reply;
  if (how == Network::unheard) pass(stall);
  return fail(how == Network::unheard ? Errc::timeout : Errc::io, "the file was broken off");
}

Result<pb::Reply> Lanes::call(api::Link& link, const pb::Request& original) {
  pb::Request request = original;
  if (at_step) at_step(Step::before_call, &request, nullptr);
  // The engine holds an expiry against the machine's clock; say what the simulated one says.
  if (request.has_control() && request.control().expires_uptime_ns() != 0) {
    const bool late = now().time_since_epoch().count() > request.control().expires_uptime_ns();
    request.mutable_control()->set_expires_uptime_ns(
        late ? 1 : std::numeric_limits<std::int64_t>::max());
  }
  if (sabotage_ == Sabotage::command_unnamed && request.has_control()) {
    request.mutable_control()->clear_command();
  }
  if (sabotage_ == Sabotage::confirmed_ahead && request.has_confirm_events()) {
    request.mutable_confirm_events()->set_through(request.confirm_events().through() + 1);
  }
  auto reply = link.call(request);
  if (sabotage_ == Sabotage::results_forgotten && request.has_get_results() && reply) {
    reply->mutable_results()->clear_result();
  }
  if (sabotage_ == Sabotage::uploads_confirmed_early && reply &&
      reply->uploads().upload_size() > 0) {
    pb::Request early;
    const auto& rows = reply->uploads().upload();
    early.mutable_confirm_uploads()->set_through(rows.Get(rows.size() - 1).number());
    (void)link.call(early);
  }
  if (at_step) at_step(Step::after_call, &request, reply ? &*reply : nullptr);
  if (!box_->running()) return fail(Errc::gone, "the engine has left");
  return reply;
}

}  // namespace lintel::sim
