// One HTTP exchange with the server: what the conversation needs of a network, and no more.
// Real: HttpTransport (http.h, the one file that knows Poco's client). In tests: a fake server in
// the same process, under simulated time.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"

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
};

}  // namespace lintel::push
