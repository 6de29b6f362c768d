// A checker that cannot fail proves nothing: each of these lives has a fault planted in it, and the
// checker must say which promise it breaks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/sim/world.h"

namespace lintel::sim {
namespace {

using testing::Contains;
using testing::HasSubstr;

// What was complained of in the first lives in which the fault got its chance.
std::vector<std::string> complaints_with(Planted planted) {
  constexpr std::uint64_t seeds_max = 20;
  constexpr unsigned noticed_enough = 3;
  std::vector<std::string> all;
  unsigned noticed = 0;
  for (std::uint64_t seed = 1; seed <= seeds_max && noticed < noticed_enough; ++seed) {
    World world({.seed = seed, .planted = planted});
    world.live(300);
    world.settle_everything();
    const auto& complaints = world.checker().complaints();
    if (!complaints.empty()) ++noticed;
    all.insert(all.end(), complaints.begin(), complaints.end());
  }
  return all;
}

TEST(PlantedFaultTest, ALockThatOpensByItself) {
  EXPECT_THAT(complaints_with(Planted::lock_opens_by_itself),
              Contains(HasSubstr("opens, and no event says why")));
}

TEST(PlantedFaultTest, ARelayThatWelds) {
  EXPECT_THAT(complaints_with(Planted::off_command_dropped),
              Contains(HasSubstr("is still open after its time")));
}

TEST(PlantedFaultTest, ARefusalThatOpens) {
  EXPECT_THAT(complaints_with(Planted::refusal_opens),
              Contains(HasSubstr("refuses, and an output moves")));
}

TEST(PlantedFaultTest, AnIndexThatIsMissing) {
  EXPECT_THAT(complaints_with(Planted::index_hidden), Contains(HasSubstr("was due")));
}

TEST(PlantedFaultTest, AnEventThatIsRewritten) {
  EXPECT_THAT(complaints_with(Planted::event_changed_later),
              Contains(HasSubstr("What was acknowledged as event 21:")));
}

TEST(PlantedFaultTest, ADiskThatSaysSyncedAndHasNot) {
  EXPECT_THAT(complaints_with(Planted::disk_lies_about_sync),
              Contains(testing::AnyOf(HasSubstr("was acknowledged"),
                                      HasSubstr("not what was acknowledged"))));
}

TEST(PlantedFaultTest, AnUploadThatIsSwallowed) {
  EXPECT_THAT(complaints_with(Planted::upload_swallowed), Contains(HasSubstr("the server")));
}

TEST(PlantedFaultTest, ACursorThatRunsAheadOfTheServer) {
  EXPECT_THAT(complaints_with(Planted::cursor_runs_ahead),
              Contains(HasSubstr("The upload cursor moves to")));
}

TEST(PlantedFaultTest, ARevocationThatIsSwallowed) {
  EXPECT_THAT(complaints_with(Planted::revocation_swallowed),
              Contains(HasSubstr("lets somebody in who was deleted")));
}

TEST(PlantedFaultTest, APrivilegeForMoreDoorsThanWereMeant) {
  EXPECT_THAT(complaints_with(Planted::privilege_widened),
              Contains(HasSubstr("is not what the oracle says")));
}

TEST(PlantedFaultTest, CommandsThatAreForgottenAndDoneAgain) {
  EXPECT_THAT(complaints_with(Planted::commands_forgotten),
              Contains(HasSubstr("was carried out again")));
}

TEST(PlantedFaultTest, ABadCommandThatIsDoneByHalf) {
  EXPECT_THAT(complaints_with(Planted::bad_command_half_done),
              Contains(HasSubstr("A command that makes no sense was carried out")));
}

}  // namespace
}  // namespace lintel::sim
