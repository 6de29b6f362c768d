#include "lintelctl/print.h"
#include "lintelctl/questions.h"

namespace lintel::ctl {
namespace {

std::string question_words(const ExplainCall& call) {
  const std::string who =
      call.card != 0 ? "Card " + std::to_string(call.card) : "User " + printable(call.pin);
  return who + " at reader " + std::to_string(call.reader) + " (door " +
         std::to_string((call.reader + 1) / 2) + (call.reader % 2 == 1 ? " in" : " out") + "), " +
         (call.at.empty() ? "now" : call.at) + ":";
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
  for (const auto& rung : explanation.ladder()) {
    print(std::string(rung.passed() ? "  ok  " : "  NO  ") + column(printable(rung.rule()), 18) +
          printable(rung.words()));
  }
  print(std::string(explanation.granted() ? "Granted" : "Refused") + ", event " +
        std::to_string(explanation.code()) + ": " + printable(explanation.words()));
  return {};
}

}  // namespace lintel::ctl
