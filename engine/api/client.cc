#include "engine/api/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace lintel::api {
namespace {

using Clock = std::chrono::steady_clock;

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return left < 0 ? 0 : static_cast<int>(std::min<long long>(left, 3'600'000));
}

tl::unexpected<Error> engine_left() {
  return fail(Errc::gone, "the engine has closed the connection");
}

}  // namespace

Result<std::unique_ptr<Client>> Client::connect(const std::string& socket_path, pb::Role role) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) {
    return fail(Errc::invalid, "the socket path " + socket_path + " is longer than 107 bytes");
  }
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size() + 1);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail(Errc::io, std::string("make a socket: ") + std::strerror(errno));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(Errc::gone,
                "the engine does not answer at " + socket_path + ": " + std::strerror(errno));
  }
  std::unique_ptr<Client> client(new Client(std::move(fd)));
  pb::Request request;
  request.mutable_hello()->set_role(role);
  request.mutable_hello()->set_api_version(api_version);
  auto reply = client->call(request, std::chrono::seconds(10));
  if (!reply) return fail(std::move(reply).error().during("say hello to the engine"));
  if (reply->code() < 0) return fail(Errc::refused, reply->error());
  return client;
}

Result<void> Client::send_all(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return engine_left();
    pollfd wait{fd_.get(), POLLOUT, 0};
    if (::poll(&wait, 1, milliseconds_until(deadline)) == 0 && Clock::now() >= deadline) {
      return fail(Errc::timeout, "the engine does not take what is sent to it");
    }
  }
  return {};
}

Result<bool> Client::receive(FrameReader::Frame& frame, Deadline deadline) {
  for (;;) {
    auto whole = reader_.next(frame);
    if (!whole) return fail(std::move(whole).error());
    if (*whole) return true;
    pollfd wait{fd_.get(), POLLIN, 0};
    const int ready = ::poll(&wait, 1, milliseconds_until(deadline));
    if (ready < 0 && errno != EINTR)
      return fail(Errc::io, std::string("wait for the engine: ") + std::strerror(errno));
    if (ready <= 0) {
      if (Clock::now() >= deadline) return false;
      continue;
    }
    char buffer[64 << 10];
    const auto got = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got > 0) {
      reader_.feed({buffer, static_cast<std::size_t>(got)});
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      return engine_left();
    }
  }
}

void Client::keep_notice(const FrameReader::Frame& frame) {
  pb::Notice notice;
  if (!notice.ParseFromString(frame.body)) return;
  if (!notice_) notice_.emplace();
  add_to(*notice_, notice);
}

void Client::hang_up() {
  fd_.reset();
  posted_.clear();
  early_.clear();
}

Result<std::uint64_t> Client::send(const pb::Request& request, Deadline deadline) {
  if (!fd_) return engine_left();
  std::string bytes;
  append_frame(bytes, kind_of(request), ++last_id_, request);
  if (auto sent = send_all(bytes, deadline); !sent) {
    hang_up();
    return fail(std::move(sent).error());
  }
  return last_id_;
}

bool Client::keep(const FrameReader::Frame& frame) {
  if (frame.header.kind == FrameKind::notice) {
    keep_notice(frame);
    return true;
  }
  const auto id = frame.header.id;
  const bool asked =
      called_ == id || std::find(posted_.begin(), posted_.end(), id) != posted_.end();
  pb::Reply reply;
  if (frame.header.kind != FrameKind::reply || !asked || !reply.ParseFromString(frame.body))
    return false;
  return early_.emplace(id, std::move(reply)).second;  // a second one is nonsense too
}

Result<pb::Reply> Client::reply_to(std::uint64_t id, Deadline deadline) {
  FrameReader::Frame frame;
  for (;;) {
    if (auto here = early_.extract(id); !here.empty()) return std::move(here.mapped());
    auto got = receive(frame, deadline);
    if (!got || !*got) {
      hang_up();  // a reply that comes later would be taken for the next one's
      if (!got) return fail(std::move(got).error());
      return fail(Errc::timeout, "the engine has not answered in time");
    }
    if (!keep(frame)) {
      hang_up();
      return fail(Errc::corrupt, "the engine's answer is not one to what was asked");
    }
  }
}

Result<pb::Reply> Client::call(const pb::Request& request, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  const auto id = send(request, deadline);
  if (!id) return fail(id.error());
  called_ = *id;
  auto reply = reply_to(*id, deadline);
  called_.reset();
  return reply;
}

Result<void> Client::post(const pb::Request& request, std::chrono::milliseconds timeout) {
  const auto id = send(request, Clock::now() + timeout);
  if (!id) return fail(id.error());
  posted_.push_back(*id);
  return {};
}

Result<pb::Reply> Client::wait(std::chrono::milliseconds timeout) {
  if (posted_.empty()) return engine_left();
  const auto id = posted_.front();
  auto reply = reply_to(id, Clock::now() + timeout);
  if (reply) posted_.pop_front();
  return reply;
}

Result<std::optional<pb::Notice>> Client::next_notice(std::chrono::milliseconds wait) {
  if (!fd_) return engine_left();
  FrameReader::Frame frame;
  auto deadline = Clock::now() + (notice_ ? std::chrono::milliseconds(0) : wait);
  for (;;) {
    auto got = receive(frame, deadline);
    if (!got) {
      hang_up();
      return fail(std::move(got).error());
    }
    if (!*got) return std::exchange(notice_, std::nullopt);
    if (!keep(frame)) {
      hang_up();
      return fail(Errc::corrupt, "the engine's answer is not one to what was asked");
    }
    // One is enough; take along what else has gathered. A reply is none.
    if (frame.header.kind == FrameKind::notice) deadline = Clock::now();
  }
}

}  // namespace lintel::api
