// Certificates for tests of TLS: an authority of our own, and what it signs. Made fresh each time,
// with short elliptic keys; worth nothing outside the test.
#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace lintel::fake {

class Authority {
 public:
  // Writes ca.pem into the directory.
  explicit Authority(std::string directory, const std::string& name = "ca");
  ~Authority();

  struct Files {
    std::string certificate;
    std::string key;
  };
  // A server's certificate for "127.0.0.1" or "controller.example", valid from an hour ago until
  // so far from now (negative: it has expired).
  [[nodiscard]] Files sign(const std::string& host,
                           std::chrono::seconds valid = std::chrono::hours(24)) const;

  // A client's certificate: what a controller shows to a server that asks.
  [[nodiscard]] Files sign_client(const std::string& name) const;
  // A server's certificate that nobody has signed but itself.
  static Files self_signed(const std::string& directory, const std::string& host,
                           std::chrono::seconds valid = std::chrono::hours(24));

  [[nodiscard]] const std::string& file() const { return file_; }  // PEM of the authority itself

 private:
  struct Inside;
  std::string directory_;
  std::string file_;
  std::unique_ptr<Inside> inside_;
};

// SHA-256 of the first certificate in a PEM file, as `openssl x509 -fingerprint -sha256` computes
// it: 64 hexadecimal digits.
std::string fingerprint(const std::string& certificate_file);

}  // namespace lintel::fake
