#include "engine/ctl/call.h"

#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/calendar.h"
#include "engine/core/limits.h"

namespace lintel::ctl {

const char usage[] =
    "usage: lintelctl [--socket PATH | --config FILE] status\n"
    "       lintelctl [...] events [--last N] [--follow]\n"
    "       lintelctl [...] users [--pin PIN]\n"
    "       lintelctl [...] explain (--card N | --pin PIN) --reader R [--at \"2026-11-23 08:10\"]\n"
    "       lintelctl [...] explain --event INDEX\n"
    "       lintelctl [...] replay [--days N]\n"
    "       lintelctl [...] reset-passback [--pin PIN]\n"
    "       lintelctl [...] update FILE\n"
    "       lintelctl [...] factory-reset [--serial SERIAL]\n"
    "       lintelctl [--config FILE] claim-code\n"
    "Without --socket and --config the engine is asked at $LINTEL_SOCKET, else at\n"
    "/run/lintel/engine.sock.\n";

namespace {

tl::unexpected<Error> wrong(std::string sentence) {
  return fail(Errc::invalid, std::move(sentence));
}

// The words that are left, and what they were about.
class Words {
 public:
  explicit Words(std::span<const char* const> words) : rest_(words.begin(), words.end()) {}

  [[nodiscard]] bool empty() const { return at_ == rest_.size(); }
  std::string_view take() { return rest_[at_++]; }
  Result<std::string> value_of(std::string_view option) {
    if (empty()) return wrong("The option " + std::string(option) + " needs a value after it.");
    return std::string(take());
  }

 private:
  std::vector<std::string_view> rest_;
  std::size_t at_ = 0;
};

Result<std::uint64_t> number_of(Words& words, std::string_view option, std::uint64_t least,
                                std::uint64_t most) {
  const auto text = words.value_of(option);
  if (!text) return fail(text.error());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < least ||
      number > most) {
    return wrong("The option " + std::string(option) + " takes a number from " +
                 std::to_string(least) + " to " + std::to_string(most) + ", not \"" + *text +
                 "\".");
  }
  return number;
}

Result<std::string> pin_of(Words& words) {
  auto text = words.value_of("--pin");
  if (!text || Pin::from(*text)) return text;
  return wrong("A user ID has 1 to 24 printable characters and no blank, unlike \"" + *text +
               "\".");
}

Result<std::string> time_of(Words& words) {
  auto text = words.value_of("--at");
  if (!text) return text;
  if (text->size() == 16) *text += ":00";
  const auto time = civil_from_text(*text);
  if (!time) {
    return wrong("The option --at takes a time such as \"2026-11-23 08:10\", not \"" + *text +
                 "\".");
  }
  return to_text(*time);
}

tl::unexpected<Error> unknown(std::string_view question, std::string_view word) {
  return wrong("The question " + std::string(question) + " has no \"" + std::string(word) + "\".");
}

Result<EventsCall> read_events(Words& words) {
  EventsCall call;
  while (!words.empty()) {
    const auto word = words.take();
    if (word == "--follow") {
      call.follow = true;
    } else if (word == "--last") {
      const auto last = number_of(words, word, 0, limits::events_max);
      if (!last) return fail(last.error());
      call.last = *last;
    } else {
      return unknown("events", word);
    }
  }
  return call;
}

Result<UsersCall> read_users(Words& words) {
  UsersCall call;
  while (!words.empty()) {
    const auto word = words.take();
    if (word != "--pin") return unknown("users", word);
    auto pin = pin_of(words);
    if (!pin) return fail(std::move(pin).error());
    call.pin = *pin;
  }
  return call;
}

Result<void> read_option(ExplainCall& call, std::string_view word, Words& words) {
  if (word == "--card") {
    const auto card = number_of(words, word, 1, UINT64_MAX);
    if (!card) return fail(card.error());
    call.card = *card;
  } else if (word == "--reader") {
    const auto reader = number_of(words, word, 1, 2 * limits::doors_max);
    if (!reader) return fail(reader.error());
    call.reader = static_cast<std::uint32_t>(*reader);
  } else if (word == "--event") {
    const auto event = number_of(words, word, 1, UINT64_MAX);
    if (!event) return fail(event.error());
    call.event = *event;
  } else if (word == "--pin" || word == "--at") {
    auto text = word == "--pin" ? pin_of(words) : time_of(words);
    if (!text) return fail(std::move(text).error());
    (word == "--pin" ? call.pin : call.at) = *text;
  } else {
    return unknown("explain", word);
  }
  return {};
}

Result<ExplainCall> read_explain(Words& words) {
  ExplainCall call;
  while (!words.empty()) {
    const auto word = words.take();
    if (auto read = read_option(call, word, words); !read) return fail(std::move(read).error());
  }
  const bool asks_what_if =
      call.card != 0 || !call.pin.empty() || call.reader != 0 || !call.at.empty();
  if (call.event != 0) {
    if (asks_what_if) return wrong("The question explain takes --event alone.");
    return call;
  }
  if ((call.card == 0) == call.pin.empty())
    return wrong("The question explain needs either --card or --pin, or else --event.");
  if (call.reader == 0) return wrong("The question explain needs --reader.");
  return call;
}

Result<ReplayCall> read_replay(Words& words) {
  constexpr std::uint64_t days_max = 3660;
  ReplayCall call;
  while (!words.empty()) {
    const auto word = words.take();
    if (word != "--days") return unknown("replay", word);
    const auto days = number_of(words, word, 1, days_max);
    if (!days) return fail(days.error());
    call.days = static_cast<std::uint32_t>(*days);
  }
  return call;
}

Result<ResetPassbackCall> read_reset(Words& words) {
  ResetPassbackCall call;
  while (!words.empty()) {
    const auto word = words.take();
    if (word != "--pin") return unknown("reset-passback", word);
    auto pin = pin_of(words);
    if (!pin) return fail(std::move(pin).error());
    call.pin = *pin;
  }
  return call;
}

Result<FactoryResetCall> read_factory_reset(Words& words) {
  FactoryResetCall call;
  while (!words.empty()) {
    const auto word = words.take();
    if (word != "--serial") return unknown("factory-reset", word);
    auto serial = words.value_of(word);
    if (!serial) return fail(std::move(serial).error());
    if (serial->empty()) return wrong("The option --serial needs the serial of this controller.");
    call.serial = *serial;
  }
  return call;
}

Result<UpdateCall> read_update(Words& words) {
  if (words.empty()) return wrong("The question update needs the file with the firmware.");
  UpdateCall call{std::string(words.take())};
  if (!words.empty()) return unknown("update", words.take());
  return call;
}

template <class Question>
Result<Call> with(Call call, Result<Question> question) {
  if (!question) return fail(std::move(question).error());
  call.question = std::move(*question);
  return call;
}

}  // namespace

Result<Call> read_call(std::span<const char* const> given) {
  Call call;
  Words words(given);
  while (!words.empty()) {
    const auto word = words.take();
    if (word == "--socket" || word == "--config") {
      auto value = words.value_of(word);
      if (!value) return fail(std::move(value).error());
      if (value->empty()) return wrong("The option " + std::string(word) + " needs a path.");
      if (!call.socket.empty() || !call.config.empty())
        return wrong("Only one of --socket and --config can be given, and only once.");
      (word == "--socket" ? call.socket : call.config) = *value;
      continue;
    }
    if (word == "--help" || word == "-h" || word == "help") return with<HelpCall>(call, HelpCall{});
    if (word == "events") return with(call, read_events(words));
    if (word == "users") return with(call, read_users(words));
    if (word == "explain") return with(call, read_explain(words));
    if (word == "replay") return with(call, read_replay(words));
    if (word == "reset-passback") return with(call, read_reset(words));
    if (word == "update") return with(call, read_update(words));
    if (word == "factory-reset") return with(call, read_factory_reset(words));
    if (word == "claim-code") {
      if (!words.empty()) return unknown("claim-code", words.take());
      return with<ClaimCodeCall>(call, ClaimCodeCall{});
    }
    if (word != "status") return wrong("There is no question \"" + std::string(word) + "\".");
    if (!words.empty()) return unknown("status", words.take());
    return with<StatusCall>(call, StatusCall{});
  }
  return wrong(
      "There is no question: ask for status, events, users, explain, replay, reset-passback, "
      "update, "
      "factory-reset or claim-code.");
}

}  // namespace lintel::ctl
