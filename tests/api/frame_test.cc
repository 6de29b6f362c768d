// Frames: whatever way the stream is cut, the same frames come out; what is no frame is told.
#include "engine/api/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "engine/core/limits.h"

namespace lintel::api {
namespace {

using testing::ElementsAre;

struct Sent {
  FrameKind kind{};
  std::uint64_t id = 0;
  std::string words;
  bool operator==(const Sent&) const = default;
};

std::string stream_of(const std::vector<Sent>& frames) {
  std::string bytes;
  for (const auto& frame : frames) {
    pb::Reply reply;
    reply.set_error(frame.words);
    append_frame(bytes, frame.kind, frame.id, reply);
  }
  return bytes;
}

// Feeds the pieces and takes out what is whole after each.
std::vector<Sent> received(const std::vector<std::string_view>& pieces) {
  FrameReader reader;
  std::vector<Sent> frames;
  for (const auto piece : pieces) {
    reader.feed(piece);
    FrameReader::Frame frame;
    for (;;) {
      const auto whole = reader.next(frame);
      if (!whole || !*whole) break;
      pb::Reply reply;
      if (!reply.ParseFromString(frame.body)) break;
      frames.push_back({frame.header.kind, frame.header.id, reply.error()});
    }
  }
  return frames;
}

const std::vector<Sent> three = {{FrameKind::request_for_loop, 1, "first"},
                                 {FrameKind::notice, 0, ""},
                                 {FrameKind::reply, ~0ull, std::string(300, 'x')}};

std::string header(std::uint32_t bytes, unsigned char kind,
                   std::string_view padding = {"\0\0\0", 3}) {
  std::string text;
  for (int i = 0; i < 4; ++i)
    text += static_cast<char>(bytes >> (8 * i) & 0xff);
  text += static_cast<char>(kind);
  text += padding;
  return text + std::string(8, '\0');
}

TEST(Frames, AStreamCutAtEveryByteGivesTheSameFrames) {
  const std::string stream = stream_of(three);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    const std::string_view all = stream;
    EXPECT_EQ(received({all.substr(0, cut), all.substr(cut)}), three) << "cut at " << cut;
  }
}

TEST(Frames, AStreamThatComesByteByByteGivesTheSameFrames) {
  const std::string stream = stream_of(three);
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < stream.size(); ++i)
    bytes.push_back(std::string_view(stream).substr(i, 1));
  EXPECT_EQ(received(bytes), three);
}

RC_GTEST_PROP(Frames, AnyFramesCutAnywhereComeOutAsTheyWentIn,
              (const std::vector<std::pair<std::uint64_t, std::string>>& contents,
               const std::vector<std::uint8_t>& cuts)) {
  std::vector<Sent> frames;
  for (const auto& [id, words] : contents) {
    std::string ascii;
    for (const char c : words)
      ascii += static_cast<char>(c & 0x7f);
    frames.push_back({static_cast<FrameKind>(1 + id % 5), id, ascii});
  }
  const std::string stream = stream_of(frames);
  std::vector<std::string_view> pieces;
  std::string_view rest = stream;
  for (const auto cut : cuts) {
    const auto bytes = std::min<std::size_t>(cut, rest.size());
    pieces.push_back(rest.substr(0, bytes));
    rest.remove_prefix(bytes);
  }
  pieces.push_back(rest);
  RC_ASSERT(received(pieces) == frames);
}

TEST(Frames, TheHeaderIsLittleEndian) {
  std::string bytes;
  pb::Notice notice;
  notice.set_last_event(1);  // two bytes
  append_frame(bytes, FrameKind::notice, 0x0102030405060708, notice);
  EXPECT_EQ(bytes.substr(0, 16), std::string("\2\0\0\0\5\0\0\0\x8\7\6\5\4\3\2\1", 16));
  EXPECT_EQ(bytes.size(), 18u);
}

TEST(Frames, WhatIsNoHeaderIsTold) {
  const auto code_of = [](const std::string& bytes) {
    const auto parsed = parse_header(bytes);
    return parsed ? std::optional<Errc>() : parsed.error().code;
  };
  for (unsigned kind = 0; kind < 256; ++kind) {
    const bool known = kind >= 1 && kind <= 5;
    EXPECT_EQ(!code_of(header(0, static_cast<unsigned char>(kind))), known) << kind;
  }
  for (std::size_t place = 0; place < 3; ++place) {
    std::string padding(3, '\0');
    padding[place] = 1;
    EXPECT_EQ(code_of(header(0, 1, padding)), Errc::invalid);
  }
  constexpr auto most = static_cast<std::uint32_t>(limits::api_frame_bytes_max);
  EXPECT_FALSE(code_of(header(most, 1)).has_value());
  EXPECT_EQ(code_of(header(most + 1, 1)), Errc::invalid);
  EXPECT_EQ(code_of(header(0xffff'ffff, 1)), Errc::invalid);
}

TEST(Frames, ABrokenStreamStaysBroken) {
  FrameReader reader;
  reader.feed(header(0xffff'ffff, 1));
  FrameReader::Frame frame;
  EXPECT_FALSE(reader.next(frame).has_value());
  reader.feed(stream_of(three));
  EXPECT_FALSE(reader.next(frame).has_value());
}

TEST(Frames, AFrameMayBeAsLargeAsTheLimit) {
  const std::string body(limits::api_frame_bytes_max, 'b');
  FrameReader reader;
  FrameReader::Frame frame;
  reader.feed(header(static_cast<std::uint32_t>(body.size()), 2));
  reader.feed(std::string_view(body).substr(1));
  EXPECT_FALSE(reader.next(frame).value());
  reader.feed("b");
  EXPECT_TRUE(reader.next(frame).value());
  EXPECT_EQ(frame.body, body);
  EXPECT_FALSE(reader.next(frame).value());
}

RC_GTEST_PROP(Frames, NoiseIsRefusedOrTakenForFramesThatItReallyHolds,
              (const std::vector<std::string>& pieces)) {
  FrameReader reader;
  std::size_t fed = 0;
  std::size_t taken = 0;
  for (const auto& piece : pieces) {
    reader.feed(piece);
    fed += piece.size();
    FrameReader::Frame frame;
    for (;;) {
      const auto whole = reader.next(frame);
      if (!whole) {
        RC_ASSERT(whole.error().code == Errc::invalid);
        return;
      }
      if (!*whole) break;
      taken += frame_header_bytes + frame.body.size();
      RC_ASSERT(frame.body.size() == frame.header.bytes);
      RC_ASSERT(taken <= fed);
    }
  }
}

TEST(Frames, TheKindSaysWhichThreadIsToLook) {
  std::map<FrameKind, std::vector<int>> by_kind;
  for (int number = pb::Request::kHello; number <= pb::Request::kReportLink; ++number) {
    // A field of length zero, as the wire has it, sets exactly this alternative.
    const std::string wire = {static_cast<char>(number << 3 | 2), '\0'};
    pb::Request request;
    ASSERT_TRUE(request.ParseFromString(wire));
    ASSERT_EQ(request.body_case(), number);
    by_kind[kind_of(request)].push_back(number);
  }
  using R = pb::Request;
  EXPECT_THAT(by_kind[FrameKind::request_for_loop],
              ElementsAre(R::kHello, R::kGetStatus, R::kSubscribe, R::kExplain, R::kReportLink));
  EXPECT_THAT(by_kind[FrameKind::request_to_read],
              ElementsAre(R::kCount, R::kQuery, R::kGetOptions, R::kPullEvents));
  EXPECT_THAT(by_kind[FrameKind::request_to_write],
              ElementsAre(R::kUpdate, R::kDelete, R::kSetOptions, R::kControl, R::kSetTime,
                          R::kConfirmEvents));
  EXPECT_EQ(by_kind.size(), 3u);
  for (const auto& [kind, numbers] : by_kind)
    EXPECT_TRUE(is_request(kind));
  EXPECT_FALSE(is_request(FrameKind::reply));
  EXPECT_FALSE(is_request(FrameKind::notice));
  EXPECT_EQ(kind_of(pb::Request()), FrameKind::request_for_loop);
}

}  // namespace
}  // namespace lintel::api
