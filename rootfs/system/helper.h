// lintel-system at its work: looks at the wishes, carries them out, writes the answers
// (engine/README.md, "The system folder"). It waits for nothing: whoever owns it calls turn() when
// something has happened, and not later than deadline().
//
// A wish is carried out once for each number; its values are checked here again, and one that makes
// no sense does nothing but a line in the log. No value of a wish becomes part of a command line.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/api/wish_folder.h"
#include "rootfs/system/install_work.h"
#include "rootfs/system/machine.h"
#include "rootfs/system/network_setup.h"
#include "rootfs/system/paths.h"

namespace lintel::helper {

class Helper {
 public:
  // REQUIRES: both outlive it.
  Helper(const Paths& paths, Machine& machine);

  // Before anything else: the network as it was, what was being installed.
  void start();
  void turn();
  // Of the clock's uptime.
  [[nodiscard]] Nanoseconds deadline() const;

 private:
  void open_folder();
  void look_at_wishes(Nanoseconds now);
  void carry_out(const std::string& name, const api::WishFile& wish, Nanoseconds now);
  void refuse(const std::string& name, const std::string& why);

  void set_network(const api::WishFile& wish);
  void begin_scan(const api::WishFile& wish, Nanoseconds now);
  void end_scan(Nanoseconds now);
  void set_clock(const api::WishFile& wish, Nanoseconds now);
  void set_time_servers(const api::WishFile& wish);
  void reset();
  void begin_install(const api::WishFile& wish, Nanoseconds now);
  void answer_install(std::uint64_t number, const std::string& result);

  void tell_network(Nanoseconds now);
  void tell_machine(Nanoseconds now);
  [[nodiscard]] std::string abilities();
  Result<void> answer(const std::string& name, const api::WishFile& file);

  const Paths& paths_;
  Machine& machine_;
  NetworkSetup network_;
  InstallWork install_;
  std::optional<api::WishFolder> folder_;
  std::map<std::string, std::uint64_t> handled_;  // by name: the wish of this number
  std::map<std::string, std::string> told_;       // by name: what the log was told
  std::uint64_t network_number_ = 0, scan_number_ = 0;
  std::optional<Nanoseconds> scan_ends_, reset_again_;
  std::string network_told_, can_;
  Nanoseconds look_at_{0}, look_at_abilities_{0}, tell_machine_at_{0};
  bool good_ = false;
};

}  // namespace lintel::helper
