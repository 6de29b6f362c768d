// A peer that is not one of our programs, or one that has gone mad: the engine hangs up on it,
// keeps its memory, and goes on serving the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "engine/api/server.h"
#include "engine/core/limits.h"
#include "tests/api/engine_socket.h"

namespace lintel::api {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

struct AnEngineWithAnHonestPeer : testing::Test {
  AnEngineWithAnHonestPeer()
      : server(std::move(*Server::open(directory.socket(), {}))), honest(directory.socket()) {
    honest.write(frame_of(hello(pb::ROLE_PUSH), 1));
    work();
  }
  void work() {
    while (readable(server->fd(), 0ms))
      server->ready(requests);
  }
  // A fresh request of the honest peer is heard and answered.
  void expect_honest_peer_is_served() {
    requests.clear();
    honest.write(frame_of(pull_after(0), 77));
    work();
    ASSERT_THAT(requests, SizeIs(1));
    EXPECT_EQ(server->reply(requests[0].peer, 77, {}), Server::Sent::sent);
    ASSERT_TRUE(honest.read());
    EXPECT_EQ(honest.frames().back().header.id, 77u);
    requests.clear();
  }

  Directory directory;
  std::unique_ptr<Server> server;
  std::vector<Incoming> requests;
  RawPeer honest;
};

std::string noise(std::mt19937_64& random, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i)
    text += static_cast<char>(random() & 0xff);
  return text;
}

TEST_F(AnEngineWithAnHonestPeer, HangsUpOnNoise) {
  std::mt19937_64 random(20261122);
  for (int stream = 0; stream < 300; ++stream) {
    RawPeer peer(directory.socket());
    const bool with_role = stream % 2 == 0;
    if (with_role) peer.write(frame_of(hello(pb::ROLE_WEB), 1));
    peer.write(noise(random, 16 + random() % 4000));
    work();
    EXPECT_FALSE(peer.read()) << "stream " << stream;
    EXPECT_THAT(requests, IsEmpty()) << "stream " << stream;
  }
  expect_honest_peer_is_served();
}

TEST_F(AnEngineWithAnHonestPeer, HandsADamagedRequestOnWithoutParsingIt) {
  std::mt19937_64 random(20261123);
  RawPeer peer(directory.socket());
  peer.write(frame_of(hello(pb::ROLE_WEB), 1));
  const std::string body = noise(random, 50);
  std::string frame = frame_of(pb::Request(), 5);
  frame[0] = 50;
  peer.write(frame + body);
  work();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].body, body);
}

TEST_F(AnEngineWithAnHonestPeer, HangsUpOnWhoPlaysTheEngine) {
  for (const auto kind : {FrameKind::reply, FrameKind::notice}) {
    RawPeer peer(directory.socket());
    std::string bytes = frame_of(hello(pb::ROLE_WEB), 1);
    append_frame(bytes, kind, 0, pb::Notice());
    peer.write(bytes);
    work();
    EXPECT_FALSE(peer.read());
  }
  expect_honest_peer_is_served();
}

TEST_F(AnEngineWithAnHonestPeer, HangsUpOnAFrameThatIsTooLong) {
  RawPeer peer(directory.socket());
  peer.write(frame_of(hello(pb::ROLE_WEB), 1));
  std::string header = frame_of(pull_after(0), 2).substr(0, frame_header_bytes);
  const std::uint32_t bytes = limits::api_frame_bytes_max + 1;
  for (int i = 0; i < 4; ++i)
    header[static_cast<std::size_t>(i)] = static_cast<char>(bytes >> (8 * i) & 0xff);
  peer.write(header);
  work();
  EXPECT_FALSE(peer.read());
  expect_honest_peer_is_served();
}

TEST_F(AnEngineWithAnHonestPeer, KeepsNothingLargeForAStranger) {
  RawPeer peer(directory.socket());
  std::string start = frame_of(pull_after(0), 1).substr(0, frame_header_bytes);
  start[2] = 0x20;  // announces 2 MiB and more
  peer.write(start + std::string(4000, 'x'));
  work();
  EXPECT_FALSE(peer.read()) << "whoever has no role yet may only send a hello";
  expect_honest_peer_is_served();
}

TEST_F(AnEngineWithAnHonestPeer, WaitsForWhoConnectsAndSaysNothing) {
  std::vector<RawPeer> silent;
  for (int i = 0; i < 20; ++i)
    silent.emplace_back(directory.socket());
  silent[0].write("\3");
  work();
  expect_honest_peer_is_served();
  silent.clear();
  work();
  expect_honest_peer_is_served();
}

TEST_F(AnEngineWithAnHonestPeer, OutlivesPeersThatLeaveInTheMiddleOfAnything) {
  const std::string conversation =
      frame_of(hello(pb::ROLE_WEB), 1) + frame_of(pull_after(9), 2) + frame_of(pull_after(10), 3);
  for (std::size_t cut = 0; cut <= conversation.size(); ++cut) {
    RawPeer peer(directory.socket());
    peer.write(conversation.substr(0, cut));
    if (cut % 2 == 0) work();
    peer.hang_up();
    work();
    for (const auto& request : requests)
      EXPECT_EQ(server->reply(request.peer, request.id, {}), Server::Sent::gone);
    requests.clear();
  }
  expect_honest_peer_is_served();
}

}  // namespace
}  // namespace lintel::api
