#include <gtest/gtest.h>

#include "engine/api/frame.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/victim.h"

namespace lintel::fuzz {
namespace {

// One good request of each kind, as bytes.
std::vector<std::string> good_requests() {
  std::vector<std::string> corpus;
  const auto add = [&corpus](const pb::Request& request) {
    corpus.push_back(request.SerializeAsString());
  };
  pb::Request request;
  auto& update = *request.mutable_update();
  update.mutable_command()->set_id("1");
  update.mutable_command()->set_digest(std::string(32, 'd'));
  update.set_table("user");
  auto& rows = *update.add_rows();
  for (const char* field : {"Pin", "CardNo", "Disable"})
    rows.add_field(field);
  for (const char* value : {"7", "77", "0", "8", "88", "1"})
    rows.add_value(value);
  add(request);
  request.mutable_delete_()->set_table("mulcarduser");
  auto& condition = *request.mutable_delete_()->add_any()->add_all();
  condition.set_field("Pin");
  condition.set_value("7");
  add(request);
  request.mutable_count()->set_table("transaction");
  add(request);
  request.mutable_query()->set_table("user");
  request.mutable_query()->add_field("Pin");
  request.mutable_query()->set_rows_max(3);
  add(request);
  auto& option = *request.mutable_set_options()->add_option();
  option.set_name("Door1Drivertime");
  option.set_value("5");
  add(request);
  request.mutable_get_options()->add_name("LockCount");
  add(request);
  auto& control = *request.mutable_control();
  control.set_verb(pb::Control::CANCEL_ALARM);
  control.set_place(1);
  control.mutable_command()->set_id("9");
  add(request);
  request.mutable_set_time()->set_utc_seconds(1'795'000'000);
  request.mutable_set_time()->set_has_zone(true);
  request.mutable_set_time()->set_zone_minutes(60);
  add(request);
  request.mutable_get_status();
  add(request);
  request.mutable_pull_events()->set_after(1);
  request.mutable_pull_events()->set_most(10);
  add(request);
  request.mutable_confirm_events()->set_through(1);
  add(request);
  request.mutable_subscribe()->set_events(true);
  add(request);
  request.mutable_explain()->set_reader(1);
  request.mutable_explain()->set_card(card_of_ada);
  request.mutable_explain()->set_time("2026-11-23 08:10:00");
  add(request);
  request.mutable_report_link()->mutable_link()->set_state("online");
  add(request);
  return corpus;
}

TEST(RequestFuzz, EachIsAnsweredAndARefusalChangesNothing) {
  Victim victim;
  sim::Chance chance(14);
  const auto corpus = good_requests();
  unsigned refused = 0, done = 0;
  auto digest = victim.digest();
  for (unsigned count = cases(2'000); count > 0; --count) {
    const std::string bytes = mutated(corpus, chance);
    pb::Request parsed;
    // Also of a kind that the bytes are not: the peer says so, and may lie.
    const bool honest = parsed.ParseFromString(bytes) && chance.percent(80);
    const auto kind =
        honest ? api::kind_of(parsed) : static_cast<api::FrameKind>(chance.between(1, 3));
    const auto role = chance.one_of(
        {pb::ROLE_PUSH, pb::ROLE_PUSH, pb::ROLE_WEB, pb::ROLE_TECHNICIAN, pb::ROLE_NONE});
    const auto reply = victim.ask(role, kind, bytes);
    ASSERT_TRUE(reply.has_value());
    victim.station.settle_all();
    if (reply->code() >= 0) {
      ++done;
      digest = victim.digest();
      continue;
    }
    ++refused;
    ASSERT_FALSE(reply->error().empty());
    ASSERT_EQ(victim.digest(), digest)
        << "refused with " << reply->code() << ": " << reply->error();
  }
  EXPECT_GT(refused, 200u);
  EXPECT_GT(done, 40u);
}

TEST(RequestFuzz, WhoMayOnlyLookChangesNothing) {
  Victim victim;
  sim::Chance chance(15);
  const auto corpus = good_requests();
  const auto digest = victim.digest();
  for (unsigned count = cases(1'000); count > 0; --count) {
    const auto role = chance.one_of({pb::ROLE_WEB, pb::ROLE_TECHNICIAN, pb::ROLE_NONE});
    const auto kind = static_cast<api::FrameKind>(chance.between(1, 3));
    const auto bytes = chance.percent(30) ? chance.one_of(corpus) : mutated(corpus, chance);
    (void)victim.ask(role, kind, bytes);
    victim.station.settle_all();
  }
  EXPECT_EQ(victim.digest(), digest);
  EXPECT_TRUE(victim.lets_ada_in());
}

// Streams of frames, cut and changed: whole frames come out, or the stream is refused.
TEST(RequestFuzz, AStreamOfFramesIsCutOrRefused) {
  sim::Chance chance(16);
  std::vector<std::string> streams;
  for (const auto& bytes : good_requests()) {
    pb::Request request;
    ASSERT_TRUE(request.ParseFromString(bytes));
    std::string stream;
    for (std::uint64_t id = 1; id <= 3; ++id)
      api::append_frame(stream, api::kind_of(request), id, request);
    streams.push_back(stream);
  }
  unsigned cut = 0, refused = 0;
  for (unsigned count = cases(20'000); count > 0; --count) {
    const std::string stream = mutated(streams, chance);
    api::FrameReader reader;
    bool sound = true;
    for (std::size_t at = 0; at < stream.size() && sound;) {
      const std::size_t piece = chance.between(1, 40);
      reader.feed(std::string_view(stream).substr(at, piece));
      at += piece;
      api::FrameReader::Frame frame;
      for (;;) {
        const auto next = reader.next(frame);
        sound = next.has_value();
        if (!sound || !*next) break;
        ASSERT_EQ(frame.body.size(), frame.header.bytes);
        ++cut;
      }
    }
    if (!sound) ++refused;
  }
  EXPECT_GT(cut, 1'000u);
  EXPECT_GT(refused, 1'000u);
}

}  // namespace
}  // namespace lintel::fuzz
