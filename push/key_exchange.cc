#include "push/key_exchange.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <utility>

#include "engine/base/check.h"
#include "engine/core/limits.h"
#include "push/base64.h"

namespace lintel::push {
namespace {

constexpr unsigned key_bits = 2048;
constexpr int key_bits_max = 4096;
constexpr std::string_view label = "lintel push session key 1";

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::optional<std::string> from_base64(std::string_view text) {
  Base64Decoder decoder;
  std::string bytes;
  if (text.size() > limits::key_text_bytes_max || !decoder.add(text, bytes) ||
      !decoder.complete() || bytes.empty())
    return std::nullopt;
  return bytes;
}

// OAEP with SHA-256, for both of its digests.
bool use_oaep(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1;
}

}  // namespace

struct KeyExchange::Impl {
  Owned<EVP_PKEY> ours;
  Owned<EVP_PKEY> theirs{};
  Random random;
  std::string r1{};
};

KeyExchange::KeyExchange(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KeyExchange::KeyExchange(KeyExchange&&) noexcept = default;
KeyExchange& KeyExchange::operator=(KeyExchange&&) noexcept = default;
KeyExchange::~KeyExchange() {
  if (impl_) OPENSSL_cleanse(impl_->r1.data(), impl_->r1.size());
}

Result<KeyExchange> KeyExchange::make(Random random) {
  Owned<EVP_PKEY> key(EVP_RSA_gen(key_bits));
  if (!key) return fail(Errc::io, "no key can be made for the exchange with the server");
  return KeyExchange(
      std::make_unique<Impl>(Impl{.ours = std::move(key), .random = std::move(random)}));
}

Result<KeyExchange> KeyExchange::with_key(std::string_view der, Random random) {
  const unsigned char* at = bytes_of(der);
  Owned<EVP_PKEY> key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
  if (!key) return fail(Errc::invalid, "this is no private key");
  return KeyExchange(
      std::make_unique<Impl>(Impl{.ours = std::move(key), .random = std::move(random)}));
}

std::string KeyExchange::public_key() const {
  unsigned char* der = nullptr;
  const int bytes = i2d_PUBKEY(impl_->ours.get(), &der);
  if (bytes <= 0) return {};
  std::string text = base64({reinterpret_cast<const char*>(der), static_cast<std::size_t>(bytes)});
  OPENSSL_free(der);
  return text;
}

bool KeyExchange::take_public_key(std::string_view text) {
  const auto der = from_base64(text);
  if (!der) return false;
  const unsigned char* at = bytes_of(*der);
  Owned<EVP_PKEY> key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der->size())));
  if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1) return false;
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < static_cast<int>(key_bits) || bits > key_bits_max) return false;
  impl_->theirs = std::move(key);
  return true;
}

std::optional<std::string> KeyExchange::factor() {
  std::string factor(factor_bytes, '\0');
  if (!impl_->random(bytes_of(factor), factor.size())) return std::nullopt;
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(impl_->theirs.get(), nullptr));
  if (!context || EVP_PKEY_encrypt_init(context.get()) != 1 || !use_oaep(context.get()))
    return std::nullopt;
  std::string sealed(static_cast<std::size_t>(EVP_PKEY_get_size(impl_->theirs.get())), '\0');
  std::size_t bytes = sealed.size();
  if (EVP_PKEY_encrypt(context.get(), bytes_of(sealed), &bytes, bytes_of(factor), factor.size()) !=
      1)
    return std::nullopt;
  sealed.resize(bytes);
  impl_->r1 = std::move(factor);
  return base64(sealed);
}

std::shared_ptr<const SessionCipher> KeyExchange::take_factor(std::string_view text) {
  const auto sealed = from_base64(text);
  if (!sealed || impl_->r1.empty()) return nullptr;
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(impl_->ours.get(), nullptr));
  if (!context || EVP_PKEY_decrypt_init(context.get()) != 1 || !use_oaep(context.get()))
    return nullptr;
  std::string r2(static_cast<std::size_t>(EVP_PKEY_get_size(impl_->ours.get())), '\0');
  std::size_t bytes = r2.size();
  if (EVP_PKEY_decrypt(context.get(), bytes_of(r2), &bytes, bytes_of(*sealed), sealed->size()) != 1)
    return nullptr;
  r2.resize(bytes);
  if (r2.size() != factor_bytes) return nullptr;
  auto cipher = std::make_shared<const SessionCipher>(session_key(impl_->r1, r2), impl_->random);
  OPENSSL_cleanse(r2.data(), r2.size());
  return cipher;
}

std::string KeyExchange::session_key(std::string_view r1, std::string_view r2) {
  std::string secret = std::string(r1) + std::string(r2);
  std::string info(label);
  std::string digest = "SHA256";
  std::string key(SessionCipher::key_bytes, '\0');
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  const Owned<EVP_KDF> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const Owned<EVP_KDF_CTX> context(EVP_KDF_CTX_new(kdf.get()));
  const bool fine =
      context && EVP_KDF_derive(context.get(), bytes_of(key), key.size(), params) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  DOOR_CHECK(fine);  // all of it is ours: OpenSSL would have to be without HKDF
  return key;
}

}  // namespace lintel::push
