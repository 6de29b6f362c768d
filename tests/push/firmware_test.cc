// The download lane: firmware by the three methods of 9.4.1, through a network that breaks and a
// server that is wrong, under simulated time. The engine is one of paper: it keeps the bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "push/downloader.h"
#include "tests/fake_server/fake_server.h"
#include "tests/fake_server/file_desk.h"
#include "tests/push/scripted_link.h"

namespace lintel::push {
namespace {

using fake::FileDesk;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr std::size_t mib = 1u << 20;

std::string firmware_of(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
  }
  return bytes;
}

std::string header(const HttpRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

class Firmware : public ::testing::Test {
 protected:
  Firmware() {
    Parameters who;
    who.registry_code = "code";
    session_.begin({false, "192.0.2.1", 8088}, who);
    session_.went_online();
    restart();
  }
  void restart() {
    lane_ = std::make_unique<Downloader>(
        Downloader::Setup{"3383154200002",
                          [this](const ServerAddress& address) { return line_to(address); },
                          [this]() { return link(); }, [this] { return now_; }, 5},
        session_);
  }
  // The server orders an upgrade to these bytes; the engine has taken the wish.
  void order(pb::Upgrade::Method method, std::string file, std::string url = "/data/emfw.cfg") {
    file_ = std::move(file);
    desk_.put("/data/emfw.cfg", file_,
              method == pb::Upgrade::BASE64 ? FileDesk::Style::base64 : FileDesk::Style::plain);
    auto& upgrade = *state_.mutable_upgrade();
    upgrade.mutable_command()->set_id("384");
    upgrade.set_method(method);
    upgrade.set_url(std::move(url));
    upgrade.set_size(file_.size());
    state_.set_wanted(true);
    told_ = true;
  }
  // Until the lane has said how it ended, at most so long.
  std::optional<int> play(std::chrono::nanoseconds most = 10min) {
    const Uptime end = now_ + most;
    unsigned steps = 0;
    while (!ended_ && now_ < end) {
      const Uptime next = lane_->step();
      if (next > now_) steps = 0;
      if (++steps > 2000) throw std::runtime_error("the lane runs in circles");
      now_ = std::clamp(next, now_, now_ + 30s);
    }
    return ended_;
  }

  // ---- the engine
  Result<std::unique_ptr<api::Link>> link() {
    if (!engine_there_) return fail(Errc::gone, "the engine is away");
    return std::make_unique<ScriptedLink>(
        [this](const pb::Request& request) { return answer(request); },
        [this]() -> std::optional<pb::Notice> {
          if (!std::exchange(told_, false)) return std::nullopt;
          pb::Notice notice;
          notice.set_upgrade(true);
          return notice;
        });
  }
  Result<pb::Reply> answer(const pb::Request& request) {
    if (!engine_there_) return fail(Errc::gone, "the engine is away");
    pb::Reply reply;
    if (request.has_get_upgrade()) *reply.mutable_upgrade() = state_;
    if (request.has_upgrade_piece()) reply.set_code(take(request.upgrade_piece()));
    if (request.has_end_upgrade()) {
      ended_ = request.end_upgrade().code();
      state_.Clear();
    }
    return reply;
  }
  std::int32_t take(const pb::UpgradePiece& piece) {
    if (busy_ > 0) {
      --busy_;
      return -3;
    }
    if (full_at_ && piece.offset() + piece.data().size() > *full_at_) return -18;
    EXPECT_LE(piece.data().size(), mib);
    if (piece.offset() == 0) kept_.clear();
    EXPECT_EQ(piece.offset(), kept_.size());
    kept_ += piece.data();
    state_.set_received(kept_.size());
    pieces_.push_back(piece.data().size());
    if (dies_after_ && --*dies_after_ == 0) engine_there_ = false;
    return 0;
  }

  // ---- the network
  class Line : public Transport {
   public:
    Line(Firmware& test, ServerAddress address) : test_(test), address_(std::move(address)) {}
    Result<HttpReply> exchange(const HttpRequest&, std::chrono::milliseconds) override {
      return fail(Errc::io, "files are fetched, not exchanged");
    }
    Result<HttpReply> fetch(const HttpRequest& request, std::chrono::milliseconds stall,
                            const Sink& sink) override {
      return test_.fetch(address_, request, stall, sink);
    }

   private:
    Firmware& test_;
    ServerAddress address_;
  };
  std::unique_ptr<Transport> line_to(const ServerAddress& address) {
    return std::make_unique<Line>(*this, address);
  }
  Result<HttpReply> fetch(const ServerAddress& address, const HttpRequest& request,
                          std::chrono::milliseconds stall, const Transport::Sink& sink) {
    asked_.push_back(request);
    asked_at_.push_back(address);
    if (down_) {
      now_ += stall;
      return fail(Errc::timeout, "no answer in time");
    }
    FileDesk::Query query;
    if (const auto at = request.target.find("url="); at != std::string::npos) {
      query["url"] = request.target.substr(at + 4);
    }
    auto reply = instead_ ? *instead_ : desk_.serve(request, query);
    const auto body = std::exchange(reply.body, {});
    if (reply.status / 100 != 2) return reply;
    std::size_t most = body.size();
    if (!breaks_.empty()) {
      most = std::min(most, breaks_.front());
      breaks_.pop_front();
    }
    for (std::size_t at = 0; at < most; at += 8192) {
      if (!sink(reply, std::string_view(body).substr(at, std::min<std::size_t>(8192, most - at)))) {
        return fail(Errc::invalid, "the file is not wanted");
      }
    }
    if (most < body.size()) return fail(Errc::io, "the connection broke");
    return reply;
  }
  std::vector<std::string> ranges() const {
    std::vector<std::string> ranges;
    for (const auto& request : asked_) {
      ranges.push_back(header(request, "Range"));
    }
    return ranges;
  }

  Uptime now_{1h};
  Session session_;
  FileDesk desk_;
  std::unique_ptr<Downloader> lane_;
  pb::UpgradeState state_;
  std::string file_, kept_;
  std::vector<std::size_t> pieces_;
  std::optional<int> ended_;
  std::optional<std::uint64_t> full_at_;
  std::optional<unsigned> dies_after_;
  unsigned busy_ = 0;  // pieces that the engine's queue has no room for
  bool engine_there_ = true;
  bool told_ = false;
  bool down_ = false;
  std::deque<std::size_t> breaks_;  // after so many bytes of the next answers
  std::optional<HttpReply> instead_;
  std::vector<HttpRequest> asked_;
  std::vector<ServerAddress> asked_at_;
};

TEST_F(Firmware, of_method_1_is_decoded_on_the_way) {
  order(pb::Upgrade::BASE64, firmware_of(2 * mib + 77),
        "http://localhost:8088/fireware/data/emfw.cfg");
  EXPECT_EQ(play(), 0);
  EXPECT_EQ(kept_, file_);
  EXPECT_THAT(pieces_, ElementsAre(mib, mib, 77));
  ASSERT_THAT(asked_, SizeIs(1));
  EXPECT_EQ(asked_[0].method, "GET");
  EXPECT_EQ(asked_[0].target,
            "/iclock/file?SN=3383154200002"
            "&url=http://192.0.2.1:8088/fireware/data/emfw.cfg");
  EXPECT_EQ(header(asked_[0], "Cookie"), "token=" + token("code", "3383154200002", ""));
  EXPECT_EQ(header(asked_[0], "Accept-Encoding"), "");
}

TEST_F(Firmware, of_method_2_comes_as_it_is) {
  order(pb::Upgrade::DIRECT, firmware_of(300'000), "http://192.0.2.13:89/data/emfw.cfg");
  EXPECT_EQ(play(), 0);
  EXPECT_EQ(kept_, file_);
  EXPECT_EQ(asked_.at(0).target,
            "/iclock/file?SN=3383154200002&url=http://192.0.2.13:89/data/emfw.cfg");
  EXPECT_THAT(asked_at_, Each(ServerAddress{false, "192.0.2.1", 8088}));
  EXPECT_THAT(ranges(), ElementsAre(""));
}

TEST_F(Firmware, of_method_3_comes_by_range_a_MiB_at_a_time) {
  order(pb::Upgrade::RANGE, firmware_of(2 * mib + 5));
  EXPECT_EQ(play(), 0);
  EXPECT_EQ(kept_, file_);
  EXPECT_THAT(ranges(),
              ElementsAre("bytes=0-1048575", "bytes=1048576-2097151", "bytes=2097152-2097156"));
  EXPECT_EQ(asked_[0].target, "/data/emfw.cfg");
  EXPECT_THAT(header(asked_[0], "Cookie"), HasSubstr("token="));
}

TEST_F(Firmware, of_another_port_is_fetched_without_our_cookie) {
  order(pb::Upgrade::RANGE, firmware_of(9), "http://192.0.2.1:89/data/emfw.cfg");
  EXPECT_EQ(play(), 0);
  EXPECT_THAT(asked_at_, Each(ServerAddress{false, "192.0.2.1", 89}));
  EXPECT_EQ(header(asked_.at(0), "Cookie"), "");
}

TEST_F(Firmware, of_another_host_is_asked_of_nobody) {
  order(pb::Upgrade::RANGE, firmware_of(9), "http://198.51.100.7/data/emfw.cfg");
  EXPECT_EQ(play(), -618);
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(Firmware, does_not_go_from_https_down_to_http) {
  Parameters who;
  session_.begin({true, "192.0.2.1", 443}, who);
  session_.went_online();
  order(pb::Upgrade::RANGE, firmware_of(9), "http://192.0.2.1/data/emfw.cfg");
  EXPECT_EQ(play(), -618);
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(Firmware, goes_on_where_it_broke_off) {
  order(pb::Upgrade::RANGE, firmware_of(mib + mib / 2));
  breaks_ = {300'000, 0, 100'000};
  EXPECT_EQ(play(), 0);
  EXPECT_EQ(kept_, file_);
  EXPECT_THAT(ranges(),
              ElementsAre("bytes=0-1048575", "bytes=300000-1348575", "bytes=300000-1348575",
                          "bytes=400000-1448575", "bytes=1448576-1572863"));
}

TEST_F(Firmware, of_method_2_goes_on_too_where_the_server_can) {
  order(pb::Upgrade::DIRECT, firmware_of(400'000));
  breaks_ = {150'000};
  EXPECT_EQ(play(), 0);
  EXPECT_EQ(kept_, file_);
  EXPECT_THAT(ranges(), ElementsAre("", "bytes=150000-"));
}

TEST_F(Firmware, begins_anew_where_the_server_knows_no_ranges) {
  order(pb::Upgrade::RANGE, firmware_of(400'000));
  desk_.put("/data/emfw.cfg", file_, FileDesk::Style::whole);
  breaks_ = {150'000};
  EXPECT_EQ(play(), 0);
  EXPECT_EQ(kept_, file_);
  EXPECT_THAT(asked_, SizeIs(2));
}

TEST_F(Firmware, in_base64_begins_anew) {
  order(pb::Upgrade::BASE64, firmware_of(400'000));
  breaks_ = {150'001};
  EXPECT_EQ(play(), 0);
  EXPECT_EQ(kept_, file_);
}

TEST_F(Firmware, survives_the_end_of_push_and_of_the_engine) {
  order(pb::Upgrade::RANGE, firmware_of(3 * mib));
  dies_after_ = 1;
  EXPECT_EQ(play(1min), std::nullopt);
  EXPECT_EQ(kept_.size(), mib);
  restart();
  engine_there_ = true;
  EXPECT_EQ(play(), 0);
  EXPECT_EQ(kept_, file_);
  EXPECT_THAT(asked_, SizeIs(3));
}

TEST_F(Firmware, that_is_all_here_already_is_not_fetched) {
  order(pb::Upgrade::RANGE, firmware_of(10));
  state_.set_received(10);
  EXPECT_EQ(play(), 0);
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(Firmware, that_nobody_wants_is_not_fetched) {
  EXPECT_EQ(play(1h), std::nullopt);
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(Firmware, of_another_length_is_refused) {
  for (const auto method : {pb::Upgrade::BASE64, pb::Upgrade::DIRECT, pb::Upgrade::RANGE}) {
    for (const std::uint64_t announced : {99u, 101u}) {
      ended_.reset();
      order(method, firmware_of(100));
      state_.mutable_upgrade()->set_size(announced);
      EXPECT_EQ(play(), -20) << method << " " << announced;
    }
  }
}

TEST_F(Firmware, that_is_not_what_was_promised_ends_with_its_own_code) {
  const std::vector<std::pair<HttpReply, int>> answers = {
      {{404, {}, ""}, -17},     {{410, {}, ""}, -17},
      {{416, {}, ""}, -20},     {{302, {{"Location", "http://198.51.100.7/emfw.cfg"}}, ""}, -726},
      {{400, {}, ""}, -726},    {{200, {}, "%%% no base64 %%%"}, -631},
      {{200, {}, "QUJ"}, -631}, {{200, {}, ""}, -20},
  };
  for (const auto& [reply, code] : answers) {
    ended_.reset();
    order(pb::Upgrade::BASE64, firmware_of(100));
    instead_ = reply;
    EXPECT_EQ(play(), code) << reply.status;
  }
}

TEST_F(Firmware, for_which_there_is_no_room_ends_with_the_engine_s_code) {
  order(pb::Upgrade::RANGE, firmware_of(2 * mib));
  full_at_ = mib;
  EXPECT_EQ(play(), -18);
}

TEST_F(Firmware, waits_for_an_engine_that_is_busy) {
  order(pb::Upgrade::RANGE, firmware_of(mib + 9));
  busy_ = 2;
  EXPECT_EQ(play(), 0);
  EXPECT_EQ(kept_, file_);
}

TEST_F(Firmware, in_a_range_that_was_not_asked_for_is_not_taken) {
  order(pb::Upgrade::RANGE, firmware_of(100));
  instead_ = HttpReply{206, {{"Content-Range", "bytes 50-99/100"}}, std::string(50, 'x')};
  EXPECT_EQ(play(5min), std::nullopt);
  EXPECT_THAT(kept_, IsEmpty());
  instead_.reset();
  EXPECT_EQ(play(5min), 0);
  EXPECT_EQ(kept_, file_);
}

TEST_F(Firmware, that_stays_away_is_given_up_after_an_hour) {
  order(pb::Upgrade::RANGE, firmware_of(100));
  down_ = true;
  const auto start = now_;
  EXPECT_EQ(play(2h), -730);
  EXPECT_GE(now_ - start, 1h);
  EXPECT_LE(now_ - start, 1h + 2min);
  EXPECT_LT(asked_.size(), 200u);
}

TEST_F(Firmware, of_a_server_in_trouble_is_given_up_after_an_hour) {
  order(pb::Upgrade::DIRECT, firmware_of(100));
  instead_ = HttpReply{503, {}, ""};
  EXPECT_EQ(play(2h), -721);
}

TEST_F(Firmware, may_take_long_as_long_as_it_goes_on) {
  order(pb::Upgrade::RANGE, firmware_of(1000));
  for (int i = 0; i < 40; ++i) {
    breaks_.push_back(1);  // a byte, then half an hour of nothing
  }
  while (!breaks_.empty() && !ended_) {
    play(5s);
    now_ += 30min;
  }
  EXPECT_EQ(play(), 0);
  EXPECT_EQ(kept_, file_);
}

TEST_F(Firmware, waits_while_we_are_not_online) {
  session_.went_offline();
  order(pb::Upgrade::RANGE, firmware_of(100));
  EXPECT_EQ(play(3h), std::nullopt);
  EXPECT_THAT(asked_, IsEmpty());
  Parameters who;
  session_.begin({false, "192.0.2.1", 8088}, who);
  session_.went_online();
  EXPECT_EQ(play(), 0);
}

TEST_F(Firmware, of_a_server_that_has_forgotten_us_waits_for_the_registration) {
  order(pb::Upgrade::DIRECT, firmware_of(100));
  instead_ = HttpReply{401, {}, ""};
  play(10s);
  EXPECT_TRUE(session_.take_errands().register_anew);
  EXPECT_FALSE(session_.view().online);
}

}  // namespace
}  // namespace lintel::push
