// The console's key and its certificate, made on the device: P-256, signed by itself.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace lintel::first_boot {

// PEM (PKCS#8). From the kernel's random numbers: waits until it has some.
Result<std::string> make_key();

// PEM, for `host` and "localhost". Valid from 2020 to the end of 2049, so that a clock that does
// not know the time yet makes no certificate that is invalid when it does.
Result<std::string> make_certificate(const std::string& key_pem, const std::string& host);

// Is it a certificate of this key, for this host?
bool belongs(const std::string& certificate_pem, const std::string& key_pem,
             const std::string& host);

}  // namespace lintel::first_boot
