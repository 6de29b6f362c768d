// The configuration file: sound, or refused in one line that names the file.
#include "engine/api/config.h"

#include <algorithm>
#include <string>

#include "tests/fuzz/libfuzzer/input.h"

using namespace lintel;
using fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = api::parse_config(text, "lintel.conf");
  if (!config) {
    require(config.error().text.rfind("lintel.conf", 0) == 0, "an error names the file");
    require(config.error().text.find('\n') == std::string::npos, "an error is one line");
    return 0;
  }
  require(!config->serial.empty() && config->serial.size() <= 32, "a serial number is short");
  require(std::all_of(config->serial.begin(), config->serial.end(),
                      [](char c) {
                        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                               (c >= 'a' && c <= 'z') || c == '-' || c == '_';
                      }),
          "a serial number needs no quoting");
  require(!config->storage_path.empty(), "the storage has a place");
  require(config->sim_doors() <= 16, "a board has 16 doors at most");
  return 0;
}
