#include "engine/ctl/event_words.h"
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
    {"reader_disabled", "The reader is not disabled."},
    {"door_disabled", "The door is not disabled."},
    {"lockdown", "There is no lockdown."},
    {"door_locked", "The door is not locked."},
    {"lockout", "Nobody is locked out after wrong entries."},
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
    {"first_card", "No first card is waited for."},
    {"anti_passback", "The passage before was in the right direction."},
    {"interlock", "No other door of its interlock is open, or an emergency overrides it."},
    {"verification_mode", "What was shown is what the door asks for."},
    {"parts_timeout", "All parts were shown in time."},
};

// A rung below the deciding one did not decide; where it is known to refuse as well, that is told,
// so that nobody mends one thing and finds the next.
const char* verdict_of(const pb::Rung& rung) {
  if (rung.reached()) return rung.passed() ? "passed" : "REFUSES";
  return rung.passed() ? "not reached" : "would also refuse";
}

std::string words_of(const pb::Rung& rung) {
  if (!rung.passed()) return printable(rung.words());
  if (!rung.reached()) return "";
  for (const auto& one : holding) {
    if (one.rule == rung.rule()) return one.words;
  }
  return printable(rung.words());
}

void tell_ladder(const pb::Explanation& explanation) {
  bool of_nobody = false;
  for (pb::Rung rung : explanation.ladder()) {
    if (of_nobody) rung.set_passed(true);  // what stands below cannot be asked of nobody
    std::string line =
        "  " + column(verdict_of(rung), 17) + column(printable(rung.rule()), 18) + words_of(rung);
    print(line.erase(line.find_last_not_of(' ') + 1));
    if (rung.rule() == "registered" && rung.reached() && !rung.passed()) of_nobody = true;
  }
}

std::string event_words(const pb::StoredEvent& event) {
  return "Event " + std::to_string(event.index()) + " of " + printable(event.time()) + ", " +
         where_words(event) + ", " + printable(who_words(event)) + ":";
}

// What it says of the rungs, one line each, and then what came of it.
void tell(const pb::Explanation& explanation) {
  tell_ladder(explanation);
  const std::string code = "event " + std::to_string(explanation.code()) + ": ";
  const std::string words = printable(explanation.words());
  if (explanation.ladder().empty() && explanation.has_event()) {
    print("No decision about a person, " + code + printable(explanation.event().what()) + ".");
    print(words);
    return;
  }
  print((explanation.granted() ? "Granted, " : "Refused, ") + code + words);
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
  request.mutable_explain()->set_event(call.event);
  request.mutable_explain()->set_reader(call.reader);
  request.mutable_explain()->set_card(call.card);
  request.mutable_explain()->set_pin(call.pin);
  request.mutable_explain()->set_time(call.at);
  auto reply = ask(**client, request);
  if (!reply) return fail(std::move(reply).error());
  const auto& explanation = reply->explanation();
  print(call.event != 0 ? event_words(explanation.event()) : question_words(call));
  tell(explanation);
  return {};
}

}  // namespace lintel::ctl
