// The command line as a technician uses it: the program itself, against an engine that the test
// plays behind a real socket.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>

#include "tests/web/demo_engine.h"
#include "tests/web/program.h"

namespace lintel::test {
namespace {

class Lintelctl : public testing::Test {
 protected:
  Lintelctl() {
    play_an_afternoon(engine_);
    start_engine();
  }

  void start_engine() { served_ = std::make_unique<ServedEngine>(engine_, socket()); }
  void stop_engine() { served_.reset(); }
  [[nodiscard]] std::string socket() const { return folder_.path("engine.sock"); }

  Program run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--socket", socket()});
    return Program("lintelctl", arguments);
  }
  // The output of a question that is answered.
  std::string answer(const std::vector<std::string>& arguments) {
    Program program = run(arguments);
    std::string text = program.output();
    EXPECT_EQ(program.complaints(), "");
    EXPECT_EQ(program.exit_code(), 0);
    return text;
  }

  TempFolder folder_;
  FakeEngine engine_;
  std::unique_ptr<ServedEngine> served_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::ptrdiff_t lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

// ---- status

TEST_F(Lintelctl, StatusIsAnOverviewOfTheWholeBox) {
  engine_.change([](pb::Status& status) {
    status.mutable_door(3)->set_enabled(false);
    auto& input = *status.add_input();
    input.set_name("door3.sensor");
    input.set_level("active");
    auto& output = *status.add_output();
    output.set_name("door2.lock");
    output.set_level("on");
    auto& reader = *status.add_reader();
    reader.set_id(3);
    reader.set_frames(12);
    reader.set_bad_frames(1);
    status.mutable_link()->set_last_error("the server did not answer in time");
  });
  const auto text = answer({"status"});
  for (const char* part :
       {"3383154200002, Lintel 0.1.0, board sim:4", "2026-11-22 14:05:12 UTC+01:00\n",
        "1 day 2 h 3 min 4 s", "trouble     none", "door 1      closed, lock at rest\n",
        "door 2      closed, lock released\n",
        "door 3      open, lock at rest; ALARM: forced open\n",
        "door 4      no door sensor, lock released, normal open, disabled\n",
        "online, https://access.example.org, version 3.1.2, since 2026-11-22 13:58:20",
        "1 event waiting", "last error: the server did not answer in time",
        "184217 events of 1000000, newest 184217, confirmed 184216, lost 0",
        "2431 users, 2702 cards, 5118 privileges", "door3.sensor=active", "door2.lock on",
        "12 frames, 1 bad, noise 0"}) {
    EXPECT_TRUE(contains(text, part)) << part << " is not in:\n" << text;
  }
}

TEST_F(Lintelctl, StatusTellsFireLockdownAndEmergencyOfEachDoor) {
  engine_.change([](pb::Status& status) {
    status.mutable_door(0)->set_fire(true);
    status.mutable_door(0)->set_released(true);
    status.mutable_door(1)->set_locked_down(true);
    status.mutable_door(2)->set_locked(true);
    status.mutable_door(3)->set_emergency_open(true);
  });
  const auto text = answer({"status"});
  for (const char* part : {"door 1      closed, lock released, OPEN FOR FIRE\n",
                           "door 2      closed, lock released, LOCKDOWN\n",
                           "door 3      open, lock at rest, locked; ALARM: forced open\n",
                           "door 4      no door sensor, lock released, EMERGENCY OPEN"}) {
    EXPECT_TRUE(contains(text, part)) << part << " is not in:\n" << text;
  }
}

TEST_F(Lintelctl, StatusSaysWhatIsWrong) {
  engine_.change([](pb::Status& status) {
    status.set_time_trusted(false);
    status.set_trouble("the disk is full");
    status.mutable_link()->Clear();
    status.mutable_link()->set_state("no server");
  });
  const auto text = answer({"status"});
  EXPECT_TRUE(contains(text, "NOT TRUSTED")) << text;
  EXPECT_TRUE(contains(text, "trouble     the disk is full")) << text;
  EXPECT_TRUE(contains(text, "server      no server\n")) << text;
  EXPECT_FALSE(contains(text, "waiting to be sent")) << text;
}

// ---- events

TEST_F(Lintelctl, EventsAreOneLineEachOldestFirst) {
  const auto text = answer({"events"});
  EXPECT_EQ(lines(text), 10);
  EXPECT_EQ(text.rfind("2026-11-22 13:58:20  184208   controller  the server is connected", 0), 0u)
      << text;
  EXPECT_TRUE(contains(text,
                       "2026-11-22 14:02:40  184213   door 2 in   refused: outside the "
                       "person's time zone"))
      << text;
  EXPECT_TRUE(contains(text, "user 12     Time zone 3 does not hold on Sunday at 14:02")) << text;
}

TEST_F(Lintelctl, EventsShowACardOnlyWhereNobodyOwnsIt) {
  auto known = event(0, 1, "5", "opened", "");
  known.set_card(1234567);
  engine_.happen(known);
  const auto text = answer({"events"});
  EXPECT_TRUE(contains(text, "card 7654321")) << text;
  EXPECT_FALSE(contains(text, "1234567")) << text;
}

TEST_F(Lintelctl, EventsLastGivesTheNewestEvenMoreThanOnePull) {
  EXPECT_EQ(lines(answer({"events", "--last", "3"})), 3);
  EXPECT_EQ(answer({"events", "--last", "0"}), "");
  for (int i = 0; i < 1200; ++i)
    engine_.happen(event(0, 1, "5", "opened", ""));
  EXPECT_EQ(lines(answer({"events", "--last", "1100"})), 1100);
}

TEST_F(Lintelctl, EventsShowControlCharactersEscaped) {
  engine_.happen(event(0, 1, "5\x1b[2J", "opened\nforged line", "\xe2\x80\xaeright to left \x7f"));
  const auto text = answer({"events", "--last", "1"});
  EXPECT_EQ(lines(text), 1);
  EXPECT_TRUE(contains(text, "5\\x1b[2J")) << text;
  EXPECT_TRUE(contains(text, "opened\\x0aforged line")) << text;
  EXPECT_TRUE(contains(text, "\\xe2\\x80\\xaeright to left")) << text;
  EXPECT_TRUE(contains(text, "\\x7f")) << text;
}

TEST_F(Lintelctl, FollowTellsEventsAsTheyHappenAndEndsOnASignal) {
  for (const int number : {SIGINT, SIGTERM}) {
    Program program = run({"events", "--follow", "--last", "1"});
    ASSERT_TRUE(program.says("1007"));
    engine_.happen(event(202, 1, "0", "the door was opened by its exit button",
                         "Pressed " + std::to_string(number) + "."));
    EXPECT_TRUE(program.says("Pressed " + std::to_string(number) + "."));
    program.signal(number);
    EXPECT_EQ(program.exit_code(), 0);
    engine_.happen(event(0, 2, "1007", "opened", ""));
  }
}

TEST_F(Lintelctl, FollowSurvivesARestartOfTheEngineAndMissesNothing) {
  Program program = run({"events", "--follow", "--last", "1"});
  ASSERT_TRUE(program.says("1007"));
  stop_engine();
  ASSERT_TRUE(program.complains("the engine has left; waiting for it to come back"));
  engine_.happen(event(0, 1, "5", "opened", "First of the meantime."));
  engine_.happen(event(0, 1, "6", "opened", "Second of the meantime."));
  start_engine();
  EXPECT_TRUE(program.complains("the engine is back"));
  EXPECT_TRUE(program.says("Second of the meantime."));
  EXPECT_TRUE(program.says("First of the meantime."));
  engine_.happen(event(0, 1, "7", "opened", "After it."));
  EXPECT_TRUE(program.says("After it."));
  program.signal(SIGTERM);
  EXPECT_EQ(lines(program.output()), 4);
  EXPECT_EQ(program.exit_code(), 0);
}

TEST_F(Lintelctl, FollowBeginsAnewWithANewJournal) {
  Program program = run({"events", "--follow", "--last", "1"});
  ASSERT_TRUE(program.says("1007"));
  stop_engine();
  engine_.forget_events();
  engine_.happen(event(206, 0, "0", "the controller started", "Fresh."));
  start_engine();
  EXPECT_TRUE(program.complains("has a new journal"));
  EXPECT_TRUE(program.says("Fresh."));
}

TEST_F(Lintelctl, FollowCanBeEndedWhileTheEngineIsAway) {
  Program program = run({"events", "--follow"});
  ASSERT_TRUE(program.says("1007"));
  stop_engine();
  ASSERT_TRUE(program.complains("waiting for it"));
  program.signal(SIGINT);
  EXPECT_EQ(program.exit_code(), 0);
}

// ---- users

// CardNo, Pin, Password, Group, StartTime, EndTime, Name, Privilege, Disable, Verify, uid
TEST_F(Lintelctl, UsersAreListedWithoutTheirPasswords) {
  engine_.add_user(
      {"7654321", "5", "SECRET77", "1", "0", "0", "Gr\xc3\xbc\xc3\x9f", "0", "0", "0", "1"});
  engine_.add_user(
      {"0", "007", "", "2", "20260101", "20261231", "evil\x1b[31m\xff", "0", "1", "0", "2"});
  const auto text = answer({"users"});
  EXPECT_FALSE(contains(text, "SECRET77")) << text;
  EXPECT_TRUE(contains(text, "5           Gr\xc3\xbc\xc3\x9f                      7654321       1"))
      << text;
  EXPECT_TRUE(contains(text, "always")) << text;
  EXPECT_TRUE(contains(text, "evil\\x1b[31m\\xff")) << text;
  EXPECT_TRUE(contains(text, "2026-01-01 to 2026-12-31  disabled\n")) << text;
  EXPECT_TRUE(contains(text, "2 users\n")) << text;
  for (const auto& request : engine_.asked()) {
    for (const auto& field : request.query().field())
      EXPECT_NE(field, "Password");
  }
}

TEST_F(Lintelctl, UsersComeInPagesAllOfThem) {
  for (int i = 1; i <= 1201; ++i)
    engine_.add_user({"0", std::to_string(i), "", "0", "0", "855532800", "N", "0", "0", "0", ""});
  const auto text = answer({"users"});
  EXPECT_EQ(lines(text), 1201 + 2);
  EXPECT_TRUE(contains(text, "\n1201 ")) << text.substr(0, 400);
  EXPECT_TRUE(contains(text, "until 2026-")) << text.substr(0, 400);
}

TEST_F(Lintelctl, UsersCanBeAskedForOne) {
  engine_.add_user({"0", "5", "", "0", "0", "0", "Anna", "0", "0", "0", ""});
  engine_.add_user({"0", "6", "", "0", "0", "0", "Bert", "0", "0", "0", ""});
  const auto text = answer({"users", "--pin", "6"});
  EXPECT_TRUE(contains(text, "Bert") && !contains(text, "Anna")) << text;
  Program nobody = run({"users", "--pin", "66"});
  EXPECT_EQ(nobody.output(), "");
  EXPECT_EQ(nobody.complaints(), "lintelctl: nobody has the user ID 66\n");
  EXPECT_EQ(nobody.exit_code(), 1);
}

// ---- explain

TEST_F(Lintelctl, ExplainShowsTheLadderAndTheDecision) {
  pb::Explanation explanation;
  explanation.set_granted(false);
  explanation.set_code(21);
  explanation.set_words("refused: outside the person's time zone");
  auto& fine = *explanation.add_ladder();
  fine.set_rule("privilege");
  fine.set_passed(true);
  fine.set_reached(true);
  fine.set_words("This person has no privilege for door 2.");  // as the refusal it is not
  auto& stop = *explanation.add_ladder();
  stop.set_rule("time_zone");
  stop.set_reached(true);
  stop.set_words("Time zone 3 does not hold on Monday at 08:10.");
  auto& period = *explanation.add_ladder();
  period.set_rule("door_period");
  period.set_words("Door 2 is outside its valid period.");
  auto& interval = *explanation.add_ladder();
  interval.set_rule("interval");
  interval.set_passed(true);
  engine_.explain_as(explanation);
  EXPECT_EQ(
      answer({"explain", "--pin", "5", "--reader", "3", "--at", "2026-11-23 08:10"}),
      "User 5 at reader 3 (door 2 in), at 2026-11-23 08:10:00:\n"
      "  passed             privilege           The person has a privilege for the door.\n"
      "  REFUSES            time_zone           Time zone 3 does not hold on Monday at 08:10.\n"
      "  would also refuse  door_period         Door 2 is outside its valid period.\n"
      "  not reached        interval\n"
      "Refused, event 21: refused: outside the person's time zone\n");
  EXPECT_EQ(engine_.asked().back().explain().time(), "2026-11-23 08:10:00");
  EXPECT_EQ(engine_.asked().back().explain().pin(), "5");
  const auto by_card = answer({"explain", "--card", "18446744073709551615", "--reader", "4"});
  EXPECT_EQ(by_card.rfind("Card 18446744073709551615 at reader 4 (door 2 out), now:\n", 0), 0u);
  EXPECT_EQ(engine_.asked().back().explain().card(), 18446744073709551615u);
}

TEST_F(Lintelctl, ExplainAsksNothingFurtherAboutNobody) {
  pb::Explanation explanation;
  explanation.set_code(27);
  explanation.set_words("What was shown at reader 3 belongs to nobody here.");
  auto& nobody = *explanation.add_ladder();
  nobody.set_rule("registered");
  nobody.set_reached(true);
  explanation.add_ladder()->set_rule("privilege");
  engine_.explain_as(explanation);
  const auto text = answer({"explain", "--pin", "77", "--reader", "3"});
  EXPECT_TRUE(contains(text, "  REFUSES            registered")) << text;
  EXPECT_TRUE(contains(text, "  not reached        privilege\n")) << text;
}

TEST_F(Lintelctl, ExplainTellsWhyAPastEventWasDecidedAsItWas) {
  pb::Explanation explanation;
  explanation.set_code(21);
  explanation.set_words("Time zone 3 does not hold on Sunday at 14:02.");
  auto& past = *explanation.mutable_event();
  past = event(21, 2, "12", "refused: outside the person's time zone", "");
  past.set_index(184213);
  auto& stop = *explanation.add_ladder();
  stop.set_rule("time_zone");
  stop.set_reached(true);
  stop.set_words("Time zone 3 does not hold on Sunday at 14:02.");
  engine_.explain_as(explanation);
  EXPECT_EQ(
      answer({"explain", "--event", "184213"}),
      "Event 184213 of 2026-11-22 14:05:09, door 2 in, user 12:\n"
      "  REFUSES            time_zone           Time zone 3 does not hold on Sunday at 14:02.\n"
      "Refused, event 21: Time zone 3 does not hold on Sunday at 14:02.\n");
  EXPECT_EQ(engine_.asked().back().explain().event(), 184213u);
  EXPECT_EQ(engine_.asked().back().explain().reader(), 0u);
}

TEST_F(Lintelctl, ExplainOfAnEventThatDecidedNothingIsItsWords) {
  pb::Explanation explanation;
  explanation.set_code(200);
  explanation.set_words("The sensor of door 1 moved.");
  auto& past = *explanation.mutable_event();
  past = event(200, 1, "0", "the door opened", "");
  past.set_index(7);
  past.set_way(2);
  engine_.explain_as(explanation);
  EXPECT_EQ(answer({"explain", "--event", "7"}),
            "Event 7 of 2026-11-22 14:05:09, door 1, -:\n"
            "No decision about a person, event 200: the door opened.\n"
            "The sensor of door 1 moved.\n");
}

// ---- replay

pb::ReplayDifference difference(std::uint64_t index, const std::string& pin, bool granted) {
  pb::ReplayDifference one;
  *one.mutable_event() = event(granted ? 21 : 0, 2, pin,
                               granted ? "refused: outside the person's time zone"
                                       : "the door was opened after verification",
                               "");
  one.mutable_event()->set_index(index);
  one.set_granted(granted);
  one.set_code(granted ? 0 : 23);
  one.set_words(granted ? "The person may pass door 2." : "This person has no privilege\x1b[2J.");
  return one;
}

TEST_F(Lintelctl, ReplayTellsWhatWouldBeDecidedOtherwiseToday) {
  std::vector<pb::Replayed> portions(3);
  portions[0].set_decisions(500);
  *portions[0].add_difference() = difference(184213, "12", true);
  portions[1].set_decisions(500);
  portions[2].set_decisions(3);
  *portions[2].add_difference() = difference(184215, "1007", false);
  engine_.replay_as(portions);
  const auto text = answer({"replay", "--days", "30"});
  EXPECT_EQ(
      text,
      "2026-11-22 14:05:09  184213   door 2 in   user 12     was event 21: refused: outside the "
      "person's time zone\n" +
          std::string(54, ' ') +
          "today GRANTED, event 0: The person may pass door 2.\n"
          "2026-11-22 14:05:09  184215   door 2 in   user 1007   was event 0: the door was "
          "opened after verification\n" +
          std::string(54, ' ') +
          "today REFUSED, event 23: This person has no privilege\\x1b[2J.\n"
          "2 decisions of 1003 in the last 30 days would be another today.\n");
  std::vector<std::pair<std::uint32_t, std::uint64_t>> asked;
  for (const auto& request : engine_.asked()) {
    if (request.has_replay()) asked.emplace_back(request.replay().days(), request.replay().after());
  }
  EXPECT_EQ(asked,
            (std::vector<std::pair<std::uint32_t, std::uint64_t>>{{30, 0}, {30, 1}, {30, 2}}));
  engine_.replay_as({});
  EXPECT_EQ(answer({"replay"}), "0 decisions of 0 in the last 7 days would be another today.\n");
}

// ---- for the administrator

TEST_F(Lintelctl, UpdateBringsAFirmwareAndTellsHowItEnds) {
  const std::string bytes(2'500'000, 'f');
  std::ofstream(folder_.path("new.raucb")) << bytes;
  const auto text = answer({"update", folder_.path("new.raucb")});
  EXPECT_TRUE(contains(text, "100 % of 2500000 bytes are at the controller\n")) << text;
  EXPECT_TRUE(contains(text, "The installer has the firmware.\n")) << text;
  EXPECT_TRUE(contains(text, "the controller restarts with it.\n")) << text;
  EXPECT_TRUE(engine_.firmware() == bytes);
}

TEST_F(Lintelctl, UpdateSaysWhyAFirmwareIsNotTaken) {
  std::ofstream(folder_.path("old.raucb")) << "old";
  engine_.end_firmware_with(-23, "The firmware is older than the version that runs.");
  Program refused = run({"update", folder_.path("old.raucb")});
  EXPECT_TRUE(refused.complains("older than the version that runs"));
  EXPECT_EQ(refused.exit_code(), 1);
  Program missing = run({"update", folder_.path("none.raucb")});
  EXPECT_TRUE(missing.complains("none.raucb cannot be read: No such file"));
  std::ofstream(folder_.path("empty.raucb")).flush();
  Program empty = run({"update", folder_.path("empty.raucb")});
  EXPECT_TRUE(empty.complains("no file with a firmware in it"));
  Program folder = run({"update", folder_.path("")});
  EXPECT_TRUE(folder.complains("no file with a firmware in it"));
}

TEST_F(Lintelctl, FactoryResetWantsTheBoxNamed) {
  Program unnamed = run({"factory-reset"});
  EXPECT_TRUE(unnamed.complains("factory-reset --serial 3383154200002"));
  EXPECT_EQ(unnamed.exit_code(), 1);
  for (const auto& request : engine_.asked())
    EXPECT_FALSE(request.has_factory_reset());
  Program other = run({"factory-reset", "--serial", "1"});
  EXPECT_TRUE(other.complains("has the serial 3383154200002"));
  EXPECT_TRUE(contains(answer({"factory-reset", "--serial", "3383154200002"}), "restarts"));
}

TEST_F(Lintelctl, ClaimCodeIsToldToWhoeverMayReadIt) {
  const auto config = folder_.path("lintel.conf"), claim = folder_.path("claim");
  std::ofstream(config) << "[device]\nserial = 1\n[storage]\npath = " << folder_.path("")
                        << "\n[web]\ncertificate = c\nkey = k\nclaim = " << claim << "\n";
  const auto ask = [&] { return Program("lintelctl", {"--config", config, "claim-code"}); };
  Program missing = ask();
  EXPECT_TRUE(missing.complains("There is no file " + claim));
  std::ofstream(claim) << "K7WQ-4MXP-2R\n";
  Program told = ask();
  EXPECT_EQ(told.output(), "K7WQ-4MXP-2R\n");
  EXPECT_EQ(told.exit_code(), 0);
  std::ofstream(claim, std::ios::trunc).flush();
  Program used = ask();
  EXPECT_TRUE(used.complains("The code is used up"));
  EXPECT_EQ(used.exit_code(), 1);
  std::ofstream(config) << "[device]\nserial = 1\n[storage]\npath = " << folder_.path("") << "\n";
  Program none = ask();
  EXPECT_TRUE(none.complains("has no [web] claim"));
}

TEST_F(Lintelctl, StatusTellsOfTheMachine) {
  engine_.change([](pb::Status& status) {
    status.set_warning("the card's wear is used up to 85 %");
    auto& machine = *status.mutable_machine();
    machine.set_slot("b");
    machine.set_version("0.2.0");
    machine.set_good(false);
    machine.set_synchronised(true);
    machine.set_temperature(-35);
    machine.set_storage_used(50u << 20);
    machine.set_storage_size(1000u << 20);
    machine.set_storage_life(85);
    machine.set_address("192.0.2.7");
    machine.set_uplink("wired");
  });
  const auto text = answer({"status"});
  for (const char* part : {"warning     the card's wear is used up to 85 %\n",
                           "image 0.2.0, slot b, on trial, -3.5 C, clock kept by NTP\n",
                           "network     wired, 192.0.2.7\n",
                           "storage     50 of 1000 MiB in use, 85 % of its wear used up\n"})
    EXPECT_TRUE(contains(text, part)) << part << "\n" << text;
}

// ---- reset-passback

TEST_F(Lintelctl, ResetPassbackForgetsThePassagesOfOneOrOfAll) {
  EXPECT_EQ(answer({"reset-passback", "--pin", "5"}), "The passages of user 5 are forgotten.\n");
  EXPECT_EQ(engine_.asked().back().control().verb(), pb::Control::RESET_PASSBACK);
  EXPECT_EQ(engine_.asked().back().control().pin(), "5");
  EXPECT_EQ(answer({"reset-passback"}), "The passages of everybody are forgotten.\n");
  EXPECT_EQ(engine_.asked().back().control().pin(), "");
  engine_.refuse_with("The journal cannot be written.");
  Program program = run({"reset-passback"});
  EXPECT_EQ(program.output(), "");
  EXPECT_EQ(program.complaints(), "lintelctl: The journal cannot be written.\n");
  EXPECT_EQ(program.exit_code(), 1);
}

TEST_F(Lintelctl, ARefusalIsToldInTheEnginesWords) {
  engine_.refuse_with("There is no reader 32 on this board.");
  Program program = run({"explain", "--pin", "5", "--reader", "32"});
  EXPECT_EQ(program.output(), "");
  EXPECT_EQ(program.complaints(), "lintelctl: There is no reader 32 on this board.\n");
  EXPECT_EQ(program.exit_code(), 1);
}

// ---- use, right and wrong

TEST(LintelctlUse, AWrongCallGetsOneSentenceAndTheUsage) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> calls = {
      {{}, "There is no question: ask for"},
      {{"open"}, "There is no question \"open\"."},
      {{"--socket"}, "The option --socket needs a value"},
      {{"--socket", "", "status"}, "The option --socket needs a path."},
      {{"--socket", "a", "--config", "b", "status"}, "Only one of --socket and --config"},
      {{"status", "now"}, "The question status has no \"now\"."},
      {{"events", "--last", "x"}, "The option --last takes a number from 0 to 1000000"},
      {{"events", "--last", "-1"}, "not \"-1\"."},
      {{"events", "--last"}, "The option --last needs a value"},
      {{"events", "-f"}, "The question events has no \"-f\"."},
      {{"users", "--pin", "a b"}, "A user ID has 1 to 24 printable characters"},
      {{"users", "5"}, "The question users has no \"5\"."},
      {{"explain", "--reader", "1"}, "needs either --card or --pin, or else"},
      {{"explain", "--pin", "1", "--card", "1", "--reader", "1"},
       "needs either --card or --pin, or else"},
      {{"explain", "--pin", "1"}, "needs --reader."},
      {{"explain", "--pin", "1", "--reader", "0"}, "from 1 to 32, not \"0\""},
      {{"explain", "--pin", "1", "--reader", "1", "--at", "8 o'clock"}, "a time such as"},
      {{"explain", "--pin", "1", "--reader", "1", "--at", "2026-02-31 08:10"}, "a time such as"},
      {{"explain", "--event", "0"}, "The option --event takes a number from 1"},
      {{"explain", "--event", "7", "--pin", "1"}, "takes --event alone."},
      {{"replay", "--days", "0"}, "The option --days takes a number from 1 to 3660"},
      {{"replay", "7"}, "The question replay has no \"7\"."},
      {{"reset-passback", "5"}, "The question reset-passback has no \"5\"."},
      {{"reset-passback", "--pin", ""}, "A user ID has 1 to 24 printable characters"},
      {{"ev\x1b[2Jil"}, "There is no question \"ev\\x1b[2Jil\"."},
  };
  for (const auto& [arguments, sentence] : calls) {
    Program program("lintelctl", arguments);
    EXPECT_EQ(program.output(), "");
    const auto complaint = program.complaints();
    EXPECT_TRUE(contains(complaint, sentence)) << sentence << " is not in:\n" << complaint;
    EXPECT_TRUE(contains(complaint, "\nusage: lintelctl ")) << complaint;
    EXPECT_EQ(program.exit_code(), 2);
  }
}

TEST(LintelctlUse, HelpIsNoError) {
  Program program("lintelctl", {"--help"});
  EXPECT_EQ(program.output().rfind("usage: lintelctl", 0), 0u);
  EXPECT_EQ(program.exit_code(), 0);
}

TEST(LintelctlUse, WithoutAnEngineItSaysSo) {
  const TempFolder folder;
  const std::string nowhere = folder.path("engine.sock");
  for (const char* question : {"status", "events", "users"}) {
    Program program("lintelctl", {"--socket", nowhere, question});
    EXPECT_EQ(program.output(), "");
    EXPECT_EQ(program.complaints().rfind("lintelctl: the engine does not answer at " + nowhere, 0),
              0u);
    EXPECT_EQ(program.exit_code(), 1);
  }
}

TEST_F(Lintelctl, FindsTheEngineByEnvironmentOrConfiguration) {
  Program by_environment("lintelctl", {"status"}, {"LINTEL_SOCKET=" + socket()});
  EXPECT_TRUE(contains(by_environment.output(), "3383154200002"));
  EXPECT_EQ(by_environment.exit_code(), 0);
  const std::string config = folder_.path("lintel.conf");
  std::ofstream(config) << "[device]\nserial = S1\n[storage]\npath = " << folder_.path("") << "\n";
  Program by_config("lintelctl", {"--config", config, "status"});
  EXPECT_TRUE(contains(by_config.output(), "3383154200002"));
  EXPECT_EQ(by_config.exit_code(), 0);
  Program by_nothing("lintelctl", {"--config", folder_.path("none.conf"), "status"});
  EXPECT_TRUE(contains(by_nothing.complaints(), "none.conf cannot be read"));
  EXPECT_EQ(by_nothing.exit_code(), 2);
}

}  // namespace
}  // namespace lintel::test
