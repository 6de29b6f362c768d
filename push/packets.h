// Rows of the engine as the text of querydata packets: `user uid=1<TAB>cardno=<CRLF>`, each row
// whole, each packet at most MaxPackageSize, `count` the number of lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/lintel.pb.h"

namespace lintel::push {

// The lines of one page, in lower-case names, each with its CRLF.
std::vector<std::string> row_lines(std::string_view label, const pb::Page& page);

// The result of a command that gave so many rows to the server.
std::int32_t code_of_rows(std::uint64_t rows);

struct Packet {
  std::string body;
  std::uint64_t rows = 0;
};

// Fills packets row by row. A row that is larger than a packet travels alone.
class Packer {
 public:
  explicit Packer(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  // The packet that was full before this row, if it was.
  std::optional<Packet> add(std::string_view line);
  // What is left.
  std::optional<Packet> finish();

 private:
  std::size_t bytes_max_;
  Packet packet_;
};

// How many packets the same rows will fill, without keeping them.
class PacketCounter {
 public:
  explicit PacketCounter(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  void add(std::size_t line_bytes);
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t packets() const { return packets_; }

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t packets_ = 0;
};

}  // namespace lintel::push
