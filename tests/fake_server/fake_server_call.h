// One request while the fake server answers it, and how texts of the protocol are cut. For the
// files of the server itself.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fake_server/fake_server.h"

namespace lintel::fake {

struct FakeServer::Call {
  const push::HttpRequest& request;
  std::uint64_t number;
  std::map<std::string, std::string> query;
  Kind kind;
  bool heard;  // the answer will reach the device whole
  std::string serial;
  std::vector<std::function<void(const Listeners&)>> news;
};

std::string lower(std::string text);
std::optional<std::uint64_t> number_in(std::string_view text);
// "a=1,b=2" as registry, options and GET OPTIONS send it.
std::map<std::string, std::string> parameters_of(std::string_view body);
// What CMD of a result says: two words, of some commands the first one only.
std::string words_of(const std::string& command);
bool begins(std::string_view text, std::string_view start);

}  // namespace lintel::fake
