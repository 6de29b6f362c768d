// What tests set and ask of the fake server; the conversation itself is in fake_server.cc.
#include "tests/fake_server/fake_server.h"

namespace lintel::fake {

void FakeServer::change(const std::function<void(Settings&)>& change) {
  const std::lock_guard lock(mutex_);
  change(settings_);
}

void FakeServer::inject(Fault fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::move(fault));
}

void FakeServer::serve(std::string path, std::string bytes, FileDesk::Style style) {
  const std::lock_guard lock(mutex_);
  desk_.put(std::move(path), std::move(bytes), style);
}

Accounted FakeServer::accounted(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return desk_.accounted(id);
}

void FakeServer::clear_faults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

void FakeServer::forget_keys() {
  const std::lock_guard lock(mutex_);
  sessions_.clear();
}

void FakeServer::forget_registration() {
  const std::lock_guard lock(mutex_);
  devices_.clear();
}

std::string FakeServer::queue(std::string command) {
  const std::lock_guard lock(mutex_);
  const std::string id = std::to_string(++last_id_);
  commands_.push_back({id, std::move(command), 0, 0});
  return id;
}

void FakeServer::queue_as(const std::string& id, std::string command) {
  const std::lock_guard lock(mutex_);
  commands_.push_back({id, std::move(command), 0, 0});
}

void FakeServer::queue_raw(std::string text) {
  const std::lock_guard lock(mutex_);
  raw_.push_back(std::move(text));
}

std::size_t FakeServer::open_commands() const {
  const std::lock_guard lock(mutex_);
  return commands_.size() + raw_.size();
}

std::vector<CommandResult> FakeServer::results(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = answered_.find(id);
  return found == answered_.end() ? std::vector<CommandResult>() : found->second.results;
}

std::optional<int> FakeServer::code(const std::string& id) const {
  const auto all = results(id);
  if (all.empty()) return std::nullopt;
  return all.front().code;
}

std::vector<std::string> FakeServer::rows(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> rows;
  const auto found = answered_.find(id);
  if (found == answered_.end()) return rows;
  for (const auto& [number, lines] : found->second.packets)
    rows.insert(rows.end(), lines.begin(), lines.end());
  return rows;
}

std::size_t FakeServer::packets(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = answered_.find(id);
  return found == answered_.end() ? 0 : found->second.packets.size();
}

std::optional<std::uint64_t> FakeServer::counted(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = answered_.find(id);
  return found == answered_.end() ? std::nullopt : found->second.counted;
}

std::map<std::string, std::string> FakeServer::got_options(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = answered_.find(id);
  return found == answered_.end() ? std::map<std::string, std::string>() : found->second.options;
}

std::vector<Event> FakeServer::events() const {
  const std::lock_guard lock(mutex_);
  return book_.events();
}

std::vector<std::uint64_t> FakeServer::missing_events() const {
  const std::lock_guard lock(mutex_);
  return book_.missing();
}

std::uint64_t FakeServer::repeated_events() const {
  const std::lock_guard lock(mutex_);
  return book_.repeats() + book_.needless_repeats();
}

std::uint64_t FakeServer::needlessly_repeated_events() const {
  const std::lock_guard lock(mutex_);
  return book_.needless_repeats();
}

std::size_t FakeServer::most_events_in_a_request() const {
  const std::lock_guard lock(mutex_);
  return most_events_;
}

std::vector<std::string> FakeServer::states() const {
  const std::lock_guard lock(mutex_);
  return {states_.begin(), states_.end()};
}

std::vector<std::string> FakeServer::tabledata(const std::string& table) const {
  const std::lock_guard lock(mutex_);
  const auto found = tabledata_.find(table);
  return found == tabledata_.end() ? std::vector<std::string>() : found->second;
}

std::map<std::string, std::string> FakeServer::registry() const {
  const std::lock_guard lock(mutex_);
  return registry_;
}

std::map<std::string, std::string> FakeServer::options() const {
  const std::lock_guard lock(mutex_);
  return options_;
}

std::vector<SeenRequest> FakeServer::requests() const {
  const std::lock_guard lock(mutex_);
  return {requests_.begin(), requests_.end()};
}

std::uint64_t FakeServer::count(Kind kind) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(kind);
  return found == counts_.end() ? 0 : found->second;
}

std::uint64_t FakeServer::wrong_tokens() const {
  const std::lock_guard lock(mutex_);
  return wrong_tokens_;
}

std::vector<std::string> FakeServer::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

bool FakeServer::wait_until(const std::function<bool()>& is_true,
                            std::chrono::milliseconds most) const {
  const auto deadline = std::chrono::steady_clock::now() + most;
  for (;;) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      seen = request_number_;
    }
    if (is_true()) return true;
    std::unique_lock lock(mutex_);
    const bool more = changed_.wait_until(lock, deadline, [&] { return request_number_ != seen; });
    if (!more) {
      lock.unlock();
      return is_true();
    }
  }
}

}  // namespace lintel::fake
