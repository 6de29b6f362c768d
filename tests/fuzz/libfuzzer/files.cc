// What stands around a file: base64 that a server sends, and the address that a command names. The
// first byte says where the text is cut for the decoder.
#include <algorithm>
#include <string>

#include "push/base64.h"
#include "push/url.h"
#include "tests/fuzz/libfuzzer/input.h"

using namespace lintel;
using fuzz::require;

namespace {

const push::ServerAddress server{.tls = true, .host = "push.example", .port = 443};

bool is_one_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

struct Decoded {
  bool sound = true;
  bool complete = false;
  std::string bytes;
};

Decoded decode(std::string_view text, std::size_t step) {
  push::Base64Decoder decoder;
  Decoded all;
  for (std::size_t at = 0; at < text.size(); at += step) {
    const bool sound = decoder.add(text.substr(at, step), all.bytes);
    require(all.sound || !sound, "what is no base64 stays none");
    all.sound = sound;
  }
  all.complete = decoder.complete();
  return all;
}

void check_base64(std::string_view text, std::size_t step) {
  const Decoded whole = decode(text, text.size() + 1);
  const Decoded pieces = decode(text, step);
  require(whole.sound == pieces.sound && whole.complete == pieces.complete &&
              whole.bytes == pieces.bytes,
          "pieces mean what the whole means");
  require(whole.bytes.size() <= text.size() / 4 * 3, "four letters are three bytes at most");
  require(whole.sound || !whole.complete, "what is no base64 is never complete");
  const Decoded again = decode(push::base64(text), step);
  require(again.complete && again.bytes == text, "bytes come back");
}

void check_address(std::string_view text) {
  const auto url = push::parse_url(text);
  if (!url) return;
  require(url->target.substr(0, 1) == "/", "a target is a path");
  require(is_one_word(url->target), "a target forges no line of a request");
  require(url->target.find('#') == std::string::npos, "a target has no fragment");
  require(push::file_name(*url).find_first_of("/?") == std::string_view::npos, "a name is no path");
  require(is_one_word(push::parameter_of(*url, server)), "a parameter forges no line");
  require(push::parameter_of(*url, server).find_first_of("&#+") == std::string::npos,
          "a parameter begins no other");
  if (url->address) {
    const auto again = push::parse_url(url->address->url() + url->target);
    require(again && again->address == url->address && again->target == url->target,
            "an address reads as it is written");
  }
  if (const auto source = push::source_of(*url, server)) {
    require(source->address.tls, "nothing leads down from https to http");
    require(source->address.host.size() == server.host.size(), "and to no other host");
    require(!source->is_server || source->address.port == server.port, "nor our cookie elsewhere");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t step = 1 + input.byte() % 80u;
  const std::string text(input.rest());
  check_base64(text, step);
  check_address(text);
  check_address(push::without_disguise(text));
  return 0;
}
