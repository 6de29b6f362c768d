#include "push/unasked.h"

#include <algorithm>
#include <utility>

#include "engine/base/log.h"
#include "push/limits.h"
#include "push/text.h"

namespace lintel::push {
void Unasked::package_bytes(std::size_t most) {
  package_bytes_ = std::clamp(most, limits::package_bytes_min, limits::package_bytes_max);
}

void Unasked::begin_connection() {
  unread_ = true;
  singly_ = false;
  tries_ = 0;
  retry_at_ = {};
}

Uptime Unasked::next_due() const {
  const bool something = unread_ || !waiting_.empty() || unconfirmed_ > 0;
  return something ? retry_at_ : Uptime::max();
}

bool Unasked::confirm() {
  if (unconfirmed_ == 0) return true;
  pb::Request request;
  request.mutable_confirm_uploads()->set_through(unconfirmed_);
  const auto reply = engine_.call(request);
  if (!reply || reply->code() < 0) return false;
  unconfirmed_ = 0;
  return true;
}

bool Unasked::pull(const Parameters& server, Uptime now) {
  if (!confirm()) {
    retry_at_ = now + limits::engine_asked_again_after;
    return false;
  }
  pb::Request request;
  request.mutable_pull_uploads()->set_after(0);  // what was confirmed is gone there
  request.mutable_pull_uploads()->set_most(limits::uploads_asked_at_once);
  auto reply = engine_.call(request);
  if (!reply) return false;
  if (reply->code() < 0) {  // they cannot be read just now
    retry_at_ = now + server.error_delay;
    return false;
  }
  auto& rows = *reply->mutable_uploads()->mutable_upload();
  unread_ = !rows.empty();
  waiting_.assign(std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
  return !waiting_.empty();
}

void Unasked::let_go(std::size_t rows) {
  unconfirmed_ = std::max(unconfirmed_, waiting_[rows - 1].number());
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(rows));
}

std::optional<UploadPost> Unasked::next(const Parameters& server, Uptime now) {
  if (waiting_.empty() && !pull(server, now)) return std::nullopt;
  const UploadTerms terms{serial_, server, agree(ours_, server.bio)};
  std::optional<UploadPost> post;
  offered_ = 0;
  while (offered_ < waiting_.size()) {
    auto line = upload_line(waiting_[offered_], terms);
    if (!line && post) break;
    if (!line) {
      let_go(1);
      continue;
    }
    const bool alone = singly_ || line->way != UploadPost::Way::tabledata;
    if (!post) {
      post = UploadPost{line->way, std::move(line->table), 1, std::move(line->text)};
      offered_ = 1;
      if (alone) break;
      continue;
    }
    if (alone || line->table != post->table) break;
    if (post->body.size() + 1 + line->text.size() > package_bytes_) break;
    post->body += '\n' + line->text;
    ++post->rows;
    ++offered_;
  }
  if (!post && !confirm()) retry_at_ = now + limits::engine_asked_again_after;
  return post;
}

void Unasked::taken(std::optional<std::uint64_t> count, Uptime now) {
  const auto rows = std::min<std::size_t>(count.value_or(offered_), offered_);
  if (rows == 0) {
    refused(now, "the server says that it took none");
    return;
  }
  if (rows < offered_) singly_ = true;
  tries_ = 0;
  retry_at_ = {};
  let_go(rows);
  if (!confirm()) retry_at_ = now + limits::engine_asked_again_after;
}

void Unasked::refused(Uptime now, const std::string& why) {
  if (offered_ > 1) {
    singly_ = true;
    retry_at_ = now + limits::refused_again_after(1);
    return;
  }
  if (++tries_ < limits::result_tries_max) {
    retry_at_ = now + limits::refused_again_after(tries_);
    return;
  }
  log_warning("push", "row " + std::to_string(waiting_.front().number()) + " of the table " +
                          one_line(waiting_.front().table()) + " is given up: " + why);
  taken(std::nullopt, now);
}

}  // namespace lintel::push
