// What the image's packet filter lets in: a controller and a neighbour, each in a network namespace
// of its own, with a wire between them.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/unique_fd.h"
#include "tests/box/program.h"

namespace lintel {
namespace {

constexpr const char* controller_address = "10.77.0.1";
constexpr const char* neighbour_address = "10.77.0.2";
constexpr const char* rules = LINTEL_SOURCE_DIR "/rootfs/overlay/usr/share/lintel/nftables.conf";
constexpr int arrives_within_ms = 2'000, stays_away_ms = 250;

sockaddr_in address_of(const char* text, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, text, &address.sin_addr);
  return address;
}
const sockaddr* as_sockaddr(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

class PacketFilter : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can make networks";
    if (::access("/usr/sbin/nft", X_OK) != 0 || ::access("/usr/sbin/ip", X_OK) != 0)
      GTEST_SKIP() << "nft and ip are not installed";
    const auto made = ip({"netns", "add", controller_});
    if (made.code != 0) GTEST_SKIP() << "no network can be made here: " << made.said;
    must({"netns", "add", neighbour_});
    must({"-n", controller_, "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns",
          neighbour_});
    for (const auto& [space, address] :
         {std::pair{controller_, controller_address}, std::pair{neighbour_, neighbour_address}}) {
      must({"-n", space, "address", "add", std::string(address) + "/24", "dev", "wire"});
      must({"-n", space, "link", "set", "lo", "up"});
      must({"-n", space, "link", "set", "wire", "up"});
    }
    must({"-n", neighbour_, "route", "add", "224.0.0.0/4", "dev", "wire"});
  }
  void TearDown() override {
    ip({"netns", "delete", controller_});
    ip({"netns", "delete", neighbour_});
    ::unlink(log_.c_str());
  }

  box::Outcome ip(const std::vector<std::string>& words) {
    return box::run("/usr/sbin/ip", words, log_);
  }
  void must(const std::vector<std::string>& words) {
    const auto outcome = ip(words);
    ASSERT_EQ(0, outcome.code) << outcome.said;
  }
  void load() { must({"netns", "exec", controller_, "/usr/sbin/nft", "-f", rules}); }

  // Sockets stay in the network where they were made.
  static void within(const std::string& space, const std::function<void()>& work) {
    std::thread([&] {
      const UniqueFd network(::open(("/run/netns/" + space).c_str(), O_RDONLY | O_CLOEXEC));
      ASSERT_EQ(0, ::setns(network.get(), CLONE_NEWNET));
      work();
    }).join();
  }
  UniqueFd socket_in(const std::string& space, int type, int protocol = 0) {
    UniqueFd fd;
    within(space,
           [&] { fd.reset(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)); });
    return fd;
  }
  static bool readable(const UniqueFd& fd, int ms) {
    pollfd wait{fd.get(), POLLIN, 0};
    return ::poll(&wait, 1, ms) == 1;
  }

  // Does a connection to this port come about?
  bool connects(const std::string& from, const std::string& to, const char* address, int port,
                int ms) {
    const auto listener = socket_in(to, SOCK_STREAM), client = socket_in(from, SOCK_STREAM);
    const int yes = 1;
    ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const auto here = address_of(address, port);
    EXPECT_EQ(0, ::bind(listener.get(), as_sockaddr(here), sizeof here));
    EXPECT_EQ(0, ::listen(listener.get(), 4));
    ::connect(client.get(), as_sockaddr(here), sizeof here);
    return readable(listener, ms);
  }
  bool takes_tcp(int port, int ms = stays_away_ms) {
    return connects(neighbour_, controller_, controller_address, port, ms);
  }
  // Does a datagram arrive there?
  bool takes_udp(const char* to, int port, int ms = stays_away_ms, int from_port = 0) {
    const auto receiver = socket_in(controller_, SOCK_DGRAM);
    const auto sender = socket_in(neighbour_, SOCK_DGRAM);
    const auto any = address_of("0.0.0.0", port);
    EXPECT_EQ(0, ::bind(receiver.get(), as_sockaddr(any), sizeof any));
    ip_mreq group{};
    ::inet_pton(AF_INET, "224.0.0.251", &group.imr_multiaddr);
    ::inet_pton(AF_INET, controller_address, &group.imr_interface);
    ::setsockopt(receiver.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group);
    if (from_port != 0) {
      const auto source = address_of("0.0.0.0", from_port);
      EXPECT_EQ(0, ::bind(sender.get(), as_sockaddr(source), sizeof source));
    }
    const auto there = address_of(to, port);
    EXPECT_EQ(1, ::sendto(sender.get(), "x", 1, 0, as_sockaddr(there), sizeof there));
    return readable(receiver, ms);
  }

  const std::string controller_ = "lintel-box-" + std::to_string(::getpid());
  const std::string neighbour_ = "lintel-near-" + std::to_string(::getpid());
  const std::string log_ = ::testing::TempDir() + controller_ + ".log";
};

TEST_F(PacketFilter, lets_in_the_console_and_its_name_and_nothing_else) {
  for (const int port : {22, 443, 5355}) {
    EXPECT_TRUE(takes_tcp(port, arrives_within_ms)) << "without rules everything is open: " << port;
  }
  EXPECT_TRUE(takes_udp(controller_address, 123, arrives_within_ms));
  load();
  EXPECT_TRUE(takes_tcp(443, arrives_within_ms));
  EXPECT_TRUE(takes_tcp(80, arrives_within_ms));
  for (const int port : {22, 23, 53, 111, 4370, 5353, 5355, 8080, 8088, 44'300})
    EXPECT_FALSE(takes_tcp(port)) << port;
  EXPECT_TRUE(takes_udp("224.0.0.251", 5353, arrives_within_ms));
  EXPECT_TRUE(takes_udp(controller_address, 68, arrives_within_ms, 67)) << "a DHCP server's answer";
  EXPECT_FALSE(takes_udp(controller_address, 68)) << "somebody else's";
  for (const int port : {53, 123, 161, 5353, 5355, 40'000})
    EXPECT_FALSE(takes_udp(controller_address, port)) << port;
}

TEST_F(PacketFilter, lets_the_controller_speak_to_anybody) {
  load();
  EXPECT_TRUE(connects(controller_, neighbour_, neighbour_address, 8088, arrives_within_ms));
  // An answer to a question gets in.
  const auto asker = socket_in(controller_, SOCK_DGRAM), server = socket_in(neighbour_, SOCK_DGRAM);
  const auto there = address_of(neighbour_address, 123);
  ASSERT_EQ(0, ::bind(server.get(), as_sockaddr(there), sizeof there));
  ASSERT_EQ(1, ::sendto(asker.get(), "?", 1, 0, as_sockaddr(there), sizeof there));
  ASSERT_TRUE(readable(server, arrives_within_ms));
  char question = 0;
  sockaddr whom{};
  socklen_t size = sizeof whom;
  ASSERT_EQ(1, ::recvfrom(server.get(), &question, 1, 0, &whom, &size));
  ASSERT_EQ(1, ::sendto(server.get(), "!", 1, 0, &whom, size));
  EXPECT_TRUE(readable(asker, arrives_within_ms));
}

TEST_F(PacketFilter, does_not_forward) {
  load();
  const auto listed = box::run(
      "/usr/sbin/ip",
      {"netns", "exec", controller_, "/usr/sbin/nft", "list", "chain", "inet", "lintel", "forward"},
      log_);
  EXPECT_EQ(0, listed.code);
  EXPECT_NE(std::string::npos, listed.said.find("policy drop")) << listed.said;
}

TEST_F(PacketFilter, slows_down_one_client_that_floods_and_no_other) {
  load();
  must({"-n", neighbour_, "address", "add", "10.77.0.3/24", "dev", "wire"});
  const auto listener = socket_in(controller_, SOCK_STREAM);
  const auto here = address_of(controller_address, 443);
  ASSERT_EQ(0, ::bind(listener.get(), as_sockaddr(here), sizeof here));
  ASSERT_EQ(0, ::listen(listener.get(), 1024));
  std::vector<UniqueFd> flood;
  const auto knock = [&](const char* from) {
    auto fd = socket_in(neighbour_, SOCK_STREAM);
    const auto source = address_of(from, 0);
    EXPECT_EQ(0, ::bind(fd.get(), as_sockaddr(source), sizeof source));
    ::connect(fd.get(), as_sockaddr(here), sizeof here);
    return fd;
  };
  const auto open = [](const UniqueFd& fd, int ms) {
    pollfd wait{fd.get(), POLLOUT, 0};
    return ::poll(&wait, 1, ms) == 1 && (wait.revents & (POLLERR | POLLHUP)) == 0;
  };
  within(neighbour_, [&] {
    for (int i = 0; i < 900; ++i) {
      flood.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      const auto source = address_of(neighbour_address, 0);
      ::bind(flood.back().get(), as_sockaddr(source), sizeof source);
      ::connect(flood.back().get(), as_sockaddr(here), sizeof here);
    }
  });
  int through = 0;
  for (const auto& fd : flood)
    through += open(fd, 0) ? 1 : 0;
  EXPECT_GT(through, 100);
  EXPECT_LT(through, 800);
  EXPECT_TRUE(open(knock("10.77.0.3"), arrives_within_ms)) << "another client is let in";
}

}  // namespace
}  // namespace lintel
