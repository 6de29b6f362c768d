// A box in this process whose commands end later than their reply: what the server sends, what it
// is told in the end, and what goes up by itself.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/daemon/fixture.h"

namespace lintel::test {

class Errands : public InProcess {
 protected:
  // The server's command number `id`.
  static pb::CommandKey key(const std::string& id, const std::string& words = "SET OPTIONS") {
    pb::CommandKey made;
    made.set_id(id);
    made.set_digest(std::string(32, 'd'));
    made.set_words(words);
    return made;
  }

  pb::Reply set_options(const std::string& id,
                        const std::vector<std::pair<std::string, std::string>>& options) {
    pb::Request request;
    auto& set = *request.mutable_set_options();
    *set.mutable_command() = key(id);
    for (const auto& [name, value] : options) {
      auto& option = *set.add_option();
      option.set_name(name);
      option.set_value(value);
    }
    return box().ask(request);
  }

  pb::Reply control(const std::string& id, pb::Control::Verb verb, std::uint32_t seconds, bool on) {
    pb::Request request;
    auto& wish = *request.mutable_control();
    *wish.mutable_command() = key(id, "CONTROL DEVICE");
    wish.set_verb(verb);
    wish.set_seconds(seconds);
    wish.set_on(on);
    return box().ask(request);
  }

  // Results that the server does not have: by id.
  std::map<std::string, std::int32_t> results() {
    pb::Request request;
    request.mutable_get_results();
    std::map<std::string, std::int32_t> all;
    const auto reply = box().ask(request);
    for (const auto& result : reply.results().result())
      all[result.command().id()] = result.code();
    return all;
  }

  void deliver(const std::string& id) {
    pb::Request request;
    *request.mutable_confirm_results()->add_command() = key(id);
    EXPECT_EQ(0, box().ask(request).code());
  }

  // "table field=value field=value", in order; empty values are left out.
  std::vector<std::string> uploads() {
    pb::Request request;
    request.mutable_pull_uploads()->set_most(1'000);
    std::vector<std::string> all;
    const auto reply = box().ask(request);
    for (const auto& upload : reply.uploads().upload()) {
      auto& text = all.emplace_back(upload.table());
      for (int at = 0; at < upload.field_size(); ++at) {
        if (!upload.value(at).empty()) text += " " + upload.field(at) + "=" + upload.value(at);
      }
    }
    return all;
  }

  // What push tells of the link.
  void report(bool online, const std::string& server = "http://192.0.2.1:8088") {
    pb::Request request;
    auto& link = *request.mutable_report_link()->mutable_link();
    link.set_server(server);
    link.set_online(online);
    link.set_state(online ? "online" : "connecting");
    box().ask(request);
  }

  void start_again() {
    box().kill();
    auto started = box().start();
    ASSERT_TRUE(started) << started.error().text;
  }
};

}  // namespace lintel::test
