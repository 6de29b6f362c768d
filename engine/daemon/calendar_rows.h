// Rows about time, as the core and the clock know them. Errors name field and range.
#pragma once

#include "engine/base/result.h"
#include "engine/core/calendar.h"
#include "engine/daemon/row_reader.h"
#include "hal/time_zone.h"

namespace lintel::daemon {

Result<Timezone> timezone_from(const NamedRow& row);
Result<Holiday> holiday_from(const NamedRow& row);
Result<hal::SummerTime> summer_time_from(const NamedRow& row);  // DSTSetting

}  // namespace lintel::daemon
