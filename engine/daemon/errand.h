// One request on its way through the gate: what it may touch, and what comes out. The requests
// about rows, records and options are each in a file of their own; all run on the storage thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "engine/api/lintel.pb.h"
#include "engine/daemon/gate.h"
#include "engine/daemon/return_codes.h"
#include "engine/daemon/upgrade_file.h"

namespace lintel::daemon {

// A refusal, on its way to the reply: a code of appendix 1 and a whole sentence.
struct Refusal {
  std::int32_t code;
  std::string text;
};
template <class T>
using Checked = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refuse(std::int32_t code, std::string text) {
  return tl::unexpected<Refusal>(Refusal{code, std::move(text)});
}
inline tl::unexpected<Refusal> store_trouble(const Error& error) {
  return refuse(code_of(error.code), "The controller could not do it: " + error.text + ".");
}

struct Errand {
  const Facts& facts;
  pb::Role role;
  std::chrono::sys_seconds utc;
  storage::Store& store;
  storage::EventJournal& journal;
  unsigned& small_updates;  // since the rows were last counted
  const SystemView& system;
  UpgradeFile& upgrade;
  Gate::Outcome outcome{};
};

inline constexpr std::string_view own_device = "1";  // DevID of this box in tables that carry one

// How much one page of an answer may hold.
struct PageRoom {
  std::size_t rows, bytes;
};
PageRoom room_of(const pb::Query& request);

// ---- rows of the tables
Checked<void> update(Errand& errand, const pb::Update& request);
Checked<void> erase(Errand& errand, const pb::Delete& request);
Checked<void> count(Errand& errand, const pb::Count& request);
Checked<void> query(Errand& errand, const pb::Query& request);

// ---- the journal, which the protocol calls the table "transaction"
bool is_journal(std::string_view table);
Checked<void> erase_journal(Errand& errand, const pb::Delete& request);
Checked<void> count_journal(Errand& errand, const pb::Count& request);
Checked<void> query_journal(Errand& errand, const pb::Query& request);
Checked<void> pull_events(Errand& errand, const pb::PullEvents& request);
Checked<void> confirm_events(Errand& errand, const pb::ConfirmEvents& request);

// ---- results that the server does not have yet (store.h: commands executed)
Checked<void> get_results(Errand& errand);
Checked<void> confirm_results(Errand& errand, const pb::ConfirmResults& request);

// ---- what goes up unasked (store.h: uploads)
Checked<void> pull_uploads(Errand& errand, const pb::PullUploads& request);
Checked<void> confirm_uploads(Errand& errand, const pb::ConfirmUploads& request);
// A row that came into being here, for the server. Within the open transaction.
Checked<void> add_upload(Errand& errand, std::string_view table,
                         std::initializer_list<std::pair<std::string_view, std::string_view>> row);
// The same for a job of the loop's; what the errand notes in its effects, the job's `done` has to.
Result<void> add_upload(storage::Store& store, std::string_view table,
                        std::span<const std::pair<std::string_view, std::string_view>> row);

// ---- firmware, and a card for a person
Checked<void> begin_upgrade(Errand& errand, const pb::Upgrade& request);
Checked<void> get_upgrade(Errand& errand);
Checked<void> take_piece(Errand& errand, const pb::UpgradePiece& request);
Checked<void> end_upgrade(Errand& errand, const pb::EndUpgrade& request);
Checked<void> enroll(Errand& errand, const pb::Enroll& request);
// Is this unfinished command one that what is stored carries on, and that will end by itself? Asked
// at the start of the engine, in an open transaction.
bool goes_on_after_restart(const storage::ExecutedCommand& command, storage::Store& store);

// ---- options and the clock
Checked<void> get_options(Errand& errand, const pb::GetOptions& request);
Checked<void> set_options(Errand& errand, const pb::SetOptions& request);
// One option of the box itself, with what it means for the doors.
Checked<void> set_option(Errand& errand, std::string_view name, std::string_view value);
Checked<void> set_time(Errand& errand, const pb::SetTime& request);

}  // namespace lintel::daemon
