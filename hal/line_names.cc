#include "hal/line_names.h"

#include "engine/base/check.h"

namespace lintel::hal {
namespace {

std::string numbered(std::string_view before, std::uint8_t number, std::string_view after = "") {
  return std::string(before) + std::to_string(number) + std::string(after);
}

template <class Kind, class Line>
void add(std::vector<Line>& lines, Kind kind, unsigned count) {
  for (unsigned n = 1; n <= count; ++n)
    lines.push_back({kind, static_cast<std::uint8_t>(n)});
}

}  // namespace

std::string name_of(const InputLine& line) {
  switch (line.kind) {
    case InputKind::door_sensor:
      return numbered("door", line.number, ".sensor");
    case InputKind::exit_button:
      return numbered("door", line.number, ".rex");
    case InputKind::aux:
      return numbered("aux", line.number);
    case InputKind::reader_tamper:
      return numbered("reader", line.number, ".tamper");
    case InputKind::tamper:
      return "tamper";
    case InputKind::fire:
      return "fire";
    case InputKind::mains:
      return "mains";
    case InputKind::battery:
      return "battery";
  }
  DOOR_CHECK(false);
}

std::string name_of(const OutputLine& line) {
  switch (line.kind) {
    case OutputKind::lock:
      return numbered("door", line.number, ".lock");
    case OutputKind::aux:
      return numbered("auxout", line.number);
    case OutputKind::reader_led:
      return numbered("reader", line.number, ".led");
    case OutputKind::reader_buzzer:
      return numbered("reader", line.number, ".buzzer");
  }
  DOOR_CHECK(false);
}

std::vector<InputLine> inputs_of(const Layout& layout) {
  std::vector<InputLine> lines;
  add(lines, InputKind::door_sensor, layout.doors);
  add(lines, InputKind::exit_button, layout.doors);
  add(lines, InputKind::aux, layout.aux_inputs);
  add(lines, InputKind::reader_tamper, layout.readers());
  for (const auto kind :
       {InputKind::tamper, InputKind::fire, InputKind::mains, InputKind::battery}) {
    lines.push_back({kind, 0});
  }
  return lines;
}

std::vector<OutputLine> outputs_of(const Layout& layout) {
  std::vector<OutputLine> lines;
  add(lines, OutputKind::lock, layout.doors);
  add(lines, OutputKind::aux, layout.aux_outputs);
  add(lines, OutputKind::reader_led, layout.readers());
  add(lines, OutputKind::reader_buzzer, layout.readers());
  return lines;
}

std::optional<InputLine> input_named(std::string_view name, const Layout& layout) {
  for (const auto& line : inputs_of(layout)) {
    if (name_of(line) == name) return line;
  }
  return std::nullopt;
}

bool is_supervised(const InputLine& line) {
  return line.kind == InputKind::door_sensor || line.kind == InputKind::exit_button ||
         line.kind == InputKind::aux || line.kind == InputKind::fire;
}

}  // namespace lintel::hal
