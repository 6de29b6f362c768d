// A device that says what the test tells it to, for tests of the fake server itself.
#pragma once

#include <string>
#include <utility>

#include "tests/fake_server/fake_server.h"

namespace lintel::fake {

inline const std::string scripted_serial = "3383154200002";

class ScriptedDevice {
 public:
  explicit ScriptedDevice(FakeServer& server) : server_(server) {}

  Answer send(const std::string& method, const std::string& path_and_query,
              const std::string& body = "") {
    push::HttpRequest request{method, "/iclock/" + path_and_query, {}, body};
    if (!cookie_.empty()) request.headers.emplace_back("Cookie", cookie_);
    return server_.answer(request);
  }
  std::string get(const std::string& what) {
    return send("GET", what + with_serial(what)).reply.body;
  }
  std::string post(const std::string& what, const std::string& body) {
    return send("POST", what + with_serial(what), body).reply.body;
  }

  // The whole way from a stranger to a device that is online.
  void register_and_configure() {
    cookie_.clear();
    get("cdata?pushver=3.1.2&options=all");
    const auto reply = post("registry", "DeviceType=acc,~DeviceName=Lintel,LockCount=4");
    code_ = reply.substr(reply.find('=') + 1);
    configure();
  }
  void configure() {
    const std::string timestamp = "2026-11-22-14-05-09";
    cookie_ = "token=" + md5_hex(code_ + scripted_serial + timestamp) + ",timestamp=" + timestamp;
    const auto text = post("push", "");
    const auto session = text.find("SessionID=");
    if (session == std::string::npos) return use_session("");
    const auto end = text.find_first_of("\r\n", session);
    use_session(text.substr(session + 10, end - session - 10));
  }
  void use_session(const std::string& session) {
    cookie_ = "token=" + md5_hex(code_ + scripted_serial + session);
  }

  std::string send_event(std::uint64_t index, unsigned code = 27) {
    return post("cdata?table=rtlog", event_line(index, code) + "\r\n");
  }
  static std::string event_line(std::uint64_t index, unsigned code = 27) {
    return "time=2026-11-22 14:05:09\tpin=0\tcardno=0\tsitecode=0\tlinkid=0\teventaddr=1\tevent=" +
           std::to_string(code) + "\tinoutstatus=0\tverifytype=4\tindex=" + std::to_string(index);
  }

 private:
  static std::string with_serial(const std::string& what) {
    return (what.find('?') == std::string::npos ? "?SN=" : "&SN=") + scripted_serial;
  }
  FakeServer& server_;
  std::string code_;
  std::string cookie_;
};

}  // namespace lintel::fake
