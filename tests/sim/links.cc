// What the programs of the box say to the engine, and what they say to the server: both watched,
// and both able to break.
#include <algorithm>
#include <charconv>

#include "tests/sim/world.h"

namespace lintel::sim {

using namespace std::chrono;

// A program's line to the engine; gone with the engine.
class World::SimLink : public api::Link {
 public:
  SimLink(World& world, api::PeerId peer) : world_(world), peer_(peer) {}
  ~SimLink() override { world_.station_.drop_peer(peer_); }

  Result<pb::Reply> call(const pb::Request& request, milliseconds) override {
    return world_.call(peer_, request);
  }
  Result<std::optional<pb::Notice>> next_notice(milliseconds) override {
    if (!world_.station_.has_peer(peer_)) return fail(Errc::gone, "the engine has left");
    return world_.station_.take_notice(peer_);
  }

 private:
  World& world_;
  api::PeerId peer_;
};

class World::SimTransport : public push::Transport {
 public:
  explicit SimTransport(World& world) : world_(world) {}
  Result<push::HttpReply> exchange(const push::HttpRequest& request,
                                   milliseconds timeout) override {
    return world_.exchange(request, timeout);
  }

 private:
  World& world_;
};

namespace {

const pb::CommandKey* key_of(const pb::Request& request) {
  switch (request.body_case()) {
    case pb::Request::kUpdate:
      return &request.update().command();
    case pb::Request::kDelete:
      return &request.delete_().command();
    case pb::Request::kSetOptions:
      return &request.set_options().command();
    case pb::Request::kControl:
      return &request.control().command();
    default:
      return nullptr;
  }
}

void clear_key(pb::Request& request) {
  if (request.has_update()) request.mutable_update()->clear_command();
  if (request.has_delete_()) request.mutable_delete_()->clear_command();
  if (request.has_set_options()) request.mutable_set_options()->clear_command();
  if (request.has_control()) request.mutable_control()->clear_command();
}

std::vector<std::uint64_t> indexes_in(const std::string& body) {
  constexpr std::string_view name = "index=";
  std::vector<std::uint64_t> indexes;
  for (auto found = body.find(name); found != std::string::npos;
       found = body.find(name, found + 1)) {
    std::uint64_t index = 0;
    std::from_chars(body.data() + found + name.size(), body.data() + body.size(), index);
    indexes.push_back(index);
  }
  return indexes;
}

// Of the commands in a reply, in their order.
std::vector<std::string> ids_in(const std::string& body) {
  std::vector<std::string> ids;
  for (std::size_t line = 0; line < body.size(); line = body.find('\n', line) + 1) {
    if (body.compare(line, 2, "C:") == 0)
      ids.push_back(body.substr(line + 2, body.find(':', line + 2) - line - 2));
    if (body.find('\n', line) == std::string::npos) break;
  }
  return ids;
}

}  // namespace

// ---- the engine

// Changes a request on its way, where that is what was planted. True: the engine never sees it.
bool World::sabotage(pb::Request& request, pb::Reply& swallowed) {
  switch (planted_) {
    case Planted::revocation_swallowed:
      if (request.has_delete_() && request.delete_().table() == "user") {
        swallowed.set_code(0);
        return true;
      }
      return false;
    case Planted::privilege_widened:
      if (request.has_update() && request.update().table() == "userauthorize") {
        auto& rows = *request.mutable_update()->mutable_rows(0);
        for (int at = 0; at < rows.value_size(); ++at) {
          if (rows.field(at % rows.field_size()) == "AuthorizeDoorId") rows.set_value(at, "255");
        }
      }
      return false;
    case Planted::commands_forgotten:
      clear_key(request);
      return false;
    case Planted::cursor_runs_ahead:
      if (request.has_confirm_events()) {
        request.mutable_confirm_events()->set_through(request.confirm_events().through() + 1);
      }
      return false;
    case Planted::bad_command_half_done:
      // A row that would be refused is left out, and the rest is carried out.
      if (request.has_update() && in_hand_ != nullptr && in_hand_->kind == Command::Kind::bad &&
          request.update().rows_size() > 0) {
        auto& rows = *request.mutable_update()->mutable_rows(0);
        const int width = rows.field_size();
        while (rows.value_size() > width)
          rows.mutable_value()->RemoveLast();
      }
      return false;
    default:
      return false;
  }
}

Result<pb::Reply> World::call(api::PeerId peer, const pb::Request& original) {
  if (!station_.running() || !station_.has_peer(peer)) {
    return fail(Errc::gone, "the engine has left");
  }
  pb::Request request = original;
  const auto* key = key_of(request);
  const auto known = key != nullptr ? commands_.find(key->id()) : commands_.end();
  if (known != commands_.end()) {
    in_hand_ = &known->second;
    in_hand_id_ = known->first;
    trace_.add(now(), "engine gets command " + in_hand_id_);
    is_in_order(in_hand_id_);
    if (crash_with_command_) station_.arm(*std::exchange(crash_with_command_, std::nullopt));
  }
  // The expiry is written in the machine's own clock: say what it says of the simulated one.
  if (request.has_control() && request.control().expires_uptime_ns() != 0) {
    const bool late = now().time_since_epoch().count() > request.control().expires_uptime_ns();
    request.mutable_control()->set_expires_uptime_ns(late ? 1 : INT64_MAX);
  }
  pb::Reply swallowed;
  std::optional<pb::Reply> reply;
  const bool never_seen = sabotage(request, swallowed);
  if (request.has_confirm_events())
    checker_.cursor_moves(request.confirm_events().through(), now());
  if (never_seen) {
    reply = swallowed;
  } else {
    reply = station_.ask(peer, request);
  }
  if (reply) answered(original, *reply);
  if (reply && request.has_confirm_events() && reply->code() >= 0)
    checker_.cursor_moved(request.confirm_events().through());
  if (!reply && in_hand_ != nullptr) {
    unknown_end_ = in_hand_;
    unknown_end_id_ = in_hand_id_;
    unknown_end_day_ = station_.clock.now().civil;
  }
  settle();
  in_hand_ = nullptr;
  in_hand_id_.clear();
  reconfigured_.clear();
  if (!reply) return fail(Errc::gone, "the engine has left");
  for (const auto& event : reply->events().event())
    checker_.told(event.index());
  if (reply->has_status()) checker_.told(reply->status().last_event());
  return *std::move(reply);
}

// Commands are carried out in the order in which a reply of the server brought them. When the
// engine dies those come again, from the first one on that had no answer yet: as many as push may
// have given to it at once.
void World::is_in_order(const std::string& id) {
  const auto again = std::find(in_hand_before_.begin(), in_hand_before_.end(), id);
  if (again != in_hand_before_.end()) {
    handed_out_.insert(handed_out_.begin(), again + 1, in_hand_before_.end());
    in_hand_before_.erase(again + 1, in_hand_before_.end());
    return;
  }
  in_hand_before_.push_back(id);
  if (in_hand_before_.size() > api::Link::posts_max) in_hand_before_.pop_front();
  const auto found = std::find(handed_out_.begin(), handed_out_.end(), id);
  if (found == handed_out_.end()) {
    checker_.complain(now(), "The command " + id + " is carried out out of its order.");
  } else {
    handed_out_.erase(handed_out_.begin(), found + 1);
  }
}

// The engine has said how it ended: the book follows.
void World::answered(const pb::Request& request, const pb::Reply& reply) {
  if (request.has_count() && reply.code() >= 0 && request.count().where().all_size() == 0 &&
      request.count().table() != "transaction") {
    const auto rows = book_.rows(request.count().table()).size();
    if (reply.rows() != rows) {
      checker_.complain(now(), "COUNT " + request.count().table() + " says " +
                                   std::to_string(reply.rows()) + ", and it has " +
                                   std::to_string(rows) + " rows.");
    }
  }
  if (in_hand_ == nullptr) return;
  constexpr std::int64_t same_command_window = 60;
  const Command& command = *in_hand_;
  trace_.add(now(), "command " + in_hand_id_ + " answered " + std::to_string(reply.code()));
  answers_[in_hand_id_].insert(reply.code());
  if (command.kind == Command::Kind::bad && reply.code() >= 0) {
    checker_.complain(now(), "A command that makes no sense was carried out: " + command.text);
  }
  if (reply.code() < 0) return;
  const auto utc = station_.clock.utc().time_since_epoch().count();
  const auto before = applied_at_.find(in_hand_id_);
  const bool repeated = before != applied_at_.end() && before->second >= utc - same_command_window;
  if (repeated) return;
  applied_at_[in_hand_id_] = utc;
  std::map<unsigned, std::string> asked;
  for (unsigned door = 1; door <= doors_; ++door)
    asked[door] = book_.parameter(door, "DoorVerifyType");
  book_.apply(command, station_.clock.now().civil);
  for (unsigned door = 1; door <= doors_; ++door) {
    if (command.table == "DoorParameters") reconfigured_.insert(door);
    if (book_.parameter(door, "DoorVerifyType") != asked[door]) oracle_.asks_anew(door);
  }
}

// ---- push

void World::start_push() {
  const auto seed = chance_.next();
  const push::Clock clock = [this] { return now(); };
  const push::TransportFactory transports = [this](const push::ServerAddress&) {
    return std::make_unique<SimTransport>(*this);
  };
  const auto link = [this](bool of_uploader) -> Result<std::unique_ptr<api::Link>> {
    if (!station_.running()) return fail(Errc::gone, "the engine is not there");
    const auto peer = station_.add_peer(pb::ROLE_PUSH);
    if (of_uploader) uploader_peer_ = peer;
    return std::make_unique<SimLink>(*this, peer);
  };
  session_ = std::make_unique<push::Session>();
  push::Conversation::Setup conversing;
  conversing.serial = "3383154200002";
  conversing.configured = push::parse_address("http://127.0.0.1:8088");
  conversing.transports = transports;
  conversing.engine = [link] { return link(false); };
  conversing.clock = clock;
  conversing.seed = seed;
  conversation_ = std::make_unique<push::Conversation>(std::move(conversing), *session_);
  push::Uploader::Setup uploading;
  uploading.serial = "3383154200002";
  uploading.transports = transports;
  uploading.engine = [link] { return link(true); };
  uploading.clock = clock;
  uploading.seed = ~seed;
  uploader_ = std::make_unique<push::Uploader>(std::move(uploading), *session_);
  conversation_due_ = uploader_due_ = now();
}

void World::stop_push() {
  uploader_.reset();
  conversation_.reset();
  session_.reset();
  handed_out_.clear();
}

// ---- the network

Result<push::HttpReply> World::exchange(const push::HttpRequest& request, milliseconds timeout) {
  trace_.add(now(), request.method + " " + request.target.substr(0, 60));
  if (network_ == Network::refused) {
    pass(chance_.up_to(5ms));
    return fail(Errc::io, "connection refused");
  }
  if (network_ == Network::silent) {
    pass(timeout);
    return fail(Errc::timeout, "no answer");
  }
  pass(1ms + chance_.up_to(20ms));
  const bool upload = request.target.find("table=rtlog") != std::string::npos;
  const auto indexes = upload ? indexes_in(request.body) : std::vector<std::uint64_t>();
  checker_.upload(indexes, now());
  fake::Answer answer;
  if (upload && planted_ == Planted::upload_swallowed && !sabotaged_ && chance_.percent(2)) {
    sabotaged_ = true;
    answer.reply = fake::text_reply("OK");
  } else {
    answer = server_.answer(request);
  }
  const bool late = answer.delay >= timeout;
  if (answer.delay > 0ms) pass(late ? nanoseconds(timeout) : nanoseconds(answer.delay));
  if (late) return fail(Errc::timeout, "no answer");
  pass(chance_.up_to(5ms));
  if (answer.wire != fake::Wire::whole) return fail(Errc::io, "the answer was broken off");
  if (request.target.find("getrequest") != std::string::npos) {
    const auto ids = ids_in(answer.reply.body);
    handed_out_.insert(handed_out_.end(), ids.begin(), ids.end());
  }
  const bool ok = answer.reply.status == 200 && answer.reply.body.substr(0, 2) == "OK";
  if (upload && ok && !indexes.empty()) checker_.server_took(indexes.back());
  return std::move(answer.reply);
}

}  // namespace lintel::sim
