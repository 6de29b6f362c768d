// What a committed command means for the doors: made on the storage thread, carried out by the loop
// between two steps, whole. A swipe sees the tables before it or after it, never half.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/api/lintel.pb.h"
#include "engine/core/controller.h"
#include "engine/daemon/conversion.h"
#include "hal/card_format.h"
#include "storage/store.h"

namespace lintel::daemon {

struct Effects {
  std::vector<PeopleEdit> people;
  // Small tables come whole.
  std::optional<std::vector<Timezone>> timezones;
  std::optional<std::vector<Holiday>> holidays;
  std::vector<std::pair<DoorId, DoorParameters>> doors;
  std::optional<std::vector<TimezoneId>> exit_button_zones;  // door 1 first; 0: always
  std::optional<std::vector<std::vector<hal::CardFormat>>> reader_formats;  // reader 1 first
  std::optional<std::chrono::minutes> zone;
  std::optional<std::chrono::sys_seconds> utc;
  bool options = false;  // something that GET OPTIONS answers has changed
};

// ---- on the storage thread

// What the core makes of one row of an UPDATE; errors name field and range. Rows of tables that
// decide nothing here are fine whatever they hold.
Result<void> check_row(const storage::TableSchema& table, const NamedRow& row, const Layout& layout,
                       Effects& effects);

// After rows of `table` were written or deleted in the open transaction: reads what the core needs
// of it anew.
Result<void> reload(const storage::TableSchema& table, storage::Store& store, const Layout& layout,
                    Effects& effects);

// A deleted row, as values in the order of the table's fields.
void note_erased(const storage::TableSchema& table, std::span<const std::string_view> values,
                 Effects& effects);
// All rows of the table were deleted.
void note_cleared(const storage::TableSchema& table, Effects& effects);

// The parameters of a door as its rows in DoorParameters say.
Result<DoorParameters> door_parameters(storage::Store& store, DoorId door);

// Everything, at start: the small tables in `effects`, people in portions through `people`.
Result<void> load_all(storage::Store& store, const Layout& layout, Effects& effects,
                      const std::function<void(const std::vector<PeopleEdit>&)>& people);

}  // namespace lintel::daemon
