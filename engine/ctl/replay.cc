#include "engine/ctl/event_words.h"
#include "engine/ctl/print.h"
#include "engine/ctl/questions.h"

namespace lintel::ctl {
namespace {

void tell(const pb::ReplayDifference& difference) {
  const auto& event = difference.event();
  print(column(printable(event.time()), 19) + column(std::to_string(event.index()), 7) +
        column(where_words(event), 10) + column(printable(who_words(event)), 10) + "was event " +
        std::to_string(event.code()) + ": " + printable(event.what()));
  print(std::string(54, ' ') + (difference.granted() ? "today GRANTED" : "today REFUSED") +
        ", event " + std::to_string(difference.code()) + ": " + printable(difference.words()));
}

}  // namespace

Result<void> tell_replay(const std::string& socket, const ReplayCall& call) {
  auto client = connect(socket);
  if (!client) return fail(std::move(client).error());
  pb::Request request;
  auto& replay = *request.mutable_replay();
  replay.set_days(call.days);
  std::uint64_t decisions = 0, differences = 0;
  do {
    auto reply = ask(**client, request);
    if (!reply) return fail(std::move(reply).error());
    const auto& replayed = reply->replayed();
    for (const auto& difference : replayed.difference())
      tell(difference);
    decisions += replayed.decisions();
    differences += static_cast<std::uint64_t>(replayed.difference_size());
    if (replayed.next() != 0 && replayed.next() <= replay.after())
      return fail(Errc::corrupt, "the engine's replay does not go on");
    replay.set_after(replayed.next());
  } while (replay.after() != 0);
  print(counted(differences, "decision", "decisions") + " of " + std::to_string(decisions) +
        " in the last " + counted(call.days, "day", "days") + " would be another today.");
  return {};
}

}  // namespace lintel::ctl
