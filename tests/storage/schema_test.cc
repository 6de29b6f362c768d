// The declaration of the tables against the list of facts in tables.tsv.
#include "storage/schema.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace lintel::storage {
namespace {

std::vector<std::string> listed() {
  std::ifstream file(LINTEL_SOURCE_DIR "/tests/storage/tables.tsv");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("#")) lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> lines_of(const TableSchema& table) {
  std::vector<std::string> lines;
  for (const Field& field : table.fields) {
    std::string line = std::string(table.name) + "\t" + std::string(field.name) + "\t";
    line += field.may_lack ? "key-" : field.key ? "key" : "field";
    if (field.hex) line += "/hex";
    lines.push_back(line);
  }
  return lines;
}

TEST(Schema, KnowsEveryTableOfTheListAndNoOther) {
  std::vector<std::string> names;
  for (const std::string& line : listed()) {
    const std::string name = line.substr(0, line.find('\t'));
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  ASSERT_GT(names.size(), 40U);
  EXPECT_EQ(names.size(), tables().size());
  for (const std::string& name : names)
    EXPECT_NE(find_table(name), nullptr) << name;
}

TEST(Schema, HasTheFieldsOfTheListInTheirOrder) {
  std::size_t seen = 0;
  const auto list = listed();
  for (std::size_t from = 0; from < list.size();) {
    const std::string prefix = list[from].substr(0, list[from].find('\t') + 1);
    std::vector<std::string> expected;
    while (from < list.size() && list[from].starts_with(prefix))
      expected.push_back(list[from++]);
    const TableSchema* table = find_table(prefix.substr(0, prefix.size() - 1));
    ASSERT_NE(table, nullptr) << prefix;
    EXPECT_EQ(lines_of(*table), expected);
    ++seen;
  }
  EXPECT_EQ(seen, tables().size());
}

TEST(Schema, NamesAreFoundInAnyCase) {
  ASSERT_NE(find_table("USER"), nullptr);
  EXPECT_EQ(find_table("USER")->name, "user");
  EXPECT_EQ(find_table("user")->field("PIN"), 1);
  EXPECT_EQ(find_table("biodata")->field("Majorver"), find_table("biodata")->field("MajorVer"));
  EXPECT_EQ(find_table("user")->field("Pin "), -1);
  EXPECT_EQ(find_table("user")->field(""), -1);
}

TEST(Schema, OtherSpellingsOfTheTextMeanTheSameField) {
  const TableSchema& identity = *find_table("identitycard");
  EXPECT_EQ(identity.field("IDNum"), identity.field("ID_Num"));
  EXPECT_EQ(identity.field("dnnum"), identity.field("DN_Num"));
  EXPECT_EQ(identity.field("ValidInfo"), identity.field("Valid_Info"));
  EXPECT_EQ(identity.field("AdditionalInfo"), identity.field("Additional_Info"));
  EXPECT_EQ(identity.field("FPTemplate1"), identity.field("FP_Template1"));
  EXPECT_EQ(identity.field("FPTemplate2"), identity.field("FP_Template2"));
  const TableSchema& reader = *find_table("ReaderProperty");
  EXPECT_EQ(reader.field("ReaderID"), reader.field("ID"));
  EXPECT_GE(reader.field("BusType"), 0);
  EXPECT_EQ(find_table("ReaderParameter")->field("ReaderID"), 0);
  EXPECT_EQ(find_table("user")->field("IDNum"), -1);
}

TEST(Schema, WhatTheJournalAndTheSystemAnswerForIsNoTable) {
  for (const char* name : {"transaction", "[APList]", "APList", "ATTPHOTO", "sqlite_schema",
                           "lintel_option", "", "user ", "user\"; DROP TABLE user"}) {
    EXPECT_EQ(find_table(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace lintel::storage
