#include "engine/daemon/error_log.h"

#include <openssl/evp.h>

#include <array>
#include <vector>

#include "engine/core/limits.h"

namespace lintel::daemon {
namespace {

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // it ends in a zero
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

using Values = std::array<std::string, 5>;  // errcode, errmsg, dataorigin, cmdid, additional

// The oldest rows beyond the maximum go.
Checked<void> trim(storage::Store& store, const storage::TableSchema& table) {
  const auto stored = store.count(table, {});
  if (!stored) return store_trouble(stored.error());
  if (*stored <= limits::error_log_max) return {};
  std::vector<Values> oldest;
  const auto excess = static_cast<std::size_t>(*stored) - limits::error_log_max;
  const auto read =
      store.query(table, {}, 0, [&](std::uint64_t, std::span<const std::string_view> values) {
        if (oldest.size() == excess) return false;
        auto& row = oldest.emplace_back();
        for (std::size_t i = 0; i < row.size(); ++i)
          row[i] = values[i];
        return true;
      });
  if (!read) return store_trouble(read.error());
  for (const auto& row : oldest) {
    std::vector<storage::Condition> this_one;
    for (std::size_t i = 0; i < row.size(); ++i)
      this_one.push_back({static_cast<int>(i), row[i]});
    const auto erased = store.erase(table, this_one, {});
    if (!erased) return store_trouble(erased.error());
  }
  return {};
}

}  // namespace

Checked<void> log_trouble(Errand& errand, const Trouble& trouble) {
  const auto& table = *storage::find_table("errorlog");
  const std::string additional = base64(trouble.about);
  const std::string_view values[] = {trouble.code, trouble.message,
                                     trouble.command.empty() ? "dev" : "cmd", trouble.command,
                                     additional};
  constexpr int columns[] = {0, 1, 2, 3, 4};
  if (auto done = errand.store.update(table, columns, values); !done)
    return store_trouble(done.error());
  if (auto trimmed = trim(errand.store, table); !trimmed) return trimmed;
  return add_upload(errand, "errorlog",
                    {{"errcode", values[0]},
                     {"errmsg", values[1]},
                     {"dataorigin", values[2]},
                     {"cmdid", values[3]},
                     {"additional", values[4]}});
}

}  // namespace lintel::daemon
