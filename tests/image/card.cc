#include "tests/image/card.h"

#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>
#include <poll.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/box/box.h"
#include "tests/fake_server/demo_people.h"

namespace lintel::image {

using namespace std::chrono_literals;

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

std::string run_tool(const std::string& program, const std::vector<std::string>& words,
                     const std::string& folder, int worst_code) {
  auto done = box::run(program, words, folder + "/commands.log");
  EXPECT_TRUE(done.code >= 0 && done.code <= worst_code) << program << ": " << done.said;
  return std::move(done.said);
}

void copy_disk(const std::string& from, const std::string& to) {
  run_tool("/usr/bin/cp", {"--sparse=always", from, to},
           std::filesystem::path(to).parent_path().string());
}

ACard::ACard() : ACard("card.img", "gpio-sim.conf") {}

ACard::ACard(std::string image_name, std::string board_name)
    : image(std::move(image_name)),
      board(std::move(board_name)),
      server(box::eager_server()),
      front(server) {}

void ACard::SetUp() {
  if (!std::filesystem::exists(prepared() + "/" + image))
    GTEST_SKIP() << "LINTEL_IMAGE_TESTS names no folder with a " << image
                 << "; ./dev image test does";
  std::string form = (std::filesystem::temp_directory_path() / "lintel-image-XXXXXX").string();
  ASSERT_NE(::mkdtemp(form.data()), nullptr);
  folder = form;
  disk = folder + "/card.img";
  copy_disk(prepared() + "/" + image, disk);
  write_configuration();
}

void ACard::TearDown() {
  machine.reset();
  if (!folder.empty()) std::filesystem::remove_all(folder);
}

// What an installer puts on the card's first partition, which begins at 1 MiB.
void ACard::write_configuration() const {
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
  run_tool("/usr/bin/mcopy",
           {"-o", "-i", partition, folder + "/lintel.conf", "::lintel/lintel.conf"}, folder);
  run_tool("/usr/bin/mcopy",
           {"-o", "-i", partition, LINTEL_SOURCE_DIR "/hal/boards/" + board, "::lintel/board.conf"},
           folder);
}

// ---- the machine

void ACard::power_on(Machine::Options options) {
  options.disk = disk;
  options.folder = folder + "/machine-" + std::to_string(++machines);
  machine = std::make_unique<Machine>(options);
}

bool ACard::decides(Machine& machine) {
  constexpr bool at_rest = true;
  if (!box::eventually([&] { return driven(machine, 2) == at_rest; }, 20s)) return false;
  machine.agent("pull door2.rex down");
  const bool released = box::eventually([&] { return driven(machine, 2) != at_rest; }, 3s);
  machine.agent("pull door2.rex up");
  ::poll(nullptr, 0, 300);  // let go for longer than a contact bounces, or it was not let go
  return released;
}

void ACard::wait_for_doors() {
  ASSERT_TRUE(machine->wait_for_agent(start_time));
  ASSERT_TRUE(box::eventually([&] { return decides(); }, start_time));
}

void ACard::wait_for_server() {
  ASSERT_TRUE(server.wait_until([&] { return server.count(fake::Kind::rtlog) > 0; }, start_time))
      << "nothing has come from the machine";
}

void ACard::power_on_with_somebody() {
  power_on();
  ASSERT_NO_FATAL_FAILURE(wait_for_doors());
  ASSERT_NO_FATAL_FAILURE(wait_for_server());
  send(box::person(1, card));
}

std::string ACard::pid_of(const std::string& program) {
  const auto said = machine->agent("process " + program);
  const std::string form = "ok pid=";
  if (said.rfind(form, 0) != 0) return {};
  return said.substr(form.size(), said.find(' ', form.size()) - form.size());
}

std::string ACard::version(Machine& machine) {
  const auto text = machine.bytes("read /etc/lintel-version");
  return text.substr(0, text.find('\n'));
}

int ACard::console_says(const std::string& path, std::string& body) {
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

// ---- the doors

bool ACard::driven(Machine& machine, unsigned door) {
  return machine.agent("level door" + std::to_string(door) + ".lock") == "ok 1";
}

void ACard::swipe(unsigned reader) {
  const auto name = "reader" + std::to_string(reader);
  EXPECT_EQ(machine->agent("frame " + name + ".d0 " + name + ".d1 " + fake::frame26(card)), "ok");
}

bool ACard::opens(unsigned door) {
  // A machine on a busy processor may stand still in the middle of a frame, which is none then.
  for (int i = 0; i < 5; ++i) {
    swipe(2 * door - 1);
    if (box::eventually([&] { return lock(door); }, soon / 5)) return true;
  }
  return false;
}

// ---- the server

void ACard::send(const std::vector<std::string>& commands) {
  for (const auto& command : commands) {
    const auto id = server.queue(command);
    ASSERT_TRUE(server.wait_until([&] { return server.code(id).has_value(); }, soon)) << command;
    EXPECT_EQ(server.code(id), 0) << command;
  }
}

std::string ACard::upgrade(const std::string& bundle) {
  const auto bytes = whole_file(prepared() + "/" + bundle);
  EXPECT_FALSE(bytes.empty()) << bundle;
  const auto path = "/" + bundle + "/emfw.cfg";  // the name that the protocol wants
  server.serve(path, bytes);
  return server.queue("UPGRADE type=1,checksum=" + fake::md5_hex(bytes) +
                      ",size=" + std::to_string(bytes.size()) + ",url=" + path);
}

std::size_t ACard::events_of(unsigned code) const {
  const auto events = server.events();
  return static_cast<std::size_t>(std::count_if(
      events.begin(), events.end(), [&](const auto& event) { return event.code == code; }));
}

bool ACard::hears(unsigned code, std::size_t count, std::chrono::milliseconds most) {
  return server.wait_until([&] { return events_of(code) >= count; }, most);
}

}  // namespace lintel::image
