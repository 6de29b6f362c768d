// Results are the engine's to keep until the server has them: over a push that dies, an engine that
// dies, and for commands that end long after their reply.
#include "push/results.h"

#include "tests/push/world.h"
#include "tests/push/wrapped_engine.h"

namespace lintel::push {
namespace {

using fake::Fault;
using fake::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

// ---- against the real engine

class KeptResults : public World {
 protected:
  std::size_t unreported() {
    pb::Request request;
    request.mutable_get_results();
    const auto reply = box_->ask(request);
    EXPECT_GE(reply.code(), 0);
    return static_cast<std::size_t>(reply.results().result_size());
  }
};

TEST_F(KeptResults, are_the_engines_until_the_server_has_taken_them) {
  go_online();
  server_.inject({.what = Fault::What::say,
                  .target_has = "devicecmd",
                  .times = 2,
                  .reply = fake::status_reply(500)});
  const auto id = server_.queue("DATA UPDATE user Pin=1");
  ASSERT_TRUE(run_until([&] { return server_.count(Kind::devicecmd) == 1; }, 10s));
  EXPECT_EQ(unreported(), 1u);
  ASSERT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 10s));
  run(1s);
  EXPECT_EQ(unreported(), 0u);
}

TEST_F(KeptResults, are_told_by_the_next_push_when_this_one_dies) {
  server_.change([](fake::Settings& s) { s.hand_out_again_after = 0; });
  go_online();
  server_.inject({.what = Fault::What::close, .target_has = "devicecmd"});
  const auto id = server_.queue("DATA UPDATE user Pin=1");
  ASSERT_TRUE(run_until([&] { return server_.count(Kind::devicecmd) == 1; }, 10s));
  EXPECT_EQ(server_.code(id), std::nullopt);
  restart_push();
  ASSERT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 60s));
  EXPECT_EQ(server_.code(id), 0);
  EXPECT_EQ(server_.results(id).back().command, "DATA UPDATE");
  EXPECT_THAT(server_.complaints(), IsEmpty());
  run(10s);
  EXPECT_THAT(server_.results(id), SizeIs(1)) << "once confirmed, never again";
  EXPECT_EQ(unreported(), 0u);
}

TEST_F(KeptResults, that_are_given_up_are_confirmed_too) {
  go_online();
  server_.change([](fake::Settings& s) { s.hand_out_again_after = 0; });
  server_.inject({.what = Fault::What::say,
                  .target_has = "devicecmd",
                  .times = 0,
                  .reply = fake::html_page()});
  server_.queue("DATA UPDATE user Pin=1");
  run(60s);
  EXPECT_EQ(server_.count(Kind::devicecmd), 5u);
  EXPECT_EQ(unreported(), 0u);
}

// ---- against an engine that says what the test wants

class LateResults : public World {
 protected:
  LateResults() {
    wrap_link_ = [this](std::unique_ptr<api::Link> link) {
      return std::make_unique<KeepingLink>(std::move(link), keeping_);
    };
    restart_push();
  }
  std::vector<std::string> bodies() {
    std::vector<std::string> bodies;
    for (const auto& seen : requests_of(Kind::devicecmd)) {
      bodies.push_back(seen.request.body);
    }
    return bodies;
  }
  Keeping keeping_;
};

TEST_F(LateResults, are_fetched_at_the_first_link) {
  keeping_.add_result("7", 0, "UPGRADE");
  keeping_.add_result("8", -720, "UPGRADE");
  go_online();
  run(2s);
  EXPECT_THAT(bodies(), ElementsAre("ID=7&Return=0&CMD=UPGRADE\nID=8&Return=-720&CMD=UPGRADE"));
  EXPECT_THAT(keeping_.results, IsEmpty());
}

TEST_F(LateResults, are_fetched_when_the_engine_says_that_there_are_some) {
  go_online();
  run(5s);
  EXPECT_THAT(bodies(), IsEmpty());
  keeping_.add_result("9", 0, "ENROLL_INFO");
  run(2s);
  EXPECT_THAT(bodies(), ElementsAre("ID=9&Return=0&CMD=ENROLL_INFO"));
  EXPECT_THAT(keeping_.results, IsEmpty());
}

TEST_F(LateResults, go_before_new_commands_are_fetched) {
  keeping_.add_result("7", 0, "UPGRADE");
  go_online();
  run(2s);
  const auto order = kinds();
  const auto told = std::find(order.begin(), order.end(), Kind::devicecmd);
  const auto fetched = std::find(order.begin(), order.end(), Kind::getrequest);
  EXPECT_LT(told - order.begin(), fetched - order.begin());
}

TEST_F(LateResults, are_not_told_twice_when_the_confirmation_is_lost) {
  for (const bool done : {true, false}) {
    keeping_.lose_next_confirmation = done;
    keeping_.fail_next_confirmation = !done;
    keeping_.add_result(done ? "7" : "8", 0, "UPGRADE");
    run(30s);
    EXPECT_THAT(keeping_.results, IsEmpty()) << "the confirmation is repeated on the next link";
  }
  EXPECT_THAT(bodies(), ElementsAre("ID=7&Return=0&CMD=UPGRADE", "ID=8&Return=0&CMD=UPGRADE"));
}

TEST_F(LateResults, are_told_again_when_no_answer_came) {
  server_.inject({.what = Fault::What::drop_answer, .target_has = "devicecmd"});
  keeping_.add_result("7", 0, "UPGRADE");
  run(60s);
  EXPECT_THAT(bodies(), SizeIs(2)) << "at least once";
  EXPECT_EQ(bodies()[0], bodies()[1]);
  EXPECT_THAT(keeping_.results, IsEmpty());
}

TEST_F(LateResults, do_not_double_what_this_process_has_carried_out_itself) {
  server_.change([](fake::Settings& s) { s.hand_out_again_after = 0; });
  go_online();
  // The engine has done it and dies before it says so; then it tells of it among its results.
  const auto id = server_.queue("DATA UPDATE user Pin=1");
  engine_dies_at_next_getrequest();
  ASSERT_TRUE(run_until([&] { return !box_->running(); }, 10s));
  const std::string whole = "C:" + id + ":DATA UPDATE user Pin=1";
  pb::CommandResult told;
  *told.mutable_command() =
      command_key({.id = id, .text = "DATA UPDATE user Pin=1", .whole = whole, .refusal = {}});
  keeping_.results.push_back(told);
  ASSERT_TRUE(box_->start());
  run(20s);
  EXPECT_THAT(server_.results(id), SizeIs(1));
  EXPECT_THAT(keeping_.results, IsEmpty());
}

}  // namespace
}  // namespace lintel::push
