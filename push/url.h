// Addresses that a command names: of firmware (9.4.1) and of photos (9.1.1). What is fetched comes
// from the server's own host and from nobody else, whatever a command says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "push/server_address.h"

namespace lintel::push {

struct Url {
  std::optional<ServerAddress> address;  // nothing: a path on the server
  std::string target;                    // begins with /, has no fragment
};

// "http://HOST[:PORT]/path", "https://..", "/path" or "path". Nothing: another scheme, user and
// password, blanks, control characters or bytes beyond ASCII, an address that is none.
std::optional<Url> parse_url(std::string_view text);

// As the text's own example writes one: `http*//localhost*8088\fireware\emfw.cfg` has * for : and
// a backslash for /. Others stay as they are.
std::string without_disguise(std::string_view text);

// The last part of the path: "emfw.cfg".
std::string_view file_name(const Url& url);

// Where to fetch it.
struct Source {
  ServerAddress address;
  std::string target;
  bool is_server = false;  // exactly the server's scheme, host and port: it may see our cookie
};
// Nothing: another host than the server's, or http where the server speaks https.
std::optional<Source> source_of(const Url& url, const ServerAddress& server);

// The URL whole, as the `url` parameter of GET /iclock/file: for a path, and for one that names
// the server's own machine (localhost), with the server's address in front.
std::string parameter_of(const Url& url, const ServerAddress& server);

}  // namespace lintel::push
