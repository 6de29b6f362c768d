// The fake server behind a real socket, asked by a client of few lines.
#include "tests/fake_server/http_front.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "tests/fake_server/certificates.h"

namespace lintel::fake {
namespace {

namespace net = Poco::Net;

struct Directory {
  Directory() {
    std::string form = (std::filesystem::temp_directory_path() / "lintel-front-XXXXXX").string();
    path = ::mkdtemp(form.data());
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string path;
};

// The body, or "broken" when the exchange came to no good end.
std::string ask(net::HTTPClientSession& session, const std::string& target,
                const std::string& body = "") {
  try {
    net::HTTPRequest request(body.empty() ? "GET" : "POST", target, "HTTP/1.1");
    request.setContentLength(static_cast<int>(body.size()));
    request.setKeepAlive(true);
    session.sendRequest(request) << body;
    net::HTTPResponse response;
    std::string text;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), text);
    const bool whole = !response.hasContentLength() ||
                       text.size() == static_cast<std::size_t>(response.getContentLength());
    return whole ? text : "broken";
  } catch (const Poco::Exception&) {
    session.reset();
    return "broken";
  }
}

TEST(HttpFront, KeepsTheConnectionAndHandsRequestsOverWhole) {
  FakeServer server;
  const HttpFront front(server);
  net::HTTPClientSession session("127.0.0.1", front.port());
  session.setKeepAlive(true);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ask(session, "/iclock/cdata?SN=1&pushver=3.1.2&options=all"), "OK");
  const std::string large = "DeviceType=acc,x=" + std::string(4u << 20, 'y');
  EXPECT_THAT(ask(session, "/iclock/registry?SN=1", large), testing::HasSubstr("RegistryCode="));
  ASSERT_EQ(server.requests().size(), 4u);
  EXPECT_EQ(server.requests().back().request.body, large);
  EXPECT_EQ(server.requests().back().request.method, "POST");
}

TEST(HttpFront, BreaksOffInEachWay) {
  FakeServer server;
  const HttpFront front(server);
  net::HTTPClientSession session("127.0.0.1", front.port());
  const std::string target = "/iclock/cdata?SN=1&pushver=3.1.2&options=all";
  using What = Fault::What;
  for (const auto what : {What::close, What::garbage, What::drop_answer, What::truncate}) {
    server.inject({.what = what});
    EXPECT_EQ(ask(session, target), "broken");
    EXPECT_EQ(ask(session, target), "OK");
  }
  EXPECT_EQ(server.requests().size(), 8u);
}

TEST(HttpFront, AnswersInChunksWhenAsked) {
  FakeServer server;
  const HttpFront front(server, {.chunked = true});
  net::HTTPClientSession session("127.0.0.1", front.port());
  EXPECT_EQ(ask(session, "/iclock/cdata?SN=1&pushver=3.1.2&options=all"), "OK");
}

TEST(HttpFront, DiesAndComesBackOnTheSamePort) {
  FakeServer server;
  auto front = std::make_unique<HttpFront>(server);
  const std::uint16_t port = front->port();
  net::HTTPClientSession session("127.0.0.1", port);
  session.setKeepAlive(true);
  EXPECT_EQ(ask(session, "/iclock/cdata?SN=1&pushver=3.1.2&options=all"), "OK");
  front.reset();
  EXPECT_EQ(ask(session, "/iclock/cdata?SN=1&pushver=3.1.2&options=all"), "broken");
  front = std::make_unique<HttpFront>(server, HttpFront::Options{.port = port});
  EXPECT_EQ(ask(session, "/iclock/cdata?SN=1&pushver=3.1.2&options=all"), "OK");
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(HttpFront, ServesHttpsToWhoTrustsItsAuthority) {
  const Directory directory;
  const Authority authority(directory.path);
  const Authority other(directory.path, "other");
  const auto files = authority.sign("127.0.0.1");
  FakeServer server;
  const HttpFront front(server, {.certificate_file = files.certificate, .key_file = files.key});
  EXPECT_THAT(front.url(), testing::StartsWith("https://127.0.0.1:"));
  const auto asked_with = [&](const std::string& authority_file) {
    const net::Context::Ptr context = new net::Context(net::Context::TLS_CLIENT_USE, authority_file,
                                                       net::Context::VERIFY_STRICT, 9, false);
    net::HTTPSClientSession session("127.0.0.1", front.port(), context);
    return ask(session, "/iclock/cdata?SN=1&pushver=3.1.2&options=all");
  };
  EXPECT_EQ(asked_with(authority.file()), "OK");
  EXPECT_EQ(asked_with(other.file()), "broken");
  EXPECT_EQ(server.requests().size(), 1u);
}

}  // namespace
}  // namespace lintel::fake
