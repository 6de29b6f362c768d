#include "tests/fake_server/certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <string_view>

namespace lintel::fake {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;

void must(bool fine, const char* what) {
  if (!fine) throw std::runtime_error(std::string("test certificate: ") + what);
}

Key make_key() {
  Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  must(key != nullptr, "make a key");
  return key;
}

void extend(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "add an extension");
}

Certificate make_certificate(EVP_PKEY* key, const std::string& name, std::chrono::seconds valid) {
  static std::atomic<long> serial{1};
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  const bool over = valid.count() <= 0;
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), over ? valid.count() - 3'600 : -3'600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid.count());
  X509_set_pubkey(certificate.get(), key);
  const std::basic_string<unsigned char> bytes(name.begin(), name.end());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             bytes.c_str(), -1, -1, 0);
  return certificate;
}

void write_pem(const std::string& path, X509* certificate, EVP_PKEY* key) {
  const std::unique_ptr<std::FILE, Free> file(std::fopen(path.c_str(), "w"));
  must(file != nullptr, "open a file");
  const int written = certificate != nullptr ? PEM_write_X509(file.get(), certificate)
                                             : PEM_write_PrivateKey(file.get(), key, nullptr,
                                                                    nullptr, 0, nullptr, nullptr);
  must(written == 1, "write a file");
}

}  // namespace

struct Authority::Inside {
  Key key = make_key();
  Certificate certificate;
};

Authority::Authority(std::string directory, const std::string& name)
    : directory_(std::move(directory)),
      file_(directory_ + "/" + name + ".pem"),
      inside_(std::make_unique<Inside>()) {
  inside_->certificate =
      make_certificate(inside_->key.get(), "Test " + name, std::chrono::hours(24));
  X509* certificate = inside_->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(certificate, certificate, NID_subject_key_identifier, "hash");
  must(X509_sign(certificate, inside_->key.get(), EVP_sha256()) > 0, "sign");
  write_pem(file_, certificate, nullptr);
}

Authority::~Authority() = default;

namespace {

// In a file of its own, with its key. `issuer` null: signed by itself.
Authority::Files write_certificate(const std::string& directory, const std::string& name,
                                   std::chrono::seconds valid, X509* issuer, EVP_PKEY* issuer_key,
                                   const char* usage) {
  static std::atomic<unsigned> count{0};
  const std::string stem = directory + "/" + usage + std::to_string(++count);
  const Key key = make_key();
  const Certificate certificate = make_certificate(key.get(), name, valid);
  X509* signer = issuer != nullptr ? issuer : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  const bool address = name.find_first_not_of("0123456789.:") == std::string::npos;
  extend(certificate.get(), signer, NID_subject_alt_name, (address ? "IP:" : "DNS:") + name);
  extend(certificate.get(), signer, NID_basic_constraints, "CA:FALSE");
  extend(certificate.get(), signer, NID_ext_key_usage, usage);
  if (issuer != nullptr) extend(certificate.get(), signer, NID_authority_key_identifier, "keyid");
  EVP_PKEY* signing = issuer_key != nullptr ? issuer_key : key.get();
  must(X509_sign(certificate.get(), signing, EVP_sha256()) > 0, "sign");
  write_pem(stem + ".pem", certificate.get(), nullptr);
  write_pem(stem + ".key", nullptr, key.get());
  return {stem + ".pem", stem + ".key"};
}

}  // namespace

Authority::Files Authority::sign(const std::string& host, std::chrono::seconds valid) const {
  return write_certificate(directory_, host, valid, inside_->certificate.get(), inside_->key.get(),
                           "serverAuth");
}

Authority::Files Authority::sign_client(const std::string& name) const {
  return write_certificate(directory_, name, std::chrono::hours(24), inside_->certificate.get(),
                           inside_->key.get(), "clientAuth");
}

Authority::Files Authority::self_signed(const std::string& directory, const std::string& host,
                                        std::chrono::seconds valid) {
  return write_certificate(directory, host, valid, nullptr, nullptr, "serverAuth");
}

std::string fingerprint(const std::string& certificate_file) {
  const std::unique_ptr<std::FILE, Free> file(std::fopen(certificate_file.c_str(), "r"));
  must(file != nullptr, "open a certificate");
  const Certificate certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
  must(certificate != nullptr, "read a certificate");
  std::array<unsigned char, 32> digest{};
  unsigned bytes = 0;
  must(X509_digest(certificate.get(), EVP_sha256(), digest.data(), &bytes) == 1, "digest");
  std::string hex;
  for (const unsigned char byte : digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

}  // namespace lintel::fake
