#include "rootfs/first-boot/certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace lintel::first_boot {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(BIGNUM* number) const { BN_free(number); }
};
template <class Type>
using Owned = std::unique_ptr<Type, Free>;

tl::unexpected<Error> failed(const char* errand) {
  return fail(Errc::io, std::string(errand) + " failed");
}

Owned<BIO> reader(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

Owned<EVP_PKEY> key_of(const std::string& pem) {
  return Owned<EVP_PKEY>(
      PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, nullptr, const_cast<char*>("")));
}

bool extend(X509* certificate, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(
      X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// 16 random bytes, positive.
bool number(X509* certificate) {
  const Owned<BIGNUM> random(BN_new());
  return random && BN_rand(random.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(random.get(), X509_get_serialNumber(certificate)) != nullptr;
}

}  // namespace

Result<std::string> make_key() {
  const Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  if (!key || !out ||
      PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1)
    return failed("make a P-256 key");
  return text_of(out.get());
}

Result<std::string> make_certificate(const std::string& key_pem, const std::string& host) {
  const auto key = key_of(key_pem);
  const Owned<X509> certificate(X509_new());
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  if (!key) return failed("read the console's key");
  auto* name = certificate ? X509_get_subject_name(certificate.get()) : nullptr;
  const auto* common = reinterpret_cast<const unsigned char*>(host.c_str());
  const bool made =
      name != nullptr && out && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
      number(certificate.get()) &&
      ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()), "20200101000000Z") == 1 &&
      ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), "20491231235959Z") == 1 &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0) == 1 &&
      X509_set_issuer_name(certificate.get(), name) == 1 &&
      X509_set_pubkey(certificate.get(), key.get()) == 1 &&
      extend(certificate.get(), NID_basic_constraints, "critical,CA:FALSE") &&
      extend(certificate.get(), NID_key_usage, "critical,digitalSignature") &&
      extend(certificate.get(), NID_ext_key_usage, "serverAuth") &&
      extend(certificate.get(), NID_subject_alt_name, "DNS:" + host + ",DNS:localhost") &&
      X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0 &&
      PEM_write_bio_X509(out.get(), certificate.get()) == 1;
  if (!made) return failed("make the console's certificate");
  return text_of(out.get());
}

bool belongs(const std::string& certificate_pem, const std::string& key_pem,
             const std::string& host) {
  const auto key = key_of(key_pem);
  const Owned<X509> certificate(
      PEM_read_bio_X509(reader(certificate_pem).get(), nullptr, nullptr, nullptr));
  return key && certificate && X509_check_private_key(certificate.get(), key.get()) == 1 &&
         X509_check_host(certificate.get(), host.data(), host.size(), 0, nullptr) == 1;
}

}  // namespace lintel::first_boot
