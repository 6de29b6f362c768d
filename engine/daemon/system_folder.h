// The system behind a folder: the engine writes wishes into it as small files, a helper of the
// image with the rights for them carries them out and writes its answers beside. No program is ever
// started and no shell is asked. What the files look like is written down in engine/README.md.
//
// Answers are read with distrust: not a plain file, too large, torn, or with a value that makes no
// sense, and the whole file counts as not there. The log says so once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/api/wish_folder.h"
#include "engine/daemon/system.h"

namespace lintel::daemon {

class SystemFolder : public System {
 public:
  // Makes the folder where there is none. io: it cannot be made.
  static Result<std::unique_ptr<SystemFolder>> open(std::string folder);

  [[nodiscard]] bool has_network() const override { return abilities_.network; }
  [[nodiscard]] bool has_wifi() const override { return abilities_.wifi; }
  [[nodiscard]] bool has_mobile() const override { return abilities_.mobile; }
  [[nodiscard]] bool has_installer() const override { return abilities_.installer; }
  [[nodiscard]] bool has_clock() const override { return abilities_.clock; }
  [[nodiscard]] bool has_time_servers() const override { return abilities_.ntp; }
  [[nodiscard]] bool has_reset() const override { return abilities_.reset; }
  [[nodiscard]] std::optional<NetworkWish> network() override;
  Result<void> set_network(const NetworkWish& wish) override;
  Result<void> scan() override;
  std::optional<std::vector<AccessPoint>> scanned() override;
  Result<void> install(const std::string& file) override;
  std::optional<std::int32_t> installed() override;
  Result<void> set_clock(std::chrono::sys_seconds utc, Uptime uptime) override;
  Result<void> set_time_servers(const std::vector<std::string>& servers) override;
  Result<void> factory_reset() override;
  [[nodiscard]] std::optional<SystemNow> state() override;

 private:
  struct Abilities {
    bool network = false, wifi = false, mobile = false, installer = false;
    bool clock = false, ntp = false, reset = false;
  };

  explicit SystemFolder(api::WishFolder files) : files_(std::move(files)) {}
  // Nothing: there is no such file, or it is refused.
  std::optional<api::WishFile> read(const std::string& name);
  void refuse(const std::string& name, const std::string& why);
  // Returns the number that the wish has.
  Result<std::uint64_t> write(const std::string& name, api::WishFile file);

  api::WishFolder files_;
  std::uint64_t last_number_ = 0;
  Abilities abilities_;
  std::optional<NetworkWish> now_;
  std::optional<SystemNow> state_;
  std::uint64_t scan_number_ = 0, install_number_ = 0;  // 0: no answer is waited for
  std::map<std::string, std::string> refused_;          // by file: what the log was told
};

}  // namespace lintel::daemon
