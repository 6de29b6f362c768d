// Carries a server command to the engine and, for those that ask for data, the data to the server.
// What the engine has no network for is done here: photos are fetched, hosts are tested.
//
// One thread: the connection lane.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "engine/core/limits.h"
#include "push/command.h"
#include "push/engine_line.h"
#include "push/message.h"
#include "push/session.h"
#include "push/test_host.h"
#include "push/transport.h"
#include "push/upload_text.h"

namespace lintel::push {

class Executor {
 public:
  //   taken       the server has the packet
  //   refused     it answered with 2xx, but not with its OK
  //   http_error  it answered with another status
  //   lost        no answer, or it no longer knows us
  enum class Delivery { taken, refused, http_error, lost };
  using Upload = std::function<Delivery(Parcel)>;

  struct Setup {
    std::string serial;
    Upload upload;
    TransportFactory transports;  // for photos
    HostTest test_host;
  };
  Executor(EngineLine& engine, Session& session, Setup setup)
      : engine_(engine), session_(session), setup_(std::move(setup)), messages_(setup_.serial) {}

  //   done         `code` goes back to the server
  //   later        the engine has it; its result will be among the engine's Results
  //   engine_away  execute the same command again when the engine is back: it does a command once
  //   server_away  execute it again when the server is back
  enum class Outcome { done, later, engine_away, server_away };
  struct Execution {
    Outcome outcome = Outcome::done;
    std::int32_t code = 0;
    std::string words = {};  // CMD of the result where it is not the command's first words
  };
  // `received`: when the command came; a momentary one expires 10 s later.
  Execution execute(const CommandText& command, Uptime received);

  // ---- executor_ahead.cc
  // Gives the engine what comes next while it works at the one before: the UPDATEs and DELETEs at
  // the head of `commands`, as many as the line takes. execute() of the same, in the same order,
  // then takes the replies. When the engine goes they are simply executed again.
  void look_ahead(const std::deque<CommandText>& commands);
  // The commands of look_ahead() are no longer what comes next: the texts may go.
  void forget_ahead();

  // MaxPackageSize, as the engine says.
  void package_bytes(std::size_t most);
  // How access records are written for this server.
  void event_style(const EventStyle& style) { style_ = style; }

 private:
  Execution to_engine(const pb::Request& request);
  // The answer to what look_ahead() gave to the engine. Nothing: it did not.
  std::optional<Execution> answered_ahead(const CommandText& command);
  Execution update(pb::Update update);
  Execution erase(pb::Delete request);
  Execution count(const std::string& id, pb::Count count);
  Execution query(const std::string& id, pb::Query query);
  Execution set_options(pb::SetOptions request);
  Execution get_options(const std::string& id, pb::GetOptions request);
  Execution control(pb::Control control, Uptime received);
  Execution enroll(pb::Enroll enroll);
  Execution upgrade(pb::Upgrade upgrade);
  Execution test_host(const TestHost& host);

  // `Pin=*` means any, but only when the table has a Pin. Nothing: the condition is gone.
  std::optional<Execution> resolve_wildcards(const std::string& table, pb::Conditions& conditions);
  // Shows each page in turn. Nothing: all were shown, or `page` said enough (false).
  using Show = std::function<bool(const pb::Page&)>;
  std::optional<Execution> each_page(pb::Query query, const Show& page);
  // What networks are in range, by the engine: 8 s at most.
  Execution query_networks(const std::string& id, const pb::Query& query);
  // `pages` shows the same pages each time it is called.
  Execution send_rows(const std::function<std::optional<Execution>(const Show&)>& pages,
                      QueryPacket packet);
  // `not_taken`: the code of this kind of data when the server does not say OK to it.
  Execution send(QueryPacket packet, std::int32_t code, std::int32_t not_taken);

  EngineLine& engine_;
  Session& session_;
  Setup setup_;
  Messages messages_;
  std::deque<const char*> ahead_;  // where the text of each posted one begins, oldest first
  std::size_t package_bytes_ = limits::package_bytes_max;
  EventStyle style_;
};

}  // namespace lintel::push
