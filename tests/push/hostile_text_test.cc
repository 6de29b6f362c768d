// Texts that nobody should send.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>

#include "engine/core/limits.h"
#include "push/charset.h"
#include "push/command.h"
#include "push/message.h"
#include "push/parameters.h"
#include "push/text.h"

namespace lintel::push {
namespace {

// Pieces that commands are made of, in any order, with random bytes between them.
std::string random_reply(std::mt19937& random) {
  static const std::string pieces[] = {"C:",
                                       "C:1:",
                                       ":",
                                       "DATA ",
                                       "UPDATE ",
                                       "DELETE ",
                                       "COUNT ",
                                       "QUERY ",
                                       "user",
                                       " ",
                                       "\t",
                                       "\n",
                                       "\r\n",
                                       "=",
                                       "*",
                                       "Pin",
                                       "Pin=1",
                                       "tablename=",
                                       ",fielddesc=",
                                       ",filter=",
                                       "SET OPTIONS ",
                                       "GET OPTIONS ",
                                       "CONTROL DEVICE ",
                                       "01010105",
                                       "ExtBoardID",
                                       "WGFormat ",
                                       "transaction",
                                       "NewRecord",
                                       "DataType=1,SN=",
                                       "CmdDesc=",
                                       "&Return=0",
                                       "OK",
                                       "<html>",
                                       "404"};
  static const std::string beginnings[] = {"",
                                           "C:1:DATA UPDATE user ",
                                           "C:1:DATA DELETE user ",
                                           "C:1:DATA COUNT user ",
                                           "C:1:DATA ",
                                           "C:1:SET OPTIONS ",
                                           "C:1:GET OPTIONS ",
                                           "C:1:CONTROL DEVICE ",
                                           "C:1:DATA QUERY tablename=transaction,fielddesc="};
  std::string text = beginnings[random() % std::size(beginnings)];
  const auto count = random() % 8;
  for (unsigned i = 0; i < count; ++i) {
    if (random() % 8 == 0) {
      text += static_cast<char>(random() % 256);
    } else {
      text += pieces[random() % std::size(pieces)];
    }
  }
  return text;
}

// What every engine request must fulfil, whatever the server wrote.
struct Check {
  void operator()(const Refusal& refusal) const {
    EXPECT_LT(refusal.code, 0);
    EXPECT_FALSE(refusal.sentence.empty());
  }
  void operator()(const pb::Update& update) const {
    EXPECT_GT(update.rows_size(), 0);
    for (const auto& rows : update.rows()) {
      EXPECT_GT(rows.field_size(), 0);
      EXPECT_EQ(rows.value_size() % rows.field_size(), 0);
      for (const auto& value : rows.value()) {
        EXPECT_TRUE(valid_utf8(value));
      }
    }
    survives(update);
  }
  void operator()(const pb::Delete& request) const {
    EXPECT_GT(request.any_size(), 0);
    survives(request);
  }
  void operator()(const pb::Control& control) const {
    EXPECT_NE(control.verb(), pb::Control::NONE);
  }
  void operator()(const Account& account) const {
    pb::Query query;
    query.set_start_time(account.start_time);
    query.set_end_time(account.end_time);
    survives(query);
  }
  void operator()(const TestHost& host) const {
    EXPECT_FALSE(host.host.empty());
    EXPECT_NE(host.port, 0);
  }
  void operator()(const Acknowledged&) const {}
  template <class Message>
  void operator()(const Message& message) const {
    survives(message);
  }
  // proto3 refuses strings that are not UTF-8 when they are read again.
  template <class Message>
  static void survives(const Message& message) {
    Message again;
    EXPECT_TRUE(again.ParseFromString(message.SerializeAsString()));
  }
};

TEST(RandomReplies, make_no_request_that_cannot_be_sent) {
  std::mt19937 random(20261122);
  std::size_t understood = 0;
  for (int round = 0; round < 30000; ++round) {
    const auto text = random_reply(random);
    for (const auto& command : split_commands(text, "3383154200002").commands) {
      const auto words = command_words(command.text);
      const std::string line = command.id + words;
      EXPECT_EQ(line.find_first_of("&\r\n\t"), std::string::npos) << line;
      const auto intention = parse_command(command);
      std::visit(Check{}, intention);
      if (!std::holds_alternative<Refusal>(intention)) ++understood;
    }
  }
  EXPECT_GT(understood, 500u) << "the random texts never come near to a command";
}

RC_GTEST_PROP(AnyBytes, are_read_without_harm, (const std::string& bytes)) {
  const auto list = split_commands(bytes, "1");
  for (const auto& command : list.commands) {
    (void)parse_command(command);
  }
  Parameters parameters;
  parameters.take(ConfigBlock(bytes));
  RC_ASSERT(parameters.protocol <= our_version);
  (void)parse_server_time(bytes);
  (void)parse_control(bytes);
  const auto utf8 = to_utf8(bytes);
  RC_ASSERT((!utf8 || valid_utf8(*utf8)));
  const HttpReply reply{200, {}, bytes};
  const auto kind = verdict(reply, "rtlog").kind;
  if (kind == Verdict::Kind::taken) {
    const auto line = lower(trimmed(bytes));
    RC_ASSERT((line.substr(0, 2) == "ok" || line.substr(0, 5) == "rtlog"));
  }
}

RC_GTEST_PROP(ACommandsRows, come_out_as_they_went_in, ()) {
  const auto rows = *rc::gen::inRange(1, 40);
  std::string text = "C:9:DATA UPDATE user ";
  std::vector<std::string> values;
  for (int i = 0; i < rows; ++i) {
    const auto pin = std::to_string(*rc::gen::inRange(1, 100000));
    const auto name = *rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
    values.push_back(pin);
    values.push_back(name);
    text += "Pin=" + pin + "\tName=" + name + (*rc::gen::arbitrary<bool>() ? "\r\n" : "\n");
  }
  const auto list = split_commands(text, "1");
  RC_ASSERT(list.commands.size() == 1u);
  const auto update = std::get<pb::Update>(parse_command(list.commands[0]));
  RC_ASSERT(update.rows_size() == 1);  // the same fields: one group
  RC_ASSERT(std::vector<std::string>(update.rows(0).value().begin(),
                                     update.rows(0).value().end()) == values);
}

TEST(AnHtmlPageWithACommandInIt, is_seen_for_what_it_is) {
  // The line with the command does not begin with it.
  const auto list = split_commands("<html><body>C:1:DATA DELETE user *</body></html>", "1");
  EXPECT_TRUE(list.commands.empty());
}

}  // namespace
}  // namespace lintel::push
