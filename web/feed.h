// What the console knows: the engine's last state and its newest events. Written by the watch, read
// by every stream and page. Any thread may call.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "web/views.h"

namespace lintel::web {

class Feed {
 public:
  static constexpr std::size_t events_kept = 200;

  // ---- the watch writes

  void engine_answers(const pb::Status& status);
  // The last state stays, and says since when it is the last one.
  void engine_away(const std::string& why);
  // Appends those that are newer than the newest; the oldest make room.
  void add(const pb::Events& events);
  // The engine's journal is another one, with lower indexes: what was known of the old is dropped.
  void journal_began_anew();

  [[nodiscard]] std::uint64_t last_event() const;

  // ---- streams read

  struct Cursor {
    std::uint64_t state = 0;             // 0: has seen no state yet
    std::optional<std::uint64_t> event;  // nothing: a new reader, who gets what is there
  };
  struct EventLine {
    std::uint64_t index = 0;
    std::string json;
  };
  struct News {
    std::optional<std::string> status;
    std::vector<EventLine> events;
    std::uint64_t missed = 0;  // events between the cursor and the first one, no longer kept here
    bool began_anew = false;   // what the reader has is of another journal
    bool closed = false;       // the console ends
  };
  // What the reader has not seen, and moves its cursor behind it; waits for it at most so long.
  News wait(Cursor& cursor, std::chrono::milliseconds most);

  [[nodiscard]] std::string status_json() const;
  [[nodiscard]] bool engine_answers() const;

  // Every wait returns at once from now on.
  void close();

 private:
  [[nodiscard]] bool news_for(const Cursor& cursor) const;
  [[nodiscard]] std::string render() const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  EngineLink link_{.answers = false, .last_heard = "", .error = "not asked yet"};
  std::optional<pb::Status> status_;
  std::uint64_t state_ = 1;
  std::deque<EventLine> events_;
  std::uint64_t last_event_ = 0;
  bool events_known_ = false;  // the engine has told its events since this program started
  bool closed_ = false;
};

}  // namespace lintel::web
