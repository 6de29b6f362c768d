// One HTTP exchange with the server: what the conversation needs of a network, and no more.
// Real: HttpTransport (http.h, the one file that knows Poco's client). In tests: a fake server in
// the same process, under simulated time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "push/server_address.h"

namespace lintel::push {

struct HttpRequest {
  std::string method;  // "GET" or "POST"
  std::string target;  // "/iclock/getrequest?SN=3383154200002"
  std::vector<std::pair<std::string, std::string>> headers;  // in the order in which they are sent
  std::string body;
};

struct HttpReply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

class Transport {
 public:
  virtual ~Transport() = default;

  // Sends and waits for the whole reply, at most so long. Any status is a reply. Errors:
  //   io       no connection, or it broke: whether the server has taken the request is unknown
  //   timeout  as io
  //   refused  the server's certificate cannot be verified: not a byte was sent
  //   full     the reply is larger than limits::reply_bytes_max
  virtual Result<HttpReply> exchange(const HttpRequest& request,
                                     std::chrono::milliseconds timeout) = 0;

  // A file, which may be large: its bytes go to `sink` as they come and are held nowhere. The
  // limit is not one of the whole: each 8 KiB must come within `stall`, and so must the header.
  // Nothing compressed is asked for. Returns the answer without its body; of one whose status is
  // not 2xx no body is read.
  // Errors as above, and
  //   invalid      `sink` wanted no more
  //   unsupported  the answer is compressed (Content-Encoding); no byte of it went to the sink
  // What broke off has gone to the sink up to there.
  //
  // `sink` sees the status and the headers (`head`, no body) with each piece. False: no more.
  using Sink = std::function<bool(const HttpReply& head, std::string_view piece)>;
  virtual Result<HttpReply> fetch(const HttpRequest& request, std::chrono::milliseconds stall,
                                  const Sink& sink);
};

// The value of a header; empty: it is not there.
std::string_view header_of(const HttpReply& reply, std::string_view name);
// True: what arrives is not what was asked for, but packed.
bool is_compressed(const HttpReply& reply);

// Makes a line to one server.
using TransportFactory = std::function<std::unique_ptr<Transport>(const ServerAddress&)>;

}  // namespace lintel::push
