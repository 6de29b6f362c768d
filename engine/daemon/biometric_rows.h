// Rows of people's templates, photos and identity cards (9.1.1): what is asked of them before they
// are kept. This controller has no sensor and compares nothing; it is a faithful store, and what
// came in goes out byte for byte. So the checks see to it that a reader with a sensor could use it:
// the alphabet and the length of base64, the numbers of appendix 18, names without a path.
#pragma once

#include <string_view>

#include "engine/daemon/errand.h"
#include "engine/daemon/row_reader.h"
#include "storage/schema.h"

namespace lintel::daemon {

inline constexpr unsigned biometric_types = 11;  // appendix 18: 0 (common) to 10

// templatev10, biodata, biophoto, userpic, identitycard.
bool is_biometric_table(const storage::TableSchema& table);

// One row of an UPDATE; nothing is changed. Refusals:
//   -11   a number out of its range, an unreadable date
//   -26   a fingerprint template without data     -27   templatev10: there is no such user
//   -618  a photo by URL without a URL            -620  not base64
//   -631  base64 of another length than its own rule or Size says, or of none at all
//   -632  a file name with a path
// REQUIRES: is_biometric_table.
Checked<void> check_biometric_row(Errand& errand, const storage::TableSchema& table,
                                  const NamedRow& row);

// What is asked of all rows of the command together: unified templates of one type (the text's note
// at 9.1.1), and room for each type that came (limits.h), which after small commands is looked at
// now and then only. Called when its `rows` are in the store.
Checked<void> check_biometric_command(Errand& errand, const storage::TableSchema& table,
                                      const pb::Update& request, std::size_t rows);

// For each photo that came with PostBackTmpFlag=1: an entry of the error log which says that no
// template could be made of it, for there is nothing here that could. The photo is kept.
Checked<void> report_missing_templates(Errand& errand, const pb::Update& request);

// What a part of the key counts as when the server leaves it out: No and Index are 0.
std::string_view default_number(const storage::TableSchema& table, std::string_view field);

// A value as an upload has it (7.7). A duress finger is told by its number alone, 16 higher, with
// Valid=1; a Size that never came is the length of what is there. Empty: it goes as it is kept.
std::string uploaded_form(const storage::TableSchema& table, std::size_t field,
                          std::span<const std::string_view> row);

}  // namespace lintel::daemon
