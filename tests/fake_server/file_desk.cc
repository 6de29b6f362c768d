#include "tests/fake_server/file_desk.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "tests/fake_server/event_book.h"
#include "tests/fake_server/fake_server.h"

namespace lintel::fake {
namespace {

std::uint64_t number_of(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string value_of(const FileDesk::Query& query, const std::string& name) {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

std::string encoded(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

push::HttpReply bytes_reply(std::string bytes, int status = 200) {
  return {status, {{"Content-Type", "application/octet-stream"}}, std::move(bytes)};
}

// "bytes=100-199" or "bytes=100-"; nothing: the whole is wanted.
std::optional<std::pair<std::uint64_t, std::uint64_t>> range_of(const push::HttpRequest& request,
                                                                std::uint64_t size) {
  for (const auto& [name, value] : request.headers) {
    if (name != "Range" || value.compare(0, 6, "bytes=") != 0) continue;
    const auto dash = value.find('-');
    const auto first = number_of(std::string_view(value).substr(6, dash - 6));
    const auto last =
        dash + 1 < value.size() ? number_of(std::string_view(value).substr(dash + 1)) : size - 1;
    return std::pair(first, std::min(last, size - 1));
  }
  return std::nullopt;
}

}  // namespace

void FileDesk::put(std::string path, std::string bytes, Style style) {
  files_[std::move(path)] = {std::move(bytes), style};
}

const FileDesk::File* FileDesk::find(std::string_view path) const {
  for (const auto& [name, file] : files_) {
    if (path.size() >= name.size() && path.substr(path.size() - name.size()) == name) return &file;
  }
  return nullptr;
}

push::HttpReply FileDesk::serve(const push::HttpRequest& request, const Query& query) const {
  const auto url = query.find("url");
  const auto* file = find(url == query.end() ? request.target : url->second);
  if (file == nullptr) return html_page(404);
  if (file->style == Style::base64) return text_reply(encoded(file->bytes));
  const auto range = range_of(request, file->bytes.size());
  if (file->style == Style::whole || !range) return bytes_reply(file->bytes);
  const auto [first, last] = *range;
  if (first >= file->bytes.size()) return status_reply(416);
  auto reply = bytes_reply(file->bytes.substr(first, last - first + 1), 206);
  reply.headers.emplace_back("Content-Range", "bytes " + std::to_string(first) + "-" +
                                                  std::to_string(last) + "/" +
                                                  std::to_string(file->bytes.size()));
  return reply;
}

push::HttpReply FileDesk::take_overview(const push::HttpRequest& request, const Query& query) {
  Accounted account;
  const auto lines = lines_of(request.body);
  const auto value = [&](std::size_t at, std::string_view name) {
    const std::string start = std::string(name) + "=";
    if (at >= lines.size() || lines[at].compare(0, start.size(), start) != 0) {
      complaints_.push_back("an overview has no " + std::string(name) + " in its place");
      return std::string();
    }
    return lines[at].substr(start.size());
  };
  account.announced_records = number_of(value(0, "SumCount"));
  if (value(1, "FileName") != "transaction.tgz") complaints_.emplace_back("another FileName");
  if (value(2, "ContentType") != "tgz") complaints_.emplace_back("another ContentType");
  account.announced_files = number_of(value(3, "FileCount"));
  auto& before = accounted_[value_of(query, "cmdid")];
  account.overviews = before.overviews + 1;
  before = std::move(account);
  return text_reply("OK");
}

push::HttpReply FileDesk::take_records(const push::HttpRequest& request, const Query& query) {
  auto& account = accounted_[value_of(query, "cmdid")];
  if (account.overviews == 0) complaints_.emplace_back("a file of records before its overview");
  if (number_of(value_of(query, "fileseq")) != account.files.size() + 1)
    complaints_.push_back("a file of records out of order: " + request.target);
  if (value_of(query, "contenttype") != "tgz" || value_of(query, "table") != "transaction")
    complaints_.push_back("a file of no records: " + request.target);
  account.files.push_back({number_of(value_of(query, "count")), request.body});
  return text_reply("OK");
}

push::HttpReply FileDesk::take_whole(const push::HttpRequest& request, const Query& query) {
  if (value_of(query, "datafmt") != "3" || value_of(query, "Stamp") != "9999")
    complaints_.push_back("datafmt and Stamp are 3 and 9999: " + request.target);
  auto& account = accounted_[value_of(query, "cmdid")];
  account.announced_records = number_of(value_of(query, "count"));
  account.whole = request.body;
  return text_reply("transaction=" + value_of(query, "count"));
}

Accounted FileDesk::accounted(const std::string& id) const {
  const auto found = accounted_.find(id);
  return found == accounted_.end() ? Accounted{} : found->second;
}

}  // namespace lintel::fake
