// What a lane of its own is made of (uploader.h, downloader.h): a connection to the server and a
// line to the engine that nobody shares.
#pragma once

#include <cstdint>
#include <string>

#include "push/engine_line.h"
#include "push/transport.h"

namespace lintel::push {

struct LaneSetup {
  std::string serial;
  TransportFactory transports;
  api::LinkFactory engine;
  Clock clock;
  std::uint64_t seed = 0;  // of its waits
};

}  // namespace lintel::push
