#include "rootfs/system/probes.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "engine/api/client.h"
#include "engine/base/unique_fd.h"

namespace lintel::helper {
namespace {

using namespace std::chrono_literals;

constexpr auto engine_answers_within = 2s;
constexpr auto storage_answers_within = 5s;
constexpr time_t console_seconds = 3;  // each step

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* tls) const { SSL_free(tls); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class Type>
using Owned = std::unique_ptr<Type, Free>;

void look_at_engine(const Probes& probes, Look& look) {
  auto client = api::Client::connect(probes.socket, pb::ROLE_TECHNICIAN);
  if (!client) {
    look.engine = look.storage = "the engine does not answer: " + client.error().text;
    return;
  }
  pb::Request request;
  request.mutable_get_status();
  const auto status = (*client)->call(request, engine_answers_within);
  if (!status || status->code() < 0 || !status->has_status()) {
    look.engine =
        "the engine does not say how it is: " + (status ? status->error() : status.error().text);
  } else if (status->status().door_size() == 0) {
    look.engine = "the engine decides at no door";
  } else if (!status->status().trouble().empty()) {
    look.complaint = "the engine complains: " + status->status().trouble();
  }
  request.mutable_probe_storage();
  const auto stored = (*client)->call(request, storage_answers_within);
  if (!stored || stored->code() < 0)
    look.storage =
        "the storage takes no write: " + (stored ? stored->error() : stored.error().text);
}

std::string tls_trouble() {
  char text[256] = "the other side has hung up, or is too slow";
  if (const auto error = ERR_get_error(); error != 0) ERR_error_string_n(error, text, sizeof(text));
  return text;
}

UniqueFd connected(const Probes& probes) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{console_seconds, 0};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(probes.port);
  if (!fd || ::inet_pton(AF_INET, probes.address.c_str(), &address.sin_addr) != 1) return {};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  sockaddr place{};
  std::memcpy(&place, &address, sizeof(place));
  if (::connect(fd.get(), &place, sizeof(place)) != 0) return {};
  return fd;
}

}  // namespace

std::string look_at_console(const Probes& probes) {
  ERR_clear_error();
  const Owned<BIO> file(BIO_new_file(probes.certificate.c_str(), "r"));
  const Owned<X509> own(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!own) return "the console's certificate " + probes.certificate + " cannot be read";
  const auto fd = connected(probes);
  if (!fd) return std::string("the console takes no connection: ") + std::strerror(errno);
  const Owned<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
  // Not by a chain: this certificate and no other, which is looked at below.
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  const Owned<SSL> tls(SSL_new(context.get()));
  if (!tls || SSL_set_fd(tls.get(), fd.get()) != 1 || SSL_connect(tls.get()) != 1)
    return "the console does not speak TLS: " + tls_trouble();
  const Owned<X509> shown(SSL_get1_peer_certificate(tls.get()));
  if (!shown || X509_cmp(shown.get(), own.get()) != 0)
    return "the console shows another certificate than its own";
  constexpr std::string_view question =
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (SSL_write(tls.get(), question.data(), static_cast<int>(question.size())) <= 0)
    return "the console hangs up: " + tls_trouble();
  char answer[16] = {};
  int size = 0;
  while (size < 12) {
    const int got = SSL_read(tls.get(), answer + size, static_cast<int>(sizeof(answer)) - 1 - size);
    if (got <= 0) return "the console does not answer: " + tls_trouble();
    size += got;
  }
  const std::string_view line(answer, static_cast<std::size_t>(size));
  if (line.substr(0, 12) != "HTTP/1.1 200" && line.substr(0, 12) != "HTTP/1.0 200")
    return "the console answers without its page";
  return {};
}

Look look_at_programs(const Probes& probes) {
  Look look;
  look_at_engine(probes, look);
  look.console = look_at_console(probes);
  return look;
}

}  // namespace lintel::helper
