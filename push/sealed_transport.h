// A transport whose bodies are sealed with the session's key: the one place where it is done,
// around any other transport.
//
// Every request bears a fresh random number in a header of its own; the reply is bound to it and to
// its status, so that no reply can be taken for another one's, and none of an earlier time is
// taken.
#pragma once

#include <memory>

#include "push/session.h"
#include "push/session_cipher.h"
#include "push/transport.h"

namespace lintel::push {

class SealedTransport : public Transport {
 public:
  // `cipher` is not null.
  SealedTransport(std::unique_ptr<Transport> inner, std::shared_ptr<const SessionCipher> cipher)
      : inner_(std::move(inner)), cipher_(std::move(cipher)) {}

  // A request without a body has none on the wire either. Of replies, those with a status from 200
  // to 299 are opened; one that cannot be opened is none (Errc::io). Others come without a body:
  // whoever answers 404 may be a stranger, and his text is not believed.
  Result<HttpReply> exchange(const HttpRequest& request,
                             std::chrono::milliseconds timeout) override;

 private:
  std::unique_ptr<Transport> inner_;
  std::shared_ptr<const SessionCipher> cipher_;
};

// `inner` itself when there is no cipher.
std::unique_ptr<Transport> seal(std::unique_ptr<Transport> inner,
                                std::shared_ptr<const SessionCipher> cipher);

// A connection of the lane's own to this address, sealed where that is the server of the session.
std::unique_ptr<Transport> transport_to(const ServerAddress& address, const Session::View& session,
                                        const TransportFactory& make);

// What a request and its reply are bound to; both ends make the same text. `number`: the header's
// value.
inline constexpr std::string_view request_number_header = "X-Request-Number";
std::string bound_request(std::string_view number, std::string_view method,
                          std::string_view target);
std::string bound_reply(std::string_view number, int status);

}  // namespace lintel::push
