#include <gtest/gtest.h>

#include "engine/api/config.h"
#include "tests/fuzz/mutation.h"

namespace lintel::fuzz {
namespace {

const std::vector<std::string>& files() {
  static const std::vector<std::string> corpus = {
      "[device]\nserial = 3383154200002\nname = North gate\n[storage]\npath = /data/lintel\n",
      "[device]\nserial = A-1_b\n[storage]\npath=/tmp/x ; a directory\n[hal]\nboard = sim:16\n"
      "simulator = /run/sim.sock\n",
      "# all of it\n[device]\nserial=1\n[storage]\npath=/d\n[push]\n"
      "server = https://pacs.example:8443\nca_file = /etc/ca.pem\n[web]\nlisten = 127.0.0.1:8080\n"
      "[api]\nsocket = /run/e.sock\npush_user = p\nweb_user = w\ntechnician_user = t\n",
      "[device]\r\nserial = 2\r\n[storage]\r\npath = /d\r\n[hal]\r\nboard = sim:1\r\n",
  };
  return corpus;
}

bool is_sound(const api::Config& config) {
  const bool printable = std::all_of(config.serial.begin(), config.serial.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_';
  });
  return printable && !config.serial.empty() && config.serial.size() <= 32 &&
         !config.storage_path.empty() && config.sim_doors() <= 16;
}

TEST(ConfigurationFuzz, IsSoundOrRefusedInOneLineThatNamesTheFile) {
  sim::Chance chance(11);
  unsigned sound = 0;
  for (unsigned count = cases(20'000); count > 0; --count) {
    const std::string text = mutated(files(), chance);
    const auto config = api::parse_config(text, "lintel.conf");
    if (config) {
      ++sound;
      ASSERT_TRUE(is_sound(*config)) << text;
    } else {
      ASSERT_EQ(config.error().text.rfind("lintel.conf", 0), 0u) << config.error().text;
      ASSERT_EQ(config.error().text.find('\n'), std::string::npos) << text;
    }
  }
  EXPECT_GT(sound, 0u);  // some of the changes are harmless
}

}  // namespace
}  // namespace lintel::fuzz
