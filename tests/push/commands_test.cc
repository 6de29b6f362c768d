// What the server orders, and what it gets back.
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Fault;
using fake::Kind;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class Commands : public World {
 protected:
  void SetUp() override { go_online(); }
  std::vector<std::string> query(const std::string& what) {
    const auto id = server_.queue("DATA QUERY " + what);
    EXPECT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 60s));
    EXPECT_EQ(static_cast<std::size_t>(server_.code(id).value_or(-1)), server_.rows(id).size());
    return server_.rows(id);
  }
};

TEST_F(Commands, update_count_query_and_delete) {
  EXPECT_EQ(do_command("DATA UPDATE user Pin=1\tName=Ada\tCardNo=1193046\nPin=2\tName=Grace"), 0);
  EXPECT_EQ(do_command("DATA UPDATE userauthorize Pin=1\tAuthorizeTimezoneId=1\tAuthorizeDoorId=1"),
            0);
  EXPECT_EQ(do_command("DATA COUNT user"), 2);
  const auto rows = query("tablename=user,fielddesc=Pin,Name,filter=*");
  EXPECT_THAT(rows, ElementsAre("user pin=1\tname=Ada", "user pin=2\tname=Grace"));
  EXPECT_THAT(query("tablename=user,fielddesc=*,filter=Pin=2"), SizeIs(1));
  EXPECT_EQ(do_command("DATA DELETE user Pin=2"), 0);
  EXPECT_EQ(do_command("DATA COUNT user"), 1);
  EXPECT_EQ(do_command("DATA DELETE user *"), 0);
  EXPECT_THAT(query("tablename=user,fielddesc=*,filter=*"), IsEmpty());
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Commands, answer_counts_with_the_number) {
  EXPECT_EQ(do_command("DATA UPDATE holiday Holiday=20260101\tHolidayType=1\tLoop=1"), 0);
  const auto id = server_.queue("DATA COUNT holiday");
  run(5s);
  EXPECT_EQ(server_.counted(id), 1u);
  EXPECT_EQ(server_.code(id), 1);
  EXPECT_EQ(requests_of(Kind::querydata).back().request.body, "holiday=1");
}

TEST_F(Commands, say_what_was_wrong_and_change_nothing) {
  EXPECT_EQ(do_command("DATA UPDATE user Pin=1"), 0);
  EXPECT_LT(do_command("DATA DELETE user uid2=5"), 0);
  EXPECT_EQ(do_command("DATA DELETE user uidd=*"), -101);
  EXPECT_LT(do_command("DATA DELETE user"), 0);
  EXPECT_LT(do_command("DATA UPDATE nothing Pin=1"), 0);
  EXPECT_LT(do_command("DATA UPDATE user Name=Nobody"), 0);
  EXPECT_EQ(do_command("CONTROL DEVICE 0101"), -11);
  EXPECT_EQ(do_command("CONTROL DEVICE 01010305"), -11);
  EXPECT_EQ(do_command("CONTROL DEVICE 20000000"), -13);
  EXPECT_EQ(do_command("CONTROL DEVICE 08000000"), -708);
  EXPECT_EQ(do_command("SET OPTIONS Door1Drivertime"), -108);
  EXPECT_EQ(do_command("MAKE COFFEE"), -13);
  EXPECT_EQ(do_command("DATA COUNT user"), 1);
}

TEST_F(Commands, take_a_star_as_any_value_of_a_field_that_there_is) {
  EXPECT_EQ(do_command("DATA UPDATE user Pin=1\nPin=2"), 0);
  EXPECT_EQ(do_command("DATA COUNT user Pin=*"), 2);
  EXPECT_EQ(do_command("DATA DELETE user Pin=*"), 0);
  EXPECT_EQ(do_command("DATA COUNT user"), 0);
}

TEST_F(Commands, of_one_reply_get_their_results_in_one_request) {
  const auto before = server_.count(Kind::devicecmd);
  server_.queue_raw(
      "C:11:DATA UPDATE user Pin=1\r\n\r\nC:12:DATA DELETE user Pin=9\nC:13:DATA COUNT user\r\n"
      "C:14:SET OPTIONS Door1Drivertime=7\nC:15:CONTROL DEVICE 0101\n");
  run(5s);
  ASSERT_EQ(server_.count(Kind::devicecmd), before + 1);
  EXPECT_EQ(requests_of(Kind::devicecmd).back().request.body,
            "ID=11&Return=0&CMD=DATA UPDATE\nID=12&Return=0&CMD=DATA DELETE\n"
            "ID=13&Return=1&CMD=DATA COUNT\nID=14&Return=0&CMD=SET OPTIONS\n"
            "ID=15&Return=-11&CMD=CONTROL DEVICE");
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Commands, by_the_hundred_are_all_done_in_order) {
  std::vector<std::string> ids;
  for (int i = 0; i < 300; ++i) {
    ids.push_back(server_.queue("DATA UPDATE user Pin=5\tName=N" + std::to_string(i)));
  }
  ASSERT_TRUE(run_until([&] { return server_.open_commands() == 0; }, 60s));
  for (const auto& id : ids) {
    EXPECT_EQ(server_.code(id), 0);
    EXPECT_THAT(server_.results(id), SizeIs(1));
  }
  EXPECT_THAT(query("tablename=user,fielddesc=Name,filter=*"), ElementsAre("user name=N299"));
}

TEST_F(Commands, that_come_again_are_answered_again_and_not_done_again) {
  const auto opened = [&] {
    std::size_t count = 0;
    for (const auto& event : box_->events()) {
      if (event.code() == 8) ++count;  // remotely opened
    }
    return count;
  };
  server_.queue_as("7", "CONTROL DEVICE 01010105");
  run(4s);
  server_.queue_as("7", "CONTROL DEVICE 01010105");
  run(4s);
  EXPECT_EQ(server_.results("7").size(), 2u);
  EXPECT_EQ(opened(), 1u);
  server_.queue_as("7", "CONTROL DEVICE 01020105");  // the same id, another text
  run(4s);
  EXPECT_EQ(opened(), 2u);
}

TEST_F(Commands, open_a_door_for_as_long_as_they_say) {
  EXPECT_EQ(do_command("CONTROL DEVICE 01020105"), 0);
  EXPECT_TRUE(box_->board.lock(2));
  EXPECT_FALSE(box_->board.lock(1));
  run(6s);
  EXPECT_FALSE(box_->board.lock(2));
}

TEST_F(Commands, wait_for_an_engine_that_is_away) {
  const auto id = server_.queue("CONTROL DEVICE 01020105");
  const auto later = server_.queue("DATA UPDATE user Pin=77");
  commands_came_ago_ = 12s;
  engine_dies_at_next_getrequest();
  run(12s);
  EXPECT_FALSE(box_->running());
  ASSERT_TRUE(box_->start());
  run(10s);
  EXPECT_LT(server_.code(id).value_or(0), 0) << "a door that opens 12 s late surprises people";
  EXPECT_EQ(server_.code(later), 0);
  EXPECT_FALSE(box_->board.lock(2));
}

TEST_F(Commands, whose_results_were_not_taken_are_answered_again_first) {
  const auto id = server_.queue("DATA UPDATE user Pin=1");
  server_.inject({.what = Fault::What::say,
                  .target_has = "devicecmd",
                  .times = 2,
                  .reply = fake::html_page()});
  run(20s);
  EXPECT_EQ(server_.code(id), 0);
  EXPECT_EQ(server_.count(Kind::devicecmd), 3u);
  // No getrequest between the failing ones.
  const auto all = kinds();
  const auto first = std::find(all.begin(), all.end(), Kind::devicecmd);
  const auto last = std::find(all.rbegin(), all.rend(), Kind::devicecmd).base();
  EXPECT_EQ(std::count(first, last, Kind::getrequest), 0);
}

TEST_F(Commands, whose_results_got_lost_are_answered_after_the_outage) {
  const auto id = server_.queue("DATA UPDATE user Pin=1");
  server_.inject({.what = Fault::What::close, .target_has = "devicecmd", .times = 1});
  run(30s);
  EXPECT_EQ(server_.code(id), 0);
}

TEST_F(Commands, are_fetched_again_although_the_server_never_takes_a_result) {
  server_.queue("DATA UPDATE user Pin=1");
  server_.inject({.what = Fault::What::say,
                  .target_has = "devicecmd",
                  .times = 0,
                  .reply = fake::text_reply("404")});
  const auto polls = server_.count(Kind::getrequest);
  run(120s);
  EXPECT_GT(server_.count(Kind::getrequest), polls + 3);
}

TEST_F(Commands, set_and_get_options) {
  EXPECT_EQ(do_command("SET OPTION Door1Drivertime=9, Door2Detectortime="), 0);
  const auto id =
      server_.queue("GET OPTIONS LockCount,Door1Drivertime,NobodyKnowsThis,~DeviceName");
  run(5s);
  EXPECT_EQ(server_.code(id), 0);
  EXPECT_EQ(requests_of(Kind::querydata).back().request.body,
            "LockCount=4,Door1Drivertime=9,NobodyKnowsThis=,~DeviceName=Test box");
  EXPECT_LT(do_command("SET OPTIONS Door1Drivertime=9999"), 0);
}

TEST_F(Commands, set_the_clock) {
  const auto utc = box_->clock.utc().time_since_epoch().count() + 7200;
  EXPECT_EQ(do_command("SET OPTIONS DateTime=" + std::to_string(fake::appendix_5_seconds_utc(utc))),
            0);
  EXPECT_NEAR(static_cast<double>(box_->clock.utc().time_since_epoch().count()),
              static_cast<double>(utc), 10);
  EXPECT_LT(do_command("SET OPTIONS DateTime=1790000000"), 0);
}

TEST_F(Commands, query_more_than_a_packet_holds) {
  const std::string photo(400'000, 'A');
  for (int i = 1; i <= 12; ++i) {
    ASSERT_EQ(do_command("DATA UPDATE biophoto PIN=" + std::to_string(i) +
                         "\tType=9\tNo=0\tIndex=0\tContent=" + photo),
              0);
  }
  const auto id = server_.queue("DATA QUERY tablename=biophoto,fielddesc=*,filter=*");
  ASSERT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 60s));
  EXPECT_EQ(server_.code(id), 12);
  EXPECT_EQ(server_.packets(id), 3u);
  EXPECT_THAT(server_.complaints(), IsEmpty());
  for (const auto& seen : requests_of(Kind::querydata)) {
    EXPECT_LE(seen.request.body.size(), 2'048'000u);
  }
}

TEST_F(Commands, query_again_when_a_packet_got_lost) {
  EXPECT_EQ(do_command("DATA UPDATE user Pin=1\nPin=2\nPin=3"), 0);
  const auto id = server_.queue("DATA QUERY tablename=user,fielddesc=*,filter=*");
  server_.inject({.what = Fault::What::close, .target_has = "querydata", .times = 2});
  run(60s);
  EXPECT_EQ(server_.code(id), 3);
}

TEST_F(Commands, tell_the_server_that_it_took_no_data) {
  EXPECT_EQ(do_command("DATA UPDATE user Pin=1"), 0);
  server_.inject({.what = Fault::What::say,
                  .target_has = "querydata",
                  .times = 0,
                  .reply = fake::status_reply(500)});
  EXPECT_EQ(do_command("DATA QUERY tablename=user,fielddesc=*,filter=*"), -726);
  EXPECT_EQ(do_command("DATA COUNT user"), -726);
  EXPECT_EQ(do_command("GET OPTIONS LockCount"), -726);
  server_.clear_faults();
  server_.inject({.what = Fault::What::say,
                  .target_has = "querydata",
                  .times = 0,
                  .reply = fake::html_page()});
  EXPECT_EQ(do_command("DATA QUERY tablename=user,fielddesc=*,filter=*"), -722);
  EXPECT_EQ(do_command("DATA QUERY tablename=user,fielddesc=*,filter=Pin=2"), -722) << "no row";
  EXPECT_EQ(do_command("DATA COUNT user"), -728);
  EXPECT_EQ(do_command("GET OPTIONS LockCount"), -709);
  server_.clear_faults();
  server_.inject({.what = Fault::What::close, .target_has = "querydata", .times = 0});
  EXPECT_EQ(do_command("DATA QUERY tablename=user,fielddesc=*,filter=*"), -730);
}

TEST_F(Commands, query_the_journal) {
  make_events(3);
  const auto rows = query("tablename=transaction,fielddesc=*,filter=*");
  ASSERT_GE(rows.size(), 3u);
  EXPECT_THAT(rows, Each(::testing::StartsWith("transaction cardno=")));
  EXPECT_EQ(do_command("DATA COUNT transaction"), static_cast<int>(rows.size()));
  const auto all = do_command("DATA QUERY tablename=transaction,fielddesc=*,filter=NewRecord");
  EXPECT_GE(all, 0);
}

TEST_F(Commands, query_the_journal_in_the_form_that_the_server_agreed_to) {
  EXPECT_THAT(query("tablename=transaction,fielddesc=verified,filter=eventtype=206"),
              ElementsAre("transaction verified=200"));
  server_.change([](fake::Settings& s) { s.takes_verify_styles = true; });
  restart_push();
  go_online();
  make_events(1);
  EXPECT_THAT(query("tablename=transaction,fielddesc=verified,filter=eventtype=27"),
              ElementsAre("transaction verified=0000100000000000"));
}

TEST_F(Commands, declare_an_emergency_and_end_it) {
  EXPECT_EQ(do_command("CONTROL DEVICE 07010000"), 0);
  EXPECT_TRUE(box_->board.lock(1));
  EXPECT_TRUE(box_->board.lock(4));
  EXPECT_EQ(do_command("CONTROL DEVICE 07020000"), 0);
  EXPECT_FALSE(box_->board.lock(1));
  EXPECT_EQ(do_command("CONTROL DEVICE 01010105"), -12) << "nobody opens a door of a dual-close";
  EXPECT_EQ(do_command("CONTROL DEVICE 07000000"), 0);
  EXPECT_EQ(do_command("CONTROL DEVICE 01010105"), 0);
  EXPECT_EQ(do_command("CONTROL DEVICE 07090000"), -11);
}

// Not a momentary one: the fire brigade's order still counts when the engine was away meanwhile.
TEST_F(Commands, of_an_emergency_wait_for_an_engine_that_is_away) {
  const auto id = server_.queue("CONTROL DEVICE 07010000");
  commands_came_ago_ = 12s;
  engine_dies_at_next_getrequest();
  run(12s);
  ASSERT_TRUE(box_->start());
  run(10s);
  EXPECT_EQ(server_.code(id), 0);
  EXPECT_TRUE(box_->board.lock(2));
}

TEST_F(Commands, in_gb18030_store_utf8) {
  EXPECT_EQ(do_command("DATA UPDATE user Pin=1\tName=\xd5\xc5\xc8\xfd"), 0);
  EXPECT_THAT(query("tablename=user,fielddesc=Name,filter=*"),
              ElementsAre("user name=\xe5\xbc\xa0\xe4\xb8\x89"));
}

TEST_F(Commands, of_a_level_sync_go_through) {
  for (const auto* command :
       {"DATA DELETE userauthorize *", "DATA DELETE user *", "DATA DELETE timezone *",
        "DATA UPDATE timezone "
        "TimezoneId=1\tSunTime1=2359\tMonTime1=2359\tTueTime1=2359\tWedTime1=2359"
        "\tThuTime1=2359\tFriTime1=2359\tSatTime1=2359",
        "DATA UPDATE user "
        "CardNo=1193046\tPin=1\tPassword=\tGroup=1\tStartTime=0\tEndTime=0\tName=Ada\t"
        "Privilege=0\tDisable=0\tVerify=0",
        "DATA UPDATE mulcarduser Pin=1\tCardNo=123456\tLossCardFlag=0\tCardType=0",
        "DATA UPDATE userauthorize Pin=1\tAuthorizeTimezoneId=1\tAuthorizeDoorId=15\tDevID=1",
        "SET OPTIONS Door1Drivertime=5,Door1KeepOpenTimeZone=0,Door1ValidTZ=1,Door1SupperPassWord=,"
        "Door1Intertime=0,Door1VerifyType=0,Door1SensorType=1,Door1Detectortime=15,"
        "Door1CloseAndLock=0,"
        "Door1ForcePassWord="}) {
    EXPECT_EQ(do_command(command), 0) << command;
  }
  box_->swipe(1, 0x123456);
  EXPECT_TRUE(box_->board.lock(1));
}

}  // namespace
}  // namespace lintel::push
