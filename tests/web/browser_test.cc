// The page in a real browser: Debian's chromium, without a window, on loopback. Skipped where there
// is none. LINTEL_SCREENSHOT=FILE.png also keeps a picture of the console;
// LINTEL_SCREENSHOT_PHONE=1 and LINTEL_SCREENSHOT_DARK=1 say of which.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/fake_server/certificates.h"
#include "tests/web/chromium.h"
#include "tests/web/demo_engine.h"
#include "web/server.h"

namespace lintel::test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (!Chromium::installed()) GTEST_SKIP() << "chromium is not installed";
    play_an_afternoon(engine_);
    auto started = web::Server::start({"127.0.0.1", 0}, engine_.links());
    ASSERT_TRUE(started) << started.error().text;
    server_ = std::move(*started);
    chromium_ = std::make_unique<Chromium>();
  }

  void open(const Chromium::Screen& screen = {}) {
    chromium_->open("http://127.0.0.1:" + std::to_string(server_->port()) + "/", screen);
    ASSERT_TRUE(
        chromium_->wait_until("document.querySelectorAll('.door').length === 4 &&"
                              "document.querySelectorAll('.event').length >= 10"))
        << chromium_->page_text();
  }

  bool shows(const std::string& text) {
    return chromium_->wait_until("document.body.innerText.includes(" + quoted(text) + ")");
  }

  bool shows_now(const std::string& text) { return contains(chromium_->page_text(), text); }

  static std::string quoted(const std::string& text) { return "`" + text + "`"; }

  FakeEngine engine_;
  std::unique_ptr<web::Server> server_;
  std::unique_ptr<Chromium> chromium_;
};

TEST_F(Browser, ShowsTheDoorsAndWhatHappenedAtThem) {
  open();
  for (const char* text :
       {"Door 1", "Closed", "Released", "Forced open", "Normal open", "1 door in alarm",
        "User 1007", "Card 7654321", "Time zone 3 does not hold on Sunday at 14:02", "Online",
        "https://access.example.org", "2\u202f431", "1 day 2 h"}) {
    EXPECT_TRUE(shows(text)) << text << " in:\n" << chromium_->page_text();
  }
}

TEST_F(Browser, ShowsFireLockdownAndEmergencyInWordsAndPicture) {
  open();
  engine_.change([](pb::Status& status) {
    status.mutable_door(0)->set_fire(true);
    status.mutable_door(0)->set_locked_down(true);  // the fire is stronger
    status.mutable_door(1)->set_locked_down(true);
    status.mutable_door(3)->set_emergency_open(true);
    status.mutable_door(3)->set_locked(true);
  });
  for (const char* text : {"Open for fire", "Lockdown", "Emergency open"})
    EXPECT_TRUE(shows(text)) << text << " in:\n" << chromium_->page_text();
  EXPECT_EQ(chromium_->text_of("[...document.querySelectorAll('.door')]"
                               ".map((door) => door.dataset.state).join()"),
            "fire,lockdown,open,emergency");
  EXPECT_EQ(chromium_->text_of("document.querySelector('#summary').textContent"), "Fire");
  EXPECT_EQ(chromium_->text_of("String(new Set([...document.querySelectorAll('.door-drawing')]"
                               ".map((drawing) => drawing.innerHTML)).size)"),
            "4");
  engine_.change([](pb::Status& status) { status.mutable_door(0)->set_fire(false); });
  EXPECT_TRUE(chromium_->wait_until("document.querySelector('#summary').textContent==='Lockdown'"));
}

TEST_F(Browser, ResetsAntiPassbackOfOnePersonAtOnceAndOfAllAfterASecondPress) {
  open();
  const std::string press = "document.querySelector('#passback-reset').click(), 'pressed'";
  chromium_->text_of("document.querySelector('#passback-pin').value = '5', 'typed'");
  chromium_->text_of(press);
  EXPECT_TRUE(shows("Done: the next passage of user 5 is free.")) << chromium_->page_text();
  EXPECT_EQ(engine_.last_control().pin(), "5");
  chromium_->text_of("document.querySelector('#passback-pin').value = '', 'typed'");
  const auto before = engine_.asked().size();
  chromium_->text_of(press);
  EXPECT_TRUE(shows("Press again to reset everybody")) << chromium_->page_text();
  for (std::size_t at = before; at < engine_.asked().size(); ++at)
    EXPECT_FALSE(engine_.asked()[at].has_control());
  chromium_->text_of(press);
  EXPECT_TRUE(shows("Done: everybody\u2019s next passage is free.")) << chromium_->page_text();
}

TEST_F(Browser, ShowsAnEventAsItHappensAndSaysItAloud) {
  open();
  engine_.happen(event(23, 4, "88", "refused: no privilege for this door",
                       "This person has no privilege for door 4."));
  EXPECT_TRUE(shows("This person has no privilege for door 4.")) << chromium_->page_text();
  EXPECT_EQ(chromium_->text_of("document.querySelector('.event').dataset.index"), "184218");
  EXPECT_EQ(chromium_->text_of("document.querySelector('#announcer').textContent"),
            "Door 4, in: Refused: no privilege for this door: User 88");
}

TEST_F(Browser, SaysSinceWhenTheEngineIsAwayAndGoesOnWhenItIsBack) {
  open();
  engine_.leave();
  EXPECT_TRUE(
      shows("The engine does not answer since 14:05. The console shows the last known "
            "state."))
      << chromium_->page_text();
  EXPECT_TRUE(shows("Forced open"));
  engine_.change([](pb::Status& status) { status.mutable_door(2)->set_alarms(0); });
  engine_.happen(event(7, 3, "0", "the alarm was cancelled", "The server cancelled it."));
  engine_.come_back();
  EXPECT_TRUE(shows("The server cancelled it.")) << chromium_->page_text();
  EXPECT_TRUE(chromium_->wait_until("document.querySelector('#banner-away').hidden"));
  EXPECT_TRUE(chromium_->wait_until("!document.querySelector('.door-alarms li')"));
}

TEST_F(Browser, TakesAStoredScriptForText) {
  engine_.happen(event(0, 1, "<img/src/onerror=x>", "opened",
                       "<script>document.title='owned'</script><b>bold</b>"));
  engine_.change([](pb::Status& status) { status.set_trouble("<i>disk</i> is full"); });
  open();
  EXPECT_TRUE(shows("<script>document.title='owned'</script><b>bold</b>"))
      << chromium_->page_text();
  EXPECT_TRUE(shows("User <img/src/onerror=x>"));
  EXPECT_TRUE(shows("<i>disk</i> is full"));
  EXPECT_EQ(chromium_->text_of("String(document.querySelectorAll('main script, main b, main img, "
                               "main i, header i').length)"),
            "0");
  EXPECT_FALSE(contains(chromium_->text_of("document.title"), "owned"));
}

TEST_F(Browser, FitsAPhoneAndTheKeyboard) {
  open({.width = 390, .height = 844, .phone = true});
  EXPECT_EQ(chromium_->text_of("String(document.documentElement.scrollWidth)"), "390");
  chromium_->press("Tab");
  EXPECT_EQ(chromium_->text_of("document.activeElement.textContent"), "Skip to the events");
  chromium_->press("Enter");
  EXPECT_EQ(chromium_->text_of("document.activeElement.id"), "events-title");
}

TEST_F(Browser, KeepsAPictureForTheReader) {
  const char* file = ::getenv("LINTEL_SCREENSHOT");
  if (file == nullptr) GTEST_SKIP() << "LINTEL_SCREENSHOT names no file";
  Chromium::Screen screen;
  if (::getenv("LINTEL_SCREENSHOT_PHONE") != nullptr)
    screen = {.width = 390, .height = 844, .phone = true};
  screen.dark = ::getenv("LINTEL_SCREENSHOT_DARK") != nullptr;
  open(screen);
  chromium_->keep_picture(file);
}

TEST_F(Browser, AsksForTheCodeBeforeItShowsAnything) {
  const TempFolder folder;
  const auto files = fake::Authority::self_signed(folder.path(""), "127.0.0.1");
  auto started = web::Server::start({"127.0.0.1", 0}, engine_.links(), {},
                                    web::Security{files.certificate, files.key, "K7WQ-4MXP-2R"});
  ASSERT_TRUE(started) << started.error().text;
  chromium_.reset();
  chromium_ = std::make_unique<Chromium>(true);
  chromium_->open("https://127.0.0.1:" + std::to_string((*started)->port()) + "/", {});
  const auto type = [&](const std::string& code) {
    return chromium_->wait_until("(document.querySelector('#sign-in-code').value = '" + code +
                                 "', document.querySelector('#sign-in-open').click(), true)");
  };
  ASSERT_TRUE(shows("Code of this controller")) << chromium_->page_text();
  EXPECT_TRUE(chromium_->wait_until("document.activeElement.id === 'sign-in-code'"));
  EXPECT_FALSE(contains(chromium_->page_text(), "Events")) << "nothing that looks like a door";

  EXPECT_TRUE(type("K7WQ-4MXP-2S"));
  EXPECT_TRUE(shows("This is not the code of this controller.")) << chromium_->page_text();
  EXPECT_TRUE(type("K7WQ-4MXP-2R"));
  EXPECT_TRUE(chromium_->wait_until("document.querySelectorAll('.door').length === 4"))
      << chromium_->page_text();

  // The page is loaded anew, and with it goes whatever waits in it: asked again and again from
  // here.
  EXPECT_TRUE(chromium_->wait_until("(document.querySelector('#sign-out').click(), true)"));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!contains(chromium_->page_text(), "Code of this controller") &&
         std::chrono::steady_clock::now() < end)
    ::usleep(20'000);
  EXPECT_TRUE(contains(chromium_->page_text(), "Code of this controller"))
      << chromium_->page_text();
  EXPECT_EQ(chromium_->text_of("String(document.querySelectorAll('.door').length)"), "0");
}

TEST_F(Browser, TakesAFirmwareAndTellsHowItEnded) {
  const TempFolder folder;
  const auto files = fake::Authority::self_signed(folder.path(""), "127.0.0.1");
  auto started = web::Server::start({"127.0.0.1", 0}, engine_.links(), {},
                                    web::Security{files.certificate, files.key, "K7WQ-4MXP-2R"});
  ASSERT_TRUE(started) << started.error().text;
  chromium_.reset();
  chromium_ = std::make_unique<Chromium>(true);
  chromium_->open("https://127.0.0.1:" + std::to_string((*started)->port()) + "/", {});
  ASSERT_TRUE(shows("Code of this controller")) << chromium_->page_text();
  ASSERT_TRUE(
      chromium_->wait_until("(document.querySelector('#sign-in-code').value = 'K7WQ-4MXP-2R',"
                            "document.querySelector('#sign-in-open').click(), true)"));
  ASSERT_TRUE(chromium_->wait_until("document.querySelectorAll('.door').length === 4"));
  const auto bring = [&](std::size_t bytes) {
    return chromium_->wait_until(
        "(() => { const all = new DataTransfer();"
        "all.items.add(new File(['f'.repeat(" +
        std::to_string(bytes) +
        ")], 'new.raucb'));"
        "const input = document.querySelector('#firmware-file'); input.files = all.files;"
        "input.dispatchEvent(new Event('change'));"
        "document.querySelector('#firmware-bring').click(); return true; })()");
  };
  engine_.end_firmware_with(-24, "The signature is wrong.");
  ASSERT_TRUE(bring(600'000));
  EXPECT_TRUE(shows("The signature is wrong.")) << chromium_->page_text();
  EXPECT_EQ(engine_.firmware().size(), 600'000u);
  engine_.end_firmware_with(0, "The firmware is installed; the controller restarts with it.");
  ASSERT_TRUE(bring(10));
  EXPECT_TRUE(shows("the controller restarts with it.")) << chromium_->page_text();
  EXPECT_EQ(engine_.firmware(), "ffffffffff");
}

TEST_F(Browser, ShowsTheMachineAndWarnsOfItsCard) {
  open();
  EXPECT_FALSE(shows_now("Card wear"));
  EXPECT_FALSE(shows_now("Firmware")) << "over loopback nobody has signed in";
  engine_.change([](pb::Status& status) {
    status.set_warning("the card's wear is used up to 85 %: plan to exchange it");
    auto& machine = *status.mutable_machine();
    machine.set_slot("b");
    machine.set_version("0.2.0");
    machine.set_good(false);
    machine.set_temperature(415);
    machine.set_storage_life(85);
    machine.set_address("192.0.2.7");
  });
  for (const char* text : {"The card's wear is used up to 85 %", "0.2.0, slot b, on trial", "41.5",
                           "85 %", "192.0.2.7"})
    EXPECT_TRUE(shows(text)) << text << " in:\n" << chromium_->page_text();
}

}  // namespace
}  // namespace lintel::test
