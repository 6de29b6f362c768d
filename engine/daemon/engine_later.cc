// What is told later than a reply: results of commands that take their time, and what goes up
// unasked. How it gets to the disk.
#include "engine/base/log.h"
#include "engine/daemon/engine.h"
#include "engine/daemon/errand.h"

namespace lintel::daemon {
namespace {

constexpr std::chrono::seconds late_again{1};

}  // namespace

void Engine::finish_later(const pb::CommandKey& command, std::int32_t code) {
  if (command.id().empty()) return;  // nobody will ask for it
  auto& result = late_results_.emplace_back();
  *result.mutable_command() = command;
  result.set_code(code);
  if (late_posted_ == 0 && !late_again_at_) post_late_results();
}

void Engine::post_late_results() {
  late_again_at_.reset();
  const std::vector<pb::CommandResult> results(late_results_.begin(), late_results_.end());
  late_posted_ = results.size();
  const auto work = [results, utc = board_.clock().utc()](storage::Store& store,
                                                          storage::EventJournal&) -> Result<void> {
    for (const auto& result : results) {
      auto done = Gate::finish(result.command(), result.code(), utc, store);
      if (!done) return done;
    }
    return {};
  };
  const auto done = [this, count = results.size()](const Result<void>& stored) {
    late_results_stored(count, stored);
  };
  if (auto posted = writer_->post({work, done, true}); !posted) done(posted);
}

void Engine::late_results_stored(std::size_t count, const Result<void>& stored) {
  late_posted_ = 0;
  if (!stored) {
    log_error("engine", "keep the result of a command: " + stored.error().text);
    late_again_at_ = board_.clock().now().uptime + late_again;
    return;
  }
  late_results_.erase(late_results_.begin(),
                      late_results_.begin() + static_cast<std::ptrdiff_t>(count));
  news_.set_results(true);
  if (!late_results_.empty()) post_late_results();
}

void Engine::upload_later(std::string_view table, std::vector<UploadRow> rows,
                          std::function<void()> lost) {
  const auto work = [name = std::string(table), rows = std::move(rows)](
                        storage::Store& store, storage::EventJournal&) -> Result<void> {
    for (const auto& row : rows) {
      const std::vector<std::pair<std::string_view, std::string_view>> views(row.begin(),
                                                                             row.end());
      if (auto added = add_upload(store, name, views); !added) return added;
    }
    return {};
  };
  const auto done = [this, lost = std::move(lost)](const Result<void>& stored) {
    if (stored) {
      news_.set_uploads(true);
    } else {
      lost();
    }
  };
  if (auto posted = writer_->post({work, done, true}); !posted) done(posted);
}

}  // namespace lintel::daemon
