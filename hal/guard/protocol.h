// What the engine and the guard say to each other: two kinds of message over a SOCK_SEQPACKET
// socket, both of one size, with file descriptors beside them.
//
//   guard -> engine   held      the line requests that the guard still holds, from an engine before
//   engine -> guard   watch     the page, and the line requests that are to be guarded; answered by
//                               `watching`, without descriptors
//
// The descriptors come in the order of the rows; of `watch` the page is the first.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace lintel::guard {

inline constexpr std::size_t doors_max = 16;
inline constexpr std::size_t requests_max = 8;  // chips with locks

// The locks of one chip: one line request of the kernel, and how its lines rest.
struct LockLines {
  std::string chip;
  struct Line {
    unsigned door = 0, offset = 0;
    bool rests_active = false;
    bool operator==(const Line&) const = default;
  };
  std::vector<Line> lines;  // in the order of the request
  bool operator==(const LockLines&) const = default;
};
struct HeldLines {
  LockLines lines;
  UniqueFd fd;
};

// Shared with the engine, which alone writes but for `rested`. Bit 0 of a mask is door 1.
struct Page {
  std::atomic<std::uint64_t>
      turned_at;                      // CLOCK_MONOTONIC, nanoseconds; set before a lock is driven
  std::atomic<std::uint32_t> driven;  // released locks
  std::atomic<std::uint32_t> kept_open;  // of these, by fire or emergency
  std::atomic<std::uint32_t> rested;     // how often the guard has put lines to rest
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free &&
              std::atomic<std::uint32_t>::is_always_lock_free);

enum class Kind : std::uint32_t { held = 1, watch = 2, watching = 3 };

struct Message {
  Kind kind{};
  std::vector<HeldLines> requests;
  UniqueFd page;  // of watch
};

// Sends it; the descriptors stay the caller's. gone: the other side has left.
Result<void> send(int socket, Kind kind, const std::vector<const HeldLines*>& requests, int page);
// The next message. gone: the other side has left, or said something that is none of these.
Result<Message> receive(int socket);

// The page behind a descriptor; null when it is none.
struct Unmap {
  void operator()(Page* page) const;
};
using MappedPage = std::unique_ptr<Page, Unmap>;
MappedPage map_page(int fd);
// A new one, of zeros, that nobody can make smaller.
Result<UniqueFd> make_page();

[[nodiscard]] std::uint64_t monotonic_ns();

// Brings lines of a request (GPIO character device, second interface) to a level. `mask` and
// `active` by the lines' places in the request.
Result<void> set_lines(int request, std::uint64_t mask, std::uint64_t active);

}  // namespace lintel::guard
