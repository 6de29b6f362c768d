// The fake server's files: those that a device may fetch, whole or by Range, and the compressed
// records that it brings in answer to ACCOUNT.
//
// Not thread-safe: the fake server guards it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "push/transport.h"

namespace lintel::fake {

// What came for one ACCOUNT.
struct Accounted {
  std::uint64_t announced_records = 0;
  std::uint64_t announced_files = 0;
  std::uint64_t overviews = 0;
  struct File {
    std::uint64_t records = 0;
    std::string bytes;  // transaction.tgz
  };
  std::vector<File> files;
  std::string whole;  // the body of the one that comes by querydata
};

class FileDesk {
 public:
  using Query = std::map<std::string, std::string>;

  // Serves these bytes under the path, or under a url that ends with it.
  //   plain    as they are; Range is heeded
  //   whole    as they are, whatever is asked for
  //   base64   encoded, for GET /iclock/file of method 1
  enum class Style { plain, whole, base64 };
  void put(std::string path, std::string bytes, Style style = Style::plain);
  // A path that somebody may fetch.
  [[nodiscard]] bool has(std::string_view path) const { return find(path) != nullptr; }

  // GET of a path, or of /iclock/file?url=..
  [[nodiscard]] push::HttpReply serve(const push::HttpRequest& request, const Query& query) const;

  // POST cdata?desc=overview and POST file. What a strict server objects to goes to complaints.
  push::HttpReply take_overview(const push::HttpRequest& request, const Query& query);
  push::HttpReply take_records(const push::HttpRequest& request, const Query& query);
  push::HttpReply take_whole(const push::HttpRequest& request, const Query& query);

  [[nodiscard]] Accounted accounted(const std::string& id) const;
  std::vector<std::string> take_complaints() { return std::exchange(complaints_, {}); }

 private:
  struct File {
    std::string bytes;
    Style style = Style::plain;
  };
  [[nodiscard]] const File* find(std::string_view path) const;

  std::map<std::string, File> files_;
  std::map<std::string, Accounted> accounted_;
  std::vector<std::string> complaints_;
};

}  // namespace lintel::fake
