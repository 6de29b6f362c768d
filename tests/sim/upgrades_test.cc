// Firmware on its way to the installer, by all three methods, while the server goes away, the
// connection breaks in the midst of a file, and push and the engine die at any piece: the installer
// gets the file that was ordered, once, or none and the command says why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "engine/base/log.h"
#include "tests/sim/chance.h"
#include "tests/sim/lanes.h"
#include "tests/sim/trouble.h"

namespace lintel::sim {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

class Upgrades {
 public:
  explicit Upgrades(std::uint64_t seed) : chance_(seed), lanes_(seed) {
    set_log_level(LogLevel::error);
    lanes_.box().system.can_install = true;
    lanes_.network = [this] {
      return trouble_ ? network_in(*trouble_, chance_, steps_left_) : Lanes::Network::fine;
    };
    lanes_.at_step = [this](Lanes::Step step, const pb::Request*, const pb::Reply*) {
      look_at_installer();
      at_step(step);
    };
    lanes_.run_until([this] { return lanes_.quiet(); }, 60s);
  }
  ~Upgrades() { set_log_level(LogLevel::info); }

  void live(unsigned upgrades) {
    for (; upgrades_ < upgrades && complaints_.empty(); ++upgrades_)
      one();
    for (const auto& sentence : lanes_.server.complaints())
      complain("the server complains: " + sentence);
  }
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  void print() const {
    std::printf(
        "%u upgrades, %u installed, %u wrong files refused; %u deaths of push, %u of the "
        "engine\n",
        upgrades_, installed_, refused_, push_deaths_, engine_deaths_);
  }

 private:
  enum class File { right, altered, shorter, longer, missing };

  void complain(std::string sentence) {
    complaints_.push_back("upgrade " + std::to_string(upgrades_) + ": " + std::move(sentence));
  }

  std::string firmware() {
    std::string bytes(10'000 + chance_.below(300'000), '\0');
    for (auto& byte : bytes)
      byte = static_cast<char>(chance_.next());
    return bytes;
  }

  // What the server serves instead of it.
  static std::string served(std::string bytes, File file) {
    if (file == File::altered) bytes[bytes.size() / 2] ^= 1;
    if (file == File::shorter) bytes.resize(bytes.size() - 1);
    if (file == File::longer) bytes += '+';
    return bytes;
  }

  std::string order(const std::string& bytes, File file) {
    // A path of its own that is not there looks to this server like a question it does not know.
    const unsigned method = chance_.below(file == File::missing ? 2 : 3);
    const std::string path = "/f" + std::to_string(upgrades_) + "/emfw.cfg";
    using Style = fake::FileDesk::Style;
    if (file != File::missing) {
      lanes_.server.serve(path, served(bytes, file), method == 0 ? Style::base64 : Style::plain);
    }
    static const char* const how[] = {"", "type=1,", "supportsubcontracting=1,"};
    return lanes_.server.queue(std::string("UPGRADE ") + how[method] + "url=" + path +
                               ",checksum=" + wanted_ + ",size=" + std::to_string(bytes.size()));
  }

  void one() {
    const auto file =
        chance_.percent(75)
            ? File::right
            : chance_.one_of({File::altered, File::shorter, File::longer, File::missing});
    const std::string bytes = firmware();
    wanted_ = fake::md5_hex(bytes);
    given_ = 0;
    auto& system = lanes_.box().system;
    system.installer.reset();
    const auto id = order(bytes, file);
    trouble_ = any_trouble(chance_);
    steps_left_ = 1 + chance_.below(60);
    if (trouble_ == Trouble::forgets_us) lanes_.server.forget_registration();
    const auto length = 1s + chance_.up_to(15s);
    lanes_.at(lanes_.now() + chance_.up_to(length), [&system] { system.installer = 0; });
    lanes_.run(length);
    trouble_.reset();
    lanes_.run(5s);
    lanes_.start_engine();
    const bool ended = lanes_.run_until(
        [&] { return lanes_.server.code(id).has_value() && lanes_.quiet(); }, 300s);
    if (!ended) complain("it does not end");
    lanes_.run(3s);
    check(file, lanes_.server.results(id));
  }

  void check(File file, const std::vector<fake::CommandResult>& results) {
    for (const auto& result : results) {
      const bool good = result.code == 0;
      if (good != (file == File::right)) complain("its result is " + std::to_string(result.code));
    }
    if (given_ != (file == File::right ? 1u : 0u))
      complain("the installer got " + std::to_string(given_) + " files");
    installed_ += given_;
    refused_ += file == File::right ? 0 : 1;
  }

  // The file is read in the moment in which it is handed over.
  void look_at_installer() {
    const auto& files = lanes_.box().system.files;
    for (; seen_ < files.size(); ++seen_) {
      ++given_;
      std::ifstream file(files[seen_], std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(file)), {});
      if (fake::md5_hex(bytes) != wanted_) complain("the installer gets another file");
    }
  }

  void at_step(Lanes::Step step) {
    if (!trouble_) return;
    const bool of_engine = step == Lanes::Step::before_call || step == Lanes::Step::after_call;
    if (is(*trouble_, Trouble::engine_dies) && of_engine && steps_left_ > 0 && --steps_left_ == 0) {
      ++engine_deaths_;
      lanes_.box().kill();
      lanes_.at(lanes_.now() + chance_.up_to(4s), [this] { lanes_.start_engine(); });
      steps_left_ = chance_.percent(50) ? 1 + chance_.below(60) : 0;
    } else if (is(*trouble_, Trouble::push_dies) && chance_.percent(2)) {
      ++push_deaths_;
      Lanes::push_dies();
    }
  }

  Chance chance_;
  Lanes lanes_;
  std::optional<Trouble> trouble_;
  unsigned steps_left_ = 0;
  std::string wanted_;
  std::size_t seen_ = 0;
  unsigned given_ = 0;
  unsigned upgrades_ = 0, installed_ = 0, refused_ = 0, push_deaths_ = 0, engine_deaths_ = 0;
  std::vector<std::string> complaints_;
};

TEST(AThousandUpgrades, install_what_was_ordered_once_or_say_why_not) {
  const auto seed = number_from("LINTEL_SEED", 1);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Upgrades upgrades(seed);
  upgrades.live(static_cast<unsigned>(number_from("LINTEL_UPGRADES", 1'000)));
  upgrades.print();
  EXPECT_THAT(upgrades.complaints(), IsEmpty()) << "Rerun with LINTEL_SEED=" << seed;
}

}  // namespace
}  // namespace lintel::sim
