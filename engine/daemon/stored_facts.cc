#include "engine/daemon/stored_facts.h"

#include <initializer_list>

#include "engine/daemon/biometric_rows.h"
#include "engine/daemon/supported_functions.h"

namespace lintel::daemon {
namespace {

// Rows of the table: all, or those of one type of appendix 18.
Checked<std::uint64_t> rows_of(Errand& errand, std::string_view name,
                               std::optional<unsigned> type = {}) {
  const auto& table = *storage::find_table(name);
  const auto number = std::to_string(type.value_or(0));
  const storage::Condition of_type{table.field("Type"), number};
  const auto counted =
      errand.store.count(table, {&of_type, static_cast<std::size_t>(type ? 1 : 0)});
  if (!counted) return store_trouble(counted.error());
  return *counted;
}

Checked<std::optional<std::string>> number_of(Checked<std::uint64_t> rows) {
  if (!rows) return tl::unexpected(std::move(rows).error());
  return std::to_string(*rows);
}

// Templates of these types together: near-infrared and visible light are both faces.
Checked<std::optional<std::string>> templates_of(Errand& errand,
                                                 std::initializer_list<unsigned> types,
                                                 std::uint64_t others = 0) {
  std::uint64_t sum = others;
  for (const unsigned type : types) {
    const auto rows = rows_of(errand, "biodata", type);
    if (!rows) return tl::unexpected(rows.error());
    sum += *rows;
  }
  return std::to_string(sum);
}

Checked<std::optional<std::string>> each_type(Errand& errand, std::string_view table) {
  std::string text = "0";  // the common type, which MultiBioDataSupport has as 0
  for (unsigned type = 1; type < biometric_types; ++type) {
    const auto rows = rows_of(errand, table, type);
    if (!rows) return tl::unexpected(rows.error());
    text += ":" + std::to_string(*rows);
  }
  return text;
}

}  // namespace

Checked<std::optional<std::string>> stored_fact(Errand& errand, std::string_view name) {
  if (name == "AccSupportFunList") {
    auto list = engine_support_list(errand.facts);
    if (errand.system.time_servers) list[ntp_function] = '1';
    return list;
  }
  if (name == "UserCount") return number_of(rows_of(errand, "user"));
  if (name == "TransactionCount") return std::to_string(errand.journal.stored());
  if (name == "FPCount") {
    const auto old_form = rows_of(errand, "templatev10");
    if (!old_form) return tl::unexpected(old_form.error());
    return templates_of(errand, {1}, *old_form);
  }
  if (name == "FaceCount") return templates_of(errand, {2, 9});
  if (name == "FvCount") return templates_of(errand, {7});
  if (name == "PvCount") return templates_of(errand, {8, 10});
  if (name == "MultiBioDataCount") return each_type(errand, "biodata");
  if (name == "MultiBioPhotoCount") return each_type(errand, "biophoto");
  return std::optional<std::string>();
}

}  // namespace lintel::daemon
