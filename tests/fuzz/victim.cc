#include "tests/fuzz/victim.h"

#include <gtest/gtest.h>

#include "engine/base/log.h"
#include "storage/schema.h"

namespace lintel::fuzz {

using namespace std::chrono;

Victim::Victim() : station(2) {
  set_log_level(LogLevel::error);
  EXPECT_TRUE(station.boot().has_value());
  const auto card = std::to_string(card_of_ada);
  EXPECT_EQ(station
                .update("user", {"Pin=1\tCardNo=" + card + "\tPassword=1234\tName=Ada",
                                 "Pin=2\tCardNo=77\tDisable=1"})
                .code(),
            0);
  EXPECT_EQ(
      station.update("userauthorize", {"Pin=1\tAuthorizeTimezoneId=1\tAuthorizeDoorId=3"}).code(),
      0);
  EXPECT_EQ(station.update("timezone", {"TimezoneId=2\tMonTime1=2359"}).code(), 0);
  EXPECT_EQ(station.set_option("Door1Intertime", "0").code(), 0);
}

std::optional<pb::Reply> Victim::ask(pb::Role role, api::FrameKind kind, const std::string& bytes) {
  const auto peer = station.add_peer(role);
  auto reply = station.ask_with_bytes(peer, kind, bytes);
  station.drop_peer(peer);
  return reply;
}

pb::Reply Victim::sure(const pb::Request& request) {
  const auto reply = ask(pb::ROLE_PUSH, api::kind_of(request), request.SerializeAsString());
  EXPECT_TRUE(reply.has_value());
  return reply.value_or(pb::Reply{});
}

std::uint64_t Victim::digest() {
  std::uint64_t hash = 0xCBF29CE484222325u;
  const auto take = [&hash](const std::string& text) {
    for (const char c : text)
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  };
  for (const auto& table : storage::tables()) {
    pb::Request request;
    request.mutable_query()->set_table(std::string(table.name));
    take(sure(request).SerializeAsString());
  }
  pb::Request options;
  for (const char* name : {"MachineTZ", "DelRecord", "WebServerIP", "WebServerPort", "IPAddress"})
    options.mutable_get_options()->add_name(name);
  take(sure(options).SerializeAsString());
  const auto status = station.status();
  take(std::to_string(status.confirmed_event()) + std::to_string(status.zone_minutes()));
  for (const auto& line : status.output())
    take(line.name() + line.level());
  return hash;
}

bool Victim::lets_ada_in() {
  station.pass(seconds(6));
  const bool open_before = station.board.lock(1);
  station.swipe(1, card_of_ada);
  return !open_before && station.board.lock(1);
}

}  // namespace lintel::fuzz
