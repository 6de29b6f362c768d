// How a server is verified that is spoken to by https, and what we show it: the files of [push].
#pragma once

#include <string>

namespace lintel::push {

struct TlsSettings {
  std::string ca_file{};  // PEM, the only roots that are trusted; empty: the system's store
  // SHA-256 of the server's certificate (DER), 64 hexadecimal digits: exactly this certificate is
  // believed. Chain, name and dates are not looked at then.
  std::string pinned_certificate{};
  std::string client_certificate{};  // PEM, with what leads to its root; shown to servers that ask
  std::string client_key{};          // PEM, without a password
  bool operator==(const TlsSettings&) const = default;
};

}  // namespace lintel::push
