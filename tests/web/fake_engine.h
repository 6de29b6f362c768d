// An engine that the tests of console and command line play: it knows a status, events and users,
// and answers as the real one does. In this process (FakeLink), or over a socket (ServedEngine).
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/api/link.h"
#include "engine/api/server.h"
#include "engine/base/unique_fd.h"

namespace lintel::test {

// Any thread may call.
class FakeEngine {
 public:
  FakeEngine();

  void change(const std::function<void(pb::Status&)>& how);
  // Gives the event the next index and tells the subscribers. Returns the index.
  std::uint64_t happen(pb::StoredEvent event);
  void go_on_after(std::uint64_t index);  // the journal's earlier events have been dropped
  void forget_events();                   // a new journal
  // Values in the order of user_fields().
  void add_user(std::vector<std::string> values);
  static const std::vector<std::string>& user_fields();
  void explain_as(pb::Explanation explanation);
  void replay_as(std::vector<pb::Replayed> portions);
  void refuse_with(std::string sentence);  // every request from now on; empty: none

  pb::Reply answer(const pb::Request& request);
  std::vector<pb::Request> asked() const;                        // all so far
  void end_firmware_with(std::int32_t code, std::string words);  // what its installer says
  std::string firmware() const;      // the one brought last, as far as it came
  pb::Control last_control() const;  // whatever the page has asked since; empty: none

  // Links break, and no new one is had, until it has come back.
  void leave();
  void come_back();
  api::LinkFactory links();

  // A number that grows with each thing a notice would tell; waits until it is another one.
  std::uint64_t wait_for_change(std::uint64_t seen, std::chrono::milliseconds most);
  pb::Notice notice() const;
  // The number of starts, 0 while it is away.
  unsigned life() const;

  // Called after each change, without a lock held.
  std::function<void()> on_change;

 private:
  void changed();
  pb::Reply events_after(const pb::PullEvents& wanted) const;
  pb::Reply users_page(const pb::Query& query) const;
  pb::Reply replay_portion(const pb::Replay& wanted) const;

  mutable std::mutex mutex_;
  std::condition_variable change_;
  pb::Status status_;
  std::vector<pb::StoredEvent> events_;
  std::uint64_t last_index_ = 0;
  std::vector<std::vector<std::string>> users_;
  pb::Explanation explanation_;
  std::vector<pb::Replayed> portions_;
  std::string refusal_;
  std::string firmware_;
  pb::UpgradeState upgrade_;
  std::int32_t firmware_code_ = 0;
  std::string firmware_words_ = "The firmware is installed; the controller restarts with it.";
  std::vector<pb::Request> asked_;
  std::uint64_t changes_ = 1;
  bool here_ = true;
  unsigned life_ = 1;
};

// The same engine behind a real socket.
class ServedEngine {
 public:
  ServedEngine(FakeEngine& engine, std::string socket_path);
  ~ServedEngine();

 private:
  void run();
  void notify();

  FakeEngine& engine_;
  std::unique_ptr<api::Server> server_;
  UniqueFd wake_;
  std::vector<api::PeerId> subscribers_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

pb::StoredEvent event(unsigned code, unsigned door, std::string pin, std::string what,
                      std::string why);

// A folder of its own, gone with the object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace lintel::test
