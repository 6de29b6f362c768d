// A server's name to its address, within a time. The system's resolver takes no time limit and may
// hang as long as its own configuration says, so it is asked on a thread of its own, which is left
// to itself when the time is up: neither a lane nor the end of the program waits for it.
//
// Any thread. All lanes share one, so that a resolver that hangs costs one thread for a name and
// not one for every try.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "engine/base/result.h"

namespace lintel::push {

class Resolver {
 public:
  // Name to numeric address; may take as long as it likes. Runs on threads that may outlive the
  // Resolver: whatever it refers to must live as long.
  using Lookup = std::function<Result<std::string>(const std::string& host)>;

  explicit Resolver(Lookup lookup);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  // With the system's resolver; the program has one.
  static Resolver& of_the_system();

  // The numeric address; of several the first, IPv4 before IPv6. What is numeric already is not
  // looked up. An answer that comes after the deadline serves the next who asks for the name, for
  // limits::late_address_kept_for. Errors:
  //   io       there is no such name, or nobody who could tell
  //   timeout  no answer by the deadline
  Result<std::string> resolve(const std::string& host,
                              std::chrono::steady_clock::time_point deadline);

 private:
  struct Inside;
  std::shared_ptr<Inside> inside_;
};

}  // namespace lintel::push
