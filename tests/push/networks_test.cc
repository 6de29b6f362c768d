// DATA QUERY of [APList] (9.1.4): from the command to the scan and back with what was found.
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Networks : public World {
 protected:
  void SetUp() override {
    box_->system.can_wifi = true;
    go_online();
  }
  std::vector<std::string> query(const std::string& fields, const std::string& filter) {
    box_->system.found = {{"1", "Workshop", "-48", "02:00:5e:10:00:01"},
                          {"0", "Caf\xC3\xA9 = two\tlines", "-71", "02:00:5e:10:00:02"}};
    last_ =
        server_.queue("DATA QUERY tablename=[APList],fielddesc=" + fields + ",filter=" + filter);
    EXPECT_TRUE(run_until([&] { return server_.code(last_).has_value(); }, 60s));
    return server_.rows(last_);
  }
  std::string last_;
};

TEST_F(Networks, in_range_go_to_the_server_as_a_virtual_table) {
  EXPECT_THAT(query("*", "*"),
              ElementsAre("APList ecn=1\tssid=Workshop\trssi=-48\tmac=02:00:5e:10:00:01",
                          "APList ecn=0\tssid=Caf\xC3\xA9 = two lines\trssi=-71"
                          "\tmac=02:00:5e:10:00:02"));
  EXPECT_EQ(server_.code(last_), 2);
  EXPECT_EQ(box_->system.scans, 1u);
  EXPECT_EQ(requests_of(Kind::querydata).back().request.target,
            "/iclock/querydata?SN=3383154200002&type=vmtable&cmdid=" + last_ +
                "&tablename=APList&count=2&packcnt=1&packidx=1");
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Networks, are_chosen_by_fielddesc_and_filter_as_rows_are) {
  EXPECT_THAT(query("SSID,ecn", "*"), ElementsAre("APList ssid=Workshop\tecn=1",
                                                  "APList ssid=Caf\xC3\xA9 = two lines\tecn=0"));
  EXPECT_THAT(query("ssid", "ecn=1\tmac=*"), ElementsAre("APList ssid=Workshop"));
  EXPECT_THAT(query("ssid", "ecn=7"), IsEmpty());
  EXPECT_EQ(server_.code(last_), 0);
  query("channel", "*");
  EXPECT_EQ(server_.code(last_), -621);
  query("*", "channel=*");
  EXPECT_EQ(server_.code(last_), -101);
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Networks, that_nobody_finds_in_time_are_not_waited_for) {
  const auto before = now();
  EXPECT_EQ(do_command("DATA QUERY tablename=[APList],fielddesc=*,filter=*"), -12);
  EXPECT_LT(now() - before, 15s);
  EXPECT_TRUE(online());
}

TEST_F(Networks, are_none_without_Wi_Fi) {
  box_->system.can_wifi = false;
  query("*", "*");
  EXPECT_EQ(server_.code(last_), -708);
  EXPECT_EQ(server_.count(Kind::querydata), 0u);
}

}  // namespace
}  // namespace lintel::push
