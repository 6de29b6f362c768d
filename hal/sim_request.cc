#include "hal/sim_request.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "hal/line_names.h"

namespace lintel::hal::sim {
namespace {

tl::unexpected<Error> refused(std::string sentence) {
  return fail(Errc::invalid, std::move(sentence));
}

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  std::vector<std::string_view> words;
  while (true) {
    const auto begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return words;
    const auto end = std::min(line.find_first_of(blanks, begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
}

// A whole number in decimal digits, nothing else.
std::optional<unsigned> digits(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<ReaderId> read_reader(std::string_view word, const Layout& layout) {
  const auto reader = digits(word);
  if (!reader || *reader < 1 || *reader > layout.readers()) {
    return refused("READER must be a number from 1 to " + std::to_string(layout.readers()) + ".");
  }
  return ReaderId{static_cast<std::uint8_t>(*reader)};
}

Result<Request> read_frame(std::string_view reader_word, std::string_view bits,
                           const Layout& layout) {
  auto reader = read_reader(reader_word, layout);
  if (!reader) return fail(std::move(reader).error());
  if (bits.size() > frame_bits_max || bits.find_first_not_of("01") != std::string_view::npos) {
    return refused("BITS must be 1 to " + std::to_string(frame_bits_max) +
                   " characters, each 0 or 1.");
  }
  SendFrame frame{.reader = *reader, .bits = {}};
  for (const char bit : bits)
    frame.bits.push_back(bit == '1');
  return frame;
}

Result<Request> read_keys(std::string_view reader_word, std::string_view keys,
                          const Layout& layout) {
  auto reader = read_reader(reader_word, layout);
  if (!reader) return fail(std::move(reader).error());
  if (keys.size() > keys_max || keys.find_first_not_of("0123456789*#") != std::string_view::npos) {
    return refused("DIGITS must be 1 to " + std::to_string(keys_max) +
                   " characters of 0-9, * and #.");
  }
  PressKeys press{.reader = *reader, .keys = {}};
  for (const char key : keys) {
    press.keys.push_back(key == '*' ? 10 : key == '#' ? 11 : static_cast<std::uint8_t>(key - '0'));
  }
  return press;
}

Result<Request> read_input(std::string_view name, std::string_view level, const Layout& layout) {
  const auto line = input_named(name, layout);
  if (!line) {
    const auto doors = std::to_string(layout.doors);
    return refused("There is no such input; NAME must be door1.sensor to door" + doors +
                   ".sensor, door1.rex to door" + doors + ".rex, aux1 to aux" +
                   std::to_string(layout.aux_inputs) + ", reader1.tamper to reader" +
                   std::to_string(layout.readers()) + ".tamper, tamper, fire, mains or battery.");
  }
  if (level == "active") return SetInput{*line, Level::active};
  if (level == "inactive") return SetInput{*line, Level::inactive};
  if (is_supervised(*line)) {
    if (level == "cut") return SetInput{*line, Level::cut};
    if (level == "short") return SetInput{*line, Level::shorted};
    return refused("LEVEL of " + name_of(*line) + " must be active, inactive, cut or short.");
  }
  return refused("LEVEL of " + name_of(*line) +
                 " must be active or inactive; it is not a supervised input.");
}

Result<Request> read_clock(std::string_view text) {
  const auto wrong = [] {
    return refused("The time must be a real date and time as YYYY-MM-DDTHH:MM:SS, from " +
                   std::to_string(year_min) + " to " + std::to_string(year_max) + ".");
  };
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
  if (text.size() != form.size()) return wrong();
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == 'd' ? !digit : text[i] != form[i]) return wrong();
  }
  const auto part = [text](std::size_t at, std::size_t size) {
    return *digits(text.substr(at, size));
  };
  const auto day =
      std::chrono::year_month_day(std::chrono::year(static_cast<int>(part(0, 4))),
                                  std::chrono::month(part(5, 2)), std::chrono::day(part(8, 2)));
  if (!day.ok() || day.year() < std::chrono::year(year_min) ||
      day.year() > std::chrono::year(year_max) || part(11, 2) > 23 || part(14, 2) > 59 ||
      part(17, 2) > 59) {
    return wrong();
  }
  return SetClock{std::chrono::local_days(day) + std::chrono::hours(part(11, 2)) +
                  std::chrono::minutes(part(14, 2)) + std::chrono::seconds(part(17, 2))};
}

Result<Request> read_advance(std::string_view text) {
  const auto wrong = [] {
    return refused("SECONDS must be a number from 0 to " + std::to_string(advance_max.count()) +
                   ", with at most 9 places after the point.");
  };
  const auto point = std::min(text.find('.'), text.size());
  const auto whole = digits(text.substr(0, point));
  if (!whole) return wrong();
  std::chrono::nanoseconds by = std::chrono::seconds(*whole);
  if (point < text.size()) {
    const auto places = text.substr(point + 1);
    const auto fraction = digits(places);
    if (!fraction || places.size() > 9) return wrong();
    std::uint64_t ns = *fraction;
    for (auto i = places.size(); i < 9; ++i)
      ns *= 10;
    by += std::chrono::nanoseconds(ns);
  }
  if (by > advance_max) return wrong();
  return AdvanceBy{by};
}

}  // namespace

Result<Request> read_request(std::string_view line, const Layout& layout) {
  const auto words = words_of(line);
  const auto verb = words.empty() ? std::string_view() : words[0];
  const auto wants = [&words](std::size_t count) { return words.size() == count + 1; };
  const auto usage = [](std::string_view form) {
    return refused("The request must have the form: " + std::string(form) + ".");
  };
  if (verb == "wiegand") {
    return wants(2) ? read_frame(words[1], words[2], layout) : usage("wiegand READER BITS");
  }
  if (verb == "keys") {
    return wants(2) ? read_keys(words[1], words[2], layout) : usage("keys READER DIGITS");
  }
  if (verb == "input") {
    return wants(2) ? read_input(words[1], words[2], layout) : usage("input NAME LEVEL");
  }
  if (verb == "outputs") return wants(0) ? Result<Request>(ListOutputs{}) : usage("outputs");
  if (verb == "watch") return wants(0) ? Result<Request>(Watch{}) : usage("watch");
  if (verb == "clock") return wants(1) ? read_clock(words[1]) : usage("clock YYYY-MM-DDTHH:MM:SS");
  if (verb == "advance") return wants(1) ? read_advance(words[1]) : usage("advance SECONDS");
  return refused(
      "There is no such request; it must be wiegand, keys, input, outputs, watch, clock or "
      "advance.");
}

}  // namespace lintel::hal::sim
