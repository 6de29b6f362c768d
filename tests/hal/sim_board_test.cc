// The simulated board behind its socket, driven as a program drives it: read, act, settled.
#include "hal/sim_board.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "hal/line_names.h"
#include "hal/reader_port.h"
#include "hal/system_clock.h"
#include "tests/hal/sim_peer.h"
#include "tests/sanitizers.h"

namespace lintel::hal {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SimBoardTest : public testing::Test {
 protected:
  // Lets the board read until it has nothing more.
  void read() {
    pollfd wait{.fd = board->fd(), .events = POLLIN, .revents = 0};
    while (::poll(&wait, 1, 0) == 1)
      ASSERT_TRUE(board->read(notices));
  }
  // A request, done and answered.
  std::string ask(SimPeer& peer, const std::string& request) {
    peer.send(request + "\n");
    read();
    board->settled();
    return peer.line();
  }
  template <class Kind>
  std::vector<Kind> taken() {
    std::vector<Kind> kinds;
    for (const auto& notice : notices) {
      if (const auto* kind = std::get_if<Kind>(&notice)) kinds.push_back(*kind);
    }
    notices.clear();
    return kinds;
  }

  SocketPlace place;
  std::unique_ptr<SimBoard> board = std::move(*SimBoard::open(4, place.path()));
  std::vector<Notice> notices;
};

// ---- the socket

TEST_F(SimBoardTest, the_socket_is_its_owners_and_goes_with_the_board) {
  struct stat status {};
  ASSERT_EQ(::stat(place.path().c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  board.reset();
  EXPECT_NE(::stat(place.path().c_str(), &status), 0);
}

TEST_F(SimBoardTest, a_second_board_at_the_same_place_is_refused_and_the_first_goes_on) {
  const auto second = SimBoard::open(1, place.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::busy);
  EXPECT_THAT(second.error().text, HasSubstr(place.path() + ": another process listens there"));
  SimPeer peer(place.path());
  EXPECT_THAT(ask(peer, "outputs"), StartsWith("ok "));
}

TEST(SimBoard, a_socket_file_that_nobody_listens_on_is_replaced) {
  const SocketPlace place;
  {
    const auto dead = SimBoard::open(1, place.path());
    ASSERT_TRUE(dead);
    // As a killed process leaves it: the file outlives the board.
    ASSERT_EQ(::rename(place.path().c_str(), (place.path() + ".kept").c_str()), 0);
  }
  ASSERT_EQ(::rename((place.path() + ".kept").c_str(), place.path().c_str()), 0);
  EXPECT_TRUE(SimBoard::open(1, place.path()));
}

TEST(SimBoard, a_path_that_is_no_socket_or_too_long_is_refused_and_left_alone) {
  const SocketPlace place;
  std::ofstream(place.path()) << "somebody's file";
  const auto file = SimBoard::open(1, place.path());
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Errc::invalid);
  EXPECT_THAT(file.error().text, HasSubstr("something else than a socket"));
  EXPECT_TRUE(std::ifstream(place.path()).good());
  EXPECT_EQ(SimBoard::open(1, std::string(108, 'x')).error().code, Errc::invalid);
  EXPECT_EQ(SimBoard::open(1, "").error().code, Errc::invalid);
  EXPECT_EQ(SimBoard::open(1, place.path() + ".d/sim.sock").error().code, Errc::io);
}

TEST(SimBoard, it_has_one_to_sixteen_doors_and_at_least_two_auxiliary_lines) {
  const SocketPlace place;
  EXPECT_EQ(SimBoard::open(0, place.path()).error().code, Errc::invalid);
  EXPECT_EQ(SimBoard::open(17, place.path()).error().code, Errc::invalid);
  const auto one = SimBoard::open(1, place.path());
  ASSERT_TRUE(one);
  EXPECT_EQ((*one)->layout().aux_inputs, 2u);
  EXPECT_EQ((*one)->layout().aux_outputs, 2u);
  const SocketPlace other;
  const auto sixteen = SimBoard::open(16, other.path());
  ASSERT_TRUE(sixteen);
  EXPECT_EQ((*sixteen)->layout().aux_outputs, 16u);
  EXPECT_EQ((*sixteen)->layout().readers(), 32u);
}

TEST_F(SimBoardTest, the_thirty_third_peer_is_told_so_and_hung_up_on) {
  std::vector<std::unique_ptr<SimPeer>> peers;
  for (int i = 0; i < 32; ++i)
    peers.push_back(std::make_unique<SimPeer>(place.path()));
  read();
  SimPeer late(place.path());
  read();
  EXPECT_THAT(late.line(), HasSubstr("already 32 connections"));
  EXPECT_TRUE(late.hung_up());
  peers.pop_back();
  read();
  SimPeer next(place.path());
  EXPECT_THAT(ask(next, "outputs"), StartsWith("ok "));
}

TEST_F(SimBoardTest, a_line_too_long_is_told_so_and_hung_up_on) {
  SimPeer longest(place.path());
  EXPECT_THAT(ask(longest, "x" + std::string(1023, ' ')), HasSubstr("no such request"));
  SimPeer endless(place.path());
  endless.send(std::string(1025, 'x'));
  read();
  EXPECT_EQ(endless.line(), "error A line may have at most 1024 bytes.");
  EXPECT_TRUE(endless.hung_up());
  SimPeer ended(place.path());
  ended.send("outputs\n" + std::string(1025, 'x') + "\n");
  read();
  EXPECT_THAT(ended.line(), StartsWith("ok door1.lock=0"));
  EXPECT_EQ(ended.line(), "error A line may have at most 1024 bytes.");
  EXPECT_TRUE(ended.hung_up());
}

TEST_F(SimBoardTest, a_line_may_come_byte_by_byte_and_many_at_once) {
  SimPeer peer(place.path());
  for (const char byte : std::string("input door1.sensor active\n")) {
    read();
    EXPECT_TRUE(notices.empty());
    peer.send(std::string(1, byte));
  }
  read();
  EXPECT_EQ(taken<LevelChanged>().size(), 1u);
  board->settled();
  EXPECT_EQ(peer.line(), "ok");
  peer.send("outputs\nbogus\noutputs\n");
  read();
  EXPECT_THAT(peer.line(), StartsWith("ok door1.lock=0"));
  EXPECT_THAT(peer.line(), StartsWith("error "));
  EXPECT_THAT(peer.line(), StartsWith("ok door1.lock=0"));
}

TEST_F(SimBoardTest, a_peer_that_asks_and_leaves_has_its_wish_all_the_same) {
  {
    SimPeer peer(place.path());
    peer.send("input fire active\n");
  }
  read();
  EXPECT_THAT(taken<LevelChanged>(),
              ElementsAre(testing::Field(&LevelChanged::level, Level::active)));
  board->settled();
  read();
}

TEST_F(SimBoardTest, a_line_cut_off_by_the_end_is_not_done) {
  SimPeer peer(place.path());
  peer.send("advance 10");
  peer.finish_sending();
  read();
  EXPECT_TRUE(notices.empty());
  EXPECT_TRUE(peer.hung_up());
}

TEST_F(SimBoardTest, a_peer_that_has_finished_sending_is_still_answered) {
  SimPeer peer(place.path());
  peer.send("input aux1 active\noutputs\n");
  peer.finish_sending();
  read();
  EXPECT_EQ(peer.line(), "");
  board->settled();
  read();
  EXPECT_EQ(peer.line(), "ok");
  EXPECT_THAT(peer.line(), StartsWith("ok door1.lock=0"));
  EXPECT_TRUE(peer.hung_up());
}

TEST_F(SimBoardTest, a_peer_that_never_reads_stops_nobody_and_nothing_grows) {
  SimPeer deaf(place.path());
  SimPeer other(place.path());
  const std::string flood(100, '\n');
  bool full = false;
  for (int i = 0; i < 10'000 && !full; ++i) {
    try {
      deaf.send(flood);
    } catch (const std::runtime_error&) {
      full = true;
    }
    read();
  }
  EXPECT_TRUE(full) << "what it sends waits with it, not with us";
  EXPECT_THAT(ask(other, "outputs"), StartsWith("ok "));
}

// ---- what is asked

TEST_F(SimBoardTest, a_frame_comes_as_pulses_a_millisecond_apart_that_end_now) {
  SimPeer peer(place.path());
  const auto before = board->clock().now().uptime;
  peer.send("wiegand 3 1011\n");
  read();
  const auto pulses = taken<Pulse>();
  ASSERT_EQ(pulses.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(pulses[i].reader, ReaderId{3});
    EXPECT_EQ(pulses[i].one, i != 1);
    EXPECT_EQ(pulses[3].at - pulses[i].at, 1ms * (3 - i));
    EXPECT_EQ(pulses[i].ahead, 0ns);
  }
  EXPECT_GE(pulses[3].at, before);
  EXPECT_LE(pulses[3].at, board->clock().now().uptime);
}

TEST_F(SimBoardTest, two_frames_at_once_are_two_frames_and_nobody_waits_for_their_stamps) {
  ReaderPort port(ReaderId{1});
  port.set_formats(default_card_formats());
  std::vector<Input> inputs;
  SimPeer peer(place.path());
  for (int i = 0; i < 200; ++i) {
    ask(peer, "wiegand 1 0000000000000000000000000000000000010");  // 37 bits
  }
  for (const auto& pulse : taken<Pulse>())
    port.pulse(pulse, inputs);
  EXPECT_EQ(inputs.size(), 200u);
  EXPECT_EQ(port.counts(), (FrameCounts{.frames = 200}));
  ask(peer, "keys 1 7");
  for (const auto& pulse : taken<Pulse>())
    port.pulse(pulse, inputs);
  EXPECT_LE(*port.deadline(), board->clock().now().uptime + 25ms);
}

TEST_F(SimBoardTest, keys_come_as_bursts_that_the_framing_keeps_apart) {
  ReaderPort port(ReaderId{2});
  std::vector<Input> inputs;
  SimPeer peer(place.path());
  peer.send("keys 2 0159*#\n");
  read();
  const auto now = board->clock().now().uptime;
  for (const auto& pulse : taken<Pulse>()) {
    EXPECT_LE(pulse.at, now);
    port.pulse(pulse, inputs);
  }
  port.time_passed(now + 25ms, inputs);
  std::vector<unsigned> keys;
  for (const auto& input : inputs)
    keys.push_back(std::get<KeyPressed>(input).key);
  EXPECT_THAT(keys, ElementsAre(0u, 1u, 5u, 9u, 10u, 11u));
}

TEST_F(SimBoardTest, readers_do_not_push_each_others_stamps) {
  SimPeer peer(place.path());
  ask(peer, "wiegand 1 0101");
  ask(peer, "wiegand 2 0101");
  for (const auto& pulse : taken<Pulse>())
    EXPECT_EQ(pulse.ahead, 0ns);
}

TEST_F(SimBoardTest, what_causes_something_is_answered_when_it_has_been_done) {
  SimPeer peer(place.path());
  for (const auto* request : {"wiegand 1 0101", "keys 1 5", "input door1.sensor active",
                              "clock 2026-03-02T08:00:00", "advance 1.5"}) {
    peer.send(std::string(request) + "\noutputs\n");
    read();
    EXPECT_EQ(peer.line(), "") << request;
    EXPECT_FALSE(notices.empty()) << request;
    notices.clear();
    ASSERT_TRUE(board->set({OutputKind::lock, 1}, true));
    board->settled();
    EXPECT_EQ(peer.line(), "ok") << request;
    read();
    EXPECT_THAT(peer.line(), HasSubstr("door1.lock=1"))
        << "asked before it was done, told the truth";
    ASSERT_TRUE(board->set({OutputKind::lock, 1}, false));
  }
}

TEST_F(SimBoardTest, a_level_that_is_already_so_causes_nothing) {
  SimPeer peer(place.path());
  EXPECT_EQ(ask(peer, "input door2.rex active"), "ok");
  EXPECT_EQ(taken<LevelChanged>().size(), 1u);
  peer.send("input door2.rex active\n");
  read();
  EXPECT_EQ(peer.line(), "ok") << "at once";
  EXPECT_TRUE(notices.empty());
}

TEST_F(SimBoardTest, a_peer_that_waits_does_not_hold_up_the_others) {
  SimPeer waits(place.path());
  SimPeer asks(place.path());
  waits.send("wiegand 1 0101\n");
  read();
  asks.send("outputs\ninput tamper active\n");
  read();
  EXPECT_THAT(asks.line(), StartsWith("ok door1.lock=0"));
  EXPECT_EQ(taken<LevelChanged>().size(), 1u);
  EXPECT_EQ(waits.line(), "");
  board->settled();
  EXPECT_EQ(waits.line(), "ok");
  EXPECT_EQ(asks.line(), "ok");
}

TEST_F(SimBoardTest, what_is_wrong_is_said_and_changes_nothing) {
  SimPeer peer(place.path());
  EXPECT_THAT(ask(peer, "input door9.sensor active"), StartsWith("error There is no such input; "));
  EXPECT_THAT(ask(peer, "wiegand 9 01"), StartsWith("error READER must be"));
  EXPECT_THAT(ask(peer, "advance -1"), StartsWith("error SECONDS must be"));
  EXPECT_THAT(ask(peer, std::string("out\0puts", 8)), StartsWith("error There is no such request"));
  EXPECT_TRUE(notices.empty());
}

TEST_F(SimBoardTest, outputs_are_listed_with_their_names_in_a_fixed_order) {
  const SocketPlace small_place;
  board = std::move(*SimBoard::open(1, small_place.path()));
  SimPeer peer(small_place.path());
  ASSERT_TRUE(board->set({OutputKind::aux, 2}, true));
  EXPECT_EQ(ask(peer, "outputs"),
            "ok door1.lock=0 auxout1=0 auxout2=1 reader1.led=0 reader2.led=0 reader1.buzzer=0 "
            "reader2.buzzer=0");
}

TEST_F(SimBoardTest, the_clock_is_set_to_civil_time_and_the_monotonic_one_goes_on) {
  board->clock().set_zone(TimeZone(120min));
  SimPeer peer(place.path());
  const auto before = board->clock().now().uptime;
  EXPECT_EQ(ask(peer, "clock 2027-12-31T23:59:00"), "ok");
  EXPECT_EQ(taken<WallClockSet>().size(), 1u);
  const auto now = board->clock().now();
  EXPECT_GE(now.civil, std::chrono::local_days(2027y / 12 / 31) + 23h + 59min);
  EXPECT_LT(now.civil, std::chrono::local_days(2027y / 12 / 31) + 23h + 59min + 5s);
  EXPECT_TRUE(now.trusted);
  EXPECT_LT(now.uptime - before, 5s);
}

TEST_F(SimBoardTest, the_clock_is_set_by_the_wall_in_summer_and_in_winter) {
  TimeZone berlin(60min);
  berlin.add({2000, true, *Change::from("03050002"), *Change::from("10050003")});
  board->clock().set_zone(berlin);
  SimPeer peer(place.path());
  const auto set = [&](const std::string& shown, std::chrono::sys_seconds utc) {
    EXPECT_EQ(ask(peer, "clock " + shown), "ok");
    EXPECT_GE(board->clock().utc(), utc) << shown;
    EXPECT_LT(board->clock().utc(), utc + 5s) << shown;
  };
  set("2026-07-01T12:00:00", std::chrono::sys_days(2026y / 7 / 1) + 10h);
  set("2026-12-01T12:00:00", std::chrono::sys_days(2026y / 12 / 1) + 11h);
  set("2026-10-25T02:30:00", std::chrono::sys_days(2026y / 10 / 25) + 1h + 30min);  // twice
  set("2026-03-29T02:30:00", std::chrono::sys_days(2026y / 3 / 29) + 1h + 30min);   // never
  EXPECT_EQ(board->clock().zone(), 120min);
}

TEST_F(SimBoardTest, an_advance_is_handed_over_and_what_is_asked_after_it_waits_its_turn) {
  SimPeer first(place.path());
  SimPeer second(place.path());
  read();
  first.send("advance 2.5\n");
  second.send("input aux1 active\n");
  ASSERT_TRUE(board->read(notices));
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(std::get<Advance>(notices[0]).by, 2500ms);
  EXPECT_EQ(board->clock().advanced(), 0ns) << "the program advances, timer by timer";
  ASSERT_TRUE(board->read(notices));
  EXPECT_EQ(notices.size(), 2u);
}

TEST_F(SimBoardTest, the_clock_cannot_be_advanced_for_ever) {
  board->clock().advance(SimBoard::advanced_max - 1s);
  SimPeer peer(place.path());
  EXPECT_EQ(ask(peer, "advance 1"), "ok");
  EXPECT_THAT(ask(peer, "advance 1.5"), StartsWith("error The clock cannot be advanced further"));
}

// ---- watching

TEST_F(SimBoardTest, a_watcher_sees_each_change_with_the_time_of_the_command) {
  SimPeer watcher(place.path());
  EXPECT_EQ(ask(watcher, "watch"), "ok");
  board->clock().advance(1h);
  const auto before = host_uptime();
  ASSERT_TRUE(board->set({OutputKind::lock, 2}, true));
  ASSERT_TRUE(board->set({OutputKind::lock, 2}, true));
  ASSERT_TRUE(board->set({OutputKind::reader_buzzer, 4}, true));
  ASSERT_TRUE(board->set({OutputKind::lock, 2}, false));
  const auto after = host_uptime();
  Uptime last = before;
  for (const auto* expected :
       {"output door2.lock 1 ", "output reader4.buzzer 1 ", "output door2.lock 0 "}) {
    const auto line = watcher.line();
    ASSERT_THAT(line, StartsWith(expected));
    const Uptime at{
        std::chrono::nanoseconds(std::stoll(line.substr(std::string(expected).size())))};
    EXPECT_GE(at, last);
    EXPECT_LE(at, after);
    last = at;
  }
  EXPECT_EQ(watcher.line(), "") << "what does not change is not told";
}

TEST_F(SimBoardTest, a_watcher_may_ask_too_and_sees_what_it_caused_before_the_answer) {
  SimPeer watcher(place.path());
  ask(watcher, "watch");
  watcher.send("input door1.rex active\n");
  read();
  ASSERT_TRUE(board->set({OutputKind::lock, 1}, true));
  board->settled();
  EXPECT_THAT(watcher.line(), StartsWith("output door1.lock 1 "));
  EXPECT_EQ(watcher.line(), "ok");
}

TEST_F(SimBoardTest, a_watcher_that_has_finished_sending_goes_on_watching) {
  SimPeer watcher(place.path());
  watcher.send("watch\n");
  watcher.finish_sending();
  read();
  EXPECT_EQ(watcher.line(), "ok");
  ASSERT_TRUE(board->set({OutputKind::lock, 1}, true));
  EXPECT_THAT(watcher.line(), StartsWith("output door1.lock 1 "));
}

TEST_F(SimBoardTest, a_watcher_too_slow_to_read_is_hung_up_on_and_the_lock_does_not_wait) {
  SimPeer slow(place.path());
  SimPeer quick(place.path());
  ask(slow, "watch");
  ask(quick, "watch");
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(board->set({OutputKind::lock, 1}, i % 2 == 0));
    ASSERT_THAT(quick.line(), StartsWith("output door1.lock"));
  }
  EXPECT_TRUE(slow.hung_up());
  EXPECT_FALSE(quick.hung_up());
}

// ---- as a whole

TEST_F(SimBoardTest, a_flood_of_requests_is_read_in_portions) {
  std::vector<std::unique_ptr<SimPeer>> peers;
  for (int i = 0; i < 32; ++i)
    peers.push_back(std::make_unique<SimPeer>(place.path()));
  for (auto& peer : peers)
    peer->send("wiegand 1 " + std::string(512, '1') + "\n");
  std::size_t pulses = 0;
  pollfd wait{.fd = board->fd(), .events = POLLIN, .revents = 0};
  while (::poll(&wait, 1, 0) == 1) {
    notices.clear();
    ASSERT_TRUE(board->read(notices));
    EXPECT_LT(notices.size(), SimBoard::notices_per_read_max + sim::frame_bits_max);
    pulses += notices.size();
  }
  EXPECT_EQ(pulses, 32u * 512u);
  board->settled();
  for (auto& peer : peers)
    EXPECT_EQ(peer->line(), "ok");
}

TEST_F(SimBoardTest, without_descriptors_it_goes_on_with_the_peers_it_has) {
#ifdef LINTEL_SANITIZED
  GTEST_SKIP() << "the sanitizer's own checks need descriptors";
#endif
  SimPeer known(place.path());
  read();
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  SimPeer waiting(place.path());
  const rlimit none{.rlim_cur = 3, .rlim_max = limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_TRUE(board->read(notices));
  EXPECT_THAT(ask(known, "outputs"), StartsWith("ok "));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  SimPeer next(place.path());
  EXPECT_THAT(ask(next, "outputs"), StartsWith("ok "));
  EXPECT_THAT(ask(waiting, "outputs"), StartsWith("ok "));
}

}  // namespace
}  // namespace lintel::hal
