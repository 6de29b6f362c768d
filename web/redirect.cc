#include "web/redirect.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>

#include <ios>

#include "web/handlers.h"

namespace lintel::web {
namespace {

namespace net = Poco::Net;

constexpr int threads = 2, queued = 8;
constexpr long seconds_max = 3;  // of a request

class Handler : public net::HTTPRequestHandler {
 public:
  explicit Handler(std::uint16_t port) : port_(port) {}
  void handleRequest(Request& request, Response& response) override {
    try {
      response.setKeepAlive(false);
      const auto to = https_address(request.get("Host", ""), port_);
      if (to.empty()) {
        return send_error(response, Status::HTTP_BAD_REQUEST,
                          "The console speaks https only, and the Host header is no host.");
      }
      response.setStatusAndReason(Status::HTTP_PERMANENT_REDIRECT);
      response.set("Location", to);
      response.setContentLength(0);
      response.send();
    } catch (const Poco::Exception&) {
      // The peer has left: nobody is there to be told.
    } catch (const std::ios_base::failure&) {
    }
  }

 private:
  std::uint16_t port_;
};

class Factory : public net::HTTPRequestHandlerFactory {
 public:
  explicit Factory(std::uint16_t port) : port_(port) {}
  net::HTTPRequestHandler* createRequestHandler(const Request&) override {
    return new Handler(port_);
  }

 private:
  std::uint16_t port_;
};

net::HTTPServerParams::Ptr params() {
  net::HTTPServerParams::Ptr params = new net::HTTPServerParams;
  params->setMaxThreads(threads);
  params->setMaxQueued(queued);
  params->setTimeout(Poco::Timespan(seconds_max, 0));
  params->setKeepAlive(false);
  return params;
}

}  // namespace

struct Redirect::Parts {
  Parts(const net::ServerSocket& listener, std::uint16_t port)
      : socket(listener),
        pool("redirect", 1, threads),
        server(new Factory(port), pool, socket, params()) {
    server.start();
  }
  ~Parts() {
    server.stopAll(true);
    pool.joinAll();
  }
  net::ServerSocket socket;
  Poco::ThreadPool pool;
  net::HTTPServer server;
};

Result<std::unique_ptr<Redirect>> Redirect::start(const Address& address, std::uint16_t port) {
  try {
    net::ServerSocket listener;
    listener.bind(net::SocketAddress(address.host, address.port), true, false);
    listener.listen(queued);
    return std::unique_ptr<Redirect>(new Redirect(std::make_unique<Parts>(listener, port)));
  } catch (const Poco::Exception& e) {
    return fail(Errc::io, "listen at " + address.host + " port " + std::to_string(address.port) +
                              ": " + e.displayText());
  }
}

Redirect::Redirect(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Redirect::~Redirect() = default;

std::uint16_t Redirect::port() const {
  return parts_->socket.address().port();
}

std::string https_address(std::string_view host_header, std::uint16_t port) {
  const auto host = host_in(host_header);
  if (host.empty()) return {};
  return "https://" + host + (port == 443 ? "" : ":" + std::to_string(port)) + "/";
}

}  // namespace lintel::web
