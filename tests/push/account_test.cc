// ACCOUNT: the records of the journal as compressed files (chapter 9.2).
#include "push/account.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>

#include "push/base64.h"
#include "push/record_archive.h"
#include "tests/fake_server/event_book.h"
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Fault;
using fake::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace std::chrono_literals;

// The one file of a tgz, by the library's own reader.
std::string unpacked(const std::string& tgz) {
  archive* in = archive_read_new();
  archive_read_support_filter_gzip(in);
  archive_read_support_format_tar(in);
  std::string text;
  archive_entry* entry = nullptr;
  EXPECT_EQ(archive_read_open_memory(in, tgz.data(), tgz.size()), ARCHIVE_OK);
  EXPECT_EQ(archive_read_next_header(in, &entry), ARCHIVE_OK);
  EXPECT_STREQ(archive_entry_pathname(entry), "transaction.txt");
  EXPECT_EQ(archive_entry_mtime(entry), 0);
  EXPECT_STREQ(archive_entry_uname(entry), "");
  char buffer[8192];
  for (la_ssize_t got = 0; (got = archive_read_data(in, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  EXPECT_EQ(archive_read_next_header(in, &entry), ARCHIVE_EOF);
  archive_read_free(in);
  return text;
}

std::string decoded(std::string_view text) {
  std::string bytes;
  Base64Decoder decoder;
  EXPECT_TRUE(decoder.add(text, bytes) && decoder.complete());
  return bytes;
}

class Accounts : public World {
 protected:
  void SetUp() override {
    go_online();
    make_events(20);
    run(5s);
  }
  // All records of the journal, by their indexes.
  std::uint64_t last_index() { return box_->events().back().index(); }
  std::vector<std::string> lines_of_file(const std::string& id, std::size_t file = 0) {
    const auto files = server_.accounted(id).files;
    return file < files.size() ? fake::lines_of(unpacked(files[file].bytes))
                               : std::vector<std::string>();
  }
  std::string account(const std::string& how) {
    const auto id = server_.queue("ACCOUNT transaction " + how);
    EXPECT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 60s));
    return id;
  }
};

TEST_F(Accounts, come_as_an_overview_and_a_file) {
  const auto id = account("MaxIndex=0");
  const auto count = box_->events().size();
  const auto account = server_.accounted(id);
  EXPECT_EQ(account.announced_records, count);
  EXPECT_EQ(account.announced_files, 1u);
  ASSERT_THAT(account.files, SizeIs(1));
  EXPECT_EQ(account.files[0].records, count);
  const auto lines = lines_of_file(id);
  ASSERT_THAT(lines, SizeIs(count));
  EXPECT_THAT(lines.front(), HasSubstr("\tindex=1"));
  EXPECT_THAT(lines.back(), StartsWith("cardno="));
  EXPECT_THAT(lines.back(), HasSubstr("\tverified="));
  EXPECT_EQ(server_.code(id), static_cast<int>(count));
  EXPECT_EQ(server_.results(id).front().command, "ACCOUNT");
  EXPECT_EQ(requests_of(Kind::overview).back().request.target,
            "/iclock/cdata?SN=3383154200002&cmdid=" + id + "&desc=overview");
  EXPECT_EQ(requests_of(Kind::records).back().request.target,
            "/iclock/file?SN=3383154200002&cmdid=" + id +
                "&fileseq=1&contenttype=tgz&table=transaction&count=" + std::to_string(count));
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Accounts, come_in_base64_where_the_server_wants_one_file) {
  const auto id = account("ContentType=tgz MaxIndex=5");
  const auto count = last_index() - 5;
  const auto body = server_.accounted(id).whole;
  const auto nul = body.find('\0');
  ASSERT_NE(nul, std::string::npos);
  const auto tgz = decoded(body.substr(nul + 1));
  EXPECT_EQ(body.substr(0, nul), "name=transaction.tgz\nsize=" + std::to_string(tgz.size()) +
                                     "\ndatacode=base64\ndatatype=tgz");
  EXPECT_THAT(fake::lines_of(unpacked(tgz)), SizeIs(count));
  const auto number = std::to_string(count);
  EXPECT_EQ(requests_of(Kind::querydata).back().request.target,
            "/iclock/querydata?SN=3383154200002&type=tabledata&cmdid=" + id +
                "&tablename=transaction&count=" + number + "&datafmt=3&Stamp=9999");
  EXPECT_THAT(requests_of(Kind::devicecmd).back().request.body,
              HasSubstr("&Return=" + number +
                        "&CMD=ACCOUNT&transaction&StartTime=&EndTime=&RecordSum=" + number));
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Accounts, of_some_indexes_hold_these_and_no_others) {
  const auto id = account("StartIndex=3\tEndIndex=7");
  EXPECT_EQ(server_.code(id), 5);
  const auto lines = lines_of_file(id);
  ASSERT_THAT(lines, SizeIs(5));
  EXPECT_THAT(lines.front(), HasSubstr("\tindex=3"));
  EXPECT_THAT(lines.back(), HasSubstr("\tindex=7"));
}

TEST_F(Accounts, of_some_times_hold_these_and_no_others) {
  const auto middle = box_->events().at(10).time();
  run(10s);
  make_events(3);
  const auto late = box_->events().back().time();
  EXPECT_EQ(server_.code(account("StartTime=" + late + "\tEndTime=2099-01-01 00:00:00")), 3);
  EXPECT_EQ(server_.code(account("StartTime=2099-01-01 00:00:00\tEndTime=2099-01-02 00:00:00")), 0);
  EXPECT_GE(*server_.code(account("StartTime=" + middle + "\tEndTime=" + middle)), 1);
  EXPECT_EQ(server_.code(account("StartTime=99-99\tEndTime=0")), -11);
}

TEST_F(Accounts, of_nothing_say_so) {
  const auto id = account("MaxIndex=100000");
  EXPECT_EQ(server_.code(id), 0);
  const auto account_ = server_.accounted(id);
  EXPECT_EQ(account_.overviews, 1u);
  EXPECT_EQ(account_.announced_files, 0u);
  EXPECT_THAT(account_.files, IsEmpty());
  const auto whole = account("ContentType=tgz MaxIndex=100000");
  EXPECT_EQ(server_.code(whole), 0);
  EXPECT_THAT(server_.accounted(whole).whole, HasSubstr("size=0\n"));
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Accounts, begin_anew_when_the_network_breaks_in_between) {
  server_.inject({.what = Fault::What::drop_answer, .target_has = "/iclock/file"});
  const auto id = account("MaxIndex=0");
  EXPECT_EQ(server_.code(id), static_cast<int>(last_index()));
  EXPECT_EQ(server_.accounted(id).overviews, 2u);
  EXPECT_THAT(server_.accounted(id).files, SizeIs(1));
}

TEST_F(Accounts, that_are_not_taken_end_with_the_code_of_what_the_server_said) {
  for (const char* target : {"desc=overview", "/iclock/file"}) {
    server_.inject({.what = Fault::What::say, .target_has = target, .reply = fake::html_page(500)});
    EXPECT_EQ(server_.code(account("MaxIndex=0")), -726) << target;
    server_.inject({.what = Fault::What::say, .target_has = target, .reply = fake::html_page()});
    EXPECT_EQ(server_.code(account("MaxIndex=0")), -722) << target;
  }
  server_.inject({.what = Fault::What::say, .target_has = "querydata", .reply = fake::html_page()});
  EXPECT_EQ(server_.code(account("ContentType=tgz MaxIndex=0")), -722);
}

// ---- without an engine: pages as they come

class ManyRecords : public ::testing::Test {
 protected:
  AccountWays ways() {
    return {[this](pb::Query query, const auto& show) { return pages(query, show); },
            [this](Parcel parcel) { return deliver(std::move(parcel)); }};
  }
  std::optional<Executor::Execution> pages(pb::Query query,
                                           const std::function<bool(const pb::Page&)>& show) {
    EXPECT_EQ(query.table(), "transaction");
    ++passes_;
    const auto last =
        query.through() == 0 ? count_ : std::min<std::uint64_t>(count_, query.through());
    for (std::uint64_t index = query.after() + 1; index <= last;) {
      pb::Page page;
      *page.mutable_field() = query.field();
      for (unsigned rows = 0; rows < 1000 && index <= last; ++rows, ++index) {
        if (vanished_ && passes_ > 1 && index < 10) continue;
        for (const char* value : {"1234567", "42", "4", "1", "0", "0", "853741863"}) {
          page.add_value(value);
        }
        page.add_value(std::to_string(index));
        ++rows_shown_;
      }
      if (!show(page)) return std::nullopt;
    }
    return std::nullopt;
  }
  Executor::Delivery deliver(Parcel parcel) {
    if (const auto* overview = std::get_if<AccountOverview>(&parcel)) {
      announced_ = overview->files;
      return Executor::Delivery::taken;
    }
    const auto* file = std::get_if<AccountFile>(&parcel);
    const std::string& body = file ? file->body : std::get<QueryPacket>(parcel).body;
    largest_ = std::max(largest_, body.capacity());
    if (file) {
      const auto text = unpacked(body);
      text_bytes_ += text.size();
      records_.push_back(static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')));
    }
    return Executor::Delivery::taken;
  }

  std::uint64_t count_ = 100'000;
  bool vanished_ = false;
  unsigned passes_ = 0;
  std::uint64_t rows_shown_ = 0, announced_ = 0;
  std::size_t largest_ = 0, text_bytes_ = 0;
  std::vector<std::uint64_t> records_;
};

TEST_F(ManyRecords, are_never_held_all_at_once) {
  count_ = 120'000;
  const auto done = send_account("1", Account{}, ways());
  EXPECT_EQ(done.code, 120'000);
  EXPECT_THAT(records_, ElementsAre(50'000, 50'000, 20'000));
  EXPECT_EQ(announced_, 3u);
  EXPECT_EQ(rows_shown_, 240'000u);  // counted, then compressed: two passes
  // What is held is one page and one compressed file, a small part of the text.
  EXPECT_GT(text_bytes_, 9'000'000u);
  EXPECT_LT(largest_, 1'000'000u);
}

TEST_F(ManyRecords, in_one_file_are_held_compressed) {
  Account account;
  account.in_querydata = true;
  const auto done = send_account("1", account, ways());
  EXPECT_EQ(done.code, 100'000);
  EXPECT_LT(largest_, 2'000'000u);
}

TEST_F(ManyRecords, end_where_they_are_told_to) {
  Account account;
  account.after = 10;
  account.through = 12;
  EXPECT_EQ(send_account("1", account, ways()).code, 2);
  EXPECT_THAT(records_, ElementsAre(2));
}

TEST_F(ManyRecords, that_vanish_between_the_passes_make_it_begin_again) {
  count_ = 100;
  vanished_ = true;  // from the second pass on
  EXPECT_EQ(send_account("1", Account{}, ways()).code, 91);
  EXPECT_THAT(records_, ElementsAre(91));
  EXPECT_EQ(passes_, 4u);
}

// ---- the archive itself

std::string archive_of(const std::string& text) {
  std::string bytes;
  RecordArchive archive(text.size(), [&](std::string_view more) {
    bytes += more;
    return true;
  });
  EXPECT_TRUE(archive.add(text));
  EXPECT_TRUE(archive.finish());
  return bytes;
}

TEST(AnArchive, is_the_same_for_the_same_records) {
  const auto first = archive_of("cardno=1\tindex=1\n");
  EXPECT_EQ(archive_of("cardno=1\tindex=1\n"), first);
  EXPECT_EQ(unpacked(first), "cardno=1\tindex=1\n");
  EXPECT_EQ(first.substr(4, 4), std::string(4, '\0'));  // gzip's time
}

TEST(AnArchive, holds_what_was_announced_and_nothing_else) {
  const auto sink = [](std::string_view) { return true; };
  RecordArchive small(3, sink);
  EXPECT_FALSE(small.add("four"));
  EXPECT_FALSE(small.finish());
  RecordArchive large(5, sink);
  EXPECT_TRUE(large.add("four"));
  EXPECT_FALSE(large.finish());
}

TEST(AnArchive, ends_when_its_sink_is_full) {
  RecordArchive archive(1 << 20, [](std::string_view) { return false; });
  bool taken = true;
  std::uint32_t noise = 1;
  for (int i = 0; taken && i < (1 << 10); ++i) {
    std::string line(1024, '\0');
    for (char& c : line) {
      noise = noise * 1664525 + 1013904223;
      c = static_cast<char>(noise >> 24);
    }
    taken = archive.add(line);
  }
  EXPECT_FALSE(taken && archive.finish());
}

}  // namespace
}  // namespace lintel::push
