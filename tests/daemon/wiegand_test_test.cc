// The Wiegand test: raw frames go up while it is on, and the door goes on deciding.
#include "engine/daemon/wiegand_test.h"

#include <gmock/gmock.h>

#include "engine/core/limits.h"
#include "tests/daemon/errands_fixture.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string odd = "10110011101";  // nothing understands this

class WiegandTest : public Errands {
 protected:
  void SetUp() override {
    Errands::SetUp();
    box().update("user", {"Pin=6\tCardNo=606"});
    box().update("userauthorize", {"Pin=6\tAuthorizeTimezoneId=1\tAuthorizeDoorId=15"});
  }
  void send(unsigned reader, const std::string& bits) {
    box().board.wiegand(reader, bits);
    box().pass(100ms);
  }
  void test(bool on) {
    EXPECT_EQ(0, control(on ? "1" : "2", pb::Control::WIEGAND_TEST, 0, on).code());
  }
};

TEST_F(WiegandTest, sends_frames_up_bit_by_bit_and_goes_on_deciding) {
  send(1, frame26(606));
  EXPECT_THAT(uploads(), IsEmpty());
  box().pass(10s);
  test(true);
  send(1, frame26(606));
  EXPECT_TRUE(box().board.lock(1));
  send(4, odd);
  EXPECT_THAT(
      uploads(),
      ElementsAre("testdata type=wg bitscount=26 bits=" + frame26(606) + " sn=3383154200002",
                  "testdata type=wg bitscount=11 bits=" + odd + " sn=3383154200002"));
  test(false);
  send(1, frame26(606));
  EXPECT_THAT(uploads(), SizeIs(2));
}

TEST_F(WiegandTest, keeps_to_itself_what_is_typed) {
  test(true);
  box().type(1, "1234#");
  send(1, "10110");  // what noise left of a key
  EXPECT_THAT(uploads(), IsEmpty());
}

TEST_F(WiegandTest, ends_after_ten_minutes_and_with_the_engine) {
  test(true);
  box().pass(599s);
  send(1, odd);
  EXPECT_THAT(uploads(), SizeIs(1));
  box().pass(1s);
  send(1, odd);
  EXPECT_THAT(uploads(), SizeIs(1));
  EXPECT_EQ(0, control("3", pb::Control::WIEGAND_TEST, 0, true).code());
  start_again();
  send(1, odd);
  EXPECT_THAT(uploads(), SizeIs(1));
}

TEST_F(WiegandTest, does_not_let_a_reader_that_chatters_fill_the_disk) {
  test(true);
  for (int frame = 0; frame < 100; ++frame) {
    box().board.wiegand(1, odd);
    box().pass(50ms);
  }
  // 100 frames within 6 s: ten of each second.
  EXPECT_GE(uploads().size(), 50u);
  EXPECT_LE(uploads().size(), 70u);
}

TEST_F(WiegandTest, is_of_the_whole_box) {
  pb::Request request;
  request.mutable_control()->set_verb(pb::Control::WIEGAND_TEST);
  request.mutable_control()->set_place(2);
  request.mutable_control()->set_on(true);
  EXPECT_EQ(-11, box().ask(request).code());
}

TEST(WiegandTestAlone, counts_what_it_leaves_out) {
  daemon::WiegandTest test;
  const Uptime start{};
  test.begin(start);
  for (unsigned frame = 0; frame < limits::test_frames_per_second_max; ++frame)
    EXPECT_TRUE(test.may_send(start));
  EXPECT_FALSE(test.may_send(start + 999ms));
  EXPECT_EQ(1u, test.dropped());
  EXPECT_TRUE(test.may_send(start + 1s));
  EXPECT_TRUE(test.on(start + 599s));
  EXPECT_FALSE(test.on(start + 600s));
  test.begin(start + 700s);
  EXPECT_EQ(0u, test.dropped());
}

TEST(WiegandTestAlone, shows_the_beginning_of_a_frame_that_is_too_long) {
  hal::Frame frame;
  frame.bits.set(0).set(2);
  frame.size = 4;
  EXPECT_EQ("1010", daemon::bits_text(frame));
  frame.size = 255;
  EXPECT_EQ(limits::frame_bits_max, daemon::bits_text(frame).size());
}

}  // namespace
}  // namespace lintel::test
