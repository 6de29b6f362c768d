// HTTP by Poco's client: the one file that knows it. Its exceptions end here.
//
// One connection, kept alive between exchanges. Redirects are not followed, proxies not used, and
// nothing is sent anywhere but to the address it was made for. The time limit of an exchange covers
// all of it: looking up the name, connecting, the certificate, request and reply.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "push/resolver.h"
#include "push/server_address.h"
#include "push/tls_settings.h"
#include "push/transport.h"

namespace lintel::push {

class HttpTransport : public Transport {
 public:
  // Without `tls` a server that is to be spoken to by https is refused.
  struct Tls;
  // `resolver` lives longer.
  HttpTransport(const ServerAddress& address, std::shared_ptr<const Tls> tls,
                Resolver& resolver = Resolver::of_the_system());
  ~HttpTransport() override;

  // What verifies servers, made once for all transports.
  static Result<std::shared_ptr<const Tls>> make_tls(const TlsSettings& settings);

  Result<HttpReply> exchange(const HttpRequest& request,
                             std::chrono::milliseconds timeout) override;
  Result<HttpReply> fetch(const HttpRequest& request, std::chrono::milliseconds stall,
                          const Sink& sink) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lintel::push
