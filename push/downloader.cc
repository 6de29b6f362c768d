#include "push/downloader.h"

#include <algorithm>
#include <utility>

#include "engine/base/log.h"
#include "push/base64.h"
#include "push/command.h"
#include "push/limits.h"
#include "push/sealed_transport.h"
#include "push/text.h"
#include "push/url.h"

namespace lintel::push {
namespace {

using std::chrono::minutes;

struct ContentRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> total;
};

// "bytes 0-1048575/2312000", or with * for a length that the server does not know.
std::optional<ContentRange> parse_content_range(std::string_view text) {
  text = trimmed(text);
  if (!same_name(take_word(text), "bytes")) return std::nullopt;
  const auto first = whole_number(trimmed(take_until(text, '-')));
  const auto last = whole_number(trimmed(take_until(text, '/')));
  text = trimmed(text);
  const auto total = whole_number(text);
  if (!first || !last || *last < *first || (!total && text != "*")) return std::nullopt;
  return ContentRange{*first, total};
}

}  // namespace

struct Downloader::Exchange {
  const Session::View& view;
  const pb::Upgrade& upgrade;
  std::uint64_t received;                   // when it began
  std::optional<std::uint64_t> range_from;  // what was asked for; nothing: the whole
  std::optional<Source> source = std::nullopt;

  bool begun = false;
  std::uint64_t offset = 0;  // of what is handed over next
  std::string buffer{};
  Base64Decoder decoder{};
  // How it ends, where no other try can help; nothing: not known yet.
  std::optional<std::int32_t> code = std::nullopt;
  bool engine_away = false;
  bool engine_busy = false;

  [[nodiscard]] bool is_base64() const { return upgrade.method() == pb::Upgrade::BASE64; }
};

Downloader::Downloader(Setup setup, Session& session)
    : setup_(std::move(setup)),
      session_(session),
      engine_(setup_.engine, setup_.clock),
      messages_(setup_.serial),
      backoff_(setup_.seed) {}

// ---- the engine

bool Downloader::begin_link() {
  pb::Request subscription;
  subscription.mutable_subscribe()->set_errands(true);
  if (!engine_.call(subscription)) return false;
  link_seen_ = engine_.link_number();
  look_ = true;
  return true;
}

bool Downloader::wait(std::chrono::nanoseconds at_most) {
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(at_most);
  const auto notice = engine_.next_notice(std::max(wait, std::chrono::milliseconds(0)));
  if (!notice) return false;
  if (*notice && (*notice)->upgrade()) look_ = true;
  return true;
}

std::optional<pb::UpgradeState> Downloader::ask_engine() {
  pb::Request request;
  request.mutable_get_upgrade();
  auto reply = engine_.call(request);
  if (!reply) return std::nullopt;
  if (reply->code() < 0) return pb::UpgradeState();  // it cannot take firmware
  return std::move(*reply->mutable_upgrade());
}

// ---- what is due

Uptime Downloader::step() {
  if (!engine_.ready()) return engine_.next_try();
  if (link_seen_ != engine_.link_number()) {
    if (!begin_link()) return engine_.next_try();
  } else if (!wait(std::chrono::nanoseconds(0))) {
    return engine_.next_try();
  }
  const auto view = session_.view();
  if (!look_ || !view.online) return now() + minutes(1);
  if (view.connection != connection_) begin_connection(view);
  if (now() < retry_at_) return retry_at_;
  const auto state = ask_engine();
  if (!state) return engine_.next_try();
  look_ = state->wanted();
  if (!look_) return now() + minutes(1);
  download(view, *state);
  return std::max(now(), retry_at_);
}

void Downloader::begin_connection(const Session::View& view) {
  connection_ = view.connection;
  lines_.clear();
  backoff_.reset();
  retry_at_ = progress_at_ = now();
}

void Downloader::download(const Session::View& view, const pb::UpgradeState& state) {
  const auto& upgrade = state.upgrade();
  error_delay_ = view.parameters.error_delay;
  const std::string wish = upgrade.command().id() + '\n' + upgrade.command().digest();
  if (wish_ != wish) {
    wish_ = wish;
    furthest_ = state.received();
    progress_at_ = now();
    log_info("push", "fetching firmware of " + std::to_string(upgrade.size()) + " bytes");
  }
  if (state.received() >= upgrade.size()) return end(0, "all of it is here");
  Exchange exchange{
      .view = view, .upgrade = upgrade, .received = state.received(), .range_from = std::nullopt};
  const auto request = request_for(exchange);
  if (!request) return end(code::bad_url, "its address is none on the server's own host");
  const auto reply = transport_to(exchange.source->address)
                         .fetch(*request, view.parameters.timeout,
                                [&](const HttpReply& head, std::string_view piece) {
                                  return take(exchange, head, piece);
                                });
  finish(exchange, reply);
}

std::optional<HttpRequest> Downloader::request_for(Exchange& exchange) {
  const auto& upgrade = exchange.upgrade;
  const auto& server = exchange.view.address;
  const auto url = parse_url(upgrade.url());
  if (!url) return std::nullopt;
  std::string last;
  if (upgrade.method() == pb::Upgrade::RANGE) {
    exchange.source = source_of(*url, server);
    exchange.range_from = exchange.received;
    last = std::to_string(
        std::min(exchange.received + limits::firmware_piece_bytes, upgrade.size()) - 1);
  } else {
    exchange.source = Source{server, {}, true};
    if (!exchange.is_base64() && exchange.received > 0) exchange.range_from = exchange.received;
  }
  if (!exchange.source) return std::nullopt;
  HttpRequest request;
  if (upgrade.method() != pb::Upgrade::RANGE) {
    request = messages_.firmware(exchange.view.parameters, parameter_of(*url, server));
  } else if (exchange.source->is_server) {
    request = messages_.file(exchange.source->target, exchange.view.parameters);
  } else {
    request = messages_.file_of_stranger(exchange.source->target);
  }
  if (exchange.range_from) {
    request.headers.emplace_back("Range",
                                 "bytes=" + std::to_string(*exchange.range_from) + "-" + last);
  }
  return request;
}

// ---- the bytes as they come

bool Downloader::take(Exchange& exchange, const HttpReply& head, std::string_view piece) {
  if (session_.stopped()) return false;
  if (!exchange.begun && !begin_body(exchange, head)) return false;
  if (!exchange.is_base64()) {
    exchange.buffer += piece;
  } else if (!exchange.decoder.add(piece, exchange.buffer)) {
    exchange.code = code::bad_base64;
    return false;
  }
  if (exchange.offset + exchange.buffer.size() > exchange.upgrade.size()) {
    exchange.code = code::wrong_length;
    return false;
  }
  while (exchange.buffer.size() >= limits::firmware_piece_bytes) {
    if (!hand_over(exchange, limits::firmware_piece_bytes)) return false;
  }
  return true;
}

bool Downloader::begin_body(Exchange& exchange, const HttpReply& head) {
  if (head.status == 200) {
    exchange.begun = true;
    return true;
  }
  const auto range = parse_content_range(header_of(head, "Content-Range"));
  if (head.status != 206 || !range || range->first != exchange.range_from) return false;
  if (range->total.value_or(exchange.upgrade.size()) != exchange.upgrade.size()) {
    exchange.code = code::wrong_length;
    return false;
  }
  exchange.begun = true;
  exchange.offset = range->first;
  return true;
}

bool Downloader::hand_over(Exchange& exchange, std::size_t bytes) {
  pb::Request request;
  auto& piece = *request.mutable_upgrade_piece();
  piece.set_offset(exchange.offset);
  piece.set_data(exchange.buffer.substr(0, bytes));
  const auto reply = engine_.call(request);
  if (!reply) {
    exchange.engine_away = true;
    return false;
  }
  if (reply->code() == code::no_room) {  // its queue is full just now
    exchange.engine_busy = true;
    return false;
  }
  if (reply->code() < 0) {
    exchange.code = reply->code();
    return false;
  }
  exchange.buffer.erase(0, bytes);
  exchange.offset += bytes;
  if (exchange.offset > furthest_) {
    furthest_ = exchange.offset;
    progress_at_ = now();
  }
  return true;
}

// ---- how an exchange ended

void Downloader::finish(Exchange& exchange, const Result<HttpReply>& reply) {
  if (session_.stopped()) return;
  // What came before a break is kept: the next try goes on behind it.
  if (!exchange.code && !exchange.engine_away && !exchange.engine_busy &&
      !exchange.buffer.empty()) {
    hand_over(exchange, exchange.buffer.size());
  }
  if (exchange.engine_away) return;  // it will tell what it has
  if (exchange.engine_busy) return try_again(code::not_downloaded, "the engine is busy");
  if (exchange.code) return end(*exchange.code, "the file is not the one that was announced");
  if (reply) return finish_answered(exchange, reply->status);
  switch (reply.error().code) {
    case Errc::unsupported:
      return end(code::packed_answer, reply.error().text);
    case Errc::io:
    case Errc::timeout:
      session_.no_answer(exchange.view.connection);
      return try_again(code::no_server_response, reply.error().text);
    default:
      return try_again(code::not_downloaded, reply.error().text);
  }
}

void Downloader::finish_answered(Exchange& exchange, int status) {
  const std::string words = "the server answers with status " + std::to_string(status);
  const bool whole = exchange.offset == exchange.upgrade.size();
  if (status == 200 || status == 206) {
    if (exchange.is_base64() && !exchange.decoder.complete()) {
      return end(code::bad_base64, "its base64 breaks off");
    }
    if (whole) return end(0, "all of it is here");
    if (status == 200) return end(code::wrong_length, "it is shorter than announced");
    if (!exchange.begun || exchange.offset == exchange.received) {
      return try_again(code::not_downloaded, "a piece is empty");
    }
    backoff_.reset();
    return;
  }
  if (status == 404 || status == 410) return end(code::no_such_file, words);
  if (status == 416) return end(code::wrong_length, words);
  if (exchange.source->is_server && asks_to_register({status, {}, {}})) {
    session_.unknown_to_server(exchange.view.connection);
    return try_again(code::not_downloaded, words);
  }
  constexpr int request_timeout = 408;
  constexpr int too_many_requests = 429;
  const bool may_pass = status >= 500 || status == request_timeout || status == too_many_requests;
  if (may_pass || status / 100 == 2) return try_again(code::not_downloaded, words);
  end(code::http_error, words);  // redirects among them: nobody is followed
}

void Downloader::try_again(std::int32_t code, const std::string& why) {
  if (now() - progress_at_ >= limits::download_stuck_max) return end(code, why);
  log_info("push", "the firmware is fetched again in a while: " + why);
  retry_at_ = now() + backoff_.next(error_delay_);
}

void Downloader::end(std::int32_t code, const std::string& why) {
  backoff_.reset();
  retry_at_ = now() + limits::engine_asked_again_after;  // the engine has something to look at
  pb::Request request;
  request.mutable_end_upgrade()->set_code(code);
  const auto reply = engine_.call(request);             // away: it is told again on the next link
  if (reply && reply->code() == code::no_room) return;  // it has not looked at all of it yet
  log_info("push", "the fetching of firmware ends with " + std::to_string(code) + ": " + why);
}

Transport& Downloader::transport_to(const ServerAddress& address) {
  auto& line = lines_[address.url()];
  if (!line) line = push::transport_to(address, session_.view(), setup_.transports);
  return *line;
}

}  // namespace lintel::push
