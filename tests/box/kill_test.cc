// Kill any program at any moment: nothing that was acknowledged is lost, and the door goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>

#include "tests/box/box.h"
#include "tests/fake_server/demo_people.h"

namespace lintel::box {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

// Follows the events over the engine's socket, and notes what it was told: that is acknowledged.
class Follower {
 public:
  explicit Follower(const Box& box) : box_(box), thread_([this] { follow(); }) {}
  ~Follower() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::vector<pb::StoredEvent> acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }
  std::uint64_t last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  void follow() {
    std::unique_ptr<api::Client> client;
    while (!stop_) {
      if (!client) {
        auto connected = box_.client(pb::ROLE_TECHNICIAN);
        if (connected) client = std::move(*connected);
      }
      if (!client || !pull(*client)) {
        client.reset();
        ::poll(nullptr, 0, 2);
      }
    }
  }
  bool pull(api::Client& client) {
    pb::Request request;
    request.mutable_pull_events()->set_after(last_);
    request.mutable_pull_events()->set_most(200);
    const auto reply = client.call(request, 20s);
    if (!reply) return false;
    const std::lock_guard lock(mutex_);
    for (const auto& event : reply->events().event()) {
      acknowledged_.push_back(event);
      last_ = event.index();
    }
    return reply->events().event_size() > 0;  // else a short rest
  }

  const Box& box_;
  mutable std::mutex mutex_;
  std::vector<pb::StoredEvent> acknowledged_;
  std::uint64_t last_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// Swipes known and unknown cards at all readers, as fast as the board takes them up to `pace`.
class Crowd {
 public:
  Crowd(const Box& box, std::uint64_t seed)
      : board_(box.directory() + "/sim.sock"), random_(seed), thread_([this] { swipe(); }) {}
  ~Crowd() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  unsigned swipes() const { return swipes_; }

 private:
  void swipe() {
    while (!stop_) {
      const auto reader = 1 + random_() % 8;
      const auto card = static_cast<std::uint32_t>(1'000'001 + random_() % 4);
      const auto answer =
          board_.ask("wiegand " + std::to_string(reader) + " " + fake::frame26(card));
      if (!answer.empty()) ++swipes_;
      ::poll(nullptr, 0, 5);
    }
  }
  BoardLine board_;
  std::mt19937_64 random_;
  std::atomic<unsigned> swipes_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// The indexes of acknowledged events that the server does not have, or has differently.
std::vector<std::uint64_t> lost_or_changed(const std::vector<pb::StoredEvent>& acknowledged,
                                           const std::vector<fake::Event>& at_server) {
  std::map<std::uint64_t, fake::Event> by_index;
  for (const auto& event : at_server)
    by_index[event.index] = event;
  std::vector<std::uint64_t> lost;
  for (const auto& event : acknowledged) {
    const auto found = by_index.find(event.index());
    const bool same = found != by_index.end() && found->second.code == event.code() &&
                      found->second.time == event.time() && found->second.pin == event.pin() &&
                      found->second.address == event.address();
    if (!same) lost.push_back(event.index());
  }
  return lost;
}

std::uint64_t newest_event(const Box& box) {
  auto engine = box.client(pb::ROLE_TECHNICIAN);
  if (!engine) {
    ADD_FAILURE() << engine.error().text;
    return 0;
  }
  pb::Request request;
  request.mutable_pull_events()->set_newest(true);
  request.mutable_pull_events()->set_most(1);
  const auto reply = (*engine)->call(request, 20s);
  EXPECT_TRUE(reply.has_value());
  return reply ? reply->events().last_index() : 0;
}

std::uint64_t seed_of_this_run() {
  const char* given = std::getenv("LINTEL_SEED");  // NOLINT(concurrency-mt-unsafe)
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20261122;
}

TEST(Kills, AtRandomMomentsLoseNothingThatWasAcknowledged) {
  const std::uint64_t seed = seed_of_this_run();
  std::cout << "seed " << seed << std::endl;
  std::mt19937_64 random(seed);
  Box box;
  box.start_all();
  if (testing::Test::HasFatalFailure()) return;
  box.send(person(1, 1'000'001));
  box.send(person(2, 1'000'002));

  Follower follower(box);
  Crowd crowd(box, seed);
  constexpr unsigned kills = 24;
  unsigned kills_that_may_repeat = 0;  // of the programs between which a confirmation gets lost
  for (unsigned i = 0; i < kills; ++i) {
    // In turn: while the programs still start, and when people are being let in again.
    if (i % 2 == 0) {
      ::poll(nullptr, 0, static_cast<int>(random() % 100));
    } else {
      const auto enough = crowd.swipes() + 1 + random() % 8;
      EXPECT_TRUE(eventually([&] { return crowd.swipes() >= enough; }, 20s));
    }
    const Part victim = all_parts[random() % 3];
    EXPECT_TRUE(box.runs(victim)) << "it ended by itself";
    box.kill(victim);
    kills_that_may_repeat += victim == Part::web ? 0 : 1;
    ::poll(nullptr, 0, static_cast<int>(random() % 30));
    box.start(victim);
  }
  ASSERT_TRUE(box.deciding());
  crowd.stop();

  const auto last = newest_event(box);
  EXPECT_TRUE(eventually([&] { return follower.last() >= last; }, 20s));
  follower.stop();
  const auto acknowledged = follower.acknowledged();
  ASSERT_GE(acknowledged.size(), crowd.swipes() / 2);
  const auto& server = box.server;
  EXPECT_TRUE(server.wait_until(
      [&] {
        const auto events = server.events();
        return !events.empty() && events.back().index >= follower.last();
      },
      60s));

  EXPECT_THAT(lost_or_changed(acknowledged, server.events()), IsEmpty());
  EXPECT_EQ(server.events().front().index, 1u);
  EXPECT_THAT(server.missing_events(), IsEmpty());
  EXPECT_THAT(server.complaints(), IsEmpty()) << "order, form, tokens";
  EXPECT_LE(server.repeated_events(), kills_that_may_repeat * server.most_events_in_a_request());
  for (const Part part : all_parts)
    EXPECT_TRUE(box.runs(part));
}

// The check itself must be able to fail: here an event is lost on purpose.
TEST(Kills, WouldNotHideALostEvent) {
  Box box;
  box.start_all();
  if (testing::Test::HasFatalFailure()) return;
  Follower follower(box);
  ASSERT_TRUE(
      box.server.wait_until([&] { return box.server.events().size() == newest_event(box); }, 20s));
  box.server.inject({.what = fake::Fault::What::say,
                     .target_has = "table=rtlog",
                     .reply = fake::text_reply("OK")});
  const auto before = newest_event(box);
  for (int i = 0; i < 3; ++i)
    box.swipe(1, 1'000'099);
  ASSERT_TRUE(eventually([&] { return follower.last() >= before + 3; }, 20s));
  ASSERT_TRUE(box.server.wait_until(
      [&] {
        const auto events = box.server.events();
        return !events.empty() && events.back().index >= before + 3;
      },
      20s));
  EXPECT_EQ(lost_or_changed(follower.acknowledged(), box.server.events()),
            box.server.missing_events());
  EXPECT_EQ(box.server.missing_events().size(), 1u);
}

TEST(Kills, LeaveTheDoorAtRestAndDecidingAgainWithinTwoSeconds) {
  Box box;
  box.start_all();
  if (testing::Test::HasFatalFailure()) return;
  box.send(person(1, 1'000'001));
  for (int i = 0; i < 3; ++i) {
    box.swipe(1, 1'000'001);
    box.kill(Part::engine);
    const auto killed = std::chrono::steady_clock::now();
    box.start(Part::engine);
    ASSERT_TRUE(box.deciding());
    EXPECT_LT(std::chrono::steady_clock::now() - killed, 2s);
    EXPECT_FALSE(box.lock(1));
    box.swipe(3, 1'000'001);
    EXPECT_TRUE(box.lock(2)) << "it knows the card without the server";
  }
}

}  // namespace
}  // namespace lintel::box
