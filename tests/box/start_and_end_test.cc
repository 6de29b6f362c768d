// Starting and ending: quickly, cleanly, and with one clear line when it cannot be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "tests/box/box.h"

namespace lintel::box {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::ptrdiff_t lines_in(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

Outcome run_with(const Box& box, Part part, const std::string& config) {
  const std::string file = box.directory() + "/other.conf";
  const std::string log = box.directory() + "/other.log";
  std::ofstream(file) << config;
  std::ofstream(log).close();
  return run(program_path(part), {"--config", file}, log);
}

// A service manager of the test: hears what programs tell it from now on.
class Manager {
 public:
  explicit Manager(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "200000", 1);
  }
  ~Manager() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  // Waits for this text; what came before it is passed over.
  bool hears(const std::string& text, std::chrono::milliseconds most) const {
    char said[256];
    return eventually(
        [&] {
          const auto size = ::recv(socket_.get(), said, sizeof said, 0);
          return size > 0 && std::string(said, static_cast<std::size_t>(size)) == text;
        },
        most);
  }
  void forget() const {
    char said[256];
    while (::recv(socket_.get(), said, sizeof said, 0) > 0) {
    }
  }

 private:
  UniqueFd socket_;
};

TEST(Watchdog, HearsOfAnEngineAsLongAsItTurns) {
  Box box;
  const Manager manager(box.directory() + "/notify");
  box.start(Part::engine);
  EXPECT_TRUE(manager.hears("READY=1", 20s));
  EXPECT_TRUE(manager.hears("STATUS=deciding at 4 doors", 20s));
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(manager.hears("WATCHDOG=1", 5s)) << "an idle box turns as well";
  box.stop(Part::engine);
  manager.forget();
  EXPECT_FALSE(manager.hears("WATCHDOG=1", 500ms)) << "the manager ends it now";
}

TEST(Watchdog, HearsOfPushAndOfTheConsole) {
  Box box;
  const Manager manager(box.directory() + "/notify");
  box.start(Part::push);
  EXPECT_TRUE(manager.hears("READY=1", 20s));
  EXPECT_TRUE(manager.hears("WATCHDOG=1", 5s)) << "with no engine to speak to";
  box.kill(Part::push);
  manager.forget();
  box.start(Part::web);
  EXPECT_TRUE(manager.hears("READY=1", 20s));
  EXPECT_TRUE(manager.hears("WATCHDOG=1", 5s)) << "with no engine to ask";
}

TEST(StartAndEnd, EachProgramEndsWhenAsked) {
  Box box;
  box.start_all();
  for (const Part part : {Part::web, Part::push, Part::engine}) {
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_EQ(box.end(part, 10s), 0) << program_path(part);
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 3s) << program_path(part);
  }
}

TEST(StartAndEnd, EachProgramEndsWhenTheOthersAreDead) {
  Box box;
  box.start_all();
  box.server_dies();
  box.kill(Part::engine);
  EXPECT_EQ(box.end(Part::push, 10s), 0);
  EXPECT_EQ(box.end(Part::web, 10s), 0);
}

TEST(StartAndEnd, PushAndWebWaitForAnEngineThatComesLater) {
  Box box;
  box.start(Part::web);
  box.start(Part::push);
  EXPECT_FALSE(eventually([&] { return !box.runs(Part::push) || !box.runs(Part::web); }, 300ms));
  box.start(Part::engine);
  EXPECT_TRUE(
      box.server.wait_until([&] { return box.server.count(fake::Kind::getrequest) > 0; }, 60s));
}

TEST(StartAndEnd, AMisspeltSettingIsOneLineAndExitCode2) {
  const Box box;
  for (const Part part : all_parts) {
    const auto outcome = run_with(box, part, box.config_text() + "[push]\nservre = http://x\n");
    EXPECT_EQ(outcome.code, 2) << program_path(part);
    EXPECT_EQ(lines_in(outcome.said), 1) << outcome.said;
    EXPECT_THAT(outcome.said, HasSubstr("line 15: [push] servre is no setting of Lintel"));
  }
}

TEST(StartAndEnd, AWrongValueIsOneLineAndExitCode2) {
  const Box box;
  for (const Part part : all_parts) {
    const auto outcome = run_with(box, part, "[device]\nserial = 1\n[hal]\nboard = sim:99\n");
    EXPECT_EQ(outcome.code, 2) << program_path(part);
    EXPECT_EQ(lines_in(outcome.said), 1) << outcome.said;
    EXPECT_THAT(outcome.said, HasSubstr("line 4: [hal] board must be sim:N with N from 1 to 16"));
  }
}

TEST(StartAndEnd, AMissingFileIsOneLineAndExitCode2) {
  const Box box;
  for (const Part part : all_parts) {
    const auto outcome =
        run(program_path(part), {"--config", "/nowhere/lintel.conf"}, box.directory() + "/x.log");
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.said, HasSubstr("/nowhere/lintel.conf cannot be read"));
  }
}

TEST(StartAndEnd, ASecondEngineOnTheSameConfigurationIsRefused) {
  Box box;
  box.start_all();
  const auto outcome = run_with(box, Part::engine, box.config_text());
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.said, HasSubstr(box.directory() + "/sim.sock"));
  EXPECT_TRUE(box.deciding());
  EXPECT_TRUE(box.client(pb::ROLE_TECHNICIAN).has_value());
}

TEST(StartAndEnd, ASecondEngineOnTheSameStorageIsRefused) {
  Box box;
  box.start_all();
  const std::string elsewhere = "[device]\nserial = 1\n[storage]\npath = " + box.directory() +
                                "/state\n[hal]\nsimulator = " + box.directory() +
                                "/other-sim.sock\n[api]\nsocket = " + box.directory() +
                                "/other-engine.sock\n";
  const auto outcome = run_with(box, Part::engine, elsewhere);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(lines_in(outcome.said), 1) << outcome.said;
  EXPECT_THAT(outcome.said, HasSubstr(box.directory() + "/state"));
  EXPECT_TRUE(box.runs(Part::engine));
  EXPECT_TRUE(box.deciding());
}

}  // namespace
}  // namespace lintel::box
