// The engine's socket: however the bytes are cut, the same frames come out, and what is not a
// request is no request. The first byte is the size of the pieces.
#include <google/protobuf/stubs/logging.h>

#include <string>
#include <vector>

#include "engine/api/frame.h"
#include "engine/core/limits.h"
#include "tests/fuzz/libfuzzer/input.h"

using namespace lintel;
using fuzz::require;

namespace {

struct Cut {
  std::vector<api::FrameReader::Frame> frames;
  bool sound = true;
};

Cut cut(std::string_view stream, std::size_t piece) {
  Cut result;
  api::FrameReader reader;
  while (!stream.empty() && result.sound) {
    reader.feed(stream.substr(0, piece));
    stream.remove_prefix(std::min(piece, stream.size()));
    for (;;) {
      api::FrameReader::Frame frame;
      const auto whole = reader.next(frame);
      result.sound = whole.has_value();
      if (!whole || !*whole) break;
      result.frames.push_back(std::move(frame));
    }
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // it has a line for each string that is not UTF-8
  return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t piece = 1 + input.byte();
  const auto stream = input.rest();
  const auto at_once = cut(stream, stream.size() + 1);
  const auto in_pieces = cut(stream, piece);
  require(at_once.sound == in_pieces.sound, "the cuts make no stream unsound");
  require(at_once.frames.size() == in_pieces.frames.size(), "nor other frames");
  for (std::size_t i = 0; i < at_once.frames.size(); ++i) {
    const auto& frame = at_once.frames[i];
    require(frame.body == in_pieces.frames[i].body, "nor other bytes");
    require(frame.body.size() == frame.header.bytes, "a frame is as long as it says");
    pb::Request request;
    if (!api::is_request(frame.header.kind) || !request.ParseFromString(frame.body)) continue;
    std::string again;
    api::append_frame(again, api::kind_of(request), frame.header.id, request);
    api::FrameReader reader;
    reader.feed(again);
    api::FrameReader::Frame same;
    const auto whole = reader.next(same);
    require(whole && *whole && same.header.id == frame.header.id, "what is written can be read");
    pb::Reply reply;
    pb::Notice notice;
    reply.ParseFromString(frame.body);
    notice.ParseFromString(frame.body);
  }
  return 0;
}
