// Every data table there and back: an UPDATE with all of its fields, and the bytes of the row in
// the querydata packet that a QUERY brings. The rows are those of vectors/tables.txt.
#include <algorithm>
#include <set>

#include "push/command.h"
#include "push/text.h"
#include "storage/schema.h"
#include "tests/push/vectors.h"
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Kind;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

// "9.1.1 user"
std::string table_of(const Vector& vector) {
  return vector.title.substr(vector.title.rfind(' ') + 1);
}

std::string answer_of(const Vector& vector) {
  std::string bytes;
  for (const auto& line : vector.meaning) {
    bytes += line;
  }
  return bytes;
}

std::vector<std::string> fields_of(const storage::TableSchema& table) {
  std::vector<std::string> names;
  for (const auto& field : table.fields) {
    names.push_back(lower(field.name));
  }
  return names;
}

class Table : public World, public ::testing::WithParamInterface<Vector> {
 protected:
  void SetUp() override { go_online(); }
};

TEST_P(Table, goes_in_with_all_its_fields_and_comes_out_byte_for_byte) {
  const auto& vector = GetParam();
  const auto name = table_of(vector);
  ASSERT_EQ(do_command("DATA UPDATE user Pin=9"), 0);
  ASSERT_EQ(do_command(vector.bytes), 0);
  const auto id = server_.queue("DATA QUERY tablename=" + name + ",fielddesc=*,filter=*");
  ASSERT_TRUE(run_until([&] { return server_.code(id).has_value(); }, std::chrono::seconds(60)));
  EXPECT_EQ(server_.code(id), 1);
  const auto packets = requests_of(Kind::querydata);
  ASSERT_THAT(packets, SizeIs(1));
  EXPECT_EQ(packets[0].request.body, answer_of(vector));
  EXPECT_EQ(packets[0].request.target,
            "/iclock/querydata?SN=3383154200002&type=tabledata&cmdid=" + id +
                "&tablename=" + lower(name) + "&count=1&packcnt=1&packidx=1");
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Each, Table, ::testing::ValuesIn(read_vectors("tables.txt")),
                         [](const auto& vector) { return table_of(vector.param); });

// ---- the list is whole

TEST(TheListOfTables, has_every_table_with_every_field) {
  std::set<std::string> listed;
  for (const auto& vector : read_vectors("tables.txt")) {
    const auto name = table_of(vector);
    EXPECT_TRUE(listed.insert(name).second) << name << " stands there twice";
    const auto* table = storage::find_table(name);
    ASSERT_NE(table, nullptr) << name;
    EXPECT_EQ(table->name, name);
    if (name == "errorlog") continue;  // written by the controller alone
    const std::string reply = "C:1:" + vector.bytes;
    const auto intention = parse_command(split_commands(reply, "1").commands.at(0));
    const auto* update = std::get_if<pb::Update>(&intention);
    ASSERT_NE(update, nullptr) << name;
    EXPECT_EQ(update->table(), name);
    ASSERT_EQ(update->rows_size(), 1) << name;
    std::vector<std::string> named;
    for (const auto& field : update->rows(0).field()) {
      named.push_back(lower(field));
    }
    EXPECT_THAT(named, UnorderedElementsAreArray(fields_of(*table))) << name;
  }
  EXPECT_EQ(listed.size(), storage::tables().size());
}

}  // namespace
}  // namespace lintel::push
