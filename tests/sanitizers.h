// LINTEL_SANITIZED: this is built with a sanitizer that makes everything slow and large (address or
// thread). gcc and clang say so in different ways.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LINTEL_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LINTEL_SANITIZED
#endif
#endif
