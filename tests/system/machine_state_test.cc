// What the kernel's files mean.
#include "rootfs/system/machine_state.h"

#include "tests/system/machine.h"

namespace lintel::helper {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TheMachine : public MadeUpMachine {
 protected:
  StorageLife card(const std::string& life_time, const std::string& pre_eol) {
    put_file(paths_.sys + "/block/mmcblk0/device/life_time", life_time + "\n");
    put_file(paths_.sys + "/block/mmcblk0/device/pre_eol_info", pre_eol + "\n");
    return storage_life(paths_);
  }
};

TEST_F(TheMachine, has_a_slot_where_its_command_line_says_so) {
  EXPECT_EQ("a", slot_of("console=ttyS0 rauc.slot=A quiet"));
  EXPECT_EQ("b", slot_of("rauc.slot=B\n"));
  EXPECT_EQ("", slot_of("rauc.slot=Bx xrauc.slot=A"));
  EXPECT_EQ("", slot_of(""));
}

TEST_F(TheMachine, knows_what_earlier_starts_have_noted_of_its_slots) {
  put_file(paths_.proc + "/cmdline", "quiet rauc.slot=B\n");
  put_file(paths_.version, "0.2.0\n");
  auto notes = slot_notes(paths_);
  EXPECT_FALSE(notes.was_good || notes.way_back) << "a new card";
  put_file(paths_.state() + "/good-a", "a 0.1.0\n");
  put_file(paths_.state() + "/" + notes.file, "b 0.1.9\n");
  notes = slot_notes(paths_);
  EXPECT_TRUE(notes.way_back);
  EXPECT_FALSE(notes.was_good) << "another version was, in this slot";
  put_file(paths_.state() + "/" + notes.file, notes.text + "\n");
  EXPECT_TRUE(slot_notes(paths_).was_good);
  std::filesystem::remove(paths_.state() + "/good-a");
  EXPECT_FALSE(slot_notes(paths_).way_back) << "its own note is none of the other's";
  put_file(paths_.proc + "/cmdline", "quiet\n");
  EXPECT_FALSE(slot_notes(paths_).way_back) << "a machine without slots";
}

TEST_F(TheMachine, tells_when_its_card_wears_out) {
  EXPECT_FALSE(storage_life(paths_).used) << "a card that says nothing";
  EXPECT_EQ(30u, card("0x01 0x03", "0x01").used);
  EXPECT_THAT(card("0x01 0x03", "0x01").trouble, IsEmpty());
  EXPECT_THAT(card("0x09 0x03", "0x01").trouble, HasSubstr("nearly worn out"));
  EXPECT_THAT(card("0x01 0x01", "0x02").trouble, HasSubstr("nearly worn out"));
  EXPECT_THAT(card("0x0b 0x01", "0x01").trouble, HasSubstr("exchange it now"));
  EXPECT_EQ(110u, card("0x0b 0x01", "0x01").used);
  EXPECT_THAT(card("0x01 0x01", "0x03").trouble, HasSubstr("exchange it now"));
  EXPECT_FALSE(card("0x00 0x00", "0x00").used) << "not defined";
  EXPECT_FALSE(card("zz", "").used);
}

TEST_F(TheMachine, is_as_warm_as_its_first_zone) {
  EXPECT_FALSE(temperature(paths_));
  put_file(paths_.sys + "/class/hwmon/hwmon0/temp1_input", "-3500\n");
  EXPECT_EQ(-35, temperature(paths_));
  put_file(paths_.sys + "/class/thermal/thermal_zone0/temp", "48250\n");
  EXPECT_EQ(482, temperature(paths_));
  put_file(paths_.sys + "/class/thermal/thermal_zone0/temp", "999999\n");
  EXPECT_FALSE(temperature(paths_)) << "no such machine";
}

TEST_F(TheMachine, says_only_what_it_knows) {
  std::filesystem::remove(paths_.version);
  const auto state = machine_state(paths_, clock_, std::nullopt, "12 %: evil\nend=0");
  for (const auto* key : {"slot", "good", "version", "temperature", "storage_life"})
    EXPECT_FALSE(state.has(key)) << key;
  EXPECT_EQ("12 %: evil?end=0", state.value("update"));
  EXPECT_TRUE(api::wish_file_text(state));
  const auto warm = [&](const std::string& milli) {
    put_file(paths_.sys + "/class/thermal/thermal_zone0/temp", milli);
    return std::string(machine_state(paths_, clock_, true, "").value("temperature"));
  };
  EXPECT_EQ("-0.5", warm("-500"));
  EXPECT_EQ("0.0", warm("0"));
}

}  // namespace
}  // namespace lintel::helper
