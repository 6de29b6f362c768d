// The programs' end of the socket, against an engine on a thread.
#include "engine/api/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/api/engine_socket.h"

namespace lintel::api {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

void answer_ok(Server& server, const Incoming& request) {
  pb::Request asked;
  pb::Reply reply;
  reply.set_code(asked.ParseFromString(request.body) ? 0 : -10);
  reply.set_rows(asked.pull_events().after());
  server.reply(request.peer, request.id, reply);
}

std::unique_ptr<Client> client_of(const Directory& directory) {
  auto client = Client::connect(directory.socket(), pb::ROLE_PUSH);
  EXPECT_TRUE(client.has_value()) << client.error().text;
  return std::move(*client);
}

TEST(ApiClient, AsksAndIsAnswered) {
  const Directory directory;
  const EngineThread engine(directory.socket(), answer_ok);
  const auto client = client_of(directory);
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto reply = client->call(pull_after(i), 20s);
    ASSERT_TRUE(reply.has_value()) << reply.error().text;
    EXPECT_EQ(reply->rows(), i);
  }
}

TEST(ApiClient, CarriesAPhotoBothWays) {
  const Directory directory;
  const EngineThread engine(directory.socket(), [](Server& server, const Incoming& request) {
    pb::Request asked;
    pb::Reply reply;
    if (asked.ParseFromString(request.body))
      reply.mutable_page()->add_value(asked.update().rows(0).value(0));
    server.reply(request.peer, request.id, reply);
  });
  const auto client = client_of(directory);
  pb::Request request;
  const std::string photo(9u << 20, 'p');
  request.mutable_update()->add_rows()->add_value(photo);
  const auto reply = client->call(request, 20s);
  ASSERT_TRUE(reply.has_value()) << reply.error().text;
  EXPECT_EQ(reply->page().value(0), photo);
}

TEST(ApiClient, FindsNobodyWhereNoEngineRuns) {
  const Directory directory;
  const auto nobody = Client::connect(directory.socket(), pb::ROLE_PUSH);
  ASSERT_FALSE(nobody.has_value());
  EXPECT_EQ(nobody.error().code, Errc::gone);
  EXPECT_THAT(nobody.error().text,
              HasSubstr("the engine does not answer at " + directory.socket()));
  const auto too_long = Client::connect(std::string(200, 'x'), pb::ROLE_PUSH);
  EXPECT_EQ(too_long.error().code, Errc::invalid);
}

TEST(ApiClient, IsToldWhyItMayNotHaveARole) {
  const Directory directory;
  const EngineThread engine(directory.socket(), answer_ok);
  const auto client = Client::connect(directory.socket(), pb::ROLE_NONE);
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().code, Errc::refused);
  EXPECT_THAT(client.error().text, HasSubstr("may not have this role"));
}

TEST(ApiClient, KeepsTheNoticesThatComeDuringACall) {
  const Directory directory;
  const EngineThread engine(directory.socket(), [](Server& server, const Incoming& request) {
    pb::Notice notice;
    notice.set_last_event(9);
    server.notify(request.peer, notice);
    notice.set_last_event(8);
    notice.set_states(true);
    server.notify(request.peer, notice);
    answer_ok(server, request);
  });
  const auto client = client_of(directory);
  ASSERT_TRUE(client->call(pull_after(1), 20s).has_value());
  ASSERT_TRUE(client->call(pull_after(2), 20s).has_value());
  const auto notice = client->next_notice(20s);
  ASSERT_TRUE(notice.has_value() && notice->has_value());
  EXPECT_EQ((*notice)->last_event(), 9u);
  EXPECT_TRUE((*notice)->states());
  EXPECT_FALSE((*notice)->options());
  const auto none = client->next_notice(1ms);
  ASSERT_TRUE(none.has_value());
  EXPECT_FALSE(none->has_value());
}

TEST(ApiClient, IsWokenByANotice) {
  const Directory directory;
  const EngineThread engine(directory.socket(), [](Server& server, const Incoming& request) {
    answer_ok(server, request);
    pb::Notice notice;
    notice.set_options(true);
    server.notify(request.peer, notice);
  });
  const auto client = client_of(directory);
  ASSERT_TRUE(client->call(pull_after(1), 20s).has_value());
  auto notice = client->next_notice(0ms);  // it may have come together with the reply
  if (notice.has_value() && !notice->has_value()) {
    EXPECT_TRUE(readable(client->fd(), 20s));
    notice = client->next_notice(20s);
  }
  ASSERT_TRUE(notice.has_value() && notice->has_value());
  EXPECT_TRUE((*notice)->options());
}

TEST(ApiClient, LearnsThatTheEngineHasLeft) {
  const Directory directory;
  auto engine = std::make_unique<EngineThread>(directory.socket(), answer_ok);
  const auto client = client_of(directory);
  engine.reset();
  const auto call = client->call(pull_after(1), 20s);
  ASSERT_FALSE(call.has_value());
  EXPECT_EQ(call.error().code, Errc::gone);
  EXPECT_EQ(client->call(pull_after(1), 20s).error().code, Errc::gone);
  EXPECT_EQ(client->next_notice(20s).error().code, Errc::gone);
}

TEST(ApiClient, LearnsThatTheEngineHasLeftWhileItWaits) {
  const Directory directory;
  std::promise<void> asked;
  auto engine = std::make_unique<EngineThread>(
      directory.socket(), [&](Server&, const Incoming&) { asked.set_value(); });
  const auto client = client_of(directory);
  std::thread killer([&] {
    asked.get_future().wait();
    engine.reset();
  });
  EXPECT_EQ(client->call(pull_after(1), 20s).error().code, Errc::gone);
  killer.join();
}

TEST(ApiClient, GivesUpInTimeAndNeverTakesALateReplyForTheNext) {
  const Directory directory;
  const EngineThread engine(directory.socket(), [](Server& server, const Incoming& request) {
    pb::Request asked;
    if (asked.ParseFromString(request.body) && asked.pull_events().after() == 1) return;
    answer_ok(server, request);
  });
  const auto client = client_of(directory);
  EXPECT_EQ(client->call(pull_after(1), 5ms).error().code, Errc::timeout);
  EXPECT_EQ(client->call(pull_after(2), 20s).error().code, Errc::gone);
}

// ---- an engine that answers nonsense

// Says hello as it should and then sends these bytes.
Errc after_an_answer_of(const std::string& bytes) {
  const Directory directory;
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, directory.socket().c_str());
  EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(listener.get(), 1), 0);
  std::thread engine([&] {
    const UniqueFd peer(::accept(listener.get(), nullptr, nullptr));
    std::string hello;
    append_frame(hello, FrameKind::reply, 1, pb::Reply());
    const std::string answer = hello + bytes;
    EXPECT_EQ(::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(answer.size()));
    char buffer[4096];
    while (::recv(peer.get(), buffer, sizeof buffer, 0) > 0) {
    }
  });
  auto client = Client::connect(directory.socket(), pb::ROLE_WEB);
  EXPECT_TRUE(client.has_value());
  const auto reply = (*client)->call(pull_after(1), 20s);
  EXPECT_FALSE(reply.has_value());
  EXPECT_EQ((*client)->call(pull_after(1), 20s).error().code, Errc::gone);
  client->reset();
  engine.join();
  return reply ? Errc::busy : reply.error().code;
}

TEST(ApiClient, LeavesAnEngineThatAnswersNonsense) {
  std::string other_id;
  append_frame(other_id, FrameKind::reply, 99, pb::Reply());
  EXPECT_EQ(after_an_answer_of(other_id), Errc::corrupt);
  std::string a_request;
  append_frame(a_request, FrameKind::request_for_loop, 2, pb::Reply());
  EXPECT_EQ(after_an_answer_of(a_request), Errc::corrupt);
  std::string no_reply;
  append_frame(no_reply, FrameKind::reply, 2, pb::Reply());
  no_reply[0] = 4;
  EXPECT_EQ(after_an_answer_of(no_reply + "\xff\xff\xff\xff"), Errc::corrupt);
  EXPECT_EQ(after_an_answer_of(std::string(64, '\xee')), Errc::invalid);
}

}  // namespace
}  // namespace lintel::api
