// UPGRADE (9.4.1): firmware files on their way to the installer. Whoever downloads brings pieces;
// size and MD5 are looked at here, the signature by the installer, which believes nobody else.
#include "engine/daemon/upgrade_requests.h"

#include <algorithm>
#include <charconv>

#include "engine/core/limits.h"
#include "engine/daemon/conversion.h"
#include "engine/daemon/errand.h"

namespace lintel::daemon {
namespace {

using Stage = StoredUpgrade::Stage;

// Kept beside the server's options; no option of the protocol, so no server reads or sets it.
constexpr std::string_view upgrade_option = "lintel.upgrade";

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool all_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return digit_value(c) >= 0; });
}

std::string from_hex(std::string_view text) {
  std::string bytes;
  if (!all_hex(text)) return bytes;
  for (std::size_t at = 0; at + 1 < text.size(); at += 2)
    bytes += static_cast<char>(digit_value(text[at]) * 16 + digit_value(text[at + 1]));
  return bytes;
}

// "NUMBER STAGE WISH ENDED", the wish in hex; without ENDED where nothing is to be told.
Result<void> keep(storage::Store& store, const StoredUpgrade& upgrade) {
  auto text = std::to_string(upgrade.number) + " " +
              std::to_string(static_cast<unsigned>(upgrade.stage)) + " " +
              to_hex(upgrade.wish.SerializeAsString());
  if (upgrade.ended) text += " " + std::to_string(*upgrade.ended);
  return store.set_option(upgrade_option, text);
}

bool same_file(const pb::Upgrade& a, const pb::Upgrade& b) {
  const bool local = a.method() == pb::Upgrade::LOCAL || b.method() == pb::Upgrade::LOCAL;
  return !local && a.size() == b.size() && same_name(a.checksum(), b.checksum());
}

// The server's firmware is Push's, one that a person brings is whoever's he brings it by.
bool may_touch(pb::Role role, bool local) {
  return local == (role != pb::ROLE_PUSH);
}

Checked<void> check(const pb::Upgrade& wish, pb::Role role, const SystemView& system) {
  const bool local = wish.method() == pb::Upgrade::LOCAL;
  if (!may_touch(role, local))
    return refuse(codes::unauthorized, "This program may not bring a firmware in this way.");
  if (!system.installer) {
    return refuse(codes::unsupported,
                  "This controller has no installer that a firmware could be handed to.");
  }
  if (!pb::Upgrade::Method_IsValid(wish.method()) || wish.method() == pb::Upgrade::NONE)
    return refuse(codes::wrong_parameter, "There is no such way to bring a firmware.");
  if (!local && (wish.checksum().size() != 32 || !all_hex(wish.checksum()))) {
    return refuse(codes::wrong_parameter,
                  "The checksum of a firmware is its MD5 in 32 hexadecimal digits.");
  }
  if (wish.size() == 0)
    return refuse(codes::wrong_parameter, "The size of a firmware must be said.");
  if (wish.size() > limits::firmware_bytes_max) {
    return refuse(codes::no_space, "A firmware has at most " +
                                       std::to_string(limits::firmware_bytes_max) + " bytes.");
  }
  if (!local && (wish.url().empty() || wish.url().size() > limits::url_bytes_max))
    return refuse(codes::wrong_url, "The address of the firmware is missing or too long.");
  return {};
}

// The same firmware once more, by another command: that one gets the result. The command before is
// told that it was repeated; the download goes on where it stands.
Checked<void> take_over(Errand& errand, StoredUpgrade& upgrade, const pb::Upgrade& request) {
  if (upgrade.wish.command().id() != request.command().id() ||
      upgrade.wish.command().digest() != request.command().digest()) {
    if (!upgrade.wish.command().id().empty()) {
      auto ended =
          Gate::finish(upgrade.wish.command(), codes::repeated_command, errand.utc, errand.store);
      if (!ended) return store_trouble(ended.error());
      errand.outcome.effects.results = true;
    }
    upgrade.wish = request;
    if (auto kept = keep(errand.store, upgrade); !kept) return store_trouble(kept.error());
  }
  errand.outcome.effects.upgrade = true;
  errand.outcome.reply.set_pending(true);
  return {};
}

// The command ends here; that this was found out is nothing that went wrong.
Checked<void> end_with(Errand& errand, std::int32_t code) {
  auto ended = end_stored_upgrade(code, errand.utc, errand.store, errand.upgrade);
  if (!ended) return store_trouble(ended.error());
  errand.outcome.effects.results = true;
  errand.outcome.effects.upgrade = true;
  return {};
}

// `number`: of a LOCAL one.
Checked<StoredUpgrade> download_under_way(Errand& errand, std::uint64_t number) {
  auto upgrade = stored_upgrade(errand.store);
  if (!upgrade) return store_trouble(upgrade.error());
  const bool local = upgrade->is_local();
  if (upgrade->stage != Stage::download || !may_touch(errand.role, local))
    return refuse(codes::execution_error, "No firmware is wanted now.");
  if (local && number != upgrade->number)
    return refuse(codes::execution_error, "This firmware is no longer under way; begin anew.");
  if (local) errand.outcome.effects.brought = number;
  return *std::move(upgrade);
}

const char* ended_in_words(std::int32_t code) {
  switch (code) {
    case codes::ok:
      return "The firmware is installed; the controller restarts with it.";
    case codes::no_platform:
      return "There is no installer on this machine that could take it.";
    case codes::wrong_platform:
      return "The firmware is for another kind of controller.";
    case codes::older_firmware:
      return "The firmware is older than the version that runs, and its signer has not allowed "
             "that.";
    case codes::bad_firmware:
      return "The signature is wrong: the file is damaged, or not signed for this controller.";
    case codes::wrong_size:
      return "The firmware did not come whole.";
    case codes::waited_too_long:
      return "The firmware was given up: its rest did not come, or the installer did not answer.";
    default:
      return "The firmware could not be installed.";
  }
}

// To whoever does not ask for a server: how the firmware stands, or how the last one ended that a
// person brought.
void tell_person(const Errand& errand, const StoredUpgrade& upgrade, pb::UpgradeState& state) {
  const auto& machine = errand.system.machine;
  state.set_number(upgrade.number);
  state.set_wanted(upgrade.stage == Stage::download);
  state.set_installing(upgrade.stage == Stage::install);
  if (upgrade.stage != Stage::none) state.mutable_upgrade()->set_size(upgrade.wish.size());
  if (upgrade.stage == Stage::download) {
    state.set_words("A firmware is on its way here.");
  } else if (upgrade.stage == Stage::install) {
    const bool says = machine && !machine->update.empty();
    state.set_words("The installer has the firmware" + (says ? ": " + machine->update : "") + ".");
  } else if (upgrade.ended) {
    state.set_ended(true);
    state.set_code(*upgrade.ended);
    state.set_words(ended_in_words(*upgrade.ended));
  }
}

// It is whole: its name is one that no other has had, and the installer gets it.
Checked<void> hand_over(Errand& errand, StoredUpgrade& upgrade) {
  const auto name = upgrade.file_name();
  if (auto done = errand.upgrade.complete(name); !done) return store_trouble(done.error());
  upgrade.stage = Stage::install;
  if (auto kept = keep(errand.store, upgrade); !kept) return store_trouble(kept.error());
  errand.outcome.effects.install = errand.upgrade.path(name);
  errand.outcome.effects.upgrade = true;
  return {};
}

}  // namespace

std::string StoredUpgrade::file_name() const {
  return "firmware-" + std::to_string(number);
}

Result<StoredUpgrade> stored_upgrade(storage::Store& store) {
  const auto text = store.option(upgrade_option);
  if (!text) return fail(Error(text.error()).during("read which firmware is wanted"));
  StoredUpgrade upgrade;
  const std::string kept = (*text).value_or("");
  std::string_view rest = kept;
  upgrade.number = parse_number(next_word(rest)).value_or(0);
  const auto stage = parse_number(next_word(rest)).value_or(0);
  const auto wish = next_word(rest);
  // One of another version that makes no sense is no longer wanted.
  if (stage > static_cast<unsigned>(Stage::install) ||
      !upgrade.wish.ParseFromString(from_hex(wish))) {
    upgrade.wish.Clear();
    return upgrade;
  }
  if (std::int32_t ended = 0;
      std::from_chars(rest.data(), rest.data() + rest.size(), ended).ec == std::errc{})
    upgrade.ended = ended;
  upgrade.stage = static_cast<Stage>(stage);
  return upgrade;
}

Result<void> end_stored_upgrade(std::int32_t code, std::chrono::sys_seconds utc,
                                storage::Store& store, UpgradeFile& file) {
  auto upgrade = stored_upgrade(store);
  if (!upgrade) return fail(std::move(upgrade).error());
  if (upgrade->stage == Stage::none) return {};
  if (!upgrade->wish.command().id().empty()) {
    if (auto ended = Gate::finish(upgrade->wish.command(), code, utc, store); !ended) return ended;
  }
  const auto name = upgrade->file_name();
  StoredUpgrade after{.number = upgrade->number, .stage = Stage::none, .wish = {}, .ended = {}};
  if (upgrade->is_local()) after.ended = code;
  if (auto kept = keep(store, after); !kept) return kept;
  file.remove(name);
  return {};
}

Result<void> drop_local_upgrade(std::uint64_t number, std::chrono::sys_seconds utc,
                                storage::Store& store, UpgradeFile& file) {
  auto upgrade = stored_upgrade(store);
  if (!upgrade) return fail(std::move(upgrade).error());
  const bool waits = upgrade->stage == Stage::download && upgrade->is_local();
  if (!waits || upgrade->number != number) return {};
  return end_stored_upgrade(codes::waited_too_long, utc, store, file);
}

Checked<void> begin_upgrade(Errand& errand, const pb::Upgrade& request) {
  if (auto fine = check(request, errand.role, errand.system); !fine) return fine;
  auto upgrade = stored_upgrade(errand.store);
  if (!upgrade) return store_trouble(upgrade.error());
  if (upgrade->stage != Stage::none) {
    if (same_file(upgrade->wish, request)) return take_over(errand, *upgrade, request);
    return refuse(codes::execution_error,
                  std::string("Another firmware is under way, brought by ") +
                      (upgrade->is_local() ? "a person" : "the server") +
                      "; a second one has to wait until it has ended.");
  }
  const auto room = errand.upgrade.has_room(request.size());
  if (!room) return store_trouble(room.error());
  if (!*room) return refuse(codes::no_space, "There is no room on the disk for this firmware.");
  if (auto begun = errand.upgrade.begin(); !begun) return store_trouble(begun.error());
  StoredUpgrade begun{
      .number = upgrade->number + 1, .stage = Stage::download, .wish = request, .ended = {}};
  const bool local = begun.is_local();
  if (local) {
    begun.wish.Clear();
    begun.wish.set_method(pb::Upgrade::LOCAL);
    begun.wish.set_size(request.size());
  }
  if (auto kept = keep(errand.store, begun); !kept) return store_trouble(kept.error());
  if (local) {
    errand.outcome.reply.mutable_upgrade()->set_number(begun.number);
    errand.outcome.effects.brought = begun.number;
    return {};
  }
  errand.outcome.effects.upgrade = true;
  errand.outcome.reply.set_pending(true);
  return {};
}

Checked<void> get_upgrade(Errand& errand) {
  const auto upgrade = stored_upgrade(errand.store);
  if (!upgrade) return store_trouble(upgrade.error());
  auto& state = *errand.outcome.reply.mutable_upgrade();
  if (errand.role != pb::ROLE_PUSH) {
    tell_person(errand, *upgrade, state);
    if (upgrade->stage != Stage::download) return {};
    const auto here = errand.upgrade.received();
    if (!here) return store_trouble(here.error());
    state.set_received(*here);
    return {};
  }
  if (upgrade->stage != Stage::download || upgrade->is_local()) return {};
  const auto received = errand.upgrade.received();
  if (!received) return store_trouble(received.error());
  state.set_wanted(true);
  *state.mutable_upgrade() = upgrade->wish;
  state.set_received(*received);
  return {};
}

Checked<void> take_piece(Errand& errand, const pb::UpgradePiece& request) {
  const auto upgrade = download_under_way(errand, request.number());
  if (!upgrade) return tl::unexpected(upgrade.error());
  const auto received = errand.upgrade.received();
  if (!received) return store_trouble(received.error());
  if (request.offset() != 0 && request.offset() != *received) {
    return refuse(codes::wrong_length, "The next piece begins at " + std::to_string(*received) +
                                           ", not at " + std::to_string(request.offset()) + ".");
  }
  const auto size = upgrade->wish.size();
  if (request.data().size() > size || request.offset() > size - request.data().size()) {
    return refuse(codes::wrong_size, "The firmware is longer than the " + std::to_string(size) +
                                         " bytes it was to be.");
  }
  if (auto put = errand.upgrade.append(request.offset(), request.data()); !put)
    return store_trouble(put.error());
  return {};
}

Checked<void> end_upgrade(Errand& errand, const pb::EndUpgrade& request) {
  if (request.code() > 0)
    return refuse(codes::wrong_parameter, "A download ends with 0 or with a code below it.");
  auto upgrade = download_under_way(errand, request.number());
  if (!upgrade) return tl::unexpected(upgrade.error());
  if (request.code() < 0) return end_with(errand, request.code());
  const auto received = errand.upgrade.received();
  if (!received) return store_trouble(received.error());
  if (*received != upgrade->wish.size()) return end_with(errand, codes::wrong_size);
  if (upgrade->is_local()) return hand_over(errand, *upgrade);
  const auto checksum = errand.upgrade.checksum();
  if (!checksum) return store_trouble(checksum.error());
  if (!*checksum) {
    return refuse(codes::queue_full,
                  "The firmware is still looked at, for it came before a restart; ask again.");
  }
  if (!same_name(**checksum, upgrade->wish.checksum()))
    return end_with(errand, codes::wrong_checksum);
  return hand_over(errand, *upgrade);
}

bool goes_on_after_restart(const storage::ExecutedCommand& command, storage::Store& store) {
  const auto upgrade = stored_upgrade(store);
  return upgrade && upgrade->stage != Stage::none && upgrade->wish.command().id() == command.id &&
         upgrade->wish.command().digest() == command.digest;
}

}  // namespace lintel::daemon
