// https: which servers are believed, what they are shown, and that nothing is said before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "engine/base/unique_fd.h"
#include "push/http.h"
#include "push/message.h"
#include "tests/fake_server/certificates.h"
#include "tests/fake_server/fake_server.h"
#include "tests/fake_server/http_front.h"

namespace lintel::push {
namespace {

using fake::Authority;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

const Messages messages{"3383154200002"};

class Tls : public ::testing::Test {
 protected:
  Tls() {
    char path[] = "/tmp/lintel-tls-XXXXXX";
    if (::mkdtemp(path) == nullptr) std::abort();
    directory_ = path;
    authority_ = std::make_unique<Authority>(directory_);
  }
  ~Tls() override { std::filesystem::remove_all(directory_); }

  // A correct PUSH server behind this certificate.
  std::unique_ptr<fake::HttpFront> serve(const Authority::Files& files,
                                         const std::string& client_ca = {}) {
    return std::make_unique<fake::HttpFront>(
        server_, fake::HttpFront::Options{.certificate_file = files.certificate,
                                          .key_file = files.key,
                                          .client_ca_file = client_ca});
  }
  static Result<HttpReply> connect(const ServerAddress& address, const TlsSettings& settings) {
    auto tls = HttpTransport::make_tls(settings);
    if (!tls) return fail(tls.error());
    HttpTransport transport(address, *tls);
    return transport.exchange(messages.connect(), 5s);
  }
  [[nodiscard]] static ServerAddress at(const fake::HttpFront& front) {
    return {true, "127.0.0.1", front.port()};
  }
  [[nodiscard]] TlsSettings roots() const { return {.ca_file = authority_->file()}; }

  void expect_answered(const Result<HttpReply>& reply) {
    ASSERT_TRUE(reply) << reply.error().text;
    EXPECT_EQ(reply->body, "OK");
  }
  void expect_refused(const Result<HttpReply>& reply) {
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::refused) << reply.error().text;
    EXPECT_THAT(reply.error().text, HasSubstr("cannot be verified"));
    EXPECT_THAT(server_.requests(), IsEmpty()) << "not a byte of HTTP may have been sent";
  }
  void expect_unusable(const TlsSettings& settings, const std::string& words) {
    const auto tls = HttpTransport::make_tls(settings);
    ASSERT_FALSE(tls);
    EXPECT_THAT(tls.error().text, HasSubstr(words));
  }

  std::string directory_;
  std::unique_ptr<Authority> authority_;
  fake::FakeServer server_;
};

// ---- by its authority

TEST_F(Tls, speaks_with_a_server_whose_certificate_it_can_verify) {
  const auto front = serve(authority_->sign("127.0.0.1"));
  expect_answered(connect(at(*front), roots()));
}

TEST_F(Tls, keeps_the_connection) {
  const auto front = serve(authority_->sign("127.0.0.1"));
  auto tls = HttpTransport::make_tls(roots());
  ASSERT_TRUE(tls);
  HttpTransport transport(at(*front), *tls);
  for (int i = 0; i < 5; ++i) {
    expect_answered(transport.exchange(messages.connect(), 5s));
  }
}

TEST_F(Tls, says_nothing_to_a_server_of_an_unknown_authority) {
  const Authority stranger(directory_, "stranger");
  const auto front = serve(stranger.sign("127.0.0.1"));
  expect_refused(connect(at(*front), roots()));
}

TEST_F(Tls, says_nothing_to_a_server_that_vouches_for_itself) {
  const auto front = serve(Authority::self_signed(directory_, "127.0.0.1"));
  expect_refused(connect(at(*front), roots()));
}

TEST_F(Tls, trusts_no_authority_of_ours_unless_it_is_told_to) {
  const auto front = serve(authority_->sign("127.0.0.1"));
  expect_refused(connect(at(*front), {}));
}

TEST_F(Tls, says_nothing_to_a_server_of_another_name) {
  const auto front = serve(authority_->sign("controller.example"));
  expect_refused(connect(at(*front), roots()));
}

TEST_F(Tls, knows_a_server_by_its_name) {
  const auto front = serve(authority_->sign("localhost"));
  expect_answered(connect({true, "localhost", front->port()}, roots()));
}

TEST_F(Tls, makes_no_exception_for_localhost) {
  const auto front = serve(authority_->sign("controller.example"));
  expect_refused(connect({true, "localhost", front->port()}, roots()));
}

TEST_F(Tls, says_nothing_to_a_server_whose_certificate_has_expired) {
  const auto front = serve(authority_->sign("127.0.0.1", -60s));
  expect_refused(connect(at(*front), roots()));
}

// ---- by its pinned certificate

TEST_F(Tls, believes_exactly_the_pinned_certificate) {
  const auto files = Authority::self_signed(directory_, "controller.example");
  const auto front = serve(files);
  expect_answered(
      connect(at(*front), {.pinned_certificate = fake::fingerprint(files.certificate)}));
}

TEST_F(Tls, looks_at_neither_name_nor_date_nor_authority_of_a_pinned_certificate) {
  const Authority stranger(directory_, "stranger");
  const auto files = stranger.sign("controller.example", -60s);
  const auto front = serve(files);
  auto settings = roots();
  settings.pinned_certificate = fake::fingerprint(files.certificate);
  for (char& c : settings.pinned_certificate) {
    c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;  // as openssl prints it
  }
  expect_answered(connect(at(*front), settings));
}

TEST_F(Tls, says_nothing_to_another_certificate_than_the_pinned_one) {
  const auto pinned = authority_->sign("127.0.0.1");
  const auto front = serve(authority_->sign("127.0.0.1"));
  auto settings = roots();
  settings.pinned_certificate = fake::fingerprint(pinned.certificate);
  expect_refused(connect(at(*front), settings));
}

TEST_F(Tls, does_not_take_the_pinned_authority_for_the_server) {
  const auto front = serve(authority_->sign("127.0.0.1"));
  expect_refused(
      connect(at(*front), {.pinned_certificate = fake::fingerprint(authority_->file())}));
}

// ---- what we show

TEST_F(Tls, shows_its_certificate_to_a_server_that_asks) {
  const auto front = serve(authority_->sign("127.0.0.1"), authority_->file());
  const auto ours = authority_->sign_client("controller.example");
  auto settings = roots();
  settings.client_certificate = ours.certificate;
  settings.client_key = ours.key;
  expect_answered(connect(at(*front), settings));
}

TEST_F(Tls, is_turned_away_without_a_certificate_by_a_server_that_wants_one) {
  const auto front = serve(authority_->sign("127.0.0.1"), authority_->file());
  EXPECT_FALSE(connect(at(*front), roots()));
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(Tls, is_turned_away_with_a_certificate_of_a_stranger) {
  const Authority stranger(directory_, "stranger");
  const auto front = serve(authority_->sign("127.0.0.1"), authority_->file());
  const auto ours = stranger.sign_client("controller.example");
  auto settings = roots();
  settings.client_certificate = ours.certificate;
  settings.client_key = ours.key;
  const auto reply = connect(at(*front), settings);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::io) << reply.error().text;
  EXPECT_THAT(server_.requests(), IsEmpty());
}

// ---- files

TEST_F(Tls, says_which_file_it_cannot_read) {
  expect_unusable({.ca_file = directory_ + "/nothing.pem"}, "nothing.pem");
  const auto ours = authority_->sign_client("controller.example");
  expect_unusable({.client_certificate = directory_ + "/none.pem", .client_key = ours.key},
                  "client_certificate cannot be read from " + directory_ + "/none.pem");
  expect_unusable({.client_certificate = ours.certificate, .client_key = directory_ + "/none.key"},
                  "client_key cannot be read from " + directory_ + "/none.key");
}

TEST_F(Tls, wants_both_of_certificate_and_key_and_that_they_belong_together) {
  const auto ours = authority_->sign_client("controller.example");
  const auto other = authority_->sign_client("other.example");
  expect_unusable({.client_certificate = ours.certificate}, "belong together");
  expect_unusable({.client_key = ours.key}, "belong together");
  expect_unusable({.client_certificate = ours.certificate, .client_key = other.key}, "client_key");
}

TEST_F(Tls, takes_no_file_of_something_else) {
  const std::string path = directory_ + "/poem.txt";
  std::ofstream(path) << "The door opens.\n";
  expect_unusable({.ca_file = path}, "poem.txt");
  expect_unusable({.client_certificate = path, .client_key = path}, "poem.txt");
}

// ---- a server without it

TEST_F(Tls, says_nothing_to_a_server_without_it) {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener.get(), any, size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ::getsockname(listener.get(), any, &size);
  std::string received;
  std::thread plain([&] {
    const UniqueFd peer(::accept(listener.get(), nullptr, nullptr));
    char buffer[4096];
    const auto count = ::recv(peer.get(), buffer, sizeof buffer, 0);
    received.assign(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    (void)::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  });
  const auto reply = connect({true, "127.0.0.1", ntohs(address.sin_port)}, roots());
  plain.join();
  ASSERT_FALSE(reply);
  ASSERT_FALSE(received.empty());
  EXPECT_EQ(received.at(0), 0x16) << "a TLS greeting";
  for (const auto* secret : {"iclock", "token", "3383154200002", "GET"}) {
    EXPECT_THAT(received, Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace lintel::push
