// What a committed command means for the doors: made on the storage thread, carried out by the loop
// between two steps, whole. A swipe sees the tables before it or after it, never half.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/controller.h"
#include "engine/daemon/facts.h"
#include "engine/daemon/network_trial.h"
#include "engine/daemon/row_reader.h"
#include "hal/card_format.h"
#include "hal/time_zone.h"
#include "storage/store.h"

namespace lintel::daemon {

struct Effects {
  std::vector<PeopleChange> people;
  // Small tables come whole.
  std::optional<std::vector<Timezone>> timezones;
  std::optional<std::vector<Holiday>> holidays;
  std::vector<std::pair<DoorId, DoorParameters>> doors;
  std::optional<Rules> rules;
  std::optional<std::vector<std::vector<hal::CardFormat>>> reader_formats;  // reader 1 first
  std::optional<hal::TimeZone> zone;
  std::optional<std::chrono::sys_seconds> utc;
  bool utc_if_untrusted = false;  // NTP keeps the clock: `utc` is taken only where it does not
  bool options = false;           // something that GET OPTIONS answers has changed
  bool results = false;           // a result waits that no reply has carried
  bool uploads = false;           // something waits to go up unasked
  bool upgrade = false;           // a download is wanted, or no longer
  std::optional<NetworkChange> network;                  // network parameters were set: on trial
  std::optional<std::vector<std::string>> time_servers;  // of ntpserverlist, all of them
  std::optional<std::string> install;                    // this firmware is whole: to the installer
  std::optional<std::uint64_t> brought;  // a piece came of this firmware, which a person brings
  std::vector<std::string> reported;     // the server has the results of these: command_name()
};

// ---- on the storage thread

// What the core makes of one row of an UPDATE; errors name field and range. Rows of tables that
// decide nothing here are fine whatever they hold.
Result<void> check_row(const storage::TableSchema& table, const NamedRow& row, const Facts& facts,
                       Effects& effects);

// The rows of an UPDATE, as they were stored: `columns` of the table, row after row in `values`,
// whose effects on people begin at `first`. Where those that `replaced` older ones did not say
// everything, their effects become what the table now has.
Result<void> complete(const storage::TableSchema& table, std::span<const int> columns,
                      std::span<const std::string_view> values,
                      std::span<const std::size_t> replaced, std::size_t first,
                      storage::Store& store, const Facts& facts, Effects& effects);

// After rows of `table` were written or deleted in the open transaction: reads what the core needs
// of it anew.
Result<void> reload(const storage::TableSchema& table, storage::Store& store, const Facts& facts,
                    Effects& effects);
// The same after this option was set.
Result<void> reload_for_option(std::string_view option, storage::Store& store, const Facts& facts,
                               Effects& effects);

// A deleted row, as values in the order of the table's fields.
void note_erased(const storage::TableSchema& table, std::span<const std::string_view> values,
                 const Facts& facts, Effects& effects);
// All rows of the table were deleted.
void note_cleared(const storage::TableSchema& table, Effects& effects);

// The parameters of a door as its rows in DoorParameters say.
Result<DoorParameters> door_parameters(storage::Store& store, DoorId door);
// What the tables of rules and the options of the box say. Rows were checked when they came; one of
// another version that makes no sense is logged, and does nothing.
Result<Rules> stored_rules(storage::Store& store, const Facts& facts);
// MachineTZ, else ServerTZ, with DSTSetting where DSTOn says so. Nothing: neither is set.
Result<std::optional<hal::TimeZone>> stored_zone(storage::Store& store);

// Everything, at start: the small tables in `effects`, people in portions through `people`. A row
// that makes no sense is logged and left out: the doors come first.
Result<void> load_all(storage::Store& store, const Facts& facts, Effects& effects,
                      const std::function<void(const std::vector<PeopleChange>&)>& people);

// The day of the temporary users is over: within the open transaction they go from every table that
// knows them. What the doors need to know of it comes back.
Result<Effects> erase_temporary(storage::Store& store, const Facts& facts);

}  // namespace lintel::daemon
