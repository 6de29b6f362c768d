#include "tests/in_process/box.h"

#include <deque>

namespace lintel::test {

using namespace std::chrono_literals;

// A link whose other end is in this process: asking lets the engine turn until it answers.
class LocalLink : public api::Link {
 public:
  LocalLink(Box& box, api::PeerId peer) : box_(box), peer_(peer) {}
  ~LocalLink() override { box_.peers_.erase(peer_); }

  Result<pb::Reply> call(const pb::Request& request, std::chrono::milliseconds most) override {
    const auto id = send(request);
    if (!id) return fail(id.error());
    return reply_to(*id, most);
  }
  // The engine has it, and does nothing about it before somebody waits or time passes.
  Result<void> post(const pb::Request& request, std::chrono::milliseconds) override {
    const auto id = send(request);
    if (!id) return fail(id.error());
    posted_.push_back(*id);
    return {};
  }
  Result<pb::Reply> wait(std::chrono::milliseconds most) override {
    if (posted_.empty()) return fail(Errc::gone, "nothing was posted");
    auto reply = reply_to(posted_.front(), most);
    if (reply) posted_.pop_front();
    return reply;
  }
  [[nodiscard]] std::size_t outstanding() const override { return posted_.size(); }

  Result<std::optional<pb::Notice>> next_notice(std::chrono::milliseconds) override {
    const auto here = box_.peers_.find(peer_);
    if (here == box_.peers_.end()) return fail(Errc::gone, "the engine has left");
    return std::exchange(here->second.notice, std::nullopt);
  }

 private:
  Result<std::uint64_t> send(const pb::Request& request) {
    const auto here = box_.peers_.find(peer_);
    if (here == box_.peers_.end() || !box_.running()) return left();
    box_.engine_->take(
        {peer_, here->second.role, api::kind_of(request), ++id_, request.SerializeAsString()});
    return id_;
  }
  Result<pb::Reply> reply_to(std::uint64_t id, std::chrono::milliseconds most) {
    const Uptime end = box_.clock.now().uptime + most;
    for (int turn = 0; turn < 100 || box_.clock.now().uptime < end; ++turn) {
      if (turn >= 100) box_.pass(100ms);  // it waits for something that takes its time
      box_.settle();
      const auto here = box_.peers_.find(peer_);
      if (here == box_.peers_.end()) return left();
      if (auto reply = here->second.replies.extract(id)) return std::move(reply.mapped());
    }
    return fail(Errc::timeout, "the engine does not answer");
  }
  tl::unexpected<Error> left() {
    posted_.clear();
    return fail(Errc::gone, "the engine has left");
  }

  Box& box_;
  api::PeerId peer_;
  std::uint64_t id_ = 0;
  std::deque<std::uint64_t> posted_;
};

pb::Request update_of(const std::string& table, const std::vector<std::string>& rows) {
  pb::Request request;
  auto& update = *request.mutable_update();
  update.set_table(table);
  for (const auto& text : rows) {
    auto& row = *update.add_rows();
    for (std::size_t start = 0; start < text.size();) {
      const auto tab = std::min(text.find('\t', start), text.size());
      const auto equals = text.find('=', start);
      row.add_field(text.substr(start, equals - start));
      row.add_value(text.substr(equals + 1, tab - equals - 1));
      start = tab + 1;
    }
  }
  return request;
}

Box::Box(std::string directory, unsigned doors, const char* vfs)
    : board(doors, clock), directory_(std::move(directory)), vfs_(vfs) {}

Box::~Box() = default;

Result<void> Box::start() {
  storage::OpenOptions options;
  options.vfs = vfs_;
  auto store = storage::Store::open(directory_ + "/lintel.db", options);
  if (!store) return fail(std::move(store).error());
  auto journal = storage::EventJournal::open(directory_ + "/events.db", {}, options);
  if (!journal) return fail(std::move(journal).error());
  const daemon::Facts facts{.serial = "3383154200002",
                            .name = "Test box",
                            .board = "memory",
                            .layout = board.layout(),
                            .single_door_ids = single_door_ids,
                            .security_level = security_level,
                            .update_folder = directory_ + "/update",
                            .reset_mark = directory_ + "/reset-done"};
  auto engine = daemon::Engine::start(board, *this, facts, *std::move(store), *std::move(journal),
                                      storage::Writer::Mode::inline_for_tests, {}, {}, &system);
  if (!engine) return fail(std::move(engine).error());
  engine_ = *std::move(engine);
  settle();
  return {};
}

void Box::kill() {
  peers_.clear();
  if (!engine_) return;
  engine_->rest();
  engine_.reset();
}

std::unique_ptr<api::Link> Box::link(pb::Role role) {
  peers_[++last_peer_].role = role;
  return std::make_unique<LocalLink>(*this, last_peer_);
}

void Box::settle() {
  // A turn may give storage work, and storage may give the next turn some.
  for (int round = 0; round < 4 && engine_; ++round) {
    engine_->turn();
    engine_->writer().pump();
  }
  if (engine_) engine_->turn();
}

void Box::pass(std::chrono::nanoseconds time) {
  const Uptime end = clock.now().uptime + time;
  while (engine_) {
    settle();
    const auto due = engine_->deadline();
    const Uptime now = clock.now().uptime;
    if (!due || *due > end) break;
    if (*due > now) clock.advance(*due - now);
  }
  if (const auto left = end - clock.now().uptime; left > 0ns) clock.advance(left);
  settle();
}

pb::Reply Box::ask(const pb::Request& request, pb::Role role) {
  auto reply = link(role)->call(request, 1s);
  if (reply) return *std::move(reply);
  pb::Reply none;
  none.set_code(-999);
  none.set_error(reply.error().text);
  return none;
}

api::PeerId Box::send(const pb::Request& request, pb::Role role) {
  peers_[++last_peer_].role = role;
  engine_->take({last_peer_, role, api::kind_of(request), 1, request.SerializeAsString()});
  settle();
  return last_peer_;
}

std::optional<pb::Reply> Box::answer(api::PeerId peer) {
  const auto here = peers_.find(peer);
  if (here == peers_.end()) return std::nullopt;
  auto reply = here->second.replies.extract(1);
  if (!reply) return std::nullopt;
  return std::move(reply.mapped());
}

pb::Status Box::status() {
  pb::Request request;
  request.mutable_get_status();
  return ask(request, pb::ROLE_TECHNICIAN).status();
}

std::vector<pb::StoredEvent> Box::events(std::uint64_t after) {
  std::vector<pb::StoredEvent> all;
  for (;;) {
    pb::Request request;
    request.mutable_pull_events()->set_after(all.empty() ? after : all.back().index());
    request.mutable_pull_events()->set_most(1'000);
    const auto reply = ask(request, pb::ROLE_TECHNICIAN);
    if (reply.events().event_size() == 0) return all;
    all.insert(all.end(), reply.events().event().begin(), reply.events().event().end());
  }
}

void Box::swipe(unsigned reader, std::uint32_t card) {
  board.wiegand(reader, frame26(card));
  pass(100ms);
}

void Box::type(unsigned reader, const std::string& digits) {
  for (const char digit : digits) {
    board.keys(reader, std::string(1, digit));
    pass(150ms);
  }
}

pb::Reply Box::update(const std::string& table, const std::vector<std::string>& rows) {
  return ask(update_of(table, rows));
}

pb::Reply Box::set_option(const std::string& name, const std::string& value) {
  pb::Request request;
  auto& option = *request.mutable_set_options()->add_option();
  option.set_name(name);
  option.set_value(value);
  return ask(request);
}

bool Box::reply(api::PeerId peer, std::uint64_t id, const pb::Reply& reply) {
  const auto here = peers_.find(peer);
  if (here == peers_.end()) return false;
  here->second.replies[id] = reply;
  return true;
}

bool Box::notify(api::PeerId peer, const pb::Notice& notice) {
  const auto here = peers_.find(peer);
  if (here == peers_.end()) return false;
  auto& gathered = here->second.notice;
  if (!gathered) gathered.emplace();
  api::add_to(*gathered, notice);
  return true;
}

}  // namespace lintel::test
