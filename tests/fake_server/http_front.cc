#include "tests/fake_server/http_front.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/ThreadPool.h>
#include <Poco/Timespan.h>

#include <thread>

namespace lintel::fake {
namespace {

namespace net = Poco::Net;

push::HttpRequest read_request(net::HTTPServerRequest& in) {
  push::HttpRequest request;
  request.method = in.getMethod();
  request.target = in.getURI();
  for (const auto& [name, value] : in)
    request.headers.emplace_back(name, value);
  Poco::StreamCopier::copyToString(in.stream(), request.body);
  return request;
}

// Takes the connection away from Poco, says so much and hangs up.
void hang_up(net::HTTPServerRequest& request, const std::string& last_words) {
  auto& socket = dynamic_cast<net::HTTPServerRequestImpl&>(request).socket();
  if (!last_words.empty()) socket.sendBytes(last_words.data(), static_cast<int>(last_words.size()));
  socket.shutdown();
  socket.close();
}

std::string half_of(const push::HttpReply& reply) {
  return "HTTP/1.1 " + std::to_string(reply.status) +
         " OK\r\nContent-Length: " + std::to_string(reply.body.size() + 100) + "\r\n\r\n" +
         reply.body.substr(0, reply.body.size() / 2);
}

// Bytes that are no HTTP, the same in each run.
std::string garbage() {
  std::string bytes;
  std::uint32_t x = 2463534242;
  for (int i = 0; i < 400; ++i) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    bytes += static_cast<char>(x & 0xff);
  }
  return bytes;
}

class RequestHandler : public net::HTTPRequestHandler {
 public:
  RequestHandler(const HttpFront::Handler& handler, bool chunked)
      : handler_(handler), chunked_(chunked) {}

  void handleRequest(net::HTTPServerRequest& in, net::HTTPServerResponse& out) override {
    const Answer answer = handler_(read_request(in));
    if (answer.delay.count() > 0) std::this_thread::sleep_for(answer.delay);
    switch (answer.wire) {
      case Wire::closed:
        return hang_up(in, "");
      case Wire::truncated:
        return hang_up(in, half_of(answer.reply));
      case Wire::garbage:
        return hang_up(in, garbage());
      case Wire::whole:
        break;
    }
    out.setStatusAndReason(static_cast<net::HTTPResponse::HTTPStatus>(answer.reply.status));
    for (const auto& [name, value] : answer.reply.headers)
      out.set(name, value);
    if (chunked_) {
      out.setChunkedTransferEncoding(true);
      out.send() << answer.reply.body;
    } else {
      out.sendBuffer(answer.reply.body.data(), answer.reply.body.size());
    }
  }

 private:
  const HttpFront::Handler& handler_;
  bool chunked_;
};

class HandlerFactory : public net::HTTPRequestHandlerFactory {
 public:
  HandlerFactory(const HttpFront::Handler& handler, bool chunked)
      : handler_(handler), chunked_(chunked) {}
  net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
    return new RequestHandler(handler_, chunked_);
  }

 private:
  const HttpFront::Handler& handler_;
  bool chunked_;
};

net::ServerSocket listen_at(const HttpFront::Options& options) {
  const net::SocketAddress address("127.0.0.1", options.port);
  if (options.certificate_file.empty()) return net::ServerSocket(address);
  const bool asks = !options.client_ca_file.empty();
  net::Context::Ptr context = new net::Context(
      net::Context::TLS_SERVER_USE, options.key_file, options.certificate_file,
      options.client_ca_file, asks ? net::Context::VERIFY_STRICT : net::Context::VERIFY_NONE);
  context->enableExtendedCertificateVerification(false);  // a client is not looked for by its name
  return net::SecureServerSocket(address, 64, context);
}

net::HTTPServerParams::Ptr parameters(const HttpFront::Options& options) {
  net::HTTPServerParams::Ptr parameters = new net::HTTPServerParams;
  parameters->setKeepAlive(true);
  parameters->setKeepAliveTimeout(Poco::Timespan(options.keep_alive.count() * 1'000));
  parameters->setSoftwareVersion("Apache-Coyote/1.1");
  return parameters;
}

}  // namespace

struct HttpFront::Inside {
  Inside(Handler the_handler, const Options& options)
      : handler(std::move(the_handler)),
        socket(listen_at(options)),
        secure(!options.certificate_file.empty()),
        server(new HandlerFactory(handler, options.chunked), threads, socket, parameters(options)) {
    server.start();
  }

  const Handler handler;
  net::ServerSocket socket;
  bool secure;
  Poco::ThreadPool threads{2, 32};
  net::HTTPServer server;
};

HttpFront::HttpFront(Handler handler, const Options& options)
    : inside_(std::make_unique<Inside>(std::move(handler), options)) {}

HttpFront::HttpFront(FakeServer& server, const Options& options)
    : HttpFront([&server](const push::HttpRequest& r) { return server.answer(r); }, options) {}

HttpFront::~HttpFront() {
  inside_->server.stopAll(true);
  inside_->threads.joinAll();
}

std::uint16_t HttpFront::port() const {
  return inside_->socket.address().port();
}

std::string HttpFront::url() const {
  return (inside_->secure ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port());
}

}  // namespace lintel::fake
