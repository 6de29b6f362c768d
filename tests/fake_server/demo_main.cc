// The demo's PUSH server: takes any controller, sends it the demo's people and shows what comes.
//
//   lintel-demo-server --port 8088 [--quiet] [--serial SN]
//   lintel-demo-server --people
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "engine/core/events.h"
#include "tests/fake_server/demo_people.h"
#include "tests/fake_server/fake_server.h"
#include "tests/fake_server/http_front.h"

namespace {

using namespace lintel;

constexpr const char* usage = "lintel-demo-server --port PORT [--quiet] [--serial SN] | --people\n";

struct Arguments {
  std::uint16_t port = 0;
  bool quiet = false;
  bool people = false;
  std::string serial;
};

std::optional<Arguments> read_arguments(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const std::string_view next = i + 1 < count ? words[i + 1] : "";
    if (word == "--quiet") {
      arguments.quiet = true;
    } else if (word == "--people") {
      arguments.people = true;
    } else if (word == "--serial" && !next.empty()) {
      arguments.serial = next;
      ++i;
    } else if (word == "--port" && !next.empty()) {
      const auto [end, error] =
          std::from_chars(next.data(), next.data() + next.size(), arguments.port);
      if (error != std::errc{} || end != next.data() + next.size()) return std::nullopt;
      ++i;
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

int zone_minutes_now() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  return static_cast<int>(local.tm_gmtoff / 60);
}

std::string name_of(const std::string& pin) {
  if (pin == "0") return "";
  for (const auto& person : fake::demo_people) {
    if (person.pin == pin) return ", " + std::string(person.name);
  }
  return ", user " + pin;
}

// "14:05:09 door 1: the door was opened after verification, Ada Berg (event 0, index 17)"
std::string in_words(const fake::Event& event) {
  const bool box = event.address == 0;
  return event.time.substr(std::min<std::size_t>(11, event.time.size())) +
         (box ? " controller: " : " door " + std::to_string(event.address) + ": ") +
         in_words(static_cast<EventCode>(event.code)) + name_of(event.pin) + " (event " +
         std::to_string(event.code) + ", index " + std::to_string(event.index) + ")";
}

unsigned doors_of(const fake::FakeServer& server) {
  const auto parameters = server.registry();
  const auto found = parameters.find("LockCount");
  unsigned doors = 0;
  if (found != parameters.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), doors);
  return doors > 16 ? 16 : doors;
}

void say(const std::string& line) {
  std::cout << "server: " + line + "\n" << std::flush;
}

fake::Listeners listeners(fake::FakeServer& server, bool quiet) {
  fake::Listeners tell;
  tell.registered = [&server, quiet](const std::string& serial) {
    if (!quiet) say("controller " + serial + " has registered; sending the demo's people");
    for (auto& command :
         fake::demo_commands(doors_of(server), std::time(nullptr), zone_minutes_now()))
      server.queue(std::move(command));
  };
  if (quiet) return tell;
  tell.event = [](const fake::Event& event) { say(in_words(event)); };
  tell.result = [](const std::string& id, const std::string& command, int code) {
    const std::string outcome = code < 0 ? " failed with " : " answered ";
    say("command " + id + ", " + command + "," + outcome + std::to_string(code));
  };
  return tell;
}

int serve(const Arguments& arguments) {
  fake::Settings settings;
  settings.serial = arguments.serial;
  settings.configure("ServerName", "Demo");
  settings.zone_minutes = zone_minutes_now();
  settings.requests_kept = 100;
  fake::FakeServer server(std::move(settings));
  server.listen(listeners(server, arguments.quiet));
  const fake::HttpFront front(server, {.port = arguments.port});
  if (!arguments.quiet) say("listening at " + front.url());

  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  int signal = 0;
  ::sigwait(&end, &signal);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  // Blocked before the first thread exists, so that each thread inherits it and sigwait gets them.
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &end, nullptr);

  const auto arguments = read_arguments(count, words);
  if (!arguments) {
    std::cerr << usage;
    return 2;
  }
  if (arguments->people) {
    std::cout << fake::people_in_words();
    return 0;
  }
  try {
    return serve(*arguments);
  } catch (const std::exception& error) {
    std::cerr << "lintel-demo-server: cannot serve port " << arguments->port << ": " << error.what()
              << "\n";
    return 1;
  }
}
