// The image, in QEMU, as a customer has it: nothing in it but what ships. Beside it, in the initrd,
// an agent that plays the doors (agent/main.cc), and outside a PUSH server. An emulated processor
// is slow; these are stories, not measurements. LINTEL_IMAGE_TESTS names the folder that `prepare`
// has filled.
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/box/box.h"
#include "tests/fake_server/demo_people.h"
#include "tests/fake_server/fake_server.h"
#include "tests/fake_server/http_front.h"
#include "tests/image/disk_log.h"
#include "tests/image/machine.h"

namespace lintel::image {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t card = 1'000'003;
constexpr auto start_time = 240s;  // of an emulated machine on a busy one
constexpr auto soon = 60s;

std::string prepared() {
  const char* folder = std::getenv("LINTEL_IMAGE_TESTS");
  return folder == nullptr ? "" : folder;
}

std::string whole_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

fake::Settings eager_server() {
  fake::Settings settings;
  settings.configure("RequestDelay", "1");
  settings.configure("ErrorDelay", "1");
  return settings;
}

// A card of its own, with an installer's files on it, a machine, and a server outside.
struct ACard : testing::Test {
  ACard() : server(eager_server()), front(server) {}
  void SetUp() override {
    if (prepared().empty())
      GTEST_SKIP() << "LINTEL_IMAGE_TESTS names no folder; ./dev image test does";
    std::string form = (std::filesystem::temp_directory_path() / "lintel-image-XXXXXX").string();
    folder = ::mkdtemp(form.data());
    disk = folder + "/card.img";
    run("/usr/bin/cp", {"--sparse=always", prepared() + "/card.img", disk});
    write_configuration();
  }
  void TearDown() override {
    machine.reset();
    if (!folder.empty()) std::filesystem::remove_all(folder);
  }

  void run(const std::string& program, const std::vector<std::string>& words) const {
    const auto done = box::run(program, words, folder + "/commands.log");
    ASSERT_EQ(done.code, 0) << program << ": " << done.said;
  }
  // What an installer puts on the card's first partition, which begins at 1 MiB.
  void write_configuration() const {
    std::ofstream(folder + "/lintel.conf")
        << "[device]\nserial = @SERIAL@\n[storage]\npath = /data/lintel\n[hal]\nboard = "
           "gpio:/data/config/board.conf\nguard = /run/lintel-guard/guard.sock\n[push]\nserver = "
           "http://10.0.2.2:"
        << front.port()
        << "\n[system]\nfolder = /run/lintel/system\n[web]\nlisten = 0.0.0.0:443\n"
           "certificate = /data/config/tls/console.crt\nkey = /data/config/tls/console.key\n"
           "claim = /data/config/claim\nredirect = 0.0.0.0:80\n[api]\nsocket = "
           "/run/lintel/engine.sock\npush_user = lintel-push\nweb_user = lintel-web\n";
    const std::string partition = disk + "@@1M";
    run("/usr/bin/mcopy", {"-o", "-i", partition, folder + "/lintel.conf", "::lintel/lintel.conf"});
    run("/usr/bin/mcopy", {"-o", "-i", partition, LINTEL_SOURCE_DIR "/hal/boards/gpio-sim.conf",
                           "::lintel/board.conf"});
  }

  void power_on(Machine::Options options = {}) {
    options.disk = disk;
    options.folder = folder + "/machine-" + std::to_string(++machines);
    machine = std::make_unique<Machine>(options);
  }
  // The engine decides: the button at the second door releases its lock.
  bool decides() {
    if (!box::eventually([&] { return lock(2) == at_rest(2); }, 20s)) return false;
    machine->agent("pull door2.rex down");
    const bool released = box::eventually([&] { return lock(2) != at_rest(2); }, 3s);
    machine->agent("pull door2.rex up");
    return released;
  }
  // Door 2 is held by current, door 1 opens by it.
  static bool at_rest(unsigned door) { return door == 2; }
  void wait_for_doors() {
    ASSERT_TRUE(machine->wait_for_agent(start_time));
    ASSERT_TRUE(box::eventually([&] { return decides(); }, start_time));
  }
  bool is_there(const std::string& path) { return machine->agent("exists " + path) == "ok"; }
  void wait_for_server() {
    ASSERT_TRUE(server.wait_until([&] { return server.count(fake::Kind::rtlog) > 0; }, start_time))
        << "nothing has come from the machine";
  }
  void send(const std::vector<std::string>& commands) {
    for (const auto& command : commands) {
      const auto id = server.queue(command);
      ASSERT_TRUE(server.wait_until([&] { return server.code(id).has_value(); }, soon)) << command;
      EXPECT_EQ(server.code(id), 0) << command;
    }
  }
  void power_on_with_somebody() {
    power_on();
    wait_for_doors();
    if (HasFatalFailure()) return;
    wait_for_server();
    if (HasFatalFailure()) return;
    send(box::person(1, card));
  }
  void swipe(unsigned reader) {
    const auto name = "reader" + std::to_string(reader);
    EXPECT_EQ(machine->agent("frame " + name + ".d0 " + name + ".d1 " + fake::frame26(card)), "ok");
  }
  bool lock(unsigned door) {
    return machine->agent("level door" + std::to_string(door) + ".lock") == "ok 1";
  }
  // Empty: it does not run.
  std::string pid_of(const std::string& program) {
    const auto said = machine->agent("process " + program);
    const std::string form = "ok pid=";
    return said.rfind(form, 0) == 0
               ? said.substr(form.size(), said.find(' ', form.size()) - form.size())
               : "";
  }
  bool opens(unsigned door) {
    swipe(2 * door - 1);
    return box::eventually([&] { return lock(door); }, soon);
  }
  std::size_t events_of(unsigned code) const {
    const auto events = server.events();
    return static_cast<std::size_t>(std::count_if(
        events.begin(), events.end(), [&](const auto& event) { return event.code == code; }));
  }
  bool hears(unsigned code, std::size_t count, std::chrono::milliseconds most = soon) {
    return server.wait_until([&] { return events_of(code) >= count; }, most);
  }
  // Whatever certificate it shows: 0, nobody answered.
  int console_says(const std::string& path, std::string& body) {
    namespace net = Poco::Net;
    try {
      const net::Context::Ptr context =
          new net::Context(net::Context::TLS_CLIENT_USE, "", net::Context::VERIFY_NONE, 9, false);
      net::HTTPSClientSession session("127.0.0.1", machine->https_port(), context);
      session.setTimeout(Poco::Timespan(20, 0));
      net::HTTPRequest request("GET", path, "HTTP/1.1");
      session.sendRequest(request);
      net::HTTPResponse response;
      body.clear();
      Poco::StreamCopier::copyToString(session.receiveResponse(response), body);
      return response.getStatus();
    } catch (const Poco::Exception& e) {
      body = e.displayText();
      return 0;
    }
  }
  std::string version() {
    const auto said = machine->agent("read /etc/lintel-version");
    std::string text;
    for (std::size_t at = 3; at + 1 < said.size(); at += 2)
      text += static_cast<char>(std::stoi(said.substr(at, 2), nullptr, 16));
    return text.substr(0, text.find('\n'));
  }

  std::string folder, disk;
  unsigned machines = 0;
  fake::FakeServer server;
  fake::HttpFront front;
  std::unique_ptr<Machine> machine;  // last: it ends before what it speaks to
};

TEST_F(ACard, DecidesAtItsDoorsAndTellsTheServer) {
  power_on_with_somebody();
  EXPECT_FALSE(lock(1));
  EXPECT_TRUE(opens(1));
  EXPECT_TRUE(box::eventually([&] { return !lock(1); }, soon)) << "the lock time is over";
  EXPECT_TRUE(hears(0, 1));
  EXPECT_EQ(machine->agent("pull door1.rex down"), "ok");
  EXPECT_TRUE(box::eventually([&] { return lock(1); }, soon)) << "the exit button";
  EXPECT_EQ(machine->agent("pull door1.rex up"), "ok");
  EXPECT_EQ(machine->agent("pull fire up"), "ok");
  EXPECT_TRUE(box::eventually([&] { return lock(1) && !lock(2); }, soon))
      << "in a fire the strike is released, and the magnet, which is held by current, is not held";
  EXPECT_EQ(machine->agent("pull fire down"), "ok");
  EXPECT_THAT(server.complaints(), IsEmpty());

  // The same start: the console over https with a certificate of its own, and no other door.
  std::string body;
  ASSERT_TRUE(box::eventually([&] { return console_says("/health", body) == 200; }, start_time))
      << body;
  EXPECT_EQ(console_says("/api/status", body), 401) << body;
  EXPECT_EQ(machine->agent("listening"), "ok 443 53/local 80")
      << "53: the resolver's, for us alone";

  for (const char* program : {"lintel-engine", "lintel-push", "lintel-web", "lintel-guard"}) {
    const auto said = machine->agent(std::string("process ") + program);
    EXPECT_THAT(said, HasSubstr("NoNewPrivs=1")) << program;
    EXPECT_THAT(said, HasSubstr("Seccomp=2")) << program;
    EXPECT_THAT(said, testing::Not(HasSubstr("Uid=0 "))) << program;
  }
  EXPECT_THAT(machine->agent("process lintel-engine"), HasSubstr("CapEff=0000000000000000"));
}

// The engine, push: the service manager waits for each turn of theirs. Of the others nobody waits
// for one; that they stand still is theirs alone.
TEST_F(ACard, GoesOnWhenAnyOfItsProgramsDiesOrHangs) {
  power_on_with_somebody();
  if (HasFatalFailure()) return;
  const std::vector<std::pair<std::string, int>> accidents = {
      {"lintel-web", SIGKILL},    {"lintel-system", SIGKILL}, {"lintel-push", SIGKILL},
      {"lintel-push", SIGSTOP},   {"lintel-guard", SIGKILL},  {"lintel-engine", SIGKILL},
      {"lintel-engine", SIGSTOP},
  };
  for (const auto& [name, number] : accidents) {
    SCOPED_TRACE(name + " and signal " + std::to_string(number));
    const auto before = pid_of(name);
    ASSERT_THAT(before, testing::Not(IsEmpty()));
    ASSERT_EQ(machine->agent("signal " + name + " " + std::to_string(number)), "ok " + before);
    EXPECT_TRUE(box::eventually(
        [&] {
          const auto now = pid_of(name);
          return !now.empty() && now != before;
        },
        start_time))
        << "it was not started again";
    EXPECT_TRUE(box::eventually([&] { return decides(); }, start_time));
  }
  EXPECT_TRUE(opens(1));
  EXPECT_TRUE(hears(0, 1, start_time));
  std::string body;
  EXPECT_TRUE(box::eventually([&] { return console_says("/health", body) == 200; }, start_time))
      << body;
}

TEST_F(ACard, OpensItsDoorsWithAFullDiskAndKeepsWhatItCan) {
  power_on_with_somebody();
  if (HasFatalFailure()) return;
  ASSERT_EQ(machine->agent("fill /data 0", 240s), "ok");
  EXPECT_TRUE(opens(1)) << "the disk is nobody's business at the door";
  EXPECT_TRUE(box::eventually([&] { return !lock(1); }, soon));
  ASSERT_EQ(machine->agent("unfill /data"), "ok");
  EXPECT_TRUE(hears(0, 1, start_time)) << "it is told when there is room again";
}

TEST_F(ACard, StartsWithAClockOf1970) {
  Machine::Options options;
  options.clock = "1970-01-02T00:00:00";
  power_on(options);
  wait_for_doors();
  if (HasFatalFailure()) return;
  wait_for_server();
  if (HasFatalFailure()) return;
  send(box::person(1, card));
  EXPECT_TRUE(opens(1)) << "the server has told the time by now";
}

TEST_F(ACard, TakesASecondVersionByPushAndStaysThere) {
  power_on_with_somebody();
  std::string body;
  const auto first = version();
  const auto bytes = whole_file(prepared() + "/second.raucb");
  ASSERT_FALSE(bytes.empty());
  server.serve("/second.raucb", bytes);
  const auto id = server.queue("UPGRADE type=1,checksum=" + fake::md5_hex(bytes) +
                               ",size=" + std::to_string(bytes.size()) + ",url=/second.raucb");
  EXPECT_TRUE(server.wait_until([&] { return server.code(id).has_value(); }, 900s));
  EXPECT_EQ(server.code(id), 0);
  EXPECT_TRUE(box::eventually([&] { return version() == "9.1.0"; }, 900s)) << "was " << first;
  EXPECT_TRUE(opens(1)) << "people and rights are where they were";
  // Good only after a minute without a break; then a restart stays here.
  ::poll(nullptr, 0, 90'000);
  machine->reset();
  ASSERT_TRUE(machine->wait_for_agent(start_time));
  EXPECT_EQ(version(), "9.1.0");
}

}  // namespace
}  // namespace lintel::image
