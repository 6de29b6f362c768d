#include "tests/fake_server/fake_transport.h"

#include "engine/core/limits.h"

namespace lintel::fake {

FakeTransport::FakeTransport(FakeServer& server, Wait wait)
    : FakeTransport([&server](const push::HttpRequest& r) { return server.answer(r); },
                    std::move(wait)) {}

FakeTransport::FakeTransport(Handler handler, Wait wait)
    : handler_(std::move(handler)), wait_(std::move(wait)) {}

Result<push::HttpReply> FakeTransport::exchange(const push::HttpRequest& request,
                                                std::chrono::milliseconds timeout) {
  if (!connected_) return fail(Errc::io, "connect to the server: connection refused");
  Answer answer = handler_(request);
  const bool late = answer.delay >= timeout;
  if (wait_ && answer.delay.count() > 0) wait_(late ? timeout : answer.delay);
  if (late) return fail(Errc::timeout, "the server has not answered in time");
  if (answer.wire != Wire::whole) return fail(Errc::io, "the server has broken off its answer");
  if (answer.reply.body.size() > limits::reply_bytes_max)
    return fail(Errc::full, "the server's answer is too large");
  return std::move(answer.reply);
}

}  // namespace lintel::fake
