#include "rootfs/system/install_work.h"

#include <sys/stat.h>

#include <charconv>

#include "engine/api/wish_folder.h"
#include "engine/base/log.h"
#include "rootfs/system/files.h"
#include "rootfs/system/machine_state.h"

namespace lintel::helper {
namespace {

constexpr std::chrono::seconds looked_at_every{5};
constexpr unsigned idle_most = 2;
constexpr const char* state_name = "install";

// Nothing: it is not there, or is no plain file.
std::optional<std::string> identity_of(const std::string& file) {
  struct stat about {};
  if (::lstat(file.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  return std::to_string(about.st_size) + " " + std::to_string(about.st_mtim.tv_sec) + "." +
         std::to_string(about.st_mtim.tv_nsec);
}

// "1.2.3-rc1": takes "1", then "2", then "3". Nothing: no number stands there.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return number;
}

}  // namespace

std::optional<int> compare_versions(const std::string& a, const std::string& b) {
  std::string_view left = a, right = b;
  if (left.empty() || right.empty() || a.size() > 64 || b.size() > 64) return std::nullopt;
  for (bool first = true; first || !left.empty() || !right.empty(); first = false) {
    if (!first) {
      const bool more_left = !left.empty() && left.front() == '.';
      const bool more_right = !right.empty() && right.front() == '.';
      if (!more_left && !more_right) break;
      if (more_left) left.remove_prefix(1);
      if (more_right) right.remove_prefix(1);
      if (!more_left || !more_right) {  // 1.2 and 1.2.1: what is not said is 0
        auto& longer = more_left ? left : right;
        const auto number = take_number(longer);
        if (!number) return std::nullopt;
        if (*number != 0) return more_left ? 1 : -1;
        continue;
      }
    }
    const auto one = take_number(left), other = take_number(right);
    if (!one || !other) return std::nullopt;
    if (*one != *other) return *one < *other ? -1 : 1;
  }
  const auto sound = [](std::string_view rest) { return rest.empty() || rest.front() == '-'; };
  if (!sound(left) || !sound(right)) return std::nullopt;
  if (left == right) return 0;
  if (left.empty() || right.empty()) return left.empty() ? 1 : -1;
  return left < right ? -1 : 1;
}

std::string InstallWork::boot() const {
  return read_text(paths_.proc + "/sys/kernel/random/boot_id").value_or("");
}

std::optional<InstallWork::Kept> InstallWork::kept() const {
  const auto folder = api::WishFolder::open(paths_.state());
  if (!folder) return std::nullopt;
  const auto file = folder->read(state_name);
  if (!file || !*file) return std::nullopt;
  const auto& lines = **file;
  return Kept{std::string(lines.value("file")), std::string(lines.value("identity")),
              std::string(lines.value("boot")), std::string(lines.value("version")),
              std::string(lines.value("result"))};
}

Result<void> InstallWork::keep(const Kept& kept) const {
  api::WishFile file;
  file.lines = {{"file", kept.file},
                {"identity", kept.identity},
                {"boot", kept.boot},
                {"version", kept.version},
                {"result", kept.result}};
  auto text = api::wish_file_text(file);
  if (!text) return fail(std::move(text).error());
  return replace_text(paths_.state(), state_name, *text, 0600, Durable::yes);
}

void InstallWork::resume(Nanoseconds now) {
  const auto state = kept();
  if (!state || state->boot != boot()) return;
  if (state->result == "ok") {
    restart_at_ = now + restarts_after;
    return;
  }
  const auto busy = machine_.installer.installing();
  if (!state->result.empty() || !busy || !*busy) return;
  installing_ = *state;  // the wish that it is for is found in the folder
  look_at_ = now + looked_at_every;
}

std::optional<std::string> InstallWork::look_at(const std::string& file, Bundle& bundle) const {
  auto seen = machine_.installer.inspect(file);
  if (!seen) {
    log_error("installer", seen.error().text);
    return seen.error().code == Errc::refused ? "bad_signature" : "failed";
  }
  bundle = *std::move(seen);
  const auto wanted = machine_.installer.compatible();
  if (!wanted) {
    log_error("installer", wanted.error().text);
    return "failed";
  }
  if (bundle.compatible != *wanted) {
    log_error("installer", "the firmware is for " + bundle.compatible + ", this is " + *wanted);
    return "wrong_platform";
  }
  const auto running = read_text(paths_.version).value_or("");
  const auto order = compare_versions(bundle.version, running);
  if ((!order || *order < 0) && !bundle.allow_older) {
    log_error("installer",
              "the firmware is " + bundle.version + ", older than " + running +
                  " or not to be compared with it, and its signer does not allow that");
    return "older";
  }
  return std::nullopt;
}

std::optional<std::string> InstallWork::begin(std::uint64_t number, const std::string& file,
                                              Nanoseconds now) {
  const auto identity = identity_of(file);
  if (installing_) {
    // After a restart of the helper or the engine; another firmware has to wait for its turn.
    if (installing_->file != file || installing_->identity != identity) return "failed";
    number_ = number;
    return std::nullopt;
  }
  if (!identity) {
    log_error("installer", "there is no plain file " + file);
    return "failed";
  }
  if (const auto state = kept();
      state && state->file == file && state->identity == *identity && !state->result.empty())
    return state->result;
  if (restart_at_) return "failed";  // the machine goes down for the one before
  if (!machine_.installer.is_there()) return "no_platform";
  Kept begun{file, *identity, boot(), {}, {}};
  Bundle bundle;
  auto refused = look_at(file, bundle);
  begun.version = one_line(bundle.version, 64);
  if (!refused) {
    if (auto put = keep(begun); !put) {
      log_error("installer", "note what is installed: " + put.error().text);
      return "failed";
    }
    log_info("installer", "version " + bundle.version + " is being installed");
    if (auto started = machine_.installer.install(file); !started) {
      log_error("installer", started.error().text);
      refused = "failed";
    }
  }
  if (refused) {
    begun.result = *refused;
    if (auto put = keep(begun); !put)
      log_error("installer", "note how it ended: " + put.error().text);
    return refused;
  }
  number_ = number;
  installing_ = std::move(begun);
  look_at_ = now + looked_at_every;
  idle_ = 0;
  return std::nullopt;
}

Result<void> InstallWork::look_at_installed(const std::string& version) const {
  const auto installed = machine_.installer.installed_version();
  if (installed && one_line(*installed, 64) == version) return {};
  const auto bad = machine_.installer.mark_other_bad();
  return fail(Errc::refused,
              "version " + version + " was looked at, and " +
                  (installed ? "version " + one_line(*installed, 64) + " was installed"
                             : "what was installed is not known: " + installed.error().text) +
                  (bad ? "; it will not be started"
                       : "; and that it is not to be started: " + bad.error().text));
}

std::string InstallWork::end(Result<void> ended, Nanoseconds now) {
  auto state = *std::exchange(installing_, std::nullopt);
  look_at_.reset();
  if (ended) ended = look_at_installed(state.version);
  state.result = ended ? "ok" : "failed";
  if (auto put = keep(state); !put)
    log_error("installer", "note how it ended: " + put.error().text);
  if (ended) {
    log_info("installer", "installed; the machine restarts into it in " +
                              std::to_string(restarts_after.count()) + " s");
    restart_at_ = now + restarts_after;
  } else {
    log_error("installer", ended.error().text);
  }
  return state.result;
}

std::optional<InstallWork::Done> InstallWork::turn(Nanoseconds now) {
  if (restart_at_ && *restart_at_ <= now) {
    restart_at_.reset();
    if (auto restarted = machine_.units.reboot(); !restarted) {
      log_error("installer", "restart the machine: " + restarted.error().text);
      restart_at_ = now + restarts_after;
    }
  }
  if (!installing_) return std::nullopt;
  auto ended = machine_.installer.ended();
  if (!ended && look_at_ && *look_at_ <= now) {
    look_at_ = now + looked_at_every;
    const auto busy = machine_.installer.installing();
    idle_ = busy && *busy ? 0 : idle_ + 1;
    if (idle_ >= idle_most) ended = fail(Errc::gone, "the installer has ended without saying how");
  }
  if (!ended) return std::nullopt;
  return Done{std::exchange(number_, 0), end(*std::move(ended), now)};
}

std::optional<Nanoseconds> InstallWork::deadline() const {
  if (look_at_ && restart_at_) return std::min(*look_at_, *restart_at_);
  return look_at_ ? look_at_ : restart_at_;
}

std::string InstallWork::words() const {
  if (restart_at_) return "installed; the machine is about to restart";
  return installing_ ? machine_.installer.progress() : std::string();
}

}  // namespace lintel::helper
