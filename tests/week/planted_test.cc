// A witness that cannot complain proves nothing: each of these weeks has a fault planted in it, and
// the promise that it breaks must be named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/week/week.h"

namespace lintel::week {
namespace {

struct Fault {
  Planted planted;
  const char* promise;
  const char* name;
};

void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.name;
}

class PlantedFaultTest : public testing::TestWithParam<Fault> {};

TEST_P(PlantedFaultTest, IsNoticed) {
  constexpr std::uint64_t seeds_max = 60;
  std::string others;
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    Week week({.seed = seed, .planted = GetParam().planted});
    week.live(4);
    for (const std::string& sentence : week.witness().complaints()) {
      if (sentence.starts_with(GetParam().promise)) return;
      others += sentence.substr(0, 200) + "\n";
    }
  }
  FAIL() << "Nobody says " << GetParam().promise << ", but:\n" << others.substr(0, 4'000);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, PlantedFaultTest,
    testing::Values(
        Fault{Planted::lock_opens_by_itself, "a_release_has_its_cause", "LockOpensByItself"},
        Fault{Planted::lock_stays_on, "a_release_ends", "LockStaysOn"},
        Fault{Planted::grant_opens_nothing, "a_grant_opens", "GrantOpensNothing"},
        Fault{Planted::refusal_opens, "a_refusal_moves_no_lock", "RefusalOpens"},
        Fault{Planted::duress_swallowed, "duress_is_told", "DuressSwallowed"},
        Fault{Planted::interlock_forgotten, "an_interlock_holds", "InterlockForgotten"},
        Fault{Planted::passback_forgotten, "nobody_passes_twice", "PassbackForgotten"},
        Fault{Planted::several_forgotten, "several_people_fit", "SeveralForgotten"},
        Fault{Planted::fire_unheard, "fire_goes_first", "FireUnheard"},
        Fault{Planted::lockdown_opens, "lockdown_holds", "LockdownOpens"},
        Fault{Planted::link_opens, "power_and_network_release_nothing", "LinkOpens"},
        Fault{Planted::deletion_unheard, "whoever_may_not_is_not_let_in", "DeletionUnheard"},
        Fault{Planted::clock_believed, "an_untrusted_clock_grants_nothing_by_time",
              "ClockBelieved"},
        Fault{Planted::forced_told_twice, "an_alarm_is_told_once", "ForcedToldTwice"},
        Fault{Planted::alarm_rows_lost, "alarms_are_kept", "AlarmRowsLost"},
        Fault{Planted::passage_rows_lost, "nobody_passes_twice", "PassageRowsLost"},
        Fault{Planted::button_of_another_door, "an_exit_button_moves_its_own_door",
              "ButtonOfAnotherDoor"},
        Fault{Planted::privilege_invented, "decision_is_the_oracles", "PrivilegeInvented"}),
    [](const auto& fault) { return fault.param.name; });

}  // namespace
}  // namespace lintel::week
