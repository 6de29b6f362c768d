#include "push/session_cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <memory>

#include "engine/base/check.h"

namespace lintel::push {
namespace {

constexpr std::size_t crc_bytes = 4;
constexpr std::size_t tag_bytes = 16;

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
int length_of(std::string_view text) {
  return static_cast<int>(text.size());
}

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320u : value >> 1;
    }
    table[i] = value;
  }
  return table;
}();

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16 & 255),
          static_cast<char>(value >> 8 & 255), static_cast<char>(value & 255)};
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t value = 0xFFFFFFFFu;
  for (const char c : bytes) {
    value = crc_table[(value ^ static_cast<unsigned char>(c)) & 255] ^ (value >> 8);
  }
  return ~value;
}

Random openssl_random() {
  return [](unsigned char* bytes, std::size_t count) {
    return RAND_bytes(bytes, static_cast<int>(count)) == 1;
  };
}

SessionCipher::SessionCipher(std::string key, Random random)
    : key_(std::move(key)), random_(std::move(random)) {
  DOOR_CHECK(key_.size() == key_bytes);
}

SessionCipher::~SessionCipher() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

std::optional<std::string> SessionCipher::seal(std::string_view plain,
                                               std::string_view bound) const {
  std::string frame(nonce_bytes + crc_bytes + plain.size() + tag_bytes, '\0');
  unsigned char* at = bytes_of(frame);
  if (!random_(at, nonce_bytes)) return std::nullopt;
  const Context context(EVP_CIPHER_CTX_new());
  const std::string crc = big_endian(crc32(plain));
  int written = 0;
  bool fine = context != nullptr && EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(),
                                                        bytes_of(key_), at, nullptr) == 1;
  at += nonce_bytes;
  fine = fine && EVP_EncryptUpdate(context.get(), nullptr, &written, bytes_of(bound),
                                   length_of(bound)) == 1;
  fine = fine && EVP_EncryptUpdate(context.get(), at, &written, bytes_of(crc), length_of(crc)) == 1;
  at += crc_bytes;
  // No data would be taken for the end of the message.
  fine = fine && (plain.empty() || EVP_EncryptUpdate(context.get(), at, &written, bytes_of(plain),
                                                     length_of(plain)) == 1);
  at += plain.size();
  fine = fine && EVP_EncryptFinal_ex(context.get(), at, &written) == 1;
  fine = fine && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes, at) == 1;
  if (!fine) return std::nullopt;
  return frame;
}

std::optional<std::string> SessionCipher::open(std::string_view frame,
                                               std::string_view bound) const {
  if (frame.size() < overhead_bytes) return std::nullopt;
  const auto nonce = frame.substr(0, nonce_bytes);
  std::string tag(frame.substr(frame.size() - tag_bytes));
  const auto sealed = frame.substr(nonce_bytes, frame.size() - nonce_bytes - tag_bytes);
  std::string plain(sealed.size(), '\0');
  const Context context(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool fine =
      context != nullptr &&
      EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), bytes_of(key_), bytes_of(nonce),
                          nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &written, bytes_of(bound), length_of(bound)) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes_of(plain), &written, bytes_of(sealed),
                        length_of(sealed)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + plain.size(), &written) == 1;
  if (!fine) return std::nullopt;
  const std::string crc = plain.substr(0, crc_bytes);
  plain.erase(0, crc_bytes);
  if (crc != big_endian(crc32(plain))) return std::nullopt;
  return plain;
}

}  // namespace lintel::push
