// What the two lanes share: whether we are online, with which server, under which parameters; and
// the errands that the upload lane has for the connection lane.
//
// Any thread may call; one mutex inside.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "push/parameters.h"
#include "push/server_address.h"
#include "push/session_cipher.h"

namespace lintel::push {

class Session {
 public:
  // ---- the connection lane tells
  // A new connection to this server begins; nothing is uploaded until went_online().
  // `returning`: the server was away, and others return to it at this moment.
  void begin(const ServerAddress& address, Parameters parameters, bool returning = false);
  void went_online();
  void went_offline();
  // Takes what a configuration block says.
  void configure(const ConfigBlock& block);
  // A command wants the states of the doors uploaded once more, changed or not.
  void states_wanted();
  // Bodies of this connection are sealed from now on, in every lane.
  void sealed_with(std::shared_ptr<const SessionCipher> cipher);

  // ---- both lanes
  // A SessionID may come in any reply; the latest counts.
  void hear(std::string_view reply_body);
  [[nodiscard]] Parameters parameters() const;

  // ---- the upload lane asks and tells
  struct View {
    bool online = false;
    std::uint64_t connection = 0;  // counts connections
    bool returning = false;
    ServerAddress address;
    Parameters parameters;
    std::uint64_t states_wanted = 0;  // counts how often the states were asked for
    // Null: bodies go in plain. Lanes make their transports by transport_to()
    // (sealed_transport.h), which sees to it.
    std::shared_ptr<const SessionCipher> cipher;
  };
  [[nodiscard]] View view() const;
  // The server no longer knows us in this connection: register anew.
  void unknown_to_server(std::uint64_t connection);
  // An upload got no answer: have a look whether the server is still there.
  void no_answer(std::uint64_t connection);
  void options_changed();
  // The engine has results, or rows for the server, that nobody has fetched.
  void results_wait();
  void uploads_wait();
  // The way to the server is another one now.
  void network_changed();
  void queued(std::uint64_t events);
  [[nodiscard]] std::uint64_t queued() const;

  // ---- the connection lane asks
  struct Errands {
    bool register_anew = false;
    bool look = false;
    bool options = false;
    bool results = false;
    bool uploads = false;
    bool network = false;
    [[nodiscard]] bool any() const {
      return register_anew || look || options || results || uploads || network;
    }
  };
  Errands take_errands();
  // Until an errand comes or stop() is called, at most so long.
  void wait(std::chrono::nanoseconds at_most);

  void stop();
  [[nodiscard]] bool stopped() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  View view_;
  Errands errands_;
  std::uint64_t queued_ = 0;
  bool stopped_ = false;
};

}  // namespace lintel::push
