// Digests by OpenSSL: MD5 because the protocol's token is one, SHA-256 to know a command again.
#pragma once

#include <string>
#include <string_view>

namespace lintel::push {

std::string md5(std::string_view text);     // 16 bytes
std::string sha256(std::string_view text);  // 32 bytes

}  // namespace lintel::push
