#include "engine/api/wish_folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "engine/core/limits.h"

namespace lintel::api {
namespace {

std::string reason() {
  return std::strerror(errno);
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

// A plain file of a decent size, read whole.
Result<std::optional<std::string>> read_plain(int folder, const std::string& name) {
  const UniqueFd file(
      ::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) return fail(Errc::io, reason());
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return fail(Errc::io, reason());
  if (!S_ISREG(about.st_mode)) return fail(Errc::invalid, "it is not a plain file");
  std::string text(limits::system_file_bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::io, reason());
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limits::system_file_bytes_max) return fail(Errc::invalid, "it is too large");
  text.resize(size);
  return text;
}

}  // namespace

bool WishFile::has(std::string_view key) const {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const auto& line) { return line.first == key; });
}

std::string_view WishFile::value(std::string_view key) const {
  for (const auto& [name, value] : lines) {
    if (name == key) return value;
  }
  return {};
}

std::string_view take_word(std::string_view& rest) {
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  return word;
}

std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stop != end || number > most) return std::nullopt;
  return number;
}

Result<WishFile> parse_wish_file(std::string_view text) {
  WishFile file;
  std::optional<std::uint64_t> first, last;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || last) return fail(Errc::invalid, "it is torn");
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto equals = line.find('=');
    if (!printable(line)) return fail(Errc::invalid, "a line is not text");
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (equals == std::string_view::npos) return fail(Errc::invalid, "a line is not key=value");
    const auto key = line.substr(0, equals), value = line.substr(equals + 1);
    if (key == "number" || key == "end") {
      const auto number = whole_number(value, wish_number_max);
      auto& mark = key == "end" ? last : first;
      if (!number || mark) return fail(Errc::invalid, std::string(key) + " is not one number");
      mark = number;
    } else {
      file.lines.emplace_back(key, value);
    }
  }
  if (!first || first != last) return fail(Errc::invalid, "it is torn: number and end must agree");
  file.number = *first;
  return file;
}

Result<std::string> wish_file_text(const WishFile& file) {
  const auto number = std::to_string(file.number);
  std::string text = "number=" + number + "\n";
  for (const auto& [key, value] : file.lines) {
    if (!printable(value)) return fail(Errc::invalid, key + " is not text");
    text += key + "=" + value + "\n";
  }
  return text + "end=" + number + "\n";
}

Result<WishFolder> WishFolder::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return fail(Errc::io, "open the folder " + path + ": " + reason());
  return WishFolder(std::move(fd));
}

Result<std::optional<WishFile>> WishFolder::read(const std::string& name) const {
  auto text = read_plain(fd_.get(), name);
  if (!text) return fail(std::move(text).error());
  if (!*text) return std::nullopt;
  auto file = parse_wish_file(**text);
  if (!file) return fail(std::move(file).error());
  return *std::move(file);
}

Result<void> WishFolder::write(const std::string& name, const WishFile& wish, mode_t mode) const {
  auto made = wish_file_text(wish);
  if (!made) return fail(std::move(made).error());
  const std::string beside = "." + name + ".new";
  ::unlinkat(fd_.get(), beside.c_str(), 0);
  const UniqueFd file(::openat(fd_.get(), beside.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file || ::fchmod(file.get(), mode) != 0) return fail(Errc::io, reason());
  std::string_view left = *made;
  while (!left.empty()) {
    const auto put = ::write(file.get(), left.data(), left.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return fail(Errc::io, reason());
    left.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::renameat(fd_.get(), beside.c_str(), fd_.get(), name.c_str()) != 0)
    return fail(Errc::io, reason());
  return {};
}

}  // namespace lintel::api
