// Commands of a server, from their text through the gate into the tables.
#include <string>

#include "push/command.h"
#include "tests/fuzz/libfuzzer/gate.h"

using namespace lintel;

namespace {

std::optional<pb::Request> request_of(push::Intention intention) {
  pb::Request request;
  if (auto* update = std::get_if<pb::Update>(&intention)) {
    *request.mutable_update() = std::move(*update);
  } else if (auto* erase = std::get_if<pb::Delete>(&intention)) {
    *request.mutable_delete_() = std::move(*erase);
  } else if (auto* count = std::get_if<pb::Count>(&intention)) {
    *request.mutable_count() = std::move(*count);
  } else if (auto* query = std::get_if<pb::Query>(&intention)) {
    *request.mutable_query() = std::move(*query);
  } else if (auto* options = std::get_if<pb::SetOptions>(&intention)) {
    *request.mutable_set_options() = std::move(*options);
  } else if (auto* names = std::get_if<pb::GetOptions>(&intention)) {
    *request.mutable_get_options() = std::move(*names);
  } else {
    return std::nullopt;
  }
  return request;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view reply(reinterpret_cast<const char*>(data), size);
  for (const auto& command : push::split_commands(reply, "3383154200002").commands) {
    if (const auto request = request_of(push::parse_command(command)))
      fuzz::OpenGate::get().ask(*request);
  }
  return 0;
}
