// A board file: a board whose lines are each said once, or refused in one line that names the file.
#include "hal/board_file.h"

#include <set>
#include <string>
#include <utility>

#include "tests/fuzz/libfuzzer/input.h"

using namespace lintel;
using fuzz::require;

namespace {

using Used = std::set<std::pair<std::string, std::string>>;

void use(Used& used, const hal::LineAddress& at) {
  const auto place = at.chip.empty() ? at.name : std::to_string(at.offset);
  require(!place.empty(), "a line is somewhere");
  require(used.emplace(at.chip, place).second, "a line is one thing only");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto board = hal::parse_board_file(text, "board.conf");
  if (!board) {
    require(board.error().text.rfind("board.conf", 0) == 0, "an error names the file");
    require(board.error().text.find('\n') == std::string::npos, "an error is one line");
    return 0;
  }
  Used used;
  for (const auto& output : board->outputs)
    use(used, output.at);
  for (const auto& reader : board->readers) {
    use(used, reader.d0.at);
    use(used, reader.d1.at);
    require(reader.d0.debounce.count() == 0 && reader.d1.debounce.count() == 0,
            "a pulse is not debounced");
  }
  for (const auto& input : board->inputs) {
    require(input.digital.has_value() != input.supervised.has_value(),
            "a contact is on a line or on a converter");
    if (!input.digital) continue;
    use(used, input.digital->at);
    require(input.digital->debounce <= hal::board_limits::debounce_max, "a contact comes to rest");
  }
  return 0;
}
