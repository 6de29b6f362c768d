#include "tests/fake_server/demo_people.h"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "tests/fake_server/fake_server.h"

namespace lintel::fake {
namespace {

// A column of text, filled up with blanks; names are UTF-8 and counted in characters.
std::string column(std::string_view text, std::size_t width) {
  std::string cell(text);
  std::size_t characters = 0;
  for (const char c : text)
    characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  if (characters < width) cell.append(width - characters, ' ');
  return cell;
}

std::string line_of(std::string_view name, std::uint32_t card, std::string_view password,
                    std::string_view remark) {
  return column(name, 14) + column(std::to_string(card), 9) + column(frame26(card), 28) +
         column(password.empty() ? "-" : password, 10) + std::string(remark) + "\n";
}

std::string timezone_row(unsigned id, std::uint32_t on_workdays, std::uint32_t on_other_days) {
  constexpr std::array<std::string_view, 10> days = {"Sun", "Mon", "Tue",  "Wed",  "Thu",
                                                     "Fri", "Sat", "Hol1", "Hol2", "Hol3"};
  std::string row = "TimezoneId=" + std::to_string(id);
  for (std::size_t day = 0; day < days.size(); ++day) {
    const bool workday = day >= 1 && day <= 5;
    for (int interval = 1; interval <= 3; ++interval) {
      const auto value = interval > 1 ? 0 : workday ? on_workdays : on_other_days;
      row += "\t" + std::string(days[day]) + "Time" + std::to_string(interval) + "=" +
             std::to_string(value);
    }
  }
  return row;
}

// "0800 to 1800" in one number, as time zones carry it.
constexpr std::uint32_t interval(std::uint32_t from, std::uint32_t until) {
  return (from << 16) + until;
}

std::string user_row(const DemoPerson& person) {
  const auto end = person.expired ? appendix_5_seconds(2024, 12, 31, 86'399) : 0;
  return "CardNo=" + std::to_string(person.card) + "\tPin=" + std::string(person.pin) +
         "\tPassword=" + std::string(person.password) +
         "\tGroup=0\tStartTime=0\tEndTime=" + std::to_string(end) +
         "\tName=" + std::string(person.name) +
         "\tPrivilege=0\tDisable=" + (person.blacklisted ? "1" : "0");
}

std::string hexadecimal(std::uint32_t card) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%X", card);
  return text.data();
}

std::string zone_text(int minutes) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%c%02d%02d", minutes < 0 ? '-' : '+',
                std::abs(minutes) / 60, std::abs(minutes) % 60);
  return text.data();
}

// Card or password, and a sensor, so that a forced door and one held open are noticed. Door 2 wants
// both, card and password.
std::string door_parameters(unsigned door) {
  const std::string name = "Door" + std::to_string(door);
  return "SET OPTIONS " + name + "Drivertime=5," + name + "KeepOpenTimeZone=0," + name +
         "ValidTZ=1," + name + "Intertime=0," + name + "VerifyType=" + (door == 2 ? "11" : "7") +
         "," + name + "SensorType=2," + name + "Detectortime=15," + name + "CloseAndLock=1";
}

}  // namespace

std::string frame26(std::uint32_t card) {
  std::string bits;
  std::size_t ones_in_first_half = 0;
  std::size_t ones_in_second_half = 0;
  for (int bit = 23; bit >= 0; --bit) {
    const bool one = (card >> bit & 1u) != 0;
    bits += one ? '1' : '0';
    (bit >= 12 ? ones_in_first_half : ones_in_second_half) += one ? 1 : 0;
  }
  const char even = ones_in_first_half % 2 == 0 ? '0' : '1';
  const char odd = ones_in_second_half % 2 == 0 ? '1' : '0';
  return even + bits + odd;
}

std::string people_in_words() {
  std::string text = column("name", 14) + column("card", 9) + column("26-bit frame", 28) +
                     column("password", 10) + "\n";
  for (const auto& person : demo_people)
    text += line_of(person.name, person.card, person.password, person.remark);
  text += line_of("(lost)", demo_lost_card, "", "Finn Gray's second card, reported as lost");
  text += line_of("(nobody)", demo_unknown_card, "", "a card that nobody has registered");
  text += "Door 2 asks for card and password: after the card, the digits and #.\n";
  return text;
}

std::vector<std::string> demo_commands(unsigned doors, std::int64_t now, int zone_minutes) {
  std::vector<std::string> commands = {
      "GET OPTIONS ~SerialNumber,FirmVer,~DeviceName,LockCount,ReaderCount,AuxInCount,AuxOutCount,"
      "MachineType,~IsOnlyRFMachine,~MaxUserCount,~MaxAttLogCount,NetMask,GATEIPAddress,"
      "SimpleEventType,VerifyStyles,EventTypes",
      "GET OPTIONS ~REXInputFunOn,~CardFormatFunOn,~RelayStateFunOn,~LossCardFunOn,"
      "DisableUserFunOn,DeleteAndFunOn,LogIDFunOn,DateFmtFunOn,MachineTZFunOn,AccSupportFunList",
      "DATA COUNT user",
      "DATA COUNT transaction",
      "SET OPTIONS MachineTZ=" + zone_text(zone_minutes),
      "SET OPTIONS DateTime=" + std::to_string(appendix_5_seconds_utc(now)),
      "DATA DELETE userauthorize *",
      "DATA DELETE mulcarduser *",
      "DATA DELETE user *",
      "DATA DELETE timezone *",
      "DATA UPDATE timezone " +
          timezone_row(time_zone_always, interval(0, 2359), interval(0, 2359)) + "\n" +
          timezone_row(time_zone_office, interval(800, 1800), 0),
  };
  std::string users = "DATA UPDATE user";
  std::string rights = "DATA UPDATE userauthorize";
  char before = ' ';
  for (const auto& person : demo_people) {
    users += before + user_row(person);
    rights += before + std::string("Pin=") + std::string(person.pin) +
              "\tAuthorizeTimezoneId=" + std::to_string(person.time_zone) +
              "\tAuthorizeDoorId=" + std::to_string(person.doors) + "\tDevID=1";
    before = '\n';
  }
  commands.push_back(users);
  commands.push_back("DATA UPDATE mulcarduser Pin=6\tCardNo=" + hexadecimal(1'000'006) +
                     "\tLossCardFlag=0\tCardType=0\nPin=6\tCardNo=" + hexadecimal(demo_lost_card) +
                     "\tLossCardFlag=1\tCardType=1");
  commands.push_back(rights);
  for (unsigned door = 1; door <= doors; ++door)
    commands.push_back(door_parameters(door));
  return commands;
}

}  // namespace lintel::fake
