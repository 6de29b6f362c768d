// The fake server without a network: a push::Transport that calls it in the same process, for
// tests under simulated time.
#pragma once

#include <functional>
#include <utility>

#include "push/transport.h"
#include "tests/fake_server/fake_server.h"

namespace lintel::fake {

class FakeTransport : public push::Transport {
 public:
  using Handler = std::function<Answer(const push::HttpRequest&)>;
  // Called with the time an exchange takes beyond none; a simulated clock goes on by it.
  using Wait = std::function<void(std::chrono::milliseconds)>;

  explicit FakeTransport(FakeServer& server, Wait wait = {});
  explicit FakeTransport(Handler handler, Wait wait = {});

  // Without a connection no request arrives at all.
  void connect(bool connected) { connected_ = connected; }

  Result<push::HttpReply> exchange(const push::HttpRequest& request,
                                   std::chrono::milliseconds timeout) override;

 private:
  Handler handler_;
  Wait wait_;
  bool connected_ = true;
};

}  // namespace lintel::fake
