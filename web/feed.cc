#include "web/feed.h"

namespace lintel::web {

void Feed::engine_answers(const pb::Status& status) {
  const std::lock_guard lock(mutex_);
  link_ = {.answers = true, .last_heard = status.time(), .error = ""};
  status_ = status;
  ++state_;
  changed_.notify_all();
}

void Feed::engine_away(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (!link_.answers && link_.error == why) return;
  link_.answers = false;
  link_.error = why;
  ++state_;
  changed_.notify_all();
}

void Feed::add(const pb::Events& events) {
  std::vector<EventLine> lines;
  for (const auto& event : events.event())
    lines.push_back({event.index(), to_json(event)});
  const std::lock_guard lock(mutex_);
  events_known_ = true;
  for (auto& line : lines) {
    if (line.index <= last_event_) continue;
    last_event_ = line.index;
    events_.push_back(std::move(line));
    if (events_.size() > events_kept) events_.pop_front();
  }
  changed_.notify_all();
}

void Feed::journal_began_anew() {
  const std::lock_guard lock(mutex_);
  events_.clear();
  last_event_ = 0;
  changed_.notify_all();
}

std::uint64_t Feed::last_event() const {
  const std::lock_guard lock(mutex_);
  return last_event_;
}

bool Feed::news_for(const Cursor& cursor) const {
  if (closed_ || cursor.state != state_) return true;
  if (!cursor.event) return !events_.empty();
  return events_known_ && *cursor.event != last_event_;
}

Feed::News Feed::wait(Cursor& cursor, std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, most, [&] { return news_for(cursor); });
  News news;
  news.closed = closed_;
  if (cursor.state != state_) news.status = render();
  cursor.state = state_;
  if (!events_known_) return news;
  if (cursor.event && *cursor.event > last_event_) {
    news.began_anew = true;
    cursor.event.reset();
  }
  const std::uint64_t seen = cursor.event.value_or(0);
  for (const auto& line : events_) {
    if (line.index > seen) news.events.push_back(line);
  }
  if (cursor.event && !news.events.empty()) news.missed = news.events.front().index - seen - 1;
  if (cursor.event || !news.events.empty() || news.began_anew) cursor.event = last_event_;
  return news;
}

std::string Feed::status_json() const {
  const std::lock_guard lock(mutex_);
  return render();
}

std::string Feed::render() const {
  return to_json(link_, status_ ? &*status_ : nullptr);
}

void Feed::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

bool Feed::engine_answers() const {
  const std::lock_guard lock(mutex_);
  return link_.answers;
}

}  // namespace lintel::web
