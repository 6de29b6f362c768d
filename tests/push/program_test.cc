// The program itself: its command line, its end, its size. Its engine is a few lines here.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "engine/api/server.h"
#include "tests/fake_server/fake_server.h"
#include "tests/fake_server/http_front.h"
#include "tests/sanitizers.h"

namespace lintel::push {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

// Answers everything with "done" and nothing.
class TinyEngine {
 public:
  explicit TinyEngine(const std::string& socket) {
    auto server = api::Server::open(socket, {});
    if (!server) std::abort();
    server_ = *std::move(server);
    thread_ = std::thread([this] { serve(); });
  }
  ~TinyEngine() {
    ending_ = true;
    thread_.join();
  }
  [[nodiscard]] unsigned updates() const { return updates_; }

 private:
  void serve() {
    while (!ending_) {
      pollfd wait{server_->fd(), POLLIN, 0};
      ::poll(&wait, 1, 20);
      std::vector<api::Incoming> requests;
      server_->ready(requests);
      for (const auto& incoming : requests) {
        pb::Request request;
        request.ParseFromString(incoming.body);
        if (request.has_update()) ++updates_;
        pb::Reply reply;
        if (request.has_get_status()) {
          reply.mutable_status()->set_time("2026-11-22 14:05:09");
          reply.mutable_status()->set_time_second(864'684'309);
        }
        if (request.has_get_options()) reply.mutable_options();
        if (request.has_pull_events()) reply.mutable_events();
        server_->reply(incoming.peer, incoming.id, reply);
      }
    }
  }
  std::unique_ptr<api::Server> server_;
  std::atomic<bool> ending_ = false;
  std::atomic<unsigned> updates_ = 0;
  std::thread thread_;
};

class Program : public ::testing::Test {
 protected:
  Program() {
    char path[] = "/tmp/lintel-program-XXXXXX";
    if (::mkdtemp(path) == nullptr) std::abort();
    directory_ = path;
  }
  ~Program() override {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    std::filesystem::remove_all(directory_);
  }

  std::string write_config(const std::string& push) {
    const std::string path = directory_ + "/lintel.conf";
    std::ofstream(path) << "[device]\nserial = 3383154200002\n[storage]\npath = " << directory_
                        << "\n[hal]\nboard = sim:4\n[push]\n"
                        << push << "\n";
    return path;
  }
  void start(const std::vector<std::string>& arguments) {
    pid_ = ::fork();
    if (pid_ != 0) return;
    const int out = ::open((directory_ + "/err").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    ::dup2(out, STDERR_FILENO);
    std::string program = LINTEL_BIN_DIR "/lintel-push";
    std::vector<std::string> words = arguments;
    words.insert(words.begin(), program);
    std::vector<char*> pointers;
    for (auto& word : words) {
      pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    ::execv(program.c_str(), pointers.data());
    ::_exit(127);
  }
  int wait_for_end() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  [[nodiscard]] std::string errors() const {
    std::ostringstream text;
    text << std::ifstream(directory_ + "/err").rdbuf();
    return text.str();
  }
  void wait_for(const std::string& line) const {
    const auto end = Time::now() + 10s;
    while (errors().find(line) == std::string::npos && Time::now() < end) {
      ::poll(nullptr, 0, 10);
    }
    ASSERT_THAT(errors(), HasSubstr(line));
  }
  void expect_a_quick_end() {
    const auto start = Time::now();
    ::kill(pid_, SIGTERM);
    EXPECT_EQ(wait_for_end(), 0);
    EXPECT_LT(Time::now() - start, 1500ms);  // a second, and some for a busy machine
  }
  [[nodiscard]] std::size_t resident_kib() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.substr(0, 6) == "VmRSS:") return std::stoul(line.substr(6));
    }
    return 0;
  }

  std::string directory_;
  pid_t pid_ = 0;
};

TEST_F(Program, ends_with_2_and_a_line_for_a_bad_configuration) {
  for (const auto* push :
       {"server = ftp://a", "server = http://a/b", "sever = http://a", "server = http://a b:80",
        "ca_file = /nothing.pem", "client_certificate = /nothing.pem\nclient_key = /nothing.key",
        "client_key = /nothing.key", "pinned_certificate = 12:34", "encryption = yes",
        "security_level = 5"}) {
    start({"--config", write_config(push)});
    EXPECT_EQ(wait_for_end(), 2) << push;
    const auto text = errors();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_THAT(text, HasSubstr("lintel-push: "));
  }
  start({"--config", directory_ + "/nothing.conf"});
  EXPECT_EQ(wait_for_end(), 2);
  start({});
  EXPECT_EQ(wait_for_end(), 2);
  EXPECT_THAT(errors(), HasSubstr("usage"));
}

TEST_F(Program, ends_within_a_second_while_the_engine_is_away) {
  start({"--config", write_config("server = http://127.0.0.1:1")});
  wait_for("the engine does not answer");
  expect_a_quick_end();
}

TEST_F(Program, ends_within_a_second_while_a_server_keeps_it_waiting) {
  TinyEngine engine(directory_ + "/engine.sock");
  std::atomic<bool> asked = false;
  fake::HttpFront front(
      [&](const HttpRequest&) {
        asked = true;
        return fake::Answer{.reply = fake::text_reply("OK"), .delay = 3s};
      },
      {});
  start({"--config", write_config("server = " + front.url())});
  const auto end = Time::now() + 10s;
  while (!asked && Time::now() < end) {
    ::poll(nullptr, 0, 10);
  }
  ASSERT_TRUE(asked);
  expect_a_quick_end();
}

TEST_F(Program, ends_within_a_second_while_nobody_knows_the_servers_name) {
  TinyEngine engine(directory_ + "/engine.sock");
  start({"--config", write_config("server = http://server.invalid:8088")});
  // A resolver that hangs is given up with the exchange, after ten seconds.
  const std::string line = "no connection to http://server.invalid:8088: ";
  const auto end = Time::now() + 30s;
  while (errors().find(line) == std::string::npos && Time::now() < end) {
    ::poll(nullptr, 0, 10);
  }
  EXPECT_THAT(errors(), HasSubstr(line));
  expect_a_quick_end();
}

TEST_F(Program, goes_online_and_stays_small_while_thousands_of_users_pass_through) {
#ifdef LINTEL_SANITIZED
  GTEST_SKIP() << "a sanitizer's own memory is most of what would be measured";
#endif
  TinyEngine engine(directory_ + "/engine.sock");
  fake::FakeServer server;
  server.change([](fake::Settings& s) { s.configure("RequestDelay", "1"); });
  fake::HttpFront front(server);
  start({"--config", write_config("server = " + front.url())});
  wait_for("online");
  const auto idle = resident_kib();
  EXPECT_GT(idle, 0u);
  // Most of it are pages of libraries that every program on the box shares; how many of them a
  // kernel has brought in differs by some hundred KiB from run to run.
  EXPECT_LT(idle, 18u << 10) << "KiB, idle";
  std::string users = "DATA UPDATE user ";
  for (int i = 0; i < 10'000; ++i) {
    users += "CardNo=" + std::to_string(1'000'000 + i) + "\tPin=" + std::to_string(i + 1) +
             "\tPassword=\tGroup=1\tStartTime=0\tEndTime=0\tName=Somebody\tPrivilege=0\n";
  }
  server.queue(users);
  ASSERT_TRUE(server.wait_until([&] { return server.open_commands() == 0; }, 20s));
  EXPECT_EQ(engine.updates(), 1u);
  RecordProperty("idle_kib", static_cast<int>(idle));
  RecordProperty("after_10000_users_kib", static_cast<int>(resident_kib()));
  std::printf("resident: %zu KiB idle, %zu KiB after 10,000 users\n", idle, resident_kib());
  expect_a_quick_end();
}

}  // namespace
}  // namespace lintel::push
