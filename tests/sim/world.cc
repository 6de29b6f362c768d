#include "tests/sim/world.h"

#include "engine/base/log.h"

namespace lintel::sim {

using namespace std::chrono;

namespace {

constexpr auto epoch_of_server = sys_days(year{2026} / 11 / 23) + hours(8);
constexpr Uptime start_of_box{seconds(1000)};

fake::Settings settings_of(Chance& chance) {
  fake::Settings settings;
  settings.configure("RequestDelay", std::to_string(chance.between(2, 20)));
  settings.configure("ErrorDelay", std::to_string(chance.between(5, 30)));
  settings.configure("Realtime", chance.percent(85) ? "1" : "0");
  settings.configure("PushProtVer", chance.one_of<const char*>({"3.1.2", "3.1.2", "3.0.1"}));
  settings.reads_first_line_only = false;
  settings.requests_kept = 10;
  settings.zone_minutes = static_cast<int>(chance.between(0, 4)) * 60 - 120;
  return settings;
}

}  // namespace

World::World(const Setup& setup)
    : chance_(setup.seed),
      planted_(setup.planted),
      trace_(setup.trace_file),
      doors_(chance_.between(2, 4)),
      book_(doors_),
      oracle_(book_),
      checker_(book_, oracle_, trace_),
      server_(settings_of(chance_)),
      station_(doors_) {
  set_log_level(LogLevel::error);
  station_.disk_lies = planted_ == Planted::disk_lies_about_sync;
  server_.change([this](fake::Settings& settings) {
    settings.utc_now = [this] {
      const auto passed = now() - start_of_box + server_clock_ahead_;
      return duration_cast<seconds>(epoch_of_server.time_since_epoch() + passed).count();
    };
  });
  start_engine();
  start_push();
  first_configuration();
  pass(minutes(1));
}

World::~World() {
  stop_push();
}

// ---- time

Uptime World::next_due() {
  Uptime next = checker_.deadline();
  const auto consider = [&next](Uptime due) { next = std::min(next, due); };
  if (!agenda_.empty()) consider(agenda_.begin()->first);
  if (!shown_.empty()) consider(shown_.begin()->first);
  consider(station_.deadline());
  if (conversation_ && !conversing_) consider(conversation_due_);
  if (uploader_ && !uploading_) consider(uploader_due_);
  return next;
}

void World::pass(nanoseconds time) {
  const Uptime end = now() + time;
  for (;;) {
    do_what_is_due();
    const Uptime next = next_due();
    if (next > end) break;
    if (next > now()) station_.clock.advance(next - now());
  }
  if (end > now()) station_.clock.advance(end - now());
  do_what_is_due();
}

void World::do_what_is_due() {
  constexpr unsigned steps_at_once_max = 2'000;
  if (now() != last_step_) steps_at_once_ = 0;
  last_step_ = now();
  if (++steps_at_once_ == steps_at_once_max) {
    checker_.complain(now(), "Somebody wants to act again and again without time passing.");
  }
  const Moment moment = station_.clock.now();
  while (!shown_.empty() && shown_.begin()->first <= now()) {
    const Shown shown = shown_.begin()->second;
    shown_.erase(shown_.begin());
    if (!station_.running()) continue;
    if (const auto decision = shown.decide(moment)) checker_.expect(*decision);
  }
  if (station_.running()) {
    for (const auto& decision : oracle_.time_passed(moment))
      checker_.expect(decision);
  }
  settle();
  if (station_.running() && station_.engine().restart_due()) {
    station_.end_now(false, 0);
    settle();
  }
  while (!agenda_.empty() && agenda_.begin()->first <= now()) {
    const auto what = std::move(agenda_.begin()->second);
    agenda_.erase(agenda_.begin());
    what();
    settle();
  }
  if (push_restart_due_ && !conversing_ && !uploading_) {
    push_restart_due_ = false;
    stop_push();
    start_push();
  }
  if (steps_at_once_ < steps_at_once_max) step_lanes();
}

// The two lanes of push, each at most once. They may wait for the server in there, and the world
// goes on meanwhile.
void World::step_lanes() {
  if (conversation_ && !conversing_ && conversation_due_ <= now()) {
    conversing_ = true;
    const auto before = conversation_->state();
    conversation_due_ = conversation_->step();
    if (conversation_->state() != before) uploader_due_ = now();
    conversing_ = false;
  }
  const bool news = uploader_ && station_.has_notice(uploader_peer_);
  if (uploader_ && !uploading_ && (news || uploader_due_ <= now())) {
    uploading_ = true;
    uploader_due_ = uploader_->step();
    conversation_due_ = std::min(conversation_due_, now() + 1ms);  // it may have an errand
    uploading_ = false;
  }
}

// ---- the box

void World::settle() {
  const bool lives = station_.settle_all();
  if (lives) observe();
  if (!station_.running() && !death_noticed_) engine_died();
}

std::vector<Edge> World::take_edges() {
  std::vector<Edge> edges;
  for (const auto& change : station_.board.changes) {
    const bool off_of_lock = change.line.kind == OutputKind::lock && !change.on;
    if (planted_ == Planted::off_command_dropped && off_of_lock && !sabotaged_ &&
        station_.running()) {
      sabotaged_ = true;  // the relay has welded
      continue;
    }
    edges.push_back({change.line, change.on});
  }
  station_.board.changes.clear();
  return edges;
}

void World::observe() {
  Step step;
  step.now = station_.clock.now();
  const auto notice = station_.take_notice(eye_);
  if (notice && notice->last_event() > seen_) {
    step.events = read_journal(seen_);
    if (!station_.running()) return;  // the engine has died over it
    if (!step.events.empty()) seen_ = step.events.back().index;
  }
  if (planted_ == Planted::refusal_opens && !sabotaged_) {
    for (const auto& event : step.events) {
      if (event.code != 23) continue;
      sabotaged_ = true;
      (void)station_.board.set({OutputKind::lock, static_cast<std::uint8_t>(event.address)}, true);
    }
  }
  if (planted_ == Planted::index_hidden && !sabotaged_ && step.events.size() > 1) {
    sabotaged_ = true;
    step.events.erase(step.events.begin());
  }
  step.edges = take_edges();
  step.command = in_hand_;
  step.command_id = in_hand_id_;
  step.reconfigured = reconfigured_;
  checker_.take(step);
}

std::optional<pb::Reply> World::ask_as(pb::Role role, const pb::Request& request) {
  const auto peer = station_.add_peer(role);
  auto reply = station_.ask(peer, request);
  station_.drop_peer(peer);
  return reply;
}

std::vector<Seen> World::read_journal(std::uint64_t after) {
  std::vector<Seen> all;
  for (;;) {
    pb::Request request;
    request.mutable_pull_events()->set_after(after);
    request.mutable_pull_events()->set_most(1'000);
    const auto reply = ask_as(pb::ROLE_TECHNICIAN, request);
    if (!reply || reply->events().event_size() == 0) return all;
    for (const auto& event : reply->events().event()) {
      all.push_back({event.index(), event.code(), event.address(), event.way(), event.verify(),
                     event.pin(), event.card(), event.time()});
    }
    after = all.back().index;
  }
}

void World::engine_died() {
  death_noticed_ = true;
  Step step;
  step.now = station_.clock.now();
  step.engine_died = true;
  step.edges = take_edges();
  step.command = in_hand_;
  step.command_id = in_hand_id_;
  trace_.add(now(), "the engine has died");
  checker_.take(step);
  checker_.board_heals(now());  // without the program the lines fall by themselves
  oracle_.engine_died();
  shown_.clear();
  at(now() + 10ms + chance_.up_to(seconds(4)), [this] { start_engine(); });
}

void World::start_engine() {
  if (station_.running()) return;
  if (auto started = station_.boot(); !started) {
    checker_.complain(now(), "The engine does not start: " + started.error().text);
    return;
  }
  death_noticed_ = false;
  trace_.add(now(), "the engine has started");
  eye_ = station_.add_peer(pb::ROLE_TECHNICIAN);
  pb::Request subscription;
  subscription.mutable_subscribe()->set_events(true);
  (void)station_.ask(eye_, subscription);
  (void)station_.take_notice(eye_);

  auto journal = read_journal(0);
  const bool tamper_with_it = planted_ == Planted::event_changed_later && journal.size() > 50;
  if (tamper_with_it) journal[20].pin = "4711";
  auto start = journal.end();
  while (start != journal.begin() && (start == journal.end() || start->code != 206))
    --start;
  Step step;
  step.events.assign(start, journal.end());
  journal.erase(start, journal.end());
  checker_.take_journal(journal, now());
  seen_ = step.events.empty() ? seen_ : step.events.back().index;
  compare_tables(true);
  step.now = station_.clock.now();
  step.engine_started = true;
  step.edges = take_edges();
  checker_.take(step);
  conversation_due_ = uploader_due_ = now();
}

// ---- the tables

// In one sentence, how the tables of the box differ from this book; empty: not at all.
std::string World::difference(const Book& book) {
  for (const auto& table : Book::tables()) {
    Book::Table there;
    pb::Request request;
    request.mutable_query()->set_table(table);
    for (;;) {
      const auto reply = ask_as(pb::ROLE_PUSH, request);
      if (!reply || reply->code() < 0) return "table " + table + " cannot be read";
      const auto& page = reply->page();
      for (int at = 0; at < static_cast<int>(page.rows()); ++at) {
        Row row;
        for (int field = 0; field < page.field_size(); ++field)
          row[page.field(field)] = page.value(at * page.field_size() + field);
        row = Book::plain(std::move(row));
        const auto key = Book::key_of(table, row);
        there[key] = std::move(row);
      }
      if (page.next() == 0) break;
      request.mutable_query()->set_after(page.next());
    }
    Book::Table wanted;
    for (const auto& [key, row] : book.rows(table))
      wanted[key] = Book::plain(row);
    if (there == wanted) continue;
    std::string text = "table " + table + ":";
    const auto show = [&text](const char* side, const Row& row) {
      text += std::string(" ") + side + " {";
      for (const auto& [field, value] : row)
        text += field + "=" + value + " ";
      text += "}";
    };
    for (const auto& [key, row] : wanted) {
      if (!there.contains(key) || there[key] != row) show("wanted", row);
    }
    for (const auto& [key, row] : there) {
      if (!wanted.contains(key) || wanted[key] != row) show("there", row);
    }
    return text;
  }
  return {};
}

// What was acknowledged is there, and a command whose end nobody knows is there whole or not.
void World::compare_tables(bool after_crash) {
  auto without = difference(book_);
  if (unknown_end_ != nullptr && after_crash) {
    Book with = book_;
    with.apply(*unknown_end_, unknown_end_day_);
    if (!without.empty() && difference(with).empty()) {
      book_ = with;
      applied_at_[unknown_end_id_] = station_.clock.utc().time_since_epoch().count();
      without.clear();
    }
    unknown_end_ = nullptr;
  }
  if (!without.empty()) {
    checker_.complain(now(), "The tables are not what was acknowledged: " + without);
  }
}

// ---- the end

void World::settle_everything() {
  at_peace_ = true;
  network_ = Network::fine;
  server_.clear_faults();
  station_.board.failing.clear();
  checker_.board_heals(now());
  pass(seconds(20));
  for (int minute = 0; minute < 30; ++minute) {
    pass(minutes(1));
    const auto status = station_.running() ? station_.status() : pb::Status{};
    const bool all_there =
        status.last_event() != 0 && status.confirmed_event() == status.last_event();
    if (all_there && server_.open_commands() == 0) break;
  }
  if (!station_.running()) {
    checker_.complain(now(), "The engine is not back.");
    return;
  }
  compare_tables(false);
  if (const auto open = server_.open_commands(); open != 0) {
    checker_.complain(now(), std::to_string(open) + " commands were never answered.");
  }
  for (const auto& [id, command] : commands_) {
    const auto code = server_.code(id);
    if (!code) continue;
    const bool changes = command.kind == Command::Kind::update ||
                         command.kind == Command::Kind::erase ||
                         command.kind == Command::Kind::options;
    if (command.kind == Command::Kind::bad && *code >= 0) {
      checker_.complain(now(), "The server was told that this went well: " + command.text);
    }
    if (changes && *code < 0) {
      checker_.complain(now(), "Answered " + std::to_string(*code) + ": " + command.text);
    }
    const auto answers = answers_.find(id);
    const bool executed = changes || command.kind == Command::Kind::control;
    if (executed && answers != answers_.end() && !answers->second.contains(*code)) {
      checker_.complain(now(), "The server was told " + std::to_string(*code) +
                                   ", which the engine never said, of: " + command.text);
    }
  }
  std::vector<Seen> at_server;
  for (const auto& event : server_.events()) {
    at_server.push_back({event.index, event.code, event.address, event.way, event.verify, event.pin,
                         std::stoull(event.card), event.time});
  }
  const auto status = station_.status();
  checker_.at_the_end(read_journal(0), at_server, now());
  if (status.lost_events() != 0) checker_.complain(now(), "Events were lost.");
  for (const auto& sentence : server_.complaints())
    checker_.complain(now(), "The server objects: " + sentence);
}

}  // namespace lintel::sim
