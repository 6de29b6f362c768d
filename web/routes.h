// Which request goes where, and which goes nowhere. The console shows: GET and HEAD, known paths.
// Actions are POSTs that only its own page can send. Over a network everything but the page itself,
// signing in and /health wants a session; over loopback only names of loopback are answered.
#pragma once

#include <Poco/Net/HTTPRequestHandlerFactory.h>

#include "web/console.h"

namespace lintel::web {

// The console outlives the factory and its handlers.
Poco::Net::HTTPRequestHandlerFactory::Ptr make_routes(Console& console);

}  // namespace lintel::web
