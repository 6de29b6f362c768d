// Where the console listens, and under which names a browser may ask for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace lintel::web {

struct Address {
  std::string host;  // "127.0.0.1", "::1"
  std::uint16_t port = 0;
};

// From "HOST:PORT" of the configuration.
//   invalid      this is no address
//   unsupported  it is not a loopback address, and the console is not `secured`: whoever reaches it
//                would see everything
Result<Address> listen_address(std::string_view listen, bool secured = false);

// May a request carry this Host header? Where nobody signs in only the names of loopback may: a
// foreign name that a hostile name server points at 127.0.0.1 (DNS rebinding) would give a foreign
// page our answers. Any port may follow: it may be a tunnel's.
bool host_allowed(std::string_view host_header);

// The host of a Host header, without its port, in brackets where it is an IPv6 address; empty: that
// is no host.
std::string host_in(std::string_view host_header);

}  // namespace lintel::web
