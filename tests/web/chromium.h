// Debian's chromium without a window, driven over its debugging pipe. One page at a time.
#pragma once

#include <Poco/JSON/Object.h>
#include <sys/types.h>

#include <chrono>
#include <string>

#include "engine/base/unique_fd.h"
#include "tests/web/fake_engine.h"

namespace lintel::test {

class Chromium {
 public:
  static bool installed();

  // `any_certificate`: as after somebody has accepted a device's own.
  explicit Chromium(bool any_certificate = false);
  ~Chromium();

  struct Screen {
    int width = 1200;
    int height = 800;
    bool phone = false;
    bool dark = false;
  };
  void open(const std::string& url, const Screen& screen);
  // Waits until the JavaScript expression is true in the page. False: not within 20 s.
  bool wait_until(const std::string& expression);
  // The value of a JavaScript expression that gives a text.
  std::string text_of(const std::string& expression);
  std::string page_text() { return text_of("document.body.innerText"); }
  void press(const std::string& key);
  void keep_picture(const std::string& png_file);

 private:
  using Json = Poco::JSON::Object;
  // Sends a command and waits for its result. An empty object: chromium has not answered.
  Json::Ptr call(const std::string& method, const Json& params = Json());
  std::string read_message();

  TempFolder folder_;
  pid_t pid_ = -1;
  UniqueFd to_;
  UniqueFd from_;
  std::string buffer_;
  std::string session_;
  int last_id_ = 0;
};

}  // namespace lintel::test
