// The program's loop: what wakes it, and how it ends.
#include "rootfs/system/loop.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/system/service.h"

namespace lintel::helper {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string text_at(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

bool comes_to_say(const std::string& path, const std::string& words) {
  for (int tries = 0; tries < 1'000; ++tries) {
    if (text_at(path).find(words) != std::string::npos) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

TEST(TheLoop, sees_a_wish_carries_it_out_and_ends_when_it_is_told_to) {
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  pthread_sigmask(SIG_BLOCK, &end, nullptr);  // its thread inherits that
  char made[] = "/tmp/lintel-loop-XXXXXX";
  ASSERT_NE(nullptr, ::mkdtemp(made));
  const std::string root = made;
  Paths paths;
  paths.wishes = root + "/wishes";
  paths.data = root;
  paths.config = root + "/config";
  paths.networkd = root + "/networkd";
  paths.timesyncd = root + "/timesyncd";
  paths.sys = root + "/sys";
  paths.version = root + "/version";
  std::atomic<int> reloads = 0;
  Service service([&](sd_bus_message* message) {
    if (member_of(message) != "org.freedesktop.network1.Manager.Reload")
      return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_SERVICE_UNKNOWN, "nobody");
    ++reloads;
    return sd_bus_reply_method_return(message, nullptr);
  });
  Result<void> ended = fail(Errc::busy, "it runs");
  std::thread loop([&] {
    auto bus = Bus::over(service.client());
    if (bus) ended = serve(paths, *bus);
  });
  std::filesystem::create_directory(paths.wishes);  // the engine starts later
  EXPECT_TRUE(comes_to_say(paths.wishes + "/network.now", "number=0\n"));
  EXPECT_TRUE(comes_to_say(paths.wishes + "/system.now", "number=0\n"));
  std::ofstream(paths.wishes + "/.network") << "number=1\nuplink=wired\naddress=192.0.2.7\nend=1\n";
  std::filesystem::rename(paths.wishes + "/.network", paths.wishes + "/network");
  EXPECT_TRUE(comes_to_say(paths.wishes + "/network.now", "number=1\n"));
  EXPECT_THAT(text_at(paths.networkd + "/60-lintel-wired.network"), HasSubstr("192.0.2.7/24"));
  EXPECT_LE(2, reloads);
  ::kill(::getpid(), SIGTERM);
  loop.join();
  EXPECT_TRUE(ended) << ended.error().text;
  std::filesystem::remove_all(root);
}

// The service manager starts it anew, with a new connection.
TEST(TheLoop, ends_with_an_error_when_the_bus_goes) {
  auto service = std::make_unique<Service>([](sd_bus_message* message) {
    return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_SERVICE_UNKNOWN, "nobody");
  });
  Paths paths;
  const std::string nowhere = "/tmp/lintel-nowhere-" + std::to_string(::getpid());
  for (auto* path : {&paths.wishes, &paths.config, &paths.sys, &paths.networkd, &paths.timesyncd})
    *path = nowhere + *path;
  auto bus = Bus::over(service->client());
  ASSERT_TRUE(bus);
  std::thread going([&] {
    std::this_thread::sleep_for(100ms);
    service.reset();
  });
  const auto ended = serve(paths, *bus);
  going.join();
  std::filesystem::remove_all(nowhere);
  ASSERT_FALSE(ended);
  EXPECT_EQ(Errc::gone, ended.error().code);
}

}  // namespace
}  // namespace lintel::helper
