// An engine that is a function: for tests of one part of push.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "engine/api/link.h"

namespace lintel::push {

class ScriptedLink : public api::Link {
 public:
  using Answer = std::function<Result<pb::Reply>(const pb::Request&)>;
  using News = std::function<std::optional<pb::Notice>()>;
  explicit ScriptedLink(Answer answer, News news = {})
      : answer_(std::move(answer)), news_(std::move(news)) {}

  Result<pb::Reply> call(const pb::Request& request, std::chrono::milliseconds) override {
    return answer_(request);
  }
  Result<std::optional<pb::Notice>> next_notice(std::chrono::milliseconds) override {
    return news_ ? news_() : std::nullopt;
  }

 private:
  Answer answer_;
  News news_;
};

}  // namespace lintel::push
