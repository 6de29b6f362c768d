// The list of planted bugs (list.txt): what each is called, and what it changes in engine/core.
//
//   7  A locked door lets people in
//      access.cc
//      - if (@door.locked@) return false;
//      + false
//
// Between @ and @ stands what is changed, around it as much as is needed to find it; without @ it
// is all of it. Blanks and line ends do not count. A piece that ends with ; or } is a statement,
// any other an expression. Nothing behind +: the statement is dropped.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lintel::mutants {

struct Mutant {
  int number = 0;
  std::string name;                // what is wrong with the box then, as a short sentence
  std::string file;                // in engine/core
  std::string was;                 // with its surroundings, without blanks
  std::size_t begin = 0, end = 0;  // of what is changed, in `was`
  std::string now;
};

// Ends the program with a sentence when the list cannot be understood: numbers that do not run
// from 1, two mutants of one name, a line that is none of the above.
std::vector<Mutant> read_list(const std::string& path);

std::string without_blanks(const std::string& text);
[[noreturn]] void give_up(const std::string& sentence);

}  // namespace lintel::mutants
