#include "push/http.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>

#include <algorithm>
#include <chrono>
#include <istream>
#include <ostream>
#include <utility>

#include "engine/core/limits.h"
#include "push/http_body.h"
#include "push/text.h"
#include "push/tls.h"
#include "push/watchdog.h"

namespace lintel::push {
namespace {

using Time = std::chrono::steady_clock;

constexpr std::chrono::seconds kept_alive_for(30);

Poco::Timespan timespan(std::chrono::nanoseconds time) {
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  return {std::max<Poco::Timespan::TimeDiff>(left, 1)};
}

// Poco's own decoder takes a chunked body that breaks off for a whole one. We look at the header
// before Poco does, hide the chunks from it, and decode them ourselves.
class Response : public Poco::Net::HTTPResponse {
 public:
  void read(std::istream& stream) override {
    HTTPResponse::read(stream);
    // Poco takes a header that breaks off for a shorter one.
    if (!stream.good()) throw Poco::Net::MessageException("the header breaks off");
    chunked_ = getChunkedTransferEncoding();
    if (!chunked_) return;
    erase(TRANSFER_ENCODING);
    erase(CONTENT_LENGTH);
  }
  [[nodiscard]] bool chunked() const { return chunked_; }

 private:
  bool chunked_ = false;
};

HttpFraming framing_of(const Response& response) {
  HttpFraming framing{.status = response.getStatus(), .chunked = response.chunked(), .length = {}};
  if (response.hasContentLength()) framing.length = response.getContentLength64();
  return framing;
}

// ---- errors

bool is_about_certificate(const Poco::Exception& exception) {
  const auto text = lower(exception.displayText());
  return text.find("certificate") != std::string::npos;
}

tl::unexpected<Error> as_error(const Poco::Exception& exception, const ServerAddress& address,
                               bool time_is_up) {
  if (time_is_up || dynamic_cast<const Poco::TimeoutException*>(&exception)) {
    return fail(Errc::timeout, "no answer in time from " + address.url());
  }
  if (dynamic_cast<const Poco::Net::SSLException*>(&exception) && is_about_certificate(exception)) {
    return fail(Errc::refused, "the certificate of " + address.url() + " cannot be verified");
  }
  std::string why = exception.displayText();
  for (char& c : why) {
    if (c < ' ' || c > '~') c = '?';
  }
  return fail(Errc::io, "no connection to " + address.url() + ": " + why);
}

}  // namespace

struct HttpTransport::Tls {
  Poco::Net::Context::Ptr context;
};

struct HttpTransport::Impl {
  ServerAddress address;
  std::shared_ptr<const Tls> tls;
  std::unique_ptr<Poco::Net::HTTPClientSession> session;
  Time::time_point last_used{};
  Watchdog watchdog;

  [[nodiscard]] std::string host() const {
    const bool bracketed = address.host.front() == '[';
    return bracketed ? address.host.substr(1, address.host.size() - 2) : address.host;
  }

  void open() {
    if (address.tls) {
      session = std::make_unique<Poco::Net::HTTPSClientSession>(host(), address.port, tls->context);
    } else {
      session = std::make_unique<Poco::Net::HTTPClientSession>(host(), address.port);
    }
    session->setKeepAlive(true);
    session->setKeepAliveTimeout(timespan(kept_alive_for));
  }

  // Is there a connection that may still serve? One that the peer has closed, or on which it has
  // spoken unasked, may not.
  bool still_open() {
    if (!session || !session->connected()) return false;
    if (Time::now() - last_used > kept_alive_for) return false;
    return !session->socket().poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_READ);
  }

  void send(const HttpRequest& request, Time::time_point deadline) {
    Poco::Net::HTTPRequest out(request.method, request.target, Poco::Net::HTTPMessage::HTTP_1_1);
    const std::string port = ":" + std::to_string(address.port);
    bool host_set = false;
    for (const auto& [name, value] : request.headers) {
      if (!host_set && name != "Cookie") {  // the order of the text: Cookie, Host, the others
        out.set("Host", address.host + port);
        host_set = true;
      }
      out.set(name, value);
    }
    if (!host_set) out.set("Host", address.host + port);
    if (request.method == "POST") {
      out.setContentLength64(static_cast<Poco::Int64>(request.body.size()));
    }
    session->setTimeout(timespan(deadline - Time::now()), timespan(deadline - Time::now()),
                        timespan(deadline - Time::now()));
    std::ostream& stream = session->sendRequest(out);
    watchdog.arm(session->socket().impl()->sockfd(), deadline);
    stream << request.body << std::flush;
  }

  Result<HttpReply> receive() {
    Response response;
    response.setFieldLimit(http_header_fields_max);
    std::istream& stream = session->receiveResponse(response);
    HttpReply reply;
    reply.status = response.getStatus();
    for (const auto& [name, value] : response) {
      reply.headers.emplace_back(name, value);
    }
    switch (read_body(stream, framing_of(response), limits::reply_bytes_max, reply.body)) {
      case HttpBody::whole:
        break;
      case HttpBody::broken_off:
        return fail(Errc::io, "the reply of " + address.url() + " breaks off");
      case HttpBody::too_large:
        return fail(Errc::full, "the reply of " + address.url() + " is larger than 8 MiB");
    }
    if (!response.getKeepAlive()) session.reset();
    return reply;
  }

  Result<HttpReply> once(const HttpRequest& request, Time::time_point deadline,
                         bool& nothing_received) {
    try {
      send(request, deadline);
      auto reply = receive();
      const bool time_was_up = watchdog.disarm() || Time::now() >= deadline;
      if (!reply || time_was_up) session.reset();
      if (time_was_up) {  // what reads like the end of the body may be ours
        return fail(Errc::timeout, "no answer in time from " + address.url());
      }
      last_used = Time::now();
      return reply;
    } catch (const Poco::Exception& exception) {
      const bool time_was_up = watchdog.disarm() || Time::now() >= deadline;
      session.reset();
      nothing_received =
          !time_was_up && (dynamic_cast<const Poco::Net::NoMessageException*>(&exception) ||
                           dynamic_cast<const Poco::Net::ConnectionResetException*>(&exception) ||
                           dynamic_cast<const Poco::Net::ConnectionAbortedException*>(&exception));
      return as_error(exception, address, time_was_up);
    } catch (const std::exception&) {  // what the streams of the standard library throw
      const bool time_was_up = watchdog.disarm() || Time::now() >= deadline;
      session.reset();
      return fail(time_was_up ? Errc::timeout : Errc::io,
                  "the connection to " + address.url() + " broke");
    }
  }
};

Result<std::shared_ptr<const HttpTransport::Tls>> HttpTransport::make_tls(
    const std::string& ca_file) {
  auto context = make_tls_context(ca_file);
  if (!context) return fail(std::move(context).error());
  return std::make_shared<const Tls>(Tls{*context});
}

HttpTransport::HttpTransport(const ServerAddress& address, std::shared_ptr<const Tls> tls)
    : impl_(std::make_unique<Impl>()) {
  impl_->address = address;
  impl_->tls = std::move(tls);
}

HttpTransport::~HttpTransport() = default;

Result<HttpReply> HttpTransport::exchange(const HttpRequest& request,
                                          std::chrono::milliseconds timeout) {
  if (impl_->address.tls && !impl_->tls) {
    return fail(Errc::refused,
                "the certificate of " + impl_->address.url() + " cannot be verified: no roots");
  }
  const auto deadline = Time::now() + timeout;
  bool reused = false;
  try {
    reused = impl_->still_open();
  } catch (const Poco::Exception&) {
    // A socket that cannot even be asked is not used again.
  }
  if (!reused) impl_->open();
  bool nothing_received = false;
  auto reply = impl_->once(request, deadline, nothing_received);
  // The server may have closed the kept connection just as we used it: a GET is asked once more on
  // a new one. A POST is not: whether the server has it is for the conversation to decide.
  if (reply || !reused || !nothing_received || request.method != "GET") return reply;
  impl_->open();
  return impl_->once(request, deadline, nothing_received);
}

}  // namespace lintel::push
