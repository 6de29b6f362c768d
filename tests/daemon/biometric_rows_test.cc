// Templates, photos and identity cards: what came in goes out byte for byte, and what no reader
// could use does not come in. Chapters 9.1.1 to 9.1.4, 7.7, 7.8 and 3.1.
#include "engine/core/limits.h"
#include "tests/daemon/rows_fixture.h"

namespace lintel::test {
namespace {

const std::string base64 = "Si9TUzIxAAADbG8ECAUHCc7QAAAbbWkBAAAAg5E=";

class BiometricRows : public Rows {
 protected:
  void SetUp() override {
    Rows::SetUp();
    ASSERT_EQ(0, update("user", {"Pin=1\tName=Ada", "Pin=2\tName=Grace"}).code());
  }
  // Refused with this code and these words, and nothing is kept.
  void refuses_with(int code, const std::string& table, const std::string& row,
                    const std::string& words) {
    const auto before = count(table);
    const auto reply = update(table, {row});
    EXPECT_EQ(code, reply.code()) << table << " " << row << ": " << reply.error();
    EXPECT_NE(std::string::npos, reply.error().find(words)) << reply.error();
    EXPECT_EQ(before, count(table));
  }
  void takes(const std::string& table, const std::string& row) {
    const auto reply = update(table, {row});
    EXPECT_EQ(0, reply.code()) << table << " " << row << ": " << reply.error();
  }
  static void meet(pb::Conditions& where,
                   const std::vector<std::pair<std::string, std::string>>& conditions) {
    for (const auto& [field, value] : conditions) {
      auto& condition = *where.add_all();
      condition.set_field(field);
      condition.set_value(value);
    }
  }
  // The rows as lines of values, TAB between.
  std::vector<std::string> query(
      const std::string& table, const std::vector<std::string>& fields,
      const std::vector<std::pair<std::string, std::string>>& conditions = {},
      std::uint32_t rows_max = 0) {
    std::vector<std::string> lines;
    pb::Request request;
    auto& query = *request.mutable_query();
    query.set_table(table);
    for (const auto& field : fields)
      query.add_field(field);
    query.set_rows_max(rows_max);
    meet(*query.mutable_where(), conditions);
    do {
      const auto reply = ask(request);
      EXPECT_EQ(0, reply.code()) << reply.error();
      const auto& page = reply.page();
      if (rows_max != 0) {
        EXPECT_LE(page.rows(), rows_max);
      }
      for (int at = 0; at < page.value_size(); ++at) {
        if (at % page.field_size() == 0) {
          lines.push_back(page.value(at));
        } else {
          lines.back() += "\t" + page.value(at);
        }
      }
      query.set_after(page.next());
    } while (query.after() != 0);
    return lines;
  }
  std::uint64_t counted(const std::string& table,
                        const std::vector<std::pair<std::string, std::string>>& conditions) {
    pb::Request request;
    request.mutable_count()->set_table(table);
    meet(*request.mutable_count()->mutable_where(), conditions);
    const auto reply = ask(request);
    EXPECT_EQ(0, reply.code()) << reply.error();
    return reply.rows();
  }
};

using Lines = std::vector<std::string>;

TEST_F(BiometricRows, a_fingerprint_goes_out_as_it_came_in) {
  takes("templatev10", "Pin=1\tFingerID=6\tValid=1\tTemplate=" + base64);
  takes("templatev10", "Pin=1\tFingerID=22\tValid=1\tSize=40\tTemplate=" + base64);
  EXPECT_EQ((Lines{"1\t6\t1\t" + base64, "1\t22\t1\t" + base64}),
            query("templatev10", {"pin", "fingerid", "valid", "template"}));
  EXPECT_EQ((Lines{"40", "40"}), query("templatev10", {"size"})) << "counted where nobody said it";
}

TEST_F(BiometricRows, a_finger_of_duress_is_told_by_its_number_alone) {
  takes("templatev10", "Pin=1\tFingerID=6\tValid=3\tTemplate=" + base64);
  EXPECT_EQ((Lines{"22\t1"}), query("templatev10", {"FingerID", "Valid"}));
  EXPECT_EQ((Lines{"22"}), query("templatev10", {"FingerID"}, {{"FingerID", "6"}}))
      << "the server asks by the number that it gave";
}

TEST_F(BiometricRows, a_fingerprint_nobody_could_use_is_refused_with_its_own_code) {
  refuses_with(-26, "templatev10", "Pin=1\tFingerID=6\tValid=1\tTemplate=", "Template");
  refuses_with(-26, "templatev10", "Pin=1\tFingerID=6\tValid=1", "Template");
  refuses_with(-27, "templatev10", "Pin=9\tFingerID=6\tTemplate=" + base64, "Pin");
  refuses_with(-11, "templatev10", "Pin=1\tFingerID=10\tTemplate=" + base64, "FingerID");
  refuses_with(-11, "templatev10", "Pin=1\tFingerID=26\tTemplate=" + base64, "FingerID");
  refuses_with(-11, "templatev10", "Pin=1\tFingerID=06\tTemplate=" + base64, "leading zeros");
  refuses_with(-11, "templatev10", "Pin=1\tFingerID=6\tValid=2\tTemplate=" + base64, "Valid");
  refuses_with(-631, "templatev10", "Pin=1\tFingerID=6\tSize=41\tTemplate=" + base64, "Size");
  refuses_with(-631, "templatev10", "Pin=1\tFingerID=6\tTemplate=QUJDR", "groups of four");
  refuses_with(-620, "templatev10", "Pin=1\tFingerID=6\tTemplate=QU=DREVG", "base64");
  refuses_with(-620, "templatev10", "Pin=1\tFingerID=6\tTemplate=Q===", "base64");
  refuses_with(-620, "templatev10", "Pin=1\tFingerID=6\tTemplate=QU-_", "base64");
}

TEST_F(BiometricRows, one_bad_row_and_none_of_the_command_is_kept) {
  const auto reply =
      update("templatev10", {"Pin=1\tFingerID=0\tTemplate=QUJD", "Pin=1\tFingerID=1\tTemplate=QUJD",
                             "Pin=1\tFingerID=2\tTemplate="});
  EXPECT_EQ(-26, reply.code());
  EXPECT_EQ(0u, reply.error().find("Row 3: ")) << reply.error();
  EXPECT_EQ(0u, count("templatev10"));
}

TEST_F(BiometricRows, an_update_may_be_about_something_else_than_the_data) {
  takes("templatev10", "Pin=1\tFingerID=6\tValid=1\tTemplate=QUJD");
  takes("templatev10", "Pin=1\tFingerID=6\tValid=0");
  EXPECT_EQ((Lines{"0\tQUJD"}), query("templatev10", {"Valid", "Template"}));
  takes("biodata", "Pin=1\tNo=0\tIndex=0\tType=9\tTmp=QUJD");
  takes("biodata", "Pin=1\tNo=0\tIndex=0\tType=9\tValid=0");
  EXPECT_EQ((Lines{"0\tQUJD"}), query("biodata", {"Valid", "Tmp"}));
}

TEST_F(BiometricRows, every_type_of_appendix_18_is_kept_and_found_by_it) {
  for (unsigned type = 0; type <= 10; ++type) {
    const auto number = std::to_string(type);
    takes("biodata", "Pin=1\tNo=0\tIndex=0\tValid=1\tDuress=0\tType=" + number +
                         "\tMajorver=5\tMinorver=8\tFormat=0\tTmp=" + base64);
    takes("biophoto", "PIN=1\tType=" + number + "\tSize=4\tContent=QUJD");
    EXPECT_EQ(1u, counted("biodata", {{"Type", number}}));
    EXPECT_EQ(1u, counted("biophoto", {{"Type", number}}));
  }
  refuses_with(-11, "biodata", "Pin=1\tNo=0\tIndex=0\tType=11\tTmp=QUJD", "Type");
  refuses_with(-11, "biophoto", "PIN=1\tType=11\tContent=QUJD", "Type");
  refuses_with(-11, "biodata", "Pin=1\tNo=0\tIndex=0\tType=09\tTmp=QUJD", "leading zeros");
}

TEST_F(BiometricRows, queries_with_the_conditions_of_the_text) {
  ASSERT_EQ(0, update("biodata", {"Pin=1\tNo=6\tIndex=0\tType=1\tTmp=QUJD",
                                  "Pin=1\tNo=7\tIndex=0\tType=1\tTmp=QUJE",
                                  "Pin=2\tNo=6\tIndex=0\tType=1\tTmp=QUJF"})
                   .code());
  ASSERT_EQ(0, update("biodata", {"Pin=1\tNo=0\tIndex=0\tType=9\tTmp=QUJG"}).code());
  EXPECT_EQ((Lines{"QUJG"}), query("biodata", {"Tmp"}, {{"Type", "9"}, {"Pin", "1"}}));
  EXPECT_EQ((Lines{"QUJD"}), query("biodata", {"Tmp"}, {{"Type", "1"}, {"Pin", "1"}, {"No", "6"}}));
  EXPECT_EQ((Lines{}), query("biodata", {"Tmp"}, {{"Type", "1"}, {"Pin", "01"}}))
      << "01 is another person than 1";
  EXPECT_EQ((Lines{"QUJD", "QUJE", "QUJF"}), query("biodata", {"Tmp"}, {{"Type", "1"}}, 2))
      << "in pages";
  EXPECT_EQ(3u, counted("biodata", {{"Type", "1"}}));
  EXPECT_EQ(2u, counted("biodata", {{"Type", "1"}, {"Pin", "1"}}));
  EXPECT_EQ(0, erase("biodata", "Type", "1").code());
  EXPECT_EQ(1u, count("biodata"));
}

TEST_F(BiometricRows, templates_of_one_command_are_of_one_type) {
  const auto reply = update("biodata", {"Pin=1\tNo=0\tIndex=0\tType=9\tTmp=QUJD",
                                        "Pin=1\tNo=0\tIndex=0\tType=1\tTmp=QUJD"});
  EXPECT_EQ(-11, reply.code());
  EXPECT_EQ(0u, count("biodata"));
}

TEST_F(BiometricRows, the_numbers_of_fingers_eyes_and_hands_have_their_ranges) {
  for (const auto* fine : {"1 9", "7 9", "2 0", "9 0", "4 1", "8 1", "10 1", "3 255"}) {
    const std::string text = fine;
    const auto type = text.substr(0, text.find(' '));
    const auto highest = text.substr(text.find(' ') + 1);
    const auto row = "\tIndex=0\tTmp=QUJD\tType=" + type;
    takes("biodata", "Pin=1\tNo=" + highest + row);
    refuses_with(-11, "biodata", "Pin=1\tNo=" + std::to_string(std::stoi(highest) + 1) + row, "No");
  }
  refuses_with(-26, "biodata", "Pin=1\tNo=0\tIndex=0\tType=1\tTmp=", "Tmp");
  refuses_with(-11, "biodata", "Pin=1\tNo=0\tIndex=0\tType=9\tTmp=", "Tmp");
  refuses_with(-11, "biodata", "Pin=1\tType=9\tDuress=2\tTmp=QUJD", "Duress");
  refuses_with(-11, "biodata", "Pin=1\tType=1\tFormat=3\tTmp=QUJD", "Format");
  refuses_with(-11, "biodata", "Pin=1\tTmp=QUJD", "Type");
  refuses_with(-620, "biodata", "Pin=1\tType=9\tTmp=AAAAA......", "base64");
}

TEST_F(BiometricRows, what_a_server_leaves_out_of_the_number_is_0) {
  takes("biophoto", "PIN=1\tType=9\tContent=QUJD");
  takes("biophoto", "PIN=1\tType=9\tNo=\tIndex=0\tContent=QUJE");
  takes("biodata", "Pin=1\tType=9\tTmp=QUJD");
  EXPECT_EQ((Lines{"0\t0\tQUJE"}), query("biophoto", {"No", "Index", "Content"}));
  EXPECT_EQ((Lines{"0\t0"}), query("biodata", {"No", "Index"}, {{"No", "0"}}));
}

TEST_F(BiometricRows, there_is_room_for_so_many_of_each_type_and_it_is_told_when_it_is_full) {
  const auto& table = *storage::find_table("biophoto");
  const int columns[] = {table.field("PIN"), table.field("Type"), table.field("No"),
                         table.field("Index")};
  ASSERT_TRUE(store_->begin());
  for (std::size_t n = 0; n < limits::photos_of_type_max; ++n) {
    const auto pin = "p" + std::to_string(n);
    const std::string_view values[] = {pin, "9", "0", "0"};
    ASSERT_TRUE(store_->update(table, columns, values));
  }
  ASSERT_TRUE(store_->commit());
  std::vector<std::string> rows, others;
  for (unsigned pin = 1; pin <= 100; ++pin) {
    rows.push_back("PIN=" + std::to_string(pin) + "\tType=9\tContent=QUJD");
    others.push_back("PIN=" + std::to_string(pin) + "\tType=10\tContent=QUJD");
  }
  EXPECT_EQ(-18, update("biophoto", rows).code());
  EXPECT_EQ(limits::photos_of_type_max, count("biophoto"));
  EXPECT_EQ(0, update("biophoto", others).code()) << "each type has room of its own";
}

TEST_F(BiometricRows, photos_come_as_base64_or_by_url) {
  takes("biophoto", "PIN=1\tType=9\tNo=0\tIndex=0\tSize=4\tContent=QUJD\tFormat=0\tUrl=");
  takes("biophoto", "PIN=2\tType=9\tFormat=1\tUrl=upload/pers/2.jpg\tSize=9000");
  takes("userpic", "pin=1\tfilename=1.jpg\tsize=4\tcontent=QUJD");
  takes("userpic", "pin=2\tformat=1\turl=upload/pers/2.jpg\tcontent=QUJD\tsize=77");
  for (const std::string table : {"biophoto", "userpic"}) {
    const std::string key = "Pin=1\t" + std::string(table == "biophoto" ? "Type=9\t" : "");
    refuses_with(-618, table, key + "Format=1\tUrl=", "Url");
    refuses_with(-11, table, key + "Format=2\tContent=QUJD", "Format");
    refuses_with(-620, table, key + "Content=QUJ!", "base64");
    refuses_with(-631, table, key + "Content=QUJ", "groups of four");
    refuses_with(-631, table, key + "Size=5\tContent=QUJD", "Size");
    refuses_with(-631, table, key + "Size=0\tContent=", "empty");
    refuses_with(-11, table, key + "Size=x\tContent=QUJD", "Size");
    for (const std::string name : {"../1.jpg", "/etc/passwd", "a\\b.jpg", "..", "a\x01.jpg"})
      refuses_with(-632, table, key + "Content=QUJD\tFileName=" + name, "path");
  }
  EXPECT_EQ((Lines{"1.jpg\t4\tQUJD"}),
            query("userpic", {"filename", "size", "content"}, {{"pin", "1"}}));
}

TEST_F(BiometricRows, the_identity_card_of_the_text_is_kept_as_it_is) {
  takes("identitycard",
        "Pin=1\tSN_Num=26121292460088826975\tID_Num=210102199212182xxxx\tDN_Num=\tName=Zhang San\t"
        "Gender=1\tNation=1\tBirthday=19911218\tValidInfo=2013091220230912\t"
        "Address=xxxxx, Tangxia Town, Dongguan, Guangdong\tAdditionalInfo=\t"
        "Issuer=xxx Public Security Bureau\tPhoto=V0xmAH4AMgAA/apmyEd8\t"
        "PhotoJPG=Y0tKqWNPzyEd8Pn0EhRsgAAjeWPxiUzLaPU1w=\t"
        "FPTemplate1=QwGIEgELUQAAAAAAAAAAAAAAACgBmnIcAf///////0wZqfwuJK78PzJg/lw\t"
        "FPTemplate2=QwGIEgEQUAAAAAAAAAAAAAAAADIBmkbyAP///////3UYCPxXQs38qEVW/rpLovwyUBv8WV8\t"
        "Reserve=\tNotice=");
  EXPECT_EQ((Lines{"Zhang San\t2013091220230912\tY0tKqWNPzyEd8Pn0EhRsgAAjeWPxiUzLaPU1w="}),
            query("identitycard", {"Name", "Valid_Info", "PhotoJPG"}));
  EXPECT_EQ(1u, counted("identitycard", {{"ID_Num", "210102199212182xxxx"}}));
  takes("identitycard", "Pin=2\tValid_Info=20130912long-term");
  refuses_with(-11, "identitycard", "Pin=3\tBirthday=19911318", "Birthday");
  refuses_with(-11, "identitycard", "Pin=3\tValid_Info=2013091220231312", "Valid_Info");
  refuses_with(-620, "identitycard", "Pin=3\tPhoto=a b", "Photo");
  EXPECT_EQ(0, erase("identitycard", "Pin", "1").code());
  EXPECT_EQ(1u, count("identitycard"));
}

// 9.1.2: the server deletes what belongs to a user with commands of its own.
TEST_F(BiometricRows, a_deleted_user_leaves_templates_that_wait_for_their_own_command) {
  takes("templatev10", "Pin=1\tFingerID=6\tTemplate=QUJD");
  takes("templatev10", "Pin=1\tFingerID=7\tTemplate=QUJD");
  EXPECT_EQ(0, erase("user", "Pin", "1").code());
  EXPECT_EQ(2u, count("templatev10"));
  pb::Request request;
  request.mutable_delete_()->set_table("templatev10");
  meet(*request.mutable_delete_()->add_any(), {{"Pin", "1"}, {"FingerID", "6"}});
  EXPECT_EQ(0, ask(request).code());
  EXPECT_EQ(1u, count("templatev10"));
  EXPECT_EQ(0, erase("templatev10", "Pin", "1").code());
  EXPECT_EQ(0u, count("templatev10"));
}

TEST_F(BiometricRows, only_the_server_sees_what_a_body_could_be_known_by) {
  takes("biodata", "Pin=1\tType=9\tTmp=QUJD");
  pb::Request request;
  request.mutable_query()->set_table("biodata");
  request.mutable_query()->add_field("Pin");
  request.mutable_query()->add_field("Tmp");
  const auto outcome =
      gate_.execute(pb::ROLE_WEB, request.SerializeAsString(), utc_, *store_, *journal_);
  ASSERT_TRUE(outcome);
  ASSERT_EQ(2, outcome->reply.page().value_size());
  EXPECT_EQ("1", outcome->reply.page().value(0));
  EXPECT_EQ("", outcome->reply.page().value(1));
}

}  // namespace
}  // namespace lintel::test
