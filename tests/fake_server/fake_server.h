// A PUSH server for tests and for the demo: it plays a correct server, remembers everything a
// device did, and misbehaves on demand in the ways that are met in the field.
//
//   FakeServer server;
//   const auto id = server.queue("DATA COUNT user");
//   ... the device talks to it: through FakeTransport in the same process, or through HttpFront ...
//   EXPECT_EQ(server.counted(id), 6u);
//   EXPECT_THAT(server.complaints(), IsEmpty());
//
// Any thread may call anything.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "push/transport.h"
#include "tests/fake_server/encryption.h"
#include "tests/fake_server/event_book.h"
#include "tests/fake_server/file_desk.h"

namespace lintel::fake {

// What a device asks for.
enum class Kind {
  connect,     // GET cdata?options=all
  exchange,    // POST exchange: a public key, or a factor
  registry,    // POST registry
  configure,   // POST push
  ping,        //
  options,     // POST cdata?table=options
  rtlog,       //
  rtstate,     //
  tabledata,   // POST cdata?table=tabledata: rows sent unasked
  testdata,    // POST cdata?table=testdata: frames of a reader under test
  enrolled,    // POST cdata?type=EnrollInfoData
  getrequest,  //
  devicecmd,   //
  querydata,   //
  time,        // GET rtdata?type=time
  file,        // GET /iclock/file?url=.., or of a path that was put on the desk
  overview,    // POST cdata?desc=overview
  records,     // POST file
  other,       // what no device of ours should ask for
};

// How an answer goes over the wire.
//   whole      as it should
//   truncated  half of the body that was announced, then closed
//   garbage    random bytes that are no HTTP, then closed
//   closed     closed without a word
enum class Wire { whole, truncated, garbage, closed };

struct Answer {
  push::HttpReply reply;
  Wire wire = Wire::whole;
  std::chrono::milliseconds delay{};  // to wait before answering
};

// Something that goes wrong, for some requests.
struct Fault {
  enum class What {
    say,          // answers `reply` and does nothing of what was asked
    close,        // closes without a word and does nothing
    garbage,      // sends random bytes and does nothing
    drop_answer,  // does what was asked and closes without a word
    truncate,     // does what was asked and sends half of the answer
    delay,        // does what was asked and answers late
  };
  What what = What::close;
  std::string target_has{};  // only requests whose target has this in it; empty: all
  unsigned after = 0;        // lets so many of them pass first
  unsigned times = 1;        // 0: until clear_faults()
  push::HttpReply reply{};
  std::chrono::milliseconds delay{};
};

// Replies that are not what was asked for.
push::HttpReply status_reply(int status);
push::HttpReply html_page(int status = 200);
push::HttpReply text_reply(std::string body, int status = 200);

struct Settings {
  enum class Registration { open, status_406, status_401, body_406, empty_body };

  std::string serial;  // the only device that may register; empty: any
  Registration registration = Registration::open;
  int unregistered_status = 401;       // for a device without a registration that asks for more
  bool checks_tokens = true;           // a wrong one is answered 401; it is counted in any case
  bool reads_first_line_only = false;  // of an rtlog body, as some servers do
  // The answer to POST push, and with registry and RegistryCode to a device that is known.
  std::vector<std::pair<std::string, std::string>> configuration = {
      {"ServerVersion", "3.1.2"}, {"ServerName", "Fake"},
      {"PushProtVer", "3.1.2"},   {"ErrorDelay", "30"},
      {"RequestDelay", "2"},      {"TransTimes", "00:00;14:00"},
      {"TransInterval", "1"},     {"TransTables", "User Transaction"},
      {"Realtime", "1"},          {"SessionID", "30BFB04B2C8AECC72C01C03BFD549D15"},
      {"TimeoutSec", "10"},
  };
  bool encryption =
      false;  // exchanges keys and factors, and from then on takes only what is sealed
  bool takes_verify_styles = false;  // the configuration echoes the device's NewVFStyles
  std::string line_end = "\r\n";     // in the configuration
  std::string command_end = "\r\n";  // after each command
  std::string idle_answer = "OK";    // to getrequest when there is nothing to do
  std::size_t commands_at_once = 100;
  unsigned hand_out_again_after = 3;      // getrequests without a result; 0: never again
  std::function<std::int64_t()> utc_now;  // seconds since 1970; none: the machine's clock
  int zone_minutes = 60;                  // ServerTZ
  std::size_t requests_kept = 2'000;      // in requests(); counts go on

  // Sets a line of the configuration; no value: leaves it out.
  void configure(std::string_view name, std::optional<std::string> value);
};

// What a device answered to one command.
struct CommandResult {
  int code = 0;
  std::string command;  // "DATA UPDATE"
  std::string serial;   // of a sub-controller; mostly empty
  std::uint64_t request = 0;
};

struct SeenRequest {
  std::uint64_t number = 0;  // counts from 1
  Kind kind{};
  push::HttpRequest request;  // as it was before it was sealed
  Answer answer;              // the same
  bool sealed = false;
};

// Told as things happen, on the thread of the request, with nothing locked.
struct Listeners {
  std::function<void(const std::string& serial)> registered;
  std::function<void(const Event& event)> event;
  std::function<void(const std::string& line)> state;
  std::function<void(const std::string& id, const std::string& command, int code)> result;
  std::function<void(const std::string& id, const std::string& body)> data;
};

class FakeServer {
 public:
  FakeServer();
  explicit FakeServer(Settings settings);

  // One request, answered; what HttpFront and FakeTransport call.
  Answer answer(const push::HttpRequest& request);
  // The same for a perfect network.
  push::HttpReply handle(const push::HttpRequest& request) { return answer(request).reply; }

  void change(const std::function<void(Settings&)>& change);
  // REQUIRES: no request is under way.
  void listen(Listeners listeners) { listeners_ = std::move(listeners); }

  void inject(Fault fault);
  void clear_faults();
  // A file that devices may fetch (file_desk.h).
  void serve(std::string path, std::string bytes, FileDesk::Style style = FileDesk::Style::plain);
  // As after a restart without a memory of devices: they must register anew.
  void forget_registration();

  // Queues "DATA COUNT user" as command and returns its id.
  std::string queue(std::string command);
  // The same with an id of the caller's choice: repeated, 0, seconds since 1970.
  void queue_as(const std::string& id, std::string command);
  // Text that goes out as it is, once, after the commands; whatever it says.
  void queue_raw(std::string text);
  // As after a restart without a memory of keys.
  void forget_keys();
  // Commands that have not been answered yet, handed out or not.
  [[nodiscard]] std::size_t open_commands() const;

  // ---- what the device did

  [[nodiscard]] std::vector<CommandResult> results(const std::string& id) const;
  [[nodiscard]] std::optional<int> code(const std::string& id) const;        // of the first result
  [[nodiscard]] std::vector<std::string> rows(const std::string& id) const;  // of a QUERY
  [[nodiscard]] std::size_t packets(const std::string& id) const;
  [[nodiscard]] std::optional<std::uint64_t> counted(const std::string& id) const;
  [[nodiscard]] std::map<std::string, std::string> got_options(const std::string& id) const;
  [[nodiscard]] Accounted accounted(const std::string& id) const;  // of ACCOUNT

  [[nodiscard]] std::vector<Event> events() const;
  [[nodiscard]] std::vector<std::uint64_t> missing_events() const;
  [[nodiscard]] std::uint64_t repeated_events() const;
  [[nodiscard]] std::uint64_t needlessly_repeated_events() const;
  [[nodiscard]] std::size_t most_events_in_a_request() const;
  [[nodiscard]] std::vector<std::string> states() const;  // the newest requests_kept
  [[nodiscard]] std::vector<std::string> tabledata(const std::string& table) const;

  [[nodiscard]] std::map<std::string, std::string> registry() const;  // of the last registration
  [[nodiscard]] std::map<std::string, std::string> options() const;   // uploaded unasked
  [[nodiscard]] std::vector<SeenRequest> requests() const;
  [[nodiscard]] std::uint64_t count(Kind kind) const;
  [[nodiscard]] std::uint64_t wrong_tokens() const;
  // Sentences: what a strict server would object to.
  [[nodiscard]] std::vector<std::string> complaints() const;

  // Waits until it is true, at most so long; looks anew after each request.
  bool wait_until(const std::function<bool()>& is_true, std::chrono::milliseconds most) const;

 private:
  struct Device {
    std::string code;
    std::vector<std::string> sessions{""};  // that the device may hold the last one of
  };
  struct Command {
    std::string id;
    std::string text;
    unsigned handed_out = 0;
    std::uint64_t at_poll = 0;  // when it was handed out last
  };
  struct Answered {
    std::vector<CommandResult> results;
    std::map<unsigned, std::vector<std::string>> packets;
    unsigned packets_announced = 0;
    std::optional<std::uint64_t> counted;
    std::map<std::string, std::string> options;
  };
  struct Call;  // one request while it is answered

  push::HttpReply respond(Call& call);
  push::HttpReply connect(Call& call);
  push::HttpReply registry(Call& call);
  push::HttpReply configure(Call& call);
  push::HttpReply take_options(Call& call);
  push::HttpReply take_events(Call& call);
  push::HttpReply take_state(Call& call);
  push::HttpReply take_tabledata(Call& call);
  push::HttpReply take_data_of_no_table(Call& call);
  push::HttpReply exchange(Call& call);
  Answer answer_plain(const push::HttpRequest& request, bool sealed);
  push::HttpReply hand_out(Call& call);
  push::HttpReply take_results(Call& call);
  push::HttpReply take_querydata(Call& call);
  push::HttpReply tell_time() const;
  push::HttpReply at_the_desk(Call& call);

  std::optional<push::HttpReply> turn_away(Call& call);
  bool token_fits(const Call& call, const Device& device) const;
  std::string configuration_text() const;
  std::string version_said() const;
  void tell_session(Call& call);
  void take_result(Call& call, const std::string& line);
  void match_with_command(const std::string& id, const CommandResult& result);
  void check_against_data(const std::string& id, const std::string& command, int code);
  void take_packet(Call& call, Answered& answered, const std::vector<std::string>& lines);
  Fault* matching_fault(const push::HttpRequest& request);
  void complain(std::string sentence);

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Settings settings_;
  Listeners listeners_;
  std::vector<Fault> faults_;
  std::map<std::string, Device> devices_;
  std::map<std::string, std::unique_ptr<Encryption>> sessions_;  // by serial
  unsigned registrations_ = 0;
  std::uint64_t request_number_ = 0;
  std::uint64_t polls_ = 0;
  std::uint64_t last_id_ = 0;
  std::deque<Command> commands_;                                // without a result
  std::map<std::string, std::vector<std::string>> handed_out_;  // texts by id
  std::deque<std::string> raw_;
  std::map<std::string, Answered> answered_;
  EventBook book_;
  FileDesk desk_;
  std::size_t most_events_ = 0;
  std::deque<std::string> states_;
  std::map<std::string, std::vector<std::string>> tabledata_;
  std::map<std::string, std::string> registry_;
  std::map<std::string, std::string> options_;
  std::deque<SeenRequest> requests_;
  std::map<Kind, std::uint64_t> counts_;
  std::uint64_t wrong_tokens_ = 0;
  std::vector<std::string> complaints_;
};

// Lower-case hexadecimal MD5, as tokens are made of.
std::string md5_hex(std::string_view text);
// The seconds of appendix 5: months of 31 days since 2000.
std::uint32_t appendix_5_seconds(int year, unsigned month, unsigned day, unsigned seconds_of_day);
std::uint32_t appendix_5_seconds_utc(std::int64_t seconds_since_1970);

}  // namespace lintel::fake
