// The conversation with the server, as one machine: who we are, registered or not, commands and
// their results. The upload of events is the other lane (uploader.h).
//
//   no server -> connecting [-> exchanging keys -> exchanging factors] -> registering
//             -> configuring -> greeting -> announcing -> online
//
// and from everywhere back to `waiting`, which ends in `connecting`. All ways forward are in
// advance(), all ways back in fall_back(); each change is one line of log and one report to the
// engine. What is done in the states up to announcing is in conversation_connecting.cc, what is
// done online in conversation_online.cc.
//
// One thread. Nothing here sleeps: step() does what is due and says when it wants to be called
// again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "push/backoff.h"
#include "push/command.h"
#include "push/engine_line.h"
#include "push/executor.h"
#include "push/key_exchange.h"
#include "push/message.h"
#include "push/results.h"
#include "push/server_address.h"
#include "push/session.h"
#include "push/test_host.h"
#include "push/transport.h"
#include "push/unasked.h"

namespace lintel::push {

class Conversation {
 public:
  struct Setup {
    std::string serial;
    std::optional<ServerAddress> configured;  // nothing: the configuration file names no server
    TransportFactory transports;
    api::LinkFactory engine;
    Clock clock;
    std::uint64_t seed = 0;  // of the jitter
    // What the engine holds the expiry of momentary commands against: CLOCK_MONOTONIC. None:
    // `clock` is that already; under simulated time it is not.
    Clock monotonic = {};
    HostTest test_host = connects_to;
    bool encryption = false;      // offer the exchange of keys and factors
    unsigned security_level = 0;  // DevNSLevel: a server of another level is not taken
  };
  Conversation(Setup setup, Session& session);

  // Does at most one exchange with the server, or carries out the commands of one reply. Returns
  // when to call again; an errand of the session (Session::wait) is a reason to call earlier.
  Uptime step();

  enum class State {
    no_server,
    connecting,
    exchanging_keys,
    exchanging_factors,
    registering,
    configuring,
    greeting,
    announcing,
    online,
    waiting,
  };
  [[nodiscard]] State state() const { return state_; }

 private:
  enum class Setback {
    no_answer,          // nothing, or nothing that can be understood: again after a while
    not_registered,     // the server does not take us: again after ErrorDelay
    other_level,        // its security level is not ours: again after ErrorDelay
    unknown_to_server,  // it no longer knows us: start over
    address_changed,    // another server, or none
    network_changed,    // the same server, by another way
  };

  void advance();
  void fall_back(Setback why, const std::string& words);
  void enter(State next);
  void begin_naming();  // who we are: registry, or at once POST push
  void begin_announcing();
  void report();
  // Nought, but for those who return: anywhere up to so long, so that they do not come as a herd.
  std::chrono::nanoseconds own_time(std::chrono::nanoseconds most);

  // ---- one function a state; each does one exchange
  void connect();
  void exchange_keys();
  void exchange_factors();
  void register_device();
  void fetch_configuration();
  void greet();
  void announce();
  Uptime be_online();

  // ---- online, in the order in which they are due
  void execute_commands();
  void send_uploads();
  void send_results();
  void upload_options();
  void ask_time();
  void fetch_commands();
  void keep_alive();

  // What the server says of itself, taken. Nothing: it is none, and we have fallen back.
  std::optional<ConfigBlock> take_configuration(const HttpReply& reply);
  // Whether keys are to be exchanged with the server that has just answered.
  [[nodiscard]] bool wants_encryption() const;
  // The connection goes on with bodies in plain.
  void speak_plainly(const HttpReply& reply);
  // What the server's configuration means for options of the engine: told where it is new.
  void hand_on_configuration();
  // The time that the server tells, if it is one; else by the Date of its reply, when the clock
  // here is worth less.
  std::optional<ServerTime> time_in(const HttpReply& reply);

  // Servers exist that hold a getrequest back until there is a command: a ping tells them from
  // those that are gone.
  enum class OnTimeout { fall_back, look_whether_it_lives };
  // The server's reply; nothing: there is none, and unless a ping was answered we have fallen back.
  std::optional<HttpReply> ask(const HttpRequest& request,
                               OnTimeout on_timeout = OnTimeout::fall_back);
  Executor::Delivery deliver(Parcel parcel);
  // What can be done while the engine is away: not to be forgotten by the server.
  Uptime without_engine();
  // Reads what the options say of the server and of uploading. False: the engine is away.
  bool read_options();
  // How this box is connected, as far as an option says it.
  static std::string network_of(const pb::Options& answers);
  [[nodiscard]] Uptime now() const { return setup_.clock(); }

  Setup setup_;
  Session& session_;
  EngineLine engine_;
  Messages messages_;
  Executor executor_;
  Results results_;
  Unasked unasked_;
  Backoff backoff_;
  std::unique_ptr<Transport> transport_;
  std::optional<KeyExchange> key_exchange_;  // while it is under way
  bool plainness_told_ = false;

  State state_ = State::no_server;
  std::string last_error_;
  std::int64_t since_utc_ = 0;
  std::uint64_t link_seen_ = 0;
  bool reported_ = false;
  std::optional<ServerAddress> address_;
  std::string known_code_;  // of the last registration: a server may go on with it

  Uptime retry_at_{};       // waiting, and between two steps of those who return
  bool returning_ = false;  // the server was away: others come back to it at the same moment
  Uptime last_exchange_{};  // heartbeat
  Uptime next_poll_{};
  bool first_poll_ = true;  // of this connection
  Uptime next_time_{};
  bool time_told_ = false;  // once, since the program started
  Uptime next_options_{};
  bool address_known_ = false;  // the options have been read once
  bool options_unread_ = true;
  bool options_due_ = false;
  bool push_options_ = true;
  std::string options_uploaded_;
  std::string network_;             // network_of() when they were read last
  bool network_looked_at_ = false;  // on this link to the engine
  bool network_changed_ = false;    // and the connection has not begun anew since
  bool upload_was_last_ = false;

  std::string reply_;  // the commands are views into it
  std::deque<CommandText> commands_;
  Uptime commands_came_{};
  std::size_t commands_said_ = 0;  // what the last reply with commands was, by its hash
  unsigned command_tries_ = 0;
};

// As the console shows it: "no server", "connecting", "registering", "online", "waiting".
std::string_view words(Conversation::State state);

}  // namespace lintel::push
