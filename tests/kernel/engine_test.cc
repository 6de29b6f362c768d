// The engine as a program on a kernel with its lines: a card at the wires of a reader, and what the
// wires of the lock do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

#include "engine/api/client.h"
#include "tests/box/program.h"
#include "tests/hal/wire.h"
#include "tests/kernel/terminals.h"

namespace lintel::kernel {
namespace {

using namespace std::chrono_literals;

constexpr OutputLine lock1{OutputKind::lock, 1}, lock3{OutputKind::lock, 3};
constexpr InputLine fire{InputKind::fire, 0}, rex1{InputKind::exit_button, 1};

class Engine : public testing::Test {
 protected:
  explicit Engine(bool guarded = false) {
    std::string form = "/run/lintel-XXXXXX";
    folder = ::mkdtemp(form.data());
    std::ofstream(folder + "/board.conf") << four_doors;
    std::ofstream(folder + "/lintel.conf")
        << "[device]\nserial = 3383154200002\n[storage]\npath = " << folder
        << "/state\n[hal]\nboard = gpio:" << folder << "/board.conf\n"
        << (guarded ? "guard = " + folder + "/guard.sock\n" : "") << "[api]\nsocket = " << folder
        << "/engine.sock\n";
  }
  ~Engine() override {
    engine.reset();
    if (HasFailure()) std::cout << std::ifstream(folder + "/engine.log").rdbuf() << std::endl;
  }

  // Returns when it serves its socket.
  void start() {
    engine.emplace(LINTEL_BIN_DIR "/lintel-engine",
                   std::vector<std::string>{"--config", folder + "/lintel.conf"},
                   folder + "/engine.log");
    ASSERT_TRUE(box::eventually(
        [&] {
          auto connected = api::Client::connect(folder + "/engine.sock", pb::ROLE_PUSH);
          if (connected) client = std::move(*connected);
          return connected.has_value();
        },
        20s));
  }

  void update(const std::string& table,
              const std::vector<std::pair<std::string, std::string>>& row) {
    pb::Request request;
    request.mutable_update()->set_table(table);
    auto& rows = *request.mutable_update()->add_rows();
    for (const auto& [field, value] : row) {
      rows.add_field(field);
      rows.add_value(value);
    }
    const auto reply = client->call(request, 10s);
    ASSERT_TRUE(reply) << reply.error().text;
    EXPECT_GE(reply->code(), 0) << reply->error();
  }
  // Somebody who may pass every door at any time.
  void add_person(std::uint32_t card) {
    update("user", {{"CardNo", std::to_string(card)}, {"Pin", "1"}});
    update("userauthorize",
           {{"Pin", "1"}, {"AuthorizeTimezoneId", "1"}, {"AuthorizeDoorId", "15"}, {"DevID", "1"}});
  }
  // Returns when the last bit has been shown.
  void swipe(unsigned reader, std::uint32_t card) {
    terminals.wires(ReaderId{static_cast<std::uint8_t>(reader)}).send(hal::frame26(card));
  }

  // When the lock was released and when it returned to rest, one after the other.
  std::vector<Uptime> moves(const OutputLine& lock) {
    const auto [chip, offset] = terminals.place_of(lock);
    bool driven = false;
    std::vector<Uptime> all;
    for (const auto& change : trace.changes(chip, offset)) {
      const bool is = change.output && change.high == terminals.high_when(true, lock);
      if (is != driven) all.push_back(change.at);
      driven = is;
    }
    return all;
  }

  Terminals terminals;
  LineTrace trace;
  std::string folder;
  std::optional<box::Program> engine;
  std::unique_ptr<api::Client> client;
};

TEST_F(Engine, releases_the_lock_for_a_card_and_for_as_long_as_it_should) {
  start();
  add_person(1'000'001);
  swipe(1, 1'000'001);
  const auto shown = now();
  wait_until(shown + 10s);
  const auto lock = moves(lock1);
  ASSERT_EQ(lock.size(), 2u);
  EXPECT_GE(lock[0], shown);
  EXPECT_LT(lock[0] - shown, 50ms) << "the gap behind the frame, and no more";
  EXPECT_GT(lock[1] - lock[0], 4900ms);
  EXPECT_LT(lock[1] - lock[0], 5100ms);
  EXPECT_TRUE(moves(lock3).empty());

  swipe(5, 1'000'001);  // at the expander, of the fail-safe door 3
  wait_until(now() + 10s);
  EXPECT_EQ(moves(lock3).size(), 2u);
  swipe(1, 1'000'002);  // a stranger
  wait_until(now() + 10s);
  EXPECT_EQ(moves(lock1).size(), 2u);
}

TEST_F(Engine, opens_every_door_for_fire_and_closes_them_again) {
  start();
  terminals.put(fire, true);
  const auto burns = now();
  wait_until(burns + 60s);
  terminals.put(fire, false);
  const auto out = now();
  wait_until(out + 10s);
  for (std::uint8_t door = 1; door <= 4; ++door) {
    const auto lock = moves({OutputKind::lock, door});
    ASSERT_EQ(lock.size(), 2u) << unsigned{door};
    EXPECT_LT(lock[0] - burns, 100ms) << unsigned{door};
    EXPECT_GE(lock[1], out) << unsigned{door};
  }
}

TEST_F(Engine, opens_for_the_exit_button_and_for_no_touch_of_5_ms) {
  start();
  terminals.put(rex1, true);
  wait_until(now() + 5ms);
  terminals.put(rex1, false);
  wait_until(now() + 10s);
  EXPECT_TRUE(moves(lock1).empty());
  terminals.put(rex1, true);
  const auto pressed = now();
  wait_until(now() + 400ms);
  terminals.put(rex1, false);
  wait_until(now() + 10s);
  const auto lock = moves(lock1);
  ASSERT_EQ(lock.size(), 2u);
  EXPECT_LT(lock[0] - pressed, 100ms);
}

TEST_F(Engine, moves_no_lock_when_it_starts_and_ends) {
  for (unsigned i = 0; i < 3; ++i) {
    start();
    client.reset();
    engine->signal(SIGTERM);
    EXPECT_EQ(box::exit_code(engine->ended(20s)), 0);
  }
  for (std::uint8_t door = 1; door <= 4; ++door)
    EXPECT_TRUE(moves({OutputKind::lock, door}).empty()) << unsigned{door};
}

// ---- with the guard of the locks beside it

class Guarded : public Engine {
 protected:
  Guarded() : Engine(true) {}
  void SetUp() override {
    guard.emplace(LINTEL_BIN_DIR "/lintel-guard",
                  std::vector<std::string>{"--socket", folder + "/guard.sock"},
                  folder + "/guard.log");
    ASSERT_TRUE(
        box::eventually([&] { return std::filesystem::exists(folder + "/guard.sock"); }, 5s));
    start();
    add_person(1'000'001);
  }
  // Somebody is let in at door 1, and a second has passed.
  void let_in() {
    swipe(1, 1'000'001);
    wait_until(now() + 1s);
    ASSERT_EQ(moves(lock1).size(), 1u) << "it is released";
  }
  void kill_engine() {
    client.reset();
    engine->signal(SIGKILL);
    ASSERT_TRUE(engine->ended(5s));
  }
  // Nobody else can have the line of the lock.
  bool held(const OutputLine& lock) {
    const auto [chip, offset] = terminals.place_of(lock);
    try {
      const LineOwner other(chip, offset, "somebody else");
    } catch (const std::runtime_error&) {
      return true;
    }
    return false;
  }
  std::optional<box::Program> guard;
};

TEST_F(Guarded, a_released_lock_returns_to_rest_at_once_when_the_engine_is_killed) {
  let_in();
  kill_engine();
  const auto killed = now();
  wait_until(killed + 3s);
  const auto lock = moves(lock1);
  ASSERT_EQ(lock.size(), 2u);
  EXPECT_LT(lock[1] - killed, 10ms);
  EXPECT_TRUE(held(lock1));

  // The next one takes them as they are.
  start();
  wait_until(now() + 1s);
  EXPECT_EQ(moves(lock1).size(), 2u);
  EXPECT_TRUE(moves(lock3).empty());
  swipe(1, 1'000'001);
  wait_until(now() + 10s);
  EXPECT_EQ(moves(lock1).size(), 4u);
}

TEST_F(Guarded, a_released_lock_returns_to_rest_in_time_when_the_engine_hangs) {
  let_in();
  const auto stopped = now();
  engine->signal(SIGSTOP);
  wait_until(stopped + 3s);
  const auto lock = moves(lock1);
  ASSERT_EQ(lock.size(), 2u);
  EXPECT_GT(lock[1] - stopped, 700ms) << "it turns each 250 ms and may miss a second";
  EXPECT_LT(lock[1] - stopped, 1150ms);

  // It wishes the lock released for another second, and then it does not.
  engine->signal(SIGCONT);
  const auto goes_on = now();
  wait_until(goes_on + 10s);
  const auto then = moves(lock1);
  ASSERT_EQ(then.size(), 4u);
  EXPECT_LT(then[2] - goes_on, 500ms);
  EXPECT_LT(then[3] - lock[0], 5100ms);
}

TEST_F(Guarded, doors_that_fire_holds_open_stay_open_over_the_death_of_the_engine) {
  terminals.put(fire, true);
  wait_until(now() + 5s);
  kill_engine();
  wait_until(now() + 60s);
  start();
  wait_until(now() + 60s);
  for (std::uint8_t door = 1; door <= 4; ++door)
    EXPECT_EQ(moves({OutputKind::lock, door}).size(), 1u) << unsigned{door};
  terminals.put(fire, false);
  wait_until(now() + 10s);
  for (std::uint8_t door = 1; door <= 4; ++door)
    EXPECT_EQ(moves({OutputKind::lock, door}).size(), 2u) << unsigned{door};
}

TEST_F(Guarded, doors_go_on_when_the_guard_dies_and_another_takes_its_place) {
  guard->signal(SIGKILL);
  ASSERT_TRUE(guard->ended(5s));
  swipe(1, 1'000'001);
  wait_until(now() + 10s);
  EXPECT_EQ(moves(lock1).size(), 2u);
  std::filesystem::remove(folder + "/guard.sock");
  guard.emplace(LINTEL_BIN_DIR "/lintel-guard",
                std::vector<std::string>{"--socket", folder + "/guard.sock"},
                folder + "/guard.log");
  wait_until(now() + 3s);
  swipe(1, 1'000'001);
  wait_until(now() + 1s);
  kill_engine();
  const auto killed = now();
  wait_until(killed + 3s);
  const auto lock = moves(lock1);
  ASSERT_EQ(lock.size(), 4u);
  EXPECT_LT(lock[3] - killed, 10ms);
}

}  // namespace
}  // namespace lintel::kernel
