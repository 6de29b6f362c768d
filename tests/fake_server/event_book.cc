#include "tests/fake_server/event_book.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace lintel::fake {
namespace {

// The names of an event's fields, in the order in which the text gives them. The first servers
// read by position.
constexpr std::array<std::string_view, 14> names_in_order = {
    "time",      "pin",         "cardno",          "sitecode",   "linkid",
    "eventaddr", "event",       "inoutstatus",     "verifytype", "index",
    "maskflag",  "temperature", "convtemperature", "bitcount"};
constexpr std::array<std::string_view, 8> names_needed = {
    "time", "pin", "cardno", "eventaddr", "event", "inoutstatus", "verifytype", "index"};

bool looks_like_time(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-dd dd:dd:dd";
  return text.size() == form.size() &&
         std::equal(text.begin(), text.end(), form.begin(),
                    [](char c, char f) { return f == 'd' ? (c >= '0' && c <= '9') : c == f; });
}

template <class T>
bool read_number(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

// A number, or 16 digits of which the last is position 0.
bool read_verify(std::string_view text, Event& event) {
  event.new_form = text.size() == 16;
  if (!event.new_form) return read_number(text, event.verify);
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), event.verify, 2);
  return error == std::errc{} && end == text.data() + text.size();
}

std::string_view value_of(const Fields& fields, std::string_view name) {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.first == name; });
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

Fields fields_of(std::string_view line) {
  Fields fields;
  while (!line.empty()) {
    const auto tab = std::min(line.find('\t'), line.size());
    const auto field = line.substr(0, tab);
    const auto equals = std::min(field.find('='), field.size());
    const auto value = equals < field.size() ? field.substr(equals + 1) : std::string_view();
    fields.emplace_back(field.substr(0, equals), value);
    line.remove_prefix(std::min(tab + 1, line.size()));
  }
  return fields;
}

std::vector<std::string> lines_of(std::string_view body) {
  std::vector<std::string> lines;
  while (!body.empty()) {
    const auto end = std::min(body.find('\n'), body.size());
    auto line = body.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.emplace_back(line);
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return lines;
}

void EventBook::check_names(const Fields& fields, const std::string& line) {
  std::size_t place = 0;
  for (const auto& [name, value] : fields) {
    const auto known = std::find(names_in_order.begin(), names_in_order.end(), name);
    if (known == names_in_order.end()) {
      complaints_.push_back("an event has no field \"" + name + "\": " + line);
      continue;
    }
    const auto its_place = static_cast<std::size_t>(known - names_in_order.begin());
    if (its_place < place)
      complaints_.push_back("the field " + name + " does not stand in its place: " + line);
    place = its_place + 1;
  }
  for (const auto name : names_needed) {
    if (value_of(fields, name).empty())
      complaints_.push_back("an event without " + std::string(name) + ": " + line);
  }
}

void EventBook::read(const std::string& line, Event& event) {
  const Fields fields = fields_of(line);
  check_names(fields, line);
  event.line = line;
  event.time = value_of(fields, "time");
  event.pin = value_of(fields, "pin");
  event.card = value_of(fields, "cardno");
  if (!looks_like_time(event.time))
    complaints_.push_back("the time is not YYYY-MM-DD HH:MM:SS: " + line);
  if (!read_number(value_of(fields, "index"), event.index) ||
      !read_number(value_of(fields, "event"), event.code) ||
      !read_number(value_of(fields, "eventaddr"), event.address) ||
      !read_number(value_of(fields, "inoutstatus"), event.way) ||
      !read_verify(value_of(fields, "verifytype"), event)) {
    complaints_.push_back("a number in an event is none: " + line);
  }
  const auto link = value_of(fields, "linkid");
  if (!link.empty() && !read_number(link, event.link))
    complaints_.push_back("the linkid of an event is no number: " + line);
  check_agreed(event);
}

void EventBook::check_agreed(const Event& event) {
  constexpr unsigned linkage = 6;  // its verifytype is a code
  if (event.new_form != (new_form_ && event.code != linkage))
    complaints_.push_back("verifytype is not in the form that was agreed: " + event.line);
  const bool of_validity = event.code == 5024 || event.code == 5025;
  if (of_validity && !validity_codes_)
    complaints_.push_back("an event of a newer protocol: " + event.line);
}

std::vector<Event> EventBook::take(const std::vector<std::string>& lines, std::uint64_t request,
                                   bool heard) {
  std::vector<Event> fresh;
  for (const std::string& line : lines) {
    Event event;
    event.request = request;
    read(line, event);
    const auto [arrival, first] = arrivals_.try_emplace(event.index, Arrival{line, heard});
    if (!first) {
      ++(arrival->second.heard ? needless_repeats_ : repeats_);
      if (arrival->second.line != line)
        complaints_.push_back("index " + std::to_string(event.index) +
                              " came again with another event: " + line);
      arrival->second.heard = arrival->second.heard || heard;
      continue;
    }
    if (std::next(arrival) != arrivals_.end()) {
      complaints_.push_back("index " + std::to_string(event.index) + " came after " +
                            std::to_string(arrivals_.rbegin()->first));
    }
    events_.push_back(event);
    fresh.push_back(std::move(event));
  }
  return fresh;
}

std::vector<std::uint64_t> EventBook::missing() const {
  std::vector<std::uint64_t> missing;
  std::optional<std::uint64_t> last;
  for (const auto& [index, arrival] : arrivals_) {
    for (auto gap = last.value_or(index - 1) + 1; gap < index; ++gap)
      missing.push_back(gap);
    last = index;
  }
  return missing;
}

}  // namespace lintel::fake
