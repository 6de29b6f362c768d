#include "push/tls.h"

#include <Poco/Exception.h>
#include <Poco/Net/NetSSL.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <string>

#include "push/text.h"

namespace lintel::push {
namespace {

using Poco::Net::Context;

// The digest that is pinned, with the context whose handshakes look for it.
int pin_index() {
  static const int index = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr, [](void*, void* pin, CRYPTO_EX_DATA*, int, long, void*) {
        delete static_cast<std::string*>(pin);
      });
  return index;
}

// Called in the handshake in the place of OpenSSL's own look at the chain: 1 goes on.
int is_the_pinned_one(X509_STORE_CTX* store, void* pin) {
  const X509* shown = X509_STORE_CTX_get0_cert(store);
  std::array<unsigned char, 32> digest{};
  unsigned bytes = 0;
  const bool known = shown != nullptr &&
                     X509_digest(shown, EVP_sha256(), digest.data(), &bytes) == 1 &&
                     hex_lower({reinterpret_cast<const char*>(digest.data()), bytes}) ==
                         *static_cast<const std::string*>(pin);
  X509_STORE_CTX_set_error(store, known ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
  return known ? 1 : 0;
}

void pin(SSL_CTX* context, const std::string& certificate) {
  auto* wanted = new std::string(lower(certificate));
  SSL_CTX_set_ex_data(context, pin_index(), wanted);  // owned by the context from here on
  SSL_CTX_set_cert_verify_callback(context, is_the_pinned_one, wanted);
}

int no_password(char*, int, int, void*) {
  return -1;  // nobody is there to be asked
}

Result<void> show(SSL_CTX* context, const TlsSettings& settings) {
  const auto& [ca, pinned, certificate, key] = settings;
  if (certificate.empty() && key.empty()) return {};
  if (certificate.empty() || key.empty())
    return fail(Errc::invalid, "client_certificate and client_key of [push] belong together");
  SSL_CTX_set_default_passwd_cb(context, no_password);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    return fail(Errc::invalid, "client_certificate cannot be read from " + certificate);
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return fail(Errc::invalid,
                "client_key cannot be read from " + key + ", or is not that of " + certificate);
  if (SSL_CTX_check_private_key(context) != 1)
    return fail(Errc::invalid, "client_key " + key + " is not that of " + certificate);
  return {};
}

}  // namespace

Result<Context::Ptr> make_tls_context(const TlsSettings& settings) {
  constexpr int chain_length_max = 9;
  const bool pinned = !settings.pinned_certificate.empty();
  try {
    Poco::Net::initializeSSL();
    Context::Params params;
    params.caLocation = settings.ca_file;
    params.loadDefaultCAs = settings.ca_file.empty() && !pinned;
    // Not RELAXED: that passes over the host's name for localhost.
    params.verificationMode = Context::VERIFY_STRICT;
    params.verificationDepth = chain_length_max;
    params.cipherList = "HIGH:!aNULL:!eNULL:!MD5:!RC4:!3DES:!PSK:!SRP";
    Context::Ptr context(new Context(Context::TLS_CLIENT_USE, params));
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    context->enableExtendedCertificateVerification(!pinned);  // the host's name
    if (pinned) pin(context->sslContext(), settings.pinned_certificate);
    if (auto shown = show(context->sslContext(), settings); !shown)
      return fail(std::move(shown).error());
    return context;
  } catch (const Poco::Exception& exception) {
    return fail(Errc::invalid, "the roots that servers are verified against cannot be read" +
                                   (settings.ca_file.empty() ? "" : " from " + settings.ca_file) +
                                   ": " + exception.displayText());
  }
}

}  // namespace lintel::push
