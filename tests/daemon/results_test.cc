// Results of commands: carried out once, told at least once, whoever dies on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/limits.h"
#include "tests/daemon/fixture.h"
#include "tests/storage/crash_vfs.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

pb::CommandKey key(const std::string& id, const std::string& words = "DATA UPDATE") {
  pb::CommandKey key;
  key.set_id(id);
  key.set_digest("digest of " + id);
  key.set_words(words);
  return key;
}

pb::Request user_command(const std::string& id, const std::string& row) {
  auto request = update_of("user", {row});
  *request.mutable_update()->mutable_command() = key(id);
  return request;
}

pb::Request open_command(const std::string& id, unsigned door) {
  pb::Request request;
  auto& control = *request.mutable_control();
  *control.mutable_command() = key(id, "CONTROL DEVICE");
  control.set_verb(pb::Control::OPEN);
  control.set_place(door);
  control.set_seconds(3);
  return request;
}

pb::Request get_results() {
  pb::Request request;
  request.mutable_get_results();
  return request;
}

// "221 -11 DATA UPDATE": id, code and words of each result that waits.
std::vector<std::string> waiting(Box& box) {
  std::vector<std::string> rows;
  const auto reply = box.ask(get_results());
  EXPECT_EQ(0, reply.code()) << reply.error();
  for (const auto& result : reply.results().result()) {
    EXPECT_EQ("digest of " + result.command().id(), result.command().digest());
    rows.push_back(result.command().id() + " " + std::to_string(result.code()) + " " +
                   result.command().words());
  }
  return rows;
}

std::int32_t confirm(Box& box, const std::vector<std::string>& ids) {
  pb::Request request;
  request.mutable_confirm_results();
  for (const auto& id : ids)
    *request.mutable_confirm_results()->add_command() = key(id);
  return box.ask(request).code();
}

std::unique_ptr<api::Link> subscriber(Box& box, bool errands) {
  auto link = box.link(pb::ROLE_PUSH);
  pb::Request request;
  request.mutable_subscribe()->set_events(true);
  request.mutable_subscribe()->set_errands(errands);
  EXPECT_TRUE(link->call(request));
  return link;
}

// What came since the last time; one that says nothing when nothing did.
pb::Notice news(api::Link& link) {
  const auto notice = link.next_notice(0ms);
  return notice && *notice ? **notice : pb::Notice{};
}

// To the engine, without a turn of it.
void hand_in(Box& box, const pb::Request& request, pb::Role role = pb::ROLE_PUSH) {
  box.engine().take({999, role, api::kind_of(request), 1, request.SerializeAsString()});
}

class Results : public InProcess {};

TEST_F(Results, wait_for_the_server_whatever_the_command_came_to) {
  EXPECT_EQ(0, box().ask(user_command("1", "Pin=1\tCardNo=77")).code());
  EXPECT_EQ(-11, box().ask(user_command("2", "Pin=2\tCardNo=seven")).code());
  EXPECT_EQ(0, box().ask(open_command("3", 1)).code());
  EXPECT_EQ(-11, box().ask(open_command("4", 9)).code());
  EXPECT_EQ(0, box().update("user", {"Pin=5\tCardNo=78"}).code()) << "nobody's command";
  const auto all = {"1 0 DATA UPDATE", "2 -11 DATA UPDATE", "3 0 CONTROL DEVICE",
                    "4 -11 CONTROL DEVICE"};
  EXPECT_THAT(waiting(box()), testing::ElementsAreArray(all));
  EXPECT_THAT(waiting(box()), testing::ElementsAreArray(all)) << "until they are confirmed";

  EXPECT_EQ(0, confirm(box(), {"1", "4", "none of ours"}));
  EXPECT_THAT(waiting(box()), ElementsAre("2 -11 DATA UPDATE", "3 0 CONTROL DEVICE"));
}

TEST_F(Results, outlive_the_engine_and_are_not_given_again_once_confirmed) {
  box().ask(user_command("1", "Pin=1\tCardNo=77"));
  box().ask(user_command("2", "Pin=2\tCardNo=seven"));
  box().ask(open_command("3", 1));
  EXPECT_EQ(0, confirm(box(), {"1"}));
  box().kill();
  ASSERT_TRUE(box().start());
  EXPECT_THAT(waiting(box()), ElementsAre("2 -11 DATA UPDATE", "3 0 CONTROL DEVICE"));
  EXPECT_EQ(0, confirm(box(), {"2", "3"}));
  box().kill();
  ASSERT_TRUE(box().start());
  EXPECT_THAT(waiting(box()), IsEmpty());
}

TEST_F(Results, of_a_refused_command_are_remembered_and_nothing_else_of_it) {
  auto request = user_command("1", "Pin=1\tCardNo=77");
  *request.mutable_update()->add_rows() = update_of("user", {"Pin=2\tCardNo=x"}).update().rows(0);
  EXPECT_EQ(-11, box().ask(request).code());
  const auto again = box().ask(request);
  EXPECT_EQ(-11, again.code()) << "from memory";
  EXPECT_FALSE(again.error().empty());
  box().kill();
  ASSERT_TRUE(box().start());
  EXPECT_EQ(-11, box().ask(request).code()) << "also after a restart";
  pb::Request count;
  count.mutable_count()->set_table("user");
  EXPECT_EQ(0u, box().ask(count).rows());
  EXPECT_THAT(waiting(box()), ElementsAre("1 -11 DATA UPDATE"));
}

TEST_F(Results, of_a_command_cut_short_by_the_end_of_the_engine_say_that_it_failed) {
  hand_in(box(), open_command("1", 1));
  box().engine().writer().pump();  // it is remembered, and the lock has not moved yet
  box().kill();
  ASSERT_TRUE(box().start());
  EXPECT_FALSE(box().board.lock(1));
  EXPECT_THAT(waiting(box()), ElementsAre("1 -12 CONTROL DEVICE"));
  EXPECT_EQ(-12, box().ask(open_command("1", 1)).code());
  EXPECT_FALSE(box().board.lock(1)) << "a moment that has passed does not come back";
}

TEST_F(Results, of_a_command_asked_again_while_it_is_under_way_are_told_when_there) {
  const auto push = subscriber(box(), true);
  hand_in(box(), open_command("1", 1));
  const auto again = push->call(open_command("1", 1));
  ASSERT_TRUE(again);
  EXPECT_EQ(0, again->code());
  EXPECT_TRUE(again->pending());
  EXPECT_TRUE(box().board.lock(1));
  EXPECT_TRUE(news(*push).results());
  EXPECT_THAT(waiting(box()), ElementsAre("1 0 CONTROL DEVICE"));
}

TEST_F(Results, that_come_late_are_told_to_those_who_subscribed_errands_once_they_are_on_disk) {
  const auto push = subscriber(box(), true);
  const auto other = subscriber(box(), false);
  box().engine().finish_later(key("7", "ENROLL_INFO"), -5);
  box().engine().turn();
  EXPECT_FALSE(news(*push).results()) << "not on disk yet";
  box().settle();
  EXPECT_TRUE(news(*push).results());
  EXPECT_FALSE(news(*other).results());
  EXPECT_FALSE(news(*push).results()) << "once";
  EXPECT_THAT(waiting(box()), ElementsAre("7 -5 ENROLL_INFO"));
}

TEST_F(Results, that_come_with_a_reply_need_no_notice) {
  const auto push = subscriber(box(), true);
  box().ask(user_command("1", "Pin=1\tCardNo=77"));
  box().ask(open_command("2", 1));
  box().settle();
  EXPECT_FALSE(news(*push).results());
}

TEST_F(Results, that_come_late_find_their_place_when_the_queue_is_full) {
  for (std::size_t i = 0; i < limits::job_queue_max; ++i) {
    ASSERT_TRUE(box().engine().writer().post(
        {[](auto&, auto&) { return Result<void>{}; }, [](const auto&) {}, false}));
  }
  box().engine().finish_later(key("7"), 0);
  box().engine().finish_later(key("8"), -1);
  box().settle();
  EXPECT_THAT(waiting(box()), IsEmpty());
  box().pass(2s);
  EXPECT_THAT(waiting(box()), ElementsAre("7 0 DATA UPDATE", "8 -1 DATA UPDATE"));
}

TEST_F(Results, ten_thousand_of_them_come_in_one_reply_and_in_their_order) {
  for (std::size_t id = 1; id <= limits::results_max; ++id)
    box().engine().finish_later(key(std::to_string(id)), 0);
  box().settle();
  const auto reply = box().ask(get_results());
  ASSERT_EQ(static_cast<int>(limits::results_max), reply.results().result_size());
  EXPECT_EQ("1", reply.results().result(0).command().id());
  EXPECT_LT(reply.ByteSizeLong(), limits::api_frame_bytes_max / 2);

  pb::Request all;
  for (const auto& result : reply.results().result())
    *all.mutable_confirm_results()->add_command() = result.command();
  EXPECT_EQ(0, box().ask(all).code());
  EXPECT_THAT(waiting(box()), IsEmpty());
}

TEST_F(Results, are_for_the_server_alone) {
  pb::Request confirm_none, pull, confirm_uploads;
  confirm_none.mutable_confirm_results();
  pull.mutable_pull_uploads();
  confirm_uploads.mutable_confirm_uploads();
  for (const auto role : {pb::ROLE_WEB, pb::ROLE_TECHNICIAN}) {
    for (const auto& request : {get_results(), confirm_none, pull, confirm_uploads})
      EXPECT_EQ(-8, box().ask(request, role).code()) << role;
    pb::Request reset;
    reset.mutable_control()->set_verb(pb::Control::RESET_PASSBACK);
    *reset.mutable_control()->mutable_command() = key("1");
    EXPECT_EQ(0, box().ask(reset, role).code());
    EXPECT_THAT(waiting(box()), IsEmpty()) << "it is no command of the server's";
  }
}

TEST_F(Results, need_a_command_with_an_id_of_reasonable_length) {
  EXPECT_EQ(0, box().ask(user_command(std::string(54, '7'), "Pin=1")).code());
  auto request = user_command(std::string(65, '7'), "Pin=2");
  request.mutable_update()->mutable_command()->set_digest("d");
  EXPECT_EQ(-11, box().ask(request).code());
  request = user_command("8", "Pin=3");
  request.mutable_update()->mutable_command()->set_words(std::string(129, 'w'));
  EXPECT_EQ(-11, box().ask(request).code());
  EXPECT_EQ(1u, waiting(box()).size());
}

TEST_F(Results, a_change_that_comes_as_a_question_is_refused) {
  const auto request = user_command("1", "Pin=1\tCardNo=77");
  box().engine().take(
      {999, pb::ROLE_PUSH, api::FrameKind::request_to_read, 1, request.SerializeAsString()});
  // In one group with a change, whose transaction it could slip into.
  hand_in(box(), user_command("2", "Pin=2\tCardNo=78"));
  box().engine().take(
      {999, pb::ROLE_PUSH, api::FrameKind::request_to_read, 2, request.SerializeAsString()});
  box().settle();
  pb::Request count;
  count.mutable_count()->set_table("user");
  EXPECT_EQ(1u, box().ask(count).rows());
  EXPECT_THAT(waiting(box()), ElementsAre("2 0 DATA UPDATE"));
}

TEST(ResultsOnADiskThatFails, are_not_kept_and_the_command_may_fare_better_next_time) {
  tests::CrashVfs disk;
  Box box("/made-up", 4, disk.name());
  ASSERT_TRUE(box.start());
  disk.fail(tests::CrashVfs::Fault::change_fails, 0, true);
  EXPECT_EQ(-15, box.ask(user_command("1", "Pin=1\tCardNo=77")).code());
  box.engine().finish_later(key("2"), 0);
  box.settle();
  disk.heal();
  EXPECT_THAT(waiting(box), IsEmpty());
  EXPECT_EQ(0, box.ask(user_command("1", "Pin=1\tCardNo=77")).code());
  box.pass(2s);
  EXPECT_THAT(waiting(box), ElementsAre("1 0 DATA UPDATE", "2 0 DATA UPDATE"))
      << "a late result is tried until it is kept";
  box.kill();
}

TEST(ResultsOnADiskThatFails, say_so_of_a_lock_that_has_moved_and_it_moves_once) {
  tests::CrashVfs disk;
  Box box("/made-up", 4, disk.name());
  ASSERT_TRUE(box.start());
  hand_in(box, open_command("1", 1));
  box.engine().writer().pump();  // remembered; then the disk fails
  disk.fail(tests::CrashVfs::Fault::change_fails, 0, true);
  box.settle();
  EXPECT_TRUE(box.board.lock(1));
  disk.heal();
  box.pass(4s);
  EXPECT_FALSE(box.board.lock(1));
  EXPECT_THAT(waiting(box), ElementsAre("1 -15 CONTROL DEVICE"));
  EXPECT_EQ(-15, box.ask(open_command("1", 1)).code());
  EXPECT_FALSE(box.board.lock(1));
  box.kill();
}

}  // namespace
}  // namespace lintel::test
