// Requests one behind the other on one line: the engine has the next one while it works at this
// one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>

#include "engine/api/client.h"
#include "tests/api/engine_socket.h"

namespace lintel::api {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

std::uint64_t asked_for(const Incoming& request) {
  pb::Request asked;
  return asked.ParseFromString(request.body) ? asked.pull_events().after() : 999;
}

void answer(Server& server, const Incoming& request) {
  pb::Reply reply;
  reply.set_rows(asked_for(request));
  server.reply(request.peer, request.id, reply);
}

std::unique_ptr<Client> client_of(const Directory& directory) {
  auto client = Client::connect(directory.socket(), pb::ROLE_PUSH);
  EXPECT_TRUE(client.has_value()) << client.error().text;
  return std::move(*client);
}

void post(Client& client, std::uint64_t number) {
  const auto posted = client.post(pull_after(number), 20s);
  EXPECT_TRUE(posted.has_value()) << posted.error().text;
}

std::uint64_t wait(Client& client) {
  const auto reply = client.wait(20s);
  EXPECT_TRUE(reply.has_value()) << reply.error().text;
  return reply ? reply->rows() : 999;
}

TEST(ApiPosting, TheEngineHasThemAllBeforeItAnswersTheFirst) {
  const Directory directory;
  std::vector<Incoming> gathered;
  const EngineThread engine(directory.socket(), [&](Server& server, const Incoming& request) {
    gathered.push_back(request);
    if (gathered.size() < Link::posts_max) return;
    for (const auto& one : gathered)
      answer(server, one);
    gathered.clear();
  });
  const auto client = client_of(directory);
  for (std::uint64_t round = 0; round < 50; ++round) {
    for (std::uint64_t i = 0; i < Link::posts_max; ++i)
      post(*client, 10 * round + i);
    EXPECT_EQ(client->outstanding(), Link::posts_max);
    for (std::uint64_t i = 0; i < Link::posts_max; ++i)
      EXPECT_EQ(wait(*client), 10 * round + i);
    EXPECT_EQ(client->outstanding(), 0u);
  }
}

TEST(ApiPosting, RepliesComeInTheOrderOfTheQuestionsWhateverTheEngineFinishesFirst) {
  const Directory directory;
  std::vector<Incoming> gathered;
  const EngineThread engine(directory.socket(), [&](Server& server, const Incoming& request) {
    gathered.push_back(request);
    if (gathered.size() < 3) return;
    for (auto one = gathered.rbegin(); one != gathered.rend(); ++one)
      answer(server, *one);
  });
  const auto client = client_of(directory);
  for (const std::uint64_t number : {1, 2, 3})
    post(*client, number);
  EXPECT_EQ(wait(*client), 1u);
  EXPECT_EQ(wait(*client), 2u);
  EXPECT_EQ(wait(*client), 3u);
}

TEST(ApiPosting, ACallInBetweenGetsItsOwnReply) {
  const Directory directory;
  std::vector<Incoming> held;
  const EngineThread engine(directory.socket(), [&](Server& server, const Incoming& request) {
    if (asked_for(request) < 100) {
      held.push_back(request);
      return;
    }
    answer(server, request);
    for (const auto& one : held)
      answer(server, one);
  });
  const auto client = client_of(directory);
  post(*client, 1);
  post(*client, 2);
  const auto reply = client->call(pull_after(100), 20s);
  ASSERT_TRUE(reply.has_value()) << reply.error().text;
  EXPECT_EQ(reply->rows(), 100u);
  EXPECT_EQ(wait(*client), 1u);
  EXPECT_EQ(wait(*client), 2u);
}

TEST(ApiPosting, ARequestLargerThanTheSocketGoesThroughWhileTheEngineIsBusyWithAnother) {
  const Directory directory;
  const EngineThread engine(directory.socket(), [](Server& server, const Incoming& request) {
    pb::Request asked;
    pb::Reply reply;
    reply.set_rows(asked.ParseFromString(request.body) ? asked.update().rows(0).value(0).size()
                                                       : 999);
    server.reply(request.peer, request.id, reply);
  });
  const auto client = client_of(directory);
  for (std::size_t i = 1; i <= Link::posts_max; ++i) {
    pb::Request request;
    request.mutable_update()->add_rows()->add_value(std::string(i << 20, 'p'));
    ASSERT_TRUE(client->post(request, 20s).has_value());
  }
  for (std::size_t i = 1; i <= Link::posts_max; ++i)
    EXPECT_EQ(wait(*client), i << 20);
}

TEST(ApiPosting, ANoticeBetweenTheRepliesIsKept) {
  const Directory directory;
  const EngineThread engine(directory.socket(), [](Server& server, const Incoming& request) {
    pb::Notice notice;
    notice.set_last_event(asked_for(request));
    server.notify(request.peer, notice);
    answer(server, request);
  });
  const auto client = client_of(directory);
  post(*client, 1);
  post(*client, 2);
  // The notices may come with replies around them: these are kept as well.
  const auto notice = client->next_notice(20s);
  ASSERT_TRUE(notice.has_value() && notice->has_value());
  EXPECT_EQ(wait(*client), 1u);
  EXPECT_EQ(wait(*client), 2u);
}

TEST(ApiPosting, WhenTheEngineLeavesNothingIsOutstandingAnyMore) {
  const Directory directory;
  std::promise<void> all_here;
  std::vector<std::uint64_t> seen;
  auto engine = std::make_unique<EngineThread>(directory.socket(),
                                               [&](Server& server, const Incoming& request) {
                                                 seen.push_back(asked_for(request));
                                                 if (seen.back() == 1) answer(server, request);
                                                 if (seen.size() == 3) all_here.set_value();
                                               });
  const auto client = client_of(directory);
  for (const std::uint64_t number : {1, 2, 3})
    post(*client, number);
  all_here.get_future().wait();
  EXPECT_EQ(wait(*client), 1u);
  engine.reset();
  EXPECT_THAT(seen, ElementsAre(1u, 2u, 3u));
  EXPECT_EQ(client->wait(20s).error().code, Errc::gone);
  EXPECT_EQ(client->outstanding(), 0u);
  EXPECT_EQ(client->wait(20s).error().code, Errc::gone);
  EXPECT_EQ(client->post(pull_after(4), 20s).error().code, Errc::gone);
}

TEST(ApiPosting, ASilentEngineIsGivenUpWithAllThatWasPosted) {
  const Directory directory;
  const EngineThread engine(directory.socket(), [](Server&, const Incoming&) {});
  const auto client = client_of(directory);
  post(*client, 1);
  post(*client, 2);
  EXPECT_EQ(client->wait(5ms).error().code, Errc::timeout);
  EXPECT_EQ(client->outstanding(), 0u);
  EXPECT_EQ(client->call(pull_after(3), 20s).error().code, Errc::gone);
}

TEST(ApiPosting, ASecondReplyToTheSameRequestIsNonsense) {
  const Directory directory;
  const EngineThread engine(directory.socket(), [](Server& server, const Incoming& request) {
    if (asked_for(request) == 1) return;
    answer(server, request);
    answer(server, request);
  });
  const auto client = client_of(directory);
  post(*client, 1);
  post(*client, 2);
  EXPECT_EQ(client->wait(20s).error().code, Errc::corrupt);
}

// A link that knows only call(): post() is the call, wait() hands out.
class CallingLink : public Link {
 public:
  Result<pb::Reply> call(const pb::Request& request, std::chrono::milliseconds) override {
    if (request.pull_events().after() == 0) return fail(Errc::gone, "the engine has left");
    pb::Reply reply;
    reply.set_rows(request.pull_events().after());
    return reply;
  }
  Result<std::optional<pb::Notice>> next_notice(std::chrono::milliseconds) override {
    return std::optional<pb::Notice>();
  }
};

TEST(ApiPosting, ALinkWithoutAUseForItAnswersAllTheSame) {
  CallingLink link;
  EXPECT_EQ(link.wait().error().code, Errc::gone);
  ASSERT_TRUE(link.post(pull_after(1)).has_value());
  ASSERT_TRUE(link.post(pull_after(2)).has_value());
  EXPECT_EQ(link.outstanding(), 2u);
  EXPECT_EQ(link.wait()->rows(), 1u);
  EXPECT_EQ(link.wait()->rows(), 2u);
  ASSERT_TRUE(link.post(pull_after(3)).has_value());
  EXPECT_EQ(link.post(pull_after(0)).error().code, Errc::gone);
  EXPECT_EQ(link.outstanding(), 0u);
}

}  // namespace
}  // namespace lintel::api
