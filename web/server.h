// The console's HTTP server: a bounded number of threads, connections, streams and bytes.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/api/link.h"
#include "web/address.h"
#include "web/console.h"

namespace lintel::web {

class Server {
 public:
  // Listens and serves at once, on threads of its own; the engine need not be there. Port 0: any.
  //   io  the address cannot be had; the text says why
  static Result<std::unique_ptr<Server>> start(const Address& address, api::LinkFactory engine,
                                               const Limits& limits = {});
  // Ends streams and requests, and waits for their threads.
  ~Server();

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace lintel::web
