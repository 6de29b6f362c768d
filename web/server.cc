#include "web/server.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPServerConnection.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/ThreadPool.h>

#include <utility>

#include "web/routes.h"
#include "web/watch.h"

namespace lintel::web {
namespace {

namespace net = Poco::Net;

// How long Poco's dispatcher may overlook that it is to stop.
constexpr std::chrono::milliseconds thread_idle{500};

Poco::Timespan timespan(std::chrono::milliseconds time) {
  return Poco::Timespan(time.count() * Poco::Timespan::MILLISECONDS);
}

class Connection : public net::HTTPServerConnection {
 public:
  Connection(const net::StreamSocket& socket, net::HTTPServerParams::Ptr params,
             net::HTTPRequestHandlerFactory::Ptr routes, Connections& connections)
      : HTTPServerConnection(socket, params, routes), connections_(connections) {}

  void run() {
    const Connections::Entry entry(connections_, socket().impl()->sockfd());
    HTTPServerConnection::run();
  }

 private:
  Connections& connections_;
};

class ConnectionFactory : public net::TCPServerConnectionFactory {
 public:
  ConnectionFactory(net::HTTPServerParams::Ptr params, net::HTTPRequestHandlerFactory::Ptr routes,
                    Connections& connections)
      : params_(params), routes_(routes), connections_(connections) {}

  net::TCPServerConnection* createConnection(const net::StreamSocket& socket) override {
    net::StreamSocket same(socket);
    same.setReceiveTimeout(params_->getTimeout());  // Poco itself waits for ever for the rest
    same.setSendTimeout(params_->getTimeout());
    return new Connection(socket, params_, routes_, connections_);
  }

 private:
  net::HTTPServerParams::Ptr params_;
  net::HTTPRequestHandlerFactory::Ptr routes_;
  Connections& connections_;
};

net::HTTPServerParams::Ptr make_params(const Limits& limits) {
  net::HTTPServerParams::Ptr params = new net::HTTPServerParams;
  params->setMaxThreads(Limits::threads);
  params->setMaxQueued(Limits::connections_queued);
  params->setTimeout(timespan(limits.socket_time));
  params->setKeepAlive(false);
  params->setThreadIdleTime(timespan(thread_idle));
  return params;
}

// TLS 1.2 with ciphers of today, or 1.3. No session is resumed: there is nothing to gain, and the
// tickets' key would be one more secret.
net::Context::Ptr tls_context(const Security& security) {
  net::Context::Params wanted;
  wanted.privateKeyFile = security.key;
  wanted.certificateFile = security.certificate;
  wanted.verificationMode = net::Context::VERIFY_NONE;  // of browsers; they show no certificate
  wanted.loadDefaultCAs = false;
  wanted.cipherList = "ECDHE+AESGCM:ECDHE+CHACHA20";
  net::Context::Ptr context = new net::Context(net::Context::TLS_SERVER_USE, wanted);
  context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
  context->enableSessionCache(false);
  ::SSL_CTX_set_options(context->sslContext(), SSL_OP_NO_TICKET);
  return context;
}

}  // namespace

// Ends in the reverse order: nobody serves before nobody is asked.
struct Server::Parts {
  Parts(net::ServerSocket listener, api::LinkFactory engine, const Limits& wanted,
        const std::optional<Security>& security)
      : limits(wanted),
        sign_in(security ? std::make_unique<SignIn>(security->code) : nullptr),
        journal(engine),
        passback(engine),
        firmware(engine),
        connections(limits.request_time),
        console{feed, journal, passback, firmware, connections, limits, sign_in.get()},
        socket(std::move(listener)),
        pool("web", 2, Limits::threads),
        tcp(new ConnectionFactory(make_params(limits), make_routes(console), connections), pool,
            socket, make_params(limits)),
        watch(std::move(engine), feed) {
    tcp.start();
  }

  ~Parts() {
    tcp.stop();
    feed.close();
    connections.shut();
    pool.joinAll();
  }

  const Limits limits;
  const std::unique_ptr<SignIn> sign_in;
  Feed feed;
  Journal journal;
  Passback passback;
  Firmware firmware;
  Connections connections;
  Console console;
  net::ServerSocket socket;
  Poco::ThreadPool pool;
  net::TCPServer tcp;
  Watch watch;
  int ended = 0;  // connections, when moves() was last asked
};

Result<std::unique_ptr<Server>> Server::start(const Address& address, api::LinkFactory engine,
                                              const Limits& limits,
                                              const std::optional<Security>& security) {
  const std::string where = address.host + " port " + std::to_string(address.port);
  try {
    net::ServerSocket listener =
        security ? net::SecureServerSocket(tls_context(*security)) : net::ServerSocket();
    listener.bind(net::SocketAddress(address.host, address.port), true, false);
    listener.listen(Limits::connections_not_accepted);
    auto parts = std::make_unique<Parts>(std::move(listener), std::move(engine), limits, security);
    return std::unique_ptr<Server>(new Server(std::move(parts)));
  } catch (const Poco::Exception& e) {
    return fail(Errc::io, "listen at " + where + ": " + e.displayText());
  }
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() = default;

std::uint16_t Server::port() const {
  return parts_->socket.address().port();
}

bool Server::moves() {
  const auto& tcp = parts_->tcp;
  const int ended = tcp.totalConnections() - tcp.currentConnections();
  const bool moved = ended != std::exchange(parts_->ended, ended);
  return moved || tcp.queuedConnections() == 0;
}

}  // namespace lintel::web
