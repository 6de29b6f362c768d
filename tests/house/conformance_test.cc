// push/PROTOCOL.md says of each section of the protocol what we do and which test shows it. Here is
// looked that no section is missing, and that each test that is named is there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace lintel {
namespace {

namespace fs = std::filesystem;

struct Line {
  std::string section;
  std::vector<std::string> tests;
};

// The rows of the tables behind the heading.
std::vector<Line> rows() {
  std::ifstream file(fs::path(LINTEL_SOURCE_DIR) / "push/PROTOCOL.md");
  const std::regex test("`([a-z_0-9/]+(\\.txt)?)`");
  std::vector<Line> rows;
  bool behind = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "## Conformance") behind = true;
    if (!behind || line.substr(0, 2) != "| ") continue;
    Line row;
    row.section = line.substr(2, line.find(" |", 2) - 2);
    const auto last = line.rfind(" | ", line.size() - 3);
    const std::string cell = last == std::string::npos ? "" : line.substr(last);
    for (auto at = std::sregex_iterator(cell.begin(), cell.end(), test);
         at != std::sregex_iterator(); ++at) {
      row.tests.push_back((*at)[1]);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// "4", "7.12", "9.1.4": the sections of the text, as its chapters count them.
std::vector<std::string> sections() {
  std::vector<std::string> all = {"1, 2", "3", "3.1", "4", "5", "6", "8", "9.3", "10"};
  const auto count = [&](const std::string& chapter, int last) {
    for (int i = 1; i <= last; ++i)
      all.push_back(chapter + "." + std::to_string(i));
  };
  count("4", 6);
  count("7", 15);
  count("9.1", 4);
  all.insert(all.end(), {"9.2", "9.4", "9.4.1"});
  count("9.5", 3);
  count("9.6", 2);
  count("11", 20);
  return all;
}

TEST(Conformance, has_a_row_for_each_section_of_the_text) {
  std::multiset<std::string> told;
  for (const auto& row : rows())
    told.insert(row.section);
  for (const auto& section : sections())
    EXPECT_EQ(told.count(section), 1u) << "section " << section;
}

TEST(Conformance, names_tests_that_are_there) {
  const fs::path tests = fs::path(LINTEL_SOURCE_DIR) / "tests";
  std::size_t named = 0;
  for (const auto& row : rows()) {
    if (row.section == "section" || row.section == "beside the sections") continue;
    EXPECT_FALSE(row.tests.empty()) << row.section;
    for (const auto& test : row.tests) {
      const auto file = test.find('.') == std::string::npos ? test + ".cc" : test;
      EXPECT_TRUE(fs::exists(tests / file)) << row.section << ": " << file;
      ++named;
    }
  }
  EXPECT_GT(named, 80u);
}

}  // namespace
}  // namespace lintel
