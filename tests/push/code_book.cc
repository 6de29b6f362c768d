#include "tests/push/code_book.h"

#include <fstream>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace lintel::push {
namespace {

std::string resolved(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 1 < text.size();
    if (escape && text[i + 1] == 't') {
      bytes += '\t';
    } else if (escape && text[i + 1] == 'n') {
      bytes += '\n';
    } else {
      bytes += text[i];
      continue;
    }
    ++i;
  }
  return bytes;
}

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    names.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (!list.empty() && list.front() == ' ') {
      list.remove_prefix(1);
    }
  }
  return names;
}

// The rest of a line that begins with the word.
std::optional<std::string> behind(const std::string& line, std::string_view word) {
  if (line.compare(0, word.size(), word) != 0) return std::nullopt;
  const auto start = line.find_first_not_of(' ', word.size());
  return start == std::string::npos ? std::string() : line.substr(start);
}

}  // namespace

std::vector<CodeEntry> read_code_book() {
  std::ifstream file(LINTEL_SOURCE_DIR "/tests/push/vectors/return_codes.txt");
  std::vector<CodeEntry> entries;
  unsigned number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    if (const auto head = behind(line, "== ")) {
      auto& entry = entries.emplace_back();
      std::size_t digits = 0;
      entry.code = std::stoi(*head, &digits);
      entry.meaning = head->substr(std::min(digits + 1, head->size()));
      entry.line = number;
      continue;
    }
    if (entries.empty()) throw std::runtime_error("return_codes.txt begins with no entry");
    auto& entry = entries.back();
    if (const auto reason = behind(line, "never:")) {
      entry.never = *reason;
    } else if (const auto names = behind(line, "with:")) {
      entry.with = names_in(*names);
    } else if (const auto first = behind(line, "first:")) {
      entry.first = resolved(*first);
    } else if (const auto command = behind(line, "do:")) {
      entry.command = resolved(*command);
    } else if (const auto then = behind(line, "then:")) {
      entry.then = resolved(*then);
    } else {
      throw std::runtime_error("return_codes.txt, line " + std::to_string(number) + ": " + line);
    }
  }
  if (entries.empty()) throw std::runtime_error("return_codes.txt has no entries");
  return entries;
}

}  // namespace lintel::push
