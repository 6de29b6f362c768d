// Which request goes where, and which goes nowhere. The console shows: GET and HEAD, known paths,
// names of loopback. Its one action is a POST that only its own page can send.
#pragma once

#include <Poco/Net/HTTPRequestHandlerFactory.h>

#include "web/console.h"

namespace lintel::web {

// The console outlives the factory and its handlers.
Poco::Net::HTTPRequestHandlerFactory::Ptr make_routes(Console& console);

}  // namespace lintel::web
