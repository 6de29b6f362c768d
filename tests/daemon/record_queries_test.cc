// COUNT and QUERY of `transaction` (9.1.3, 9.1.4): new records, a time, a person, up to an index.
#include "tests/daemon/rows_fixture.h"

namespace lintel::test {
namespace {

class RecordQueries : public Rows {
 protected:
  void SetUp() override {
    Rows::SetUp();
    std::vector<Event> events;
    for (unsigned n = 1; n <= 60; ++n) {
      Event event;
      event.code = n % 3 == 0 ? EventCode::door_opened : EventCode::opened;
      event.time = start_ + std::chrono::minutes(n);
      if (event.code == EventCode::opened) {
        event.pin = *Pin::from(n % 2 == 0 ? "7" : "07");
        event.card = CardNo{1'000 + n};
      }
      event.address = static_cast<std::uint8_t>(1 + n % 2);
      events.push_back(event);
    }
    ASSERT_TRUE(journal_->append(events));
    ASSERT_TRUE(journal_->confirm(50));
  }
  using Conditions = std::vector<std::pair<std::string, std::string>>;
  static void meet(pb::Conditions& where, const Conditions& conditions) {
    for (const auto& [field, value] : conditions) {
      auto& condition = *where.add_all();
      condition.set_field(field);
      condition.set_value(value);
    }
  }
  // The first and last index, and how many in all, of pages of seven.
  std::string asked(pb::Query query) {
    std::vector<std::string> found;
    query.set_table("transaction");
    query.add_field("index");
    query.set_rows_max(7);
    do {
      pb::Request request;
      *request.mutable_query() = query;
      const auto reply = ask(request);
      EXPECT_EQ(0, reply.code()) << reply.error();
      EXPECT_LE(reply.page().rows(), 7u);
      found.insert(found.end(), reply.page().value().begin(), reply.page().value().end());
      query.set_after(reply.page().next());
    } while (query.after() != 0);
    return found.empty() ? "none"
                         : found.front() + "-" + found.back() + ":" + std::to_string(found.size());
  }
  pb::Reply count_where(const Conditions& conditions) {
    pb::Request request;
    request.mutable_count()->set_table("transaction");
    meet(*request.mutable_count()->mutable_where(), conditions);
    return ask(request);
  }
  const CivilTime start_ =
      CivilTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22).time_since_epoch()) +
      std::chrono::hours(14);
};

TEST_F(RecordQueries, new_records_are_those_that_the_server_does_not_have) {
  pb::Query query;
  EXPECT_EQ("1-60:60", asked(query));
  query.set_new_records(true);
  EXPECT_EQ("51-60:10", asked(query));
}

TEST_F(RecordQueries, a_time_has_both_its_ends) {
  pb::Query query;
  query.set_start_time("2026-11-22 14:10:00");
  EXPECT_EQ("10-60:51", asked(query));
  query.set_end_time("2026-11-22 14:20:00");
  EXPECT_EQ("10-20:11", asked(query));
  query.set_start_time("");
  EXPECT_EQ("1-20:20", asked(query));
  query.set_end_time("yesterday");
  pb::Request request;
  *request.mutable_query() = query;
  request.mutable_query()->set_table("transaction");
  EXPECT_EQ(-11, ask(request).code());
  EXPECT_EQ(11u,
            count_where({{"starttime", "2026-11-22 14:10:00"}, {"EndTime", "2026-11-22 14:20:00"}})
                .rows());
  EXPECT_EQ(-11, count_where({{"starttime", "yesterday"}}).code());
}

TEST_F(RecordQueries, an_index_is_the_end_of_what_is_asked) {
  pb::Query query;
  query.set_through(30);
  EXPECT_EQ("1-30:30", asked(query));
  query.set_after(28);
  EXPECT_EQ("29-30:2", asked(query));
  query.set_after(30);
  EXPECT_EQ("none", asked(query));
}

TEST_F(RecordQueries, a_person_is_who_the_server_says_and_0_is_nobody) {
  EXPECT_EQ(20u, count_where({{"pin", "7"}}).rows());
  EXPECT_EQ(20u, count_where({{"pin", "07"}}).rows());
  EXPECT_EQ(20u, count_where({{"pin", "0"}}).rows());
  EXPECT_EQ(1u, count_where({{"cardno", "1001"}}).rows());
  EXPECT_EQ(20u, count_where({{"eventtype", "200"}}).rows());
  EXPECT_EQ(10u, count_where({{"eventtype", "200"}, {"doorid", "1"}}).rows());
  EXPECT_EQ(-11, count_where({{"doorid", "x"}}).code());
  EXPECT_EQ(-101, count_where({{"nosuchfield", "1"}}).code());
  pb::Query query;
  meet(*query.mutable_where(), {{"pin", "0"}});
  EXPECT_EQ("3-60:20", asked(query));
}

}  // namespace
}  // namespace lintel::test
