#include "tests/web/fake_engine.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/check.h"

namespace lintel::test {
namespace {

pb::Reply refusal(int code, std::string sentence) {
  pb::Reply reply;
  reply.set_code(code);
  reply.set_error(std::move(sentence));
  return reply;
}

class FakeLink : public api::Link {
 public:
  explicit FakeLink(FakeEngine& engine) : engine_(engine), life_(engine.life()) {}

  Result<pb::Reply> call(const pb::Request& request, std::chrono::milliseconds) override {
    if (engine_.life() != life_) return fail(Errc::gone, "the engine has left");
    return engine_.answer(request);
  }

  Result<std::optional<pb::Notice>> next_notice(std::chrono::milliseconds wait) override {
    const auto now = engine_.wait_for_change(seen_, wait);
    if (engine_.life() != life_) return fail(Errc::gone, "the engine has left");
    if (now == seen_) return std::nullopt;
    seen_ = now;
    return engine_.notice();
  }

 private:
  FakeEngine& engine_;
  unsigned life_;
  std::uint64_t seen_ = 0;
};

}  // namespace

FakeEngine::FakeEngine() {
  status_.set_serial("3383154200002");
  status_.set_version("0.1.0");
  status_.set_board("sim:4");
  status_.set_time("2026-11-22 14:05:09");
  status_.set_time_trusted(true);
  status_.set_zone_minutes(60);
  status_.set_uptime_seconds(93784);
  status_.set_events_capacity(1'000'000);
}

void FakeEngine::changed() {
  {
    const std::lock_guard lock(mutex_);
    ++changes_;
    change_.notify_all();
  }
  if (on_change) on_change();
}

void FakeEngine::change(const std::function<void(pb::Status&)>& how) {
  {
    const std::lock_guard lock(mutex_);
    how(status_);
  }
  changed();
}

std::uint64_t FakeEngine::happen(pb::StoredEvent event) {
  std::uint64_t index = 0;
  {
    const std::lock_guard lock(mutex_);
    index = ++last_index_;
    event.set_index(index);
    events_.push_back(std::move(event));
    status_.set_last_event(index);
    status_.set_events_stored(events_.size());
  }
  changed();
  return index;
}

void FakeEngine::go_on_after(std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  last_index_ = index;
}

void FakeEngine::forget_events() {
  const std::lock_guard lock(mutex_);
  events_.clear();
  last_index_ = 0;
}

void FakeEngine::add_user(std::vector<std::string> values) {
  const std::lock_guard lock(mutex_);
  users_.push_back(std::move(values));
}

const std::vector<std::string>& FakeEngine::user_fields() {
  static const std::vector<std::string> fields{"CardNo",    "Pin",     "Password", "Group",
                                               "StartTime", "EndTime", "Name",     "Privilege",
                                               "Disable",   "Verify",  "uid"};
  return fields;
}

void FakeEngine::explain_as(pb::Explanation explanation) {
  const std::lock_guard lock(mutex_);
  explanation_ = std::move(explanation);
}

void FakeEngine::replay_as(std::vector<pb::Replayed> portions) {
  const std::lock_guard lock(mutex_);
  portions_ = std::move(portions);
}

void FakeEngine::refuse_with(std::string sentence) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(sentence);
}

std::vector<pb::Request> FakeEngine::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void FakeEngine::end_firmware_with(std::int32_t code, std::string words) {
  const std::lock_guard lock(mutex_);
  firmware_code_ = code;
  firmware_words_ = std::move(words);
}

std::string FakeEngine::firmware() const {
  const std::lock_guard lock(mutex_);
  return firmware_;
}

pb::Control FakeEngine::last_control() const {
  const auto all = asked();
  for (auto request = all.rbegin(); request != all.rend(); ++request) {
    if (request->has_control()) return request->control();
  }
  return {};
}

pb::Reply FakeEngine::answer(const pb::Request& request) {
  const std::lock_guard lock(mutex_);
  asked_.push_back(request);
  if (!refusal_.empty()) return refusal(-12, refusal_);
  pb::Reply reply;
  switch (request.body_case()) {
    case pb::Request::kHello:
    case pb::Request::kSubscribe:
      break;
    case pb::Request::kGetStatus:
      *reply.mutable_status() = status_;
      break;
    case pb::Request::kPullEvents:
      return events_after(request.pull_events());
    case pb::Request::kQuery:
      return users_page(request.query());
    case pb::Request::kExplain:
      *reply.mutable_explanation() = explanation_;
      break;
    case pb::Request::kReplay:
      return replay_portion(request.replay());
    case pb::Request::kControl:
      if (request.control().verb() == pb::Control::RESET_PASSBACK) break;
      return refusal(-8, "This peer controls no door.");
    case pb::Request::kUpgrade:
      firmware_.clear();
      upgrade_.set_number(upgrade_.number() + 1);
      upgrade_.set_wanted(true);
      upgrade_.set_ended(false);
      reply.mutable_upgrade()->set_number(upgrade_.number());
      break;
    case pb::Request::kUpgradePiece:
      if (request.upgrade_piece().number() != upgrade_.number() ||
          request.upgrade_piece().offset() != firmware_.size())
        return refusal(-5, "This piece is not the next one.");
      firmware_ += request.upgrade_piece().data();
      break;
    case pb::Request::kEndUpgrade:
      upgrade_.set_wanted(false);
      upgrade_.set_installing(true);
      upgrade_.set_words("The installer has the firmware.");
      break;
    case pb::Request::kGetUpgrade:
      *reply.mutable_upgrade() = upgrade_;
      if (!upgrade_.installing()) break;
      upgrade_.set_installing(false);  // when it is asked for the next time
      upgrade_.set_ended(true);
      upgrade_.set_code(firmware_code_);
      upgrade_.set_words(firmware_words_);
      break;
    case pb::Request::kFactoryReset:
      if (request.factory_reset().serial() == status_.serial()) break;
      return refusal(-11, "This controller has the serial " + status_.serial() + ".");
    default:
      return refusal(-8, "This peer only looks.");
  }
  return reply;
}

// `after` counts portions here: all that a peer may rely on is that it comes from the answer
// before.
pb::Reply FakeEngine::replay_portion(const pb::Replay& wanted) const {
  pb::Reply reply;
  const auto at = static_cast<std::size_t>(wanted.after());
  if (at < portions_.size()) *reply.mutable_replayed() = portions_[at];
  if (at + 1 < portions_.size()) reply.mutable_replayed()->set_next(at + 1);
  return reply;
}

pb::Reply FakeEngine::events_after(const pb::PullEvents& wanted) const {
  pb::Reply reply;
  auto& events = *reply.mutable_events();
  events.set_last_index(last_index_);
  const auto most = static_cast<int>(wanted.most());
  if (wanted.newest()) {
    for (auto it = events_.rbegin(); it != events_.rend() && events.event_size() < most; ++it)
      *events.add_event() = *it;
    return reply;
  }
  for (const auto& event : events_) {
    if (event.index() > wanted.after() && events.event_size() < most) *events.add_event() = event;
  }
  return reply;
}

pb::Reply FakeEngine::users_page(const pb::Query& query) const {
  if (query.table() != "user") return refusal(-100, "There is no such table here.");
  std::vector<std::size_t> columns;
  for (const auto& name : query.field()) {
    const auto found = std::find(user_fields().begin(), user_fields().end(), name);
    if (found == user_fields().end()) return refusal(-101, "The table has no field " + name + ".");
    columns.push_back(static_cast<std::size_t>(found - user_fields().begin()));
  }
  pb::Reply reply;
  auto& page = *reply.mutable_page();
  for (const auto& name : query.field())
    page.add_field(name);
  for (std::size_t row = query.after(); row < users_.size(); ++row) {
    if (page.rows() == query.rows_max()) {
      page.set_next(row);
      break;
    }
    const bool wanted =
        std::all_of(query.where().all().begin(), query.where().all().end(), [&](const auto& one) {
          const auto field = std::find(user_fields().begin(), user_fields().end(), one.field());
          return users_[row][static_cast<std::size_t>(field - user_fields().begin())] ==
                 one.value();
        });
    if (!wanted) continue;
    for (const auto column : columns)
      page.add_value(users_[row][column]);
    page.set_rows(page.rows() + 1);
  }
  return reply;
}

void FakeEngine::leave() {
  {
    const std::lock_guard lock(mutex_);
    here_ = false;
  }
  changed();
}

void FakeEngine::come_back() {
  const std::lock_guard lock(mutex_);
  here_ = true;
  ++life_;
}

unsigned FakeEngine::life() const {
  const std::lock_guard lock(mutex_);
  return here_ ? life_ : 0;
}

api::LinkFactory FakeEngine::links() {
  return [this]() -> Result<std::unique_ptr<api::Link>> {
    if (life() == 0) return fail(Errc::gone, "the engine does not answer at engine.sock");
    return std::make_unique<FakeLink>(*this);
  };
}

std::uint64_t FakeEngine::wait_for_change(std::uint64_t seen, std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  change_.wait_for(lock, most, [&] { return changes_ != seen; });
  return changes_;
}

pb::Notice FakeEngine::notice() const {
  const std::lock_guard lock(mutex_);
  pb::Notice notice;
  notice.set_last_event(last_index_);
  notice.set_states(true);
  return notice;
}

ServedEngine::ServedEngine(FakeEngine& engine, std::string socket_path)
    : engine_(engine), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  auto server = api::Server::open(socket_path, {});
  DOOR_CHECK(server.has_value());
  server_ = std::move(*server);
  engine_.on_change = [this] { ::eventfd_write(wake_.get(), 1); };
  thread_ = std::thread([this] { run(); });
}

ServedEngine::~ServedEngine() {
  engine_.on_change = nullptr;
  ending_ = true;
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

void ServedEngine::notify() {
  const auto notice = engine_.notice();
  std::erase_if(subscribers_, [&](api::PeerId peer) {
    return server_->notify(peer, notice) == api::Server::Sent::gone;
  });
}

void ServedEngine::run() {
  while (!ending_) {
    pollfd waits[] = {{server_->fd(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    ::poll(waits, 2, -1);
    eventfd_t rung = 0;
    if (::eventfd_read(wake_.get(), &rung) == 0) notify();
    std::vector<api::Incoming> requests;
    server_->ready(requests);
    for (const auto& incoming : requests) {
      pb::Request request;
      DOOR_CHECK(request.ParseFromString(incoming.body));
      if (request.has_subscribe()) subscribers_.push_back(incoming.peer);
      server_->reply(incoming.peer, incoming.id, engine_.answer(request));
    }
  }
}

pb::StoredEvent event(unsigned code, unsigned door, std::string pin, std::string what,
                      std::string why) {
  pb::StoredEvent event;
  event.set_code(code);
  event.set_time("2026-11-22 14:05:09");
  event.set_pin(std::move(pin));
  event.set_address(door);
  event.set_what(std::move(what));
  event.set_why(std::move(why));
  return event;
}

TempFolder::TempFolder() {
  const char* base = ::getenv("TMPDIR");
  std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/lintel-web-XXXXXX";
  DOOR_CHECK(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace lintel::test
