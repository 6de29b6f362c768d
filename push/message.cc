#include "push/message.h"

#include <algorithm>

#include "push/digest.h"
#include "push/text.h"

namespace lintel::push {
namespace {

HttpRequest request(const char* method, std::string target, const std::string& cookie) {
  HttpRequest request;
  request.method = method;
  request.target = std::move(target);
  if (!cookie.empty()) request.headers.emplace_back("Cookie", cookie);
  request.headers.emplace_back("User-Agent", "iClock Proxy/1.09");
  request.headers.emplace_back("Connection", "Keep-Alive");
  request.headers.emplace_back("Accept", "application/push");
  request.headers.emplace_back("Accept-Charset", "UTF-8");
  request.headers.emplace_back("Accept-Language", "zh-CN");
  return request;
}

HttpRequest get(std::string target, const std::string& cookie) {
  return request("GET", std::move(target), cookie);
}

HttpRequest post(std::string target, const std::string& cookie, std::string body) {
  auto result = request("POST", std::move(target), cookie);
  result.headers.emplace_back("Content-Type", "application/push;charset=UTF-8");
  result.headers.emplace_back("Content-Language", "zh-CN");
  result.body = std::move(body);
  return result;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

std::string token(std::string_view registry_code, std::string_view serial,
                  std::string_view session_id) {
  return hex_lower(md5(std::string(registry_code) + std::string(serial) + std::string(session_id)));
}

std::string Messages::cookie(const Parameters& who) const {
  return "token=" + token(who.registry_code, serial_, who.session_id);
}

std::string Messages::target(std::string_view service, std::string_view more) const {
  return "/iclock/" + std::string(service) + "?SN=" + serial_ + std::string(more);
}

HttpRequest Messages::connect() const {
  return get(target("cdata", "&pushver=" + text_of(our_version) + "&options=all&DeviceType=acc"),
             {});
}

HttpRequest Messages::registry(std::string body) const {
  return post(target("registry"), {}, std::move(body));
}

HttpRequest Messages::exchange(const Parameters& who, std::string_view what,
                               std::string body) const {
  return post(target("exchange", "&type=" + std::string(what)),
              who.registry_code.empty() ? "" : cookie(who), std::move(body));
}

HttpRequest Messages::configuration(const Parameters& who, std::string_view timestamp) const {
  return post(target("push"),
              "token=" + token(who.registry_code, serial_, timestamp) +
                  ",timestamp=" + std::string(timestamp),
              {});
}

HttpRequest Messages::ping(const Parameters& who) const {
  return get(target("ping"), cookie(who));
}

HttpRequest Messages::options(const Parameters& who, std::string body) const {
  return post(target("cdata", "&table=options"), cookie(who), std::move(body));
}

HttpRequest Messages::time(const Parameters& who) const {
  return get(target("rtdata", "&type=time"), cookie(who));
}

HttpRequest Messages::commands(const Parameters& who) const {
  return get(target("getrequest"), cookie(who));
}

HttpRequest Messages::results(const Parameters& who, std::string body) const {
  return post(target("devicecmd"), cookie(who), std::move(body));
}

HttpRequest Messages::query_data(const Parameters& who, QueryPacket packet) const {
  std::string what = "&type=" + packet.type + "&cmdid=" + packet.id + "&tablename=" + packet.table +
                     "&count=" + std::to_string(packet.count);
  if (packet.compressed) {
    what += "&datafmt=3&Stamp=9999";
  } else {
    what +=
        "&packcnt=" + std::to_string(packet.packets) + "&packidx=" + std::to_string(packet.index);
  }
  return post(target("querydata", what), cookie(who), std::move(packet.body));
}

HttpRequest Messages::parcel(const Parameters& who, Parcel parcel) const {
  if (auto* packet = std::get_if<QueryPacket>(&parcel)) return query_data(who, std::move(*packet));
  if (const auto* overview = std::get_if<AccountOverview>(&parcel)) {
    return post(target("cdata", "&cmdid=" + overview->id + "&desc=overview"), cookie(who),
                "SumCount=" + std::to_string(overview->records) +
                    "\nFileName=transaction.tgz\nContentType=tgz\nFileCount=" +
                    std::to_string(overview->files));
  }
  auto& file = std::get<AccountFile>(parcel);
  const std::string what =
      "&cmdid=" + file.id + "&fileseq=" + std::to_string(file.index) +
      "&contenttype=tgz&table=transaction&count=" + std::to_string(file.records);
  return post(target("file", what), cookie(who), std::move(file.body));
}

HttpRequest Messages::firmware(const Parameters& who, std::string_view url) const {
  return get(target("file", "&url=" + std::string(url)), cookie(who));
}

HttpRequest Messages::file(std::string target, const Parameters& who) const {
  return get(std::move(target), cookie(who));
}

HttpRequest Messages::file_of_stranger(std::string target) const {
  return get(std::move(target), {});
}

HttpRequest Messages::upload(const Parameters& who, UploadPost upload) const {
  std::string what;
  switch (upload.way) {
    case UploadPost::Way::tabledata:
      what = "&table=tabledata&tablename=" + upload.table + "&count=" + std::to_string(upload.rows);
      break;
    case UploadPost::Way::testdata:
      what = "&table=testdata";
      break;
    case UploadPost::Way::enrolled:
      what = "&type=EnrollInfoData";
      break;
  }
  return post(target("cdata", what), cookie(who), std::move(upload.body));
}

HttpRequest Messages::events(const Parameters& who, std::string body) const {
  return post(target("cdata", "&table=rtlog"), cookie(who), std::move(body));
}

HttpRequest Messages::states(const Parameters& who, std::string body) const {
  return post(target("cdata", "&table=rtstate"), cookie(who), std::move(body));
}

bool asks_to_register(const HttpReply& reply) {
  const auto means_it = [](int code) { return code == 401 || code == 403 || code == 406; };
  if (means_it(reply.status)) return true;
  const auto body = trimmed(reply.body);
  return reply.status == 200 && body.size() == 3 &&
         means_it(static_cast<int>(whole_number(body).value_or(0)));
}

Verdict verdict(const HttpReply& reply, std::string_view table) {
  if (asks_to_register(reply)) return {Verdict::Kind::unknown_to_server, {}};
  if (reply.status < 200 || reply.status > 299) return {};
  std::string_view rest = trimmed(reply.body);
  const auto line = trimmed(take_until(rest, '\n'));
  if (same_name(line, "OK")) return {Verdict::Kind::taken, {}};
  // "OK:3", "OK: 3", "user=3", "rtlog: 3"
  const auto sign = line.find_first_of(":=");
  if (sign == std::string_view::npos) return {};
  const auto name = trimmed(line.substr(0, sign));
  const auto count = whole_number(trimmed(line.substr(sign + 1)));
  const bool named =
      same_name(name, "OK") || (table.empty() ? is_name(name) : same_name(name, table));
  if (!named || !count) return {};
  return {Verdict::Kind::taken, count};
}

bool is_idle_answer(std::string_view body) {
  return body.empty() || same_name(body, "OK");
}

std::string glimpse(const HttpReply& reply) {
  const std::string status = "the server answers with status " + std::to_string(reply.status);
  const auto body = trimmed(reply.body);
  if (body.empty()) return status + " and no text";
  if (body.front() == '<') return status + " and a web page";
  if (body.size() == 3 && whole_number(body)) return status + " and the text " + std::string(body);
  return status + " and " + std::to_string(body.size()) + " bytes that are no answer";
}

}  // namespace lintel::push
