// An engine that answers, but not what was hoped for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "push/conversation.h"
#include "push/uploader.h"
#include "tests/fake_server/fake_server.h"
#include "tests/fake_server/fake_transport.h"

namespace lintel::push {
namespace {

using ::testing::IsEmpty;
using namespace std::chrono_literals;
using Answer = std::function<Result<pb::Reply>(const pb::Request&)>;

class ScriptedLink : public api::Link {
 public:
  explicit ScriptedLink(const Answer& answer) : answer_(answer) {}
  Result<pb::Reply> call(const pb::Request& request, std::chrono::milliseconds) override {
    return answer_(request);
  }
  Result<std::optional<pb::Notice>> next_notice(std::chrono::milliseconds) override {
    return std::optional<pb::Notice>();
  }

 private:
  const Answer& answer_;
};

class EngineTrouble : public ::testing::Test {
 protected:
  EngineTrouble()
      : conversation_({"3383154200002", ServerAddress{false, "192.0.2.1", 80},
                       [this](const ServerAddress&) {
                         return std::make_unique<fake::FakeTransport>(server_);
                       },
                       [this] { return link(); }, [this] { return now_; }, 1},
                      session_),
        uploader_({"3383154200002",
                   [this](const ServerAddress&) {
                     return std::make_unique<fake::FakeTransport>(server_);
                   },
                   [this] { return link(); }, [this] { return now_; }, 2},
                  session_) {}

  // Steps both lanes; the engine is asked at most so often.
  void run(std::chrono::nanoseconds time) {
    for (const Uptime end = now_ + time; now_ < end;) {
      const Uptime next = std::min(conversation_.step(), uploader_.step());
      ASSERT_LT(++steps_, 20'000u) << "a lane runs in circles";
      if (next > now_) now_ = std::min({next, end, now_ + 500ms});
    }
  }
  Result<std::unique_ptr<api::Link>> link() {
    ++links_;
    return std::make_unique<ScriptedLink>(answer_);
  }
  // What an engine that is well says.
  static pb::Reply well(const pb::Request& request) {
    pb::Reply reply;
    if (request.has_get_status()) {
      reply.mutable_status()->set_time("2026-11-22 14:05:09");
      reply.mutable_status()->set_time_second(864'684'309);
      reply.mutable_status()->set_last_event(5);
    }
    if (request.has_get_options()) {
      for (const auto& name : request.get_options().name()) {
        reply.mutable_options()->add_option()->set_name(name);
      }
    }
    return reply;
  }
  static pb::Reply refusal() {
    pb::Reply reply;
    reply.set_code(-15);
    return reply;
  }

  fake::FakeServer server_;
  Session session_;
  Uptime now_{1000s};
  Answer answer_ = well;
  unsigned links_ = 0;
  unsigned steps_ = 0;
  Conversation conversation_;
  Uploader uploader_;
};

TEST_F(EngineTrouble, of_every_kind_is_waited_out) {
  answer_ = [](const pb::Request&) { return refusal(); };
  run(60s);
  EXPECT_THAT(server_.requests(), IsEmpty()) << "without options nobody knows which server";
  EXPECT_LT(links_, 100u);
  answer_ = well;
  run(10s);
  EXPECT_EQ(conversation_.state(), Conversation::State::online);
}

TEST_F(EngineTrouble, with_its_journal_makes_no_circle_and_takes_nothing_for_delivered) {
  unsigned pulled = 0;
  answer_ = [&](const pb::Request& request) {
    EXPECT_FALSE(request.has_confirm_events());
    if (!request.has_pull_events()) return well(request);
    ++pulled;
    return refusal();
  };
  run(120s);
  EXPECT_GT(pulled, 3u);
  EXPECT_LT(pulled, 20u);
  EXPECT_EQ(conversation_.state(), Conversation::State::online);
}

TEST_F(EngineTrouble, in_the_middle_of_a_command_ends_in_the_command_being_asked_again) {
  unsigned updates = 0;
  std::string digest;
  answer_ = [&](const pb::Request& request) -> Result<pb::Reply> {
    if (!request.has_update()) return well(request);
    if (++updates < 3) return fail(Errc::timeout, "no reply");
    EXPECT_EQ(request.update().command().digest(), digest) << "so that it is done once";
    return well(request);
  };
  run(5s);
  const auto id = server_.queue("DATA UPDATE user Pin=1");
  const auto remember = answer_;
  answer_ = [&](const pb::Request& request) {
    if (request.has_update()) digest = request.update().command().digest();
    return remember(request);
  };
  run(30s);
  EXPECT_EQ(updates, 3u);
  EXPECT_EQ(server_.code(id), 0);
  EXPECT_EQ(server_.results(id).size(), 1u);
}

TEST_F(EngineTrouble, cannot_make_a_late_door_open) {
  std::int64_t expires = 0;
  std::int64_t lasting = -1;
  answer_ = [&](const pb::Request& request) {
    if (request.has_control() && request.control().verb() == pb::Control::OPEN) {
      expires = request.control().expires_uptime_ns();
    }
    if (request.has_control() && request.control().verb() == pb::Control::LOCK) {
      lasting = request.control().expires_uptime_ns();
    }
    return well(request);
  };
  run(5s);
  server_.queue("CONTROL DEVICE 01010105");
  server_.queue("CONTROL DEVICE 06010100");
  const auto before = now_;
  run(10s);
  EXPECT_GE(expires, (before + 10s).time_since_epoch().count());
  EXPECT_LE(expires, (before + 13s).time_since_epoch().count());
  EXPECT_EQ(lasting, 0) << "a lock is a state, and no later one than never";
}

}  // namespace
}  // namespace lintel::push
