// ENROLL_INFO: the next card that nobody owns becomes a person's, and the door goes on working.
#include <gmock/gmock.h>

#include "tests/daemon/errands_fixture.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;

class Enrolment : public Errands {
 protected:
  void SetUp() override {
    Errands::SetUp();
    box().update("user", {"Pin=5\tPassword=\tName=Ann", "Pin=6\tCardNo=606\tName=Bea"});
    box().update("userauthorize", {"Pin=5\tAuthorizeTimezoneId=1\tAuthorizeDoorId=15",
                                   "Pin=6\tAuthorizeTimezoneId=1\tAuthorizeDoorId=15"});
    seen_ = box().events().size();
  }
  pb::Reply enroll(const std::string& id, const std::string& pin, bool save = true,
                   std::uint32_t retries = 0) {
    pb::Request request;
    auto& wish = *request.mutable_enroll();
    *wish.mutable_command() = key(id, "ENROLL_INFO");
    wish.set_pin(pin);
    wish.set_retries(retries);
    wish.set_save(save);
    return box().ask(request);
  }
  // Codes of the events since the last call.
  std::vector<std::uint32_t> events() {
    std::vector<std::uint32_t> codes;
    const auto all = box().events();
    for (std::size_t at = seen_; at < all.size(); ++at)
      codes.push_back(all[at].code());
    seen_ = all.size();
    return codes;
  }

 private:
  std::size_t seen_ = 0;
};

TEST_F(Enrolment, makes_the_next_card_the_persons_here_and_at_the_server) {
  const auto reply = enroll("9", "5");
  EXPECT_EQ(0, reply.code());
  EXPECT_TRUE(reply.pending());
  EXPECT_THAT(results(), IsEmpty());
  box().swipe(1, 505);
  EXPECT_FALSE(box().board.lock(1)) << "it was shown for enrolment, not to pass";
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_THAT(results(), ElementsAre(Pair("9", 0)));
  EXPECT_THAT(uploads(),
              ElementsAre("user CardNo=505 Pin=5 Name=Ann", "EnrollInfoData TYPE=0 PIN=5 TMP=505"));
  box().swipe(1, 505);
  EXPECT_TRUE(box().board.lock(1)) << "from now on it opens";
  start_again();
  box().swipe(2, 505);
  EXPECT_TRUE(box().board.lock(1)) << "after a restart too";
}

TEST_F(Enrolment, beeps_as_for_somebody_who_is_let_in) {
  enroll("9", "5");
  box().board.wiegand(3, frame26(505));
  box().pass(50ms);
  EXPECT_TRUE(box().board.output({OutputKind::reader_buzzer, 3}));
  box().pass(1s);
  EXPECT_FALSE(box().board.output({OutputKind::reader_buzzer, 3}));
}

TEST_F(Enrolment, gives_a_second_card_a_row_of_its_own) {
  enroll("9", "6");
  box().swipe(1, 0xAB12);
  EXPECT_THAT(results(), ElementsAre(Pair("9", 0)));
  EXPECT_THAT(uploads(), ElementsAre("mulcarduser Pin=6 CardNo=AB12 LossCardFlag=0 CardType=0",
                                     "EnrollInfoData TYPE=0 PIN=6 TMP=43794"));
  box().swipe(1, 606);
  EXPECT_TRUE(box().board.lock(1)) << "the first card is still good";
  box().pass(10s);
  box().swipe(1, 0xAB12);
  EXPECT_TRUE(box().board.lock(1));
}

TEST_F(Enrolment, only_tells_the_server_where_it_is_not_to_save) {
  EXPECT_EQ(0, enroll("9", "77", false).code()) << "nobody here need know this user";
  box().swipe(1, 505);
  EXPECT_THAT(results(), ElementsAre(Pair("9", 0)));
  EXPECT_THAT(uploads(), ElementsAre("EnrollInfoData TYPE=0 PIN=77 TMP=505"));
  box().swipe(1, 505);
  EXPECT_FALSE(box().board.lock(1));
}

TEST_F(Enrolment, lets_others_pass_meanwhile) {
  enroll("9", "5");
  box().swipe(1, 606);
  EXPECT_TRUE(box().board.lock(1));
  EXPECT_THAT(results(), IsEmpty());
  box().pass(10s);
  box().swipe(1, 505);
  EXPECT_THAT(results(), ElementsAre(Pair("9", 0)));
}

TEST_F(Enrolment, is_done_at_once_with_the_persons_own_card) {
  enroll("9", "6");
  box().swipe(1, 606);
  EXPECT_FALSE(box().board.lock(1));
  EXPECT_THAT(results(), ElementsAre(Pair("9", 0)));
  EXPECT_THAT(uploads(), ElementsAre("EnrollInfoData TYPE=0 PIN=6 TMP=606"));
}

TEST_F(Enrolment, gives_up_after_its_tries) {
  enroll("9", "5", true, 2);
  box().pass(89s);
  EXPECT_THAT(results(), IsEmpty());
  box().pass(1s);
  EXPECT_THAT(results(), ElementsAre(Pair("9", -725)));
  box().swipe(1, 505);
  EXPECT_FALSE(box().board.lock(1));
  EXPECT_THAT(uploads(), IsEmpty()) << "that card came too late";
}

TEST_F(Enrolment, counts_a_frame_that_cannot_be_read_as_a_try) {
  enroll("9", "5", true, 1);
  box().board.wiegand(1, std::string(29, '1'));
  box().pass(100ms);
  EXPECT_THAT(results(), IsEmpty());
  EXPECT_EQ(1u, events().size()) << "told at the door as ever";
  box().board.wiegand(1, std::string(29, '1'));
  box().pass(100ms);
  EXPECT_THAT(results(), ElementsAre(Pair("9", -725)));
}

TEST_F(Enrolment, knows_no_more_than_eleven_tries) {
  enroll("9", "5", true, 1'000'000);
  box().pass(11 * 30s - 1s);
  EXPECT_THAT(results(), IsEmpty());
  box().pass(1s);
  EXPECT_THAT(results(), ElementsAre(Pair("9", -725)));
}

TEST_F(Enrolment, is_for_one_at_a_time) {
  enroll("9", "5");
  const auto second = enroll("10", "6");
  EXPECT_EQ(-12, second.code());
  EXPECT_THAT(second.error(), StartsWith("Somebody is being enrolled already"));
  EXPECT_TRUE(enroll("9", "5").pending()) << "the same command once more";
  deliver("10");
  box().swipe(1, 505);
  EXPECT_THAT(results(), ElementsAre(Pair("9", 0)));
  EXPECT_TRUE(enroll("11", "5").pending());
}

TEST_F(Enrolment, of_two_that_come_at_once_takes_the_first) {
  pb::Request request;
  *request.mutable_enroll()->mutable_command() = key("9", "ENROLL_INFO");
  request.mutable_enroll()->set_pin("5");
  pb::Request other = request;
  other.mutable_enroll()->mutable_command()->set_id("10");
  box().engine().take({900, pb::ROLE_PUSH, api::kind_of(request), 1, request.SerializeAsString()});
  const auto second = box().answer(box().send(other));
  ASSERT_TRUE(second);
  EXPECT_EQ(-12, second->code());
  box().swipe(1, 505);
  EXPECT_THAT(results(), ElementsAre(Pair("10", -12), Pair("9", 0)));
}

TEST_F(Enrolment, needs_a_user_to_save_for) {
  EXPECT_EQ(-27, enroll("9", "77").code());
  EXPECT_EQ(-11, enroll("10", "").code());
  EXPECT_EQ(-11, enroll("11", "a b").code());
  box().swipe(1, 505);
  EXPECT_THAT(uploads(), IsEmpty());
}

TEST_F(Enrolment, finds_out_that_the_user_has_gone_meanwhile) {
  enroll("9", "5");
  pb::Request request;
  request.mutable_delete_()->set_table("user");
  request.mutable_delete_()->add_any();
  EXPECT_EQ(0, box().ask(request).code());
  box().swipe(1, 505);
  EXPECT_THAT(results(), ElementsAre(Pair("9", -27)));
  EXPECT_THAT(uploads(), IsEmpty());
}

TEST_F(Enrolment, ends_with_the_engine) {
  enroll("9", "5");
  start_again();
  EXPECT_THAT(results(), ElementsAre(Pair("9", -12)));
  box().swipe(1, 505);
  EXPECT_THAT(uploads(), IsEmpty());
}

// The card was shown, and the power went before it was on disk: all of it or nothing.
TEST_F(Enrolment, is_whole_or_not_at_all_after_a_power_cut) {
  enroll("9", "5");
  box().board.wiegand(1, frame26(505));
  box().engine().turn();
  start_again();
  EXPECT_THAT(results(), ElementsAre(Pair("9", -12)));
  EXPECT_THAT(uploads(), IsEmpty());
  box().swipe(1, 505);
  EXPECT_FALSE(box().board.lock(1));
}

TEST_F(Enrolment, takes_no_frame_of_a_reader_that_recognises_people) {
  box().update("ReaderProperty", {"ID=1\tDoorID=1\tVerifyType=1"});
  enroll("9", "5");
  box().swipe(1, 505);
  EXPECT_THAT(results(), IsEmpty());
  box().swipe(2, 505);
  EXPECT_THAT(results(), ElementsAre(Pair("9", 0)));
}

}  // namespace
}  // namespace lintel::test
