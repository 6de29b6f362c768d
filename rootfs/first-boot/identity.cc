#include "rootfs/first-boot/identity.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "rootfs/first-boot/files.h"

namespace lintel::first_boot {
namespace {

constexpr std::size_t serial_least = 8, serial_most = 32, serial_digits = 13, claim_letters = 10;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The first text of a file of the kernel: it ends with a NUL, a line end, or the file.
std::string first_text(const std::string& path) {
  auto text = read_text(path).value_or("");
  text.resize(std::min(text.find_first_of(std::string_view("\0\n", 2)), text.size()));
  while (!text.empty() && text.back() == ' ')
    text.pop_back();
  return text;
}

bool is_serial(const std::string& text) {
  if (text.size() < serial_least || text.size() > serial_most) return false;
  if (!std::all_of(text.begin(), text.end(),
                   [](char c) { return is_digit(c) || is_letter(c) || c == '-'; }))
    return false;
  // "Not-Specified" and its like have no digits; "00000000", "1111-1111" and "123456789" are rows.
  if (std::count_if(text.begin(), text.end(), is_digit) < 4) return false;
  const auto differs = std::count_if(text.begin(), text.end(),
                                     [&](char c) { return c != text.front() && c != '-'; });
  constexpr std::string_view row = "0123456789012345678901234567890123456789";
  return differs >= 2 && row.find(text) == std::string_view::npos;
}

// Uniform: bytes that would favour the first letters are thrown away.
std::string drawn(const Random& random, std::string_view letters, std::size_t count) {
  const auto fair = 256 - 256 % letters.size();
  std::string text;
  while (text.size() < count) {
    for (const char byte : random(count)) {
      const auto value = static_cast<unsigned char>(byte);
      if (value < fair && text.size() < count) text += letters[value % letters.size()];
    }
  }
  return text;
}

struct Known {
  std::string_view compatible, board;
};
// Compute modules before the boards that they resemble.
constexpr std::array<Known, 8> known{{{"raspberrypi,4-compute-module", "raspberry-pi-cm4"},
                                      {"raspberrypi,5-model-b", "raspberry-pi-5"},
                                      {"raspberrypi,4-model-b", "raspberry-pi-4"},
                                      {"raspberrypi,3-model-b-plus", "raspberry-pi-3"},
                                      {"raspberrypi,3-model-a-plus", "raspberry-pi-3"},
                                      {"raspberrypi,3-model-b", "raspberry-pi-3"},
                                      {"xunlong,orangepi-pc", "orange-pi-pc"},
                                      {"linux,dummy-virt", "qemu-arm64"}}};

}  // namespace

std::optional<std::string> board_serial(const std::string& proc, const std::string& sys) {
  for (const auto& path :
       {proc + "/device-tree/serial-number", sys + "/class/dmi/id/product_serial"}) {
    if (auto text = first_text(path); is_serial(text)) return text;
  }
  return std::nullopt;
}

std::string random_serial(const Random& random) {
  return drawn(random, "123456789", 1) + drawn(random, "0123456789", serial_digits - 1);
}

std::optional<std::string> board_name(const std::string& proc, const std::string& sys) {
  // Texts, each ended by a NUL: the exact board first, then what it resembles.
  const auto compatible = read_text(proc + "/device-tree/compatible").value_or("");
  for (std::string_view left = compatible; !left.empty();) {
    const auto one = left.substr(0, left.find('\0'));
    left.remove_prefix(std::min(one.size() + 1, left.size()));
    for (const auto& board : known) {
      if (one == board.compatible) return std::string(board.board);
    }
  }
  if (compatible.empty() && first_text(sys + "/class/dmi/id/sys_vendor") == "QEMU")
    return "gpio-sim";
  return std::nullopt;
}

std::string host_name(const std::string& serial) {
  std::string name = "lintel-" + serial;
  for (auto& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  while (name.back() == '-')
    name.pop_back();
  return name;
}

std::string claim_code(const Random& random) {
  return drawn(random, "ABCDEFGHJKMNPQRSTUVWXYZ23456789", claim_letters);
}

}  // namespace lintel::first_boot
