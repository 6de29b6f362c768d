#include "rootfs/system/boot_choice.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/base/unique_fd.h"
#include "rootfs/system/files.h"
#include "rootfs/system/machine_state.h"

namespace lintel::helper {
namespace {

constexpr std::string_view header = "# GRUB Environment Block\n";
constexpr std::array<std::string_view, 2> names = {"A", "B"};

std::optional<std::size_t> slot_named(std::string_view name) {
  for (std::size_t slot = 0; slot < names.size(); ++slot)
    if (names[slot] == name) return slot;
  return std::nullopt;
}

tl::unexpected<Error> failed(const std::string& path) {
  return fail(Errc::io, "write " + path + ": " + std::strerror(errno));
}

// Over what is there, byte for byte: the file never is shorter than a whole block.
Result<void> write_in_place(const std::string& path, const std::string& text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  struct stat now {};
  if (!file || ::fstat(file.get(), &now) != 0) return failed(path);
  if (now.st_size != static_cast<off_t>(text.size()))
    return fail(Errc::corrupt, path + " is no environment block");
  errno = EIO;  // of less than all of it
  if (::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      ::fsync(file.get()) != 0)
    return failed(path);
  return {};
}

Result<void> store(const std::string& path, const BootChoice& choice) {
  const auto text = boot_choice_text(choice);
  if (write_in_place(path, text)) return {};
  const auto cut = path.rfind('/');
  return replace_text(path.substr(0, cut), path.substr(cut + 1), text, 0600, Durable::yes);
}

}  // namespace

bool BootChoice::good(std::size_t slot) const {
  return slots.at(slot).ok && slots.at(slot).tries == 0;
}

std::optional<std::size_t> BootChoice::primary() const {
  const std::size_t first = b_first ? 1 : 0;
  for (const auto slot : {first, 1 - first})
    if (good(slot)) return slot;
  return std::nullopt;
}

std::optional<BootChoice> boot_choice_of(std::string_view text) {
  if (text.size() != BootChoice::file_bytes || !text.starts_with(header)) return std::nullopt;
  BootChoice choice;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    const auto name = line.substr(0, equals), value = line.substr(equals + 1);
    if (name == "ORDER") choice.b_first = value.starts_with('B');
    const auto slot = slot_named(name.substr(0, 1));
    if (!slot) continue;
    if (name.substr(1) == "_OK") choice.slots[*slot].ok = value == "1";
    if (name.substr(1) == "_TRY")  // what GRUB does not take for 1 to 3 it takes for none
      choice.slots[*slot].tries =
          value.size() == 1 && value[0] >= '1' && value[0] <= '3' ? unsigned(value[0] - '0') : 0;
  }
  return choice;
}

std::string boot_choice_text(const BootChoice& choice) {
  std::string text(header);
  text += choice.b_first ? "ORDER=B A\n" : "ORDER=A B\n";
  for (std::size_t slot = 0; slot < names.size(); ++slot) {
    text += std::string(names[slot]) + "_OK=" + (choice.slots[slot].ok ? "1\n" : "0\n");
    text += std::string(names[slot]) + "_TRY=" + std::to_string(choice.slots[slot].tries) + "\n";
  }
  text.resize(BootChoice::file_bytes, '#');
  return text;
}

Result<std::string> answer_rauc(const std::string& file, const std::string& command_line,
                                const std::vector<std::string>& words) {
  const auto question = words.empty() ? "" : words[0];
  const auto invalid = [&] {
    return fail(Errc::invalid, "RAUC asks \"" + question + "\" in a way that is not known here");
  };
  if (question == "get-current" && words.size() == 1) {
    const auto slot = slot_of(command_line);
    if (slot.empty()) return fail(Errc::not_found, "this machine was not started from a slot");
    return slot == "a" ? "A" : "B";
  }
  auto choice = boot_choice_of(read_text(file).value_or("")).value_or(BootChoice{});
  if (question == "get-primary" && words.size() == 1) {
    const auto slot = choice.primary();
    if (!slot) return fail(Errc::not_found, "no slot is marked good");
    return std::string(names[*slot]);
  }
  const auto slot = slot_named(words.size() < 2 ? "" : words[1]);
  if (!slot) return invalid();
  auto& state = choice.slots[*slot];
  if (question == "get-state" && words.size() == 2) return choice.good(*slot) ? "good" : "bad";
  if (question == "set-primary" && words.size() == 2) {
    choice.b_first = *slot == 1;
    state = {.ok = true};
  } else if (question == "set-state" && words.size() == 3 &&
             (words[2] == "good" || words[2] == "bad")) {
    state = {.ok = words[2] == "good"};
  } else {
    return invalid();
  }
  if (auto stored = store(file, choice); !stored) return fail(std::move(stored.error()));
  return std::string();
}

}  // namespace lintel::helper
