// The programs' end of the engine's socket. One thread at a time uses a client.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/api/frame.h"
#include "engine/api/link.h"
#include "engine/base/unique_fd.h"

namespace lintel::api {

class Client : public Link {
 public:
  // Connects and says hello.
  //   gone     nobody serves the socket: the engine is not running
  //   refused  this user may not have this role
  static Result<std::unique_ptr<Client>> connect(const std::string& socket_path, pb::Role role);

  Result<pb::Reply> call(const pb::Request& request, std::chrono::milliseconds timeout) override;
  Result<void> post(const pb::Request& request, std::chrono::milliseconds timeout) override;
  Result<pb::Reply> wait(std::chrono::milliseconds timeout) override;
  [[nodiscard]] std::size_t outstanding() const override { return posted_.size(); }
  Result<std::optional<pb::Notice>> next_notice(std::chrono::milliseconds wait) override;

  // Readable when a notice may have come; for programs that wait on several things. After a call,
  // ask next_notice(0) before waiting: one may have come together with the reply.
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit Client(UniqueFd fd) : fd_(std::move(fd)) {}
  using Deadline = std::chrono::steady_clock::time_point;
  Result<void> send_all(std::string_view bytes, Deadline deadline);
  // Reads until a frame is whole. False: the deadline came first.
  Result<bool> receive(FrameReader::Frame& frame, Deadline deadline);
  // The id under which it went out.
  Result<std::uint64_t> send(const pb::Request& request, Deadline deadline);
  // The reply to this one; keeps those to others, and notices, for later.
  Result<pb::Reply> reply_to(std::uint64_t id, Deadline deadline);
  // Keeps what the frame brings. False: it is no answer to anything that was asked.
  bool keep(const FrameReader::Frame& frame);
  void keep_notice(const FrameReader::Frame& frame);
  void hang_up();

  UniqueFd fd_;
  FrameReader reader_;
  std::optional<pb::Notice> notice_;
  std::uint64_t last_id_ = 0;
  std::deque<std::uint64_t> posted_;          // not fetched yet, oldest first
  std::map<std::uint64_t, pb::Reply> early_;  // came before somebody waited for them
  std::optional<std::uint64_t> called_;       // the id that call() waits for
};

}  // namespace lintel::api
