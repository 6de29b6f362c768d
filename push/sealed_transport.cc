#include "push/sealed_transport.h"

#include <array>
#include <utility>

#include "push/text.h"

namespace lintel::push {

std::string bound_request(std::string_view number, std::string_view method,
                          std::string_view target) {
  return "request " + std::string(number) + " " + std::string(method) + " " + std::string(target);
}

std::string bound_reply(std::string_view number, int status) {
  return "reply " + std::string(number) + " " + std::to_string(status);
}

std::unique_ptr<Transport> seal(std::unique_ptr<Transport> inner,
                                std::shared_ptr<const SessionCipher> cipher) {
  if (!cipher) return inner;
  return std::make_unique<SealedTransport>(std::move(inner), std::move(cipher));
}

std::unique_ptr<Transport> transport_to(const ServerAddress& address, const Session::View& session,
                                        const TransportFactory& make) {
  auto made = make(address);
  return address == session.address ? seal(std::move(made), session.cipher) : std::move(made);
}

Result<HttpReply> SealedTransport::exchange(const HttpRequest& request,
                                            std::chrono::milliseconds timeout) {
  std::array<char, 16> bytes{};
  if (!cipher_->random(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()))
    return fail(Errc::io, "there are no random bytes to seal a request with");
  const std::string number = hex_lower({bytes.data(), bytes.size()});
  HttpRequest sealed{request.method, request.target, request.headers, {}};
  sealed.headers.emplace_back(request_number_header, number);
  if (!request.body.empty()) {
    auto body = cipher_->seal(request.body, bound_request(number, request.method, request.target));
    if (!body) return fail(Errc::io, "there are no random bytes to seal a request with");
    sealed.body = *std::move(body);
  }
  auto reply = inner_->exchange(sealed, timeout);
  if (!reply) return reply;
  if (reply->status < 200 || reply->status > 299) {
    reply->body.clear();
    return reply;
  }
  auto plain = cipher_->open(reply->body, bound_reply(number, reply->status));
  if (!plain) return fail(Errc::io, "the reply is not sealed with the session key");
  reply->body = *std::move(plain);
  return reply;
}

}  // namespace lintel::push
