#include "push/session.h"

#include <utility>

#include "engine/core/limits.h"
#include "push/text.h"

namespace lintel::push {

void Session::begin(const ServerAddress& address, Parameters parameters, bool returning) {
  const std::lock_guard lock(mutex_);
  view_.online = false;
  ++view_.connection;
  view_.returning = returning;
  view_.address = address;
  view_.parameters = std::move(parameters);
  view_.cipher.reset();
}

void Session::sealed_with(std::shared_ptr<const SessionCipher> cipher) {
  const std::lock_guard lock(mutex_);
  view_.cipher = std::move(cipher);
}

void Session::went_online() {
  const std::lock_guard lock(mutex_);
  view_.online = true;
}

void Session::went_offline() {
  const std::lock_guard lock(mutex_);
  view_.online = false;
}

void Session::configure(const ConfigBlock& block) {
  const std::lock_guard lock(mutex_);
  view_.parameters.take(block);
}

void Session::states_wanted() {
  const std::lock_guard lock(mutex_);
  ++view_.states_wanted;
}

void Session::hear(std::string_view reply_body) {
  // Replies of this kind are short; a long one is a list of commands.
  Parameters heard;
  heard.take(ConfigBlock(reply_body.substr(0, limits::session_id_looked_for_in)));
  if (heard.session_id.empty()) return;
  const std::lock_guard lock(mutex_);
  view_.parameters.session_id = heard.session_id;
}

Parameters Session::parameters() const {
  const std::lock_guard lock(mutex_);
  return view_.parameters;
}

Session::View Session::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

void Session::unknown_to_server(std::uint64_t connection) {
  const std::lock_guard lock(mutex_);
  if (connection != view_.connection) return;
  view_.online = false;
  errands_.register_anew = true;
  woken_.notify_all();
}

void Session::no_answer(std::uint64_t connection) {
  const std::lock_guard lock(mutex_);
  if (connection != view_.connection) return;
  errands_.look = true;
  woken_.notify_all();
}

void Session::options_changed() {
  const std::lock_guard lock(mutex_);
  errands_.options = true;
  woken_.notify_all();
}

void Session::results_wait() {
  const std::lock_guard lock(mutex_);
  errands_.results = true;
  woken_.notify_all();
}

void Session::uploads_wait() {
  const std::lock_guard lock(mutex_);
  errands_.uploads = true;
  woken_.notify_all();
}

void Session::network_changed() {
  const std::lock_guard lock(mutex_);
  errands_.network = true;
  woken_.notify_all();
}

void Session::queued(std::uint64_t events) {
  const std::lock_guard lock(mutex_);
  queued_ = events;
}

std::uint64_t Session::queued() const {
  const std::lock_guard lock(mutex_);
  return queued_;
}

Session::Errands Session::take_errands() {
  const std::lock_guard lock(mutex_);
  return std::exchange(errands_, {});
}

void Session::wait(std::chrono::nanoseconds at_most) {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, at_most, [&] { return stopped_ || errands_.any(); });
}

void Session::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  woken_.notify_all();
}

bool Session::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

}  // namespace lintel::push
