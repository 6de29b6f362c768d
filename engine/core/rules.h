// The rules of the box: what the tables of the protocol say beyond people, time zones and door
// parameters. Small tables, which come whole and take effect whole. Their meaning, rule by rule,
// is the table in engine/README.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/core/calendar.h"
#include "engine/core/types.h"
#include "engine/core/verification.h"

namespace lintel {

// TriggerList: doors or readers under the number of a list.
struct TriggerPoint {
  std::uint32_t list = 0;
  bool reader = false;      // Type 4; false: Type 0, a door with both of its readers
  std::uint8_t number = 0;  // 0: all of them
  bool operator==(const TriggerPoint&) const = default;
};
// A row of AntiPassBack or InterLock: two lists, by their numbers. They may be the same.
struct ListPair {
  std::uint32_t id = 0;
  std::uint32_t from = 0, to = 0;  // PTriggerListID, TTriggerListID
  bool operator==(const ListPair&) const = default;
};

struct MultiCardGroup {  // multimcard: the people whom a door wants to see together
  DoorId door{};
  std::array<std::uint32_t, 5> groups{};  // user.Group of each member; 0: no such member
  bool operator==(const MultiCardGroup&) const = default;
};
struct FirstCardHolder {  // firstcard
  Pin pin;
  DoorId door{};
  TimezoneId zone = 0;
  bool operator==(const FirstCardHolder&) const = default;
};
struct SuperUser {  // SuperAuthorize
  Pin pin;
  std::uint8_t door = 0;  // 0: all
  bool operator==(const SuperUser&) const = default;
};

struct Linkage {  // inoutfun
  enum class Output : std::uint8_t { lock = 0, aux = 1 };
  enum class Act : std::uint8_t { output, lock_door, unlock_door };
  std::uint32_t index = 0;
  std::uint16_t event = 0;  // the code that triggers it
  std::uint8_t in = 0;      // door, reader or auxiliary line at which it happened; 0: any
  bool by_reader = false;   // `in` is a reader
  Output output = Output::lock;
  Act act = Act::output;
  std::uint8_t out = 0;   // door or auxiliary output
  std::uint8_t time = 0;  // 0 off, 1-254 seconds, 255 on until switched off
  bool operator==(const Linkage&) const = default;
};
inline constexpr std::uint8_t linkage_on = 255;

struct ScheduledOutput {  // outrelaysetting
  enum class Act : std::uint8_t { open = 1, closed = 2 };
  bool aux = false;         // false: the lock of a door
  std::uint8_t number = 0;  // door or auxiliary output
  Act act = Act::open;
  TimezoneId zone = 0;
  bool operator==(const ScheduledOutput&) const = default;
};

struct InputZone {          // InputIOSetting: when a button or an auxiliary input works
  bool aux = false;         // false: the exit button of a door
  std::uint8_t number = 0;  // door or auxiliary input
  TimezoneId zone = 0;
  bool operator==(const InputZone&) const = default;
};

struct AuxInput {  // AuxIn
  enum class Contact : std::uint8_t { none = 0, normally_open = 1, normally_closed = 2 };
  std::uint8_t number = 0;
  bool enabled = true;
  Contact contact = Contact::normally_open;
  bool supervised = false;
  std::uint8_t resistor = 1;  // SupervisedResistor: what the board measures against
  bool operator==(const AuxInput&) const = default;
};

struct VerifySchedule {  // DiffTimezoneVS
  struct Part {
    Interval interval;
    ModeCode user = mode_none, door = mode_none;
    bool operator==(const Part&) const = default;
  };
  std::uint32_t id = 0;
  std::array<std::array<Part, intervals_of_a_day>, days_of_a_zone> days{};
  bool operator==(const VerifySchedule&) const = default;
};
struct DoorVerify {  // DoorVSTimezone
  DoorId door{};
  std::uint32_t schedule = 0;
  bool operator==(const DoorVerify&) const = default;
};
struct PersonVerify {  // PersonalVSTimezone
  Pin pin;
  DoorId door{};
  std::uint32_t schedule = 0;
  bool operator==(const PersonVerify&) const = default;
};

struct ReaderSetting {  // ReaderProperty, ReaderParameters, and what the board file says
  bool enabled = true;
  // What a frame of this reader proves. Not `card`: it matches by itself, and its frame is an ID.
  Proof proof = Proof::card;
  std::optional<std::uint32_t> duress_site_code;  // in a frame: it was a duress finger
  bool operator==(const ReaderSetting&) const = default;
};

struct FireInput {
  bool used = true;           // fireAlarmType is not 0
  bool supervised = false;    // fireAlarmInputMode
  std::uint8_t resistor = 1;  // fireAlarmSupervisedResistor
  bool operator==(const FireInput&) const = default;
};

struct Rules {
  std::uint8_t anti_passback = 0;  // AntiPassback: a value of appendix 8
  std::uint8_t interlock = 0;      // InterLock: a value of appendix 9
  FireInput fire;
  std::vector<TriggerPoint> triggers;
  std::vector<ListPair> anti_passback_pairs, interlock_pairs;
  std::vector<MultiCardGroup> multi_card;
  std::vector<FirstCardHolder> first_cards;
  std::vector<SuperUser> super_users;
  std::vector<Linkage> linkages;
  std::vector<ScheduledOutput> scheduled_outputs;
  std::vector<InputZone> input_zones;
  std::vector<AuxInput> aux_inputs;           // those that have a row
  std::vector<std::uint8_t> aux_outputs_off;  // AuxOut Disable=1
  std::vector<VerifySchedule> verify_schedules;
  std::vector<DoorVerify> door_verify;
  std::vector<PersonVerify> person_verify;
  std::vector<ReaderSetting> readers;  // reader 1 first; fewer than there are: the rest are plain
  bool operator==(const Rules&) const = default;
};

// Appendixes 8 and 9 have these values and no others (of 8, 196 is met for 192).
bool is_anti_passback_value(std::uint32_t value);
bool is_interlock_value(std::uint32_t value);

}  // namespace lintel
