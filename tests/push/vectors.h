// Vectors: bytes on one side, meaning on the other, with the section of the text they come from.
//
//   == 9.1.3 counts
//   > C:288:DATA COUNT user\n
//   = 288 DATA COUNT
//   = count user
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace lintel::push {

struct Vector {
  std::string title;
  std::string bytes;                 // the > lines, joined, with their escapes resolved
  std::vector<std::string> meaning;  // the = lines, with their escapes resolved

  friend void PrintTo(const Vector& vector, std::ostream* out) { *out << vector.title; }
};

// The vectors of tests/push/vectors/NAME. Throws when there are none: a test that reads nothing
// has failed.
std::vector<Vector> read_vectors(const std::string& name);

// What the commands of a reply mean, in the words of the vectors.
std::vector<std::string> meaning_of_reply(std::string_view reply);
std::vector<std::string> meaning_of_control(std::string_view digits);

}  // namespace lintel::push
