#include "tests/web/chromium.h"

#include <Poco/Base64Decoder.h>
#include <Poco/JSON/Parser.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "engine/base/check.h"

extern char** environ;

namespace lintel::test {
namespace {

constexpr char program[] = "/usr/bin/chromium";
constexpr int answer_wait_ms = 60'000;  // the first start on a busy machine takes long

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Pipe make_pipe() {
  int fds[2];
  DOOR_CHECK(::pipe2(fds, O_CLOEXEC) == 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

pid_t start(const TempFolder& folder, int commands, int answers, bool any_certificate) {
  const std::string profile = "--user-data-dir=" + folder.path("profile");
  const std::string log = folder.path("chromium.log");
  const std::string home = "HOME=" + folder.path("home");
  std::vector<const char*> arguments{program,
                                     "--headless",
                                     "--no-sandbox",
                                     "--disable-gpu",
                                     "--disable-dev-shm-usage",
                                     "--no-first-run",
                                     "--disable-extensions",
                                     "--disable-background-networking",
                                     "--disable-component-update",
                                     "--hide-scrollbars",
                                     "--remote-debugging-pipe",
                                     profile.c_str()};
  if (any_certificate) arguments.push_back("--ignore-certificate-errors");
  arguments.push_back(nullptr);
  std::vector<char*> environment{const_cast<char*>(home.c_str())};
  for (char** entry = environ; *entry != nullptr; ++entry)
    environment.push_back(*entry);
  environment.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  // Chromium reads commands at 3 and answers at 4; the copies lie above, so that none is
  // overwritten.
  posix_spawn_file_actions_adddup2(&files, commands, 3);
  posix_spawn_file_actions_adddup2(&files, answers, 4);
  posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_CREAT | O_WRONLY, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // its children end with it
  pid_t pid = -1;
  DOOR_CHECK(::posix_spawn(&pid, program, &files, &attributes, const_cast<char**>(arguments.data()),
                           environment.data()) == 0);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return pid;
}

UniqueFd above_four(const UniqueFd& fd) {
  return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 10));
}

}  // namespace

bool Chromium::installed() {
  return ::access(program, X_OK) == 0;
}

Chromium::Chromium(bool any_certificate) {
  Pipe commands = make_pipe();
  Pipe answers = make_pipe();
  pid_ = start(folder_, above_four(commands.read).get(), above_four(answers.write).get(),
               any_certificate);
  to_ = std::move(commands.write);
  from_ = std::move(answers.read);
  Json blank;
  blank.set("url", "about:blank");
  Json attach;
  attach.set("targetId", call("Target.createTarget", blank)->optValue<std::string>("targetId", ""));
  attach.set("flatten", true);
  session_ = call("Target.attachToTarget", attach)->optValue<std::string>("sessionId", "");
}

Chromium::~Chromium() {
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string Chromium::read_message() {
  for (;;) {
    if (const auto end = buffer_.find('\0'); end != std::string::npos) {
      std::string message = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return message;
    }
    pollfd wait{from_.get(), POLLIN, 0};
    if (::poll(&wait, 1, answer_wait_ms) <= 0) return {};
    char part[64 << 10];
    const auto got = ::read(from_.get(), part, sizeof part);
    if (got <= 0) return {};
    buffer_.append(part, static_cast<std::size_t>(got));
  }
}

Chromium::Json::Ptr Chromium::call(const std::string& method, const Json& params) {
  Json command;
  command.set("id", ++last_id_);
  command.set("method", method);
  command.set("params", params);
  if (!session_.empty()) command.set("sessionId", session_);
  std::ostringstream text;
  command.stringify(text);
  std::string bytes = text.str();
  bytes += '\0';
  if (::write(to_.get(), bytes.data(), bytes.size()) < 0) return new Json;
  for (std::string message = read_message(); !message.empty(); message = read_message()) {
    const auto answer = Poco::JSON::Parser().parse(message).extract<Json::Ptr>();
    if (answer->optValue<int>("id", 0) != last_id_) continue;  // it also tells what goes on
    return answer->has("result") ? answer->getObject("result") : Json::Ptr(new Json);
  }
  return new Json;
}

void Chromium::open(const std::string& url, const Screen& screen) {
  Json metrics;
  metrics.set("width", screen.width);
  metrics.set("height", screen.height);
  metrics.set("deviceScaleFactor", screen.phone ? 2 : 1);
  metrics.set("mobile", screen.phone);
  call("Emulation.setDeviceMetricsOverride", metrics);
  Json scheme;
  scheme.set("name", "prefers-color-scheme");
  scheme.set("value", screen.dark ? "dark" : "light");
  Poco::JSON::Array features;
  features.add(scheme);
  Json media;
  media.set("features", features);
  call("Emulation.setEmulatedMedia", media);
  call("Page.enable");
  Json where;
  where.set("url", url);
  call("Page.navigate", where);
}

std::string Chromium::text_of(const std::string& expression) {
  Json evaluate;
  evaluate.set("expression", expression);
  evaluate.set("returnByValue", true);
  evaluate.set("awaitPromise", true);
  const auto answer = call("Runtime.evaluate", evaluate);
  const auto result = answer->getObject("result");
  return result ? result->optValue<std::string>("value", "") : "";
}

bool Chromium::wait_until(const std::string& expression) {
  return text_of(
             "new Promise((resolve) => { const until = Date.now() + 20000; const look = () => {"
             "if (document.body && (" +
             expression +
             ")) resolve('yes');"
             "else if (Date.now() > until) resolve('no');"
             "else setTimeout(look, 20); }; look(); })") == "yes";
}

void Chromium::press(const std::string& key) {
  for (const char* type : {"keyDown", "keyUp"}) {
    Json event;
    event.set("type", type);
    event.set("key", key);
    event.set("code", key);
    event.set("windowsVirtualKeyCode", key == "Tab" ? 9 : 13);
    if (key == "Enter" && std::string(type) == "keyDown") event.set("text", "\r");
    call("Input.dispatchKeyEvent", event);
  }
}

void Chromium::keep_picture(const std::string& png_file) {
  std::istringstream encoded(call("Page.captureScreenshot")->optValue<std::string>("data", ""));
  Poco::Base64Decoder decoder(encoded);
  std::ofstream file(png_file, std::ios::binary);
  file << decoder.rdbuf();
}

}  // namespace lintel::test
