// Somebody who asks the console over loopback: politely, byte by byte, or as a stream's reader.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/unique_fd.h"

namespace lintel::test {

struct Answer {
  int status = 0;  // 0: none came
  std::map<std::string, std::string> headers;
  std::string body;
};

using Headers = std::map<std::string, std::string>;

Answer ask(std::uint16_t port, const std::string& path, const Headers& headers = {},
           const std::string& method = "GET");
// As the console's own page posts: with its Origin, and as JSON; `headers` replace these.
Answer post(std::uint16_t port, const std::string& path, const std::string& json,
            const Headers& headers = {});

// A connection on which any bytes may go.
class Visitor {
 public:
  explicit Visitor(std::uint16_t port);

  void send(const std::string& bytes);
  // Reads until the text has come, or the console has hung up. All that came so far is in heard().
  bool hears(const std::string& text);
  // Reads until the console hangs up.
  std::string until_the_end();
  [[nodiscard]] const std::string& heard() const { return heard_; }
  void says_no_more();  // but goes on listening
  void hang_up() { fd_.reset(); }

 private:
  bool read_some();
  UniqueFd fd_;
  std::string heard_;
};

// A reader of /api/stream.
Visitor open_stream(std::uint16_t port, const std::string& last_event_id = "");

}  // namespace lintel::test
