// The events a device has sent, as a strict server reads them: every line checked against the
// text, each index kept once, and what came doubled, out of order or not at all noticed.
//
// Not thread-safe: the fake server guards it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lintel::fake {

struct Event {
  std::uint64_t index = 0;
  unsigned code = 0;
  unsigned address = 0;   // eventaddr: the door
  unsigned way = 0;       // inoutstatus: 0 in, 1 out, 2 neither
  unsigned verify = 0;    // verifytype; in the new form its bits, position 0 lowest
  bool new_form = false;  // verifytype has the 16 digits of 7.2
  unsigned link = 0;      // linkid
  std::string time;       // "2026-11-22 14:05:09"
  std::string pin;        // "0": nobody
  std::string card;
  std::string line;           // as it came
  std::uint64_t request = 0;  // the number of the request that brought it
};

using Fields = std::vector<std::pair<std::string, std::string>>;
// Cuts "a=1<TAB>b=2". What has no = gets an empty value.
Fields fields_of(std::string_view line);

// The lines of a body. A line end after the last line starts no further one.
std::vector<std::string> lines_of(std::string_view body);

class EventBook {
 public:
  // What the server has agreed to: the 16 digits for verifytype, and codes of 3.1.2.
  void agree(bool new_form, bool validity_codes) {
    new_form_ = new_form;
    validity_codes_ = validity_codes;
  }

  // Takes the lines of one rtlog body. `heard`: the device gets to know that they were taken; when
  // not, it may send them again.
  // Returns the events that had not come before.
  std::vector<Event> take(const std::vector<std::string>& lines, std::uint64_t request, bool heard);

  // Each index once, in the order of arrival.
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  // The indexes that are missing between the lowest and the highest.
  [[nodiscard]] std::vector<std::uint64_t> missing() const;
  // Lines that came again although the device knew that they had been taken, and those that came
  // again because it could not know.
  [[nodiscard]] std::uint64_t needless_repeats() const { return needless_repeats_; }
  [[nodiscard]] std::uint64_t repeats() const { return repeats_; }
  // Sentences about lines that are not what the text says, since the last call.
  std::vector<std::string> take_complaints() { return std::exchange(complaints_, {}); }

 private:
  struct Arrival {
    std::string line;
    bool heard = false;
  };
  void read(const std::string& line, Event& event);
  void check_names(const Fields& fields, const std::string& line);
  void check_agreed(const Event& event);

  bool new_form_ = false;
  bool validity_codes_ = true;
  std::vector<Event> events_;
  std::map<std::uint64_t, Arrival> arrivals_;
  std::uint64_t needless_repeats_ = 0;
  std::uint64_t repeats_ = 0;
  std::vector<std::string> complaints_;
};

}  // namespace lintel::fake
