// Photos that DATA UPDATE names by address instead of bringing them (9.1.1, comparison and user
// photos): fetched before the engine sees the command, which then reads as if it had brought them.
// All or none: one photo that cannot be had refuses the whole command.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "push/executor.h"
#include "push/message.h"
#include "push/session.h"
#include "push/transport.h"
#include "push/url.h"

namespace lintel::push {

// Do rows of this table have photos?
bool has_photos(std::string_view table);

class PhotoFetcher {
 public:
  // For one command, from this server.
  PhotoFetcher(const TransportFactory& transports, const Messages& messages, Session::View server);

  // Does nothing for tables without photos and for rows that bring their own. Where a row has a
  // Url, no Content and no Format but 1, Content and Size are put in, Format becomes 0 and Url
  // empty. Nothing: done; else how the command ends.
  //   -618 another host than the server's   -17 there is none   -726 another HTTP error
  //   -721 the server cannot be verified    -620 no JPEG        -4 compressed
  //   -106 larger than photo_bytes_max, or 4 MiB with the others of the command
  std::optional<Executor::Execution> fetch_into(pb::Update& update);

 private:
  std::optional<Executor::Execution> fetch_into(pb::Rows& rows);
  std::optional<Executor::Execution> fetch(const std::string& url, std::string& photo);
  Transport& transport_to(const ServerAddress& address);

  const TransportFactory& transports_;
  const Messages& messages_;
  Session::View server_;
  std::map<std::string, std::unique_ptr<Transport>> lines_;  // by address
  std::size_t bytes_ = 0;                                    // in base64
};

}  // namespace lintel::push
