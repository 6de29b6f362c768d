#include "hal/board_file.h"

#include <ini.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "engine/core/limits.h"
#include "hal/line_names.h"

namespace lintel::hal {
namespace {

using Words = std::vector<std::string_view>;

// Readers and contacts of a building: long enough for a bouncing contact, short for a finger.
constexpr std::chrono::milliseconds debounce_usual{20};
constexpr unsigned offset_max = 1023, channel_max = 63;
constexpr unsigned ohms_max = 1'000'000, full_scale_max = 1u << 24;

Words words_of(std::string_view text) {
  Words words;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    if (text.empty()) return words;
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::optional<unsigned> number_of(std::string_view text, unsigned most) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && number <= most ? std::optional(number) : std::nullopt;
}

// "door12", with 12 within 1 to `most`.
std::optional<std::uint8_t> numbered(std::string_view text, std::string_view what, unsigned most) {
  if (text.substr(0, what.size()) != what) return std::nullopt;
  text.remove_prefix(what.size());
  const auto number = text.empty() || text.front() == '0' ? std::nullopt : number_of(text, most);
  if (!number || *number == 0) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

// The number behind "full=" and the like; 0: it is not there.
unsigned keyed(std::string_view word, std::string_view key, unsigned most) {
  if (word.substr(0, key.size()) != key) return 0;
  return number_of(word.substr(key.size()), most).value_or(0);
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// ---- values: each reads the words of one, and returns what is wrong, as the end of "must ..."

std::string read_address(std::string_view word, LineAddress& to) {
  constexpr std::string_view form =
      "begin with a line: its name, such as GPIO17, or chip and offset, such as gpiochip0:17";
  if (word.size() > board_limits::name_bytes_max || !is_printable(word)) return std::string(form);
  const auto colon = word.rfind(':');
  if (colon == std::string_view::npos) {
    to = {.chip = {}, .offset = 0, .name = std::string(word)};
    return {};
  }
  const auto offset = number_of(word.substr(colon + 1), offset_max);
  if (colon == 0 || !offset) return std::string(form);
  to = {.chip = std::string(word.substr(0, colon)), .offset = *offset, .name = {}};
  return {};
}

// The word behind "=" of `debounce=20ms`, in milliseconds.
std::optional<std::chrono::milliseconds> debounce_of(std::string_view word) {
  if (word.substr(0, 9) != "debounce=") return std::nullopt;
  word.remove_prefix(9);
  if (word.size() < 3 || word.substr(word.size() - 2) != "ms") return std::nullopt;
  const auto number = number_of(word.substr(0, word.size() - 2),
                                static_cast<unsigned>(board_limits::debounce_max.count()));
  return number ? std::optional(std::chrono::milliseconds(*number)) : std::nullopt;
}

std::string read_digital(const Words& words, DigitalInput& to) {
  if (auto wrong = read_address(words[0], to.at); !wrong.empty()) return wrong;
  bool level_said = false, bias_said = false, debounce_said = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto word = words[i];
    bool* said = nullptr;
    if (word == "low" || word == "high") {
      to.active_low = word == "low";
      said = &level_said;
    } else if (word == "pull-up" || word == "pull-down" || word == "no-pull") {
      to.bias = word == "pull-up"     ? Bias::pull_up
                : word == "pull-down" ? Bias::pull_down
                                      : Bias::none;
      said = &bias_said;
    } else if (const auto debounce = debounce_of(word)) {
      to.debounce = *debounce;
      said = &debounce_said;
    }
    if (said == nullptr || *said) {
      return "be LINE [high or low] [pull-up, pull-down or no-pull] [debounce=0ms to 300ms], each "
             "at most once, and \"" +
             std::string(word) + "\" is none of these or is there twice";
    }
    *said = true;
  }
  return {};
}

std::string read_supervised(const Words& words, SupervisedInput& to) {
  constexpr std::string_view form =
      "be adc DEVICE CHANNEL full=RAW pull-up=OHMS [active=open or active=closed], such as adc "
      "ads1015 0 full=2047 pull-up=2200 active=open";
  if (words.size() < 5 || words.size() > 6) return std::string(form);
  const auto channel = number_of(words[2], channel_max);
  const unsigned full = keyed(words[3], "full=", full_scale_max);
  const unsigned ohms = keyed(words[4], "pull-up=", ohms_max);
  const auto active = words.size() == 6 ? words[5] : std::string_view("active=closed");
  const bool name_fine = words[1].size() <= board_limits::name_bytes_max &&
                         is_printable(words[1]) && words[1].find('/') == std::string_view::npos;
  if (!name_fine || !channel || full < 16 || ohms == 0 ||
      (active != "active=open" && active != "active=closed"))
    return std::string(form);
  to = {.device = std::string(words[1]),
        .channel = *channel,
        .full_scale = full,
        .pull_up_ohms = ohms,
        .active_open = active == "active=open"};
  return {};
}

std::string read_input(const Words& words, BoardInput& to) {
  if (words[0] == "adc") {
    if (!is_supervised(to.line))
      return "be a digital line: only sensors, exit buttons, auxiliary inputs and fire are "
             "supervised";
    return read_supervised(words, to.supervised.emplace());
  }
  auto& digital = to.digital.emplace();
  digital.debounce = debounce_usual;
  return read_digital(words, digital);
}

std::string read_output(const Words& words, BoardOutput& to) {
  const bool lock = to.line.kind == OutputKind::lock;
  if (auto wrong = read_address(words[0], to.at); !wrong.empty()) return wrong;
  bool level_said = false, kind_said = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto word = words[i];
    bool* said = nullptr;
    if (word == "low" || word == "high") {
      to.active_low = word == "low";
      said = &level_said;
    } else if (lock && (word == "fail-safe" || word == "fail-secure")) {
      to.fail_safe = word == "fail-safe";
      said = &kind_said;
    }
    if (said == nullptr || *said) {
      return std::string("be LINE [high or low]") + (lock ? " fail-safe or fail-secure" : "") +
             ", each at most once, and \"" + std::string(word) +
             "\" is none of these or is there twice";
    }
    *said = true;
  }
  // Whether a lock opens or holds without current is for the installer to say, not to be guessed.
  if (lock && !kind_said)
    return "say fail-safe (released without current) or fail-secure (locked without current)";
  return {};
}

std::string read_proof(const Words& words, Proof& to) {
  static constexpr std::pair<std::string_view, Proof> kinds[] = {
      {"card", Proof::card},
      {"keypad", Proof::card},  // keys of 4 and of 8 bits are told from cards by themselves
      {"fingerprint", Proof::fingerprint},
      {"face", Proof::face},
      {"finger-vein", Proof::finger_vein},
      {"palm-vein", Proof::palm_vein},
  };
  const auto* kind = words.size() != 1
                         ? std::end(kinds)
                         : std::find_if(std::begin(kinds), std::end(kinds),
                                        [&](const auto& k) { return k.first == words[0]; });
  if (kind == std::end(kinds))
    return "be card, keypad, fingerprint, face, finger-vein or palm-vein";
  to = kind->second;
  return {};
}

// ---- the file

struct Reading {
  std::string_view text;  // what is left of it
  std::string text_complaint;
  unsigned line = 0;
  std::string complaint;
  BoardFile file;
  std::map<std::string, unsigned> keys, lines;  // where each was first
  std::map<unsigned, unsigned> doors;           // number -> line
  struct Reader {
    std::optional<DigitalInput> d0, d1;
    Proof proof = Proof::card;
    unsigned line = 0;
  };
  std::map<unsigned, Reader> readers;
  unsigned aux_inputs = 0, aux_outputs = 0;
};

// Which names a line goes by, so that "gpiochip0:17" and "GPIO17" are two (the kernel tells at the
// start when they are one).
std::string take_line(Reading& reading, const LineAddress& at, const std::string& where) {
  const auto name = text_of(at);
  const auto [found, first] = reading.lines.emplace(name, reading.line);
  if (first) return {};
  return where + ": the line " + name + " is taken already (line " + std::to_string(found->second) +
         "); each has one use";
}

std::string must(const std::string& where, const std::string& wrong) {
  return wrong.empty() ? "" : where + " must " + wrong;
}

std::string add_input(Reading& reading, InputLine line, const Words& words,
                      const std::string& where) {
  BoardInput input{.line = line, .digital = {}, .supervised = {}};
  if (auto wrong = read_input(words, input); !wrong.empty()) return must(where, wrong);
  if (input.digital) {
    if (auto wrong = take_line(reading, input.digital->at, where); !wrong.empty()) return wrong;
  } else {
    const auto channel =
        input.supervised->device + " channel " + std::to_string(input.supervised->channel);
    const auto [found, first] = reading.lines.emplace(channel, reading.line);
    if (!first) {
      return where + ": " + channel + " is taken already (line " + std::to_string(found->second) +
             "); each has one use";
    }
  }
  reading.file.inputs.push_back(std::move(input));
  return {};
}

std::string add_output(Reading& reading, OutputLine line, const Words& words,
                       const std::string& where) {
  BoardOutput output{.line = line, .at = {}};
  if (auto wrong = read_output(words, output); !wrong.empty()) return must(where, wrong);
  if (auto wrong = take_line(reading, output.at, where); !wrong.empty()) return wrong;
  reading.file.outputs.push_back(std::move(output));
  return {};
}

std::string take_board(Reading& reading, std::string_view name, std::string_view value,
                       const Words& words, const std::string& where) {
  auto& file = reading.file;
  if (name == "name") {
    if (value.size() > board_limits::name_bytes_max)
      return where + " must have at most 60 characters";
    file.name = value;
    return {};
  }
  if (name == "reset_button") {
    auto& button = file.reset_button.emplace();
    button.debounce = debounce_usual;
    if (auto wrong = read_digital(words, button); !wrong.empty()) return must(where, wrong);
    return take_line(reading, button.at, where);
  }
  static constexpr std::string_view leds[] = {"led_run", "led_link", "led_alarm"};
  const auto* led = std::find(std::begin(leds), std::end(leds), name);
  if (led == std::end(leds))
    return where +
           " is no setting of a board; there are name, reset_button, led_run, led_link and "
           "led_alarm";
  if (words.size() != 1 || words[0].size() > board_limits::name_bytes_max ||
      !is_printable(words[0]) || words[0].find('/') != std::string_view::npos || words[0][0] == '.')
    return where + " must be the name of a LED in /sys/class/leds";
  file.leds[static_cast<std::size_t>(led - leds)] = std::string(words[0]);
  return {};
}

std::string take_door(Reading& reading, std::uint8_t door, std::string_view name,
                      const Words& words, const std::string& where) {
  reading.doors.emplace(door, reading.line);
  if (name == "lock") return add_output(reading, {OutputKind::lock, door}, words, where);
  if (name == "sensor") return add_input(reading, {InputKind::door_sensor, door}, words, where);
  if (name == "rex") return add_input(reading, {InputKind::exit_button, door}, words, where);
  return where + " is no line of a door; there are lock, sensor and rex";
}

std::string take_reader(Reading& reading, std::uint8_t number, std::string_view name,
                        const Words& words, const std::string& where) {
  auto& reader = reading.readers[number];
  if (reader.line == 0) reader.line = reading.line;
  if (name == "d0" || name == "d1") {
    auto& line = (name == "d0" ? reader.d0 : reader.d1).emplace();
    if (auto wrong = read_digital(words, line); !wrong.empty()) return must(where, wrong);
    // A pulse of 50 us is all there is: debouncing would swallow it.
    if (line.debounce.count() != 0) return where + " must have no debounce: its pulses are short";
    return take_line(reading, line.at, where);
  }
  if (name == "led") return add_output(reading, {OutputKind::reader_led, number}, words, where);
  if (name == "buzzer")
    return add_output(reading, {OutputKind::reader_buzzer, number}, words, where);
  if (name == "tamper") return add_input(reading, {InputKind::reader_tamper, number}, words, where);
  if (name == "kind") return must(where, read_proof(words, reader.proof));
  return where + " is nothing of a reader; there are d0, d1, led, buzzer, tamper and kind";
}

std::string take_box_input(Reading& reading, std::string_view name, const Words& words,
                           const std::string& where) {
  static constexpr std::pair<std::string_view, InputKind> kinds[] = {
      {"fire", InputKind::fire},
      {"tamper", InputKind::tamper},
      {"mains", InputKind::mains},
      {"battery", InputKind::battery}};
  for (const auto& [kind_name, kind] : kinds)
    if (name == kind_name) return add_input(reading, {kind, 0}, words, where);
  const auto number = numbered(name, "aux", limits::aux_max);
  if (!number)
    return where +
           " is no input of the box; there are fire, tamper, mains, battery and aux1 to "
           "aux32";
  reading.aux_inputs = std::max<unsigned>(reading.aux_inputs, *number);
  return add_input(reading, {InputKind::aux, *number}, words, where);
}

std::string take(Reading& reading, std::string_view section, std::string_view name,
                 std::string_view value) {
  const auto where = "[" + std::string(section) + "] " + std::string(name);
  const auto [found, first] = reading.keys.emplace(where, reading.line);
  if (!first) return where + " is set twice (first in line " + std::to_string(found->second) + ")";
  const auto words = words_of(value);
  if (words.empty()) return where + " must not be empty";
  if (section == "board") return take_board(reading, name, value, words, where);
  if (const auto door = numbered(section, "door", limits::doors_max))
    return take_door(reading, *door, name, words, where);
  if (const auto reader = numbered(section, "reader", 2 * limits::doors_max))
    return take_reader(reading, *reader, name, words, where);
  if (section == "inputs") return take_box_input(reading, name, words, where);
  if (section == "outputs") {
    const auto number = numbered(name, "auxout", limits::aux_max);
    if (!number) return where + " is no output of the box; there are auxout1 to auxout32";
    reading.aux_outputs = std::max<unsigned>(reading.aux_outputs, *number);
    return add_output(reading, {OutputKind::aux, *number}, words, where);
  }
  return "[" + std::string(section) +
         "] is no section of a board file; there are board, door1 to door16, reader1 to reader32, "
         "inputs and outputs";
}

int take_line_of_file(void* user, const char* section, const char* name, const char* value) {
  auto& reading = *static_cast<Reading*>(user);
  if (reading.complaint.empty()) reading.complaint = take(reading, section, name, value);
  return reading.complaint.empty() ? 1 : 0;
}

// Hands inih one line after the other, so that its number is known. Without the blanks at its
// start, which inih would take for the continuation of the line before.
char* next_line(char* to, int size, void* user) {
  auto& reading = *static_cast<Reading*>(user);
  if (reading.text.empty() || !reading.text_complaint.empty()) return nullptr;
  ++reading.line;
  const auto end = std::min(reading.text.find('\n'), reading.text.size());
  auto line = reading.text.substr(0, end);
  reading.text.remove_prefix(std::min(end + 1, reading.text.size()));
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  if (line.find('\0') != std::string_view::npos) {
    reading.text_complaint = "this is no text: it has a NUL byte";
  } else if (line.size() > board_limits::line_bytes_max ||
             line.size() + 2 > static_cast<std::size_t>(size)) {
    reading.text_complaint =
        "this line is longer than " + std::to_string(board_limits::line_bytes_max) + " bytes";
  }
  if (!reading.text_complaint.empty()) return nullptr;
  std::memcpy(to, line.data(), line.size());
  std::memcpy(to + line.size(), "\n", 2);
  return to;
}

// ---- what only the whole file shows

std::string check_doors(const Reading& reading) {
  if (reading.doors.empty()) return "there is no door; [door1] with a lock is the least";
  unsigned expected = 1;
  for (const auto& [door, line] : reading.doors) {
    const auto name = "[door" + std::to_string(door) + "]";
    if (door != expected)
      return "line " + std::to_string(line) + ": " + name + " comes, but there is no [door" +
             std::to_string(expected) + "]; doors are numbered without gaps";
    if (reading.keys.find(name + " lock") == reading.keys.end())
      return "line " + std::to_string(line) + ": " + name + " has no lock";
    ++expected;
  }
  return {};
}

std::string check_readers(Reading& reading) {
  const auto doors = static_cast<unsigned>(reading.doors.size());
  for (const auto& [number, reader] : reading.readers) {
    const auto name = "[reader" + std::to_string(number) + "]";
    const auto line = "line " + std::to_string(reader.line) + ": ";
    if (number > 2 * doors)
      return line + name + " belongs to no door: door N has the readers 2N-1 (in) and 2N (out)";
    if (reader.d0.has_value() != reader.d1.has_value())
      return line + name + " has only one of d0 and d1; a reader needs both";
    if (!reader.d0) return line + name + " has no d0 and d1";
    reading.file.readers.push_back({.reader = ReaderId{static_cast<std::uint8_t>(number)},
                                    .d0 = *reader.d0,
                                    .d1 = *reader.d1,
                                    .proof = reader.proof});
  }
  return {};
}

}  // namespace

std::string text_of(const LineAddress& address) {
  return address.chip.empty() ? address.name : address.chip + ":" + std::to_string(address.offset);
}

std::vector<Proof> BoardFile::proofs() const {
  std::vector<Proof> all(layout.readers(), Proof::card);
  for (const auto& reader : readers)
    all[number(reader.reader) - 1u] = reader.proof;
  return all;
}

Result<BoardFile> parse_board_file(std::string_view text, const std::string& file_name) {
  Reading reading;
  reading.text = text;
  const int wrong = ini_parse_stream(next_line, &reading, take_line_of_file, &reading);
  const auto at_line = [&](unsigned line) {
    return file_name + " line " + std::to_string(line) + ": ";
  };
  if (!reading.text_complaint.empty())
    return fail(Errc::invalid, at_line(reading.line) + reading.text_complaint);
  if (wrong != 0) {
    if (reading.complaint.empty())
      return fail(Errc::invalid, at_line(static_cast<unsigned>(std::max(wrong, 0))) +
                                     "this is neither [section] nor name = value");
    return fail(Errc::invalid, at_line(static_cast<unsigned>(wrong)) + reading.complaint);
  }
  auto complaint = check_doors(reading);
  if (complaint.empty()) complaint = check_readers(reading);
  if (!complaint.empty()) return fail(Errc::invalid, file_name + ": " + complaint);
  auto& file = reading.file;
  file.layout = {.doors = static_cast<unsigned>(reading.doors.size()),
                 .aux_inputs = reading.aux_inputs,
                 .aux_outputs = reading.aux_outputs};
  std::stable_partition(file.outputs.begin(), file.outputs.end(), [](const BoardOutput& output) {
    return output.line.kind == OutputKind::lock;
  });
  return std::move(file);
}

Result<BoardFile> read_board_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return fail(Errc::not_found,
                path + " cannot be read; name the board's file in [hal] board = gpio:FILE");
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) return fail(Errc::io, path + " cannot be read, or is empty");
  if (text.str().size() > board_limits::file_bytes_max)
    return fail(Errc::full, path + " is larger than 64 KiB; this cannot be a board file");
  return parse_board_file(text.str(), path);
}

}  // namespace lintel::hal
