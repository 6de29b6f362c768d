#include "tests/sim/station.h"

#include <poll.h>

#include <algorithm>

namespace lintel::sim {

namespace {

bool readable(int fd) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, 0) > 0;
}

void set_name(std::array<char, 32>& name, const char* text) {
  const std::string_view whole(text);
  name.fill('\0');
  whole.copy(name.data(), name.size() - 1);
}

}  // namespace

Station::Station(unsigned doors)
    : Box("/box", doors, disk_name.data()), disk_(std::make_unique<tests::CrashVfs>()) {
  set_name(disk_name, disk_->name());
}

Station::~Station() {
  kill();  // its files are open on the disk
}

Result<void> Station::boot() {
  crash_.reset();
  std::vector<hal::Notice> unseen;  // lines that moved while nobody looked tell no story
  (void)board.read(unseen);
  return start();
}

void Station::end_now(bool power_cut, std::uint64_t seed) {
  end(disk_->steps(), power_cut, seed);
}

void Station::end(std::size_t cut_at, bool power_cut, std::uint64_t seed) {
  using Left = tests::CrashVfs::Left;
  board.failing.clear();  // without power, or without the program, the lines fall by themselves
  kill();
  own_peers_.clear();
  crash_.reset();
  if (disk_lies && power_cut) cut_at -= std::min<std::size_t>(cut_at, 12);
  const auto left = !power_cut ? Left::all : seed % 2 == 0 ? Left::some : Left::synced;
  auto after = std::make_unique<tests::CrashVfs>(disk_->after_cut(cut_at, left, seed));
  disk_ = std::move(after);
  set_name(disk_name, disk_->name());
}

// Whether the armed crash lets this half-round pass.
bool Station::spared(std::size_t steps_before) {
  if (!crash_) return true;
  if (crash_->after > 0) {
    --crash_->after;
    return true;
  }
  const auto written = disk_->steps() - steps_before;
  end(steps_before + crash_->seed % (written + 1), crash_->power_cut, crash_->seed);
  return false;
}

bool Station::turn() {
  engine().turn();
  return spared(disk_->steps());
}

bool Station::write() {
  const auto before = disk_->steps();
  engine().writer().pump();
  return spared(before);
}

Uptime Station::deadline() {
  return running() ? engine().deadline().value_or(Uptime::max()) : Uptime::max();
}

bool Station::settle_all() {
  if (!running()) return false;
  do {
    if (!turn() || !write()) return false;
  } while (readable(engine().storage_fd()));
  return true;
}

// ---- links

api::PeerId Station::add_peer(pb::Role role) {
  own_peers_[++last_own_peer_].role = role;
  return last_own_peer_;
}

std::optional<pb::Reply> Station::ask(api::PeerId peer, const pb::Request& request) {
  return ask_with_bytes(peer, api::kind_of(request), request.SerializeAsString());
}

std::optional<pb::Reply> Station::ask_with_bytes(api::PeerId peer, api::FrameKind kind,
                                                 const std::string& request) {
  constexpr int rounds_max = 20;
  if (!running() || !has_peer(peer)) return std::nullopt;
  own_peers_[peer].reply.reset();
  engine().take({peer, own_peers_[peer].role, kind, ++last_request_, request});
  for (int round = 0; round < rounds_max; ++round) {
    if (auto& reply = own_peers_[peer].reply) return std::exchange(reply, std::nullopt);
    if (!write() || !turn()) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<pb::Notice> Station::take_notice(api::PeerId peer) {
  const auto here = own_peers_.find(peer);
  if (here == own_peers_.end()) return std::nullopt;
  return std::exchange(here->second.notice, std::nullopt);
}

bool Station::has_notice(api::PeerId peer) const {
  const auto here = own_peers_.find(peer);
  return here != own_peers_.end() && here->second.notice.has_value();
}

bool Station::reply(api::PeerId peer, std::uint64_t id, const pb::Reply& reply) {
  const auto here = own_peers_.find(peer);
  if (here == own_peers_.end()) return Box::reply(peer, id, reply);
  here->second.reply = reply;
  return true;
}

bool Station::notify(api::PeerId peer, const pb::Notice& notice) {
  const auto here = own_peers_.find(peer);
  if (here == own_peers_.end()) return Box::notify(peer, notice);
  auto& gathered = here->second.notice;
  if (!gathered) gathered.emplace();
  gathered->set_last_event(std::max(gathered->last_event(), notice.last_event()));
  gathered->set_states(gathered->states() || notice.states());
  gathered->set_options(gathered->options() || notice.options());
  return true;
}

bool Station::connected(api::PeerId peer) const {
  return has_peer(peer) || Box::connected(peer);
}

}  // namespace lintel::sim
