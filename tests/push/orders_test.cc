// Orders that are carried out by push itself, or of which the result comes later.
#include <fstream>

#include "push/registration.h"
#include "tests/push/scripted_link.h"
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Kind;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Orders : public World {
 protected:
  void SetUp() override { go_online(); }
};

TEST_F(Orders, test_whether_a_host_answers) {
  hosts_["192.0.2.74:8092"] = true;
  hosts_["192.0.2.75:8092"] = false;
  EXPECT_EQ(do_command("Test Host Address=192.0.2.74:8092"), 0);
  EXPECT_EQ(do_command("Test Host Address=192.0.2.75:8092"), -2);
  const auto before = now();
  EXPECT_EQ(do_command("Test Host Address=192.0.2.76:8092"), -2);
  EXPECT_LT(now() - before, 10s);  // five seconds of silence, and the way there and back
  EXPECT_EQ(do_command("Test Host Address=192.0.2.76"), -618);
  EXPECT_EQ(do_command("Test Host"), -11);
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Orders, for_the_battery_send_the_states_once_more) {
  run(5s);
  const auto before = server_.count(Kind::rtstate);
  EXPECT_EQ(do_command("CONTROL DEVICE 05000000"), 0);
  run(1s);
  EXPECT_EQ(server_.count(Kind::rtstate), before + 1);
}

TEST_F(Orders, for_what_the_box_has_not_say_so) {
  EXPECT_EQ(do_command("CONTROL DEVICE 0D000000"), 0);
  EXPECT_EQ(do_command("ENROLL_BIO TYPE=9\tNO=0\tPIN=1\tRETRY=3\tOVERWRITE=1\tMODE=1"), -708);
  EXPECT_EQ(do_command("SET ADSCREEN_OPTIONS InOut=0,Area=1"), -708);
  EXPECT_EQ(do_command("CONTROL DEVICE 0A010000"), -708);
  EXPECT_EQ(do_command("CONTROL DEVICE 0B050000"), -11);
  EXPECT_EQ(do_command("ENROLL_INFO TYPE=1\tPIN=1"), -11);
  EXPECT_EQ(do_command("UPGRADE type=1,checksum=a5bf4dcd6020f408589224274aab132d,size=1,"
                       "url=http://192.0.2.1/other.cfg"),
            -25);
  EXPECT_EQ(do_command("UPGRADE supportsubcontracting=1,size=1,url=http://198.51.100.7/emfw.cfg,"
                       "checksum=a5bf4dcd6020f408589224274aab132d"),
            -618);
}

TEST_F(Orders, that_are_taken_stand_in_the_list_of_functions) {
  const auto id = server_.queue("GET OPTIONS AccSupportFunList");
  run(5s);
  const auto list = server_.got_options(id)["AccSupportFunList"];
  EXPECT_EQ(server_.registry()["AccSupportFunList"], list);
  ASSERT_EQ(list.size(), 67u);
  EXPECT_EQ(list[10], '1');  // Wiegand test
  EXPECT_EQ(list[11], '1');  // ACCOUNT
  EXPECT_EQ(list[40], '1');  // remote registration
  EXPECT_EQ(list[36], '0');  // advertisements
  EXPECT_EQ(list[2], '1');   // the engine's own: lock door
  EXPECT_EQ(server_.registry()["SubcontractingUpgradeFunOn"], "1");
  EXPECT_EQ(server_.registry()["UserPicURLFunOn"], "1");
}

TEST_F(Orders, for_firmware_bring_it_to_the_installer) {
  std::string file(3'000'000, 'x');
  for (std::size_t i = 0; i < file.size(); i += 97) {
    file[i] = static_cast<char>(i);
  }
  const std::string what =
      ",checksum=" + fake::md5_hex(file) + ",size=" + std::to_string(file.size());
  EXPECT_EQ(do_command("UPGRADE type=1,url=/a/emfw.cfg" + what), -708);  // there is no installer
  box_->system.can_install = true;
  run(3s);  // the engine looks at its system every other second
  server_.serve("/a/emfw.cfg", file, fake::FileDesk::Style::base64);
  server_.serve("/b/emfw.cfg", file);
  std::size_t installed = 0;
  for (const char* command : {"UPGRADE url=http*//localhost*8088\\a\\emfw.cfg",
                              "UPGRADE type=1,url=http://192.0.2.1:8088/b/emfw.cfg",
                              "UPGRADE supportsubcontracting=1,url=/b/emfw.cfg"}) {
    const auto id = server_.queue(command + what);
    ASSERT_TRUE(run_until([&] { return box_->system.files.size() > installed; }, 60s)) << command;
    installed = box_->system.files.size();
    std::ifstream kept(box_->system.files.back(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(kept)), {});
    EXPECT_EQ(fake::md5_hex(bytes), fake::md5_hex(file)) << command;
    EXPECT_EQ(server_.code(id), std::nullopt) << command;  // only the installer knows how it ends
    box_->system.installer = 0;
    ASSERT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 10s)) << command;
    EXPECT_EQ(server_.results(id).at(0).code, 0);
    EXPECT_EQ(server_.results(id).at(0).command, "UPGRADE");
    box_->system.installer.reset();
  }
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

// ---- what goes to the engine

class ToTheEngine : public ::testing::Test {
 protected:
  Executor::Execution execute(const std::string& text) {
    if (!line_.ready()) return {Executor::Outcome::engine_away};
    const std::string reply = "C:7:" + text;
    return executor_.execute(split_commands(reply, "1").commands.at(0), Uptime{});
  }
  pb::Request seen_;
  pb::Reply reply_;
  EngineLine line_{[this]() -> Result<std::unique_ptr<api::Link>> {
                     return std::make_unique<ScriptedLink>([this](const pb::Request& request) {
                       seen_ = request;
                       return reply_;
                     });
                   },
                   [] { return Uptime{}; }};
  Session session_;
  Executor executor_{line_,
                     session_,
                     {.serial = "1",
                      .upload = [](const Parcel&) { return Executor::Delivery::taken; },
                      .transports = {},
                      .test_host = {}}};
};

TEST_F(ToTheEngine, a_command_goes_with_the_words_of_its_result) {
  execute("DATA UPDATE user Pin=1");
  EXPECT_EQ(seen_.update().command().words(), "DATA UPDATE");
  execute("DATA DELETE user Pin=1");
  EXPECT_EQ(seen_.delete_().command().words(), "DATA DELETE");
  execute("set options Door1Drivertime=5");
  EXPECT_EQ(seen_.set_options().command().words(), "set options");
  execute("CONTROL DEVICE 09010000");
  EXPECT_EQ(seen_.control().command().words(), "CONTROL DEVICE");
  EXPECT_EQ(seen_.control().verb(), pb::Control::WIEGAND_TEST);
  EXPECT_EQ(seen_.control().expires_uptime_ns(), 0);
  execute("ENROLL_INFO PIN=1");
  EXPECT_EQ(seen_.enroll().command().words(), "ENROLL_INFO");
  execute("UPGRADE type=1,size=9,url=/emfw.cfg,checksum=a5bf4dcd6020f408589224274aab132d");
  EXPECT_EQ(seen_.upgrade().command().words(), "UPGRADE");
  EXPECT_EQ(seen_.upgrade().command().id(), "7");
}

TEST_F(ToTheEngine, an_order_that_takes_long_has_its_result_later) {
  reply_.set_pending(true);
  EXPECT_EQ(execute("ENROLL_INFO PIN=1\tRETRY=3\tMODE=1").outcome, Executor::Outcome::later);
  EXPECT_EQ(execute("CONTROL DEVICE 0B020000").outcome, Executor::Outcome::later);
  reply_.set_pending(false);
  reply_.set_code(-11);
  const auto refused = execute("ENROLL_INFO PIN=1");
  EXPECT_EQ(refused.outcome, Executor::Outcome::done);
  EXPECT_EQ(refused.code, -11);
}

}  // namespace
}  // namespace lintel::push
