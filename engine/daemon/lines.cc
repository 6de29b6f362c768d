#include "engine/daemon/lines.h"

namespace lintel::daemon {

std::vector<InputLine> input_lines(const Layout& layout) {
  std::vector<InputLine> lines;
  const auto add = [&](InputKind kind, unsigned count) {
    for (unsigned n = 1; n <= count; ++n)
      lines.push_back({kind, static_cast<std::uint8_t>(n)});
  };
  add(InputKind::door_sensor, layout.doors);
  add(InputKind::exit_button, layout.doors);
  add(InputKind::aux, layout.aux_inputs);
  add(InputKind::reader_tamper, layout.readers());
  for (const auto kind :
       {InputKind::tamper, InputKind::fire, InputKind::mains, InputKind::battery}) {
    lines.push_back({kind, 0});
  }
  return lines;
}

std::vector<OutputLine> output_lines(const Layout& layout) {
  std::vector<OutputLine> lines;
  const auto add = [&](OutputKind kind, unsigned count) {
    for (unsigned n = 1; n <= count; ++n)
      lines.push_back({kind, static_cast<std::uint8_t>(n)});
  };
  add(OutputKind::lock, layout.doors);
  add(OutputKind::aux, layout.aux_outputs);
  add(OutputKind::reader_led, layout.readers());
  add(OutputKind::reader_buzzer, layout.readers());
  return lines;
}

}  // namespace lintel::daemon
