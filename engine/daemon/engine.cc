#include "engine/daemon/engine.h"

#include <algorithm>

#include "engine/base/log.h"
#include "engine/core/limits.h"
#include "engine/daemon/conversion.h"
#include "engine/daemon/lines.h"
#include "engine/daemon/storage_files.h"

namespace lintel::daemon {
namespace {

using namespace std::chrono_literals;

constexpr auto output_retry = 100ms;
constexpr auto clock_floor_every = 1h;
constexpr auto erase_again = 1min;

// Kept beside the server's options; no option of the protocol, so no server reads or sets it.
constexpr std::string_view clock_floor_option = "lintel.clock_floor";
constexpr std::chrono::sys_seconds build_time{std::chrono::seconds{LINTEL_BUILD_TIME}};

}  // namespace

Engine::Engine(hal::Board& board, Peers& peers, Facts facts, std::string trouble, System* system)
    : board_(board),
      peers_(peers),
      facts_(std::move(facts)),
      trouble_(std::move(trouble)),
      gate_(facts_),
      controller_(board.layout()),
      system_(system != nullptr ? system : &no_system_),
      told_states_(board.layout().doors) {
  for (unsigned reader = 1; reader <= board.layout().readers(); ++reader) {
    ports_.emplace_back(ReaderId{static_cast<std::uint8_t>(reader)});
  }
  link_.set_state("lintel-push has not reported yet");
  actions_.reserve(64);
  inputs_.reserve(64);
}

Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::start(hal::Board& board, Peers& peers, Facts facts,
                                              storage::Store store, storage::EventJournal journal,
                                              storage::Writer::Mode mode, std::string trouble,
                                              const std::function<void()>& meanwhile,
                                              System* system) {
  std::unique_ptr<Engine> engine(
      new Engine(board, peers, std::move(facts), std::move(trouble), system));
  auto floor = store.option(clock_floor_option);
  if (!floor) return fail(std::move(floor).error());
  const auto kept = parse_number(floor->value_or("")).value_or(0);
  engine->clock_floor_ = std::max(build_time, std::chrono::sys_seconds(std::chrono::seconds(kept)));
  board.clock().set_floor(engine->clock_floor_);

  Effects effects;
  auto& people = engine->controller_.people();
  const auto users = store.count(*storage::find_table("user"), {});
  if (users) people.reserve(*users);
  auto loaded =
      load_all(store, engine->facts_, effects, [&](const std::vector<PeopleChange>& changes) {
        for (const auto& change : changes)
          people.apply(change);
        if (meanwhile) meanwhile();
      });
  if (!loaded) return fail(std::move(loaded).error());
  engine->apply(effects);
  const auto kept_rows = journal.kept();
  if (!kept_rows) return fail(Error(kept_rows.error()).during("read what the rules had kept"));
  engine->controller_.restore(*kept_rows);
  if (const auto room = store.option("DelRecord")) {
    const auto at_once = parse_number(room->value_or("")).value_or(limits::events_dropped_at_once);
    journal.set_capacity({limits::events_max, at_once});
  }
  engine->record_reset(journal);
  // A disk that takes nothing keeps nobody out: they end at the next start.
  if (auto ended = Gate::finish_interrupted(store); !ended) {
    log_error("engine", "end the commands of the last run: " + ended.error().text);
  }
  engine->journal_ = {journal.first_index(), journal.last_index(), journal.confirmed()};
  if (auto resumed = engine->resume_system_work(store); !resumed)
    return fail(std::move(resumed).error());
  engine->writer_ = std::make_unique<storage::Writer>(std::move(store), std::move(journal), mode);

  const Moment now = board.clock().now();
  engine->started_ = now.uptime;
  engine->floor_due_ = now.uptime + clock_floor_every;
  std::vector<LevelChanged> levels;
  for (const auto& line : input_lines(board.layout()))
    levels.push_back({line, board.level(line)});
  engine->keep_last_event();
  engine->controller_.start(levels, now, engine->actions_);
  engine->carry_out();
  board.show(hal::Indicator::run, true);
  return engine;
}

// ---- from the board

void Engine::turn() {
  read_board();
  fire_timers();
  take_durable();
  tell_subscribers();
  if (readers_idle()) board_.settled();
  board_.turned(board_.clock().now().uptime, doors_kept_open());
}

void Engine::read_board() {
  if (auto read = board_.read(notices_); !read) {
    if (board_trouble_ != read.error().text) log_error("board", read.error().text);
    board_trouble_ = read.error().text;
  }
  for (const auto& notice : notices_) {
    if (const auto* pulse = std::get_if<hal::Pulse>(&notice)) {
      ports_[number(pulse->reader) - 1].pulse(*pulse, inputs_);
    } else if (const auto* lost = std::get_if<hal::PulsesLost>(&notice)) {
      ports_[number(lost->reader) - 1].pulses_lost(*lost, inputs_);
    } else if (const auto* level = std::get_if<LevelChanged>(&notice)) {
      inputs_.push_back(*level);
    } else if (const auto* jump = std::get_if<hal::Advance>(&notice)) {
      advance(jump->by);
    } else {
      inputs_.push_back(ClockSet{});
    }
    for (const auto& input : inputs_)
      handle(input);
    inputs_.clear();
  }
  notices_.clear();
}

void Engine::handle(const Input& input) {
  if (enrolment_.waiting() && taken_for_enrolment(input)) return;
  controller_.handle(input, board_.clock().now(), actions_);
  carry_out();
}

void Engine::advance(std::chrono::nanoseconds by) {
  auto& clock = board_.clock();
  const Uptime target = clock.now().uptime + by;
  for (;;) {
    const auto due = deadline();
    const Uptime now = clock.now().uptime;
    if (!due || *due >= target) break;
    if (*due > now) clock.advance(*due - now);
    fire_timers();
  }
  if (const auto left = target - clock.now().uptime; left > 0ns) clock.advance(left);
  fire_timers();
}

void Engine::fire_timers() {
  const Moment now = board_.clock().now();
  for (auto& port : ports_) {
    if (const auto due = port.deadline(); due && *due <= now.uptime)
      port.time_passed(now.uptime, inputs_);
  }
  for (const auto& input : inputs_)
    handle(input);
  inputs_.clear();
  if (const auto due = controller_.deadline(); due && *due <= now.uptime) handle(Tick{});
  if (!unset_outputs_.empty() && retry_at_ <= now.uptime) retry_outputs();
  if (floor_due_ <= now.uptime) keep_clock_floor(now);
  if (erase_again_at_ && *erase_again_at_ <= now.uptime) erase_temporary_users();
  if (late_again_at_ && *late_again_at_ <= now.uptime) post_late_results();
  work_at_system(now.uptime);
  work_at_readers(now.uptime);
  if (!replays_.empty()) work_at_replays();
}

bool Engine::readers_idle() const {
  return std::none_of(ports_.begin(), ports_.end(),
                      [](const auto& port) { return port.deadline().has_value(); });
}

std::optional<Uptime> Engine::deadline() const {
  std::optional<Uptime> earliest = controller_.deadline();
  const auto consider = [&](std::optional<Uptime> due) {
    if (due && (!earliest || *due < *earliest)) earliest = due;
  };
  for (const auto& port : ports_)
    consider(port.deadline());
  consider(board_.deadline());
  consider(restart_at_);
  consider(floor_due_);
  consider(erase_again_at_);
  consider(late_again_at_);
  consider(system_deadline());
  consider(enrolment_.deadline());
  consider(wiegand_test_.deadline());
  if (replays_have_work()) consider(board_.clock().now().uptime);
  if (!unset_outputs_.empty()) consider(retry_at_);
  return earliest;
}

bool Engine::restart_due() const {
  return restart_at_ && *restart_at_ <= board_.clock().now().uptime;
}

// ---- to the board and to storage

// Relay first. Of what goes to disk, the state that the events leave behind goes before them: a
// power cut between the two may leave a passage without its event, never the event without its
// passage.
void Engine::carry_out() {
  const auto each = [this]<class Kind>(std::type_identity<Kind>, auto act) {
    for (const auto& action : actions_) {
      if (const auto* one = std::get_if<Kind>(&action)) act(*one);
    }
  };
  std::optional<Kept> day;  // kept when the tables say so too
  bool erase = false;
  each(std::type_identity<SetOutput>{},
       [this](const SetOutput& output) { drive(output.line, output.on); });
  each(std::type_identity<KeepState>{}, [&](const KeepState& state) {
    if (state.row.key.kind == KeptKind::temporary_day) {
      day = state.row;
    } else {
      keep_state(state.row);
    }
  });
  each(std::type_identity<Record>{}, [this](const Record& record) { post_event(record.event); });
  each(std::type_identity<KeepParameter>{},
       [this](const KeepParameter& keep) { keep_parameter(keep); });
  each(std::type_identity<EraseTemporaryUsers>{},
       [&erase](const EraseTemporaryUsers&) { erase = true; });
  actions_.clear();
  if (erase) {
    temporary_day_ = day;
    erase_temporary_users();
  } else if (day) {
    keep_state(*day);
  }
}

void Engine::drive(const OutputLine& line, bool on) {
  unset_outputs_.erase(line);
  auto set = board_.set(line, on);
  if (set) return;
  board_trouble_ = name_of(line) + ": " + set.error().text;
  log_error("board", board_trouble_);
  unset_outputs_[line] = on;
  retry_at_ = board_.clock().now().uptime + output_retry;
}

// What the board measures its supervised lines against, as the server has said.
void Engine::tell_resistors() {
  static constexpr unsigned ohms[] = {1'200, 2'200, 4'700, 10'000};  // of the values 1 to 4
  const auto tell = [this](InputKind kind, std::uint8_t number, std::uint8_t value) {
    if (value >= 1 && value <= std::size(ohms))
      board_.set_resistor({kind, number}, ohms[value - 1]);
  };
  for (unsigned d = 1; d <= board_.layout().doors; ++d) {
    const auto door = static_cast<std::uint8_t>(d);
    const auto& own = controller_.parameters(DoorId{door});
    tell(InputKind::door_sensor, door, own.sensor_resistor);
    tell(InputKind::exit_button, door, own.exit_button_resistor);
  }
  tell(InputKind::fire, 0, controller_.rules().fire.resistor);
  for (const auto& input : controller_.rules().aux_inputs)
    tell(InputKind::aux, input.number, input.resistor);
}

std::uint32_t Engine::doors_kept_open() const {
  std::uint32_t doors = 0;
  for (unsigned d = 1; d <= board_.layout().doors; ++d) {
    const auto status = controller_.status(DoorId{static_cast<std::uint8_t>(d)});
    if (status.fire || status.emergency_open) doors |= std::uint32_t{1} << (d - 1);
  }
  return doors;
}

// The light of the box, for whoever stands before it: a door has an alarm, or is open by one.
void Engine::show_alarm() {
  bool alarm = false;
  for (unsigned d = 1; d <= board_.layout().doors; ++d) {
    const auto status = controller_.status(DoorId{static_cast<std::uint8_t>(d)});
    alarm |= status.alarms != 0 || status.fire || status.emergency_open;
  }
  board_.show(hal::Indicator::alarm, alarm);
}

void Engine::retry_outputs() {
  const auto waiting = std::move(unset_outputs_);
  unset_outputs_.clear();
  for (const auto& [line, on] : waiting)
    drive(line, on);
  if (unset_outputs_.empty()) board_trouble_.clear();
}

void Engine::keep_state(const Kept& row) {
  if (!writer_->post_kept(row))
    log_error("journal",
              "what a rule must remember was lost: the disk has not answered for too long");
}

// In memory at once, in the tables as soon as the disk lets us. That their day is over is kept only
// then: after a power cut in between it is found out anew.
void Engine::erase_temporary_users() {
  erase_again_at_.reset();
  controller_.people().erase_temporary();
  const auto effects = std::make_shared<Effects>();
  const auto work = [this, effects](storage::Store& store, storage::EventJournal&) -> Result<void> {
    auto erased = erase_temporary(store, facts_);
    if (!erased) return fail(std::move(erased).error());
    *effects = *std::move(erased);
    return {};
  };
  const auto done = [this, effects](const Result<void>& stored) {
    if (stored) {
      apply(*effects);
      if (temporary_day_) keep_state(*std::exchange(temporary_day_, std::nullopt));
      return;
    }
    log_error("engine", stored.error().text);
    erase_again_at_ = board_.clock().now().uptime + erase_again;
  };
  if (auto posted = writer_->post({work, done, true}); !posted) done(posted);
}

void Engine::post_event(const Event& event) {
  if (!writer_->post_event(event))
    log_error("journal", "an event was lost: the disk has not answered for too long");
}

void Engine::keep_parameter(const KeepParameter& keep) {
  const auto work = [keep](storage::Store& store, storage::EventJournal&) -> Result<void> {
    const auto& table = *storage::find_table("DoorParameters");
    const int columns[] = {table.field("ID"), table.field("Name"), table.field("Value"),
                           table.field("DevID")};
    const auto id = std::to_string(number(keep.door));
    const auto value = std::to_string(keep.value);
    const std::string_view values[] = {id, keep.name, value, "1"};
    return store.update(table, columns, values);
  };
  const auto done = [this, keep](Result<void> stored) {
    news_.set_options(true);
    if (stored) return;
    trouble_ = "keep " + std::string(keep.name) + " of door " + std::to_string(number(keep.door)) +
               ": " + stored.error().text;
    log_error("engine", trouble_);
  };
  if (auto posted = writer_->post({work, done, true}); !posted) done(std::move(posted));
}

void Engine::keep_clock_floor(const Moment& now) {
  floor_due_ = now.uptime + clock_floor_every;
  keep_last_event();
  // A clock that was only guessed, from a time that had been, is late, and that of the next start
  // is guessed by what this one says: it is to lie before the floor again.
  const auto reached = board_.clock().utc();
  if (!now.trusted && reached <= clock_floor_) return;
  const auto utc = std::to_string(reached.time_since_epoch().count());
  const auto work = [utc](storage::Store& store, storage::EventJournal&) {
    return store.set_option(clock_floor_option, utc);
  };
  // Not kept this hour: the floor stays where it was, which is no less true.
  [[maybe_unused]] const auto posted = writer_->post({work, [](const Result<void>&) {}, true});
}

// For a journal that is lost one day. Not noted this hour: the next one does.
void Engine::keep_last_event() {
  const auto work = [](storage::Store& store, storage::EventJournal& journal) {
    return store.set_option(last_event_option, std::to_string(journal.last_index()));
  };
  [[maybe_unused]] const auto posted = writer_->post({work, [](const Result<void>&) {}, true});
}

void Engine::rest() {
  board_.show(hal::Indicator::run, false);
  for (const auto& line : output_lines(board_.layout()))
    drive(line, false);
}

// ---- to subscribers

void Engine::take_durable() {
  const auto durable = writer_->take_done();
  if (durable.last_index != 0) {
    journal_.last = std::max(journal_.last, durable.last_index);
    journal_.first += durable.dropped;
    if (durable.unsent_dropped > 0) {
      unsent_dropped_ += durable.unsent_dropped;
      log_error("journal", std::to_string(durable.unsent_dropped) +
                               " events made room for newer ones before the server had them");
    }
    news_.set_last_event(journal_.last);
  }
  if (durable.nearly_full) {
    const Moment now = board_.clock().now();
    Event event;
    event.code = EventCode::journal_nearly_full;
    event.time = now.civil;
    event.reason.rule = Rule::system;
    post_event(event);
  }
}

void Engine::tell_subscribers() {
  for (std::size_t i = 0; i < told_states_.size(); ++i) {
    const auto state = controller_.status(door_at(i));
    if (state == told_states_[i]) continue;
    told_states_[i] = state;
    show_alarm();
    news_.set_states(true);
  }
  const auto says_something = [](const pb::Notice& notice) { return notice.ByteSizeLong() > 0; };
  if (!says_something(news_)) return;
  for (auto at = subscribers_.begin(); at != subscribers_.end();) {
    const auto& wish = at->second;
    pb::Notice notice;
    if (wish.events) notice.set_last_event(news_.last_event());
    notice.set_states(wish.states && news_.states());
    notice.set_options(wish.options && news_.options());
    notice.set_results(wish.errands && news_.results());
    notice.set_uploads(wish.errands && news_.uploads());
    notice.set_upgrade(wish.errands && news_.upgrade());
    notice.set_network(wish.errands && news_.network());
    const bool here =
        says_something(notice) ? peers_.notify(at->first, notice) : peers_.connected(at->first);
    at = here ? std::next(at) : subscribers_.erase(at);
  }
  news_.Clear();
}

}  // namespace lintel::daemon
