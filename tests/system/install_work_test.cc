// One firmware, by every way that it can end, over restarts of the helper and of the machine.
#include "rootfs/system/install_work.h"

#include "tests/system/machine.h"

namespace lintel::helper {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AnInstallation : public MadeUpMachine {
 protected:
  void SetUp() override {
    MadeUpMachine::SetUp();
    put_file(file(), "a bundle");
    start_again();
  }
  [[nodiscard]] std::string file() const { return paths_.firmware + "/firmware-1"; }
  void start_again() {
    work_.emplace(paths_, machine_);
    work_->resume(clock_.up);
  }
  std::optional<std::string> begin(std::uint64_t number) {
    return work_->begin(number, file(), clock_.up);
  }
  std::optional<InstallWork::Done> pass(Nanoseconds time) {
    clock_.up += time;
    return work_->turn(clock_.up);
  }
  static Bundle bundle(const std::string& version, bool allow_older = false) {
    return {"lintel-amd64", version, allow_older};
  }

  std::optional<InstallWork> work_;
};

TEST_F(AnInstallation, that_goes_well_ends_with_a_restart) {
  EXPECT_FALSE(begin(3));
  EXPECT_FALSE(pass(60s));
  installer_.end = Result<void>{};
  const auto done = pass(1s);
  ASSERT_TRUE(done);
  EXPECT_EQ(3u, done->number);
  EXPECT_EQ("ok", done->result);
  EXPECT_FALSE(pass(9s));
  EXPECT_EQ(0u, units_.reboots);
  pass(1s);
  EXPECT_EQ(1u, units_.reboots);
}

TEST_F(AnInstallation, that_fails_leaves_the_machine_running) {
  EXPECT_FALSE(begin(3));
  installer_.end = Result<void>(fail(Errc::io, "no space left"));
  EXPECT_EQ("failed", pass(1s)->result);
  pass(60s);
  EXPECT_EQ(0u, units_.reboots);
  EXPECT_EQ("failed", begin(4)) << "and is not tried again by the same wish";
  EXPECT_THAT(installer_.installed, SizeIs(1));
}

TEST_F(AnInstallation, is_refused_before_anything_is_written) {
  const auto refused = [&](Result<Bundle> bundle) {
    installer_.bundle = std::move(bundle);
    put_file(file(), "another bundle" + std::to_string(installer_.bundle ? 1 : 0));
    std::filesystem::last_write_time(file(), std::filesystem::last_write_time(file()) + 1s);
    work_.emplace(paths_, machine_);
    std::filesystem::remove_all(paths_.state());
    return begin(1);
  };
  EXPECT_EQ("bad_signature", refused(fail(Errc::refused, "signature verification failed")));
  EXPECT_EQ("failed", refused(fail(Errc::busy, "Already processing a different method")));
  EXPECT_EQ("wrong_platform", refused(Bundle{"lintel-arm64", "0.2.0", true}));
  EXPECT_EQ("older", refused(bundle("0.0.9")));
  EXPECT_EQ("older", refused(bundle("")));
  EXPECT_EQ("older", refused(bundle("newest")));
  EXPECT_THAT(installer_.installed, IsEmpty());
  EXPECT_EQ(std::nullopt, refused(bundle("0.0.9", true))) << "its signer allows it";
  EXPECT_THAT(installer_.installed, SizeIs(1));
  installer_.busy = false;
  EXPECT_EQ(std::nullopt, refused(bundle("0.1.0"))) << "the same version repairs a slot";
  installer_.busy = false;
  installer_.there = false;
  EXPECT_EQ("no_platform", refused(bundle("0.2.0")));
}

TEST_F(AnInstallation, of_another_bundle_than_was_looked_at_is_not_started) {
  const Result<std::string> others[] = {"0.1.9", "", fail(Errc::timeout, "no answer")};
  for (const auto& other : others) {
    put_file(file(), "a bundle that somebody exchanges " + std::to_string(installer_.given_up));
    EXPECT_FALSE(begin(3));
    start_again();
    EXPECT_FALSE(begin(3)) << "what was looked at is known over a restart of the helper";
    installer_.written = other;
    installer_.end = Result<void>{};
    EXPECT_EQ("failed", pass(1s)->result);
    pass(60s);
  }
  EXPECT_EQ(0u, units_.reboots);
  EXPECT_EQ(3u, installer_.given_up);
}

TEST_F(AnInstallation, is_done_once_whatever_number_asks_for_it) {
  EXPECT_FALSE(begin(3));
  installer_.end = Result<void>{};
  ASSERT_TRUE(pass(1s));
  boot("second");
  start_again();
  EXPECT_EQ("ok", begin(1)) << "the wishes of this start are counted anew";
  pass(60s);
  EXPECT_EQ(0u, units_.reboots);
  EXPECT_THAT(installer_.installed, SizeIs(1));
  put_file(file(), "another firmware of the same name");
  EXPECT_FALSE(begin(2));
  EXPECT_THAT(installer_.installed, SizeIs(2));
}

TEST_F(AnInstallation, goes_on_when_the_helper_restarts) {
  EXPECT_FALSE(begin(3));
  start_again();
  EXPECT_FALSE(begin(3));
  EXPECT_THAT(installer_.installed, SizeIs(1)) << "RAUC is at it still";
  installer_.end = Result<void>{};
  const auto done = pass(1s);
  ASSERT_TRUE(done);
  EXPECT_EQ(3u, done->number);
  start_again();  // in the seconds before the machine's restart
  EXPECT_EQ("ok", begin(3));
  pass(10s);
  EXPECT_EQ(1u, units_.reboots);
}

TEST_F(AnInstallation, that_the_power_interrupted_begins_anew) {
  EXPECT_FALSE(begin(3));
  boot("second");
  installer_.busy = false;
  start_again();
  EXPECT_FALSE(begin(1));
  EXPECT_THAT(installer_.installed, SizeIs(2));
  installer_.end = Result<void>{};
  EXPECT_EQ(1u, pass(1s)->number);
}

TEST_F(AnInstallation, whose_installer_dies_fails) {
  EXPECT_FALSE(begin(3));
  installer_.busy = false;  // RAUC was started anew, and knows of nothing
  EXPECT_FALSE(pass(5s));
  EXPECT_EQ("failed", pass(5s)->result);
}

TEST_F(AnInstallation, lets_no_other_in_between) {
  EXPECT_FALSE(begin(3));
  put_file(paths_.firmware + "/firmware-2", "another");
  EXPECT_EQ("failed", work_->begin(4, paths_.firmware + "/firmware-2", clock_.up));
  installer_.end = Result<void>{};
  EXPECT_EQ(3u, pass(1s)->number);
  EXPECT_EQ("failed", work_->begin(5, paths_.firmware + "/firmware-2", clock_.up))
      << "the machine is about to restart";
  EXPECT_THAT(installer_.installed, SizeIs(1));
}

TEST_F(AnInstallation, is_not_begun_where_it_cannot_be_noted) {
  put_file(paths_.config + "/state", "a file where a folder should be");
  EXPECT_EQ("failed", begin(3));
  EXPECT_THAT(installer_.installed, IsEmpty());
}

TEST(Versions, are_compared_by_their_numbers) {
  const std::vector<std::string> ascending = {"0.1",       "0.1.1", "0.9.1", "0.10.0", "1.0.0-beta",
                                              "1.0.0-rc1", "1.0.0", "1.0.1", "1.1",    "10"};
  for (std::size_t a = 0; a < ascending.size(); ++a) {
    for (std::size_t b = 0; b < ascending.size(); ++b) {
      EXPECT_EQ(a < b   ? -1
                : a > b ? 1
                        : 0,
                compare_versions(ascending[a], ascending[b]))
          << ascending[a] << " " << ascending[b];
    }
  }
  EXPECT_EQ(0, compare_versions("1.0", "1.0.0"));
  for (const auto* bad :
       {"", "x", "1.", ".1", "1..2", "1.x", "1 0", "99999999999999999999", "1.0\n"}) {
    EXPECT_FALSE(compare_versions(bad, "1.0")) << bad;
    EXPECT_FALSE(compare_versions("1.0", bad)) << bad;
  }
}

}  // namespace
}  // namespace lintel::helper
