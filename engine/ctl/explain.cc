#include "engine/ctl/print.h"
#include "engine/ctl/questions.h"

namespace lintel::ctl {
namespace {

// The engine words each rung as the refusal it may be; a rung that holds is worded here.
struct Holding {
  std::string_view rule;
  const char* words;
};
constexpr Holding holding[] = {
    {"frame_format", "The frame fits a card format."},
    {"door_disabled", "The door is not disabled."},
    {"door_locked", "The door is not locked."},
    {"registered", "What was shown belongs to somebody."},
    {"password", "No password is wrong."},
    {"password_ambiguous", "No password names several people."},
    {"card_lost", "The card is not reported as lost."},
    {"blacklist", "The person is not on the blacklist."},
    {"validity", "The person's period of validity holds."},
    {"privilege", "The person has a privilege for the door."},
    {"time_zone", "The time zone of a privilege holds."},
    {"clock_untrusted", "Nothing depends on a clock that is not trusted."},
    {"door_period", "The door is in its valid period."},
    {"interval", "The person need not wait."},
    {"verification_mode", "What was shown is what the door asks for."},
    {"parts_timeout", "All parts were shown in time."},
};

std::string words_of(const pb::Rung& rung) {
  if (!rung.passed()) return printable(rung.words());
  for (const auto& one : holding) {
    if (one.rule == rung.rule()) return one.words;
  }
  return "";
}

void tell_ladder(const pb::Explanation& explanation) {
  for (const auto& rung : explanation.ladder()) {
    print(std::string(rung.passed() ? "  ok  " : "  NO  ") + column(printable(rung.rule()), 18) +
          words_of(rung));
    // Of nobody, what stands below cannot be asked.
    if (rung.rule() == "registered" && !rung.passed()) return;
  }
}

std::string question_words(const ExplainCall& call) {
  const std::string who =
      call.card != 0 ? "Card " + std::to_string(call.card) : "User " + printable(call.pin);
  return who + " at reader " + std::to_string(call.reader) + " (door " +
         std::to_string((call.reader + 1) / 2) + (call.reader % 2 == 1 ? " in" : " out") + "), " +
         (call.at.empty() ? "now" : "at " + call.at) + ":";
}

}  // namespace

Result<void> tell_explanation(const std::string& socket, const ExplainCall& call) {
  auto client = connect(socket);
  if (!client) return fail(std::move(client).error());
  pb::Request request;
  request.mutable_explain()->set_reader(call.reader);
  request.mutable_explain()->set_card(call.card);
  request.mutable_explain()->set_pin(call.pin);
  request.mutable_explain()->set_time(call.at);
  auto reply = ask(**client, request);
  if (!reply) return fail(std::move(reply).error());
  const auto& explanation = reply->explanation();
  print(question_words(call));
  tell_ladder(explanation);
  print(std::string(explanation.granted() ? "Granted" : "Refused") + ", event " +
        std::to_string(explanation.code()) + ": " + printable(explanation.words()));
  return {};
}

}  // namespace lintel::ctl
