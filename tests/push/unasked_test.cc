// What goes up unasked: its forms (7.5 to 7.12, 9.4, 9.6.1), and that the engine is told only what
// the server has.
#include "push/unasked.h"

#include "tests/push/world.h"
#include "tests/push/wrapped_engine.h"

namespace lintel::push {
namespace {

using fake::Fault;
using fake::Kind;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class Uploads : public World {
 protected:
  Uploads() {
    wrap_link_ = [this](std::unique_ptr<api::Link> link) {
      return std::make_unique<KeepingLink>(std::move(link), keeping_);
    };
    restart_push();
  }
  void add_user(const std::string& pin) {
    keeping_.add("user", {{"Pin", pin}, {"CardNo", "77"}, {"uid", pin}, {"Name", "Ada\tBo"}});
  }
  std::vector<std::string> targets() {
    std::vector<std::string> targets;
    for (const auto& seen : requests_of(Kind::tabledata)) {
      targets.push_back(seen.request.target);
    }
    return targets;
  }
  Keeping keeping_;
};

TEST_F(Uploads, of_people_go_in_the_form_of_the_text) {
  add_user("4");
  go_online();
  run(2s);
  EXPECT_THAT(targets(), ElementsAre("/iclock/cdata?SN=3383154200002&table=tabledata"
                                     "&tablename=user&count=1"));
  EXPECT_THAT(server_.tabledata("user"),
              ElementsAre("user uid=4\tcardno=77\tpin=4\tpassword=\tgroup=\tstarttime=\tendtime=\t"
                          "name=Ada Bo\tprivilege=\tdisable=\tverify="));
  EXPECT_THAT(keeping_.uploads, IsEmpty());
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Uploads, go_when_the_engine_says_that_there_are_some) {
  go_online();
  run(5s);
  add_user("1");
  run(1s);
  EXPECT_THAT(server_.tabledata("user"), SizeIs(1));
  EXPECT_EQ(keeping_.confirmed, 1u);
}

TEST_F(Uploads, of_one_table_go_together_and_keep_their_order) {
  for (const auto* pin : {"1", "2", "3"}) {
    add_user(pin);
  }
  keeping_.add("errorlog", {{"errcode", "D01E0001"}, {"dataorigin", "dev"}});
  add_user("4");
  go_online();
  run(2s);
  EXPECT_THAT(targets(), ElementsAre(HasSubstr("tablename=user&count=3"),
                                     HasSubstr("tablename=errorlog&count=1"),
                                     HasSubstr("tablename=user&count=1")));
  EXPECT_THAT(server_.tabledata("errorlog"),
              ElementsAre("errorlog errcode=D01E0001\terrmsg=\tdataorigin=dev\tcmdid=\t"
                          "additional="));
  EXPECT_EQ(keeping_.confirmed, 5u);
}

TEST_F(Uploads, fill_packets_and_not_more) {
  for (int i = 0; i < 5; ++i) {
    keeping_.add("userpic", {{"Pin", "1"}, {"Content", std::string(900'000, 'A')}});
  }
  go_online();
  run(2s);
  EXPECT_THAT(targets(),
              ElementsAre(HasSubstr("count=2"), HasSubstr("count=2"), HasSubstr("count=1")));
  for (const auto& seen : requests_of(Kind::tabledata)) {
    EXPECT_LE(seen.request.body.size(), 2'048'000u);
  }
  EXPECT_THAT(server_.tabledata("userpic"),
              Each(::testing::StartsWith("userpic pin=1\tfilename=\tsize=900000\tcontent=AAA")));
}

TEST_F(Uploads, of_frames_and_enrolled_cards_have_ways_of_their_own) {
  keeping_.add("testdata", {{"type", "wg"}, {"bitscount", "26"}, {"bits", "1010"}});
  keeping_.add("EnrollInfoData", {{"TYPE", "0"}, {"PIN", "9"}, {"TMP", "77"}});
  go_online();
  run(2s);
  ASSERT_THAT(requests_of(Kind::testdata), SizeIs(1));
  EXPECT_EQ(requests_of(Kind::testdata)[0].request.target,
            "/iclock/cdata?SN=3383154200002&table=testdata");
  EXPECT_EQ(requests_of(Kind::testdata)[0].request.body,
            "type=wg\tbitscount=26\tbits=1010\tsn=3383154200002");
  ASSERT_THAT(requests_of(Kind::enrolled), SizeIs(1));
  EXPECT_EQ(requests_of(Kind::enrolled)[0].request.target,
            "/iclock/cdata?SN=3383154200002&type=EnrollInfoData");
  EXPECT_EQ(requests_of(Kind::enrolled)[0].request.body, "TYPE=0\tPIN=9\tTMP=77");
  EXPECT_THAT(keeping_.uploads, IsEmpty());
}

TEST_F(Uploads, go_before_the_result_that_speaks_of_them_and_before_new_commands) {
  keeping_.add("EnrollInfoData", {{"TYPE", "0"}, {"PIN", "9"}, {"TMP", "77"}});
  keeping_.add_result("7", 0, "ENROLL_INFO");
  go_online();
  run(2s);
  const auto order = kinds();
  const auto at = [&](Kind kind) {
    return std::find(order.begin(), order.end(), kind) - order.begin();
  };
  EXPECT_LT(at(Kind::enrolled), at(Kind::devicecmd));
  EXPECT_LT(at(Kind::devicecmd), at(Kind::getrequest));
}

// ---- what the server says

class OkForms : public Uploads, public ::testing::WithParamInterface<const char*> {};

TEST_P(OkForms, are_taken) {
  server_.inject({.what = Fault::What::say,
                  .target_has = "tabledata",
                  .times = 0,
                  .reply = fake::text_reply(GetParam())});
  add_user("1");
  go_online();
  run(2s);
  EXPECT_EQ(server_.count(Kind::tabledata), 1u);
  EXPECT_EQ(keeping_.confirmed, 1u);
}
INSTANTIATE_TEST_SUITE_P(Forms, OkForms,
                         ::testing::Values("OK", "user=1", "User: 1", "user:1\r\n", "OK:1"));

TEST_F(Uploads, that_are_taken_in_part_go_on_one_by_one) {
  server_.inject({.what = Fault::What::say,
                  .target_has = "tablename=user&count=3",
                  .reply = fake::text_reply("user=1")});
  for (const auto* pin : {"1", "2", "3"}) {
    add_user(pin);
  }
  go_online();
  run(3s);
  EXPECT_THAT(targets(),
              ElementsAre(HasSubstr("count=3"), HasSubstr("count=1"), HasSubstr("count=1")));
  EXPECT_EQ(keeping_.confirmed, 3u);
}

TEST_F(Uploads, that_are_refused_five_times_are_given_up_and_hold_nobody_up) {
  server_.inject({.what = Fault::What::say,
                  .target_has = "tablename=userpic",
                  .times = 0,
                  .reply = fake::status_reply(500)});
  keeping_.add("userpic", {{"Pin", "1"}, {"Content", "AAAA"}});
  add_user("2");
  go_online();
  run(10s);
  EXPECT_EQ(keeping_.confirmed, 0u);
  run(10s);
  EXPECT_EQ(keeping_.confirmed, 2u);
  EXPECT_EQ(server_.count(Kind::tabledata), 6u);
  EXPECT_THAT(server_.tabledata("user"), SizeIs(1));
}

TEST_F(Uploads, that_get_no_answer_go_again) {
  server_.inject({.what = Fault::What::drop_answer, .target_has = "tabledata"});
  add_user("1");
  run(60s);
  EXPECT_EQ(server_.count(Kind::tabledata), 2u);
  EXPECT_EQ(keeping_.confirmed, 1u);
}

TEST_F(Uploads, are_not_sent_twice_when_the_confirmation_is_lost) {
  for (const bool done : {true, false}) {
    keeping_.lose_next_confirmation = done;
    keeping_.fail_next_confirmation = !done;
    add_user("1");
    run(30s);
    EXPECT_THAT(keeping_.uploads, IsEmpty());
  }
  EXPECT_EQ(server_.count(Kind::tabledata), 2u);
}

// ---- whom what is told

TEST_F(Uploads, of_the_error_log_are_for_servers_of_3_1_2) {
  server_.change([](fake::Settings& s) { s.configure("PushProtVer", "3.1.1"); });
  keeping_.add("errorlog", {{"errcode", "D01E0001"}});
  add_user("1");
  go_online();
  run(2s);
  EXPECT_THAT(targets(), ElementsAre(HasSubstr("tablename=user")));
  EXPECT_EQ(keeping_.confirmed, 2u);
}

TEST_F(Uploads, of_people_are_for_servers_that_want_them) {
  server_.change([](fake::Settings& s) { s.configure("TransTables", "Transaction"); });
  add_user("1");
  keeping_.add("EnrollInfoData", {{"TYPE", "0"}, {"PIN", "9"}, {"TMP", "77"}});
  make_events(1);
  go_online();
  run(2s);
  EXPECT_THAT(targets(), IsEmpty());
  EXPECT_EQ(server_.count(Kind::enrolled), 1u) << "what was ordered is told in any case";
  EXPECT_EQ(keeping_.confirmed, 2u) << "whoever wants people asks by QUERY";
  EXPECT_THAT(server_.events(), Not(IsEmpty()));
}

TEST_F(Uploads, of_events_are_for_servers_that_want_them) {
  server_.change([](fake::Settings& s) { s.configure("TransTables", "User"); });
  add_user("1");
  make_events(3);
  go_online();
  run(60s);
  EXPECT_THAT(server_.events(), IsEmpty());
  EXPECT_EQ(server_.count(Kind::tabledata), 1u);
  EXPECT_GT(do_command("DATA QUERY tablename=transaction,fielddesc=*,filter=NewRecord"), 2);
  server_.change([](fake::Settings& s) { s.configure("TransTables", std::nullopt); });
  restart_push();
  go_online();
  run(10s);
  EXPECT_THAT(server_.missing_events(), IsEmpty()) << "they have waited in the journal";
  EXPECT_THAT(server_.events(), Not(IsEmpty()));
}

// ---- templates and photos: what both sides can do

std::string line_of(const std::string& table,
                    const std::vector<std::pair<std::string, std::string>>& row,
                    const std::string& ours, const std::string& theirs) {
  Keeping keeping;
  keeping.add(table, row);
  UploadTerms terms{"3383154200002", {}, {}};
  terms.server.take(ConfigBlock(theirs));
  const BioSupport us{parse_bio_types(ours), parse_bio_types(ours), false, false};
  terms.bio = agree(us, terms.server.bio);
  const auto line = upload_line(keeping.uploads.begin()->second, terms);
  return line ? line->text : "nothing";
}

const std::string all = "1:1:1:1:1:1:1:1:1:1:1";
const std::vector<std::pair<std::string, std::string>> old_finger = {
    {"Pin", "4"}, {"FingerID", "7"}, {"Valid", "3"}, {"Template", "QUJD"}};
const std::vector<std::pair<std::string, std::string>> new_finger = {
    {"Pin", "4"},  {"No", "7"},        {"Index", "0"},    {"Valid", "1"},  {"Duress", "1"},
    {"Type", "1"}, {"MajorVer", "10"}, {"MinorVer", "0"}, {"Format", "0"}, {"Tmp", "QUJD"}};

TEST(AFingerprint, goes_unified_where_both_sides_do_it_so) {
  const std::string unified =
      "biodata pin=4\tno=7\tindex=0\tvalid=1\tduress=1\ttype=1\tmajorver=10\tminorver=0\t"
      "format=0\ttmp=QUJD";
  EXPECT_EQ(line_of("biodata", new_finger, all, "MultiBioDataSupport=0: 1: 0"), unified);
  EXPECT_EQ(line_of("templatev10", old_finger, all, "MultiBioDataSupport=0:1"), unified);
}

TEST(AFingerprint, goes_in_the_old_form_elsewhere_a_duress_finger_by_its_number) {
  const std::string old =
      "templatev10 size=4\tuid=\tpin=4\tfingerid=23\tvalid=1\ttemplate=QUJD\tresverd=\tendtag=";
  EXPECT_EQ(line_of("templatev10", old_finger, all, ""), old);
  EXPECT_EQ(line_of("biodata", new_finger, all, ""), old);
  EXPECT_EQ(line_of("biodata", new_finger, "0:0:1", "MultiBioDataSupport=" + all), old);
}

TEST(ATemplateOfAnotherKind, goes_only_where_both_sides_agree) {
  auto face = new_finger;
  face[5].second = "9";
  const auto goes = HasSubstr("type=9");
  EXPECT_THAT(line_of("biodata", face, all, "MultiBioDataSupport=0:0:0:0:0:0:0:0:0:1:0"), goes);
  EXPECT_EQ(line_of("biodata", face, "0:1:0:0:0:0:0:0:0:0:0", "MultiBioDataSupport=" + all),
            "nothing");
  EXPECT_EQ(line_of("biodata", face, all, "MultiBioDataSupport=0:1:0"), "nothing");
  EXPECT_THAT(line_of("biodata", face, all, "BioDataFun=1"), goes) << "an older server";
  EXPECT_EQ(line_of("biodata", face, all, "BioDataFun=0"), "nothing");
  face[5].second = "11";
  EXPECT_EQ(line_of("biodata", face, all, "MultiBioDataSupport=" + all), "nothing");
  face[5].second = "x";
  EXPECT_EQ(line_of("biodata", face, all, "MultiBioDataSupport=" + all), "nothing");
}

TEST(AComparisonPhoto, goes_only_where_both_sides_agree) {
  std::vector<std::pair<std::string, std::string>> photo = {
      {"PIN", "123"}, {"FileName", "123.jpg"}, {"Type", "9"}, {"No", "0"}, {"Content", "AAAA"}};
  const std::string line = "biophoto pin=123\tfilename=123.jpg\ttype=9\tsize=4\tcontent=AAAA";
  EXPECT_EQ(line_of("biophoto", photo, all, "MultiBioPhotoSupport=" + all), line);
  EXPECT_EQ(line_of("biophoto", photo, all, "BioPhotoFun=1"), line);
  EXPECT_EQ(line_of("biophoto", photo, all, "MultiBioDataSupport=" + all), "nothing");
  photo[3].second = "1";
  EXPECT_EQ(line_of("biophoto", photo, all, "BioPhotoFun=1"), line + "\tno=1");
}

TEST(ARow, of_a_snapshot_has_no_word_in_front) {
  EXPECT_EQ(line_of("attphoto",
                    {{"Pin", "20181003143617-22.jpg"}, {"Size", "3"}, {"Photo", "QUJD"}}, all, ""),
            "pin=20181003143617-22.jpg\tsn=3383154200002\tsize=3\tphoto=QUJD");
}

TEST(ARow, of_an_identity_card_has_the_names_of_the_text) {
  EXPECT_EQ(line_of("IdentityCard", {{"Pin", "1"}, {"SNNum", "26"}, {"Name", "Ada"}}, all, ""),
            "identitycard pin=1\tSN_Num=26\tID_Num=\tDN_Num=\tName=Ada\tGender=\tNation=\t"
            "Birthday=\tValid_Info=\tAddress=\tAdditional_Info=\tIssuer=\tPhoto=\tPhotoJPG=\t"
            "FP_Template1=\tFP_Template2=\tReserve=\tNotice=");
}

TEST(ARow, of_a_table_that_the_text_does_not_show_is_written_like_the_others) {
  EXPECT_EQ(line_of("mulcarduser", {{"Pin", "1"}, {"CardNo", "4D"}}, all, ""),
            "mulcarduser pin=1\tcardno=4D");
  EXPECT_EQ(line_of("user", {}, all, ""), "nothing") << "the engine could not read it";
}

TEST(PlacesOfTypes, are_eleven_with_blanks_allowed) {
  EXPECT_EQ(parse_bio_types("0: 1: 1: 0: 0: 0: 0: 0: 0: 0: 1")->to_string(), "10000000110");
  EXPECT_EQ(parse_bio_types("0:10:0:7")->to_string(), "00000001010") << "versions count as yes";
  EXPECT_EQ(parse_bio_types("1:1:1:1:1:1:1:1:1:1:1:1:1")->count(), 11u);
  EXPECT_EQ(parse_bio_types(""), std::nullopt);
  EXPECT_EQ(parse_bio_types("0:one"), std::nullopt);
  EXPECT_EQ(parse_bio_types("0::1"), std::nullopt);
}

}  // namespace
}  // namespace lintel::push
