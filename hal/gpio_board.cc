#include "hal/gpio_board.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "engine/base/log.h"
#include "hal/line_names.h"

namespace lintel::hal {
namespace {

InputWish wish_of(const DigitalInput& input, unsigned offset, bool both_edges) {
  return {.offset = offset,
          .active_low = input.active_low,
          .bias = input.bias,
          .debounce = input.debounce,
          .both_edges = both_edges};
}

}  // namespace

GpioBoard::GpioBoard(BoardFile file, std::unique_ptr<GpioLines> lines, const Places& places)
    : file_(std::move(file)),
      lines_(std::move(lines)),
      places_(places),
      clock_({}),  // from when on it is trusted is for the engine to say

      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      guard_(places.guard) {
  edges_.reserve(reader_edges);
}

Result<std::unique_ptr<GpioBoard>> GpioBoard::open(const BoardFile& file,
                                                   std::unique_ptr<GpioLines> lines,
                                                   const Places& places) {
  std::unique_ptr<GpioBoard> board(new GpioBoard(file, std::move(lines), places));
  if (!board->epoll_) return fail(Errc::io, std::string("make an epoll: ") + std::strerror(errno));
  if (auto gathered = board->gather(); !gathered) return fail(std::move(gathered).error());
  if (board->guard_.wanted()) {
    if (auto taken = board->take_from_guard(); !taken) board->guard_trouble_ = taken.error().text;
  }
  for (auto& group : board->groups_) {
    if (group->open()) continue;
    if (auto requested = board->request(*group); !requested)
      return fail(std::move(requested).error().during(group->what));
  }
  board->call_guard();
  const bool has_supervised =
      std::any_of(board->file_.inputs.begin(), board->file_.inputs.end(),
                  [](const BoardInput& input) { return input.supervised.has_value(); });
  if (has_supervised) {
    auto supervised = SupervisedInputs::open(board->file_.inputs, places.iio);
    if (!supervised) return fail(std::move(supervised).error());
    board->supervised_ = std::move(*supervised);
    if (auto watched = board->watch(board->supervised_->fd(), nullptr); !watched)
      return fail(std::move(watched).error());
  }
  // What the contacts are now is for start(), by level(); it is no news.
  std::vector<Notice> known;
  for (auto& group : board->groups_)
    if (!group->contacts.empty()) board->read_levels(*group, known);
  if (board->supervised_) {
    for (const auto& [line, level] : board->supervised_->take())
      board->levels_[line] = level;
  }
  return board;
}

GpioBoard::Group& GpioBoard::group_of(const std::string& chip, const std::string& what) {
  const auto found = std::find_if(groups_.begin(), groups_.end(), [&](const auto& group) {
    return group->chip == chip && group->what == what;
  });
  if (found != groups_.end()) return **found;
  groups_.push_back(std::make_unique<Group>());
  groups_.back()->chip = chip;
  groups_.back()->what = what;
  return *groups_.back();
}

// Where each line of the file is, and which are requested together. Locks first: they are at rest
// before anything else is looked at.
Result<void> GpioBoard::gather() {
  std::map<std::pair<std::string, unsigned>, std::string> users;  // two names may mean one line
  const auto find = [&](const LineAddress& at, const std::string& what) -> Result<FoundLine> {
    auto found = lines_->find(at);
    if (!found) return fail(std::move(found).error().during(what));
    const auto [user, first] = users.emplace(std::pair(found->chip, found->offset), what);
    if (first) return found;
    return fail(Errc::busy, what + ": " + text_of(at) + " is line " +
                                std::to_string(found->offset) + " of " + found->chip + ", which " +
                                user->second + " has; give each its own");
  };
  for (const auto& output : file_.outputs) {
    auto found = find(output.at, name_of(output.line));
    if (!found) return fail(std::move(found).error());
    const bool lock = output.line.kind == OutputKind::lock;
    auto& group = group_of(found->chip, lock ? "locks" : "outputs");
    group.locks = lock;
    group.outputs[found->offset] = &output;
    outputs_[output.line] = {&group, found->offset};
    wished_[output.line] = false;
  }
  for (const auto& reader : file_.readers) {
    const auto name = "reader" + std::to_string(number(reader.reader));
    const auto d0 = find(reader.d0.at, name + ".d0"), d1 = find(reader.d1.at, name + ".d1");
    for (const auto* line : {&d0, &d1})
      if (!*line) return fail(line->error());
    if (d0->chip != d1->chip)
      return fail(Errc::invalid, name + ": d0 is a line of " + d0->chip + " and d1 of " + d1->chip +
                                     "; both must be of one chip, which has their order");
    auto& group = group_of(d0->chip, name);
    group.reader = &reader;
    group.d0 = d0->offset;
    group.d1 = d1->offset;
  }
  for (const auto& input : file_.inputs) {
    levels_[input.line] = Level::inactive;
    if (!input.digital) continue;
    auto found = find(input.digital->at, name_of(input.line));
    if (!found) return fail(std::move(found).error());
    group_of(found->chip, "contacts").contacts[found->offset] = &input;
  }
  return {};
}

// Null: the converters. Of outputs only their end is told.
Result<void> GpioBoard::watch(int fd, Group* group) const {
  epoll_event event{};
  event.events = group != nullptr && group->out ? 0u : EPOLLIN;
  event.data.ptr = group;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return {};
  return fail(Errc::io, std::string("watch a line request: ") + std::strerror(errno));
}

guard::LockLines GpioBoard::locks_of(const Group& group) const {
  guard::LockLines lines{.chip = group.chip, .lines = {}};
  for (const auto& [offset, output] : group.outputs) {
    lines.lines.push_back(
        {.door = output->line.number, .offset = offset, .rests_active = output->energised(false)});
  }
  return lines;
}

std::vector<guard::HeldLines> GpioBoard::lock_lines() const {
  std::vector<guard::HeldLines> all;
  for (const auto& group : groups_) {
    if (!group->locks || !group->out) continue;
    all.push_back({locks_of(*group), UniqueFd(::fcntl(group->out->fd(), F_DUPFD_CLOEXEC, 0))});
  }
  return all;
}

// Lines that the guard has kept since an engine before: they are as it left them, and never free in
// between. What it has beyond that is of another wiring, and is let go.
Result<void> GpioBoard::take_from_guard() {
  if (auto connected = guard_.connect(); !connected) return connected;
  for (auto& group : groups_) {
    if (!group->locks) continue;
    auto fd = guard_.take(locks_of(*group));
    if (!fd) continue;
    std::vector<OutputWish> wishes;
    for (const auto& [offset, output] : group->outputs)
      wishes.push_back({.offset = offset, .active_low = output->active_low, .active = false});
    group->out = lines_->adopt(std::move(fd), group->chip, wishes);
    if (auto watched = watch(group->out->fd(), group.get()); !watched) return watched;
  }
  return guard_.watch(lock_lines());
}

// Hands the guard what there is to guard; again and again until one takes it.
void GpioBoard::call_guard() {
  if (!guard_.wanted()) return;
  call_guard_at_ = clock_.now().uptime + try_again_every;
  auto watched = guard_.watching() ? Result<void>{} : guard_.connect();
  if (watched) watched = guard_.watch(lock_lines());
  const auto trouble = watched ? std::string() : watched.error().text;
  if (trouble == guard_trouble_) return;
  guard_trouble_ = trouble;
  if (trouble.empty()) {
    log_info("board", "the locks are guarded");
  } else {
    log_error("board", trouble + "; if the engine dies, a released lock stays released");
  }
}

bool GpioBoard::has_released_lock() const {
  return std::any_of(wished_.begin(), wished_.end(), [](const auto& output) {
    return output.first.kind == OutputKind::lock && output.second;
  });
}

void GpioBoard::turned(Uptime now, std::uint32_t kept_open) {
  turned_at_ = now;
  kept_open_ = kept_open;
  if (!guard_.wanted()) return;
  guard_.turned(guard::monotonic_ns(), kept_open);
  if (guard_.has_rested()) drive_again();
  if (now >= call_guard_at_ && guard_.lost()) call_guard();
}

// The guard took the engine for dead while it only stood still. What is wished now holds.
void GpioBoard::drive_again() {
  log_warning("board",
              "the guard has put the locks to rest: this program stood still for a second");
  for (const auto& [line, on] : wished_) {
    if (line.kind == OutputKind::lock) static_cast<void>(set(line, on).has_value());
  }
}

Result<void> GpioBoard::request(Group& group) {
  if (!group.outputs.empty()) {
    std::vector<OutputWish> wishes;
    for (const auto& [offset, output] : group.outputs) {
      wishes.push_back({.offset = offset,
                        .active_low = output->active_low,
                        .active = output->energised(wished_[output->line])});
    }
    auto lines = lines_->request(group.chip, wishes);
    if (!lines) return fail(std::move(lines).error());
    group.out = std::move(*lines);
    return watch(group.out->fd(), &group);
  }
  std::vector<InputWish> wishes;
  if (group.reader != nullptr) {
    wishes = {wish_of(group.reader->d0, group.d0, false),
              wish_of(group.reader->d1, group.d1, false)};
  } else {
    for (const auto& [offset, input] : group.contacts)
      wishes.push_back(wish_of(*input->digital, offset, true));
  }
  auto lines =
      lines_->request(group.chip, wishes, group.reader != nullptr ? reader_edges : input_edges);
  if (!lines) return fail(std::move(lines).error());
  group.in = std::move(*lines);
  group.sequence = 0;
  return watch(group.in->fd(), &group);
}

// One line of a chip that does not answer, and the chip is given up, whole: whoever kept a request
// of it would keep its place, and it would come back beside it under another name.
void GpioBoard::lose(const Group& lost, const Error& error) {
  const auto chip = lost.chip;
  log_error("board", chip + ": " + error.text + "; it is asked for again every second");
  for (auto& group : groups_) {
    if (group->chip != chip || !group->open()) continue;
    group->trouble = group->what + " at " + chip + ": " + error.text;
    if (group->reader != nullptr) lost_readers_.push_back(group->reader->reader);
    // Asked for by hand: the guard may hold a duplicate, with which the kernel would go on waiting.
    const int fd = group->in ? group->in->fd() : group->out->fd();
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    group->in.reset();
    group->out.reset();
  }
  if (!try_again_at_) try_again_at_ = clock_.now().uptime + try_again_every;
  if (guard_.watching()) call_guard();
}

// Where the lines of a group are by now: a chip that comes back may have another name.
bool GpioBoard::find_again(Group& group) {
  const auto [offset, address] =
      group.reader != nullptr ? std::pair(group.d0, &group.reader->d0.at)
      : group.contacts.empty()
          ? std::pair(group.outputs.begin()->first, &group.outputs.begin()->second->at)
          : std::pair(group.contacts.begin()->first, &group.contacts.begin()->second->digital->at);
  const auto found = lines_->find(*address);
  if (!found || found->offset != offset) return false;
  group.chip = found->chip;
  return true;
}

void GpioBoard::try_again(std::vector<Notice>& notices) {
  if (!try_again_at_ || clock_.now().uptime < *try_again_at_) return;
  try_again_at_.reset();
  bool locks = false;
  for (auto& group : groups_) {
    if (group->open()) continue;
    if (!find_again(*group) || !request(*group)) {
      group->in.reset();
      group->out.reset();
      try_again_at_ = clock_.now().uptime + try_again_every;
      continue;
    }
    log_info("board", group->what + " at " + group->chip + " is back");
    group->trouble.clear();
    locks |= group->locks;
    if (!group->contacts.empty()) read_levels(*group, notices);
  }
  if (locks) call_guard();
}

std::optional<Uptime> GpioBoard::deadline() const {
  auto due = try_again_at_;
  if (!guard_.wanted()) return due;
  const auto consider = [&due](Uptime at) {
    if (!due || at < *due) due = at;
  };
  // The guard lets a lock rest when nothing turns for a second.
  constexpr std::chrono::milliseconds turned_every{250};
  if (has_released_lock()) consider(turned_at_ + turned_every);
  if (!guard_trouble_.empty()) consider(call_guard_at_);
  return due;
}

// Kernels before 6.6 wake nobody when a chip goes: an epoll learns of it from no other event.
void GpioBoard::look_for_gone() {
  const auto now = clock_.now().uptime;
  if (now < look_again_at_) return;
  look_again_at_ = now + try_again_every;
  for (auto& group : groups_) {
    if (!group->open()) continue;
    pollfd request{.fd = group->in ? group->in->fd() : group->out->fd(), .events = 0, .revents = 0};
    if (::poll(&request, 1, 0) > 0 && (request.revents & (POLLERR | POLLHUP)) != 0)
      lose(*group, {Errc::gone, "the chip has gone"});
  }
}

Result<void> GpioBoard::read(std::vector<Notice>& notices) {
  try_again(notices);
  std::array<epoll_event, 16> ready{};  // what does not fit is ready the next time, too
  const int count = ::epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), 0);
  for (int i = 0; i < count; ++i) {
    auto* group = static_cast<Group*>(ready[static_cast<std::size_t>(i)].data.ptr);
    if (group == nullptr) {
      for (const auto& [line, level] : supervised_->take())
        put_level(line, level, notices);
      continue;
    }
    if (!group->open()) continue;  // lost with another one of its chip, just now
    const auto events = ready[static_cast<std::size_t>(i)].events;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
      lose(*group, {Errc::gone, "the chip has gone"});
    } else if (group->reader != nullptr) {
      read_reader(*group, notices);
    } else if (group->in) {
      read_contacts(*group, notices);
    }
  }
  look_for_gone();
  // Whatever frame was under way at a reader that has gone is not to be trusted.
  for (const auto reader : lost_readers_)
    notices.push_back(PulsesLost{reader, 0});
  lost_readers_.clear();
  return {};
}

// How many edges of this request are missing before this one.
std::uint32_t GpioBoard::lost_before(Group& group, const Edge& edge) {
  const auto lost = edge.sequence - group.sequence - 1;
  group.sequence = edge.sequence;
  if (lost == 0) return 0;
  edges_lost_ += lost;
  log_warning("board", group.what + ": " + std::to_string(lost) +
                           " edges were lost, the kernel's buffer was full");
  return lost;
}

void GpioBoard::read_reader(Group& group, std::vector<Notice>& notices) {
  edges_.clear();
  const auto read = group.in->read(edges_);
  for (const auto& edge : edges_) {
    const auto reader = group.reader->reader;
    if (const auto lost = lost_before(group, edge)) notices.push_back(PulsesLost{reader, lost});
    notices.push_back(Pulse{.reader = reader, .one = edge.offset == group.d1, .at = edge.at});
  }
  if (!read) lose(group, read.error());
}

void GpioBoard::read_contacts(Group& group, std::vector<Notice>& notices) {
  edges_.clear();
  const auto read = group.in->read(edges_);
  bool lost = false;
  for (const auto& edge : edges_) {
    lost |= lost_before(group, edge) != 0;
    const auto contact = group.contacts.find(edge.offset);
    if (contact == group.contacts.end()) continue;
    put_level(contact->second->line, edge.active ? Level::active : Level::inactive, notices);
  }
  if (!read) return lose(group, read.error());
  if (lost) read_levels(group, notices);
}

void GpioBoard::read_levels(Group& group, std::vector<Notice>& notices) {
  for (const auto& [offset, input] : group.contacts) {
    const auto active = group.in->active(offset);
    if (!active) return lose(group, active.error());
    put_level(input->line, *active ? Level::active : Level::inactive, notices);
  }
}

void GpioBoard::put_level(const InputLine& line, Level level, std::vector<Notice>& notices) {
  auto& known = levels_[line];
  if (known == level) return;
  known = level;
  notices.push_back(LevelChanged{line, level});
}

Result<void> GpioBoard::set(const OutputLine& line, bool on) {
  const auto found = outputs_.find(line);
  if (found == outputs_.end()) {
    // A reader without a light, a box without an auxiliary relay: nothing is to be done for it.
    const auto all = outputs_of(file_.layout);
    if (std::find(all.begin(), all.end(), line) != all.end()) return {};
    return fail(Errc::not_found, "this board has no output " + name_of(line));
  }
  const auto [group, offset] = found->second;
  wished_[line] = on;
  const bool guarded = line.kind == OutputKind::lock && guard_.wanted();
  if (guarded && on) {  // the time first: what is driven has one that counts
    guard_.turned(guard::monotonic_ns(), kept_open_);
    guard_.driven(line.number, true);
  }
  if (!group->out) return fail(Errc::gone, group->trouble);
  auto set = group->out->set(offset, group->outputs.at(offset)->energised(on));
  if (!set) lose(*group, set.error());
  if (set && guarded && !on) guard_.driven(line.number, false);
  return set;
}

Level GpioBoard::level(const InputLine& line) const {
  const auto found = levels_.find(line);
  return found == levels_.end() ? Level::inactive : found->second;
}

std::string GpioBoard::trouble() const {
  std::string all = supervised_ ? supervised_->trouble() : std::string();
  if (!guard_trouble_.empty()) all += (all.empty() ? "" : "; ") + guard_trouble_;
  for (const auto& group : groups_) {
    if (!group->trouble.empty()) all += (all.empty() ? "" : "; ") + group->trouble;
  }
  return all;
}

void GpioBoard::set_resistor(const InputLine& line, unsigned ohms) {
  if (supervised_) supervised_->set_resistor(line, ohms);
}

void GpioBoard::show(Indicator indicator, bool on) {
  const auto index = static_cast<std::size_t>(indicator);
  if (file_.leds[index].empty() || shown_[index] == on) return;
  // A light that does not shine keeps nobody out: said once, and no more.
  std::ofstream brightness(places_.leds + "/" + file_.leds[index] + "/brightness");
  if (!(brightness << (on ? "1" : "0") << std::flush) && !shown_[index])
    log_warning("board", "the LED " + file_.leds[index] + " cannot be set");
  shown_[index] = on;
}

}  // namespace lintel::hal
