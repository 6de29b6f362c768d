// Rows that go up unasked, as their POSTs carry them: chapters 7.5 to 7.12, 9.4 (testdata)
// and 9.6.1 (EnrollInfoData).
#pragma once

#include <optional>
#include <string>

#include "engine/api/lintel.pb.h"
#include "push/biometrics.h"
#include "push/message.h"
#include "push/parameters.h"

namespace lintel::push {

// What decides about the form: who we are, who the server is, what both can do.
struct UploadTerms {
  std::string serial;
  Parameters server;
  BioAgreement bio;
};

struct UploadLine {
  UploadPost::Way way = UploadPost::Way::tabledata;
  std::string table;  // as the POST names it
  std::string text;   // one record, no line end
};

// Fields stand in the order and the spelling of the text, empty where the row has none; fields that
// the text does not name are left out. Nothing: this server is not told of such a row, because
//   it does not want people unasked (TransTables without User),
//   it speaks an older version (errorlog before 3.1.2), or
//   it and we have not agreed on this type of template or photo;
// or because there is nothing in it.
// A fingerprint goes as `biodata` where both sides do it so, else as `templatev10`.
std::optional<UploadLine> upload_line(const pb::Upload& row, const UploadTerms& terms);

}  // namespace lintel::push
