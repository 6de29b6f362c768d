// tests/push/vectors/return_codes.txt: what each return value of appendix 1 means, and what makes
// this box send it.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace lintel::push {

struct CodeEntry {
  int code = 0;
  std::string meaning;
  std::string never;                 // why it is not sent from here; empty: it is
  std::vector<std::string> with;     // names of preparations, with their parameter
  std::string first, command, then;  // escapes resolved, placeholders not
  unsigned line = 0;

  friend void PrintTo(const CodeEntry& entry, std::ostream* out) {  // for gtest
    *out << entry.code << ' ' << entry.meaning;
  }
};

// Throws when a line is none of the form that the file describes.
std::vector<CodeEntry> read_code_book();

}  // namespace lintel::push
