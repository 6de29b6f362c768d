// What the tests of the socket need: a place of their own, a peer that writes raw bytes, and an
// engine that answers on a thread.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "engine/api/frame.h"
#include "engine/api/server.h"
#include "engine/base/unique_fd.h"

namespace lintel::api {

struct Directory {
  Directory() {
    std::string form = (std::filesystem::temp_directory_path() / "lintel-api-XXXXXX").string();
    path = ::mkdtemp(form.data());
  }
  ~Directory() { std::filesystem::remove_all(path); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] std::string socket() const { return path + "/engine.sock"; }
  std::string path;
};

inline bool readable(int fd, std::chrono::milliseconds wait) {
  pollfd event{fd, POLLIN, 0};
  return ::poll(&event, 1, static_cast<int>(wait.count())) > 0;
}

inline pb::Request hello(pb::Role role, std::uint32_t version = api_version) {
  pb::Request request;
  request.mutable_hello()->set_role(role);
  request.mutable_hello()->set_api_version(version);
  return request;
}

inline pb::Request pull_after(std::uint64_t index) {
  pb::Request request;
  request.mutable_pull_events()->set_after(index);
  return request;
}

inline std::string frame_of(const pb::Request& request, std::uint64_t id) {
  std::string bytes;
  append_frame(bytes, kind_of(request), id, request);
  return bytes;
}

// A peer that says exactly what it is told to, and never waits for more than a second.
class RawPeer {
 public:
  explicit RawPeer(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    connected_ =
        ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  [[nodiscard]] bool connected() const { return connected_; }

  // How many of the bytes went in; fewer when the socket is full or the other side has left.
  std::size_t write(std::string_view bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto sent = ::send(fd_.get(), bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (sent <= 0) break;
      done += static_cast<std::size_t>(sent);
    }
    return done;
  }

  // Takes in what has come. False: the other side has hung up.
  bool read() {
    char buffer[64 << 10];
    for (;;) {
      const auto got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
      if (got > 0) {
        reader_.feed({buffer, static_cast<std::size_t>(got)});
        continue;
      }
      return got < 0 && errno == EAGAIN;
    }
  }
  // The frames that have come whole.
  std::vector<FrameReader::Frame> frames() {
    std::vector<FrameReader::Frame> frames;
    FrameReader::Frame frame;
    for (;;) {
      const auto whole = reader_.next(frame);
      if (!whole || !*whole) return frames;
      frames.push_back(frame);
    }
  }
  void hang_up() { fd_.reset(); }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
  bool connected_ = false;
  FrameReader reader_;
};

// The engine's loop, reduced to its socket, on a thread: answers each request with `answer`.
class EngineThread {
 public:
  using Answer = std::function<void(Server&, const Incoming&)>;

  EngineThread(const std::string& path, Answer answer, RoleUsers users = {})
      : answer_(std::move(answer)), stop_(::eventfd(0, EFD_CLOEXEC)) {
    auto server = Server::open(path, std::move(users));
    EXPECT_TRUE(server.has_value()) << server.error().text;
    server_ = std::move(*server);
    thread_ = std::thread([this] { run(); });
  }
  // Hangs up on everybody.
  ~EngineThread() {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop_.get(), &one, sizeof one), 8);
    thread_.join();
  }

 private:
  void run() {
    for (;;) {
      pollfd events[] = {{server_->fd(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
      ::poll(events, 2, -1);
      if (events[1].revents != 0) return;
      std::vector<Incoming> requests;
      server_->ready(requests);
      for (const auto& request : requests)
        answer_(*server_, request);
    }
  }

  Answer answer_;
  UniqueFd stop_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace lintel::api
