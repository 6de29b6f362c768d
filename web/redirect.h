// The plain http port of a console that speaks https: says where it is, and nothing else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "web/address.h"

namespace lintel::web {

class Redirect {
 public:
  // Listens at `address`, on threads of its own, and sends everybody to https at `port`.
  static Result<std::unique_ptr<Redirect>> start(const Address& address, std::uint16_t port);
  ~Redirect();

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Parts;
  explicit Redirect(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// "https://HOST[:PORT]/", with the host that was asked for; empty: that is no host.
std::string https_address(std::string_view host_header, std::uint16_t port);

}  // namespace lintel::web
