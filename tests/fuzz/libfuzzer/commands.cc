// A reply to getrequest: whatever a server sends, what comes of it keeps the shape that the engine
// and the results rely on.
#include <cstdint>
#include <string>

#include "engine/core/limits.h"
#include "push/command.h"
#include "push/text.h"
#include "push/url.h"
#include "tests/fuzz/libfuzzer/input.h"

using namespace lintel;
using fuzz::require;

namespace {

struct Shape {
  void operator()(const push::Refusal& refusal) const {
    require(refusal.code < 0, "a refusal has a negative code");
    require(!refusal.sentence.empty(), "a refusal says why");
  }
  void operator()(const pb::Update& update) const {
    require(!update.table().empty(), "an UPDATE names its table");
    std::size_t records = 0;
    for (const auto& rows : update.rows()) {
      require(rows.field_size() > 0, "rows have fields");
      require(rows.value_size() % rows.field_size() == 0, "rows are whole");
      records += static_cast<std::size_t>(rows.value_size() / rows.field_size());
    }
    require(records <= limits::records_per_command_max, "a command has only so many records");
    readable(update);
  }
  void operator()(const pb::Delete& erase) const {
    require(erase.any_size() > 0, "a DELETE without a condition is never passed on");
  }
  void operator()(const pb::Control& control) const {
    require(control.verb() != pb::Control::NONE, "a control command has a verb");
    require(control.place() <= limits::aux_max, "and a place that could exist");
    require(control.seconds() <= 255, "and a time of a byte");
  }
  void operator()(const pb::SetOptions& options) const {
    require(options.option_size() > 0, "SET OPTIONS sets something");
  }
  void operator()(const pb::Enroll& enroll) const {
    require(!enroll.pin().empty(), "a card is for somebody");
    require(enroll.retries() <= 255, "with a number of tries");
    readable(enroll);
  }
  void operator()(const pb::Upgrade& upgrade) const {
    require(upgrade.method() != pb::Upgrade::NONE, "firmware comes in one of three ways");
    require(upgrade.size() > 0 && upgrade.size() <= limits::firmware_bytes_max,
            "firmware has a size that may be");
    require(upgrade.checksum().size() == 32, "firmware has a checksum");
    require(push::parse_url(upgrade.url()).has_value(), "and an address that is one");
    readable(upgrade);
  }
  void operator()(const push::Account& account) const {
    require(account.through == 0 || account.after < account.through, "records up to a later one");
    // Indexes are signed in the engine's table.
    require(account.after <= INT64_MAX && account.through <= INT64_MAX, "indexes can be asked for");
  }
  void operator()(const push::TestHost& test) const {
    require(!test.host.empty() && test.port != 0, "a host that could be called");
  }
  void operator()(const auto&) const {}

 private:
  // The engine's socket takes no string that is not UTF-8: the request would be lost.
  static void readable(const auto& message) {
    auto again = message;
    require(again.ParseFromString(message.SerializeAsString()), "the engine can read it");
  }
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view reply(reinterpret_cast<const char*>(data), size);
  const auto list = push::split_commands(reply, "3383154200002");
  require(list.commands.size() <= limits::commands_per_reply_max, "only so many commands");
  const char* at = reply.data();
  for (const auto& command : list.commands) {
    require(!command.id.empty() || command.refusal, "without an id there is no result");
    require(command.id.find_first_of("&=\r\n\t") == std::string::npos, "an id forges no result");
    require(command.whole.data() >= at &&
                command.whole.data() + command.whole.size() <= reply.data() + reply.size(),
            "commands are views into the reply, in order");
    at = command.whole.data() + command.whole.size();
    require(push::command_words(command.text).find_first_of("&\r\n") == std::string::npos,
            "the words of a result forge no result");
    std::visit(Shape{}, push::parse_command(command));
  }
  const auto control = push::parse_control(reply);
  if (const auto* wish = std::get_if<pb::Control>(&control)) Shape{}(*wish);
  return 0;
}
