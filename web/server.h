// The console's HTTP server: a bounded number of threads, connections, streams and bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/api/link.h"
#include "web/address.h"
#include "web/console.h"

namespace lintel::web {

// What a console needs that is reached over a network.
struct Security {
  std::string certificate, key;  // PEM files; the certificate's own chain may follow it
  std::string code;              // to sign in with (sign_in.h)
};

class Server {
 public:
  // Listens and serves at once, on threads of its own; the engine need not be there. Port 0: any.
  // With `security` over https alone, to whoever has signed in.
  //   io  the address cannot be had, or the certificate cannot be used; the text says why
  static Result<std::unique_ptr<Server>> start(
      const Address& address, api::LinkFactory engine, const Limits& limits = {},
      const std::optional<Security>& security = std::nullopt);
  // Ends streams and requests, and waits for their threads.
  ~Server();

  [[nodiscard]] std::uint16_t port() const;
  // False: connections wait for a thread, and none has ended since the last call. Every request and
  // every connection has its time, so that this does not last, unless the threads wait for each
  // other. One thread.
  [[nodiscard]] bool moves();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace lintel::web
