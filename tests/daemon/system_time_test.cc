// Who keeps the machine's clock hears what the server says about it.
#include <gmock/gmock.h>

#include "engine/daemon/return_codes.h"
#include "tests/daemon/errands_fixture.h"
#include "tests/storage/crash_vfs.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SystemTime : public Errands {
 protected:
  std::int32_t set_time(std::chrono::sys_seconds utc) {
    pb::Request request;
    request.mutable_set_time()->set_utc_seconds(utc.time_since_epoch().count());
    const auto code = box().ask(request).code();
    box().settle();
    return code;
  }
  std::int32_t name_servers(const std::vector<std::string>& servers) {
    pb::Request request;
    auto& update = *request.mutable_update();
    update.set_table("ntpserverlist");
    auto& rows = *update.add_rows();
    rows.add_field("ServerAddress");
    for (const auto& server : servers)
      rows.add_value(server);
    const auto code = box().ask(request).code();
    box().pass(1s);
    return code;
  }
};

constexpr std::chrono::sys_seconds noon =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + 12h;

TEST_F(SystemTime, is_handed_over_with_the_uptime_at_which_it_was_so) {
  box().system.can_everything();
  EXPECT_EQ(0, set_time(noon));
  ASSERT_THAT(box().system.clocks, SizeIs(1));
  EXPECT_EQ(noon, box().system.clocks[0].first);
  box().pass(10s);
  EXPECT_EQ(0, set_time(noon + 1h));
  ASSERT_THAT(box().system.clocks, SizeIs(2));
  const auto between = box().system.clocks[1].second - box().system.clocks[0].second;
  EXPECT_GE(between, 10s);
  EXPECT_LT(between, 11s);
}

TEST_F(SystemTime, that_is_not_taken_is_not_handed_over) {
  EXPECT_EQ(0, set_time(noon));
  EXPECT_EQ(0, set_options("1", {{"NtpFunOn", "1"}}).code());
  box().system.clocks.clear();
  EXPECT_EQ(0, set_time(noon + 1h));
  EXPECT_THAT(box().system.clocks, IsEmpty()) << "NTP keeps the clock";
}

TEST_F(SystemTime, servers_are_named_when_they_change_and_at_every_start) {
  box().pass(1s);
  box().system.time_servers.clear();
  EXPECT_EQ(0, name_servers({"ntp.example", "192.0.2.123"}));
  ASSERT_THAT(box().system.time_servers, SizeIs(1));
  EXPECT_THAT(box().system.time_servers[0], ElementsAre("ntp.example", "192.0.2.123"));
  start_again();
  box().pass(1s);
  ASSERT_THAT(box().system.time_servers, SizeIs(2));
  EXPECT_THAT(box().system.time_servers[1], ElementsAre("ntp.example", "192.0.2.123"));
  pb::Request request;
  request.mutable_delete_()->set_table("ntpserverlist");
  request.mutable_delete_()->add_any();
  EXPECT_EQ(0, box().ask(request).code());
  box().pass(1s);
  ASSERT_THAT(box().system.time_servers, SizeIs(3));
  EXPECT_THAT(box().system.time_servers[2], IsEmpty()) << "those of the network again";
}

// ---- does the storage take a write? lintel-health asks before it calls a start a good one

class StorageProbe : public Errands {
 protected:
  StorageProbe() { vfs_ = disk_.name(); }
  std::int32_t probe(pb::Role role) {
    pb::Request request;
    request.mutable_probe_storage();
    return box().ask(request, role).code();
  }
  tests::CrashVfs disk_;
};

TEST_F(StorageProbe, is_answered_when_a_write_is_on_disk_and_refused_when_none_goes_there) {
  EXPECT_EQ(0, probe(pb::ROLE_TECHNICIAN));
  EXPECT_EQ(0, probe(pb::ROLE_TECHNICIAN)) << "another one in the same second";
  disk_.fail(tests::CrashVfs::Fault::change_fails, 0, true);
  EXPECT_GT(0, probe(pb::ROLE_TECHNICIAN));
  EXPECT_GT(0, probe(pb::ROLE_TECHNICIAN));
  disk_.heal();
  EXPECT_EQ(0, probe(pb::ROLE_TECHNICIAN));
}

TEST_F(StorageProbe, is_a_technicians) {
  EXPECT_EQ(daemon::codes::unauthorized, probe(pb::ROLE_WEB));
  EXPECT_EQ(daemon::codes::unauthorized, probe(pb::ROLE_PUSH));
}

}  // namespace
}  // namespace lintel::test
