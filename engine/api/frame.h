// Frames on the engine's socket: a header of 16 bytes, then a protobuf message.
//
//   0  u32  bytes of the message      little-endian, at most limits::api_frame_bytes_max
//   4  u8   kind
//   5  3    zero
//   8  u64  id of the request; a reply carries its request's, a notice 0
//
// The kind says, before anything is parsed, which thread of the engine is to look at a request:
// the loop must never parse a command of 4 MiB.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/api/lintel.pb.h"
#include "engine/base/result.h"

namespace lintel::api {

enum class FrameKind : std::uint8_t {
  request_for_loop = 1,  // about the doors as they are
  request_to_read = 2,   // about rows, options and the journal: for the storage thread
  request_to_write = 3,  // changes them
  reply = 4,
  notice = 5,
};
FrameKind kind_of(const pb::Request& request);
constexpr bool is_request(FrameKind kind) {
  return kind <= FrameKind::request_to_write;
}

// Several notices that nobody has fetched yet are one.
void add_to(pb::Notice& gathered, const pb::Notice& notice);

inline constexpr std::uint32_t api_version = 1;
inline constexpr std::size_t frame_header_bytes = 16;

struct FrameHeader {
  std::uint32_t bytes = 0;
  FrameKind kind{};
  std::uint64_t id = 0;
};
// Errc::invalid for an unknown kind, padding that is not zero, or too many bytes.
Result<FrameHeader> parse_header(std::string_view bytes);
// Appends header and message.
void append_frame(std::string& out, FrameKind kind, std::uint64_t id,
                  const google::protobuf::MessageLite& message);

// Cuts a stream into frames. feed() whatever came; next() until nothing is left.
class FrameReader {
 public:
  struct Frame {
    FrameHeader header;
    std::string body;
  };
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  // Nothing: a frame is still incomplete. Errc::invalid: the stream is not ours, hang up.
  Result<bool> next(Frame& frame);
  // Bytes of a frame that is still incomplete.
  [[nodiscard]] std::size_t waiting() const { return buffer_.size() - start_; }

 private:
  std::string buffer_;
  std::size_t start_ = 0;
};

}  // namespace lintel::api
