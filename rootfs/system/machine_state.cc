#include "rootfs/system/machine_state.h"

#include <sys/statvfs.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "rootfs/system/files.h"

namespace lintel::helper {
namespace {

std::optional<long> number_in(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return std::nullopt;
  long number = 0;
  const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || stop != text->data() + text->size()) return std::nullopt;
  return number;
}

// "0x01 0x02": the highest.
unsigned long highest(const std::string& text) {
  unsigned long most = 0;
  std::istringstream words(text);
  for (std::string word; words >> word;)
    most = std::max(most, std::strtoul(word.c_str(), nullptr, 16));
  return most;
}

std::string yes_no(bool truth) {
  return truth ? "yes" : "no";
}

}  // namespace

std::string one_line(std::string_view text, std::size_t bytes_max) {
  std::string line(text.substr(0, bytes_max));
  for (auto& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return line;
}

std::string slot_of(const std::string& command_line) {
  std::istringstream words(command_line);
  for (std::string word; words >> word;) {
    if (word == "rauc.slot=A" || word == "rauc.slot=a") return "a";
    if (word == "rauc.slot=B" || word == "rauc.slot=b") return "b";
  }
  return {};
}

SlotNotes slot_notes(const Paths& paths) {
  const auto slot = slot_of(read_text(paths.proc + "/cmdline").value_or(""));
  SlotNotes notes{.file = "good-" + (slot.empty() ? "here" : slot),
                  .text = slot + " " + read_text(paths.version).value_or("")};
  notes.was_good = read_text(paths.state() + "/" + notes.file) == notes.text;
  const auto other = std::string("/good-") + (slot == "a" ? "b" : "a");
  notes.way_back = !slot.empty() && read_text(paths.state() + other).has_value();
  return notes;
}

StorageLife storage_life(const Paths& paths) {
  StorageLife life;
  for (const auto& name : names_in(paths.sys + "/block")) {
    if (!name.starts_with("mmcblk") || name.find("boot") != std::string::npos) continue;
    const auto device = paths.sys + "/block/" + name + "/device";
    const auto used = highest(read_text(device + "/life_time").value_or(""));
    const auto end = highest(read_text(device + "/pre_eol_info").value_or(""));
    // 1 to 11 are tenths, the last beyond the end; 0 is said by cards that do not know.
    if (used >= 1 && used <= 11) life.used = std::max(life.used.value_or(0), unsigned(used) * 10);
    if (end == 3 || used == 11) {
      life.trouble = "the storage " + name + " is worn out; exchange it now";
    } else if (life.trouble.empty() && (end == 2 || used >= 9)) {
      life.trouble = "the storage " + name + " is nearly worn out; plan to exchange it";
    }
  }
  return life;
}

std::optional<int> temperature(const Paths& paths) {
  const auto tenths = [](long milli) -> std::optional<int> {
    if (milli < -100'000 || milli > 200'000) return std::nullopt;
    return static_cast<int>(milli / 100);
  };
  for (const auto& zone : names_in(paths.sys + "/class/thermal")) {
    if (!zone.starts_with("thermal_zone")) continue;
    if (const auto milli = number_in(paths.sys + "/class/thermal/" + zone + "/temp"))
      return tenths(*milli);
  }
  for (const auto& monitor : names_in(paths.sys + "/class/hwmon")) {
    if (const auto milli = number_in(paths.sys + "/class/hwmon/" + monitor + "/temp1_input"))
      return tenths(*milli);
  }
  return std::nullopt;
}

api::WishFile machine_state(const Paths& paths, HostClock& clock, std::optional<bool> good,
                            const std::string& update) {
  api::WishFile file;
  const auto say = [&file](const char* key, std::string value) {
    file.lines.emplace_back(key, std::move(value));
  };
  if (const auto slot = slot_of(read_text(paths.proc + "/cmdline").value_or("")); !slot.empty())
    say("slot", slot);
  if (good) say("good", yes_no(*good));
  if (const auto version = read_text(paths.version)) say("version", one_line(*version, 64));
  if (const auto tenths = temperature(paths)) {
    char text[16];
    std::snprintf(text, sizeof(text), "%s%d.%d", *tenths < 0 ? "-" : "", std::abs(*tenths) / 10,
                  std::abs(*tenths) % 10);
    say("temperature", text);
  }
  struct statvfs disk {};
  if (::statvfs(paths.data.c_str(), &disk) == 0) {
    say("storage_used", std::to_string((disk.f_blocks - disk.f_bfree) * disk.f_frsize));
    say("storage_size", std::to_string(disk.f_blocks * disk.f_frsize));
  }
  const auto life = storage_life(paths);
  if (life.used) say("storage_life", std::to_string(*life.used));
  say("trouble", life.trouble);
  say("update", one_line(update, 256));
  say("synchronised", yes_no(clock.synchronised()));
  return file;
}

}  // namespace lintel::helper
