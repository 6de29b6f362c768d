#include "tests/web/visitor.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include "engine/base/check.h"

namespace lintel::test {
namespace {

constexpr int patience_ms = 20'000;  // only a failing test waits so long

}  // namespace

namespace {

Answer exchange(std::uint16_t port, Poco::Net::HTTPRequest& request, const std::string& body) {
  Poco::Net::HTTPClientSession session("127.0.0.1", port);
  session.setTimeout(Poco::Timespan(patience_ms / 1000, 0));
  Answer answer;
  try {
    session.sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), answer.body);
    answer.status = response.getStatus();
    for (const auto& [name, value] : response)
      answer.headers[name] = value;
  } catch (const Poco::Exception& e) {
    answer.body = e.displayText();
  }
  return answer;
}

}  // namespace

Answer ask(std::uint16_t port, const std::string& path, const Headers& headers,
           const std::string& method) {
  Poco::Net::HTTPRequest request(method, path, Poco::Net::HTTPMessage::HTTP_1_1);
  if (method == "POST") request.setContentLength(0);
  for (const auto& [name, value] : headers)
    request.set(name, value);
  return exchange(port, request, {});
}

Answer post(std::uint16_t port, const std::string& path, const std::string& json,
            const Headers& headers) {
  Poco::Net::HTTPRequest request("POST", path, Poco::Net::HTTPMessage::HTTP_1_1);
  request.setContentLength(static_cast<std::streamsize>(json.size()));
  request.setContentType("application/json");
  request.set("Host", "127.0.0.1:" + std::to_string(port));
  request.set("Origin", "http://127.0.0.1:" + std::to_string(port));
  for (const auto& [name, value] : headers)
    request.set(name, value);
  return exchange(port, request, json);
}

Visitor::Visitor(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  DOOR_CHECK(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
             0);
}

void Visitor::send(const std::string& bytes) {
  // The console may have hung up in the middle: that is for the test to see in what it hears.
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto part = ::send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (part <= 0) return;
    sent += static_cast<std::size_t>(part);
  }
}

void Visitor::says_no_more() {
  ::shutdown(fd_.get(), SHUT_WR);
}

bool Visitor::read_some() {
  pollfd wait{fd_.get(), POLLIN, 0};
  if (::poll(&wait, 1, patience_ms) <= 0) return false;
  char part[16 << 10];
  const auto got = ::recv(fd_.get(), part, sizeof part, 0);
  if (got <= 0) return false;
  heard_.append(part, static_cast<std::size_t>(got));
  return true;
}

bool Visitor::hears(const std::string& text) {
  while (heard_.find(text) == std::string::npos) {
    if (!read_some()) return false;
  }
  return true;
}

std::string Visitor::until_the_end() {
  while (read_some()) {
  }
  return heard_;
}

Visitor open_stream(std::uint16_t port, const std::string& last_event_id) {
  Visitor visitor(port);
  visitor.send("GET /api/stream HTTP/1.1\r\nHost: localhost\r\n" +
               (last_event_id.empty() ? "" : "Last-Event-ID: " + last_event_id + "\r\n") + "\r\n");
  return visitor;
}

}  // namespace lintel::test
