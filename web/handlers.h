// The answers, one function for each kind of path.
#pragma once

#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>

#include <string_view>

#include "web/console.h"
#include "web/ui_files.h"

namespace lintel::web {

using Request = Poco::Net::HTTPServerRequest;
using Response = Poco::Net::HTTPServerResponse;
using Status = Poco::Net::HTTPResponse::HTTPStatus;

// A refusal is a JSON object with one sentence, "error", so that scripts and people read the same.
void send_error(Response& response, Status status, std::string_view sentence);

void send_file(const UiFile& file, const Request& request, Response& response);
void send_status(Console& console, Response& response);
// query: "after=N&most=M"; both may be missing.
void send_events(Console& console, std::string_view query, Response& response);
// Whether one must sign in, and has.
void send_session(Console& console, bool open, Response& response);
// 200 when the engine answers here; for whoever watches over the program.
void send_health(Console& console, Response& response);

// Actions. REQUIRES: routes has seen that the console's own page asks, and that the body is not
// larger than Limits::action_bytes; of the sessions: that there is somebody to sign in at.
void open_session(Console& console, Request& request, Response& response);
void close_session(Console& console, Request& request, Response& response);
// Forgets passages for anti-passback: everybody's, or of one user ID.
void reset_passback(Console& console, Request& request, Response& response);
// A firmware, which is the body; answered when the engine has it whole. REQUIRES: likewise, but the
// body may have limits::firmware_bytes_max.
void bring_firmware(Console& console, Request& request, Response& response);
// How the last firmware stands, or ended.
void send_firmware(Console& console, Response& response);
// The number of the connection's socket, for Connections.
int socket_of(Request& request);
// Server-sent events, until the reader or the console leaves.
void send_stream(Console& console, Request& request, Response& response);

}  // namespace lintel::web
