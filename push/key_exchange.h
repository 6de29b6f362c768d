// The exchange of public keys and factors (chapters 4.2, 4.3, appendix 16), our side of it: how two
// strangers come to one session key. All that is known here of OpenSSL's asymmetric part.
//
// It proves nothing about who the other side is (session_cipher.h).
//
//   auto exchange = KeyExchange::make();      a new RSA key, for one connection
//   exchange->public_key()                    goes to the server
//   exchange->take_public_key(text)           the server's
//   exchange->factor()                        R1, for the server's eyes only
//   exchange->take_factor(text)               R2, and with it the session key
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "push/session_cipher.h"

namespace lintel::push {

class KeyExchange {
 public:
  static constexpr std::size_t factor_bytes = 32;

  // A key of 2048 bits; takes some tenths of a second on a small processor.
  static Result<KeyExchange> make(Random random = openssl_random());
  // With a key that is there already: PKCS#8, DER.
  static Result<KeyExchange> with_key(std::string_view der, Random random);

  KeyExchange(KeyExchange&&) noexcept;
  KeyExchange& operator=(KeyExchange&&) noexcept;
  ~KeyExchange();

  // Base64 of the DER of SubjectPublicKeyInfo, in one line.
  [[nodiscard]] std::string public_key() const;
  // The server's, in the same form; blanks and line ends in it do no harm. False: no RSA key of
  // 2048 to 4096 bits.
  bool take_public_key(std::string_view text);

  // R1, encrypted with the server's key (OAEP, SHA-256), base64. REQUIRES: take_public_key() was
  // true. Nothing: there are no random bytes.
  std::optional<std::string> factor();
  // R2 in the same form, encrypted with our key. Null: it cannot be read. REQUIRES: factor() gave
  // one.
  std::shared_ptr<const SessionCipher> take_factor(std::string_view text);

  // HKDF-SHA256 of R1 and R2, one behind the other, without salt.
  static std::string session_key(std::string_view r1, std::string_view r2);

 private:
  struct Impl;
  explicit KeyExchange(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lintel::push
