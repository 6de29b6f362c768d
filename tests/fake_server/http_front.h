// The fake server behind a real socket: HTTP or HTTPS on 127.0.0.1, keep-alive, with Poco's server.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "push/transport.h"
#include "tests/fake_server/fake_server.h"

namespace lintel::fake {

class HttpFront {
 public:
  // Called on several threads.
  using Handler = std::function<Answer(const push::HttpRequest&)>;

  struct Options {
    std::uint16_t port = 0;          // 0: any that is free
    std::string certificate_file{};  // PEM, with its key file: HTTPS
    std::string key_file{};
    std::string client_ca_file{};  // with HTTPS: only clients with a certificate of this authority
    bool chunked = false;          // replies without Content-Length
    std::chrono::milliseconds keep_alive = std::chrono::seconds(15);
  };

  // Serves at once. Throws when the port is taken or the certificate cannot be read: a test that
  // cannot start has failed.
  HttpFront(Handler handler, const Options& options);
  HttpFront(FakeServer& server, const Options& options);
  explicit HttpFront(FakeServer& server) : HttpFront(server, Options{}) {}
  // Hangs up on everybody.
  ~HttpFront();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string url() const;  // "http://127.0.0.1:8088"

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace lintel::fake
