#include "push/digest.h"

#include <openssl/evp.h>

#include <array>

#include "engine/base/check.h"

namespace lintel::push {
namespace {

std::string digest(std::string_view text, const EVP_MD* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  const int done = EVP_Digest(text.data(), text.size(), bytes.data(), &size, algorithm, nullptr);
  DOOR_CHECK(done == 1);
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

}  // namespace

std::string md5(std::string_view text) {
  return digest(text, EVP_md5());
}

std::string sha256(std::string_view text) {
  return digest(text, EVP_sha256());
}

}  // namespace lintel::push
