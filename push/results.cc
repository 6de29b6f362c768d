#include "push/results.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/log.h"
#include "push/limits.h"
#include "push/text.h"

namespace lintel::push {
void Results::add(const CommandText& command, std::int32_t code, std::string words) {
  auto key = command_key(command);
  if (words.empty()) words = std::move(*key.mutable_words());
  Result result{command.id, std::move(*key.mutable_digest()), code, std::move(words)};
  // The engine died between doing it and saying so: what it told since is this one.
  const auto is_same = [&](const Result& other) {
    return other.from_engine && other.id == result.id && other.digest == result.digest;
  };
  const auto told =
      some_from_engine_ ? std::find_if(waiting_.begin(), waiting_.end(), is_same) : waiting_.end();
  if (told != waiting_.end()) {
    *told = std::move(result);
    return;
  }
  if (waiting_.size() >= limits::results_max) {
    log_warning("push", "the result of command " + waiting_.front().id +
                            " is given up: the server takes none");
    let_go(1);
  }
  waiting_.push_back(std::move(result));
}

void Results::let_go(std::size_t count) {
  for (; count > 0 && !waiting_.empty(); --count) {
    auto& key = unconfirmed_.emplace_back();
    key.set_id(std::move(waiting_.front().id));
    key.set_digest(std::move(waiting_.front().digest));
    waiting_.pop_front();
  }
}

bool Results::confirm() {
  if (unconfirmed_.empty()) return true;
  pb::Request request;
  auto& told = *request.mutable_confirm_results();
  for (const auto& key : unconfirmed_) {
    *told.add_command() = key;
  }
  // A refusal (a disk in trouble) is no reason to say it again and again: the worst that follows is
  // that the server is told once more after a restart.
  if (!engine_.call(request)) return false;
  unconfirmed_.clear();
  return true;
}

bool Results::settle() {
  if (!confirm()) return false;
  if (!unread_) return true;
  pb::Request request;
  request.mutable_get_results();
  const auto reply = engine_.call(request);
  if (!reply) return false;
  unread_ = false;
  if (reply->code() >= 0) fetch(reply->results());
  return true;
}

void Results::fetch(const pb::Results& found) {
  std::set<std::pair<std::string, std::string>> known;
  for (const auto& result : waiting_) {
    known.emplace(result.id, result.digest);
  }
  for (const auto& result : found.result()) {
    if (waiting_.size() >= limits::results_max) {
      unread_ = true;  // the others when these are gone
      return;
    }
    const auto& key = result.command();
    if (!known.emplace(key.id(), key.digest()).second) continue;
    some_from_engine_ = true;
    waiting_.push_back({key.id(), key.digest(), result.code(), one_line(key.words()), true});
  }
}

void Results::begin_connection() {
  tries_ = 0;
  due_ = {};
}

std::string Results::body() const {
  std::string body;
  for (const auto& result : waiting_) {
    if (!body.empty()) body += '\n';
    body += "ID=" + result.id + "&Return=" + std::to_string(result.code) + "&CMD=" + result.words;
  }
  return body;
}

void Results::taken() {
  let_go(waiting_.size());
  some_from_engine_ = false;
  begin_connection();
  (void)confirm();  // away: settle() does it again on the next link
}

void Results::refused(Uptime now, const std::string& why) {
  ++tries_;
  if (tries_ < limits::result_tries_max) {
    due_ = now + limits::refused_again_after(tries_);
    return;
  }
  log_warning("push", "the results of " + std::to_string(waiting_.size()) +
                          " commands are given up: " + why);
  taken();
}

}  // namespace lintel::push
