// Appendix 13: the lower version of both sides is spoken. What each server version changes.
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Kind;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

struct Case {
  const char* name;
  std::optional<std::string> said;  // PushProtVer
  ProtocolVersion spoken;
  bool batches;
  bool encryption;
  bool error_log;
  bool validity_codes;
};
void PrintTo(const Case& of, std::ostream* out) {
  *out << of.name;
}
const Case cases[] = {
    {"names_none", std::nullopt, {3, 0, 1}, false, false, false, false},
    {"is_3_0_1", "3.0.1", {3, 0, 1}, false, false, false, false},
    {"is_3_1_1", "3.1.1", {3, 1, 1}, true, true, false, false},
    {"is_3_1_2", "3.1.2", {3, 1, 2}, true, true, true, true},
    {"is_newer", "3.2.0", {3, 1, 2}, true, true, true, true},
    {"is_much_newer", "10.0.0", {3, 1, 2}, true, true, true, true},
    {"is_older_than_all", "2.0.22", {2, 0, 22}, false, false, false, false},
    {"says_nonsense", "new", {3, 0, 1}, false, false, false, false},
    {"says_half_a_version", "3.1", {3, 0, 1}, false, false, false, false},
};

class AServerThat : public World, public ::testing::WithParamInterface<Case> {
 protected:
  AServerThat() {
    server_.change([](fake::Settings& s) { s.configure("PushProtVer", GetParam().said); });
  }
};

TEST_P(AServerThat, is_spoken_to_in_the_lower_version) {
  Parameters parameters;
  parameters.take(
      ConfigBlock(GetParam().said ? "PushProtVer=" + *GetParam().said : "ErrorDelay=30"));
  EXPECT_EQ(parameters.protocol, GetParam().spoken);
  EXPECT_EQ(speaks(parameters.protocol, Feature::batches), GetParam().batches);
  EXPECT_EQ(speaks(parameters.protocol, Feature::encryption), GetParam().encryption);
  EXPECT_EQ(speaks(parameters.protocol, Feature::error_log), GetParam().error_log);
  EXPECT_EQ(speaks(parameters.protocol, Feature::validity_codes), GetParam().validity_codes);
}

TEST_P(AServerThat, is_told_our_version_whatever_its_own_is) {
  go_online();
  EXPECT_THAT(requests_of(Kind::connect).front().request.target, HasSubstr("&pushver=3.1.2&"));
  EXPECT_THAT(server_.registry().at("PushVersion"), HasSubstr("3.1.2"));
}

TEST_P(AServerThat, gets_a_backlog_in_batches_or_one_by_one) {
  make_events(40);
  go_online();
  run(10s);
  EXPECT_THAT(server_.missing_events(), IsEmpty());
  EXPECT_EQ(server_.most_events_in_a_request() > 1, GetParam().batches);
  EXPECT_EQ(server_.events().size(), box_->events().size());
}

// A card before its first day: 5024 to those that know it, 29 to the others.
TEST_P(AServerThat, knows_one_code_of_validity_or_three) {
  ASSERT_EQ(box_->update("user", {"Pin=1\tCardNo=77\tStartTime=20400101\tEndTime=20410101"}).code(),
            0);
  ASSERT_EQ(
      box_->update("userauthorize", {"Pin=1\tAuthorizeTimezoneId=1\tAuthorizeDoorId=15"}).code(),
      0);
  go_online();
  box_->swipe(1, 77);
  run(5s);
  ASSERT_THAT(server_.events(), ::testing::Not(IsEmpty()));
  EXPECT_EQ(server_.events().back().code, GetParam().validity_codes ? 5024u : 29u);
}

INSTANTIATE_TEST_SUITE_P(Versions, AServerThat, ::testing::ValuesIn(cases),
                         [](const auto& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace lintel::push
