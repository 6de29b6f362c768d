// The looks of lintel-health: at a console over TLS, and at an engine by its socket.
#include "rootfs/system/probes.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>

#include <atomic>

#include "tests/api/engine_socket.h"

namespace lintel::helper {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Identity {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  X509* certificate = X509_new();
  Identity() {
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3'600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3'600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
  }
  ~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;
  void write(const std::string& path) const {
    FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(nullptr, file);
    PEM_write_X509(file, certificate);
    std::fclose(file);
  }
};

// Takes one connection after the other, and says the same to each. No answer: it hangs up.
class Console {
 public:
  Console(const Identity& identity, std::string answer) : answer_(std::move(answer)) {
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context_, identity.certificate);
    SSL_CTX_use_PrivateKey(context_, identity.key);
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(0, ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size));
    EXPECT_EQ(0, ::listen(listener_.get(), 4));
    EXPECT_EQ(0, ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size));
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Console() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    SSL_CTX_free(context_);
  }
  unsigned short port = 0;

 private:
  void run() {
    for (;;) {
      const UniqueFd peer(::accept(listener_.get(), nullptr, nullptr));
      if (!peer) return;
      SSL* tls = SSL_new(context_);
      SSL_set_fd(tls, peer.get());
      char question[512];
      if (SSL_accept(tls) == 1 && SSL_read(tls, question, sizeof(question)) > 0 && !answer_.empty())
        SSL_write(tls, answer_.data(), static_cast<int>(answer_.size()));
      SSL_shutdown(tls);
      SSL_free(tls);
    }
  }
  std::string answer_;
  SSL_CTX* context_ = nullptr;
  UniqueFd listener_;
  std::thread thread_;
};

class Health : public ::testing::Test {
 protected:
  Health() {
    ::signal(SIGPIPE, SIG_IGN);  // as in the program
    probes_.socket = directory_.socket();
    probes_.certificate = directory_.path + "/console.crt";
    identity_.write(probes_.certificate);
  }
  std::string console(const Identity& identity, const std::string& answer) {
    const Console console(identity, answer);
    probes_.port = console.port;
    return look_at_console(probes_);
  }

  api::Directory directory_;
  Identity identity_;
  Probes probes_;
};

TEST_F(Health, of_a_console_is_its_page_under_its_own_certificate) {
  EXPECT_EQ("", console(identity_, "HTTP/1.1 200 OK\r\n\r\npage"));
  EXPECT_THAT(console(identity_, "HTTP/1.1 500 Internal Server Error\r\n\r\n"),
              HasSubstr("without its page"));
  EXPECT_THAT(console(identity_, ""), HasSubstr("does not answer"));
  const Identity another;
  EXPECT_THAT(console(another, "HTTP/1.1 200 OK\r\n\r\npage"), HasSubstr("another certificate"));
  EXPECT_THAT(look_at_console(probes_), HasSubstr("takes no connection"));
  probes_.certificate = directory_.path + "/none.crt";
  EXPECT_THAT(console(identity_, "HTTP/1.1 200 OK\r\n\r\npage"), HasSubstr("cannot be read"));
}

TEST_F(Health, of_an_engine_is_its_status_and_a_write) {
  const auto look = [&](const pb::Reply& status, const pb::Reply& probe) {
    const api::EngineThread engine(
        probes_.socket, [&](api::Server& server, const api::Incoming& incoming) {
          pb::Request request;
          ASSERT_TRUE(request.ParseFromString(incoming.body));
          EXPECT_EQ(pb::ROLE_TECHNICIAN, incoming.role);
          server.reply(incoming.peer, incoming.id, request.has_probe_storage() ? probe : status);
        });
    return look_at_programs(probes_);
  };
  pb::Reply well, nothing;
  well.mutable_status()->add_door();
  auto seen = look(well, nothing);
  EXPECT_THAT(seen.engine, IsEmpty());
  EXPECT_THAT(seen.storage, IsEmpty());
  EXPECT_THAT(seen.complaint, IsEmpty());
  EXPECT_FALSE(seen.well()) << "there is no console";

  auto doorless = well;
  doorless.mutable_status()->clear_door();
  EXPECT_THAT(look(doorless, nothing).engine, HasSubstr("no door"));
  auto complaining = well;
  complaining.mutable_status()->set_trouble("door1.lock: busy");
  EXPECT_THAT(look(complaining, nothing).complaint, HasSubstr("door1.lock: busy"));
  pb::Reply full;
  full.set_code(-15);
  full.set_error("The disk is full.");
  EXPECT_THAT(look(well, full).storage, HasSubstr("The disk is full."));
  seen = look_at_programs(probes_);
  EXPECT_THAT(seen.engine, HasSubstr("does not answer"));
  EXPECT_THAT(seen.storage, HasSubstr("does not answer"));
}

}  // namespace
}  // namespace lintel::helper
