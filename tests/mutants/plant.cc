// plant LIST CORE FOLDER: copies the .cc files of CORE to FOLDER, and plants each bug of LIST where
// it belongs, behind a switch that is asked while the program runs. So one build has them all.
//
// Fails when a place is not found, or found more than once: the list stays honest.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "tests/mutants/list.h"

namespace lintel::mutants {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  if (!in) give_up("This file cannot be read: " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

// What has not changed keeps its time, so that nothing is compiled again.
void write(const fs::path& path, const std::string& text) {
  if (fs::exists(path) && text_of(path) == text) return;
  if (!(std::ofstream(path) << text)) give_up("This file cannot be written: " + path.string());
}

struct Place {
  const Mutant* mutant = nullptr;
  std::size_t begin = 0, end = 0;  // in the file
};

// Nothing: it is not there once; that has been told.
std::optional<Place> find(const Mutant& mutant, const std::string& source) {
  // Blanks do not count; where each of the other characters stands.
  std::vector<std::size_t> at;
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (std::isspace(static_cast<unsigned char>(source[i])) == 0) at.push_back(i);
  }
  const std::string dense = without_blanks(source);
  const std::string which = "Mutant " + std::to_string(mutant.number) + " (" + mutant.name + ")";
  const auto found = dense.find(mutant.was);
  const bool there = found != std::string::npos;
  if (!there || dense.find(mutant.was, found + 1) != std::string::npos) {
    std::fprintf(stderr, "%s changes what %s %s: %s\n", which.c_str(), mutant.file.c_str(),
                 there ? "has more than once" : "does not have", mutant.was.c_str());
    return std::nullopt;
  }
  return Place{&mutant, at[found + mutant.begin], at[found + mutant.end - 1] + 1};
}

std::string planted(const Mutant& mutant, const std::string& was) {
  const std::string chosen = "::lintel::planted(" + std::to_string(mutant.number) + ")";
  if (was.back() == ';' || was.back() == '}')
    return "{ if (" + chosen + ") { " + mutant.now + " } else { " + was + " } }";
  return "(" + chosen + " ? (" + mutant.now + ") : (" + was + "))";
}

// The text between two places with all that is planted there. Places lie in each other or apart.
// REQUIRES: sorted by their beginnings, the outer ones first.
std::string render(const std::string& source, std::size_t begin, std::size_t end,
                   const Place* first, const Place* last) {
  std::string text;
  while (first != last) {
    const Place* next = first + 1;
    while (next != last && next->begin < first->end)
      ++next;
    text += source.substr(begin, first->begin - begin);
    text += planted(*first->mutant, render(source, first->begin, first->end, first + 1, next));
    begin = first->end;
    first = next;
  }
  return text + source.substr(begin, end - begin);
}

// Adds those that have lost their place to `lost`.
std::string planted_copy(const fs::path& file, const std::vector<Mutant>& list, int& lost) {
  const std::string source = text_of(file);
  std::vector<Place> places;
  for (const Mutant& mutant : list) {
    if (mutant.file != file.filename().string()) continue;
    if (const auto place = find(mutant, source)) {
      places.push_back(*place);
    } else {
      ++lost;
    }
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& one, const Place& other) {
    return one.begin != other.begin ? one.begin < other.begin : one.end > other.end;
  });
  for (const Place& one : places) {
    for (const Place& other : places) {
      if (one.begin < other.begin && other.begin < one.end && one.end < other.end)
        give_up("Mutants " + std::to_string(one.mutant->number) + " and " +
                std::to_string(other.mutant->number) + " overlap.");
    }
  }
  // The compiler counts lines as in the original.
  return "#include \"tests/mutants/planted.h\"\n#line 1\n" +
         render(source, 0, source.size(), places.data(), places.data() + places.size());
}

}  // namespace
}  // namespace lintel::mutants

int main(int argc, char** argv) {
  using namespace lintel::mutants;
  if (argc != 4) give_up("plant LIST CORE FOLDER");
  const fs::path core = argv[2], folder = argv[3];
  const auto list = read_list(argv[1]);
  for (const Mutant& mutant : list) {
    if (fs::path(mutant.file).extension() != ".cc" || !fs::exists(core / mutant.file))
      give_up("Mutant " + std::to_string(mutant.number) +
              " names no .cc file of the core: " + mutant.file);
  }
  fs::create_directories(folder);
  int lost = 0;
  for (const auto& entry : fs::directory_iterator(core)) {
    const fs::path& file = entry.path();
    if (file.extension() == ".cc") write(folder / file.filename(), planted_copy(file, list, lost));
  }
  return lost == 0 ? 0 : 1;
}
