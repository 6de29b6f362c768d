#include "rootfs/first-boot/prepare.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "engine/api/config.h"
#include "rootfs/first-boot/certificate.h"

namespace lintel::first_boot {
namespace {

constexpr std::size_t seed_bytes = 512;
// What a factory reset leaves on the data partition. The serial is what the box is, not what
// somebody has set.
constexpr std::string_view kept[] = {"serial", "factory-reset", "lost+found"};
// Certificates that a server's installation may want beside the configuration.
constexpr const char* companions[] = {"ca.pem", "controller.pem", "controller.key"};

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text;
}

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  while (folder) {
    const auto* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

class Preparation {
 public:
  Preparation(const Paths& paths, const Owners& owners, const Host& host, Files& files)
      : paths_(paths), owners_(owners), host_(host), files_(files) {}

  Ready run() {
    if (host_.data_is_in_memory())
      complain(
          "the data partition cannot be mounted: this start has empty data in memory; exchange the "
          "card or write it anew");
    host_.hand_over_chips();
    set_clock();
    reset();
    make_folders();
    stir();
    find_serial();
    configure();
    // An installer's configuration may name the serial; it counts from here on.
    ready_.host_name = host_name(ready_.serial);
    must("set the host's name", host_.set_host_name(ready_.host_name));
    make_machine_id();
    make_claim();
    make_certificate_and_key();
    greet();
    return std::move(ready_);
  }

 private:
  std::string config(const std::string& name) const { return paths_.config() + "/" + name; }

  void complain(const std::string& sentence) {
    host_.tell(sentence);
    ready_.trouble.push_back(sentence);
  }
  bool must(const char* errand, const Result<void>& done) {
    if (!done) complain(std::string(errand) + ": " + done.error().text);
    return done.has_value();
  }

  // ---- the clock
  void set_clock() {
    std::chrono::sys_seconds written{};
    for (const auto* name : {"/lintel/events.db", "/lintel/events.db-wal"}) {
      struct stat about {};
      if (::stat((paths_.data + name).c_str(), &about) != 0) continue;
      written =
          std::max(written, std::chrono::sys_seconds(std::chrono::seconds(about.st_mtim.tv_sec)));
    }
    const auto least = written - clock_behind;
    if (host_.utc() >= least) return;
    if (must("set the clock", host_.set_clock(least)))
      host_.tell("the clock does not know the time; it begins a month before the last it knew");
  }

  // ---- the factory reset
  // The mark goes last: until then each start begins it anew.
  void reset() {
    const auto mark = paths_.data + "/factory-reset";
    if (!exists(mark)) {
      if (!host_.reset_button_held(config("board.conf"))) return;
      if (!must("note the factory reset",
                files_.write(mark, "the button was held\n", 0600, owners_.root)))
        return;
    }
    host_.tell("factory reset: everything that was stored is removed");
    for (const auto& name : names_in(paths_.data)) {
      if (std::find(std::begin(kept), std::end(kept), name) != std::end(kept)) continue;
      if (!must("factory reset", files_.remove(paths_.data + "/" + name))) return;
    }
    host_.discard_freed();
    const auto lintel = paths_.data + "/lintel";
    if (!must("factory reset", files_.folder(lintel, 0700, owners_.engine)) ||
        !must("factory reset", files_.write(lintel + "/reset-done", "", 0600, owners_.engine)) ||
        !must("factory reset", files_.remove(mark)))
      return;
    ready_.was_reset = true;
  }

  void make_folders() {
    const auto make = [this](const std::string& path, mode_t mode, Owner owner) {
      must("prepare the folders", files_.folder(path, mode, owner));
    };
    make(paths_.run, 0755, owners_.engine);
    make(paths_.run + "/system", 0700, owners_.engine);
    make(paths_.data + "/lintel", 0700, owners_.engine);
    make(paths_.config(), 0750, owners_.lintel);
    make(config("tls"), 0750, Owner{owners_.root.user, owners_.web.group});
    make(config("network"), 0700, owners_.root);
    make(config("state"), 0700, owners_.root);
  }

  // The seed is used once: a new one takes its place before anything is drawn.
  void stir() {
    if (const auto seed = read_text(config("random-seed"))) host_.stir(*seed);
    must("keep a random seed",
         files_.write(config("random-seed"), host_.random(seed_bytes), 0600, owners_.root));
  }

  // ---- who this is
  void find_serial() {
    const auto path = paths_.data + "/serial";
    ready_.serial = trimmed(read_text(path).value_or(""));
    if (!ready_.serial.empty()) return;
    const auto board = board_serial(paths_.proc, paths_.sys);
    ready_.serial = board ? *board : random_serial(host_.random);
    must("keep the serial", files_.write(path, ready_.serial + "\n", 0644, owners_.root));
  }

  void make_machine_id() {
    const auto path = config("machine-id");
    auto id = trimmed(read_text(path).value_or(""));
    if (id.size() != 32) {
      id = hexadecimal(host_.random(16));
      must("make the machine's id", files_.write(path, id + "\n", 0444, owners_.root));
    }
    host_.adopt_machine_id(id + "\n");
  }

  // ---- the configuration
  // What works stays. What does not is exchanged for the card's, or for what the box came with; a
  // card that was refused is tried at every start, until the installer has corrected it.
  void configure() {
    const auto refused = config("card-refused");
    const bool again = exists(refused);
    const bool board_taken = choose_board(again);
    const bool conf_taken = choose_configuration(again);
    if (board_taken && conf_taken) {
      must("forget the refusal", files_.remove(refused));
    } else if (!again) {
      must("note the refusal", files_.write(refused, "", 0644, owners_.root));
    }
  }

  Result<void> put(const std::string& name, const std::string& text) {
    return files_.write(config(name), text, 0640, owners_.lintel);
  }

  // False: there is one on the card, and it is refused.
  bool choose_board(bool again) {
    const auto path = config("board.conf");
    const bool here = exists(path);
    const auto sound = here ? host_.check_board(path) : Result<void>();
    if (here && !sound) complain("board.conf is not taken: " + sound.error().text);
    if (here && sound && !again) return true;
    bool refused = false;
    if (const auto card = read_text(paths_.card + "/board.conf")) {
      const auto on_card = host_.check_board(paths_.card + "/board.conf");
      if (on_card) {
        must("take board.conf from the card", put("board.conf", *card));
        return true;
      }
      complain("the card's lintel/board.conf is not taken: " + on_card.error().text);
      refused = true;
    }
    if (here && sound) return !refused;
    const auto board = board_name(paths_.proc, paths_.sys);
    const auto given =
        board ? read_text(paths_.given + "/boards/" + *board + ".conf") : std::nullopt;
    if (!given) {
      complain(
          "this board is not known: put a board file for it on the card as lintel/board.conf and "
          "start again");
      return false;
    }
    must("write board.conf", put("board.conf", *given));
    return !refused;
  }

  bool choose_configuration(bool again) {
    const auto path = config("lintel.conf");
    const bool here = exists(path);
    const auto sound = here ? host_.check_configuration(path) : Result<void>();
    if (here && !sound) complain("lintel.conf is not taken: " + sound.error().text);
    bool refused = false;
    if (!here || !sound || again) {
      if (const auto card = read_text(paths_.card + "/lintel.conf")) {
        take_companions();
        if (take_configuration(*card)) {
          name_after(path);
          return true;
        }
        refused = true;
      }
    }
    if (!here || !sound) {
      const auto given = read_text(paths_.given + "/lintel.conf");
      if (given) {
        must("write lintel.conf", put("lintel.conf", with_serial(*given)));
      } else {
        complain("the configuration that belongs to the image is missing: write the card anew");
      }
    }
    name_after(path);
    return !refused;
  }

  // What the card's lintel.conf may name: /data/config/ca.pem and so on.
  void take_companions() {
    for (const auto* name : companions) {
      if (const auto text = read_text(paths_.card + "/" + name))
        must("take a file from the card", put(name, *text));
    }
  }

  // Tried in a place of its own: what is in use is exchanged only for what works.
  bool take_configuration(const std::string& card) {
    const auto text = with_serial(card);
    if (!must("try the card's lintel.conf", put("lintel.conf.try", text))) return false;
    const auto taken = host_.check_configuration(config("lintel.conf.try"));
    files_.remove(config("lintel.conf.try"));
    if (taken) return must("take lintel.conf from the card", put("lintel.conf", text));
    complain("the card's lintel/lintel.conf is not taken: " + taken.error().text);
    return false;
  }

  std::string with_serial(std::string text) const {
    constexpr std::string_view place = "@SERIAL@";
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place))
      text.replace(at, place.size(), ready_.serial);
    return text;
  }

  // The serial that the server sees is the one that people see.
  void name_after(const std::string& path) {
    const auto read = api::read_config(path);
    if (!read || read->serial == ready_.serial) return;
    ready_.serial = read->serial;
    must("keep the serial",
         files_.write(paths_.data + "/serial", ready_.serial + "\n", 0644, owners_.root));
  }

  // ---- secrets of the console
  // Empty: there is nobody any more who is to be let in by it.
  void make_claim() {
    const auto path = config("claim");
    if (exists(path)) return;
    must("make the claim code", files_.write(path, claim_code(host_.random) + "\n", 0640,
                                             Owner{owners_.root.user, owners_.web.group}));
  }

  void make_certificate_and_key() {
    const auto host = ready_.host_name + ".local";
    const auto key_path = config("tls/console.key"), path = config("tls/console.crt");
    auto key = read_text(key_path).value_or("");
    if (belongs(read_text(path).value_or(""), key, host)) return;
    // A key that is sound is kept: another name needs another certificate, not another key.
    auto certificate = make_certificate(key, host);
    if (!certificate) {
      auto made = make_key();
      if (!made) return complain(made.error().text);
      key = *std::move(made);
      if (!must("keep the console's key", files_.write(key_path, key, 0600, owners_.web))) return;
      certificate = make_certificate(key, host);
    }
    if (!certificate) return complain(certificate.error().text);
    must("keep the console's certificate", files_.write(path, *certificate, 0644, owners_.web));
  }

  // ---- people
  void greet() {
    std::string said;
    for (const auto& sentence : ready_.trouble)
      said += sentence + "\n";
    must("tell the trouble", files_.write(paths_.run + "/trouble", said, 0644, owners_.root));
    const auto claim = trimmed(read_text(config("claim")).value_or(""));
    host_.tell("Lintel " + ready_.serial + ": https://" + ready_.host_name + ".local" +
               (claim.empty() ? "" : ", code for the first visit " + claim));
  }

  const Paths& paths_;
  const Owners& owners_;
  const Host& host_;
  Files& files_;
  Ready ready_;
};

}  // namespace

Ready make_ready(const Paths& paths, const Owners& owners, const Host& host, Files& files) {
  return Preparation(paths, owners, host, files).run();
}

}  // namespace lintel::first_boot
