#include "tests/kernel/terminals.h"

#include <algorithm>
#include <stdexcept>

#include "hal/line_names.h"

namespace lintel::kernel {
namespace {

constexpr std::string_view at_expander = "expander.";

hal::BoardFile read(const std::string& text) {
  auto file = hal::parse_board_file(text, "board.conf");
  if (!file) throw std::runtime_error(file.error().text);
  return std::move(*file);
}

std::vector<std::string> line_names(const hal::BoardFile& file, bool of_expander) {
  std::vector<std::string> names;
  const auto add = [&](const hal::LineAddress& at) {
    if ((at.name.rfind(at_expander, 0) == 0) == of_expander) names.push_back(at.name);
  };
  for (const auto& output : file.outputs)
    add(output.at);
  for (const auto& reader : file.readers) {
    add(reader.d0.at);
    add(reader.d1.at);
  }
  for (const auto& input : file.inputs)
    add(input.digital.value().at);
  if (names.empty()) names.emplace_back();  // a chip has one line at least
  return names;
}

}  // namespace

const std::string four_doors = R"([board]
name = Terminals of four doors
[door1]
lock = lock1 high fail-secure
sensor = sensor1 high no-pull
rex = rex1 low no-pull
[door2]
lock = lock2 low fail-secure
[door3]
lock = lock3 high fail-safe
[door4]
lock = lock4 low fail-safe
[reader1]
d0 = r1d0 no-pull
d1 = r1d1 no-pull
led = r1led low
[reader3]
d0 = r3d0 no-pull
d1 = r3d1 no-pull
[reader5]
d0 = expander.r5d0 no-pull
d1 = expander.r5d1 no-pull
[inputs]
fire = fire high no-pull
aux1 = expander.aux1 low no-pull
[outputs]
auxout1 = expander.out1 low
)";

Terminals::Terminals(const std::string& board_file)
    : file_(read(board_file)),
      near_("terminals", line_names(file_, false)),
      expander_("expander", line_names(file_, true)) {
  put_to_rest();
  for (const auto& output : file_.outputs) {
    const auto place = place_of(output.line);
    place.chip.pull(place.offset, high_when(false, output.line));
  }
}

std::unique_ptr<hal::GpioBoard> Terminals::opened() const {
  auto board = open();
  if (!board) throw std::runtime_error(board.error().text);
  return std::move(*board);
}

bool Terminals::has(ReaderId reader) const {
  return std::any_of(file_.readers.begin(), file_.readers.end(),
                     [reader](const auto& wired) { return wired.reader == reader; });
}

bool Terminals::has(const InputLine& line) const {
  return std::any_of(file_.inputs.begin(), file_.inputs.end(),
                     [&](const auto& wired) { return wired.line == line; });
}

bool Terminals::has(const OutputLine& line) const {
  return std::any_of(file_.outputs.begin(), file_.outputs.end(),
                     [&](const auto& wired) { return wired.line == line; });
}

void Terminals::put(const InputLine& line, bool active) {
  for (const auto& input : file_.inputs) {
    if (input.line != line) continue;
    const auto place = place_of(input.digital->at.name);
    place.chip.pull(place.offset, active != input.digital->active_low);
  }
}

void Terminals::put_to_rest() {
  for (const auto& input : file_.inputs)
    put(input.line, false);
  for (const auto& reader : file_.readers)
    wires(reader.reader);
}

ReaderWires Terminals::wires(ReaderId reader) {
  for (const auto& wired : file_.readers) {
    if (wired.reader != reader) continue;
    const auto d0 = place_of(wired.d0.at.name);
    return ReaderWires(d0.chip, d0.offset, place_of(wired.d1.at.name).offset);
  }
  throw std::runtime_error("no such reader is wired");
}

Terminals::Place Terminals::place_of(const std::string& line_name) {
  SimChip& chip = line_name.rfind(at_expander, 0) == 0 ? expander_ : near_;
  return {chip, chip.offset_of(line_name)};
}

const hal::BoardOutput& Terminals::output(const OutputLine& line) const {
  for (const auto& wired : file_.outputs) {
    if (wired.line == line) return wired;
  }
  throw std::runtime_error(hal::name_of(line) + " is not wired");
}

Terminals::Place Terminals::place_of(const OutputLine& line) {
  return place_of(output(line).at.name);
}

// A fail-safe lock is released when its relay lets go.
bool Terminals::high_when(bool driven, const OutputLine& line) const {
  const auto& wired = output(line);
  return (driven != wired.fail_safe) != wired.active_low;
}

bool Terminals::driven(const OutputLine& line) {
  const auto place = place_of(line);
  return place.chip.value(place.offset) == high_when(true, line);
}

}  // namespace lintel::kernel
