// One controller and its server as push sees them: the real engine, all lanes, the fake server,
// under simulated time. Every exchange with the server and every call of the engine is a step, and
// at each step the network, push or the engine may end.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "push/conversation.h"
#include "push/downloader.h"
#include "push/uploader.h"
#include "tests/fake_server/fake_server.h"
#include "tests/in_process/box.h"

namespace lintel::sim {

// Faults of our own making that no story may overlook.
enum class Sabotage {
  nothing,
  result_swallowed,         // an OK for results that never reach the server
  events_swallowed,         // the same for events
  confirmed_ahead,          // the engine is told of one event more than the server has
  command_unnamed,          // the engine cannot know that it has done a command before
  results_confirmed_early,  // the engine is told that the server has results before it has
  results_forgotten,        // a push that starts does not ask for those of the one before
  uploads_confirmed_early,  // rows are let go when they are fetched
};

class Lanes {
 public:
  // What becomes of an exchange.
  //   lost       the request never arrives, and nobody says so: the time limit ends it
  //   unheard    it arrives and is answered; the answer never comes
  //   cut        the connection breaks before the request arrives
  //   broken     the connection breaks after it has arrived
  enum class Network { fine, refused, lost, unheard, cut, broken };
  enum class Step { before_exchange, after_exchange, before_call, after_call };

  // Server: ErrorDelay 4 s, RequestDelay 2 s, TimeoutSec 3 s; a command without a result is handed
  // out again.
  Lanes(std::uint64_t seed, Sabotage sabotage = Sabotage::nothing);
  ~Lanes();

  // ---- what a test decides
  std::function<Network()> network;  // none: fine
  // Called at each step; may call push_dies() (which does not return) or box().kill(). The request
  // of a call is shown, its reply as well when there is one.
  std::function<void(Step, const pb::Request*, const pb::Reply*)> at_step;
  // Whether this server can be reached at all, by the network as it is set up. None: yes.
  std::function<bool(const push::ServerAddress&)> reachable;
  // What the server has read, and answered.
  std::function<void(const push::HttpRequest&, const push::HttpReply&)> arrived;
  std::chrono::milliseconds exchange_takes{20};

  // ---- time
  [[nodiscard]] Uptime now() const { return box_->clock.now().uptime; }
  void at(Uptime when, std::function<void()> what) { agenda_.emplace(when, std::move(what)); }
  void run(std::chrono::nanoseconds time) {
    run_until([] { return false; }, time);
  }
  bool run_until(const std::function<bool()>& is_true, std::chrono::nanoseconds most);
  void pass(std::chrono::nanoseconds time);

  // ---- what happens to the programs
  [[noreturn]] static void push_dies();             // in a step; it is started again at once
  void restart_push();                              // between steps
  void start_engine();                              // when it is not running
  void swipe(unsigned reader, std::uint32_t card);  // unseen while the engine is away

  [[nodiscard]] bool online() const {
    return conversation_ && conversation_->state() == push::Conversation::State::online;
  }
  // Online, no command open, every event confirmed.
  [[nodiscard]] bool quiet();

  fake::FakeServer server;
  [[nodiscard]] test::Box& box() { return *box_; }

 private:
  struct PushDied {};
  class Line;
  class Wire;
  friend class Line;
  friend class Wire;

  void step_lanes();
  // Nothing: it has arrived.
  std::optional<Error> on_the_way(const push::ServerAddress& to, Network how,
                                  std::chrono::milliseconds timeout);
  Result<push::HttpReply> exchange(const push::ServerAddress& to, const push::HttpRequest& request,
                                   std::chrono::milliseconds timeout);
  Result<push::HttpReply> fetch(const push::ServerAddress& to, const push::HttpRequest& request,
                                std::chrono::milliseconds stall, const push::Transport::Sink& sink);
  void confirm_early(const push::HttpRequest& request);
  Result<pb::Reply> call(api::Link& link, const pb::Request& request);
  bool swallows(const push::HttpRequest& request);

  Sabotage sabotage_;
  std::uint64_t seed_;
  std::string directory_;
  std::unique_ptr<test::Box> box_;
  std::multimap<Uptime, std::function<void()>> agenda_;
  std::unique_ptr<push::Session> session_;
  std::unique_ptr<push::Conversation> conversation_;
  std::unique_ptr<push::Uploader> uploader_;
  std::unique_ptr<push::Downloader> downloader_;
  Uptime conversation_next_{};
  Uptime uploader_next_{};
  Uptime downloader_next_{};
  unsigned steps_without_time_ = 0;
  bool sabotaged_ = false;
};

}  // namespace lintel::sim
