// What a program tells its service manager.
#include "engine/api/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

namespace lintel::api {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// A manager that listens.
struct AManager : testing::Test {
  AManager() {
    std::string form = (std::filesystem::temp_directory_path() / "lintel-notify-XXXXXX").string();
    folder = ::mkdtemp(form.data());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = folder + "/notify";
    path.copy(address.sun_path, path.size());
    socket.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("bind");
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
  }
  ~AManager() override {
    ::unsetenv("NOTIFY_SOCKET");
    std::filesystem::remove_all(folder);
  }
  std::vector<std::string> heard() const {
    std::vector<std::string> all;
    char text[256];
    for (ssize_t size; (size = ::recv(socket.get(), text, sizeof text, 0)) > 0;)
      all.emplace_back(text, static_cast<std::size_t>(size));
    return all;
  }
  std::string folder;
  UniqueFd socket;
};

TEST_F(AManager, HearsThatAProgramIsReadyAndWhatItIsAt) {
  Service service;
  service.ready();
  service.status("deciding at 4 doors");
  EXPECT_THAT(heard(), ElementsAre("READY=1", "STATUS=deciding at 4 doors"));
}

TEST_F(AManager, HearsOfTurnsWhereItWaitsForThem) {
  Service nobody_waits;
  EXPECT_FALSE(nobody_waits.turn_within());
  nobody_waits.turned();
  EXPECT_THAT(heard(), IsEmpty());

  ::setenv("WATCHDOG_USEC", "200000", 1);
  Service service;
  ASSERT_EQ(service.turn_within(), 100ms);
  const auto end = std::chrono::steady_clock::now() + 300ms;
  while (std::chrono::steady_clock::now() < end)
    service.turned();
  const auto told = heard();
  EXPECT_GE(told.size(), 2u);
  EXPECT_LE(told.size(), 7u) << "every turn would be a thousand a second";
  for (const auto& text : told)
    EXPECT_EQ(text, "WATCHDOG=1");
}

TEST_F(AManager, WaitsForItsOwnProgramOnly) {
  ::setenv("WATCHDOG_USEC", "200000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(Service().turn_within()) << "these words were for somebody else";
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_TRUE(Service().turn_within());
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_FALSE(Service().turn_within());
}

TEST(Service, TellsNobodyWhereNobodyListens) {
  ::unsetenv("NOTIFY_SOCKET");
  Service service;
  service.ready();
  service.turned();
  ::setenv("NOTIFY_SOCKET", "/nowhere/notify", 1);
  Service deaf;
  deaf.ready();
  EXPECT_FALSE(deaf.turn_within());
  ::unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace lintel::api
