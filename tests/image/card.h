// A card with an installer's files on it, the machine it is in, and the server outside: what the
// stories of the image begin with. The image is the one that ships; beside it, in the initrd, an
// agent plays the doors (agent/main.cc). An emulated processor is slow: these are stories, not
// measurements. LINTEL_IMAGE_TESTS names the folder that prepare-ARCH has filled; without it they
// are skipped.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/fake_server/fake_server.h"
#include "tests/fake_server/http_front.h"
#include "tests/image/machine.h"

namespace lintel::image {

inline constexpr std::uint32_t card = 1'000'003;
inline constexpr std::chrono::seconds start_time{240};  // of an emulated machine on a busy one
inline constexpr std::chrono::seconds soon{60};

// The folder that prepare-ARCH has filled; empty: none.
std::string prepared();
std::string whole_file(const std::string& path);
// Copies a disk, its holes too.
void copy_disk(const std::string& from, const std::string& to);

class ACard : public testing::Test {
 protected:
  ACard();
  // Of the prepared folder, and of hal/boards.
  explicit ACard(std::string image, std::string board);
  void SetUp() override;
  void TearDown() override;

  // ---- the machine
  void power_on(Machine::Options options = {});
  // By the agent in it, as are all that follow.
  // The engine decides: the button at the second door releases its lock.
  bool decides() { return decides(*machine); }
  static bool decides(Machine& machine);
  void wait_for_doors();
  void wait_for_server();
  // All of it, and one person.
  void power_on_with_somebody();
  // Empty: it does not run.
  std::string pid_of(const std::string& program);
  std::string version() { return version(*machine); }
  static std::string version(Machine& machine);
  // 0: nobody answered. Whatever certificate it shows.
  int console_says(const std::string& path, std::string& body);

  // ---- the doors. Door 1 opens by current, door 2 is held by it (hal/boards/gpio-sim.conf).
  static bool driven(Machine& machine, unsigned door);
  bool lock(unsigned door) { return driven(*machine, door); }
  void swipe(unsigned reader);
  bool opens(unsigned door);

  // ---- the server
  // Has it send these commands; each is answered with 0.
  void send(const std::vector<std::string>& commands);
  // UPGRADE to a bundle of the prepared folder; the command's id.
  std::string upgrade(const std::string& bundle);
  [[nodiscard]] std::size_t events_of(unsigned code) const;
  bool hears(unsigned code, std::size_t count, std::chrono::milliseconds most = soon);

  const std::string image, board;
  std::string folder, disk;
  unsigned machines = 0;
  fake::FakeServer server;
  fake::HttpFront front;
  std::unique_ptr<Machine> machine;  // last: it ends before what it speaks to

 private:
  void write_configuration() const;
};

// Runs a tool to its end; what it said. A test fails when the tool does, unless `may_fail`.
std::string run_tool(const std::string& program, const std::vector<std::string>& words,
                     const std::string& folder, int worst_code = 0);

}  // namespace lintel::image
