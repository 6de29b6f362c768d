#include "engine/core/door_parameters.h"

#include <gtest/gtest.h>

#include <vector>

namespace lintel {
namespace {

// The names of appendix 10, written down once more, so that none gets lost.
constexpr std::string_view appendix_10[] = {"DoorAutoMatch",
                                            "DoorDrivertime",
                                            "DoorKeepOpenTimeZone",
                                            "DoorCancelKeepOpenDelay",
                                            "DoorValidTZ",
                                            "DoorSupperPassWord",
                                            "DoorIntertime",
                                            "DoorVerifyType",
                                            "DoorSensorType",
                                            "DoorDetectortime",
                                            "DoorCloseAndLock",
                                            "DoorReaderType",
                                            "DoorForcePassWord",
                                            "DoorInTimeAPB",
                                            "DoorREXInput",
                                            "DoorREXTimeOut",
                                            "WiegandIDIn",
                                            "WiegandID",
                                            "DoorDelayOpenTime",
                                            "ExtDoorDelayDrivertime",
                                            "DoorMultiCardInterTime",
                                            "DoorFirstCardOpenDoor",
                                            "DoorMultiCardOpenDoor",
                                            "DoorDisable",
                                            "DoorInOutAntiPassback",
                                            "DoorMaskFlag",
                                            "doorREXButtonType",
                                            "doorREXButtonInputMode",
                                            "doorREXButtonSupervisedResistor",
                                            "doorSensorInputMode",
                                            "doorSensorSupervisedResistor"};
// And our own.
constexpr std::string_view ours[] = {"DoorClockPolicy", "DoorFireOpen"};

bool set(DoorParameters& door, std::string_view name, std::string_view value) {
  return set_parameter(door, *find_door_parameter(name), value);
}
std::string get(const DoorParameters& door, std::string_view name) {
  return parameter_text(door, *find_door_parameter(name));
}

TEST(DoorParameters, are_those_of_appendix_10_and_two_of_our_own) {
  EXPECT_EQ(door_parameter_specs().size(), std::size(appendix_10) + std::size(ours));
  std::vector<std::string_view> names{std::begin(appendix_10), std::end(appendix_10)};
  names.insert(names.end(), std::begin(ours), std::end(ours));
  for (const std::string_view name : names) {
    const DoorParameterSpec* spec = find_door_parameter(name);
    ASSERT_NE(spec, nullptr) << name;
    EXPECT_EQ(spec->name, name);
  }
}

TEST(AFreshDoor, has_every_default) {
  const DoorParameters fresh;
  for (const DoorParameterSpec& spec : door_parameter_specs()) {
    EXPECT_EQ(parameter_text(fresh, spec), spec.default_value) << spec.name;
    DoorParameters door;
    EXPECT_TRUE(set_parameter(door, spec, spec.default_value)) << spec.name;
    EXPECT_FALSE(spec.range.empty()) << spec.name;
  }
}

// A value other than the default for each, and one just beyond what is allowed.
struct Sample {
  const char* name;
  const char* good;
  const char* bad;
};
constexpr Sample samples[] = {
    {"DoorAutoMatch", "0", "2"},
    {"DoorDrivertime", "254", "255"},
    {"DoorKeepOpenTimeZone", "255", "4294967296"},
    {"DoorCancelKeepOpenDelay", "1261022", "1261222"},
    {"DoorValidTZ", "2", "-1"},
    {"DoorSupperPassWord", "12345678", "123456789"},
    {"DoorIntertime", "255", "256"},
    {"DoorVerifyType", "29", "30"},
    {"DoorSensorType", "2", "3"},
    {"DoorDetectortime", "65535", "65536"},
    {"DoorCloseAndLock", "0", "2"},
    {"DoorReaderType", "255", "256"},
    {"DoorForcePassWord", "123456", "1234567"},
    {"DoorInTimeAPB", "65535", "65536"},
    {"DoorREXInput", "0", "2"},
    {"DoorREXTimeOut", "255", "256"},
    {"WiegandIDIn", "255", "256"},
    {"WiegandID", "255", "256"},
    {"DoorDelayOpenTime", "255", "256"},
    {"ExtDoorDelayDrivertime", "65535", "65536"},
    {"DoorMultiCardInterTime", "255", "256"},
    {"DoorFirstCardOpenDoor", "2", "3"},
    {"DoorMultiCardOpenDoor", "1", "2"},
    {"DoorDisable", "0", "x"},
    {"DoorInOutAntiPassback", "3", "4"},
    {"DoorMaskFlag", "1", "2"},
    {"doorREXButtonType", "2", "3"},
    {"doorREXButtonInputMode", "1", "2"},
    {"doorREXButtonSupervisedResistor", "4", "5"},
    {"doorSensorInputMode", "1", "2"},
    {"doorSensorSupervisedResistor", "4", "0"},
};
static_assert(std::size(samples) == std::size(appendix_10));

TEST(EveryParameter, keeps_what_it_is_given_and_refuses_what_is_out_of_range) {
  for (const Sample& sample : samples) {
    const DoorParameterSpec& spec = *find_door_parameter(sample.name);
    DoorParameters door;
    ASSERT_TRUE(set_parameter(door, spec, sample.good)) << sample.name;
    EXPECT_EQ(parameter_text(door, spec), sample.good) << sample.name;
    EXPECT_FALSE(set_parameter(door, spec, sample.bad)) << sample.name;
    EXPECT_EQ(parameter_text(door, spec), sample.good) << sample.name << " has changed";
    EXPECT_TRUE(set_parameter(door, spec, "")) << sample.name;
    EXPECT_EQ(parameter_text(door, spec), spec.default_value) << sample.name;
    const bool changes_no_other = [&] {
      for (const DoorParameterSpec& other : door_parameter_specs()) {
        if (parameter_text(door, other) != other.default_value) return false;
      }
      return true;
    }();
    EXPECT_TRUE(changes_no_other) << sample.name;
  }
}

TEST(AParameter, with_a_sense_against_its_name_is_taken_as_the_text_has_it) {
  DoorParameters door;
  EXPECT_TRUE(set(door, "DoorDisable", "0"));
  EXPECT_FALSE(door.enabled);
  EXPECT_TRUE(set(door, "DoorREXInput", "0"));
  EXPECT_TRUE(door.exit_button_locked);
  EXPECT_TRUE(set(door, "DoorMaskFlag", "1"));
  EXPECT_TRUE(door.locked);
  EXPECT_TRUE(set(door, "DoorDrivertime", "7"));
  EXPECT_EQ(door.drive_time, std::chrono::seconds{7});
}

TEST(AParameter, takes_numbers_and_nothing_that_looks_like_one) {
  DoorParameters door;
  for (const char* value : {" 5", "5 ", "+5", "-5", "5.0", "0x5", "five", "99999999999"}) {
    EXPECT_FALSE(set(door, "DoorDrivertime", value)) << value;
  }
  EXPECT_FALSE(set(door, "DoorSupperPassWord", "12a4"));
  EXPECT_FALSE(set(door, "DoorCancelKeepOpenDelay", "1261100")) << "no day";
  EXPECT_FALSE(set(door, "DoorCancelKeepOpenDelay", "1261132"));
  EXPECT_TRUE(set(door, "DoorVerifyType", "0000011000000001"));
  EXPECT_EQ(get(door, "DoorVerifyType"), "0000011000000001");
}

TEST(AName, is_found_in_any_case_and_without_its_door) {
  EXPECT_EQ(find_door_parameter("doordrivertime")->name, "DoorDrivertime");
  EXPECT_EQ(find_door_parameter("MaskFlag")->name, "DoorMaskFlag");
  EXPECT_EQ(find_door_parameter("DoorREXButtonType")->name, "doorREXButtonType");
  EXPECT_EQ(find_door_parameter("wiegandid")->name, "WiegandID");
  EXPECT_EQ(find_door_parameter("DoorColour"), nullptr);
  EXPECT_EQ(find_door_parameter(""), nullptr);
}

TEST(AnOption, carries_the_door_in_its_name) {
  const auto option = [](std::string_view text) {
    const auto parsed = parse_door_option(text);
    return parsed ? std::to_string(parsed->door) + std::string{parsed->parameter->name} : "none";
  };
  EXPECT_EQ(option("Door1Drivertime"), "1DoorDrivertime");
  EXPECT_EQ(option("door2REXButtonType"), "2doorREXButtonType");
  EXPECT_EQ(option("DOOR16MASKFLAG"), "16DoorMaskFlag");
  EXPECT_EQ(option("ExtDoor3DelayDrivertime"), "3ExtDoorDelayDrivertime");
  EXPECT_EQ(option("Door4WiegandIDIn"), "4WiegandIDIn");
  for (const char* text :
       {"", "Door", "Door1", "DoorDrivertime", "Door0Drivertime", "Door01Drivertime",
        "Door17Drivertime", "Door1Colour", "Reader1Drivertime", "Door99999999999Drivertime",
        "ExtDoor1Drivertime", "Door1DelayDrivertime", "Ext", "Door-1Drivertime"}) {
    EXPECT_EQ(option(text), "none") << text;
  }
}

}  // namespace
}  // namespace lintel
