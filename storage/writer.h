// The storage thread: the only one that touches store and journal once the engine runs.
//
// The loop posts jobs, events and kept rows, and is never made to wait: a full queue is an answer.
// What has gathered is committed together (group commit). When something has become durable or has
// failed, fd() becomes readable and take_done() hands the results back, on the loop's thread.
//
// With Mode::inline_for_tests there is no thread: pump() does the work when the test says so,
// and dropping the Writer without pump() is a power cut for what was only posted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace lintel::storage {

class Writer {
 public:
  enum class Mode { thread, inline_for_tests };
  Writer(Store store, EventJournal journal, Mode mode);
  ~Writer();  // finishes what is queued (thread mode), then stops
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // A job runs on the storage thread.
  //   work   changes the store inside a savepoint of the group's transaction; an error rolls just
  //   this
  //          job back. What it captures is its own: it must not touch what the loop owns.
  //   done   runs on the loop's thread (from take_done()), after the group is durable; gets the
  //   job's
  //          error, or the commit's. Jobs finish in the order in which they were posted.
  struct Job {
    std::function<Result<void>(Store&, EventJournal&)> work;
    std::function<void(Result<void>)> done;
    bool writes = true;  // false: reads only, needs no transaction and no commit
  };
  // busy: limits::job_queue_max jobs are waiting; nothing was taken.
  Result<void> post(Job job);

  // An event, or a change of what is kept, for the journal. Both wait in one queue, and a group is
  // always the oldest of it: what is on disk is at any time what was posted up to some point, in
  // order. What is posted as a pair may still be parted by a power cut; post first what must be
  // there with the other. False: the queue is full (limits::event_queue_max, both together), and
  // the event or change was counted as lost.
  bool post_event(const Event& event);
  bool post_kept(const Kept& row);

  [[nodiscard]] int fd() const;
  // Runs the done functions of what has finished and returns what became durable.
  struct Durable {
    std::uint64_t last_index = 0;  // newest event on disk; 0: no news
    bool nearly_full = false;      // event 6005 is due
    std::uint64_t dropped = 0;
    std::uint64_t unsent_dropped = 0;  // of them, those that the server never had
  };
  Durable take_done();

  // Trouble in words, empty when the last commit of the journal went well and no change of what is
  // kept was ever lost. Journal writes are tried again (what waits stays queued). A lost change is
  // told until the end of the program: from then on the file and the rules may differ, and only a
  // restart makes them one again. Thread-safe.
  [[nodiscard]] std::string trouble() const;
  [[nodiscard]] std::uint64_t lost_events() const;
  [[nodiscard]] std::uint64_t lost_kept() const;

  void pump();  // inline mode only: does all that is queued

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lintel::storage
