// What peers of the simulated board may write, and what they are told when they write something
// else.
#include "hal/sim_request.h"

#include <gmock/gmock.h>

#include "hal/line_names.h"

namespace lintel::hal::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr Layout layout{.doors = 2, .aux_inputs = 2, .aux_outputs = 2};

template <class Kind>
Kind read(std::string_view line) {
  const auto request = read_request(line, layout);
  EXPECT_TRUE(request.has_value()) << line;
  const Kind* kind = request ? std::get_if<Kind>(&*request) : nullptr;
  EXPECT_NE(kind, nullptr) << line;
  return kind != nullptr ? *kind : Kind{};
}

std::string refusal(std::string_view line) {
  const auto request = read_request(line, layout);
  if (request) return "accepted";
  EXPECT_EQ(request.error().code, Errc::invalid);
  EXPECT_THAT(request.error().text, EndsWith(".")) << "a whole sentence";
  return request.error().text;
}

TEST(SimRequest, a_frame_and_keys_are_read) {
  const auto frame = read<SendFrame>("wiegand 4 0110");
  EXPECT_EQ(frame.reader, ReaderId{4});
  EXPECT_EQ(frame.bits, (std::vector<bool>{false, true, true, false}));
  const auto press = read<PressKeys>("keys 1 09*#");
  EXPECT_EQ(press.reader, ReaderId{1});
  EXPECT_EQ(press.keys, (std::vector<std::uint8_t>{0, 9, 10, 11}));
}

TEST(SimRequest, blanks_and_a_carriage_return_do_no_harm) {
  EXPECT_EQ(read<SendFrame>("  wiegand\t1   01 \r").bits.size(), 2u);
}

TEST(SimRequest, every_input_is_known_by_its_name) {
  for (const auto& line : inputs_of(layout)) {
    const auto input = read<SetInput>("input " + name_of(line) + " active");
    EXPECT_EQ(input.line, line);
    EXPECT_EQ(input.level, Level::active);
  }
  EXPECT_EQ(inputs_of(layout).size(), 14u);
}

TEST(SimRequest, only_supervised_inputs_can_be_cut_or_shorted) {
  for (const auto* name : {"door1.sensor", "door2.rex", "aux1", "fire"}) {
    EXPECT_EQ(read<SetInput>("input " + std::string(name) + " cut").level, Level::cut);
    EXPECT_EQ(read<SetInput>("input " + std::string(name) + " short").level, Level::shorted);
  }
  for (const auto* name : {"reader1.tamper", "tamper", "mains", "battery"}) {
    EXPECT_THAT(refusal("input " + std::string(name) + " cut"),
                HasSubstr("not a supervised input"));
  }
}

TEST(SimRequest, times_are_read_to_the_nanosecond) {
  EXPECT_EQ(read<AdvanceBy>("advance 0").by, 0ns);
  EXPECT_EQ(read<AdvanceBy>("advance 5").by, 5s);
  EXPECT_EQ(read<AdvanceBy>("advance 0.25").by, 250ms);
  EXPECT_EQ(read<AdvanceBy>("advance 1.000000001").by, 1s + 1ns);
  EXPECT_EQ(read<AdvanceBy>("advance 31622400").by, advance_max);
  EXPECT_EQ(read<SetClock>("clock 2028-02-29T23:59:58").civil,
            std::chrono::local_days(2028y / 2 / 29) + 23h + 59min + 58s);
}

TEST(SimRequest, what_is_wrong_is_answered_with_what_is_allowed) {
  EXPECT_EQ(refusal(""),
            "There is no such request; it must be wiegand, keys, input, outputs, watch, clock or "
            "advance.");
  EXPECT_THAT(refusal("OUTPUTS"), HasSubstr("no such request"));
  EXPECT_EQ(refusal("wiegand 1"), "The request must have the form: wiegand READER BITS.");
  EXPECT_EQ(refusal("wiegand 1 01 01"), "The request must have the form: wiegand READER BITS.");
  for (const auto* reader : {"0", "5", "-1", "+1", "1x", "x", "99999999999"}) {
    EXPECT_EQ(refusal("wiegand " + std::string(reader) + " 01"),
              "READER must be a number from 1 to 4.");
    EXPECT_EQ(refusal("keys " + std::string(reader) + " 1"),
              "READER must be a number from 1 to 4.");
  }
  EXPECT_EQ(refusal("wiegand 1 012"), "BITS must be 1 to 512 characters, each 0 or 1.");
  EXPECT_EQ(refusal("wiegand 1 " + std::string(513, '0')),
            "BITS must be 1 to 512 characters, each 0 or 1.");
  EXPECT_EQ(refusal("keys 1 12A"), "DIGITS must be 1 to 64 characters of 0-9, * and #.");
  EXPECT_EQ(refusal("keys 1 " + std::string(65, '0')),
            "DIGITS must be 1 to 64 characters of 0-9, * and #.");
  EXPECT_THAT(refusal("input door3.sensor active"),
              HasSubstr("NAME must be door1.sensor to door2.sensor"));
  EXPECT_THAT(refusal("input door1.lock active"), HasSubstr("no such input"));
  EXPECT_EQ(refusal("input door1.sensor open"),
            "LEVEL of door1.sensor must be active, inactive, cut or short.");
  EXPECT_EQ(refusal("outputs now"), "The request must have the form: outputs.");
  EXPECT_EQ(refusal("watch door1"), "The request must have the form: watch.");
  EXPECT_EQ(refusal("advance"), "The request must have the form: advance SECONDS.");
}

TEST(SimRequest, a_time_that_is_none_is_refused) {
  for (const auto* text :
       {"2026-03-02", "2026-03-02 08:00:00", "2026-02-30T08:00:00", "2026-13-01T08:00:00",
        "2026-03-02T24:00:00", "2026-03-02T08:60:00", "2026-03-02T08:00:60", "1969-12-31T23:59:59",
        "2100-01-01T00:00:00", "2026-03-02T08:00:0x", "2026-03-02T08:00:000"}) {
    EXPECT_THAT(refusal("clock " + std::string(text)), testing::StartsWith("The ")) << text;
  }
  for (const auto* text :
       {"-1", "1e3", "1.", ".5", "1.0000000001", "31622400.1", "4294967296", "1.-1", "nan"}) {
    EXPECT_THAT(refusal("advance " + std::string(text)), HasSubstr("SECONDS must be a number"))
        << text;
  }
}

TEST(SimRequest, a_line_cut_or_changed_anywhere_never_crashes) {
  for (const std::string line : {"wiegand 4 0110", "keys 1 09*#", "input door1.sensor short",
                                 "clock 2028-02-29T23:59:58", "advance 31622400.000000001"}) {
    for (std::size_t at = 0; at < line.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        auto changed = line;
        changed[at] = static_cast<char>(byte);
        const auto request = read_request(changed, layout);
        EXPECT_TRUE(request.has_value() || !request.error().text.empty());
      }
      EXPECT_EQ(read_request(line.substr(0, at), layout).has_value(),
                // A shorter number is a number too.
                (line.starts_with("wiegand") && at > 10) || (line.starts_with("keys") && at > 7) ||
                    (line.starts_with("advance") && at > 8 && line[at - 1] != '.'))
          << line.substr(0, at);
    }
  }
}

}  // namespace
}  // namespace lintel::hal::sim
