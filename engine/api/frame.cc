#include "engine/api/frame.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>
#include <cstring>

#include "engine/core/limits.h"

namespace lintel::api {
namespace {

template <class T>
void append_little_endian(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    out += static_cast<char>((value >> (8 * i)) & 0xff);
}

template <class T>
T little_endian(std::string_view bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    value |= static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return value;
}

}  // namespace

FrameKind kind_of(const pb::Request& request) {
  switch (request.body_case()) {
    case pb::Request::kCount:
    case pb::Request::kQuery:
    case pb::Request::kGetOptions:
    case pb::Request::kPullEvents:
    case pb::Request::kGetUpgrade:
    case pb::Request::kGetResults:
    case pb::Request::kPullUploads:
      return FrameKind::request_to_read;
    case pb::Request::kUpdate:
    case pb::Request::kDelete:
    case pb::Request::kSetOptions:
    case pb::Request::kControl:  // its command id is remembered before the lock moves
    case pb::Request::kSetTime:
    case pb::Request::kConfirmEvents:
    case pb::Request::kEnroll:
    case pb::Request::kUpgrade:
    case pb::Request::kUpgradePiece:
    case pb::Request::kEndUpgrade:
    case pb::Request::kConfirmResults:
    case pb::Request::kConfirmUploads:
    case pb::Request::kProbeStorage:
      return FrameKind::request_to_write;
    default:
      return FrameKind::request_for_loop;
  }
}

void add_to(pb::Notice& gathered, const pb::Notice& notice) {
  gathered.set_last_event(std::max(gathered.last_event(), notice.last_event()));
  gathered.set_states(gathered.states() || notice.states());
  gathered.set_options(gathered.options() || notice.options());
  gathered.set_results(gathered.results() || notice.results());
  gathered.set_uploads(gathered.uploads() || notice.uploads());
  gathered.set_upgrade(gathered.upgrade() || notice.upgrade());
  gathered.set_network(gathered.network() || notice.network());
}

Result<FrameHeader> parse_header(std::string_view bytes) {
  FrameHeader header;
  header.bytes = little_endian<std::uint32_t>(bytes.substr(0, 4));
  const auto kind = static_cast<unsigned char>(bytes[4]);
  if (kind < 1 || kind > 5 || bytes[5] != 0 || bytes[6] != 0 || bytes[7] != 0) {
    return fail(Errc::invalid, "what came over the engine's socket is not a frame");
  }
  if (header.bytes > limits::api_frame_bytes_max) {
    return fail(Errc::invalid, "a frame of " + std::to_string(header.bytes) +
                                   " bytes is larger than the limit of " +
                                   std::to_string(limits::api_frame_bytes_max));
  }
  header.kind = static_cast<FrameKind>(kind);
  header.id = little_endian<std::uint64_t>(bytes.substr(8, 8));
  return header;
}

void append_frame(std::string& out, FrameKind kind, std::uint64_t id,
                  const google::protobuf::MessageLite& message) {
  const std::size_t bytes = message.ByteSizeLong();
  out.reserve(out.size() + frame_header_bytes + bytes);
  append_little_endian(out, static_cast<std::uint32_t>(bytes));
  out += static_cast<char>(kind);
  out.append(3, '\0');
  append_little_endian(out, id);
  message.AppendToString(&out);
}

Result<bool> FrameReader::next(Frame& frame) {
  const std::string_view rest = std::string_view(buffer_).substr(start_);
  if (rest.size() < frame_header_bytes) return false;
  auto header = parse_header(rest);
  if (!header) return fail(std::move(header).error());
  if (rest.size() < frame_header_bytes + header->bytes) {
    buffer_.erase(0, start_);
    start_ = 0;
    return false;
  }
  frame.header = *header;
  frame.body.assign(rest.substr(frame_header_bytes, header->bytes));
  start_ += frame_header_bytes + header->bytes;
  if (start_ == buffer_.size()) {
    buffer_.clear();
    start_ = 0;
    if (buffer_.capacity() > (256u << 10)) buffer_.shrink_to_fit();
  }
  return true;
}

}  // namespace lintel::api
