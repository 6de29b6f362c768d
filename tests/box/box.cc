#include "tests/box/box.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include "tests/fake_server/demo_people.h"

namespace lintel::box {
namespace {

using namespace std::chrono_literals;

std::string new_directory() {
  std::string form = (std::filesystem::temp_directory_path() / "lintel-box-XXXXXX").string();
  return ::mkdtemp(form.data());
}

// A port that nobody has, below those that the kernel gives to clients: one of these must not take
// it while the server or the console is dead.
std::uint16_t free_port() {
  constexpr unsigned first = 20'000;
  constexpr unsigned count = 12'000;
  const unsigned start = std::random_device()();
  for (unsigned i = 0; i < count; ++i) {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(first + (start + i) % count));
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
      return ntohs(address.sin_port);
  }
  ADD_FAILURE() << "no port is free";
  return 0;
}

std::string name_of(Part part) {
  switch (part) {
    case Part::engine:
      return "lintel-engine";
    case Part::push:
      return "lintel-push";
    case Part::web:
      break;
  }
  return "lintel-web";
}

}  // namespace

fake::Settings eager_server() {
  fake::Settings settings;
  settings.configure("RequestDelay", "1");
  settings.configure("ErrorDelay", "1");
  return settings;
}

std::string program_path(Part part) {
  return std::string(LINTEL_BIN_DIR) + "/" + name_of(part);
}

bool BoardLine::connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
  fd_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return true;
  fd_.reset();
  return false;
}

std::string BoardLine::ask(const std::string& request) {
  if (!fd_ && !connect()) return "";
  const std::string line = request + "\n";
  std::string answer;
  const bool sent = ::send(fd_.get(), line.data(), line.size(), MSG_NOSIGNAL) ==
                    static_cast<ssize_t>(line.size());
  while (sent && (answer.empty() || answer.back() != '\n')) {
    pollfd event{fd_.get(), POLLIN, 0};
    char buffer[4096];
    if (::poll(&event, 1, 20'000) <= 0) break;
    const auto got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (got <= 0) break;
    answer.append(buffer, static_cast<std::size_t>(got));
  }
  if (!answer.empty() && answer.back() == '\n') {
    answer.pop_back();
    return answer;
  }
  fd_.reset();
  return "";
}

Box::Box()
    : server(eager_server()),
      directory_(new_directory()),
      server_port_(free_port()),
      console_port_(free_port()),
      board_(directory_ + "/sim.sock") {
  server_returns();
  std::ofstream(config_file()) << config_text();
}

Box::~Box() {
  programs_.clear();
  if (testing::Test::HasFailure()) {
    for (const Part part : all_parts) {
      std::ifstream log(directory_ + "/" + name_of(part) + ".log");
      std::cout << "---- " << name_of(part) << " said:\n" << log.rdbuf() << "\n";
    }
    for (const auto& sentence : server.complaints())
      std::cout << "server: " << sentence << "\n";
  }
  std::filesystem::remove_all(directory_);
}

std::string Box::config_text() const {
  return "[device]\nserial = 3383154200002\n[storage]\npath = " + directory_ +
         "/state\n[hal]\nboard = sim:4\nsimulator = " + directory_ +
         "/sim.sock\n[push]\nserver = http://127.0.0.1:" + std::to_string(server_port_) +
         "\n[web]\nlisten = 127.0.0.1:" + std::to_string(console_port_) +
         "\n[api]\nsocket = " + directory_ + "/engine.sock\n";
}

void Box::start(Part part) {
  programs_[part] = std::make_unique<Program>(program_path(part),
                                              std::vector<std::string>{"--config", config_file()},
                                              directory_ + "/" + name_of(part) + ".log");
}

void Box::start_all() {
  for (const Part part : all_parts)
    start(part);
  ASSERT_TRUE(deciding());
  ASSERT_TRUE(server.wait_until([&] { return server.count(fake::Kind::getrequest) > 0; }, 30s));
}

void Box::stop(Part part) {
  programs_.at(part)->signal(SIGSTOP);
}

void Box::kill(Part part) {
  programs_.at(part)->signal(SIGKILL);
  ASSERT_TRUE(programs_.at(part)->ended(20s)) << name_of(part) << " cannot be killed";
}

int Box::end(Part part, std::chrono::milliseconds most) {
  programs_.at(part)->signal(SIGTERM);
  return exit_code(programs_.at(part)->ended(most));
}

bool Box::runs(Part part) {
  const auto found = programs_.find(part);
  return found != programs_.end() && found->second->running();
}

std::string Box::ask(const std::string& request) {
  return board_.ask(request);
}

bool Box::deciding(std::chrono::milliseconds most) {
  return eventually([&] { return ask("outputs").rfind("ok", 0) == 0; }, most);
}

void Box::swipe(unsigned reader, std::uint32_t card) {
  const std::string answer = ask("wiegand " + std::to_string(reader) + " " + fake::frame26(card));
  EXPECT_EQ(answer.rfind("ok", 0), 0u) << answer;
}

bool Box::lock(unsigned door) {
  const std::string outputs = ask("outputs") + " ";
  const std::string name = " door" + std::to_string(door) + ".lock=";
  const auto place = outputs.find(name);
  EXPECT_NE(place, std::string::npos) << outputs;
  return place != std::string::npos && outputs[place + name.size()] == '1';
}

void Box::send(const std::vector<std::string>& commands) {
  std::vector<std::string> ids;
  for (const auto& text : commands)
    ids.push_back(server.queue(text));
  EXPECT_TRUE(server.wait_until([&] { return server.open_commands() == 0; }, 30s));
  for (const auto& id : ids)
    EXPECT_EQ(server.code(id), 0) << "command " << id;
}

std::vector<std::string> person(unsigned pin, std::uint32_t card) {
  const std::string who = "Pin=" + std::to_string(pin);
  return {
      "DATA UPDATE user CardNo=" + std::to_string(card) + "\t" + who +
          "\tPassword=\tGroup=0\tStartTime=0\tEndTime=0\tName=\tPrivilege=0\tDisable=0",
      "DATA UPDATE userauthorize " + who + "\tAuthorizeTimezoneId=1\tAuthorizeDoorId=15\tDevID=1"};
}

void Box::server_returns() {
  front_ =
      std::make_unique<fake::HttpFront>(server, fake::HttpFront::Options{.port = server_port_});
}

Result<std::unique_ptr<api::Client>> Box::client(pb::Role role) const {
  return api::Client::connect(directory_ + "/engine.sock", role);
}

}  // namespace lintel::box
