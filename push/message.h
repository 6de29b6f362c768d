// Requests as they go out, and what a reply says at first sight. Headers, their order and the
// order of the parameters are those of the text's examples: some servers read by position.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "push/parameters.h"
#include "push/transport.h"

namespace lintel::push {

// The token is an identifier, not a proof of anything: lower-case MD5 of code, serial and session.
std::string token(std::string_view registry_code, std::string_view serial,
                  std::string_view session_id);

// One packet of the answer to a command, as POST querydata names it.
struct QueryPacket {
  std::string type;   // "tabledata", "count", "options", "vmtable"
  std::string id;     // of the command
  std::string table;  // "user"
  std::uint64_t count = 0;
  std::uint64_t packets = 1;
  std::uint64_t index = 1;  // from 1
  std::string body;
  bool compressed = false;  // ACCOUNT's one file: `datafmt` and `Stamp` instead of packets
};

// The answer to ACCOUNT in files (9.2.2): an overview, then each file.
struct AccountOverview {
  std::string id;
  std::uint64_t records = 0;
  std::uint64_t files = 0;
};
struct AccountFile {
  std::string id;
  std::uint64_t index = 1;  // from 1
  std::uint64_t records = 0;
  std::string body;  // transaction.tgz
};

// What goes to the server because a command asked for it, before the command's result.
using Parcel = std::variant<QueryPacket, AccountOverview, AccountFile>;

// Rows that go up unasked (7.5 to 7.12, 9.4, 9.6.1), in the form of one POST.
struct UploadPost {
  enum class Way { tabledata, testdata, enrolled } way = Way::tabledata;
  std::string table;       // "user"; what the server's OK names
  std::uint64_t rows = 1;  // count
  std::string body;
};

class Messages {
 public:
  explicit Messages(std::string serial) : serial_(std::move(serial)) {}

  // Without a cookie: nobody knows us yet.
  [[nodiscard]] HttpRequest connect() const;
  [[nodiscard]] HttpRequest registry(std::string body) const;
  // `what`: "publickey" or "factors". With a cookie only where we are known already.
  [[nodiscard]] HttpRequest exchange(const Parameters& who, std::string_view what,
                                     std::string body) const;
  // `timestamp` as "2026-11-22-14-05-09"; it stands in the token instead of the session id.
  [[nodiscard]] HttpRequest configuration(const Parameters& who, std::string_view timestamp) const;

  [[nodiscard]] HttpRequest ping(const Parameters& who) const;
  [[nodiscard]] HttpRequest options(const Parameters& who, std::string body) const;
  [[nodiscard]] HttpRequest time(const Parameters& who) const;
  [[nodiscard]] HttpRequest commands(const Parameters& who) const;
  [[nodiscard]] HttpRequest results(const Parameters& who, std::string body) const;
  [[nodiscard]] HttpRequest query_data(const Parameters& who, QueryPacket packet) const;
  [[nodiscard]] HttpRequest parcel(const Parameters& who, Parcel parcel) const;
  [[nodiscard]] HttpRequest upload(const Parameters& who, UploadPost post) const;
  [[nodiscard]] HttpRequest events(const Parameters& who, std::string body) const;
  [[nodiscard]] HttpRequest states(const Parameters& who, std::string body) const;

  // ---- files (9.1.1, 9.4.1)
  // Firmware through the server: `url` as the parameter of that name carries it.
  [[nodiscard]] HttpRequest firmware(const Parameters& who, std::string_view url) const;
  // A path on the server itself; and on another port of its host, which our cookie is no business
  // of.
  [[nodiscard]] HttpRequest file(std::string target, const Parameters& who) const;
  [[nodiscard]] HttpRequest file_of_stranger(std::string target) const;

 private:
  [[nodiscard]] std::string cookie(const Parameters& who) const;
  [[nodiscard]] std::string target(std::string_view service, std::string_view more = {}) const;

  std::string serial_;
};

// What a reply to something we gave to the server says.
//   taken              the server has it. `count`: of how many records it says so, if it says
//   unknown_to_server  it does not know us (any more): start over with GET cdata
//   refused            everything else: an HTML page, 404, 500, 200 with the body 404, random bytes
struct Verdict {
  enum class Kind { taken, unknown_to_server, refused } kind = Kind::refused;
  std::optional<std::uint64_t> count;
};
// A reply that counts must name `table` ("OK:3" counts always); empty: any name will do.
Verdict verdict(const HttpReply& reply, std::string_view table = {});

// 401, 403 and 406, as status or as the body of a 200.
bool asks_to_register(const HttpReply& reply);

// "OK" or nothing at all: there is nothing to do.
bool is_idle_answer(std::string_view body);

// What came instead of an answer, in words for a technician; never its contents.
std::string glimpse(const HttpReply& reply);

}  // namespace lintel::push
