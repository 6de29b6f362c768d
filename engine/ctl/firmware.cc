// A firmware file, piece by piece to the engine, and how the installer ended.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "engine/base/unique_fd.h"
#include "engine/core/limits.h"
#include "engine/ctl/print.h"
#include "engine/ctl/questions.h"

namespace lintel::ctl {
namespace {

constexpr std::chrono::seconds asked_every{1};
constexpr unsigned told_every = 10;  // per cent

tl::unexpected<Error> trouble(const std::string& path) {
  return fail(Errc::io, "The file " + path + " cannot be read: " + std::strerror(errno) + ".");
}

struct File {
  UniqueFd fd;
  std::uint64_t size = 0;
};

Result<File> open_file(const std::string& path) {
  File file{UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK))};
  if (!file.fd) return trouble(path);
  struct stat about {};
  if (::fstat(file.fd.get(), &about) != 0) return trouble(path);
  if (!S_ISREG(about.st_mode) || about.st_size == 0)
    return fail(Errc::invalid, path + " is no file with a firmware in it.");
  file.size = static_cast<std::uint64_t>(about.st_size);
  return file;
}

// The next piece; shorter only at the end of the file.
Result<std::string> read_piece(const File& file, std::uint64_t at, const std::string& path) {
  std::string piece(limits::firmware_piece_bytes, '\0');
  std::size_t filled = 0;
  while (filled < piece.size()) {
    const auto got = ::pread(file.fd.get(), piece.data() + filled, piece.size() - filled,
                             static_cast<off_t>(at + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return trouble(path);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  piece.resize(filled);
  if (piece.empty()) return fail(Errc::io, "The file " + path + " became shorter meanwhile.");
  return piece;
}

Result<void> bring(api::Link& link, const File& file, std::uint64_t number,
                   const std::string& path) {
  unsigned told = 0;
  for (std::uint64_t at = 0; at < file.size;) {
    auto piece = read_piece(file, at, path);
    if (!piece) return fail(std::move(piece).error());
    pb::Request request;
    auto& out = *request.mutable_upgrade_piece();
    out.set_number(number);
    out.set_offset(at);
    at += piece->size();
    out.set_data(std::move(*piece));
    if (auto taken = ask(link, request); !taken) return fail(std::move(taken).error());
    const auto done = static_cast<unsigned>(at * 100 / file.size);
    if (done / told_every == told / told_every) continue;
    told = done;
    print(std::to_string(done) + " % of " + counted(file.size, "byte", "bytes") +
          " are at the controller");
  }
  return {};
}

// Until the installer has said how it ended.
Result<void> wait_for_end(api::Link& link, std::uint64_t number) {
  pb::Request request;
  request.mutable_get_upgrade();
  std::string told;
  for (;;) {
    auto reply = ask(link, request);
    if (!reply) return fail(std::move(reply).error());
    const auto& state = reply->upgrade();
    if (state.number() != number)
      return fail(Errc::refused, "Another firmware has taken the place of this one.");
    if (state.ended() && state.code() < 0) return fail(Errc::refused, state.words());
    if (state.words() != told) print(printable(state.words()));
    told = state.words();
    if (state.ended()) return {};
    if (auto waited = link.next_notice(asked_every); !waited)
      return fail(std::move(waited).error());
  }
}

}  // namespace

Result<void> update_firmware(const std::string& socket, const UpdateCall& call) {
  const auto file = open_file(call.file);
  if (!file) return fail(Error(file.error()));
  auto client = api::Client::connect(socket, pb::ROLE_ADMINISTRATOR);
  if (!client) return fail(std::move(client).error());
  pb::Request request;
  request.mutable_upgrade()->set_method(pb::Upgrade::LOCAL);
  request.mutable_upgrade()->set_size(file->size);
  auto begun = ask(**client, request);
  if (!begun) return fail(std::move(begun).error());
  const auto number = begun->upgrade().number();
  if (auto brought = bring(**client, *file, number, call.file); !brought) return brought;
  request.mutable_end_upgrade()->set_number(number);
  if (auto ended = ask(**client, request); !ended) return fail(std::move(ended).error());
  return wait_for_end(**client, number);
}

}  // namespace lintel::ctl
