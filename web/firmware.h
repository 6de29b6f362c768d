// A firmware that somebody signed in brings: read from the browser piece by piece, each handed on
// to the engine before the next is read. Nothing of it is kept here.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <mutex>

#include "engine/api/link.h"

namespace lintel::web {

class Firmware {
 public:
  explicit Firmware(api::LinkFactory factory) : factory_(std::move(factory)) {}

  // Any thread may call; reads `size` bytes. `piece_begins` is called before each. The answer has
  // the number by which state() will tell how it ended.
  //   busy     somebody brings one already
  //   invalid  the browser left before all had come
  //   refused  the engine says no, in its own words; not all has been read
  Result<std::uint64_t> bring(std::istream& from, std::uint64_t size,
                              const std::function<void()>& piece_begins);
  // How the last one stands, or ended.
  Result<pb::UpgradeState> state();

 private:
  api::LinkFactory factory_;
  std::mutex one_at_a_time_;
};

}  // namespace lintel::web
