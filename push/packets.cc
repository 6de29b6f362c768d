#include "push/packets.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "push/text.h"

namespace lintel::push {

std::vector<std::string> row_lines(std::string_view label, const pb::Page& page) {
  const int fields = page.field_size();
  if (fields == 0) return {};
  std::vector<std::string> names;
  for (const auto& field : page.field()) {
    names.push_back(lower(field) + "=");
  }
  std::vector<std::string> lines;
  for (int first = 0; first + fields <= page.value_size(); first += fields) {
    std::string& line = lines.emplace_back(label);
    for (int i = 0; i < fields; ++i) {
      line += i == 0 ? ' ' : '\t';
      line += names[static_cast<std::size_t>(i)];
      line += one_line(page.value(first + i));
    }
    line += "\r\n";
  }
  return lines;
}

std::int32_t code_of_rows(std::uint64_t rows) {
  constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::min(rows, most));
}

std::optional<Packet> Packer::add(std::string_view line) {
  std::optional<Packet> full;
  if (packet_.rows > 0 && packet_.body.size() + line.size() > bytes_max_) full = finish();
  packet_.body += line;
  ++packet_.rows;
  return full;
}

std::optional<Packet> Packer::finish() {
  if (packet_.rows == 0) return std::nullopt;
  return std::exchange(packet_, {});
}

void PacketCounter::add(std::size_t line_bytes) {
  ++rows_;
  if (packets_ == 0 || bytes_ + line_bytes > bytes_max_) {
    ++packets_;
    bytes_ = 0;
  }
  bytes_ += line_bytes;
}

}  // namespace lintel::push
