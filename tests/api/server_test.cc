// The engine's end of the socket, with the test as its loop.
#include "engine/api/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <fstream>

#include "engine/core/limits.h"
#include "tests/api/engine_socket.h"

namespace lintel::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

struct AServer : testing::Test {
  AServer() {
    auto opened = Server::open(directory.socket(), {});
    EXPECT_TRUE(opened.has_value());
    server = std::move(*opened);
  }

  // Lets the server work until it has nothing more to do.
  std::vector<Incoming>& work() {
    while (readable(server->fd(), 0ms))
      server->ready(requests);
    return requests;
  }
  RawPeer peer_with(pb::Role role) {
    RawPeer peer(directory.socket());
    peer.write(frame_of(hello(role), 1));
    work();
    EXPECT_TRUE(peer.read());
    EXPECT_THAT(peer.frames(), SizeIs(1));
    return peer;
  }
  static pb::Reply reply_in(RawPeer& peer) {
    peer.read();
    const auto frames = peer.frames();
    pb::Reply reply;
    EXPECT_THAT(frames, SizeIs(1));
    const bool readable_reply = !frames.empty() && reply.ParseFromString(frames[0].body);
    EXPECT_TRUE(readable_reply);
    return reply;
  }
  std::vector<std::uint64_t> ids() const {
    std::vector<std::uint64_t> all;
    for (const auto& request : requests)
      all.push_back(request.id);
    return all;
  }

  Directory directory;
  std::unique_ptr<Server> server;
  std::vector<Incoming> requests;
};

TEST_F(AServer, HearsAPeerThatHasSaidHello) {
  RawPeer peer = peer_with(pb::ROLE_WEB);
  peer.write(frame_of(pull_after(7), 42));
  ASSERT_THAT(work(), SizeIs(1));
  EXPECT_EQ(requests[0].role, pb::ROLE_WEB);
  EXPECT_EQ(requests[0].kind, FrameKind::request_to_read);
  EXPECT_EQ(requests[0].id, 42u);
  pb::Request request;
  ASSERT_TRUE(request.ParseFromString(requests[0].body));
  EXPECT_EQ(request.pull_events().after(), 7u);

  pb::Reply reply;
  reply.set_code(3);
  EXPECT_EQ(server->reply(requests[0].peer, 42, reply), Server::Sent::sent);
  EXPECT_EQ(reply_in(peer).code(), 3);
}

TEST_F(AServer, RefusesWhoeverAsksBeforeHello) {
  RawPeer peer(directory.socket());
  peer.write(frame_of(pull_after(0), 1));
  EXPECT_THAT(work(), IsEmpty());
  const auto reply = reply_in(peer);
  EXPECT_EQ(reply.code(), -8);
  EXPECT_THAT(reply.error(), HasSubstr("must be a hello"));
  EXPECT_FALSE(peer.read());
}

TEST_F(AServer, RefusesAnotherVersionAndARoleThatIsNone) {
  const auto answer_to = [&](const pb::Request& request) {
    RawPeer peer(directory.socket());
    peer.write(frame_of(request, 1) + frame_of(pull_after(0), 2));
    EXPECT_THAT(work(), IsEmpty());
    const auto reply = reply_in(peer);
    EXPECT_EQ(reply.code(), -8);
    EXPECT_FALSE(peer.read());
    return reply.error();
  };
  EXPECT_THAT(answer_to(hello(pb::ROLE_PUSH, api_version + 1)),
              HasSubstr("install both from one release"));
  EXPECT_THAT(answer_to(hello(pb::ROLE_NONE)), HasSubstr("may not have this role"));
  EXPECT_THAT(answer_to(hello(static_cast<pb::Role>(99))), HasSubstr("may not have this role"));
}

// The kernel says who connected; a thread may be somebody else for so long.
template <class Do>
void as_user(uid_t user, const Do& act) {
  std::thread other([&] {
    if (::syscall(SYS_setresuid, user, user, user) != 0) return;
    act();
  });
  other.join();
}

TEST(ServerRoles, GoToTheUsersThatTheConfigurationNames) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can connect as somebody else";
  constexpr uid_t push_user = 61001;
  constexpr uid_t stranger = 61002;
  Directory directory;
  std::filesystem::permissions(directory.path, std::filesystem::perms{0755});
  auto server = Server::open(directory.socket(), {{pb::ROLE_PUSH, push_user}});
  ASSERT_TRUE(server.has_value());
  const auto code_for = [&](uid_t user, pb::Role role) {
    std::unique_ptr<RawPeer> peer;
    as_user(user, [&] { peer = std::make_unique<RawPeer>(directory.socket()); });
    if (!peer || !peer->connected()) return 1;
    peer->write(frame_of(hello(role), 1));
    std::vector<Incoming> requests;
    while (readable((*server)->fd(), 0ms))
      (*server)->ready(requests);
    peer->read();
    pb::Reply reply;
    for (const auto& frame : peer->frames())
      EXPECT_TRUE(reply.ParseFromString(frame.body));
    return reply.code();
  };
  EXPECT_EQ(code_for(push_user, pb::ROLE_PUSH), 0);
  EXPECT_EQ(code_for(push_user, pb::ROLE_WEB), -8);
  EXPECT_EQ(code_for(push_user, pb::ROLE_TECHNICIAN), -8);
  EXPECT_EQ(code_for(stranger, pb::ROLE_PUSH), -8);
  EXPECT_EQ(code_for(stranger, pb::ROLE_TECHNICIAN), -8);
  EXPECT_EQ(code_for(0, pb::ROLE_TECHNICIAN), 0);
}

TEST_F(AServer, TakesRequestsCutAtEveryByte) {
  RawPeer peer(directory.socket());
  const std::string stream = frame_of(hello(pb::ROLE_PUSH), 1) + frame_of(pull_after(1), 2);
  for (const char byte : stream) {
    peer.write({&byte, 1});
    work();
  }
  EXPECT_THAT(ids(), ElementsAre(2u));
}

TEST_F(AServer, HasAtMostFourRequestsOfAPeerAtOnceAndForgetsNone) {
  RawPeer peer = peer_with(pb::ROLE_PUSH);
  std::string burst;
  for (std::uint64_t id = 100; id < 120; ++id)
    burst += frame_of(pull_after(id), id);
  peer.write(burst);
  EXPECT_THAT(work(), SizeIs(Server::requests_at_once));
  for (std::size_t answered = 0; answered < 20; ++answered) {
    ASSERT_GT(requests.size(), answered);
    EXPECT_LE(requests.size(), answered + Server::requests_at_once);
    EXPECT_EQ(server->reply(requests[answered].peer, requests[answered].id, {}),
              Server::Sent::sent);
    work();
  }
  EXPECT_THAT(requests, SizeIs(20));
  for (std::size_t i = 0; i < requests.size(); ++i)
    EXPECT_EQ(requests[i].id, 100 + i);
}

TEST_F(AServer, RestsWhenThereIsNothingToDo) {
  RawPeer quiet = peer_with(pb::ROLE_WEB);
  RawPeer busy = peer_with(pb::ROLE_PUSH);
  for (std::uint64_t id = 0; id < 10; ++id)
    busy.write(frame_of(pull_after(id), id));
  work();
  EXPECT_FALSE(readable(server->fd(), 0ms));
}

TEST_F(AServer, RestsWhenAPeerDiesWithItsRequestsUnanswered) {
  RawPeer peer = peer_with(pb::ROLE_PUSH);
  for (std::uint64_t id = 0; id < 10; ++id)
    peer.write(frame_of(pull_after(id), id));
  work();
  const auto id = requests.at(0).peer;
  peer.hang_up();
  for (int turn = 0; turn < 20 && readable(server->fd(), 0ms); ++turn)
    server->ready(requests);
  EXPECT_FALSE(readable(server->fd(), 0ms)) << "the loop would spin until storage answers";
  EXPECT_EQ(server->reply(id, 0, {}), Server::Sent::gone);
}

TEST_F(AServer, TellsThatAPeerIsGone) {
  RawPeer peer = peer_with(pb::ROLE_WEB);
  peer.write(frame_of(pull_after(0), 1));
  const auto id = work().at(0).peer;
  EXPECT_EQ(server->notify(id, {}), Server::Sent::sent);
  peer.hang_up();
  work();
  EXPECT_EQ(server->notify(id, {}), Server::Sent::gone);
  EXPECT_EQ(server->reply(id, 1, {}), Server::Sent::gone);
  RawPeer next = peer_with(pb::ROLE_WEB);
  next.write(frame_of(pull_after(0), 1));
  EXPECT_NE(work().back().peer, id);
}

TEST_F(AServer, HangsUpOnAPeerThatDoesNotTakeItsAnswersAndServesTheOthers) {
  RawPeer slow = peer_with(pb::ROLE_WEB);
  RawPeer brisk = peer_with(pb::ROLE_PUSH);
  slow.write(frame_of(pull_after(0), 1));
  brisk.write(frame_of(pull_after(0), 2));
  ASSERT_THAT(work(), SizeIs(2));
  const bool slow_first = requests[0].id == 1;
  const auto slow_id = requests[slow_first ? 0 : 1].peer;
  const auto brisk_id = requests[slow_first ? 1 : 0].peer;

  pb::Reply large;
  large.set_error(std::string(1u << 20, 'x'));
  std::size_t sent = 0;
  while (sent < 100 && server->reply(slow_id, 1, large) == Server::Sent::sent)
    ++sent;
  EXPECT_GE(sent, limits::api_send_buffer_bytes_max >> 20);
  EXPECT_LE(sent, (limits::api_send_buffer_bytes_max >> 20) + 2);
  EXPECT_EQ(server->notify(slow_id, {}), Server::Sent::gone);

  EXPECT_EQ(server->reply(brisk_id, 2, large), Server::Sent::sent);
  std::vector<FrameReader::Frame> frames;
  while (frames.empty() && brisk.read()) {
    work();
    frames = brisk.frames();
  }
  ASSERT_THAT(frames, SizeIs(1));
  EXPECT_EQ(frames[0].body, large.SerializeAsString());
}

TEST_F(AServer, TurnsAwayPeersBeyondItsMaximumUntilOneLeaves) {
  std::vector<RawPeer> peers;
  for (std::size_t i = 0; i < limits::api_peers_max; ++i)
    peers.push_back(peer_with(pb::ROLE_TECHNICIAN));
  RawPeer late(directory.socket());
  late.write(frame_of(hello(pb::ROLE_PUSH), 1));
  work();
  EXPECT_FALSE(late.read());
  EXPECT_THAT(late.frames(), IsEmpty());
  peers.pop_back();
  work();
  RawPeer welcome = peer_with(pb::ROLE_PUSH);
}

// ---- the socket file

TEST(ServerSocket, ReplacesWhatAnEngineThatWasKilledHasLeft) {
  Directory directory;
  {
    // Bound and listening, then closed without unlinking, as a kill does.
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, directory.socket().c_str());
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(fd.get(), 1), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(directory.socket()));
  const auto server = Server::open(directory.socket(), {});
  ASSERT_TRUE(server.has_value()) << server.error().text;
  EXPECT_TRUE(RawPeer(directory.socket()).connected());
}

TEST(ServerSocket, LeavesALiveEngineItsSocket) {
  Directory directory;
  auto first = Server::open(directory.socket(), {});
  ASSERT_TRUE(first.has_value());
  const auto second = Server::open(directory.socket(), {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Errc::busy);
  EXPECT_THAT(second.error().text,
              HasSubstr("another engine already serves " + directory.socket()));
  EXPECT_TRUE(RawPeer(directory.socket()).connected());
  first->reset();
  EXPECT_FALSE(std::filesystem::exists(directory.socket()));
  EXPECT_TRUE(Server::open(directory.socket(), {}).has_value());
}

TEST(ServerSocket, NeverRemovesAFileThatIsNoSocket) {
  Directory directory;
  const std::string path = directory.path + "/precious";
  std::ofstream(path) << "users";
  const auto server = Server::open(path, {});
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().code, Errc::invalid);
  EXPECT_THAT(server.error().text, HasSubstr(path));
  std::string kept;
  std::ifstream(path) >> kept;
  EXPECT_EQ(kept, "users");
}

TEST(ServerSocket, SaysWhereItCannotListen) {
  const auto error_at = [](const std::string& path) {
    const auto server = Server::open(path, {});
    EXPECT_FALSE(server.has_value());
    return server ? Error{} : server.error();
  };
  EXPECT_EQ(error_at("").code, Errc::invalid);
  EXPECT_EQ(error_at("/tmp/" + std::string(200, 's')).code, Errc::invalid);
  Directory directory;
  const std::string nowhere = directory.path + "/missing/engine.sock";
  EXPECT_EQ(error_at(nowhere).code, Errc::io);
  EXPECT_THAT(error_at(nowhere).text, HasSubstr(nowhere));
}

}  // namespace
}  // namespace lintel::api
