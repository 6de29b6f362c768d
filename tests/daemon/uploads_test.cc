// What comes into being here goes up, and is kept until the server has it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/limits.h"
#include "tests/daemon/fixture.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class UploadLane : public InProcess {
 protected:
  void add(const std::string& table, const std::string& field, const std::string& value) {
    box().engine().upload_later(table, {{{field, value}}}, [this] { ++lost_; });
    box().settle();
  }
  pb::Uploads pull(std::uint64_t after = 0, std::uint32_t most = 100) {
    pb::Request request;
    request.mutable_pull_uploads()->set_after(after);
    request.mutable_pull_uploads()->set_most(most);
    const auto reply = box().ask(request);
    EXPECT_EQ(0, reply.code()) << reply.error();
    return reply.uploads();
  }
  // "1 user Pin=7": number, table, fields and values.
  std::vector<std::string> waiting(std::uint64_t after = 0, std::uint32_t most = 100) {
    std::vector<std::string> rows;
    const auto uploads = pull(after, most);
    for (const auto& upload : uploads.upload()) {
      std::string row = std::to_string(upload.number()) + " " + upload.table();
      EXPECT_EQ(upload.field_size(), upload.value_size());
      for (int i = 0; i < upload.field_size(); ++i)
        row += " " + upload.field(i) + "=" + upload.value(i);
      rows.push_back(std::move(row));
    }
    return rows;
  }
  std::int32_t confirm(std::uint64_t through) {
    pb::Request request;
    request.mutable_confirm_uploads()->set_through(through);
    return box().ask(request).code();
  }
  std::unique_ptr<api::Link> subscriber(bool errands) {
    auto link = box().link(pb::ROLE_PUSH);
    pb::Request request;
    request.mutable_subscribe()->set_options(true);
    request.mutable_subscribe()->set_errands(errands);
    EXPECT_TRUE(link->call(request));
    return link;
  }
  unsigned lost_ = 0;  // rows of add()
  static bool told(api::Link& link) {
    const auto notice = link.next_notice(0ms);
    return notice && *notice && (*notice)->uploads();
  }
};

TEST_F(UploadLane, goes_up_in_its_order_and_is_kept_until_it_is_confirmed) {
  box().engine().upload_later("user", {{{"Pin", "7"}, {"CardNo", ""}}},
                              [] { ADD_FAILURE() << "lost"; });
  add("errorlog", "ErrCode", "D01E03");
  add("testdata", "data", std::string("\0\xff", 2));
  EXPECT_THAT(waiting(), ElementsAre("1 user Pin=7 CardNo=", "2 errorlog ErrCode=D01E03",
                                     std::string("3 testdata data=\0\xff", 18)));
  EXPECT_THAT(waiting(0, 1), ElementsAre("1 user Pin=7 CardNo="));
  EXPECT_THAT(waiting(1, 1), ElementsAre("2 errorlog ErrCode=D01E03"));
  EXPECT_EQ(0, confirm(2));
  EXPECT_EQ(1u, waiting().size());
}

TEST_F(UploadLane, outlives_the_engine_and_uses_no_number_again) {
  add("user", "Pin", "1");
  add("user", "Pin", "2");
  EXPECT_EQ(0, confirm(1));
  box().kill();
  ASSERT_TRUE(box().start());
  EXPECT_THAT(waiting(), ElementsAre("2 user Pin=2"));
  EXPECT_EQ(0, confirm(2));
  box().kill();
  ASSERT_TRUE(box().start());
  EXPECT_THAT(waiting(), IsEmpty());
  add("user", "Pin", "3");
  EXPECT_THAT(waiting(), ElementsAre("3 user Pin=3"));
}

TEST_F(UploadLane, a_confirmation_beyond_the_end_confirms_what_there_is_and_no_more) {
  add("user", "Pin", "1");
  EXPECT_EQ(0, confirm(1'000'000));
  EXPECT_THAT(waiting(), IsEmpty());
  add("user", "Pin", "2");
  EXPECT_THAT(waiting(), ElementsAre("2 user Pin=2"));
}

TEST_F(UploadLane, is_told_on_disk_to_those_who_subscribed_errands) {
  const auto push = subscriber(true);
  const auto other = subscriber(false);
  box().engine().upload_later("user", {{{"Pin", "7"}}}, [] { ADD_FAILURE() << "lost"; });
  box().engine().turn();
  EXPECT_FALSE(told(*push)) << "not on disk yet";
  box().settle();
  EXPECT_TRUE(told(*push));
  EXPECT_FALSE(told(*other));
  box().settle();
  EXPECT_FALSE(told(*push)) << "once";
}

TEST_F(UploadLane, a_reply_stays_far_below_the_size_of_a_frame) {
  constexpr unsigned many = 40;
  for (unsigned i = 0; i < many; ++i)
    add("user", "Pin", std::string(limits::upload_bytes_max - 100, 'p'));
  unsigned seen = 0, replies = 0;
  for (std::uint64_t after = 0; seen < many; ++replies) {
    ASSERT_LT(replies, many);
    const auto uploads = pull(after, 1'000'000);
    ASSERT_GT(uploads.upload_size(), 0);
    EXPECT_LT(uploads.ByteSizeLong(), limits::api_frame_bytes_max / 4);
    for (const auto& upload : uploads.upload())
      EXPECT_EQ(++seen, upload.number());
    after = seen;
  }
  EXPECT_GT(replies, 1u);
}

TEST_F(UploadLane, gives_at_least_one_and_at_most_a_thousand_at_a_time) {
  for (int i = 0; i < 1'200; ++i) {
    box().engine().upload_later("user", {{{"Pin", "1"}}}, [] { ADD_FAILURE() << "lost"; });
    if (i % 100 == 0) box().settle();
  }
  box().settle();
  EXPECT_EQ(1, pull(0, 0).upload_size());
  EXPECT_EQ(1'000, pull(0, UINT32_MAX).upload_size());
  EXPECT_EQ(200, pull(1'000, UINT32_MAX).upload_size());
}

TEST_F(UploadLane, what_is_too_large_is_lost_and_holds_nothing_up) {
  const auto push = subscriber(true);
  add("user", "Pin", std::string(limits::upload_bytes_max + 1, 'p'));
  EXPECT_FALSE(told(*push));
  EXPECT_EQ(1u, lost_);
  add("user", "Pin", "1");
  EXPECT_TRUE(told(*push));
  EXPECT_EQ(1u, lost_);
  EXPECT_THAT(waiting(), ElementsAre("1 user Pin=1"));
}

TEST_F(UploadLane, what_cannot_be_read_goes_up_empty_so_that_the_rest_can_follow) {
  ASSERT_TRUE(box().engine().writer().post(
      {[](storage::Store& store, auto&) -> Result<void> {
         if (auto added = store.add_upload("user", "\xff\xff"); !added) return fail(added.error());
         return {};
       },
       [](const Result<void>& stored) { EXPECT_TRUE(stored); }, true}));
  add("user", "Pin", "2");
  EXPECT_THAT(waiting(), ElementsAre("1 user", "2 user Pin=2"));
}

}  // namespace
}  // namespace lintel::test
