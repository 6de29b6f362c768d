#include "tests/mutants/list.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace lintel::mutants {
namespace {

bool is_blank(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

std::string trimmed(const std::string& text) {
  const auto first = std::find_if_not(text.begin(), text.end(), is_blank);
  const auto last = std::find_if_not(text.rbegin(), text.rend(), is_blank).base();
  return first < last ? std::string(first, last) : std::string();
}

// Takes the marks out of `was` and notes where they stood.
void find_piece(Mutant& mutant) {
  mutant.was = without_blanks(mutant.was);
  mutant.end = mutant.was.size();
  const auto first = mutant.was.find('@');
  if (first == std::string::npos) return;
  mutant.was.erase(first, 1);
  const auto second = mutant.was.find('@');
  if (second == std::string::npos || mutant.was.find('@', second + 1) != std::string::npos)
    give_up("Mutant " + std::to_string(mutant.number) + " needs two @ or none.");
  mutant.was.erase(second, 1);
  mutant.begin = first;
  mutant.end = second;
}

void check(const std::vector<Mutant>& list) {
  for (const Mutant& mutant : list) {
    const std::string which = "Mutant " + std::to_string(mutant.number);
    if (&mutant - list.data() + 1 != mutant.number)
      give_up(which + " is out of turn: the numbers run from 1.");
    if (mutant.file.empty() || mutant.begin == mutant.end)
      give_up(which + " does not say what it changes.");
    const char last = mutant.was[mutant.end - 1];
    if (mutant.now.empty() && last != ';' && last != '}')
      give_up(which + " leaves nothing of an expression.");
    const auto namesakes = std::count_if(
        list.begin(), list.end(), [&](const Mutant& other) { return other.name == mutant.name; });
    if (namesakes > 1) give_up(which + " has the name of another.");
  }
}

}  // namespace

void give_up(const std::string& sentence) {
  std::fprintf(stderr, "%s\n", sentence.c_str());
  std::exit(1);
}

std::string without_blanks(const std::string& text) {
  std::string rest;
  std::copy_if(text.begin(), text.end(), std::back_inserter(rest),
               [](char c) { return !is_blank(c); });
  return rest;
}

std::vector<Mutant> read_list(const std::string& path) {
  std::ifstream in(path);
  if (!in) give_up("The list of mutants cannot be read: " + path);
  std::vector<Mutant> list;
  for (std::string line; std::getline(in, line);) {
    const std::string text = trimmed(line);
    if (text.empty() || line[0] == '#') continue;
    if (std::isdigit(static_cast<unsigned char>(line[0])) != 0) {
      std::size_t digits = 0;
      const int number = std::stoi(text, &digits);
      Mutant mutant;
      mutant.number = number;
      mutant.name = trimmed(text.substr(digits));
      list.push_back(mutant);
    } else if (list.empty() || !is_blank(line[0])) {
      give_up("The list of mutants has a line that says nothing: " + text);
    } else if (text[0] == '-') {
      list.back().was += text.substr(1);
    } else if (text[0] == '+') {
      list.back().now += (list.back().now.empty() ? "" : " ") + trimmed(text.substr(1));
    } else if (list.back().file.empty()) {
      list.back().file = text;
    } else {
      give_up("The list of mutants has a line that says nothing: " + text);
    }
  }
  for (Mutant& mutant : list)
    find_piece(mutant);
  check(list);
  return list;
}

}  // namespace lintel::mutants
