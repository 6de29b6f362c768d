// A server that hands no command out a second time, and outages longer than the engine remembers
// commands for: what the engine has carried out it keeps until the server has the result, whoever
// dies, and so it does with the rows that go up unasked. Commands that push had not brought to the
// engine when it died are lost with it: that is why servers hand out again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "tests/sim/chance.h"
#include "tests/sim/lanes.h"
#include "tests/sim/trouble.h"

namespace lintel::sim {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

// Which command a request carries out; nothing: none that the engine keeps a result of.
const pb::CommandKey* key_of(const pb::Request& request) {
  if (request.has_update()) return &request.update().command();
  if (request.has_delete_()) return &request.delete_().command();
  if (request.has_set_options()) return &request.set_options().command();
  if (request.has_control()) return &request.control().command();
  if (request.has_enroll()) return &request.enroll().command();
  return nullptr;
}

// What tells a row from every other: the engine's field, and the text that reaches the server.
std::string mark_of(const pb::Upload& row) {
  const std::string wanted = row.table() == "testdata"   ? "bits"
                             : row.table() == "errorlog" ? "cmdid"
                                                         : "TMP";
  for (int i = 0; i < row.field_size(); ++i) {
    if (row.field(i) == wanted) return wanted + "=" + row.value(i);
  }
  return row.table();
}

class Kept : public TroubledLife {
 public:
  explicit Kept(std::uint64_t seed, Sabotage sabotage = Sabotage::nothing)
      : TroubledLife("outage", seed, sabotage) {
    lanes_.server.change([](fake::Settings& s) { s.hand_out_again_after = 0; });
    fake::Listeners listeners;
    listeners.event = [this](const fake::Event& event) {
      constexpr unsigned remote_opened = 8;
      if (event.code == remote_opened) ++opened_;
    };
    listeners.result = [this](const std::string& id, const std::string&, int code) {
      answers_[id].insert(code);
    };
    lanes_.server.listen(listeners);
    lanes_.network = [this] { return network_of_this(); };
    lanes_.at_step = [this](Lanes::Step step, const pb::Request* request, const pb::Reply* reply) {
      at_step(step, request, reply);
    };
    lanes_.arrived = [this](const push::HttpRequest& request, const push::HttpReply& reply) {
      if (reply.status == 200) look_at_rows(request);
    };
    lanes_.run_until([this] { return lanes_.quiet(); }, 60s);
  }

  void print() const {
    std::printf(
        "%llu outages, %llu of them longer than a minute; %llu commands, %llu done by the engine, "
        "%zu lost before they reached it; %zu rows; %llu deaths of push, %llu of the engine\n",
        static_cast<unsigned long long>(chapters_), static_cast<unsigned long long>(long_ones_),
        static_cast<unsigned long long>(commands_), static_cast<unsigned long long>(done_), lost_,
        rows_.size(), static_cast<unsigned long long>(push_deaths_),
        static_cast<unsigned long long>(engine_deaths_));
  }

 private:
  // ---- one outage

  void one() override {
    trouble_ = any_trouble(chance_);
    const bool is_long = chance_.percent(15);
    long_ones_ += is_long ? 1 : 0;
    const auto length = is_long ? 61s + chance_.up_to(120s) : 100ms + chance_.up_to(6s);
    engine_away_for_ = is_long ? 90s : 4s;
    steps_left_ = 1 + chance_.below(25);
    may_lose_ = false;
    sent_.clear();
    executed_.clear();
    const Uptime start = lanes_.now();
    for (unsigned n = chance_.below(4); n > 0; --n)
      lanes_.at(start + chance_.up_to(length + 1s), [this] { show_card(); });
    for (unsigned n = chance_.below(4); n > 0; --n)
      lanes_.at(start + chance_.up_to(length + 1s), [this] { send_command(); });
    if (trouble_ == Trouble::forgets_us) lanes_.server.forget_registration();
    lanes_.run(length);
    trouble_.reset();
    lanes_.run(1s);  // what was planned for this time happens
    lanes_.start_engine();
    // A poll of somebody unknown brings nothing, the next one everything, and one more comes when
    // that is done.
    const auto polls = lanes_.server.count(fake::Kind::getrequest) + 3;
    const bool settled = lanes_.run_until(
        [&] { return lanes_.server.count(fake::Kind::getrequest) >= polls && all_there(); }, 120s);
    check(settled);
  }

  // Whoever was to be enrolled has a minute for it: the result may take that long.
  bool all_there() {
    if (!lanes_.online() || !lanes_.box().running() || next_row_ < rows_.size()) return false;
    for (const auto& id : executed_) {
      if (answers_[id].empty()) return false;
    }
    const auto status = lanes_.box().status();
    return status.confirmed_event() == status.last_event();
  }

  void check(bool settled) {
    if (!settled && next_row_ < rows_.size()) complain("a row is lost: " + rows_[next_row_]);
    for (const auto& [id, text] : sent_) {
      const auto& codes = answers_[id];
      if (!codes.empty()) {
        if (text == opens && codes.count(0) > 0) ++openings_due_;
        if (codes.size() > 1) complain(text + " has several results");
      } else if (executed_.count(id) > 0) {
        complain("no result of " + text);
      } else if (may_lose_) {
        ++lost_;
      } else {
        complain(text + " got lost, and nobody had died");
      }
      done_ += executed_.count(id);
    }
    if (opened_ != openings_due_) {
      complain("the door was opened " + std::to_string(opened_) + " times, and " +
               std::to_string(openings_due_) + " commands to open it were carried out");
    }
    if (!settled && complaints().empty()) complain("it does not come to rest");
  }

  // An answer with commands that never comes takes them along.
  Lanes::Network network_of_this() {
    using Network = Lanes::Network;
    const Network how = network();
    may_lose_ = may_lose_ || how == Network::unheard || how == Network::broken;
    return how;
  }
  void push_is_to_die() override { may_lose_ = true; }

  void at_step(Lanes::Step step, const pb::Request* request, const pb::Reply* reply) {
    if (step == Lanes::Step::after_call && request != nullptr && reply != nullptr) {
      const auto* key = key_of(*request);
      constexpr int busy = -3, unwritten = -15;
      const bool kept = reply->code() != busy && reply->code() != unwritten;
      if (key != nullptr && !key->id().empty() && kept) executed_.insert(key->id());
      if (request->has_update()) note_rows();
      note(reply->uploads());  // before any of it can be with the server
    }
    die_at(step, 4, engine_away_for_);
  }

  // ---- commands

  static constexpr const char* opens = "CONTROL DEVICE 01010101";

  void send_command() {
    static const char* const texts[] = {"DATA UPDATE user Pin=7\tName=Ada",
                                        "DATA DELETE user Pin=7",
                                        "SET OPTIONS Door1Drivertime=5",
                                        opens,
                                        "DATA UPDATE user Name=Nobody",
                                        "DATA UPDATE biophoto PIN=7\tType=9\tContent=QUJD\t"
                                        "PostBackTmpFlag=1",
                                        "ENROLL_INFO TYPE=0\tPIN=7\tMODE=0",
                                        "CONTROL DEVICE 09010000"};
    const char* text = texts[chance_.below(std::size(texts))];
    sent_[lanes_.server.queue(text)] = text;
    ++commands_;
  }

  // ---- rows that go up unasked

  void show_card() {
    lanes_.swipe(1 + chance_.below(4), ++card_);
    note_rows();
  }

  // What is there now that was not; it is durable.
  void note_rows() {
    if (!lanes_.box().running()) return;
    pb::Request request;
    request.mutable_pull_uploads()->set_after(last_row_);
    request.mutable_pull_uploads()->set_most(100);
    note(lanes_.box().ask(request).uploads());
  }

  void note(const pb::Uploads& found) {
    for (const auto& row : found.upload()) {
      if (row.number() <= last_row_) continue;
      last_row_ = row.number();
      place_[mark_of(row)] = rows_.size();
      rows_.push_back(mark_of(row));
    }
  }

  void look_at_rows(const push::HttpRequest& request) {
    const bool ours = request.target.find("table=testdata") != std::string::npos ||
                      request.target.find("type=EnrollInfoData") != std::string::npos ||
                      request.target.find("tablename=errorlog") != std::string::npos;
    if (!ours) return;
    std::size_t start = 0;
    for (std::size_t at = 0; at <= request.body.size(); ++at) {
      const bool ends = at == request.body.size() ||
                        std::string_view("\t\r\n ").find(request.body[at]) != std::string::npos;
      if (!ends) continue;
      const auto found = place_.find(request.body.substr(start, at - start));
      start = at + 1;
      if (found == place_.end()) continue;
      if (found->second > next_row_) complain("before " + rows_[next_row_] + " comes a later row");
      next_row_ = std::max(next_row_, found->second + 1);
    }
  }

  std::chrono::nanoseconds engine_away_for_{};
  bool may_lose_ = false;
  std::map<std::string, std::string> sent_;
  std::set<std::string> executed_;
  std::map<std::string, std::set<int>> answers_;
  std::uint32_t card_ = 0;
  std::uint64_t last_row_ = 0;
  std::vector<std::string> rows_;             // in the engine's order
  std::map<std::string, std::size_t> place_;  // in rows_
  std::size_t next_row_ = 0, lost_ = 0;
  std::uint64_t long_ones_ = 0, commands_ = 0, done_ = 0;
  std::uint64_t opened_ = 0, openings_due_ = 0;
};

TEST(OutagesWithoutASecondChance, lose_no_result_and_no_row) {
  const auto seed = number_from("LINTEL_SEED", 1);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Kept kept(seed);
  kept.live(number_from("LINTEL_OUTAGES", 10'000));
  kept.print();
  EXPECT_THAT(kept.complaints(), IsEmpty()) << "Rerun with LINTEL_SEED=" << seed;
}

// ---- a harness that cannot fail proves nothing

std::vector<std::string> complaints_with(Sabotage sabotage) {
  Kept kept(1, sabotage);
  kept.live(2'000);
  return kept.complaints();
}

TEST(PlantedOutage, results_that_are_confirmed_before_the_server_has_them) {
  EXPECT_THAT(complaints_with(Sabotage::results_confirmed_early),
              Contains(HasSubstr("no result of")));
}

TEST(PlantedOutage, results_that_a_new_push_does_not_ask_for) {
  EXPECT_THAT(complaints_with(Sabotage::results_forgotten), Contains(HasSubstr("no result of")));
}

TEST(PlantedOutage, rows_that_are_confirmed_before_the_server_has_them) {
  EXPECT_THAT(complaints_with(Sabotage::uploads_confirmed_early),
              Contains(testing::AnyOf(HasSubstr("a row is lost"), HasSubstr("comes a later row"))));
}

}  // namespace
}  // namespace lintel::sim
