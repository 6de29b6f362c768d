#include "push/http.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <utility>

#include "push/http_body.h"
#include "push/limits.h"
#include "push/text.h"
#include "push/tls.h"
#include "push/watchdog.h"

namespace lintel::push {
namespace {

using Time = std::chrono::steady_clock;

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
    if (has_two_lengths()) throw Poco::Net::MessageException("there are two lengths");
    chunked_ = getChunkedTransferEncoding();
    if (!chunked_) return;
    ends_twice_ = has(CONTENT_LENGTH);
    erase(TRANSFER_ENCODING);
    erase(CONTENT_LENGTH);
  }
  [[nodiscard]] bool chunked() const { return chunked_; }
  // It has a length and is chunked: the chunks count, and the connection serves no further reply.
  [[nodiscard]] bool ends_twice() const { return ends_twice_; }

 private:
  [[nodiscard]] bool has_two_lengths() const {
    const std::string* first = nullptr;
    for (const auto& [name, value] : *this) {
      if (!same_name(name, CONTENT_LENGTH)) continue;
      if (first != nullptr && *first != value) return true;
      first = &value;
    }
    return false;
  }

  bool chunked_ = false;
  bool ends_twice_ = false;
};

// ---- bodies

// Nothing: a length that is none.
std::optional<BodyForm> form_of(const Response& response) {
  const int status = response.getStatus();
  BodyForm form{.none = status < 200 || status == 204 || status == 304,
                .chunked = response.chunked()};
  if (form.none || form.chunked || !response.hasContentLength()) return form;
  const auto length = response.getContentLength64();
  if (length < 0) return std::nullopt;
  form.length = static_cast<std::uint64_t>(length);
  return form;
}

HttpReply head_of(const Response& response) {
  HttpReply reply;
  reply.status = response.getStatus();
  for (const auto& [name, value] : response) {
    reply.headers.emplace_back(name, value);
  }
  return reply;
}

// ---- sessions that tell when they have a socket, before they say anything on it, and whether the
// peer has said more than it was asked

using Connected = std::function<void(int socket)>;

class PlainSession : public Poco::Net::HTTPClientSession {
 public:
  PlainSession(const std::string& ip, std::uint16_t port, Connected connected)
      : HTTPClientSession(ip, port), connected_(std::move(connected)) {}
  [[nodiscard]] bool has_more() const { return buffered() > 0; }

 protected:
  void connect(const Poco::Net::SocketAddress& to) override {
    HTTPClientSession::connect(to);
    connected_(socket().impl()->sockfd());
  }

 private:
  Connected connected_;
};

// The handshake is done here and not by Poco, so that the watchdog is there to end it: a server
// that hands out its certificate byte by byte would outlast every timeout of a single read.
class TlsSession : public Poco::Net::HTTPSClientSession {
 public:
  TlsSession(const std::string& ip, std::uint16_t port, const std::string& name,
             const Poco::Net::Context::Ptr& context, Connected connected)
      : HTTPSClientSession(ip, port, context), name_(name), connected_(std::move(connected)) {}
  [[nodiscard]] bool has_more() const { return buffered() > 0; }

 protected:
  void connect(const Poco::Net::SocketAddress& to) override {
    Poco::Net::SecureStreamSocket secure(socket());
    secure.setPeerHostName(name_);
    secure.setLazyHandshake(true);
    HTTPSClientSession::connect(to);
    connected_(socket().impl()->sockfd());
    if (secure.completeHandshake() != 1) throw Poco::TimeoutException("the handshake does not end");
    secure.verifyPeerCertificate();
  }

 private:
  std::string name_;
  Connected connected_;
};

// ---- errors

// The server's word on ours: it comes after the handshake, when the request may be on its way.
bool is_about_our_certificate(const Poco::Exception& exception) {
  const auto text = lower(exception.displayText());
  return text.find("alert") != std::string::npos &&
         (text.find("certificate") != std::string::npos ||
          text.find("unknown ca") != std::string::npos);
}

bool is_about_certificate(const Poco::Exception& exception) {
  const auto text = lower(exception.displayText());
  return text.find("certificate") != std::string::npos;
}

tl::unexpected<Error> as_error(const Poco::Exception& exception, const ServerAddress& address,
                               bool time_is_up) {
  if (time_is_up || dynamic_cast<const Poco::TimeoutException*>(&exception)) {
    return fail(Errc::timeout, "no answer in time from " + address.url());
  }
  if (dynamic_cast<const Poco::Net::SSLException*>(&exception) &&
      is_about_our_certificate(exception)) {
    return fail(Errc::io, address.url() + " does not take the certificate of this controller");
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
  Impl(ServerAddress to, std::shared_ptr<const Tls> verified_by, Resolver& by)
      : address(std::move(to)), tls(std::move(verified_by)), resolver(by) {}

  ServerAddress address;
  std::shared_ptr<const Tls> tls;
  Resolver& resolver;
  std::unique_ptr<Poco::Net::HTTPClientSession> session;
  std::function<bool()> has_more;  // of the session: bytes beyond the reply have come
  Time::time_point last_used{};
  Time::time_point deadline{};  // of the exchange that is under way
  Watchdog watchdog;

  [[nodiscard]] std::string host() const {
    const bool bracketed = address.host.front() == '[';
    return bracketed ? address.host.substr(1, address.host.size() - 2) : address.host;
  }

  template <class Session>
  void use(std::unique_ptr<Session> made) {
    has_more = [of = made.get()] { return of->has_more(); };
    session = std::move(made);
  }

  Result<bool> open() {
    const auto ip = resolver.resolve(host(), deadline);
    if (!ip) {
      return fail(ip.error().code, "no connection to " + address.url() + ": " + ip.error().text);
    }
    const auto connected = [this](int socket) { watchdog.arm(socket, deadline); };
    if (address.tls) {
      use(std::make_unique<TlsSession>(*ip, address.port, host(), tls->context, connected));
    } else {
      use(std::make_unique<PlainSession>(*ip, address.port, connected));
    }
    session->setKeepAlive(true);
    session->setKeepAliveTimeout(timespan(limits::connection_kept_for));
    return true;
  }

  // Is there a connection that may still serve? One that the peer has closed, or on which it has
  // spoken unasked, may not.
  bool still_open() {
    if (!session || !session->connected()) return false;
    if (Time::now() - last_used > limits::connection_kept_for) return false;
    return !session->socket().poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_READ);
  }

  void send(const HttpRequest& request) {
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
    if (session->connected()) watchdog.arm(session->socket().impl()->sockfd(), deadline);
    std::ostream& stream = session->sendRequest(out);
    stream << request.body << std::flush;
  }

  // `take` gets the header and the pieces of the body; what it does not want is `too_much`.
  using Take = std::function<bool(const HttpReply& head, std::string_view piece)>;

  Result<HttpReply> receive(const Take& take, const Error& too_much,
                            std::uint64_t most = UINT64_MAX) {
    Response response;
    response.setFieldLimit(limits::header_fields_max);
    std::istream& stream = session->receiveResponse(response);
    HttpReply head = head_of(response);
    auto form = form_of(response);
    if (!form) return fail(Errc::io, "the reply of " + address.url() + " breaks off");
    form->most = most;
    switch (read_body(stream, *form, [&](auto piece) { return take(head, piece); })) {
      case Body::whole:
        break;
      case Body::broken_off:
        return fail(Errc::io, "the reply of " + address.url() + " breaks off");
      case Body::unwanted:
        return fail(too_much);
    }
    // What came behind the reply would be taken for the answer to the next request.
    const bool more = has_more() || stream.rdbuf()->in_avail() > 0;
    if (more || response.ends_twice() || !response.getKeepAlive()) session.reset();
    return head;
  }

  Result<HttpReply> receive_whole() {
    std::string body;
    auto reply = receive(
        [&](const HttpReply&, std::string_view piece) {
          if (body.size() + piece.size() > limits::reply_bytes_max) return false;
          body += piece;
          return true;
        },
        {Errc::full, "the reply of " + address.url() + " is larger than 8 MiB"},
        limits::reply_bytes_max);
    if (reply) reply->body = std::move(body);
    return reply;
  }

  // Each piece winds the watchdog up again; while the sink works, the peer's time stands still.
  Result<HttpReply> receive_file(const Sink& sink, std::chrono::milliseconds stall) {
    std::optional<HttpReply> unread;
    auto reply = receive(
        [&](const HttpReply& head, std::string_view piece) {
          if (head.status / 100 != 2 || is_compressed(head)) unread = head;
          if (unread || watchdog.disarm() || Time::now() >= deadline) return false;
          if (!sink(head, piece)) return false;
          deadline = Time::now() + stall;
          watchdog.arm(session->socket().impl()->sockfd(), deadline);
          return true;
        },
        {Errc::invalid, "the file of " + address.url() + " is not wanted"});
    if (!unread) return reply;
    session.reset();  // the rest of the body is on its way still
    if (unread->status / 100 == 2) return fail(Errc::unsupported, "the file comes compressed");
    return *std::move(unread);
  }

  // `deadline` is moved by what receives, where it is one of each piece.
  Result<HttpReply> once(const HttpRequest& request,
                         const std::function<Result<HttpReply>()>& receive_it,
                         bool& nothing_received) {
    try {
      send(request);
      auto reply = receive_it();
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

  Result<HttpReply> twice_if_stale(const HttpRequest& request,
                                   const std::function<Result<HttpReply>()>& receive_it) {
    if (address.tls && !tls) {
      return fail(Errc::refused,
                  "the certificate of " + address.url() + " cannot be verified: no roots");
    }
    bool reused = false;
    try {
      reused = still_open();
    } catch (const Poco::Exception&) {
      // A socket that cannot even be asked is not used again.
    }
    if (!reused) {
      if (const auto opened = open(); !opened) return fail(opened.error());
    }
    bool nothing_received = false;
    auto reply = once(request, receive_it, nothing_received);
    // The server may have closed the kept connection just as we used it: a GET is asked once more
    // on a new one. A POST is not: whether the server has it is for the conversation to decide.
    if (reply || !reused || !nothing_received || request.method != "GET") return reply;
    if (const auto opened = open(); !opened) return fail(opened.error());
    return once(request, receive_it, nothing_received);
  }
};

Result<std::shared_ptr<const HttpTransport::Tls>> HttpTransport::make_tls(
    const TlsSettings& settings) {
  auto context = make_tls_context(settings);
  if (!context) return fail(std::move(context).error());
  return std::make_shared<const Tls>(Tls{*context});
}

HttpTransport::HttpTransport(const ServerAddress& address, std::shared_ptr<const Tls> tls,
                             Resolver& resolver)
    : impl_(std::make_unique<Impl>(address, std::move(tls), resolver)) {}

HttpTransport::~HttpTransport() = default;

Result<HttpReply> HttpTransport::exchange(const HttpRequest& request,
                                          std::chrono::milliseconds timeout) {
  impl_->deadline = Time::now() + timeout;
  return impl_->twice_if_stale(request, [&] { return impl_->receive_whole(); });
}

Result<HttpReply> HttpTransport::fetch(const HttpRequest& request, std::chrono::milliseconds stall,
                                       const Sink& sink) {
  impl_->deadline = Time::now() + stall;
  return impl_->twice_if_stale(request, [&] { return impl_->receive_file(sink, stall); });
}

}  // namespace lintel::push
