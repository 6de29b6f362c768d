// What a command could not do although it was taken: the entry goes up, and stays to be asked for.

#include "engine/core/limits.h"
#include "tests/daemon/rows_fixture.h"

namespace lintel::test {
namespace {

class ErrorLog : public Rows {
 protected:
  pb::Reply photo(const std::string& command, const std::vector<std::string>& rows) {
    auto request = update_of("biophoto", rows);
    request.mutable_update()->mutable_command()->set_id(command);
    request.mutable_update()->mutable_command()->set_digest(std::string(32, command.back()));
    return ask(request);
  }
  std::vector<pb::Upload> uploads(std::size_t most = 1'000) {
    std::vector<pb::Upload> all;
    pb::Request request;
    request.mutable_pull_uploads()->set_most(1'000);
    for (;;) {
      const auto reply = ask(request);
      const auto& more = reply.uploads().upload();
      all.insert(all.end(), more.begin(), more.end());
      if (more.empty() || all.size() >= most) return all;
      request.mutable_pull_uploads()->set_after(all.back().number());
    }
  }
  static std::string value_of(const pb::Upload& upload, const std::string& field) {
    for (int i = 0; i < upload.field_size(); ++i) {
      if (upload.field(i) == field) return upload.value(i);
    }
    return "(no such field)";
  }
  // Photos of so many people, and their templates back.
  static std::vector<std::string> photos(unsigned people) {
    std::vector<std::string> rows;
    for (unsigned pin = 1; pin <= people; ++pin)
      rows.push_back("PIN=" + std::to_string(pin) + "\tType=9\tContent=QUJD\tPostBackTmpFlag=1");
    return rows;
  }
  std::uint64_t counted(const std::string& field, const std::string& value) {
    pb::Request request;
    request.mutable_count()->set_table("errorlog");
    auto& condition = *request.mutable_count()->mutable_where()->add_all();
    condition.set_field(field);
    condition.set_value(value);
    return ask(request).rows();
  }
};

TEST_F(ErrorLog, says_that_no_template_was_made_of_a_photo_which_is_kept_all_the_same) {
  EXPECT_EQ(0, photo("731", {"PIN=7\tType=9\tNo=0\tIndex=0\tSize=4\tContent=QUJD\tFormat=0\tUrl=\t"
                             "PostBackTmpFlag=1"})
                   .code());
  EXPECT_TRUE(effects_.uploads) << "push is to hear of it";
  EXPECT_EQ(1u, count("biophoto"));
  const auto waiting = uploads();
  ASSERT_EQ(1u, waiting.size());
  EXPECT_EQ("errorlog", waiting[0].table());
  EXPECT_EQ("D01E0006", value_of(waiting[0], "errcode"));
  EXPECT_EQ("cmd", value_of(waiting[0], "dataorigin"));
  EXPECT_EQ("731", value_of(waiting[0], "cmdid"));
  // {"pin":"7","type":9,"no":0,"index":0}
  EXPECT_EQ("eyJwaW4iOiI3IiwidHlwZSI6OSwibm8iOjAsImluZGV4IjowfQ==",
            value_of(waiting[0], "additional"));
  EXPECT_NE("", value_of(waiting[0], "errmsg"));
  EXPECT_EQ(1u, count("errorlog"));
}

TEST_F(ErrorLog, has_nothing_to_say_of_photos_whose_template_nobody_wanted) {
  EXPECT_EQ(0, photo("1", {"PIN=7\tType=9\tContent=QUJD"}).code());
  EXPECT_EQ(0, photo("2", {"PIN=7\tType=9\tContent=QUJD\tPostBackTmpFlag=0"}).code());
  EXPECT_EQ(-11, photo("3", {"PIN=7\tType=9\tContent=QUJD\tPostBackTmpFlag=2"}).code());
  EXPECT_EQ(-631, photo("4", {"PIN=7\tType=9\tContent=QUJ\tPostBackTmpFlag=1"}).code());
  EXPECT_EQ(0u, count("errorlog"));
  EXPECT_TRUE(uploads().empty());
}

TEST_F(ErrorLog, has_an_entry_for_each_photo_of_the_command_and_none_when_it_is_handed_out_again) {
  const std::vector<std::string> rows = {"PIN=7\tType=9\tContent=QUJD\tPostBackTmpFlag=1",
                                         "PIN=\"8\\\tType=9\tContent=QUJD\tPostBackTmpFlag=1"};
  EXPECT_EQ(0, photo("5", rows).code());
  EXPECT_EQ(0, photo("5", rows).code());
  EXPECT_EQ(2u, uploads().size());
  EXPECT_EQ(2u, counted("cmdid", "5"));
  // {"pin":"\"8\\","type":9,"no":0,"index":0}
  EXPECT_EQ("eyJwaW4iOiJcIjhcXCIsInR5cGUiOjksIm5vIjowLCJpbmRleCI6MH0=",
            value_of(uploads()[1], "additional"));
}

TEST_F(ErrorLog, keeps_the_newest_and_can_be_asked_and_cleared_but_not_written) {
  ASSERT_EQ(0, photo("early", photos(3)).code());
  ASSERT_EQ(0, photo("late", photos(limits::error_log_max - 2)).code());
  EXPECT_EQ(limits::error_log_max, count("errorlog"));
  EXPECT_EQ(2u, counted("cmdid", "early"));
  EXPECT_EQ(limits::error_log_max + 1, uploads(5'000).size()) << "each goes up";
  EXPECT_EQ(-708, update("errorlog", {"errcode=1"}).code());
  EXPECT_EQ(0, erase("errorlog", "cmdid", "early").code());
  EXPECT_EQ(0u, counted("cmdid", "early"));
  EXPECT_EQ(0, erase("errorlog").code());
  EXPECT_EQ(0u, count("errorlog"));
}

TEST_F(ErrorLog, a_photo_whose_entry_finds_no_place_to_wait_is_not_taken) {
  ASSERT_TRUE(store_->begin());
  for (std::size_t n = 0; n < limits::uploads_max; ++n)
    ASSERT_TRUE(store_->add_upload("user", "x"));
  ASSERT_TRUE(store_->commit());
  EXPECT_EQ(-18, photo("6", photos(1)).code()) << "so that the server hands it out again";
  EXPECT_EQ(0u, count("biophoto"));
  EXPECT_EQ(0u, count("errorlog"));
  EXPECT_EQ(0, photo("7", {"PIN=7\tType=9\tContent=QUJD"}).code());
}

TEST_F(ErrorLog, what_arose_here_is_nobodys_command) {
  ASSERT_EQ(0, update("biophoto", photos(1)).code());
  EXPECT_EQ(1u, counted("dataorigin", "dev"));
}

}  // namespace
}  // namespace lintel::test
