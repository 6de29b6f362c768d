// A file of the system folder: refused, or each wish in it is refused or harmless. The first byte
// says which wish it is taken for.
#include "rootfs/system/wishes.h"

#include <algorithm>
#include <string>

#include "rootfs/system/network_setup.h"
#include "tests/fuzz/libfuzzer/input.h"

using namespace lintel;
using fuzz::require;

namespace {

void look_at_network(const api::WishFile& file) {
  const auto wish = helper::network_wish(file);
  if (!wish) return;
  const auto kept = api::wish_file_text(helper::file_of(*wish));
  require(kept.has_value(), "what is believed can be kept");
  const auto again = helper::network_wish(*api::parse_wish_file(*kept));
  require(again && *again == *wish, "what is kept is the same when it is read");
  const auto text = helper::wired_file(*wish, "eth0") + helper::wifi_file(*wish);
  require(std::count(text.begin(), text.end(), '[') <= 6, "no section is smuggled in");
  require(wish->key.empty() || wish->key.size() >= 8, "a key is as long as WPA wants it");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto which = input.byte();
  const auto file = api::parse_wish_file(input.rest());
  if (!file) return 0;
  require(file->number <= api::wish_number_max, "a number leaves room to count on");
  const auto text = api::wish_file_text(*file);
  require(text && api::parse_wish_file(*text)->lines == file->lines, "written and read again");
  switch (which % 4) {
    case 0:
      look_at_network(*file);
      break;
    case 1:
      if (const auto wish = helper::clock_wish(*file))
        require(wish->utc.count() >= 0 && wish->uptime.count() >= 0, "no time before the first");
      break;
    case 2:
      if (const auto servers = helper::time_servers_wish(*file)) {
        for (const auto& server : *servers)
          require(server.find_first_of(" \t\n[]=#\\%") == std::string::npos,
                  "a server is one word");
      }
      break;
    default:
      if (const auto path = helper::firmware_wish(*file, "/data/lintel/update")) {
        require(path->starts_with("/data/lintel/update/"), "firmware lies in its folder");
        require(path->find('/', 20) == std::string::npos, "and not below it");
      }
  }
  return 0;
}
