// What seals bodies under a session key (chapters 4.2, 4.3, appendix 16): AES-256-GCM, with the
// CRC32 that the text asks for inside. The text leaves the algorithm open; PROTOCOL.md has ours
// byte by byte.
//
// It hides bodies from whoever only listens, and shows when one was changed on the way. It proves
// nothing about who the server is: whoever can stand in between can exchange keys with both sides.
// TLS proves it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lintel::push {

// Fills `bytes` with random ones; any thread. False: there are none, nothing may be sealed.
using Random = std::function<bool(unsigned char* bytes, std::size_t count)>;
Random openssl_random();

// Immutable; any thread.
class SessionCipher {
 public:
  static constexpr std::size_t key_bytes = 32;
  static constexpr std::size_t nonce_bytes = 12;
  static constexpr std::size_t overhead_bytes = nonce_bytes + 4 + 16;  // CRC32 and tag

  // REQUIRES: key.size() is key_bytes.
  explicit SessionCipher(std::string key, Random random = openssl_random());
  ~SessionCipher();
  SessionCipher(const SessionCipher&) = delete;
  SessionCipher& operator=(const SessionCipher&) = delete;

  // The frame: nonce, ciphertext of CRC32 and plain text, tag. `bound` is not in it, and must be
  // the same when it is opened. Nothing: there are no random bytes.
  [[nodiscard]] std::optional<std::string> seal(std::string_view plain,
                                                std::string_view bound) const;
  // Nothing: too short, another key, other `bound`, or changed on the way.
  [[nodiscard]] std::optional<std::string> open(std::string_view frame,
                                                std::string_view bound) const;

  [[nodiscard]] bool random(unsigned char* bytes, std::size_t count) const {
    return random_(bytes, count);
  }

 private:
  std::string key_;
  Random random_;
};

// Of ISO 3309, as zip has it: crc32("123456789") is 0xCBF43926.
std::uint32_t crc32(std::string_view bytes);

}  // namespace lintel::push
