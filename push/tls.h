// What we demand of a server that is spoken to by https: TLS 1.2 or later, a certificate that leads
// to a root we trust and bears the host's name. Nothing is sent before that is verified.
#pragma once

#include <Poco/Net/Context.h>

#include <string>

#include "engine/base/result.h"

namespace lintel::push {

// `ca_file`: PEM, the only roots that are trusted; empty: the system's store.
Result<Poco::Net::Context::Ptr> make_tls_context(const std::string& ca_file);

}  // namespace lintel::push
