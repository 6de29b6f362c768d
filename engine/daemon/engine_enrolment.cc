// What the engine takes from readers for other purposes than passing: a card for a person, and raw
// frames for a test.
#include <utility>

#include "engine/base/log.h"
#include "engine/daemon/engine.h"
#include "engine/daemon/enrol_requests.h"
#include "engine/daemon/errand.h"
#include "engine/daemon/return_codes.h"

namespace lintel::daemon {
namespace {

constexpr auto enrolling_already = "Somebody is being enrolled already; wait until that has ended.";

// Who stands at the reader is being recognised by it: what it sends is no card.
bool sends_cards(const Rules& rules, ReaderId reader) {
  const auto at = number(reader) - 1;
  return at >= rules.readers.size() || rules.readers[at].proof == Proof::card;
}

}  // namespace

// ---- enrolment

void Engine::begin_enrolment(const pb::Enroll& request, api::PeerId peer, std::uint64_t id,
                             pb::Reply reply) {
  if (!enrolment_.waiting()) {
    enrolment_.begin(request, board_.clock().now().uptime);
    log_info("engine", "the next card that nobody owns is taken for a person");
  } else if (enrolment_.request().command().SerializeAsString() !=
             request.command().SerializeAsString()) {
    // Two came at once: the gate could not know of the first.
    reply.Clear();
    reply.set_code(codes::execution_error);
    reply.set_error(enrolling_already);
    finish_later(request.command(), reply.code());
  }
  peers_.reply(peer, id, reply);
}

bool Engine::taken_for_enrolment(const Input& input) {
  const Moment now = board_.clock().now();
  if (std::holds_alternative<BadFrame>(input)) {
    enrolment_.unreadable(now.uptime);
    if (!enrolment_.waiting()) give_up_enrolment();
    return false;  // told at the door as ever
  }
  const auto* read = std::get_if<CardRead>(&input);
  if (read == nullptr || !sends_cards(controller_.rules(), read->reader)) return false;
  const auto owner = controller_.people().by_card(read->card);
  const auto verdict = enrolment_.card(read->card, owner, now.uptime);
  if (verdict == Enrolment::Card::other) return false;
  const bool taken = verdict == Enrolment::Card::taken;
  controller_.acknowledge(read->reader, taken, now, actions_);
  carry_out();
  if (taken) {
    store_enrolled(read->card, owner.person.has_value());
  } else if (!enrolment_.waiting()) {
    give_up_enrolment();
  }
  return true;
}

void Engine::store_enrolled(CardNo card, bool owned) {
  const auto effects = std::make_shared<Effects>();
  const auto code = std::make_shared<std::int32_t>(codes::ok);
  const auto request = enrolment_.request();
  const auto work = [this, effects, code, request, card, owned, utc = board_.clock().utc()](
                        storage::Store& store, storage::EventJournal&) -> Result<void> {
    auto stored = store_enrolment(request, card, owned, facts_, utc, store, *effects);
    if (!stored) return fail(std::move(stored).error());
    *code = *stored;
    return {};
  };
  const auto done = [this, effects, code, command = request.command()](const Result<void>& stored) {
    if (!stored) {
      log_error("engine", "store the card that was shown: " + stored.error().text);
      return finish_later(command, code_of(stored.error().code));
    }
    apply(*effects);
    log_info("engine", *code == codes::ok ? "a card was enrolled"
                                          : "a card was shown for somebody who is gone");
  };
  if (auto posted = writer_->post({work, done, true}); !posted) done(posted);
}

void Engine::give_up_enrolment() {
  log_info("engine", "no card was shown that could be taken for a person");
  finish_later(enrolment_.request().command(), codes::waited_too_long);
}

// ---- the Wiegand test

void Engine::switch_wiegand_test(bool on) {
  const Uptime now = board_.clock().now().uptime;
  if (wiegand_test_.dropped() > 0) {
    log_warning("engine", "the Wiegand test has left out " +
                              std::to_string(wiegand_test_.dropped()) +
                              " frames that came too fast");
  }
  wiegand_test_.end();
  if (on) wiegand_test_.begin(now);
  for (auto& port : ports_)
    port.keep_frames(on);
  log_info("engine", on ? "the Wiegand test begins" : "the Wiegand test ends");
}

void Engine::send_test_frames(Uptime now) {
  std::vector<hal::Frame> frames;
  for (auto& port : ports_) {
    for (auto lost = port.take_frames(frames); lost > 0; --lost)
      wiegand_test_.count_dropped();
  }
  std::erase_if(frames, [&](const auto&) { return !wiegand_test_.may_send(now); });
  if (frames.empty()) return;
  std::vector<UploadRow> rows;
  for (const auto& frame : frames) {
    rows.push_back({{"type", "wg"},
                    {"bitscount", std::to_string(frame.size)},
                    {"bits", bits_text(frame)},
                    {"sn", facts_.serial}});
  }
  upload_later("testdata", std::move(rows), [this, count = frames.size()] {
    for (std::size_t i = 0; i < count; ++i)
      wiegand_test_.count_dropped();
  });
}

// ---- in every turn

void Engine::work_at_readers(Uptime now) {
  if (enrolment_.time_passed(now)) give_up_enrolment();
  if (!wiegand_test_.deadline()) return;
  send_test_frames(now);
  if (!wiegand_test_.on(now)) switch_wiegand_test(false);
}

}  // namespace lintel::daemon
