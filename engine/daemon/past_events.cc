// Questions about events of the past: why was it decided so, and would it be today? The storage
// thread reads the journal, the loop answers.
#include "engine/daemon/conversion.h"
#include "engine/daemon/engine.h"
#include "engine/daemon/return_codes.h"

namespace lintel::daemon {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t events_per_portion = 500;
constexpr std::uint32_t replay_days_max = 3660;
// The doors are looked at again after so long, however much there is to decide again.
constexpr auto work_per_turn = 2ms;

pb::Reply refusal(std::int32_t code, std::string text) {
  pb::Reply reply;
  reply.set_code(code);
  reply.set_error(std::move(text));
  return reply;
}

bool refused(const Reason& reason, Rule rung) {
  return rung == reason.rule || (reason.refused_by >> static_cast<unsigned>(rung) & 1u) != 0;
}

// How far down the ladder was asked before the decision fell.
Rule last_reached(const Reason& reason) {
  // The emergency password is asked for nothing that is about a person.
  if (reason.rule == Rule::emergency_password) return Rule::lockout;
  return std::min(reason.rule, static_cast<Rule>(rungs));
}

// The reason says which rung decided and which others would have refused as well; what each of
// those others looked at is not known any more.
void fill_ladder(const Event& event, pb::Explanation& out) {
  const Reason& reason = event.reason;
  for (unsigned n = 1; n <= rungs; ++n) {
    const auto rule = static_cast<Rule>(n);
    auto& rung = *out.add_ladder();
    rung.set_rule(name_of(rule));
    rung.set_reached(rule <= last_reached(reason));
    rung.set_passed(!refused(reason, rule));
    if (rule == reason.rule) {
      rung.set_words(in_words(reason, event.time));
    } else if (!rung.passed()) {
      rung.set_words("It refused as well; what it looked at is not kept.");
    }
  }
}

void explain_stored(const storage::StoredEvent& stored, pb::Explanation& out) {
  const Event& event = stored.event;
  fill(*out.mutable_event(), stored);
  out.set_code(number(event.code));
  out.set_words(in_words(event.reason, event.time));
  out.set_granted(is_about_a_credential(event) && lets_in(event.code));
  // The end of a lockdown comes of an attempt that lockdown has refused.
  const bool decided = is_about_a_credential(event) && event.code != EventCode::lockdown_ended;
  if (decided) fill_ladder(event, out);
}

}  // namespace

// ---- why it was decided so

void Engine::explain_event(const api::Incoming& request, std::uint64_t index) {
  const auto found = std::make_shared<std::vector<storage::StoredEvent>>();
  const auto work = [found, index](storage::Store&,
                                   storage::EventJournal& journal) -> Result<void> {
    auto read = journal.read(index - 1, 1);
    if (!read) return fail(std::move(read).error());
    *found = *std::move(read);
    return {};
  };
  const auto done = [this, found, index, peer = request.peer,
                     id = request.id](const Result<void>& read) {
    pb::Reply reply;
    if (!read) {
      reply = refusal(code_of(read.error().code),
                      "The journal cannot be read: " + read.error().text + ".");
    } else if (found->empty() || found->front().index != index) {
      reply = refusal(codes::wrong_parameter,
                      "The journal has no event " + std::to_string(index) + ".");
    } else {
      explain_stored(found->front(), *reply.mutable_explanation());
    }
    peers_.reply(peer, id, reply);
  };
  if (auto posted = writer_->post({work, done, false}); !posted) done(posted);
}

// ---- would it be decided so today

// One peer's replay. It belongs to the loop; the events come from the storage thread, once.
struct Engine::Replay {
  std::unique_ptr<Rehearsal> rehearsal;
  CivilTime from{};
  std::uint64_t after = 0;  // where the next portion begins

  // The portion that is asked for, until it is answered.
  std::optional<std::uint64_t> request;
  bool read = false;
  std::vector<storage::StoredEvent> events;
  std::size_t at = 0;
  pb::Reply reply;

  [[nodiscard]] bool has_work() const { return request.has_value() && read; }
};

void Engine::begin_replay(const api::Incoming& request, const pb::Replay& wish) {
  const auto refuse = [&](std::int32_t code, std::string text) {
    peers_.reply(request.peer, request.id, refusal(code, std::move(text)));
  };
  auto& replay = replays_[request.peer];
  if (replay && replay->request)
    return refuse(codes::queue_full, "A portion of this replay is still being worked at.");
  if (wish.after() == 0) {
    if (wish.days() < 1 || wish.days() > replay_days_max) {
      return refuse(codes::wrong_parameter,
                    "A replay goes back from 1 to " + std::to_string(replay_days_max) + " days.");
    }
    replay = std::make_shared<Replay>();
    replay->rehearsal = controller_.rehearse();
    replay->from = board_.clock().now().civil - std::chrono::days(wish.days());
  } else if (!replay || replay->after != wish.after()) {
    return refuse(codes::wrong_parameter, "No replay goes on there; begin one with after = 0.");
  }
  replay->request = request.id;
  replay->read = false;
  replay->reply.Clear();
  const auto events = std::make_shared<std::vector<storage::StoredEvent>>();
  const auto work = [events, after = replay->after, from = replay->from](
                        storage::Store&, storage::EventJournal& journal) -> Result<void> {
    storage::JournalFilter filter;
    filter.start = from;
    auto read = journal.read(after, events_per_portion, filter);
    if (!read) return fail(std::move(read).error());
    *events = *std::move(read);
    return {};
  };
  const auto done = [events, replay](const Result<void>& read) {
    replay->events = std::move(*events);
    replay->at = 0;
    replay->read = true;
    if (read) return;
    replay->reply = refusal(code_of(read.error().code),
                            "The journal cannot be read: " + read.error().text + ".");
  };
  if (auto posted = writer_->post({work, done, false}); !posted) done(posted);
}

bool Engine::replays_have_work() const {
  return std::any_of(replays_.begin(), replays_.end(),
                     [](const auto& one) { return one.second && one.second->has_work(); });
}

void Engine::work_at_replays() {
  std::erase_if(replays_,
                [&](const auto& one) { return !one.second || !peers_.connected(one.first); });
  const Uptime end = board_.clock().now().uptime + work_per_turn;
  for (auto at = replays_.begin(); at != replays_.end();) {
    Replay& replay = *at->second;
    if (replay.has_work() && work_at(replay, end)) {
      peers_.reply(at->first, *std::exchange(replay.request, std::nullopt), replay.reply);
      // Refused or at the end of the journal: a new one begins with a new rehearsal.
      const bool over = replay.reply.code() < 0 || replay.reply.replayed().next() == 0;
      at = over ? replays_.erase(at) : std::next(at);
    } else {
      ++at;
    }
  }
}

// True: the portion is done.
bool Engine::work_at(Replay& replay, Uptime end) {
  if (replay.reply.code() < 0) return true;
  auto& out = *replay.reply.mutable_replayed();
  while (replay.at < replay.events.size()) {
    const auto& stored = replay.events[replay.at++];
    if (is_about_a_credential(stored.event)) out.set_decisions(out.decisions() + 1);
    if (const auto difference = replay.rehearsal->take(stored.event)) {
      auto& line = *out.add_difference();
      fill(*line.mutable_event(), stored);
      line.set_granted(difference->granted);
      line.set_code(number(difference->now));
      line.set_words(in_words(difference->reason, stored.event.time));
      line.set_what(in_words(difference->now));
    }
    if (board_.clock().now().uptime >= end) break;
  }
  if (replay.at < replay.events.size()) return false;
  if (replay.events.size() == events_per_portion) replay.after = replay.events.back().index;
  out.set_next(replay.events.size() == events_per_portion ? replay.after : 0);
  return true;
}

}  // namespace lintel::daemon
