#include "tests/fake_server/encryption.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace lintel::fake {
namespace {

constexpr std::size_t factor_bytes = 32;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* in(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* out(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      text += at + i > bytes.size() ? '=' : digits[group >> (18 - 6 * i) & 63];
  }
  return text;
}

std::string of_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const auto digit = digits.find(c);
    if (digit == std::string_view::npos) continue;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 255);
  }
  return bytes;
}

// What stands behind "Name=".
std::string value_of(std::string_view body, std::string_view name) {
  const std::string start = std::string(name) + "=";
  if (body.substr(0, start.size()) != start) return {};
  return of_base64(body.substr(start.size()));
}

bool oaep(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1;
}

std::string hmac(std::string_view key, std::string_view text) {
  std::string digest(32, '\0');
  unsigned bytes = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), in(text), text.size(), out(digest),
       &bytes);
  return digest;
}

// RFC 5869 by hand: extract without salt, then the first block of expand.
std::string derive(const std::string& r1, const std::string& r2) {
  const std::string extracted = hmac(std::string(32, '\0'), r1 + r2);
  return hmac(extracted, std::string("lintel push session key 1") + '\x01');
}

std::string crc_of(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i)
      crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1u)));
  }
  crc = ~crc;
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8)
    text += static_cast<char>(crc >> shift & 255);
  return text;
}

std::string header(const push::HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

constexpr std::string_view number_header = "X-Request-Number";

}  // namespace

struct Encryption::Keys {
  Owned<EVP_PKEY> ours{EVP_RSA_gen(2048)};
  Owned<EVP_PKEY> theirs;
};

Encryption::Encryption() : keys_(std::make_unique<Keys>()) {}
Encryption::~Encryption() = default;

std::optional<std::string> Encryption::exchange_keys(std::string_view body) {
  key_.clear();
  seen_.clear();
  const std::string der = value_of(body, "PublicKey");
  const unsigned char* at = in(der);
  keys_->theirs.reset(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (!keys_->theirs) return std::nullopt;
  std::string ours(static_cast<std::size_t>(i2d_PUBKEY(keys_->ours.get(), nullptr)), '\0');
  unsigned char* to = out(ours);
  i2d_PUBKEY(keys_->ours.get(), &to);
  return "PublicKey=" + to_base64(ours);
}

std::optional<std::string> Encryption::exchange_factors(std::string_view body) {
  if (!keys_->theirs) return std::nullopt;
  const std::string sealed = value_of(body, "Factors");
  const Owned<EVP_PKEY_CTX> reading(EVP_PKEY_CTX_new(keys_->ours.get(), nullptr));
  std::string r1(512, '\0');
  std::size_t bytes = r1.size();
  if (EVP_PKEY_decrypt_init(reading.get()) != 1 || !oaep(reading.get()) ||
      EVP_PKEY_decrypt(reading.get(), out(r1), &bytes, in(sealed), sealed.size()) != 1 ||
      bytes != factor_bytes)
    return std::nullopt;
  r1.resize(bytes);
  std::string r2(factor_bytes, '\0');
  RAND_bytes(out(r2), static_cast<int>(r2.size()));
  const Owned<EVP_PKEY_CTX> writing(EVP_PKEY_CTX_new(keys_->theirs.get(), nullptr));
  std::string answer(512, '\0');
  bytes = answer.size();
  if (EVP_PKEY_encrypt_init(writing.get()) != 1 || !oaep(writing.get()) ||
      EVP_PKEY_encrypt(writing.get(), out(answer), &bytes, in(r2), r2.size()) != 1)
    return std::nullopt;
  answer.resize(bytes);
  key_ = derive(r1, r2);
  return "Factors=" + to_base64(answer);
}

std::optional<push::HttpRequest> Encryption::open(const push::HttpRequest& request) {
  const std::string number = header(request, number_header);
  if (number.size() != 32 || !seen_.insert(number).second) return std::nullopt;
  if (request.body.empty()) return request;
  const std::string& frame = request.body;
  if (frame.size() < nonce_bytes + 4 + tag_bytes) return std::nullopt;
  const std::string bound = "request " + number + " " + request.method + " " + request.target;
  const std::string inner = frame.substr(nonce_bytes, frame.size() - nonce_bytes - tag_bytes);
  std::string tag = frame.substr(frame.size() - tag_bytes);
  std::string plain(inner.size(), '\0');
  const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  int n = 0;
  const bool whole =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, in(key_), in(frame)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &n, in(bound), static_cast<int>(bound.size())) ==
          1 &&
      EVP_DecryptUpdate(context.get(), out(plain), &n, in(inner), static_cast<int>(inner.size())) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), out(plain) + plain.size(), &n) == 1;
  if (!whole || plain.substr(0, 4) != crc_of(std::string_view(plain).substr(4)))
    return std::nullopt;
  push::HttpRequest opened = request;
  opened.body = plain.substr(4);
  return opened;
}

push::HttpReply Encryption::seal(const push::HttpRequest& request, push::HttpReply reply) const {
  if (reply.status < 200 || reply.status > 299) return reply;
  const std::string bound =
      "reply " + header(request, number_header) + " " + std::to_string(reply.status);
  const std::string plain = crc_of(reply.body) + reply.body;
  std::string frame(nonce_bytes + plain.size() + tag_bytes, '\0');
  RAND_bytes(out(frame), nonce_bytes);
  const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  int n = 0;
  const bool whole =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, in(key_), in(frame)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &n, in(bound), static_cast<int>(bound.size())) ==
          1 &&
      EVP_EncryptUpdate(context.get(), out(frame) + nonce_bytes, &n, in(plain),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), out(frame) + nonce_bytes + plain.size(), &n) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes,
                          out(frame) + nonce_bytes + plain.size()) == 1;
  if (!whole) throw std::runtime_error("the fake server cannot seal a reply");
  reply.body = std::move(frame);
  return reply;
}

}  // namespace lintel::fake
