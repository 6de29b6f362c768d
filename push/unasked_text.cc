#include "push/unasked_text.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "push/text.h"

namespace lintel::push {
namespace {

using Way = UploadPost::Way;

// Whose wish decides.
enum class Kind { person, record, error, answer };

struct Form {
  std::string_view table;
  Kind kind;
  Way way;
  std::string_view label;  // before the first field
  std::vector<std::string_view> fields;
};

const Form forms[] = {
    {"user",
     Kind::person,
     Way::tabledata,
     "user ",
     {"uid", "cardno", "pin", "password", "group", "starttime", "endtime", "name", "privilege",
      "disable", "verify"}},
    {"identitycard",
     Kind::person,
     Way::tabledata,
     "identitycard ",
     {"pin", "SN_Num", "ID_Num", "DN_Num", "Name", "Gender", "Nation", "Birthday", "Valid_Info",
      "Address", "Additional_Info", "Issuer", "Photo", "PhotoJPG", "FP_Template1", "FP_Template2",
      "Reserve", "Notice"}},
    {"templatev10",
     Kind::person,
     Way::tabledata,
     "templatev10 ",
     {"size", "uid", "pin", "fingerid", "valid", "template", "resverd", "endtag"}},
    {"biophoto",
     Kind::person,
     Way::tabledata,
     "biophoto ",
     {"pin", "filename", "type", "size", "content"}},
    {"ATTPHOTO", Kind::record, Way::tabledata, "", {"pin", "sn", "size", "photo"}},
    {"userpic", Kind::person, Way::tabledata, "userpic ", {"pin", "filename", "size", "content"}},
    {"biodata",
     Kind::person,
     Way::tabledata,
     "biodata ",
     {"pin", "no", "index", "valid", "duress", "type", "majorver", "minorver", "format", "tmp"}},
    {"errorlog",
     Kind::error,
     Way::tabledata,
     "errorlog ",
     {"errcode", "errmsg", "dataorigin", "cmdid", "additional"}},
    {"testdata", Kind::answer, Way::testdata, "", {"type", "bitscount", "bits", "sn"}},
    {"EnrollInfoData", Kind::answer, Way::enrolled, "", {"TYPE", "PIN", "TMP"}},
};

// "IDNum" in the text's examples is "ID_Num" in its lists.
std::string plain_name(std::string_view name) {
  std::string plain = lower(name);
  plain.erase(std::remove(plain.begin(), plain.end(), '_'), plain.end());
  return plain;
}

class Row {
 public:
  explicit Row(const pb::Upload& row) {
    const int cells = std::min(row.field_size(), row.value_size());
    for (int i = 0; i < cells; ++i) {
      cells_.emplace_back(plain_name(row.field(i)), row.value(i));
    }
  }
  [[nodiscard]] std::string_view get(std::string_view name) const {
    const auto found = find(name);
    return found == cells_.end() ? std::string_view() : std::string_view(found->second);
  }
  void set(std::string_view name, std::string value) {
    const auto found = find(name);
    if (found == cells_.end()) {
      cells_.emplace_back(plain_name(name), std::move(value));
    } else {
      cells_[static_cast<std::size_t>(found - cells_.begin())].second = std::move(value);
    }
  }
  void set_where_empty(std::string_view name, std::string value) {
    if (get(name).empty()) set(name, std::move(value));
  }
  // Every field it has, in its own order.
  [[nodiscard]] std::vector<std::string_view> names() const {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : cells_) {
      names.push_back(name);
    }
    return names;
  }

 private:
  using Cells = std::vector<std::pair<std::string, std::string>>;
  [[nodiscard]] Cells::const_iterator find(std::string_view name) const {
    const std::string plain = plain_name(name);
    return std::find_if(cells_.begin(), cells_.end(),
                        [&](const auto& cell) { return cell.first == plain; });
  }
  Cells cells_;
};

std::string text_of(const Row& row, std::string_view label,
                    std::span<const std::string_view> fields) {
  std::string text(label);
  bool first = true;
  for (const auto field : fields) {
    if (!first) text += '\t';
    first = false;
    text += std::string(field) + "=" + one_line(row.get(field));
  }
  return text;
}

const Form* form_of(std::string_view table) {
  const auto* found = std::find_if(std::begin(forms), std::end(forms),
                                   [&](const Form& form) { return same_name(form.table, table); });
  return found == std::end(forms) ? nullptr : found;
}

UploadLine line_of(const Form& form, const Row& row) {
  return {form.way, std::string(form.table), text_of(row, form.label, form.fields)};
}

// ---- templates and photos

constexpr std::size_t fingers = 10;
constexpr std::size_t duress_finger = 16;  // added to the number of a finger

bool both_do(const BioTypes& types, std::string_view type) {
  const auto number = whole_number(type);
  return number && *number < types.size() && types.test(static_cast<std::size_t>(*number));
}

void unify_fingerprint(Row& row) {
  const auto finger = whole_number(row.get("fingerid")).value_or(0);
  const bool duress = finger >= duress_finger || row.get("valid") == "3";
  row.set("no", std::to_string(finger % duress_finger));
  row.set("index", "0");
  row.set("valid", row.get("valid") == "0" ? "0" : "1");
  row.set("duress", duress ? "1" : "0");
  row.set("type", std::to_string(fingerprint_type));
  row.set("majorver", "10");
  row.set("minorver", "0");
  row.set("format", "0");
  row.set("tmp", std::string(row.get("template")));
}

void make_old_fingerprint(Row& row) {
  const auto finger = whole_number(row.get("no")).value_or(0) % fingers;
  const bool duress = row.get("duress") == "1";
  row.set("fingerid", std::to_string(finger + (duress ? duress_finger : 0)));
  row.set("template", std::string(row.get("tmp")));
}

// The text wants the duress finger told by its number, and `valid` 1.
void settle_duress(Row& row) {
  const auto finger = whole_number(row.get("fingerid")).value_or(0);
  if (row.get("valid") != "3") return;
  row.set("valid", "1");
  if (finger < duress_finger) row.set("fingerid", std::to_string(finger + duress_finger));
}

std::optional<UploadLine> fingerprint(Row row, bool is_old, bool unified) {
  if (unified) {
    if (is_old) unify_fingerprint(row);
    return line_of(*form_of("biodata"), row);
  }
  if (!is_old) make_old_fingerprint(row);
  settle_duress(row);
  row.set_where_empty("size", std::to_string(row.get("template").size()));
  return line_of(*form_of("templatev10"), row);
}

std::optional<UploadLine> comparison_photo(Row row, const BioTypes& agreed) {
  if (!both_do(agreed, row.get("type"))) return std::nullopt;
  row.set_where_empty("size", std::to_string(row.get("content").size()));
  auto line = line_of(*form_of("biophoto"), row);
  // The text describes them without giving them a place in its format: behind it, and only where
  // they say something.
  for (const std::string_view name : {"no", "index"}) {
    const auto value = row.get(name);
    if (!value.empty() && value != "0")
      line.text += "\t" + std::string(name) + "=" + one_line(value);
  }
  return line;
}

bool wanted(Kind kind, const Parameters& server) {
  switch (kind) {
    case Kind::person:
      return server.uploads_people;
    case Kind::record:
      return server.uploads_records;
    case Kind::error:
      return speaks(server.protocol, Feature::error_log);
    case Kind::answer:
      return true;
  }
  return true;
}

}  // namespace

std::optional<UploadLine> upload_line(const pb::Upload& upload, const UploadTerms& terms) {
  if (upload.field().empty()) return std::nullopt;  // the engine could not read it any more
  Row row(upload);
  const auto* form = form_of(upload.table());
  if (!wanted(form != nullptr ? form->kind : Kind::person, terms.server)) return std::nullopt;
  if (form == nullptr) {  // a table that the text does not show going up: written like the others
    const std::string table = lower(one_line(upload.table()));
    return UploadLine{Way::tabledata, table, text_of(row, table + " ", row.names())};
  }
  const bool unified = terms.bio.data.test(fingerprint_type);
  if (form->table == "templatev10") return fingerprint(std::move(row), true, unified);
  if (form->table == "biodata") {
    if (both_do(terms.bio.data, row.get("type"))) return line_of(*form, row);
    const bool finger = row.get("type") == std::to_string(fingerprint_type);
    return finger ? fingerprint(std::move(row), false, false) : std::nullopt;
  }
  if (form->table == "biophoto") return comparison_photo(std::move(row), terms.bio.photos);
  if (form->table == "userpic")
    row.set_where_empty("size", std::to_string(row.get("content").size()));
  row.set_where_empty("sn", terms.serial);
  return line_of(*form, row);
}

}  // namespace lintel::push
