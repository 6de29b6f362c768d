// What a door can be told (appendix 10), with the value of a fresh box for each.
//
// A parameter has one name ("DoorDrivertime") and two ways to reach it: a row of DoorParameters
// (ID = door, Name, Value) and an option "Door1Drivertime". Both end here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/core/calendar.h"
#include "engine/core/people.h"
#include "engine/core/types.h"
#include "engine/core/verification.h"

namespace lintel {

enum class SensorType : std::uint8_t { none = 0, normally_open = 1, normally_closed = 2 };

enum class FirstCard : std::uint8_t { off = 0, normal_open = 1, activation = 2 };

struct DoorParameters {
  // DoorDrivertime 0-254; 0: neither a credential nor the exit button releases the lock
  std::chrono::seconds drive_time{5};
  TimezoneId normal_open_zone = 0;  // DoorKeepOpenTimeZone
  // DoorCancelKeepOpenDelay: the day, (year-1900)*10000 + (month-1)*100 + day
  std::uint32_t normal_open_cancelled = 0;
  TimezoneId valid_zone = timezone_always;    // DoorValidTZ
  Password emergency_password;                // DoorSupperPassWord, up to 8 digits
  Password duress_password;                   // DoorForcePassWord, up to 6 digits
  std::chrono::seconds interval{2};           // DoorIntertime
  ModeCode verify_type = 0;                   // DoorVerifyType
  SensorType sensor = SensorType::none;       // DoorSensorType
  std::chrono::seconds held_after{15};        // DoorDetectortime; 0: no alarm
  bool close_and_lock = true;                 // DoorCloseAndLock
  bool exit_button_locked = false;            // DoorREXInput 0: the press does not release the lock
  std::chrono::seconds exit_button_delay{0};  // DoorREXTimeOut
  std::chrono::seconds open_delay{0};         // DoorDelayOpenTime
  bool enabled = true;                    // DoorDisable: 1 enabled, 0 disabled (as the text has it)
  bool locked = false;                    // DoorMaskFlag
  std::chrono::seconds anti_passback{0};  // DoorInTimeAPB; 0: none
  std::uint8_t in_out_anti_passback = 0;  // bit 0: at the in reader, bit 1: at the out reader
  std::chrono::seconds extended_pass{0};  // ExtDoorDelayDrivertime, on top of drive_time
  std::chrono::seconds multi_card_interval{10};  // DoorMultiCardInterTime
  bool multi_card = false;                       // DoorMultiCardOpenDoor
  FirstCard first_card = FirstCard::off;         // DoorFirstCardOpenDoor
  std::uint8_t exit_button_type = 1;             // doorREXButtonType; 0: there is none
  bool exit_button_supervised = false;           // doorREXButtonInputMode
  bool sensor_supervised = false;                // doorSensorInputMode
  // Ours: while the clock is not trusted, does the exit button work all the same?
  bool exit_needs_clock = false;  // DoorClockPolicy
  bool fire_door = true;          // DoorFireOpen: the fire input opens it
  // Stored for the board and answered; they decide nothing here.
  bool auto_match = true;  // DoorAutoMatch
  std::uint8_t reader_type = 0, wiegand_in = 0, wiegand_out = 0;
  std::uint8_t exit_button_resistor = 1, sensor_resistor = 1;
};

// One entry of appendix 10. Names are matched without regard to case, and also without their
// "Door": rows of DoorParameters come with Name=MaskFlag.
struct DoorParameterSpec {
  std::string_view name;           // "DoorDrivertime"
  std::string_view default_value;  // as text
  std::string_view range;          // for the message: "0 to 254 seconds"
};
std::span<const DoorParameterSpec> door_parameter_specs();
const DoorParameterSpec* find_door_parameter(std::string_view name);

// "Door1Drivertime" -> {1, "DoorDrivertime"}; "door2REXButtonType" -> {2, "doorREXButtonType"};
// "Door1WiegandIDIn" -> {1, "WiegandIDIn"}; "ExtDoor1DelayDrivertime" -> {1,
// "ExtDoorDelayDrivertime"}. Whether there is such a door is for the caller to say.
struct DoorOption {
  unsigned door;
  const DoorParameterSpec* parameter;
};
std::optional<DoorOption> parse_door_option(std::string_view option);

// Sets one parameter from text; an empty value means the default. False: nothing changed, the
// value is out of the parameter's range.
bool set_parameter(DoorParameters& door, const DoorParameterSpec& spec, std::string_view value);
// The value as the server would read it back.
std::string parameter_text(const DoorParameters& door, const DoorParameterSpec& spec);

}  // namespace lintel
