// Results of commands on their way to the server (chapter 7.4). None is only here: the engine keeps
// each until it is told that the server has it, and gives out again what a push that died had not
// told, and what ended after its command's reply.
//
// One thread: the connection lane.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "push/command.h"
#include "push/engine_line.h"

namespace lintel::push {

class Results {
 public:
  explicit Results(EngineLine& engine) : engine_(engine) {}

  // A command was carried out, or refused. Empty `words`: those of the command itself.
  void add(const CommandText& command, std::int32_t code, std::string words);

  // The engine may have results that are not here: settle() asks.
  void look() { unread_ = true; }
  // Tells the engine again what it may not have heard, and takes what it has. REQUIRES: a link.
  // False: the engine is away; the same again on the next link.
  bool settle();

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  // When they may be sent: later after a refusal.
  [[nodiscard]] Uptime due() const { return due_; }
  // A connection begins: at once.
  void begin_connection();

  // All of them, a line each: "ID=223&Return=0&CMD=SET OPTIONS".
  [[nodiscard]] std::string body() const;
  // What became of body(). A refused one is repeated after 1, 2, 4 and 8 s, then given up; `why`
  // for the log.
  void taken();
  void refused(Uptime now, const std::string& why);

 private:
  struct Result {
    std::string id;
    std::string digest;
    std::int32_t code = 0;
    std::string words;
    bool from_engine = false;  // not seen by this process when it was carried out
  };
  bool confirm();
  void let_go(std::size_t count);  // the oldest: the server has them, or never will
  void fetch(const pb::Results& found);

  EngineLine& engine_;
  std::deque<Result> waiting_;
  std::vector<pb::CommandKey> unconfirmed_;  // the server has them, the engine does not know it
  bool unread_ = true;
  bool some_from_engine_ = false;
  unsigned tries_ = 0;
  Uptime due_{};
};

}  // namespace lintel::push
