// Test Host (chapter 9.3): is somebody listening there?
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace lintel::push {

// True: a connection was made, and closed again without a byte. Any thread; takes at most `limit`.
using HostTest = std::function<bool(const std::string& host, std::uint16_t port,
                                    std::chrono::milliseconds limit)>;

// Over the network; `host` as in ServerAddress.
bool connects_to(const std::string& host, std::uint16_t port, std::chrono::milliseconds limit);

}  // namespace lintel::push
