// UPGRADE, the engine's part: a firmware comes in pieces, is looked at, goes to the installer, and
// the command that asked for it has its result, whatever is switched off meanwhile.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <tuple>
#include <utility>

#include "engine/core/limits.h"
#include "engine/daemon/upgrade_file.h"
#include "tests/daemon/errands_fixture.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

// A firmware whose MD5 everybody knows.
const std::string firmware = "The quick brown fox jumps over the lazy dog";
const std::string firmware_md5 = "9e107d9d372bb6826bd81d3542a419d6";

class Upgrade : public Errands {
 protected:
  void SetUp() override {
    Errands::SetUp();
    box().system.can_install = true;
  }

  static pb::Request wish(const std::string& id) {
    pb::Request request;
    auto& upgrade = *request.mutable_upgrade();
    *upgrade.mutable_command() = key(id, "UPGRADE");
    upgrade.set_method(pb::Upgrade::DIRECT);
    upgrade.set_url("http://192.0.2.1/firmware");
    upgrade.set_checksum(firmware_md5);
    upgrade.set_size(firmware.size());
    return request;
  }
  pb::Reply begin(const std::string& id) { return box().ask(wish(id)); }
  pb::Reply piece(std::uint64_t offset, const std::string& data) {
    pb::Request request;
    request.mutable_upgrade_piece()->set_offset(offset);
    request.mutable_upgrade_piece()->set_data(data);
    return box().ask(request);
  }
  pb::Reply end(std::int32_t code = 0) {
    pb::Request request;
    request.mutable_end_upgrade()->set_code(code);
    return box().ask(request);
  }
  pb::UpgradeState state() {
    pb::Request request;
    request.mutable_get_upgrade();
    return box().ask(request).upgrade();
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    if (!std::filesystem::exists(folder())) return names;
    for (const auto& entry : std::filesystem::directory_iterator(folder()))
      names.push_back(entry.path().filename().string());
    return names;
  }
  [[nodiscard]] std::string folder() const { return directory() + "/update"; }
  static std::string content(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }
};

TEST_F(Upgrade, comes_in_pieces_and_goes_to_the_installer) {
  const auto reply = begin("384");
  EXPECT_EQ(0, reply.code());
  EXPECT_TRUE(reply.pending());
  EXPECT_TRUE(state().wanted());
  EXPECT_EQ("http://192.0.2.1/firmware", state().upgrade().url());
  EXPECT_EQ("384", state().upgrade().command().id());
  EXPECT_EQ(0, piece(0, firmware.substr(0, 10)).code());
  EXPECT_EQ(10u, state().received());
  EXPECT_EQ(0, piece(10, firmware.substr(10)).code());
  EXPECT_EQ(0, end().code());
  EXPECT_FALSE(state().wanted());
  ASSERT_THAT(box().system.files, SizeIs(1));
  EXPECT_EQ(firmware, content(box().system.files[0]));
  const auto rights = std::filesystem::status(box().system.files[0]).permissions();
  EXPECT_EQ(std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, rights);
  EXPECT_THAT(results(), IsEmpty()) << "the installer has not ended";
  box().system.installer = 0;
  box().pass(2s);
  EXPECT_THAT(results(), ElementsAre(Pair("384", 0)));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(Upgrade, ends_as_the_installer_says) {
  std::int32_t number = 0;
  for (const std::int32_t code : {-21, -22, -23, -24, -720}) {
    const auto id = std::to_string(++number);
    EXPECT_TRUE(begin(id).pending());
    piece(0, firmware);
    EXPECT_EQ(0, end().code());
    box().system.installer = code;
    box().pass(2s);
    EXPECT_THAT(results(), ElementsAre(Pair(id, code)));
    deliver(id);
  }
  EXPECT_THAT(box().system.files, SizeIs(5)) << "each under a name of its own";
}

TEST_F(Upgrade, says_when_the_file_is_not_what_was_announced) {
  begin("1");
  piece(0, firmware.substr(1));
  EXPECT_EQ(0, end().code());
  EXPECT_THAT(results(), ElementsAre(Pair("1", -20)));
  EXPECT_THAT(files(), IsEmpty());
  deliver("1");
  begin("2");
  auto other = firmware;
  other[3] ^= 1;
  piece(0, other);
  EXPECT_EQ(0, end().code());
  EXPECT_THAT(results(), ElementsAre(Pair("2", -19)));
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_THAT(box().system.files, IsEmpty()) << "the installer never sees it";
}

TEST_F(Upgrade, that_could_not_be_downloaded_ends_with_that_code) {
  begin("1");
  piece(0, firmware.substr(0, 7));
  EXPECT_EQ(-11, end(5).code());
  EXPECT_EQ(0, end(-726).code());
  EXPECT_THAT(results(), ElementsAre(Pair("1", -726)));
  EXPECT_FALSE(state().wanted());
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_EQ(-12, end(0).code()) << "nothing is wanted any more";
  EXPECT_EQ(-12, piece(0, "x").code());
}

TEST_F(Upgrade, takes_pieces_in_their_order_only) {
  begin("1");
  EXPECT_EQ(0, piece(0, firmware.substr(0, 10)).code());
  EXPECT_EQ(-5, piece(9, "x").code());
  EXPECT_EQ(-5, piece(11, "x").code());
  EXPECT_EQ(-20, piece(10, firmware).code());
  EXPECT_EQ(10u, state().received());
  EXPECT_EQ(0, piece(0, firmware).code()) << "0 begins anew";
  EXPECT_EQ(firmware.size(), state().received());
  EXPECT_EQ(0, end().code());
  EXPECT_THAT(box().system.files, SizeIs(1));
}

TEST_F(Upgrade, is_refused_where_it_makes_no_sense) {
  int refusals = 0;
  const auto refused = [&](std::int32_t code, auto change) {
    auto request = wish("refused " + std::to_string(++refusals));
    change(*request.mutable_upgrade());
    const auto reply = box().ask(request);
    EXPECT_EQ(code, reply.code()) << reply.error();
    EXPECT_FALSE(reply.error().empty());
  };
  refused(-11, [](auto& upgrade) { upgrade.set_checksum("oqoier9883kjankdefi894eu"); });
  refused(-11, [](auto& upgrade) { upgrade.set_checksum(std::string(32, 'g')); });
  refused(-11, [](auto& upgrade) { upgrade.set_size(0); });
  refused(-18, [](auto& upgrade) { upgrade.set_size(limits::firmware_bytes_max + 1); });
  refused(-11, [](auto& upgrade) { upgrade.set_method(pb::Upgrade::NONE); });
  refused(-618, [](auto& upgrade) { upgrade.set_url(""); });
  box().system.can_install = false;
  box().pass(3s);
  refused(-708, [](auto&) {});
  EXPECT_FALSE(state().wanted());
}

TEST_F(Upgrade, is_one_at_a_time) {
  begin("1");
  piece(0, firmware.substr(0, 10));
  auto other = wish("2");
  other.mutable_upgrade()->set_checksum(std::string(32, '0'));
  const auto reply = box().ask(other);
  EXPECT_EQ(-12, reply.code());
  EXPECT_THAT(reply.error(), HasSubstr("under way"));
  deliver("2");
  EXPECT_TRUE(begin("3").pending()) << "the same firmware once more goes on where it stands";
  EXPECT_EQ(10u, state().received());
  EXPECT_EQ("3", state().upgrade().command().id());
  EXPECT_THAT(results(), ElementsAre(Pair("1", -7)));
  deliver("1");
  piece(10, firmware.substr(10));
  end();
  EXPECT_TRUE(begin("4").pending()) << "also while it is installed";
  box().system.installer = 0;
  box().pass(2s);
  EXPECT_THAT(results(), ElementsAre(Pair("3", -7), Pair("4", 0)));
}

TEST_F(Upgrade, is_answered_for_when_the_installer_never_is_heard_of) {
  begin("1");
  piece(0, firmware);
  end();
  box().pass(29min);
  EXPECT_THAT(results(), IsEmpty());
  box().pass(2min);
  EXPECT_THAT(results(), ElementsAre(Pair("1", -725)));
}

TEST_F(Upgrade, that_cannot_be_handed_over_has_failed) {
  begin("1");
  piece(0, firmware);
  box().system.failing = "the folder is gone";
  EXPECT_EQ(0, end().code());
  box().pass(2s);
  EXPECT_THAT(results(), ElementsAre(Pair("1", -720)));
}

// The engine dies after each step in turn, and between a step and its commit.
TEST_F(Upgrade, survives_a_restart_at_each_step) {
  const std::vector<std::function<void()>> steps = {
      [&] { begin("1"); }, [&] { piece(0, firmware.substr(0, 10)); },
      [&] { piece(state().received(), firmware.substr(state().received())); }, [&] { end(); }};
  for (std::size_t cut = 0; cut < steps.size(); ++cut) {
    for (std::size_t at = 0; at < steps.size(); ++at) {
      steps[at]();
      if (at == cut) start_again();
      EXPECT_THAT(results(), IsEmpty()) << "cut after step " << cut;
    }
    ASSERT_EQ(cut + 1, box().system.files.size());
    EXPECT_EQ(firmware, content(box().system.files.back()));
    box().system.installer = 0;
    box().pass(2s);
    EXPECT_THAT(results(), ElementsAre(Pair("1", 0)));
    EXPECT_THAT(files(), IsEmpty());
    deliver("1");
    box().system.installer.reset();
    box().pass(61s);  // the same words are a new command then
  }
}

TEST_F(Upgrade, whose_installer_restarts_the_controller_has_its_result_after_that) {
  begin("1");
  piece(0, firmware);
  end();
  box().pass(5s);
  box().kill();
  box().system.installer = 0;
  ASSERT_TRUE(box().start());
  box().pass(2s);
  EXPECT_THAT(results(), ElementsAre(Pair("1", 0)));
  EXPECT_THAT(box().system.files, SizeIs(1)) << "it was not installed twice";
}

// Pieces are on disk before their commit is: what counts is how long the file is.
TEST_F(Upgrade, goes_on_from_what_the_disk_has_after_a_power_cut) {
  begin("1");
  {
    daemon::UpgradeFile file(folder());
    ASSERT_TRUE(file.append(0, firmware.substr(0, 20)));
  }
  start_again();
  EXPECT_EQ(20u, state().received());
  piece(20, firmware.substr(20));
  EXPECT_EQ(0, end().code());
  EXPECT_THAT(box().system.files, SizeIs(1)) << "its sum counts what was there before";
}

// ---- the file alone

class UpgradeFile : public InProcess {};

TEST_F(UpgradeFile, follows_no_link) {
  const std::string folder = directory() + "/files";
  std::filesystem::create_directory(folder);
  const std::string victim = directory() + "/victim";
  std::ofstream(victim) << "precious";
  std::filesystem::create_symlink(victim, folder + "/firmware.part");
  daemon::UpgradeFile file(folder);
  EXPECT_FALSE(file.begin());
  EXPECT_FALSE(file.append(0, "overwritten"));
  EXPECT_EQ(8u, std::filesystem::file_size(victim));
}

// Others wait for the thread that sums up: it does so in portions.
TEST_F(UpgradeFile, sums_up_large_files_over_restarts) {
  const std::string folder = directory() + "/files";
  const std::string portion(9u << 20, 'a');
  const auto sum = [](daemon::UpgradeFile& file, unsigned most) {
    for (unsigned asked = 1; asked <= most; ++asked) {
      const auto found = file.checksum();
      if (found && *found) return std::pair(**found, asked);
    }
    return std::pair(std::string("(none)"), 0u);
  };
  std::string whole;
  {
    daemon::UpgradeFile file(folder);
    ASSERT_TRUE(file.begin());
    for (std::uint64_t at = 0; at < 4; ++at)
      ASSERT_TRUE(file.append(at * portion.size(), portion));
    unsigned asked = 0;
    std::tie(whole, asked) = sum(file, 1);
    EXPECT_EQ(1u, asked) << "what came just now is summed up already";
    EXPECT_EQ(whole, sum(file, 3).first) << "asked twice";
  }
  EXPECT_EQ(32u, whole.size());
  daemon::UpgradeFile again(folder);
  EXPECT_EQ(4 * portion.size(), again.received().value_or(0));
  EXPECT_EQ(std::pair(whole, 3u), sum(again, 3)) << "36 MiB, 16 at a time";
  ASSERT_TRUE(again.append(4 * portion.size(), "x"));
  EXPECT_NE(whole, sum(again, 3).first);
}

TEST_F(Upgrade, that_came_before_a_restart_is_looked_at_in_portions) {
  const std::string bytes(20u << 20, 'a');
  auto request = wish("1");
  {
    daemon::UpgradeFile elsewhere(directory() + "/elsewhere");
    ASSERT_TRUE(elsewhere.append(0, bytes));
    request.mutable_upgrade()->set_checksum(elsewhere.checksum().value().value());
  }
  request.mutable_upgrade()->set_size(bytes.size());
  ASSERT_TRUE(box().ask(request).pending());
  {
    daemon::UpgradeFile file(folder());
    ASSERT_TRUE(file.append(0, bytes));
  }
  start_again();
  EXPECT_EQ(bytes.size(), state().received());
  EXPECT_EQ(-3, end().code()) << "ask again";
  EXPECT_THAT(box().system.files, IsEmpty());
  EXPECT_EQ(0, end().code());
  EXPECT_THAT(box().system.files, SizeIs(1));
}

TEST_F(UpgradeFile, knows_how_much_room_there_is) {
  daemon::UpgradeFile file(directory() + "/files");
  EXPECT_TRUE(file.has_room(1).value_or(false));
  EXPECT_FALSE(file.has_room(std::uint64_t{1} << 60).value_or(true));
}

}  // namespace
}  // namespace lintel::test
