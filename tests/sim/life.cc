// What people do at the doors, and what goes wrong.
#include "tests/sim/world.h"

namespace lintel::sim {

using namespace std::chrono;

namespace {

constexpr auto frame_gap = 25ms;  // of silence, before a frame of 26 or 34 bits is decided
constexpr auto between_keys = 150ms;

std::string bits_of(std::uint64_t value, unsigned count) {
  std::string bits;
  for (unsigned bit = count; bit > 0; --bit)
    bits += (value >> (bit - 1) & 1) != 0 ? '1' : '0';
  return bits;
}

bool odd(const std::string& bits) {
  return std::count(bits.begin(), bits.end(), '1') % 2 != 0;
}

// Even parity over the first half in front, odd parity over the second half behind.
std::string with_parity(const std::string& payload) {
  const auto half = payload.size() / 2;
  const bool even_wants = odd(payload.substr(0, half));
  const bool odd_wants = !odd(payload.substr(half));
  return (even_wants ? "1" : "0") + payload + (odd_wants ? "1" : "0");
}

}  // namespace

void World::live(unsigned happenings) {
  for (unsigned count = 0; count < happenings; ++count) {
    pass(pause());
    happen();
    settle();
  }
}

nanoseconds World::pause() {
  const unsigned kind = chance_.below(1'000);
  if (kind < 120) return 1us;  // never two people at the same nanosecond
  if (kind < 500) return chance_.up_to(500ms);
  if (kind < 850) return chance_.up_to(seconds(5));
  if (kind < 980) return chance_.up_to(seconds(40));
  return chance_.up_to(minutes(6));
}

void World::happen() {
  const unsigned kind = chance_.below(1'000);
  if (kind < 330) return swipe();
  if (kind < 420) return type();
  if (kind < 440) return noise_at_reader();
  if (kind < 600) return move_door();
  if (kind < 670) return press_exit();
  if (kind < 710) return move_other_line();
  if (kind < 880) return random_command();
  if (kind < 900) return break_network();
  if (kind < 935) return break_server();
  if (kind < 955) return crash_engine();
  if (kind < 965) return restart_push();
  if (kind < 980) return fail_outputs();
  return jump_clock();
}

// ---- readers

bool World::reader_is_free(unsigned reader, nanoseconds time) {
  if (!station_.running() || reader_busy_until_[reader] > now()) return false;
  reader_busy_until_[reader] = now() + time;
  return true;
}

void World::show_card(unsigned reader, std::uint64_t card) {
  const bool long_form = card >= 1u << 24;
  station_.board.wiegand(reader, with_parity(bits_of(card, long_form ? 32 : 24)));
  trace_.add(now(), "card " + std::to_string(card) + " at reader " + std::to_string(reader));
  shown_.emplace(now() + frame_gap, Shown{reader, [this, reader, card](const Moment& moment) {
                                            return oracle_.card(reader, card, moment);
                                          }});
}

void World::press_keys(unsigned reader, const std::string& keys) {
  for (std::size_t place = 0; place < keys.size(); ++place) {
    const char digit = keys[place];
    const unsigned key = digit == '*' ? 10 : digit == '#' ? 11 : static_cast<unsigned>(digit - '0');
    at(now() + place * between_keys, [this, reader, digit, key] {
      if (!station_.running()) return;
      station_.board.keys(reader, std::string(1, digit));
      shown_.emplace(now() + frame_gap, Shown{reader, [this, reader, key](const Moment& moment) {
                                                return oracle_.key(reader, key, moment);
                                              }});
    });
  }
}

void World::swipe() {
  const unsigned reader = chance_.between(1, 2 * doors_);
  if (!reader_is_free(reader, 200ms)) return;
  std::uint64_t card = 1'000 + chance_.between(1, 16);
  if (chance_.percent(5)) card += 7'000'000;  // a stranger's
  if (chance_.percent(10)) card += 4'000'000'000;
  if (chance_.percent(30)) {
    pb::Request request;
    request.mutable_explain()->set_reader(reader);
    request.mutable_explain()->set_card(card);
    const auto moment = station_.clock.now();
    const auto reply = ask_as(pb::ROLE_TECHNICIAN, request);
    const auto would = oracle_.would(reader, card, moment);
    if (reply && (reply->explanation().granted() != would.granted ||
                  (!would.granted && reply->explanation().code() != would.code))) {
      checker_.complain(now(), "Explain says " + std::to_string(reply->explanation().code()) +
                                   " for card " + std::to_string(card) + " at reader " +
                                   std::to_string(reader) + ", and the oracle " +
                                   std::to_string(would.code) + ".");
    }
    if (!station_.running()) return;
  }
  show_card(reader, card);
  if (planted_ == Planted::lock_opens_by_itself && !sabotaged_ && chance_.percent(2)) {
    sabotaged_ = true;
    (void)station_.board.set({OutputKind::lock, 1}, !station_.board.lock(1));
  }
}

void World::type() {
  const unsigned reader = chance_.between(1, 2 * doors_);
  if (!reader_is_free(reader, seconds(16))) return;
  const unsigned door = (reader + 1) / 2;
  // Mostly in the way that the door asks for.
  const unsigned person = chance_.between(1, 12);
  // Nobody is locked out: what restarts make of that is told elsewhere.
  constexpr unsigned wrong_enough = 3;
  if (oracle_.wrong_entries(reader, now()) >= wrong_enough) return;
  for (unsigned pin = 1; pin <= 12; ++pin) {
    if (oracle_.wrong_entries(std::to_string(pin), now()) >= wrong_enough) return;
  }
  std::string password = "1" + std::to_string(person % 9) + "34";
  if (chance_.percent(10)) password = "9999";
  std::string keys = password + "#";
  if (chance_.percent(8)) keys = "12*" + keys;
  if (chance_.percent(5)) keys.pop_back();  // and walks away
  const bool both = book_.number(door, "DoorVerifyType") == 11 || chance_.percent(20);
  if (!both) return press_keys(reader, keys);
  show_card(reader, 1'000 + person);
  if (chance_.percent(15)) return;
  const auto wait = 300ms + chance_.up_to(chance_.percent(15) ? seconds(12) : seconds(3));
  at(now() + wait, [this, reader, keys] { press_keys(reader, keys); });
}

void World::noise_at_reader() {
  const unsigned reader = chance_.between(1, 2 * doors_);
  if (!reader_is_free(reader, 300ms)) return;
  if (chance_.percent(40)) {
    station_.board.wiegand(reader, bits_of(chance_.next(), chance_.between(1, 3)));
    return;
  }
  std::string bits = with_parity(bits_of(1'000 + chance_.between(1, 16), 24));
  if (chance_.percent(50)) {
    bits = bits_of(chance_.next(), 30);
  } else {
    bits.back() = bits.back() == '0' ? '1' : '0';
  }
  station_.board.wiegand(reader, bits);
  shown_.emplace(now() + frame_gap, Shown{reader, [this, reader](const Moment& moment) {
                                            return oracle_.bad_frame(reader, moment);
                                          }});
}

// ---- lines

void World::move_door() {
  const auto door = static_cast<std::uint8_t>(chance_.between(1, doors_));
  const InputLine line{InputKind::door_sensor, door};
  const bool open = station_.board.level(line) == Level::inactive;
  station_.board.input(line, !open                ? Level::inactive
                             : chance_.percent(5) ? Level::cut
                                                  : Level::active);
  trace_.add(now(), "door " + std::to_string(door) + (open ? " opened" : " closed"));
  checker_.sensor(door, open, now());
}

void World::press_exit() {
  const auto door = static_cast<std::uint8_t>(chance_.between(1, doors_));
  const InputLine line{InputKind::exit_button, door};
  if (station_.board.level(line) != Level::inactive || !station_.running()) return;
  station_.board.input(line, Level::active);
  trace_.add(now(), "exit button " + std::to_string(door));
  checker_.exit_button(door, station_.clock.now());
  at(now() + 200ms + chance_.up_to(seconds(3)),
     [this, line] { station_.board.input(line, Level::inactive); });
}

void World::move_other_line() {
  const auto number = [this](unsigned most) {
    return static_cast<std::uint8_t>(chance_.between(1, most));
  };
  const auto line = chance_.one_of<InputLine>({{InputKind::aux, number(2)},
                                               {InputKind::reader_tamper, number(2 * doors_)},
                                               {InputKind::tamper, 0},
                                               {InputKind::fire, 0},
                                               {InputKind::mains, 0},
                                               {InputKind::battery, 0}});
  const bool begins = station_.board.level(line) == Level::inactive;
  station_.board.input(line, begins ? Level::active : Level::inactive);
  if (!station_.running()) return;
  switch (line.kind) {
    case InputKind::aux:
      return checker_.expect(begins ? 221 : 220, line.number);
    case InputKind::reader_tamper:
      return checker_.expect(begins ? 109 : 236, (line.number + 1u) / 2);
    case InputKind::tamper:
      if (begins) checker_.expect(100, 0);
      return;
    case InputKind::mains:
      checker_.expect(begins ? 107 : 4008, 0);
      if (!begins || station_.board.level({InputKind::battery, 0}) == Level::inactive) {
        checker_.expect(begins ? 6008 : 6009, 0);
      }
      return;
    case InputKind::battery:
      if (!begins) return;
      return checker_.expect(
          station_.board.level({InputKind::mains, 0}) == Level::inactive ? 106 : 6010, 0);
    default:
      return;
  }
}

// ---- faults

void World::fail_outputs() {
  if (!station_.running() || !station_.board.failing.empty()) return;
  station_.board.failing = "the relay board does not answer";
  checker_.board_fails();
  trace_.add(now(), "the outputs fail");
  at(now() + chance_.up_to(seconds(6)), [this] {
    station_.board.failing.clear();
    checker_.board_heals(now());
  });
}

void World::break_network() {
  if (network_ != Network::fine) return;
  network_ = chance_.one_of<Network>({Network::refused, Network::silent});
  trace_.add(now(), "the network is gone");
  at(now() + chance_.up_to(chance_.percent(70) ? seconds(30) : seconds(300)),
     [this] { network_ = Network::fine; });
}

void World::break_server() {
  using What = fake::Fault::What;
  if (chance_.percent(12)) return server_.forget_registration();
  fake::Fault fault;
  fault.what = chance_.one_of<What>({What::say, What::close, What::garbage, What::drop_answer,
                                     What::drop_answer, What::truncate, What::delay});
  fault.target_has = chance_.one_of<const char*>(
      {"rtlog", "rtlog", "getrequest", "devicecmd", "devicecmd", "querydata", "rtstate", ""});
  fault.times = chance_.between(1, 3);
  fault.after = chance_.below(3);
  fault.delay = milliseconds(fault.what == What::delay ? chance_.between(100, 15'000) : 0);
  switch (chance_.below(5)) {
    case 0:
      fault.reply = fake::status_reply(500);
      break;
    case 1:
      fault.reply = fake::html_page();
      break;
    case 2:
      fault.reply = fake::text_reply("");
      break;
    case 3:
      fault.reply = fake::status_reply(401);
      break;
    default:
      fault.reply = fake::text_reply("406");
  }
  server_.inject(fault);
}

void World::crash_engine() {
  if (!station_.running()) return;
  const bool power_cut = chance_.percent(50);
  if (chance_.percent(40)) {  // in the middle of a command
    crash_with_command_ = {chance_.below(8), power_cut, chance_.next()};
    return command(chance_.percent(60) ? control_command() : door_command());
  }
  station_.arm({chance_.below(14), power_cut, chance_.next()});
  if (power_cut && chance_.percent(40)) {
    // Everything goes, and the clock of the box has no battery.
    push_restart_due_ = true;
    (void)station_.clock.set_utc(sys_days(year{1970} / 1 / 1));
    station_.clock.trusted = false;
  }
  if (chance_.percent(60)) swipe();
}

void World::restart_push() {
  push_restart_due_ = true;
}

void World::jump_clock() {
  if (chance_.percent(60)) return command(clock_command());
  const auto jump = seconds(chance_.below(4 * 86'400)) - hours(48);
  (void)station_.clock.set_utc(station_.clock.utc() + jump);
  trace_.add(now(), "the clock jumps");
}

}  // namespace lintel::sim
