// The factory reset: who may command it, and the event that the first start after it leaves.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/daemon/errands_fixture.h"

namespace lintel::test {
namespace {

using ::testing::HasSubstr;

class FactoryReset : public Errands {
 protected:
  pb::Reply reset(const std::string& serial, pb::Role role = pb::ROLE_ADMINISTRATOR) {
    pb::Request request;
    request.mutable_factory_reset()->set_serial(serial);
    return box().ask(request, role);
  }
  [[nodiscard]] std::string mark() const { return directory() + "/reset-done"; }
  void leave_mark() { std::ofstream(mark()).flush(); }
  int recorded() {
    int count = 0;
    for (const auto& event : box().events())
      count += event.code() == 6016 ? 1 : 0;
    return count;
  }
};

TEST_F(FactoryReset, is_wished_of_the_system_when_the_box_is_named) {
  box().system.can_reset = true;
  const auto wrong = reset("1234567890123");
  EXPECT_EQ(-11, wrong.code());
  EXPECT_THAT(wrong.error(), HasSubstr("has the serial 3383154200002"));
  EXPECT_EQ(0u, box().system.resets);
  EXPECT_EQ(0, reset("3383154200002").code());
  EXPECT_EQ(1u, box().system.resets);
}

TEST_F(FactoryReset, is_for_the_administrator_alone) {
  box().system.can_reset = true;
  for (const auto role : {pb::ROLE_PUSH, pb::ROLE_WEB, pb::ROLE_TECHNICIAN})
    EXPECT_EQ(-8, reset("3383154200002", role).code());
  EXPECT_EQ(0u, box().system.resets);
}

TEST_F(FactoryReset, says_why_it_cannot_be_had) {
  EXPECT_EQ(-708, reset("3383154200002").code()) << "there is nobody to do it";
  box().system.can_reset = true;
  box().system.failing = "the folder is full";
  const auto failed = reset("3383154200002");
  EXPECT_EQ(-15, failed.code());
  EXPECT_THAT(failed.error(), HasSubstr("the folder is full"));
}

TEST_F(FactoryReset, leaves_one_event_at_the_first_start) {
  EXPECT_EQ(0, recorded());
  leave_mark();
  start_again();
  EXPECT_EQ(1, recorded());
  EXPECT_FALSE(std::filesystem::exists(mark()));
  start_again();
  EXPECT_EQ(1, recorded());
}

TEST_F(FactoryReset, is_told_twice_rather_than_never_when_the_power_goes_before_the_mark) {
  leave_mark();
  start_again();
  leave_mark();  // as a power cut brings it back that came between event and removal
  start_again();
  EXPECT_EQ(2, recorded());
  EXPECT_FALSE(std::filesystem::exists(mark()));
}

TEST_F(FactoryReset, a_mark_that_is_no_plain_file_is_not_believed) {
  std::filesystem::create_symlink("/etc/passwd", mark());
  start_again();
  EXPECT_EQ(0, recorded());
}

}  // namespace
}  // namespace lintel::test
