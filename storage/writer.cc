#include "storage/writer.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "engine/base/unique_fd.h"
#include "engine/core/limits.h"

namespace lintel::storage {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// What one commit takes at most, so that nobody waits long for his answer behind many others.
constexpr std::size_t jobs_per_group = 64;
constexpr std::size_t wishes_per_group = 1000;
constexpr milliseconds group_time{50};

// After a failed append: the next try.
constexpr milliseconds first_retry{100};
constexpr milliseconds last_retry{5000};

constexpr int less_urgent = 5;  // nice levels below the thread that decides

// What the journal shall have.
using Wish = std::variant<Event, Kept>;

struct Finished {
  std::function<void(Result<void>)> done;
  Result<void> result;
};

// Jobs whose changes share a transaction. Nothing of it is told before the transaction has ended.
struct Group {
  std::vector<Finished> finished;
  std::optional<Error> failure;  // of the transaction as a whole
};

}  // namespace

struct Writer::Impl {
  // Used by the storage thread alone (in inline mode: by pump()).
  Store store;
  EventJournal journal;
  std::vector<Event> batch_events;
  std::vector<Kept> batch_kept;

  // Shared.
  mutable std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job> jobs;
  std::deque<Wish> wishes;  // the oldest of them may be in the hands of the storage thread
  std::vector<Finished> finished;
  Durable durable;
  std::string trouble;
  std::uint64_t lost_events = 0, lost_kept = 0;
  milliseconds retry_delay{0};  // 0: the last append went well
  Clock::time_point retry_at{};
  bool stopping = false;

  UniqueFd bell;
  std::thread thread;

  Impl(Store opened_store, EventJournal opened_journal)
      : store(std::move(opened_store)),
        journal(std::move(opened_journal)),
        bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    DOOR_CHECK(bell);
    batch_events.reserve(wishes_per_group);
    batch_kept.reserve(wishes_per_group);
  }

  void start();
  void loop();
  void finish_and_stop();

  std::optional<Job> take_job();
  void run(Job& job, Group& group);
  Result<void> run_in_savepoint(Job& job);
  void run_jobs();
  void tell(Group group);

  bool post(const Wish& wish, std::uint64_t& lost);
  void take_batch();
  bool append_batch();
  void appended(const Result<EventJournal::Appended>& result);
  void ring() const;
};

// ---- jobs

std::optional<Writer::Job> Writer::Impl::take_job() {
  const std::lock_guard lock(mutex);
  if (jobs.empty()) return std::nullopt;
  Job job = std::move(jobs.front());
  jobs.pop_front();
  return job;
}

Result<void> Writer::Impl::run_in_savepoint(Job& job) {
  if (!store.in_transaction()) {
    if (auto begun = store.begin(); !begun) return begun;
  }
  if (auto begun = store.savepoint(); !begun) return begun;
  auto result = job.work(store, journal);
  if (!result) {
    store.rollback_to_savepoint();
    return result;
  }
  return store.release();
}

void Writer::Impl::run(Job& job, Group& group) {
  const bool in_transaction = store.in_transaction();
  auto result = job.writes ? run_in_savepoint(job) : job.work(store, journal);
  if (in_transaction && !store.in_transaction()) {
    // The disk failed so that SQLite gave up the transaction, with the jobs before this one in it.
    group.failure =
        result ? Error{Errc::io, "the transaction of the group was given up"} : result.error();
  }
  group.finished.push_back({std::move(job.done), std::move(result)});
}

void Writer::Impl::run_jobs() {
  Group group;
  const auto end = Clock::now() + group_time;
  while (!group.failure && group.finished.size() < jobs_per_group && Clock::now() < end) {
    auto job = take_job();
    if (!job) break;
    run(*job, group);
  }
  if (store.in_transaction()) {
    if (auto committed = store.commit(); !committed) group.failure = std::move(committed.error());
  }
  tell(std::move(group));
}

void Writer::Impl::tell(Group group) {
  if (group.finished.empty()) return;
  if (group.failure) {
    for (Finished& job : group.finished) {
      if (job.result) job.result = fail(*group.failure);
    }
  }
  {
    const std::lock_guard lock(mutex);
    std::move(group.finished.begin(), group.finished.end(), std::back_inserter(finished));
  }
  ring();
}

// ---- events and what they leave behind

// False: the queue is full, and `lost` has counted it.
bool Writer::Impl::post(const Wish& wish, std::uint64_t& lost) {
  {
    const std::lock_guard lock(mutex);
    if (wishes.size() >= limits::event_queue_max) {
      ++lost;
      return false;
    }
    wishes.push_back(wish);
  }
  wake.notify_one();
  return true;
}

void Writer::Impl::take_batch() {
  batch_events.clear();
  batch_kept.clear();
  const std::lock_guard lock(mutex);
  for (std::size_t i = 0; i < std::min(wishes.size(), wishes_per_group); ++i) {
    if (const Event* event = std::get_if<Event>(&wishes[i])) batch_events.push_back(*event);
    if (const Kept* row = std::get_if<Kept>(&wishes[i])) batch_kept.push_back(*row);
  }
}

// Appends the oldest of what waits. False: there is nothing, or the journal did not take it.
bool Writer::Impl::append_batch() {
  take_batch();
  if (batch_events.empty() && batch_kept.empty()) return false;
  const auto result = journal.append(batch_events, batch_kept);
  appended(result);
  return result.has_value();
}

void Writer::Impl::appended(const Result<EventJournal::Appended>& result) {
  std::unique_lock lock(mutex);
  if (result) {
    const std::size_t count = batch_events.size() + batch_kept.size();
    wishes.erase(wishes.begin(), wishes.begin() + static_cast<std::ptrdiff_t>(count));
    if (!batch_events.empty()) durable.last_index = result->last_index;
    durable.nearly_full = durable.nearly_full || result->nearly_full;
    durable.dropped += result->dropped;
    durable.unsent_dropped += result->unsent_dropped;
    const bool recovered = !trouble.empty();
    trouble.clear();
    retry_delay = milliseconds{0};
    lock.unlock();
    if (recovered) log_info("storage", "the journal takes events again");
    ring();
    return;
  }
  const bool is_news = trouble.empty();
  trouble = result.error().text + "; the events wait in memory";
  retry_delay = std::clamp(retry_delay * 2, first_retry, last_retry);
  retry_at = Clock::now() + retry_delay;
  const std::string text = trouble;
  lock.unlock();
  if (is_news) {
    log_error("storage", text);
    ring();  // so that the loop asks for trouble()
  }
}

void Writer::Impl::ring() const {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the descriptor is readable already.
  [[maybe_unused]] const auto written = ::write(bell.get(), &one, sizeof one);
}

// ---- the thread

void Writer::Impl::start() {
  // Signals are for the thread that decides.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread = std::thread([this] {
    // Of this thread alone. A system that refuses leaves it as urgent as the rest: slower, not
    // wrong.
    const auto id = static_cast<id_t>(::gettid());
    if (::setpriority(PRIO_PROCESS, id, ::getpriority(PRIO_PROCESS, id) + less_urgent) != 0) {
      log_warning("storage", "the storage thread could not be made less urgent");
    }
    loop();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Writer::Impl::loop() {
  for (;;) {
    bool append = false;
    {
      std::unique_lock lock(mutex);
      const auto append_is_due = [&] {
        return !wishes.empty() && (retry_delay == milliseconds{0} || Clock::now() >= retry_at);
      };
      const auto something_to_do = [&] { return stopping || !jobs.empty() || append_is_due(); };
      if (wishes.empty() || retry_delay == milliseconds{0}) {
        wake.wait(lock, something_to_do);
      } else {
        wake.wait_until(lock, retry_at, something_to_do);
      }
      if (stopping) break;
      append = append_is_due();
    }
    // Events first: they are what cannot be asked for again, and a job posted after an event finds
    // it.
    if (append) append_batch();
    run_jobs();
  }
  finish_and_stop();
}

void Writer::Impl::finish_and_stop() {
  while (append_batch())
    continue;
  const auto jobs_wait = [this] {
    const std::lock_guard lock(mutex);
    return !jobs.empty();
  };
  while (jobs_wait())
    run_jobs();
  const std::lock_guard lock(mutex);
  if (!wishes.empty()) {
    log_error("storage", std::to_string(wishes.size()) +
                             " events and kept rows were not written before the end");
  }
}

// ---- Writer

Writer::Writer(Store store, EventJournal journal, Mode mode)
    : impl_(std::make_unique<Impl>(std::move(store), std::move(journal))) {
  if (mode == Mode::thread) impl_->start();
}

Writer::~Writer() {
  if (!impl_->thread.joinable()) return;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_one();
  impl_->thread.join();
}

Result<void> Writer::post(Job job) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->jobs.size() >= limits::job_queue_max) {
      return fail(Errc::busy, "the storage thread has " + std::to_string(limits::job_queue_max) +
                                  " jobs waiting already");
    }
    impl_->jobs.push_back(std::move(job));
  }
  impl_->wake.notify_one();
  return {};
}

bool Writer::post_event(const Event& event) {
  return impl_->post(event, impl_->lost_events);
}

bool Writer::post_kept(const Kept& row) {
  const bool taken = impl_->post(row, impl_->lost_kept);
  if (!taken) impl_->ring();  // so that the loop asks for trouble()
  return taken;
}

int Writer::fd() const {
  return impl_->bell.get();
}

Writer::Durable Writer::take_done() {
  std::uint64_t rung = 0;
  [[maybe_unused]] const auto read = ::read(impl_->bell.get(), &rung, sizeof rung);
  std::vector<Finished> finished;
  Durable durable;
  {
    const std::lock_guard lock(impl_->mutex);
    finished.swap(impl_->finished);
    std::swap(durable, impl_->durable);
  }
  for (Finished& job : finished) {
    if (job.done) job.done(std::move(job.result));
  }
  return durable;
}

std::string Writer::trouble() const {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->lost_kept == 0) return impl_->trouble;
  const std::string lost =
      std::to_string(impl_->lost_kept) + (impl_->lost_kept == 1 ? " change" : " changes") +
      " of what the rules must remember found no place in the queue; after a restart passages, "
      "alarms, lockouts or doors told to stay open may be as they were before";
  return impl_->trouble.empty() ? lost : impl_->trouble + "; " + lost;
}

std::uint64_t Writer::lost_events() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->lost_events;
}

std::uint64_t Writer::lost_kept() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->lost_kept;
}

void Writer::pump() {
  DOOR_CHECK(!impl_->thread.joinable());
  while (impl_->append_batch())
    continue;
  const auto jobs_wait = [this] {
    const std::lock_guard lock(impl_->mutex);
    return !impl_->jobs.empty();
  };
  while (jobs_wait())
    impl_->run_jobs();
}

}  // namespace lintel::storage
