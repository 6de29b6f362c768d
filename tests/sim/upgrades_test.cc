// Firmware on its way to the installer, by all three methods, while the server goes away, the
// connection breaks in the midst of a file, and push and the engine die at any piece: the installer
// gets the file that was ordered, once, or none and the command says why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "tests/sim/chance.h"
#include "tests/sim/lanes.h"
#include "tests/sim/trouble.h"

namespace lintel::sim {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

class Upgrades : public TroubledLife {
 public:
  explicit Upgrades(std::uint64_t seed) : TroubledLife("upgrade", seed) {
    lanes_.box().system.can_install = true;
    lanes_.network = [this] { return network(); };
    lanes_.at_step = [this](Lanes::Step step, const pb::Request*, const pb::Reply*) {
      look_at_installer();
      at_step(step);
    };
    lanes_.run_until([this] { return lanes_.quiet(); }, 60s);
  }

  void print() const {
    std::printf(
        "%llu upgrades, %u installed, %u wrong files refused; %llu deaths of push, %llu of the "
        "engine\n",
        static_cast<unsigned long long>(chapters_), installed_, refused_,
        static_cast<unsigned long long>(push_deaths_),
        static_cast<unsigned long long>(engine_deaths_));
  }

 private:
  enum class File { right, altered, shorter, longer, missing };

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
    const std::string path = "/f" + std::to_string(chapters_) + "/emfw.cfg";
    using Style = fake::FileDesk::Style;
    if (file != File::missing) {
      lanes_.server.serve(path, served(bytes, file), method == 0 ? Style::base64 : Style::plain);
    }
    static const char* const how[] = {"", "type=1,", "supportsubcontracting=1,"};
    return lanes_.server.queue(std::string("UPGRADE ") + how[method] + "url=" + path +
                               ",checksum=" + wanted_ + ",size=" + std::to_string(bytes.size()));
  }

  void one() override {
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

  // An engine that has died may die again.
  void at_step(Lanes::Step step) {
    const auto deaths = engine_deaths_;
    die_at(step, 2, 4s);
    if (engine_deaths_ > deaths) steps_left_ = chance_.percent(50) ? 1 + chance_.below(60) : 0;
  }

  std::string wanted_;
  std::size_t seen_ = 0;
  unsigned given_ = 0;
  unsigned installed_ = 0, refused_ = 0;
};

TEST(AThousandUpgrades, install_what_was_ordered_once_or_say_why_not) {
  const auto seed = number_from("LINTEL_SEED", 1);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Upgrades upgrades(seed);
  upgrades.live(number_from("LINTEL_UPGRADES", 1'000));
  upgrades.print();
  EXPECT_THAT(upgrades.complaints(), IsEmpty()) << "Rerun with LINTEL_SEED=" << seed;
}

}  // namespace
}  // namespace lintel::sim
