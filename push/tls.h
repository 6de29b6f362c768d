// What we demand of a server that is spoken to by https: TLS 1.2 or later, and a certificate that
// leads to a root we trust and bears the host's name, or else is the one that was pinned. Nothing
// is sent before that is verified.
#pragma once

#include <Poco/Net/Context.h>

#include "engine/base/result.h"
#include "push/tls_settings.h"

namespace lintel::push {

// Errors (invalid) name the file that cannot be used.
Result<Poco::Net::Context::Ptr> make_tls_context(const TlsSettings& settings);

}  // namespace lintel::push
