// Photos that a command names by address (9.1.1): from the server's own host, or not at all.
#include "push/base64.h"
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Fault;
using fake::Kind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

std::string jpeg(std::size_t bytes = 1000) {
  std::string photo(bytes, 'x');
  return photo.replace(0, 4, "\xFF\xD8\xFF\xE0");
}

std::string header(const HttpRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

class Photos : public World {
 protected:
  void SetUp() override {
    go_online();
    EXPECT_EQ(do_command("DATA UPDATE user Pin=1\nPin=2"), 0);
  }
  int update(const std::string& rows, const std::string& table = "userpic") {
    return do_command("DATA UPDATE " + table + " " + rows);
  }
  std::vector<std::string> query(const std::string& what) {
    const auto id = server_.queue("DATA QUERY " + what);
    EXPECT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 60s));
    return server_.rows(id);
  }
};

TEST_F(Photos, are_fetched_and_kept_as_if_they_had_been_brought) {
  server_.serve("/photo/1.jpg", jpeg());
  EXPECT_EQ(update("pin=1\tsize=0\tformat=1\turl=/photo/1.jpg\tcontent="), 0);
  const auto content = base64(jpeg());
  const auto rows = query("tablename=userpic,fielddesc=*,filter=*");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_THAT(rows[0], HasSubstr("content=" + content));
  EXPECT_THAT(rows[0], HasSubstr("size=" + std::to_string(content.size())));
  EXPECT_THAT(header(requests_of(Kind::file).back().request, "Cookie"), HasSubstr("token="));
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Photos, for_comparison_are_fetched_where_there_is_no_column_for_them) {
  server_.serve("/photo/1.jpg", jpeg());
  server_.serve("/photo/2.jpg", jpeg(2000));
  EXPECT_EQ(update("PIN=1\tType=9\tNo=0\tIndex=0\tFormat=1\tUrl=/photo/1.jpg\n"
                   "PIN=2\tType=9\tNo=0\tIndex=0\tFormat=1\tUrl=http://192.0.2.1:8088/photo/2.jpg",
                   "biophoto"),
            0);
  const auto rows = query("tablename=biophoto,fielddesc=PIN,Content,filter=*");
  EXPECT_THAT(rows, ElementsAre("biophoto pin=1\tcontent=" + base64(jpeg()),
                                "biophoto pin=2\tcontent=" + base64(jpeg(2000))));
}

TEST_F(Photos, on_another_port_of_the_server_are_asked_for_without_our_cookie) {
  server_.serve("/photo/1.jpg", jpeg());
  EXPECT_EQ(update("pin=1\tformat=1\turl=http://192.0.2.1:9999/photo/1.jpg"), 0);
  EXPECT_EQ(header(requests_of(Kind::file).back().request, "Cookie"), "");
  EXPECT_THAT(connected_to_, Contains(ServerAddress{false, "192.0.2.1", 9999}));
}

TEST_F(Photos, of_anybody_else_are_refused_and_nobody_is_asked) {
  const auto before = connected_to_.size();
  for (const char* url : {"http://198.51.100.7/1.jpg", "//198.51.100.7/1.jpg", "ftp://192.0.2.1/1",
                          "http://192.0.2.1@198.51.100.7/1.jpg", "http://u:p@192.0.2.1:8088/1.jpg",
                          "file:///etc/passwd", "http://192.0.2.1.example/1.jpg"}) {
    EXPECT_EQ(update(std::string("pin=1\tformat=1\turl=") + url), -618) << url;
  }
  EXPECT_EQ(connected_to_.size(), before);
  EXPECT_EQ(server_.count(Kind::file), 0u);
  EXPECT_EQ(do_command("DATA COUNT userpic"), 0);
}

TEST_F(Photos, that_cannot_be_had_refuse_the_whole_command) {
  server_.serve("/1.jpg", jpeg());
  server_.serve("/page.jpg", "<html>sign in</html>");
  server_.serve("/large.jpg", jpeg((1u << 20) + 1));
  const std::string good = "pin=1\tformat=1\turl=/1.jpg\n";
  EXPECT_EQ(update(good + "pin=2\tformat=1\turl=/2.jpg"), -17);
  EXPECT_EQ(update(good + "pin=2\tformat=1\turl=/page.jpg"), -620);
  EXPECT_EQ(update(good + "pin=2\tformat=1\turl=/large.jpg"), -106);
  server_.inject({.what = Fault::What::say,
                  .target_has = "/1.jpg",
                  .reply = {302, {{"Location", "http://198.51.100.7/1.jpg"}}, ""}});
  EXPECT_EQ(update(good), -726);
  server_.inject(
      {.what = Fault::What::say, .target_has = "/1.jpg", .reply = fake::status_reply(204)});
  EXPECT_EQ(update(good), -721) << "no error, and no file either";
  server_.inject({.what = Fault::What::say,
                  .target_has = "/1.jpg",
                  .reply = {200, {{"Content-Encoding", "gzip"}}, "\x1f\x8b"}});
  EXPECT_EQ(update(good), -4);
  EXPECT_EQ(do_command("DATA COUNT userpic"), 0);
}

TEST_F(Photos, are_at_most_4_MiB_a_command) {
  server_.serve("/1.jpg", jpeg(1u << 20));
  std::string rows;
  for (int i = 0; i < 4; ++i) {
    rows += "pin=1\tformat=1\turl=/1.jpg\n";
  }
  EXPECT_EQ(update(rows), -106);
}

TEST_F(Photos, wait_for_a_server_that_breaks_off) {
  server_.serve("/1.jpg", jpeg());
  server_.inject({.what = Fault::What::close, .target_has = "/1.jpg", .times = 2});
  EXPECT_EQ(update("pin=1\tformat=1\turl=/1.jpg"), 0);
  server_.inject({.what = Fault::What::close, .target_has = "/1.jpg", .times = 3});
  EXPECT_EQ(update("pin=2\tformat=1\turl=/1.jpg"), -730);
}

TEST_F(Photos, that_were_brought_are_not_fetched) {
  EXPECT_EQ(update("pin=1\tsize=8\tformat=0\turl=/1.jpg\tcontent=/9j/4AAQ"), 0);
  EXPECT_EQ(server_.count(Kind::file), 0u);
}

}  // namespace
}  // namespace lintel::push
