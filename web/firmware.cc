#include "web/firmware.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace lintel::web {
namespace {

constexpr std::chrono::seconds call_timeout{30};  // a slow card syncs each piece
// So that a slow line brings one within the time that a request has.
constexpr std::uint64_t piece_bytes = 256u << 10;

Result<pb::Reply> ask(api::Link& link, const pb::Request& request) {
  auto reply = link.call(request, call_timeout);
  if (!reply) return fail(Error(reply.error()).during("bring a firmware"));
  if (reply->code() < 0) return fail(Errc::refused, reply->error());
  return reply;
}

Result<void> hand_on(api::Link& link, std::istream& from, std::uint64_t size, std::uint64_t number,
                     const std::function<void()>& piece_begins) {
  std::string room(std::min(piece_bytes, size), '\0');
  for (std::uint64_t at = 0; at < size;) {
    piece_begins();
    const auto wanted = std::min<std::uint64_t>(room.size(), size - at);
    from.read(room.data(), static_cast<std::streamsize>(wanted));
    const auto got = static_cast<std::uint64_t>(from.gcount());
    if (got != wanted) return fail(Errc::invalid, "The firmware did not come whole.");
    pb::Request request;
    request.mutable_upgrade_piece()->set_number(number);
    request.mutable_upgrade_piece()->set_offset(at);
    request.mutable_upgrade_piece()->set_data(room.data(), got);
    if (auto taken = ask(link, request); !taken) return fail(std::move(taken).error());
    at += got;
  }
  return {};
}

}  // namespace

Result<std::uint64_t> Firmware::bring(std::istream& from, std::uint64_t size,
                                      const std::function<void()>& piece_begins) {
  const std::unique_lock turn(one_at_a_time_, std::try_to_lock);
  if (!turn) return fail(Errc::busy, "Somebody brings a firmware already.");
  auto link = factory_();
  if (!link) return fail(std::move(link).error().during("bring a firmware"));
  pb::Request request;
  request.mutable_upgrade()->set_method(pb::Upgrade::LOCAL);
  request.mutable_upgrade()->set_size(size);
  const auto begun = ask(**link, request);
  if (!begun) return fail(Error(begun.error()));
  const auto number = begun->upgrade().number();
  // Where this fails the link ends, and with it what the engine has of the firmware.
  if (auto all = hand_on(**link, from, size, number, piece_begins); !all)
    return fail(std::move(all).error());
  request.mutable_end_upgrade()->set_number(number);
  if (auto ended = ask(**link, request); !ended) return fail(std::move(ended).error());
  return number;
}

Result<pb::UpgradeState> Firmware::state() {
  auto link = factory_();
  if (!link) return fail(std::move(link).error().during("ask for the firmware"));
  pb::Request request;
  request.mutable_get_upgrade();
  auto reply = ask(**link, request);
  if (!reply) return fail(std::move(reply).error());
  return reply->upgrade();
}

}  // namespace lintel::web
