// lintel-web as it is started and ended.
#include "tests/web/program.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <optional>

#include "tests/web/demo_engine.h"
#include "tests/web/visitor.h"
#include "web/server.h"

namespace lintel::test {
namespace {

class LintelWeb : public testing::Test {
 protected:
  std::string config(const std::string& listen) {
    const std::string file = folder_.path("lintel.conf");
    std::ofstream(file) << "[device]\nserial = S1\n[storage]\npath = " << folder_.path("state")
                        << "\n[api]\nsocket = " << folder_.path("engine.sock")
                        << "\n[web]\nlisten = " << listen << "\n";
    return file;
  }
  TempFolder folder_;
};

// A port that nobody has at the moment: the kernel gave it to a server that has ended.
std::uint16_t free_port() {
  FakeEngine engine;
  auto server = web::Server::start({"127.0.0.1", 0}, engine.links());
  return (*server)->port();
}

TEST_F(LintelWeb, ServesTheEnginesStateAndEndsOnASignal) {
  FakeEngine engine;
  play_an_afternoon(engine);
  const ServedEngine served(engine, folder_.path("engine.sock"));
  std::uint16_t port = 0;
  std::optional<Program> program;
  do {  // another test may take the port in between
    port = free_port();
    program.emplace("lintel-web", std::vector<std::string>{
                                      "--config", config("127.0.0.1:" + std::to_string(port))});
  } while (!program->complains("the console is at http://127.0.0.1:" + std::to_string(port)));
  EXPECT_TRUE(open_stream(port).hears("3383154200002"));
  engine.happen(event(27, 1, "0", "refused: not registered", "Nobody's."));
  program->signal(SIGTERM);
  EXPECT_EQ(program->exit_code(), 0);
  EXPECT_EQ(program->complaints().find("7654321"), std::string::npos);  // no card in a log
}

TEST_F(LintelWeb, ServesNoNetworkWithoutACodeToSignInWith) {
  Program program("lintel-web", {"--config", config("0.0.0.0:8080")});
  EXPECT_NE(program.complaints().find("over a network the console wants https"), std::string::npos);
  EXPECT_EQ(program.exit_code(), 2);
}

TEST_F(LintelWeb, WaitsForItsEndWithoutAnAddress) {
  Program program("lintel-web", {"--config", config("")});
  EXPECT_TRUE(program.complains("there is no console"));
  program.signal(SIGTERM);
  EXPECT_EQ(program.exit_code(), 0);
}

TEST_F(LintelWeb, SaysWhatIsWrongWithItsCallOrConfiguration) {
  Program no_file("lintel-web", {});
  EXPECT_EQ(no_file.complaints(), "lintel-web: usage: lintel-web --config FILE\n");
  EXPECT_EQ(no_file.exit_code(), 2);
  Program bad_key("lintel-web", {"--config", config("127.0.0.1:8080\nlogin = none")});
  EXPECT_NE(bad_key.complaints().find("[web] login is no setting of Lintel"), std::string::npos);
  EXPECT_EQ(bad_key.exit_code(), 2);
}

TEST_F(LintelWeb, SaysWhichAddressIsTaken) {
  FakeEngine engine;
  const auto other = web::Server::start({"127.0.0.1", 0}, engine.links());
  const auto port = std::to_string((*other)->port());
  Program program("lintel-web", {"--config", config("127.0.0.1:" + port)});
  EXPECT_NE(program.complaints().find("listen at 127.0.0.1 port " + port), std::string::npos);
  EXPECT_EQ(program.exit_code(), 1);
}

}  // namespace
}  // namespace lintel::test
