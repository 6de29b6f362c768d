// A whole appliance for a test: the three programs on a simulated four-door board, in a directory
// of its own, with a fake PUSH server in the process of the test.
//
//   Box box;
//   box.start_all();
//   box.send(person(1, 1'000'001));
//   box.swipe(1, 1'000'001);
//   EXPECT_TRUE(box.lock(1));
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/api/client.h"
#include "tests/box/program.h"
#include "tests/fake_server/fake_server.h"
#include "tests/fake_server/http_front.h"

namespace lintel::box {

enum class Part { engine, push, web };
inline constexpr std::array<Part, 3> all_parts = {Part::engine, Part::push, Part::web};

// "/.../bin/lintel-engine"
std::string program_path(Part part);

// A line to the simulated board, a line back.
class BoardLine {
 public:
  explicit BoardLine(std::string socket_path) : path_(std::move(socket_path)) {}
  // Empty: nobody serves the board, or he has left before he answered.
  std::string ask(const std::string& request);

 private:
  bool connect();
  std::string path_;
  UniqueFd fd_;
};

// A server that wants to hear of everything at once, and is asked again soon after a failure.
fake::Settings eager_server();

// The commands that give somebody a card and the right to every door at any time.
std::vector<std::string> person(unsigned pin, std::uint32_t card);

class Box {
 public:
  Box();
  // Prints what the programs said when the test has failed.
  ~Box();

  void start(Part part);
  void start_all();      // and waits until the controller is online
  void stop(Part part);  // with SIGSTOP: it stands still
  void kill(Part part);  // with SIGKILL; returns when it is dead
  // Asks it to end; its exit code, or -1 when it did not end in time or not by itself.
  int end(Part part, std::chrono::milliseconds most);
  [[nodiscard]] bool runs(Part part);

  // ---- at the door

  // "outputs" -> "ok door1.lock=0 ..."; waits for an engine that is just starting.
  std::string ask(const std::string& request);
  // The engine decides: the board answers.
  bool deciding(std::chrono::milliseconds most = std::chrono::seconds(20));
  void swipe(unsigned reader, std::uint32_t card);  // a 26-bit frame
  [[nodiscard]] bool lock(unsigned door);           // driven, which releases it

  // ---- at the server

  fake::FakeServer server;
  // Has the server send these commands; returns when each has been answered with 0.
  void send(const std::vector<std::string>& commands);
  void server_dies() { front_.reset(); }
  void server_returns();

  // ---- from inside

  Result<std::unique_ptr<api::Client>> client(pb::Role role) const;

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string config_file() const { return directory_ + "/lintel.conf"; }
  [[nodiscard]] std::string config_text() const;

 private:
  std::string directory_;
  std::unique_ptr<fake::HttpFront> front_;
  std::uint16_t server_port_;
  std::uint16_t console_port_;
  std::map<Part, std::unique_ptr<Program>> programs_;
  BoardLine board_;
};

}  // namespace lintel::box
