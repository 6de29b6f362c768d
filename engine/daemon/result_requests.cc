// Results of commands that the server does not have yet, and what else waits to go up unasked.
#include <algorithm>

#include "engine/core/limits.h"
#include "engine/daemon/errand.h"

namespace lintel::daemon {
namespace {

static_assert(limits::uploads_reply_bytes + limits::upload_bytes_max <
              limits::api_frame_bytes_max / 2);

}  // namespace

// ---- results

Checked<void> get_results(Errand& errand) {
  const auto waiting = errand.store.unreported_commands(limits::results_max);
  if (!waiting) return store_trouble(waiting.error());
  auto& out = *errand.outcome.reply.mutable_results();
  for (const auto& command : *waiting) {
    auto& result = *out.add_result();
    result.mutable_command()->set_id(command.id);
    result.mutable_command()->set_digest(command.digest);
    result.mutable_command()->set_words(command.words);
    result.set_code(command.result);
  }
  return {};
}

Checked<void> confirm_results(Errand& errand, const pb::ConfirmResults& request) {
  for (const auto& command : request.command()) {
    auto done = errand.store.command_reported(command.id(), command.digest());
    if (!done) return store_trouble(done.error());
    errand.outcome.effects.reported.push_back(command_name(command.id(), command.digest()));
  }
  return {};
}

// ---- uploads: kept as a serialized pb::Upload that has fields and values only

Checked<void> pull_uploads(Errand& errand, const pb::PullUploads& request) {
  const std::size_t most =
      std::clamp<std::size_t>(request.most(), 1, limits::uploads_per_reply_max);
  const auto waiting = errand.store.uploads(request.after(), most, limits::uploads_reply_bytes);
  if (!waiting) return store_trouble(waiting.error());
  auto& out = *errand.outcome.reply.mutable_uploads();
  for (const auto& stored : *waiting) {
    auto& upload = *out.add_upload();
    // One that cannot be read goes up without fields: whoever pulls passes over it and goes on.
    if (!upload.ParseFromString(stored.content)) upload.Clear();
    upload.set_number(stored.number);
    upload.set_table(stored.table);
  }
  return {};
}

Checked<void> confirm_uploads(Errand& errand, const pb::ConfirmUploads& request) {
  if (auto done = errand.store.uploads_confirmed(request.through()); !done)
    return store_trouble(done.error());
  return {};
}

Result<void> add_upload(storage::Store& store, std::string_view table,
                        std::span<const std::pair<std::string_view, std::string_view>> row) {
  pb::Upload upload;
  for (const auto& [field, value] : row) {
    upload.add_field(std::string(field));
    upload.add_value(std::string(value));
  }
  if (auto added = store.add_upload(table, upload.SerializeAsString()); !added)
    return fail(std::move(added).error());
  return {};
}

Checked<void> add_upload(Errand& errand, std::string_view table,
                         std::initializer_list<std::pair<std::string_view, std::string_view>> row) {
  if (auto added = add_upload(errand.store, table, {row.begin(), row.size()}); !added)
    return store_trouble(added.error());
  errand.outcome.effects.uploads = true;
  return {};
}

}  // namespace lintel::daemon
