// The guard of the locks: what it does when the engine stands still, dies, or comes anew. With real
// sockets and descriptors, and levels that are noted instead of driven; on a real kernel's lines:
// tests/kernel.
#include "hal/guard/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <random>

#include "hal/gpio_board.h"
#include "hal/guard/client.h"
#include "tests/box/program.h"
#include "tests/hal/fake_lines.h"

namespace lintel::guard {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t ms = 1'000'000;

// Which file a descriptor is, wherever it was duplicated to.
ino_t file_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? info.st_ino : 0;
}

HeldLines lines_of(const std::string& chip, std::vector<LockLines::Line> lines) {
  UniqueFd fd(::memfd_create("lines", MFD_CLOEXEC));
  return {{chip, std::move(lines)}, std::move(fd)};
}

// A guard and its engine's end of the socket.
struct AGuard : testing::Test {
  struct Set {
    ino_t request;
    std::uint64_t mask, active;
    bool operator==(const Set&) const = default;
  };

  AGuard() { connect(); }
  void connect() {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    theirs.reset(pair[0]);
    ours.reset(pair[1]);
    ASSERT_TRUE(guard.connected(theirs.get()));
    auto said = receive(ours.get());
    ASSERT_TRUE(said);
    EXPECT_EQ(said->kind, Kind::held);
    handed = std::move(said->requests);
  }
  void watch(const std::vector<const HeldLines*>& lines) {
    auto made = make_page();
    ASSERT_TRUE(made);
    page = map_page(made->get());
    page->turned_at = now;
    ASSERT_TRUE(send(ours.get(), Kind::watch, lines, made->get()));
    ASSERT_TRUE(guard.heard(theirs.get(), now));
    const auto said = receive(ours.get());
    ASSERT_TRUE(said);
    EXPECT_EQ(said->kind, Kind::watching);
  }
  void look_after(std::uint64_t time) {
    now += time;
    guard.look(now);
  }

  std::vector<Set> sets;
  Guard guard{[this](int request, std::uint64_t mask, std::uint64_t active) -> Result<void> {
    sets.push_back({file_of(request), mask, active});
    return {};
  }};
  UniqueFd ours, theirs;
  MappedPage page;
  std::vector<HeldLines> handed;  // to the newest engine
  std::uint64_t now = 1000 * ms;
  HeldLines near = lines_of("/dev/gpiochip0", {{1, 17, false}, {2, 18, true}});
  HeldLines far = lines_of("/dev/gpiochip1", {{3, 0, false}});
};

TEST_F(AGuard, PutsLocksToRestWhenTheEngineStandsStill) {
  watch({&near, &far});
  page->driven = 0b001;
  look_after(999 * ms);
  EXPECT_THAT(sets, IsEmpty()) << "it may be busy";
  look_after(1 * ms);
  EXPECT_THAT(sets, ElementsAre(Set{file_of(near.fd.get()), 0b11, 0b10},
                                Set{file_of(far.fd.get()), 0b1, 0b0}))
      << "a lock that is held by current rests with current";
  EXPECT_EQ(page->rested, 1u) << "an engine that goes on must know";
}

TEST_F(AGuard, LeavesAnEngineAloneThatTurns) {
  watch({&near});
  page->driven = 0b01;
  for (int i = 0; i < 100; ++i) {
    page->turned_at = now;
    look_after(250 * ms);
  }
  EXPECT_THAT(sets, IsEmpty());
}

TEST_F(AGuard, LeavesAnEngineAloneThatHasReleasedNothing) {
  watch({&near});
  look_after(3600'000 * ms);
  EXPECT_THAT(sets, IsEmpty()) << "it sleeps until somebody comes";
}

TEST_F(AGuard, LeavesDoorsOpenThatFireHoldsOpen) {
  watch({&near, &far});
  page->driven = 0b111;
  page->kept_open = 0b101;
  look_after(2000 * ms);
  EXPECT_THAT(sets, ElementsAre(Set{file_of(near.fd.get()), 0b10, 0b10}));
  sets.clear();
  guard.left();
  EXPECT_THAT(sets, ElementsAre(Set{file_of(near.fd.get()), 0b10, 0b10}));
}

TEST_F(AGuard, PutsLocksToRestAtOnceWhenTheEngineDies) {
  watch({&near});
  page->driven = 0b01;
  ours.reset();
  EXPECT_FALSE(guard.heard(theirs.get(), now));
  guard.left();
  EXPECT_THAT(sets, ElementsAre(Set{file_of(near.fd.get()), 0b11, 0b10}));
  sets.clear();
  guard.left();
  look_after(5000 * ms);
  EXPECT_THAT(sets, IsEmpty()) << "once is enough";
}

TEST_F(AGuard, HandsTheLinesToTheNextEngine) {
  watch({&near, &far});
  ours.reset();
  guard.left();
  connect();
  ASSERT_EQ(handed.size(), 2u);
  EXPECT_EQ(handed[0].lines, near.lines);
  EXPECT_EQ(file_of(handed[0].fd.get()), file_of(near.fd.get())) << "they were never free";
  EXPECT_EQ(file_of(handed[1].fd.get()), file_of(far.fd.get()));
}

TEST_F(AGuard, LetsGoWhatTheNextEngineDoesNotWant) {
  watch({&near, &far});
  guard.left();
  connect();
  watch({&near});
  ASSERT_EQ(guard.held().size(), 1u);
  EXPECT_EQ(guard.held()[0].lines.chip, "/dev/gpiochip0");
}

TEST_F(AGuard, BelievesNothingThatIsNoMessage) {
  std::mt19937 chance(1);
  for (int i = 0; i < 200; ++i) {
    std::string noise(chance() % 3000, '\0');
    for (auto& byte : noise)
      byte = static_cast<char>(chance());
    ASSERT_EQ(::send(ours.get(), noise.data(), noise.size(), 0),
              static_cast<ssize_t>(noise.size()));
    if (noise.empty()) continue;
    EXPECT_FALSE(guard.heard(theirs.get(), now));
  }
  EXPECT_THAT(guard.held(), IsEmpty());
}

TEST_F(AGuard, BelievesNoPageThatCouldBecomeSmaller) {
  const UniqueFd loose(::memfd_create("loose", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(loose.get(), sizeof(Page)), 0);
  ASSERT_TRUE(send(ours.get(), Kind::watch, {&near}, loose.get()));
  EXPECT_FALSE(guard.heard(theirs.get(), now));
}

// ---- the program, and a board that is guarded by it

struct TheProgram : testing::Test {
  TheProgram() {
    std::string form = (std::filesystem::temp_directory_path() / "lintel-guard-XXXXXX").string();
    folder = ::mkdtemp(form.data());
    socket = folder + "/guard.sock";
    chips.add("/dev/gpiochip0", 0, "lock1");
  }
  ~TheProgram() override { std::filesystem::remove_all(folder); }
  void start() {
    program = std::make_unique<box::Program>(std::string(LINTEL_BIN_DIR) + "/lintel-guard",
                                             std::vector<std::string>{"--socket", socket},
                                             folder + "/log");
    ASSERT_TRUE(box::eventually([&] { return guards(); }, 20s));
  }
  // A newcomer is told what there is.
  bool guards() {
    Client client(socket);
    return client.connect().has_value();
  }
  std::unique_ptr<hal::GpioBoard> open() {
    const auto file = hal::parse_board_file("[door1]\nlock = lock1 fail-secure\n", "board.conf");
    auto board = hal::GpioBoard::open(*file, chips.lines(), {.guard = socket});
    EXPECT_TRUE(board) << board.error().text;
    return std::move(*board);
  }
  // As the loop does it.
  void turn(hal::Board& board) { board.turned(board.clock().now().uptime, 0); }

  std::string folder, socket;
  hal::FakeChips chips;
  std::unique_ptr<box::Program> program;
};

TEST_F(TheProgram, GuardsABoardAndIsMissedWhenItDies) {
  start();
  const auto board = open();
  EXPECT_THAT(board->trouble(), IsEmpty());
  EXPECT_FALSE(board->deadline()) << "an idle box sleeps";
  ASSERT_TRUE(board->set({OutputKind::lock, 1}, true));
  ASSERT_TRUE(board->deadline());
  EXPECT_LE(*board->deadline(), board->clock().now().uptime + 250ms) << "it must be seen to turn";
  ASSERT_TRUE(board->set({OutputKind::lock, 1}, false));

  program->signal(SIGKILL);
  program->ended(10s);
  ASSERT_TRUE(box::eventually(
      [&] {
        turn(*board);
        return !board->trouble().empty();
      },
      20s));
  EXPECT_THAT(board->trouble(), HasSubstr("no guard of the locks answers at"));
  ASSERT_TRUE(board->deadline()) << "it is called for again";
  EXPECT_TRUE(board->set({OutputKind::lock, 1}, true)) << "doors work without it";
  start();
  EXPECT_TRUE(box::eventually(
      [&] {
        turn(*board);
        return board->trouble().empty();
      },
      20s));
}

TEST_F(TheProgram, GivesTheLinesToABoardThatComesAnew) {
  start();
  {
    const auto board = open();
    ASSERT_TRUE(board->set({OutputKind::lock, 1}, true));
  }
  chips.line("lock1").was.clear();
  chips.line("lock1").user = "lintel";  // the kernel: the guard still has it
  const auto board = open();
  EXPECT_THAT(chips.line("lock1").was, IsEmpty()) << "nobody requested it anew";
  EXPECT_TRUE(board->set({OutputKind::lock, 1}, false));
}

TEST_F(TheProgram, EndsWhenItIsAsked) {
  start();
  program->signal(SIGTERM);
  EXPECT_EQ(box::exit_code(program->ended(10s)), 0);
}

TEST_F(TheProgram, SaysWhatItWants) {
  const auto log = folder + "/said";
  const auto path = std::string(LINTEL_BIN_DIR) + "/lintel-guard";
  EXPECT_EQ(box::run(path, {}, log).code, 2);
  const auto unknown = box::run(path, {"--socket", socket, "--user=nobody-of-that-name"}, log);
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.said, HasSubstr("there is no user \"nobody-of-that-name\""));
}

}  // namespace
}  // namespace lintel::guard
