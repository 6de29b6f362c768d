// The page in a real browser: Debian's chromium, without a window, on loopback. Skipped where there
// is none. LINTEL_SCREENSHOT=FILE.png also keeps a picture of the console; LINTEL_SCREENSHOT_SIZE
// (1200,800) and LINTEL_SCREENSHOT_DARK=1 say which.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "tests/web/demo_engine.h"
#include "web/server.h"

namespace lintel::test {
namespace {

bool have_chromium() {
  return ::access("/usr/bin/chromium", X_OK) == 0;
}

// What the command writes to its standard output.
std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 4096> buffer{};
  while (const auto got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), got);
  ::pclose(pipe);
  return text;
}

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_chromium()) GTEST_SKIP() << "chromium is not installed";
    play_an_afternoon(engine_);
    auto started = web::Server::start({"127.0.0.1", 0}, engine_.links());
    ASSERT_TRUE(started) << started.error().text;
    server_ = std::move(*started);
  }

  std::string chromium(const std::string& what) {
    return output_of("HOME=" + folder_.path("home") +
                     " timeout 90 /usr/bin/chromium --headless --no-sandbox --disable-gpu "
                     "--disable-dev-shm-usage --no-first-run --disable-extensions "
                     "--disable-background-networking --disable-component-update "
                     "--user-data-dir=" +
                     folder_.path("profile") + " --timeout=4000 " + what + " http://127.0.0.1:" +
                     std::to_string(server_->port()) + "/ 2>" + folder_.path("chromium.log"));
  }

  FakeEngine engine_;
  TempFolder folder_;
  std::unique_ptr<web::Server> server_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Browser, ShowsTheDoorsAndWhatHappenedAtThem) {
  const auto page = chromium("--dump-dom");
  EXPECT_TRUE(contains(page, "Door 1")) << page;
  EXPECT_TRUE(contains(page, "Forced open")) << page;
  EXPECT_TRUE(contains(page, "Time zone 3 does not hold on Sunday at 14:02")) << page;
  EXPECT_TRUE(contains(page, "User 1007")) << page;
  EXPECT_TRUE(contains(page, "Online")) << page;
}

TEST_F(Browser, TakesAStoredScriptForText) {
  engine_.happen(event(0, 1, "<img/src/onerror=x>", "opened",
                       "<script>document.title='owned'</script><b>bold</b>"));
  engine_.change([](pb::Status& status) { status.set_trouble("<i>disk</i>"); });
  const auto page = chromium("--dump-dom");
  EXPECT_TRUE(contains(page, "&lt;script&gt;document.title='owned'&lt;/script&gt;")) << page;
  EXPECT_TRUE(contains(page, "User &lt;img/src/onerror=x&gt;")) << page;
  EXPECT_TRUE(contains(page, "&lt;i&gt;disk&lt;/i&gt;")) << page;
  EXPECT_FALSE(contains(page, "<title>owned")) << page;
}

TEST_F(Browser, KeepsAPictureForTheReader) {
  const char* file = ::getenv("LINTEL_SCREENSHOT");
  if (file == nullptr) GTEST_SKIP() << "LINTEL_SCREENSHOT names no file";
  const char* size = ::getenv("LINTEL_SCREENSHOT_SIZE");
  const bool dark = ::getenv("LINTEL_SCREENSHOT_DARK") != nullptr;
  chromium(std::string("--hide-scrollbars --window-size=") + (size ? size : "1200,800") +
           (dark ? " --blink-settings=preferredColorScheme=0" : "") + " --screenshot=" + file);
  EXPECT_EQ(::access(file, R_OK), 0) << file;
}

}  // namespace
}  // namespace lintel::test
