// A whole controller and its server in one process under simulated time: the real engine, the
// lanes of push, the fake server, and a network that can be cut.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

namespace lintel::push {

class World : public ::testing::Test {
 protected:
  World() : World(fake::Settings{}) {}
  // The box's files lie on SQLite's VFS of this name (null: the system's).
  explicit World(fake::Settings settings, const char* vfs = nullptr);
  ~World() override;

  // Lets the lanes and the engine work for so long. A lane that is called again and again without
  // time going on fails the test: that is a busy loop.
  void run(std::chrono::nanoseconds time);
  // Until it is true, at most so long.
  bool run_until(const std::function<bool()>& is_true, std::chrono::nanoseconds most);
  void go_online() {
    ASSERT_TRUE(run_until([&] { return online(); }, std::chrono::seconds(10)));
  }

  [[nodiscard]] bool online() const {
    return conversation_ && conversation_->state() == Conversation::State::online;
  }
  // push is started anew, as after a crash.
  void restart_push();
  // [push] security_level: all programs are started anew with it.
  void configure_level(unsigned level);
  // Which server the configuration file names; to be said before the first run().
  void configure(const std::optional<ServerAddress>& address) {
    configured_ = address;
    restart_push();
  }

  // The engine is gone in the moment in which the next getrequest is answered.
  void engine_dies_at_next_getrequest() { engine_dies_ = true; }

  // Queues the command, lets it be done, and returns the code of its result.
  int do_command(const std::string& command);

  // Events of a stranger at door 1.
  void make_events(unsigned count);

  [[nodiscard]] std::vector<fake::Kind> kinds() const;
  [[nodiscard]] std::vector<fake::SeenRequest> requests_of(fake::Kind kind) const;
  // When each request of the kind came.
  [[nodiscard]] std::vector<Uptime> times_of(fake::Kind kind) const;
  [[nodiscard]] Uptime now() { return box_->clock.now().uptime; }
  [[nodiscard]] pb::ServerLink link() { return box_->status().link(); }

  fake::FakeServer server_;
  std::unique_ptr<test::Box> box_;
  bool network_ = true;
  bool engine_reachable_ = true;
  bool engine_dies_ = false;
  // How long a lane may go uncalled: the program looks twice a second. More makes long stories
  // short.
  std::chrono::nanoseconds look_every_ = std::chrono::milliseconds(500);
  // The engine holds expiries against the machine's clock, which no test moves: instead a command
  // may have come some time ago.
  std::chrono::nanoseconds commands_came_ago_{};
  // What Test Host finds, by "HOST:PORT"; others do not answer.
  std::map<std::string, bool> hosts_;
  // Sees, and may change, what goes over the wire: bodies as they are sealed.
  std::function<void(const HttpRequest&, Result<HttpReply>&)> on_wire_;
  // Stands between push and the engine, where it is set.
  std::function<std::unique_ptr<api::Link>(std::unique_ptr<api::Link>)> wrap_link_;
  bool encryption_ = false;                  // [push] encryption; counts from restart_push() on
  unsigned security_level_ = 0;              // as configure_level() set it
  std::vector<ServerAddress> connected_to_;  // each time a lane made a transport

 private:
  void step();
  std::unique_ptr<Transport> make_transport(const ServerAddress& address);
  Result<std::unique_ptr<api::Link>> make_link();

  std::string directory_;
  std::optional<ServerAddress> configured_ = ServerAddress{false, "192.0.2.1", 8088};
  std::unique_ptr<Session> session_;
  std::unique_ptr<Conversation> conversation_;
  std::unique_ptr<Uploader> uploader_;
  std::unique_ptr<Downloader> downloader_;
  std::vector<std::pair<fake::Kind, Uptime>> arrivals_;
  Uptime conversation_next_{};
  Uptime uploader_next_{};
  Uptime downloader_next_{};
  unsigned steps_without_time_ = 0;
};

}  // namespace lintel::push
