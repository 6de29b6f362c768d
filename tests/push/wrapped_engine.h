// An engine of which only what it keeps for the server is made up: rows that wait to go up, results
// that nobody has told. Everything else is the real engine behind it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/api/link.h"

namespace lintel::push {

struct Keeping {
  std::map<std::uint64_t, pb::Upload> uploads;
  std::vector<pb::CommandResult> results;
  bool lose_next_confirmation = false;  // it is done, and the engine is gone before it says so
  bool fail_next_confirmation = false;  // the engine is gone before it is done
  std::uint64_t confirmed = 0;          // ConfirmUploads, the highest
  unsigned confirmations = 0;           // of results
  bool news = false;                    // a notice for the next one who asks

  void add(const std::string& table, const std::vector<std::pair<std::string, std::string>>& row) {
    pb::Upload upload;
    upload.set_number(++last_);
    upload.set_table(table);
    for (const auto& [field, value] : row) {
      upload.add_field(field);
      upload.add_value(value);
    }
    uploads[last_] = upload;
    news = true;
  }
  void add_result(const std::string& id, int code, const std::string& words) {
    pb::CommandResult result;
    result.mutable_command()->set_id(id);
    result.mutable_command()->set_digest("digest of " + id);
    result.mutable_command()->set_words(words);
    result.set_code(code);
    results.push_back(result);
    news = true;
  }

 private:
  std::uint64_t last_ = 0;
};

class KeepingLink : public api::Link {
 public:
  KeepingLink(std::unique_ptr<api::Link> inner, Keeping& keeping)
      : inner_(std::move(inner)), keeping_(keeping) {}

  Result<pb::Reply> call(const pb::Request& request, std::chrono::milliseconds timeout) override {
    if (gone_) return fail(Errc::gone, "the engine has left");
    pb::Reply reply;
    switch (request.body_case()) {
      case pb::Request::kPullUploads:
        for (const auto& [number, upload] : keeping_.uploads) {
          if (number <= request.pull_uploads().after()) continue;
          if (static_cast<std::uint32_t>(reply.uploads().upload_size()) ==
              request.pull_uploads().most())
            break;
          *reply.mutable_uploads()->add_upload() = upload;
        }
        return reply;
      case pb::Request::kGetResults:
        for (const auto& result : keeping_.results) {
          *reply.mutable_results()->add_result() = result;
        }
        return reply;
      case pb::Request::kConfirmUploads:
      case pb::Request::kConfirmResults:
        return confirm(request);
      case pb::Request::kSubscribe:
        listens_ = request.subscribe().errands();
        return inner_->call(request, timeout);
      default:
        return inner_->call(request, timeout);
    }
  }
  Result<std::optional<pb::Notice>> next_notice(std::chrono::milliseconds wait) override {
    if (gone_) return fail(Errc::gone, "the engine has left");
    auto notice = inner_->next_notice(wait);
    if (!notice || !listens_ || !keeping_.news) return notice;
    keeping_.news = false;
    if (!*notice) *notice = pb::Notice();
    (*notice)->set_uploads(true);
    (*notice)->set_results(true);
    return notice;
  }

 private:
  Result<pb::Reply> confirm(const pb::Request& request) {
    gone_ = keeping_.lose_next_confirmation || keeping_.fail_next_confirmation;
    const bool done = !keeping_.fail_next_confirmation;
    keeping_.lose_next_confirmation = keeping_.fail_next_confirmation = false;
    if (done && request.has_confirm_uploads()) {
      keeping_.confirmed = std::max(keeping_.confirmed, request.confirm_uploads().through());
      keeping_.uploads.erase(keeping_.uploads.begin(),
                             keeping_.uploads.upper_bound(keeping_.confirmed));
    }
    if (done && request.has_confirm_results()) {
      ++keeping_.confirmations;
      for (const auto& key : request.confirm_results().command()) {
        std::erase_if(keeping_.results, [&](const pb::CommandResult& result) {
          return result.command().id() == key.id() && result.command().digest() == key.digest();
        });
      }
    }
    if (gone_) return fail(Errc::gone, "the engine has left");
    return pb::Reply();
  }

  std::unique_ptr<api::Link> inner_;
  Keeping& keeping_;
  bool gone_ = false;
  bool listens_ = false;
};

}  // namespace lintel::push
