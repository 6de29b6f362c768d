#include "tests/push/world.h"

#include <cstdlib>
#include <filesystem>

#include "tests/fake_server/fake_transport.h"

namespace lintel::push {

using namespace std::chrono_literals;

namespace {

// The fake transport, behind a network that can be cut and with the time of each request noted.
class Wire : public Transport {
 public:
  using Look = std::function<void(const HttpRequest&, Result<HttpReply>&)>;
  Wire(std::unique_ptr<Transport> inner, const bool& network, const Look& look,
       std::function<void()> arrived)
      : inner_(std::move(inner)), network_(network), look_(look), arrived_(std::move(arrived)) {}

  Result<HttpReply> exchange(const HttpRequest& request,
                             std::chrono::milliseconds timeout) override {
    if (!network_) return fail(Errc::io, "no connection to the server: refused");
    auto reply = inner_->exchange(request, timeout);
    arrived_();
    if (look_) look_(request, reply);
    return reply;
  }

 private:
  std::unique_ptr<Transport> inner_;
  const bool& network_;
  const Look& look_;
  std::function<void()> arrived_;
};

}  // namespace

World::World(fake::Settings settings, const char* vfs) : server_(settings) {
  // In memory where there is some: these stories are not about the disk.
  const bool memory = std::filesystem::is_directory("/dev/shm");
  directory_ = std::string(memory ? "/dev/shm" : "/tmp") + "/lintel-push-XXXXXX";
  if (::mkdtemp(directory_.data()) == nullptr)
    throw std::runtime_error("no directory for the test");
  box_ = std::make_unique<test::Box>(directory_, 4, vfs);
  if (auto started = box_->start(); !started) throw std::runtime_error(started.error().text);
  // The box started in this second; so did the clock of its server.
  server_.change([&](fake::Settings& s) {
    s.utc_now = [this] { return box_->clock.utc().time_since_epoch().count(); };
    s.zone_minutes = 0;
  });
  restart_push();
}

World::~World() {
  downloader_.reset();
  uploader_.reset();
  conversation_.reset();
  box_.reset();
  std::filesystem::remove_all(directory_);
}

std::unique_ptr<Transport> World::make_transport(const ServerAddress& address) {
  connected_to_.push_back(address);
  auto transport = std::make_unique<fake::FakeTransport>(
      server_, [this](std::chrono::milliseconds time) { box_->pass(time); });
  return std::make_unique<Wire>(std::move(transport), network_, on_wire_, [this] {
    const auto kind = server_.requests().back().kind;
    arrivals_.emplace_back(kind, now());
    if (engine_dies_ && kind == fake::Kind::getrequest) {
      engine_dies_ = false;
      box_->kill();
    }
  });
}

Result<std::unique_ptr<api::Link>> World::make_link() {
  if (!box_->running() || !engine_reachable_) return fail(Errc::gone, "the engine does not answer");
  auto link = box_->link(pb::ROLE_PUSH);
  if (wrap_link_) return wrap_link_(std::move(link));
  return link;
}

void World::restart_push() {
  downloader_.reset();
  uploader_.reset();
  conversation_.reset();
  session_ = std::make_unique<Session>();
  const auto transports = [this](const ServerAddress& address) { return make_transport(address); };
  const auto engine = [this] { return make_link(); };
  const auto clock = [this] { return now(); };
  const auto monotonic = [this] {
    return Uptime(std::chrono::steady_clock::now().time_since_epoch()) - commands_came_ago_;
  };
  const auto test_host = [this](const std::string& host, std::uint16_t port, auto limit) {
    const auto found = hosts_.find(host + ":" + std::to_string(port));
    if (found == hosts_.end()) box_->pass(limit);
    return found != hosts_.end() && found->second;
  };
  conversation_ = std::make_unique<Conversation>(
      Conversation::Setup{"3383154200002", configured_, transports, engine, clock, 7, monotonic,
                          test_host, encryption_, security_level_},
      *session_);
  uploader_ = std::make_unique<Uploader>(
      Uploader::Setup{"3383154200002", transports, engine, clock, 8}, *session_);
  downloader_ = std::make_unique<Downloader>(
      Downloader::Setup{"3383154200002", transports, engine, clock, 9}, *session_);
  conversation_next_ = uploader_next_ = downloader_next_ = now();
}

void World::configure_level(unsigned level) {
  security_level_ = level;
  box_->security_level = std::to_string(level);
  box_->kill();
  ASSERT_TRUE(box_->start());
  restart_push();
}

void World::step() {
  const Uptime before = now();
  // As in the program, each lane is woken when it asked to be, and by notices and errands.
  conversation_next_ = conversation_->step();
  uploader_next_ = uploader_->step();
  downloader_next_ = downloader_->step();
  steps_without_time_ = now() == before ? steps_without_time_ + 1 : 0;
  if (steps_without_time_ > 5000) throw std::runtime_error("a lane runs in circles");
}

void World::run(std::chrono::nanoseconds time) {
  run_until([] { return false; }, time);
}

bool World::run_until(const std::function<bool()>& is_true, std::chrono::nanoseconds most) {
  const Uptime end = now() + most;
  for (;;) {
    step();
    if (is_true()) return true;
    if (now() >= end) return false;
    const Uptime next =
        std::min({conversation_next_, uploader_next_, downloader_next_, end, now() + look_every_});
    if (next > now()) {
      box_->pass(next - now());
      steps_without_time_ = 0;
    }
  }
}

int World::do_command(const std::string& command) {
  const auto id = server_.queue(command);
  EXPECT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 60s)) << command;
  return server_.code(id).value_or(-9999);
}

void World::make_events(unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    box_->swipe(1, 0x123456);
  }
}

std::vector<fake::Kind> World::kinds() const {
  std::vector<fake::Kind> kinds;
  for (const auto& seen : server_.requests()) {
    kinds.push_back(seen.kind);
  }
  return kinds;
}

std::vector<fake::SeenRequest> World::requests_of(fake::Kind kind) const {
  std::vector<fake::SeenRequest> requests;
  for (const auto& seen : server_.requests()) {
    if (seen.kind == kind) requests.push_back(seen);
  }
  return requests;
}

std::vector<Uptime> World::times_of(fake::Kind kind) const {
  std::vector<Uptime> times;
  for (const auto& [arrived, time] : arrivals_) {
    if (arrived == kind) times.push_back(time);
  }
  return times;
}

}  // namespace lintel::push
