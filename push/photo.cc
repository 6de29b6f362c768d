#include "push/photo.h"

#include <utility>

#include "engine/base/log.h"
#include "engine/core/limits.h"
#include "push/base64.h"
#include "push/sealed_transport.h"
#include "push/text.h"

namespace lintel::push {
namespace {

using Execution = Executor::Execution;
using Outcome = Executor::Outcome;

Execution ended(std::int32_t code, const std::string& why) {
  log_info("push", "a photo is not taken, code " + std::to_string(code) + ": " + why);
  return {Outcome::done, code};
}

bool is_jpeg(std::string_view bytes) {
  return bytes.substr(0, 3) == "\xFF\xD8\xFF";
}

// Nothing: no such field.
std::optional<int> column(const pb::Rows& rows, std::string_view name) {
  for (int i = 0; i < rows.field_size(); ++i) {
    if (same_name(rows.field(i), name)) return i;
  }
  return std::nullopt;
}

// The column of that name, made where there is none.
int made_column(pb::Rows& rows, const char* name) {
  if (const auto found = column(rows, name)) return *found;
  const int before = rows.field_size();
  pb::Rows wider;
  *wider.mutable_field() = rows.field();
  wider.add_field(name);
  for (int i = 0; i < rows.value_size(); ++i) {
    wider.add_value(std::move(*rows.mutable_value(i)));
    if (i % before == before - 1) wider.add_value("");
  }
  rows = std::move(wider);
  return before;
}

std::int32_t code_of(const Error& error) {
  switch (error.code) {
    case Errc::unsupported:
      return code::packed_answer;
    case Errc::invalid:
    case Errc::full:
      return code::too_large;
    default:
      return code::not_downloaded;
  }
}

}  // namespace

bool has_photos(std::string_view table) {
  return same_name(table, "userpic") || same_name(table, "biophoto");
}

PhotoFetcher::PhotoFetcher(const TransportFactory& transports, const Messages& messages,
                           Session::View server)
    : transports_(transports), messages_(messages), server_(std::move(server)) {}

std::optional<Execution> PhotoFetcher::fetch_into(pb::Update& update) {
  if (!has_photos(update.table())) {
    return std::nullopt;
  }
  for (auto& rows : *update.mutable_rows()) {
    if (auto failed = fetch_into(rows)) return failed;
  }
  return std::nullopt;
}

std::optional<Execution> PhotoFetcher::fetch_into(pb::Rows& rows) {
  const auto url = column(rows, "Url");
  if (!url) return std::nullopt;
  const auto format = column(rows, "Format");
  const auto had_content = column(rows, "Content");
  const auto wanted = [&](int first) {
    const bool by_url =
        !format || rows.value(first + *format).empty() || rows.value(first + *format) == "1";
    return by_url && !rows.value(first + *url).empty() &&
           (!had_content || rows.value(first + *had_content).empty());
  };
  bool any = false;
  for (int first = 0; first < rows.value_size(); first += rows.field_size()) {
    any = any || wanted(first);
  }
  if (!any) return std::nullopt;
  const int content = made_column(rows, "Content");
  const int size = made_column(rows, "Size");
  for (int first = 0; first < rows.value_size(); first += rows.field_size()) {
    if (!wanted(first)) continue;
    std::string photo;
    if (auto failed = fetch(rows.value(first + *url), photo)) return failed;
    rows.set_value(first + size, std::to_string(photo.size()));
    rows.set_value(first + content, std::move(photo));
    rows.set_value(first + *url, "");
    if (format) rows.set_value(first + *format, "0");
  }
  return std::nullopt;
}

std::optional<Execution> PhotoFetcher::fetch(const std::string& address, std::string& photo) {
  const auto url = parse_url(address);
  const auto source = url ? source_of(*url, server_.address) : std::nullopt;
  if (!source) return ended(code::bad_url, "its address is none on the server's own host");
  const auto request = source->is_server ? messages_.file(source->target, server_.parameters)
                                         : messages_.file_of_stranger(source->target);
  std::string bytes;
  const auto reply = transport_to(source->address)
                         .fetch(request, server_.parameters.timeout,
                                [&](const HttpReply&, std::string_view piece) {
                                  if (bytes.size() + piece.size() > limits::photo_bytes_max) {
                                    return false;
                                  }
                                  bytes += piece;
                                  return true;
                                });
  if (!reply) {
    const auto& error = reply.error();
    if (error.code == Errc::io || error.code == Errc::timeout)
      return Execution{Outcome::server_away};
    return ended(code_of(error), error.text);
  }
  if (reply->status == 404 || reply->status == 410) return ended(code::no_such_file, "no file");
  if (reply->status / 100 != 2) return ended(code::http_error, glimpse(*reply));
  if (reply->status != 200) return ended(code::not_downloaded, glimpse(*reply));
  if (!is_jpeg(bytes)) return ended(code::bad_data, "it is no JPEG");
  photo = base64(bytes);
  bytes_ += photo.size();
  if (bytes_ > limits::command_bytes_max)
    return ended(code::too_large, "more than 4 MiB a command");
  return std::nullopt;
}

Transport& PhotoFetcher::transport_to(const ServerAddress& address) {
  auto& line = lines_[address.url()];
  if (!line) line = push::transport_to(address, server_, transports_);
  return *line;
}

}  // namespace lintel::push
