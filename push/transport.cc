#include "push/transport.h"

#include <utility>

#include "push/text.h"

namespace lintel::push {

std::string_view header_of(const HttpReply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers) {
    if (same_name(key, name)) return value;
  }
  return {};
}

bool is_compressed(const HttpReply& reply) {
  const auto coding = trimmed(header_of(reply, "Content-Encoding"));
  return !coding.empty() && !same_name(coding, "identity");
}

Result<HttpReply> Transport::fetch(const HttpRequest& request, std::chrono::milliseconds stall,
                                   const Sink& sink) {
  auto reply = exchange(request, stall);
  if (!reply) return reply;
  const std::string body = std::exchange(reply->body, {});
  if (reply->status / 100 != 2) return reply;
  if (is_compressed(*reply)) return fail(Errc::unsupported, "the file comes compressed");
  if (!body.empty() && !sink(*reply, body)) return fail(Errc::invalid, "the file is not wanted");
  return reply;
}

}  // namespace lintel::push
