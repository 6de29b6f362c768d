#include "push/account.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/limits.h"
#include "push/base64.h"
#include "push/limits.h"
#include "push/packets.h"
#include "push/record_archive.h"
#include "push/text.h"

namespace lintel::push {
namespace {

using Delivery = Executor::Delivery;
using Execution = Executor::Execution;
using Outcome = Executor::Outcome;

constexpr std::array<std::string_view, 8> fields = {
    "cardno", "pin", "verified", "doorid", "eventtype", "inoutstate", "time_second", "index"};

// The upload form of 9.2.2: names and values parted by TAB, LF behind each record.
std::string record_line(const pb::Page& page, int first) {
  std::string line;
  for (int i = 0; i < static_cast<int>(fields.size()); ++i) {
    if (i > 0) line += '\t';
    line +=
        std::string(fields[static_cast<std::size_t>(i)]) + "=" + one_line(page.value(first + i));
  }
  return line + "\n";
}

Execution with_code(std::int32_t code) {
  return {Outcome::done, code};
}

class Accounting {
 public:
  Accounting(const std::string& id, const Account& account, const AccountWays& ways)
      : id_(id), account_(account), ways_(ways), through_(account.through) {}

  Execution run() {
    for (unsigned tries = 0; tries < limits::account_tries_max; ++tries) {
      if (const auto ended = plan()) return *ended;
      const auto ended = account_.in_querydata ? send_whole() : send_files();
      if (ended) return *ended;
    }
    return with_code(code::unreadable);
  }

 private:
  struct File {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
  };
  using Line = std::function<bool(std::string_view line)>;  // false: enough

  // Nothing: all lines were shown, or `line` said enough.
  std::optional<Execution> each_line(const Line& line);
  // How many files of which size. Fixes where the second pass ends: records that come in between
  // are left for the next ACCOUNT.
  std::optional<Execution> plan();

  // Nothing: the records are not those that were counted.
  std::optional<Execution> send_whole();
  std::optional<Execution> send_files();
  std::optional<Execution> deliver(Parcel parcel);

  const std::string& id_;
  const Account& account_;
  const AccountWays& ways_;
  std::uint64_t through_;
  std::uint64_t last_index_ = 0;  // of the lines shown
  std::uint64_t records_ = 0;
  std::vector<File> files_;
};

std::optional<Execution> Accounting::each_line(const Line& line) {
  pb::Query query;
  query.set_table("transaction");
  for (const auto field : fields) {
    query.add_field(std::string(field));
  }
  query.set_after(account_.after);
  query.set_through(through_);
  query.set_start_time(account_.start_time);
  query.set_end_time(account_.end_time);
  constexpr int columns = static_cast<int>(fields.size());
  return ways_.pages(std::move(query), [&](const pb::Page& page) {
    for (int first = 0; first + columns <= page.value_size(); first += columns) {
      const auto index = whole_number(page.value(first + columns - 1)).value_or(0);
      last_index_ = index;
      if (!line(record_line(page, first))) return false;
    }
    return true;
  });
}

std::optional<Execution> Accounting::plan() {
  files_.clear();
  records_ = last_index_ = 0;
  const auto most = account_.in_querydata ? std::numeric_limits<std::uint64_t>::max()
                                          : limits::records_per_account_file;
  auto ended = each_line([&](std::string_view line) {
    if (files_.empty() || files_.back().records == most) files_.emplace_back();
    ++files_.back().records;
    files_.back().bytes += line.size();
    ++records_;
    return true;
  });
  if (!ended && records_ > 0) through_ = last_index_;
  return ended;
}

// Nothing: it is there.
std::optional<Execution> Accounting::deliver(Parcel parcel) {
  switch (ways_.deliver(std::move(parcel))) {
    case Delivery::taken:
      return std::nullopt;
    case Delivery::refused:
      return with_code(code::data_not_taken);
    case Delivery::http_error:
      return with_code(code::http_error);
    default:
      return Execution{Outcome::server_away};
  }
}

std::optional<Execution> Accounting::send_whole() {
  std::string text;  // base64
  std::uint64_t packed = 0;
  bool fits = true;
  Base64Encoder encoder;
  bool as_counted = true;
  if (records_ > 0) {
    RecordArchive archive(files_.front().bytes, [&](std::string_view bytes) {
      packed += bytes.size();
      fits = packed <= limits::account_bytes_max;
      if (fits) encoder.add(bytes, text);
      return fits;
    });
    if (auto ended = each_line([&](auto line) { return archive.add(line); })) return ended;
    as_counted = archive.finish();
    encoder.finish(text);
  }
  if (!fits) return with_code(code::no_room);
  if (!as_counted) return std::nullopt;
  std::string head =
      "name=transaction.tgz\nsize=" + std::to_string(packed) + "\ndatacode=base64\ndatatype=tgz";
  head += '\0';
  text.insert(0, head);
  QueryPacket packet{
      .type = "tabledata", .id = id_, .table = "transaction", .count = records_, .body = {}};
  packet.body = std::move(text);
  packet.compressed = true;
  if (auto ended = deliver(std::move(packet))) return ended;
  Execution done = with_code(code_of_rows(records_));
  done.words = "ACCOUNT&transaction&StartTime=&EndTime=&RecordSum=" + std::to_string(records_);
  return done;
}

std::optional<Execution> Accounting::send_files() {
  AccountOverview overview{.id = id_, .records = records_, .files = files_.size()};
  if (auto ended = deliver(std::move(overview))) return ended;
  std::string body;
  std::unique_ptr<RecordArchive> archive;
  std::size_t at = 0;
  std::uint64_t records = 0;  // in this file
  std::optional<Execution> failed;
  const auto add = [&](std::string_view line) {
    if (at == files_.size()) return false;
    if (!archive) {
      archive = std::make_unique<RecordArchive>(files_[at].bytes, [&body](std::string_view bytes) {
        body += bytes;
        return true;
      });
    }
    if (!archive->add(line)) return false;
    if (++records < files_[at].records) return true;
    if (!archive->finish()) return false;
    archive.reset();
    ++at;
    failed = deliver(AccountFile{.id = id_,
                                 .index = at,
                                 .records = std::exchange(records, 0),
                                 .body = std::exchange(body, {})});
    return !failed;
  };
  if (auto ended = each_line(add)) return ended;
  if (failed) return failed;
  if (at < files_.size()) return std::nullopt;
  return with_code(code_of_rows(records_));
}

}  // namespace

Execution send_account(const std::string& id, const Account& account, const AccountWays& ways) {
  return Accounting(id, account, ways).run();
}

}  // namespace lintel::push
