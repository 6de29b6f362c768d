// The texts of the protocol, by vectors; and the same vectors cut off at every byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>

#include "push/command.h"
#include "push/message.h"
#include "push/parameters.h"
#include "push/text.h"
#include "push/upload_text.h"
#include "tests/push/vectors.h"

namespace lintel::push {
namespace {

using ::testing::Contains;
using ::testing::ElementsAreArray;
using ::testing::Not;

// The chapters of the text, and what no chapter says.
constexpr const char* command_files[] = {"list.txt",    "update.txt", "update_rules.txt",
                                         "delete.txt",  "count.txt",  "query.txt",
                                         "options.txt", "other.txt"};

HttpReply reply_of(const std::string& bytes, std::string& table) {
  std::istringstream words(bytes);
  std::string status;
  words >> status >> table;
  if (table == "-") table.clear();
  HttpReply reply;
  reply.status = std::stoi(status.substr(1));
  const auto body = bytes.find(' ', bytes.find(' ') + 1);
  if (body != std::string::npos) reply.body = bytes.substr(body + 1);
  return reply;
}

std::string words_of(const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::taken:
      return "taken" + (verdict.count ? " " + std::to_string(*verdict.count) : "");
    case Verdict::Kind::unknown_to_server:
      return "unknown";
    default:
      return "refused";
  }
}

std::vector<std::string> words_of(const Parameters& p) {
  std::string times = "times";
  for (const auto time : p.trans_times) {
    times += " " + std::to_string(time.count());
  }
  std::vector<std::string> words{"protocol " + text_of(p.protocol),
                                 "error " + std::to_string(p.error_delay.count()) + " request " +
                                     std::to_string(p.request_delay.count()) + " timeout " +
                                     std::to_string(p.timeout.count()) + " interval " +
                                     std::to_string(p.trans_interval.count()),
                                 times, std::string("realtime ") + (p.realtime ? "1" : "0"),
                                 "session " + p.session_id};
  if (p.verify_styles) words.emplace_back("verify styles");
  return words;
}

std::string words_of(const std::optional<ServerTime>& time) {
  if (!time) return "nothing";
  std::string text = std::to_string(time->utc.time_since_epoch().count());
  if (!time->zone) return text;
  const auto minutes = time->zone->count();
  return text + " " + (minutes < 0 ? "" : "+") + std::to_string(minutes);
}

TEST(TheCommandsOfAReply, mean_what_the_text_says) {
  for (const auto* file : command_files) {
    for (const auto& vector : read_vectors(file)) {
      EXPECT_THAT(meaning_of_reply(vector.bytes), ElementsAreArray(vector.meaning))
          << file << ": " << vector.title;
    }
  }
}

TEST(ControlStrings, mean_what_the_text_says) {
  for (const auto& vector : read_vectors("control.txt")) {
    EXPECT_THAT(meaning_of_control(vector.bytes), ElementsAreArray(vector.meaning)) << vector.title;
  }
}

TEST(Replies, say_whether_something_was_taken) {
  for (const auto& vector : read_vectors("replies.txt")) {
    std::string table;
    const auto reply = reply_of(vector.bytes, table);
    EXPECT_EQ(words_of(verdict(reply, table)), vector.meaning.at(0)) << vector.title;
  }
}

TEST(ConfigurationBlocks, are_read_as_servers_write_them) {
  for (const auto& vector : read_vectors("configuration.txt")) {
    Parameters parameters;
    parameters.take(ConfigBlock(vector.bytes));
    EXPECT_THAT(words_of(parameters), ElementsAreArray(vector.meaning)) << vector.title;
  }
}

TEST(TheServersTime, is_the_seconds_of_appendix_5) {
  for (const auto& vector : read_vectors("time.txt")) {
    EXPECT_EQ(words_of(parse_server_time(vector.bytes)), vector.meaning.at(0)) << vector.title;
  }
}

TEST(States, stand_in_their_bits) {
  for (const auto& vector : read_vectors("states.txt")) {
    pb::Status status;
    std::istringstream doors(vector.bytes);
    for (std::string text; doors >> text;) {
      std::string_view rest = text;
      auto& door = *status.add_door();
      door.set_id(static_cast<std::uint32_t>(*whole_number(take_until(rest, ':'))));
      door.set_sensor(static_cast<std::uint32_t>(*whole_number(take_until(rest, ':'))));
      door.set_released(take_until(rest, ':') == "1");
      door.set_alarms(static_cast<std::uint32_t>(*whole_number(rest)));
    }
    EXPECT_EQ(state_of_doors(status), vector.meaning.at(0)) << vector.title;
  }
}

// A command that breaks off may become one that is refused, or one with less in it. It must never
// become one that deletes more than the whole one would have.
TEST(ACommandCutOffAnywhere, never_deletes_more_than_it_said) {
  const std::string everything = "where everything";
  std::vector<Vector> vectors;
  for (const auto* file : command_files) {
    const auto more = read_vectors(file);
    vectors.insert(vectors.end(), more.begin(), more.end());
  }
  for (const auto& vector : vectors) {
    const auto whole = meaning_of_reply(vector.bytes);
    const bool clears = std::find(whole.begin(), whole.end(), everything) != whole.end();
    for (std::size_t length = 0; length < vector.bytes.size(); ++length) {
      const auto meaning = meaning_of_reply(std::string_view(vector.bytes).substr(0, length));
      if (!clears) {
        EXPECT_THAT(meaning, Not(Contains(everything))) << vector.title << " cut at " << length;
      }
    }
  }
}

TEST(EveryOtherText, may_be_cut_off_anywhere) {
  for (const auto& vector : read_vectors("configuration.txt")) {
    for (std::size_t length = 0; length <= vector.bytes.size(); ++length) {
      Parameters parameters;
      parameters.take(ConfigBlock(vector.bytes.substr(0, length)));
      EXPECT_GE(parameters.request_delay.count(), 1);
      EXPECT_GE(parameters.error_delay.count(), 1);
      EXPECT_LE(parameters.protocol, our_version);
    }
  }
  for (const auto& vector : read_vectors("control.txt")) {
    for (std::size_t length = 0; length < vector.bytes.size(); ++length) {
      if (length == 8 || length == 10) continue;  // whole again, without what is too much
      const auto meaning = meaning_of_control(vector.bytes.substr(0, length));
      EXPECT_EQ(meaning.at(0).substr(0, 6), "refuse") << vector.title << " cut at " << length;
    }
  }
}

}  // namespace
}  // namespace lintel::push
