#include "push/tls.h"

#include <Poco/Exception.h>
#include <Poco/Net/NetSSL.h>

namespace lintel::push {

Result<Poco::Net::Context::Ptr> make_tls_context(const std::string& ca_file) {
  using Poco::Net::Context;
  constexpr int chain_length_max = 9;
  try {
    Poco::Net::initializeSSL();
    Context::Params params;
    params.caLocation = ca_file;
    params.loadDefaultCAs = ca_file.empty();
    // Not RELAXED: that passes over the host's name for localhost.
    params.verificationMode = Context::VERIFY_STRICT;
    params.verificationDepth = chain_length_max;
    params.cipherList = "HIGH:!aNULL:!eNULL:!MD5:!RC4:!3DES:!PSK:!SRP";
    Context::Ptr context(new Context(Context::TLS_CLIENT_USE, params));
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    context->enableExtendedCertificateVerification(true);
    return context;
  } catch (const Poco::Exception& exception) {
    return fail(Errc::invalid, "the roots that servers are verified against cannot be read" +
                                   (ca_file.empty() ? "" : " from " + ca_file) + ": " +
                                   exception.displayText());
  }
}

}  // namespace lintel::push
