#include <gtest/gtest.h>

#include "push/command.h"
#include "push/executor.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/victim.h"

namespace lintel::fuzz {
namespace {

using namespace std::chrono;

const std::vector<std::string>& replies() {
  static const std::vector<std::string> corpus = {
      "C:1:DATA UPDATE user CardNo=15\tPin=9\tPassword=\tGroup=0\tStartTime=0\tEndTime=0\tName=Bo",
      "C:2:DATA UPDATE user Pin=5\tCardNo=[15CD5B07]\nPin=6\tDisable=1\r\n",
      "C:3:DATA UPDATE userauthorize Pin=9\tAuthorizeTimezoneId=1\tAuthorizeDoorId=3\tDevID=1",
      "C:4:DATA UPDATE mulcarduser Pin=9\tCardNo=1a2b\tLossCardFlag=0\tCardType=0",
      "C:5:DATA UPDATE timezone TimezoneId=3\tSunTime1=2359\tMonTime1=58984140\tHol1Time3=0",
      "C:6:DATA UPDATE holiday Holiday=20261225\tHolidayType=1\tLoop=1",
      "C:7:DATA UPDATE DoorParameters ID=1\tName=DoorDrivertime\tValue=5\tDevID=1",
      "C:8:DATA UPDATE WGFormat ID=1\tCardBit=26\tSiteCode=0\tFormatName=a\tCardFormat="
      "pccccccccccccccccccccccccp:eeeeeeeeeeeeeooooooooooooo",
      "C:9:DATA DELETE user Pin=9",
      "C:10:DATA DELETE holiday *",
      "C:11:DATA COUNT user",
      "C:12:DATA QUERY tablename=user,fielddesc=Pin;CardNo,filter=Pin=1",
      "C:13:DATA QUERY tablename=transaction,fielddesc=*,filter=NewRecord\tstarttime=0",
      "C:14:SET OPTIONS Door1Drivertime=5,Door2SensorType=0,MachineTZ=+0000",
      "C:15:GET OPTIONS ~SerialNumber,LockCount,Door1Drivertime,*",
      "C:16:CONTROL DEVICE 02000000",
      "C:17:CONTROL DEVICE 0401010000",
      "C:18:SET OPTIONS DateTime=864432000",
      "C:19:DATA UPDATE biophoto PIN=1\tType=9\tNo=0\tIndex=0\tSize=4\tContent=QUJD",
      "registry=ok\r\nC:20:DATA UPDATE ExtBoardID=1\tDevID=1\tDevType=2\r\n\r\nC:21:CONTROL DEVICE "
      "06010000\n",
  };
  return corpus;
}

class StationLink : public api::Link {
 public:
  StationLink(sim::Station& station, api::PeerId peer) : station_(station), peer_(peer) {}
  Result<pb::Reply> call(const pb::Request& request, milliseconds) override {
    auto reply = station_.ask(peer_, request);
    if (!reply) return fail(Errc::timeout, "the engine does not answer");
    return *std::move(reply);
  }
  Result<std::optional<pb::Notice>> next_notice(milliseconds) override {
    return station_.take_notice(peer_);
  }

 private:
  sim::Station& station_;
  api::PeerId peer_;
};

// Half-right commands of a server: each is carried out, or refused with nothing changed.
TEST(CommandFuzz, ARefusedCommandChangesNothing) {
  Victim victim;
  sim::Chance chance(13);
  push::EngineLine line(
      [&]() -> Result<std::unique_ptr<api::Link>> {
        return std::make_unique<StationLink>(victim.station,
                                             victim.station.add_peer(pb::ROLE_PUSH));
      },
      [&] { return victim.station.clock.now().uptime; });
  ASSERT_TRUE(line.ready());
  unsigned packets = 0;
  push::Session session;
  push::Executor executor(line, session,
                          {.serial = "3383154200002",
                           .upload =
                               [&](const push::Parcel&) {
                                 ++packets;
                                 return push::Executor::Delivery::taken;
                               },
                           .transports = {},
                           .test_host = [](const auto&, auto, auto) { return false; }});
  unsigned refused = 0, done = 0;
  auto digest = victim.digest();
  for (unsigned count = cases(1'500); count > 0; --count) {
    const std::string reply = mutated(replies(), chance);
    const auto list = push::split_commands(reply, "3383154200002");
    for (const auto& command : list.commands) {
      const auto now_it_is = victim.station.clock.now().uptime;
      const auto execution = executor.execute(command, now_it_is);
      // A restart that was commanded is another test's.
      ASSERT_EQ(execution.outcome, push::Executor::Outcome::done) << reply;
      victim.station.settle_all();
      if (execution.code >= 0) {
        ++done;
        digest = victim.digest();
        continue;
      }
      ++refused;
      ASSERT_EQ(victim.digest(), digest) << "refused with " << execution.code << ": " << reply;
    }
  }
  EXPECT_GT(refused, 100u);
  EXPECT_GT(done, 40u);
  EXPECT_GT(packets, 0u);
}

}  // namespace
}  // namespace lintel::fuzz
