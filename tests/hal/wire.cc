#include "tests/hal/wire.h"

#include <algorithm>
#include <stdexcept>

namespace lintel::hal {
namespace {

// The ones from place `first` to place `last`, counted from 1.
bool odd_ones(const std::string& frame, std::size_t first, std::size_t last) {
  return std::count(frame.begin() + static_cast<std::ptrdiff_t>(first) - 1,
                    frame.begin() + static_cast<std::ptrdiff_t>(last), '1') %
             2 ==
         1;
}

// Even parity in front over places up to `even_to`, odd parity behind over places from `odd_from`.
std::string even_and_odd(std::uint64_t number, unsigned bits, std::size_t even_to,
                         std::size_t odd_from) {
  std::string frame = "0" + binary(number, bits - 2) + "0";
  if (odd_ones(frame, 2, even_to)) frame.front() = '1';
  if (!odd_ones(frame, odd_from, bits - 1)) frame.back() = '1';
  return frame;
}

std::string text_of(const Input& input) {
  if (const auto* card = std::get_if<CardRead>(&input)) {
    const auto site =
        card->site_code == 0 ? std::string() : "site " + std::to_string(card->site_code) + " ";
    return site + "card " + std::to_string(card->card.value) + " of " + std::to_string(card->bits);
  }
  if (const auto* bad = std::get_if<BadFrame>(&input)) return "bad " + std::to_string(bad->bits);
  if (const auto* key = std::get_if<KeyPressed>(&input)) return "key " + std::to_string(key->key);
  throw std::logic_error("a reader port says nothing but cards, bad frames and keys");
}

}  // namespace

Wire& Wire::send(std::string_view bits, std::chrono::nanoseconds interval) {
  for (const char bit : bits)
    pulse(bit == '1', interval);
  return *this;
}

Wire& Wire::pulse(bool one, std::chrono::nanoseconds after, std::chrono::nanoseconds width) {
  now += after;
  port.pulse({.reader = ReaderId{3}, .one = one, .at = now, .width = width}, inputs);
  return *this;
}

Wire& Wire::silence(std::chrono::nanoseconds length) {
  now += length;
  if (const auto due = port.deadline(); due && *due <= now) port.time_passed(now, inputs);
  return *this;
}

Wire& Wire::lose(std::uint32_t pulses) {
  port.pulses_lost({.reader = ReaderId{3}, .count = pulses}, inputs);
  return *this;
}

std::string Wire::said() {
  std::string text;
  for (const auto& input : inputs)
    text += (text.empty() ? "" : "; ") + text_of(input);
  inputs.clear();
  return text;
}

std::string binary(std::uint64_t number, unsigned bits) {
  std::string text(bits, '0');
  for (unsigned i = 0; i < bits; ++i) {
    if ((number >> i & 1u) != 0) text[bits - 1 - i] = '1';
  }
  return text;
}

std::string frame26(std::uint64_t number) {
  return even_and_odd(number, 26, 13, 14);
}
std::string frame34(std::uint64_t number) {
  return even_and_odd(number, 34, 17, 18);
}
std::string frame36(std::uint64_t number) {
  return even_and_odd(number, 36, 18, 19);
}
std::string frame37(std::uint64_t number) {
  return even_and_odd(number, 37, 19, 19);
}

std::string frame35(std::uint64_t number) {
  std::string frame = "00" + binary(number, 32) + "0";
  unsigned second = 0;
  unsigned last = 0;
  for (std::size_t place = 3; place <= 34; ++place) {
    if (frame[place - 1] == '1' && place % 3 != 2) ++second;
  }
  if (second % 2 == 1) frame[1] = '1';
  for (std::size_t place = 2; place <= 33; ++place) {
    if (frame[place - 1] == '1' && place % 3 != 1) ++last;
  }
  if (last % 2 == 0) frame[34] = '1';
  if (!odd_ones(frame, 2, 35)) frame[0] = '1';
  return frame;
}

std::string flipped(std::string frame, std::size_t place) {
  char& bit = frame.at(place - 1);
  bit = bit == '1' ? '0' : '1';
  return frame;
}

CardFormat format_of(std::string_view text, std::uint32_t site_code) {
  auto format = CardFormat::parse({.format = text, .site_code = site_code});
  if (!format) throw std::logic_error(format.error().text);
  return std::move(*format);
}

}  // namespace lintel::hal
