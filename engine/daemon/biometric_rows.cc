#include "engine/daemon/biometric_rows.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "engine/base/check.h"
#include "engine/core/limits.h"
#include "engine/daemon/conversion.h"
#include "engine/daemon/error_log.h"

namespace lintel::daemon {
namespace {

using storage::Condition;
using storage::TableSchema;

constexpr unsigned duress_finger = 16;  // added to the number of a finger

bool names(const NamedRow& row, std::string_view field) {
  return std::any_of(row.begin(), row.end(),
                     [&](const NamedValue& value) { return same_name(value.field, field); });
}

Checked<void> sound(RowReader& read) {
  auto done = read.done(true);
  if (!done) return refuse(codes::wrong_parameter, std::move(done).error().text);
  return {};
}

// ---- base64: looked at, never decoded

constexpr auto base64_digits = [] {
  std::array<bool, 256> digits{};
  for (const char c :
       std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")) {
    digits[static_cast<unsigned char>(c)] = true;
  }
  return digits;
}();

Checked<void> check_base64(std::string_view field, std::string_view text, bool whole_groups) {
  std::string_view digits = text;
  for (int padding = 0; padding < 2 && !digits.empty() && digits.back() == '='; ++padding)
    digits.remove_suffix(1);
  const bool clean = std::all_of(digits.begin(), digits.end(), [](char c) {
    return base64_digits[static_cast<unsigned char>(c)];
  });
  if (!clean) return refuse(codes::wrong_format, std::string(field) + " must be base64");
  if (whole_groups && text.size() % 4 != 0) {
    return refuse(codes::wrong_base64_length,
                  std::string(field) + " must be base64 in groups of four, filled up with =");
  }
  return {};
}

// `size_field` counts the characters of base64, where the row has both.
Checked<void> check_size(RowReader& read, std::string_view size_field, std::string_view field) {
  const auto said = read.text(size_field);
  if (said.empty()) return {};
  const auto size = read.number<std::uint64_t>(size_field, 0, limits::row_bytes_max);
  if (auto fine = sound(read); !fine) return fine;
  const auto there = read.text(field).size();
  if (size == there) return {};
  return refuse(codes::wrong_base64_length, std::string(field) + " has " + std::to_string(there) +
                                                " characters, and not the " + std::to_string(size) +
                                                " that " + std::string(size_field) + " says");
}

// ---- parts of keys

// Written in one way only, so that one finger cannot have two rows.
std::uint32_t plain_number(RowReader& read, std::string_view field, std::uint32_t most) {
  const auto text = read.text(field);
  if (text.size() > 1 && text.front() == '0')
    read.refuse(field, "be a number without leading zeros");
  return read.number<std::uint32_t>(field, 0, most);
}

std::uint32_t type_of(RowReader& read) {
  if (read.text("Type").empty()) read.refuse("Type", "be in every row");
  return plain_number(read, "Type", biometric_types - 1);
}

// Which finger, eye or hand (9.1.1): the highest number of each type of appendix 18.
std::uint32_t highest_number(std::uint32_t type) {
  switch (type) {
    case 1:  // fingerprint
    case 7:  // finger vein
      return 9;
    case 2:  // near-infrared face
    case 9:  // visible light face
      return 0;
    case 4:   // iris: left, right
    case 8:   // palm
    case 10:  // visible light palm
      return 1;
    default:
      return 255;
  }
}

// A row of this key is in the store.
Checked<bool> is_stored(Errand& errand, const TableSchema& table, const RowReader& read) {
  std::vector<std::string_view> key;
  for (const auto& field : table.fields) {
    if (!field.key) continue;
    const auto value = read.text(field.name);
    key.push_back(value.empty() ? default_number(table, field.name) : value);
  }
  auto found = errand.store.find(
      table, key, [](std::uint64_t, std::span<const std::string_view>) { return false; });
  if (!found) return store_trouble(found.error());
  return *found;
}

// The row has `field`, or one of its key has it already: an update may be about something else.
Checked<bool> has_data(Errand& errand, const TableSchema& table, const NamedRow& row,
                       const RowReader& read, std::string_view field) {
  if (names(row, field)) return !read.text(field).empty();
  return is_stored(errand, table, read);
}

// ---- the tables

Checked<void> check_template(Errand& errand, const TableSchema& table, const NamedRow& row) {
  RowReader read(row);
  const Pin pin = read.pin("Pin");
  if (read.text("FingerID").empty()) read.refuse("FingerID", "be in every row");
  const auto finger = plain_number(read, "FingerID", duress_finger + 9);
  if (finger > 9 && finger < duress_finger)
    read.refuse("FingerID", "be a finger from 0 to 9, or 16 to 25 for one of duress");
  if (read.number<unsigned>("Valid", 0, 3, 1) == 2)
    read.refuse("Valid", "be 0 (invalid), 1 (valid) or 3 (duress)");
  if (auto fine = sound(read); !fine) return fine;
  const auto data = has_data(errand, table, row, read, "Template");
  if (!data) return tl::unexpected(data.error());
  if (!*data) return refuse(codes::empty_template, "Template must not be empty");
  if (auto fine = check_base64("Template", read.text("Template"), true); !fine) return fine;
  if (names(row, "Template")) {
    if (auto fine = check_size(read, "Size", "Template"); !fine) return fine;
  }
  const std::string_view key = pin.view();
  const auto user =
      errand.store.find(*storage::find_table("user"), {&key, 1},
                        [](std::uint64_t, std::span<const std::string_view>) { return false; });
  if (!user) return store_trouble(user.error());
  if (!*user) return refuse(codes::no_such_user, "Pin must be that of a user");
  return {};
}

Checked<void> check_unified_template(Errand& errand, const TableSchema& table,
                                     const NamedRow& row) {
  constexpr std::uint32_t fingerprint = 1;
  RowReader read(row);
  read.pin("Pin");
  const auto type = type_of(read);
  plain_number(read, "No", highest_number(type));
  plain_number(read, "Index", 255);
  read.flag("Valid");
  read.flag("Duress");
  read.number<std::uint32_t>("MajorVer", 0, 0xffff);
  read.number<std::uint32_t>("MinorVer", 0, 0xffff);
  read.number<unsigned>("Format", 0, type == fingerprint ? 2 : 255);
  if (auto fine = sound(read); !fine) return fine;
  const auto data = has_data(errand, table, row, read, "Tmp");
  if (!data) return tl::unexpected(data.error());
  if (!*data) {
    return refuse(type == fingerprint ? codes::empty_template : codes::wrong_parameter,
                  "Tmp must not be empty");
  }
  return check_base64("Tmp", read.text("Tmp"), true);
}

Checked<void> check_file_name(std::string_view field, std::string_view name) {
  constexpr std::size_t bytes_max = 255;
  const bool plain = std::none_of(name.begin(), name.end(), [](char c) {
    return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (plain && name.size() <= bytes_max && name != "." && name != "..") return {};
  return refuse(codes::wrong_file_name,
                std::string(field) + " must be the name of a file without a path");
}

// Both kinds of photo, whose fields have the same names in other cases.
Checked<void> check_photo(Errand& errand, const TableSchema& table, const NamedRow& row,
                          RowReader& read) {
  const bool by_url = read.number<unsigned>("Format", 0, 1) == 1;
  if (auto fine = sound(read); !fine) return fine;
  if (auto fine = check_file_name("FileName", read.text("FileName")); !fine) return fine;
  if (auto fine = check_base64("Content", read.text("Content"), true); !fine) return fine;
  if (by_url) {
    // What Size counts lies on the server; whoever fetched the photo has looked at it.
    if (!read.text("Url").empty()) return {};
    return refuse(codes::wrong_url, "Url must not be empty when Format is 1");
  }
  const auto data = has_data(errand, table, row, read, "Content");
  if (!data) return tl::unexpected(data.error());
  if (!*data) return refuse(codes::wrong_base64_length, "Content must not be empty");
  if (!names(row, "Content")) return {};
  return check_size(read, "Size", "Content");
}

Checked<void> check_comparison_photo(Errand& errand, const TableSchema& table,
                                     const NamedRow& row) {
  RowReader read(row);
  read.pin("PIN");
  plain_number(read, "No", highest_number(type_of(read)));
  plain_number(read, "Index", 255);
  read.flag("PostBackTmpFlag");
  return check_photo(errand, table, row, read);
}

Checked<void> check_user_photo(Errand& errand, const TableSchema& table, const NamedRow& row) {
  RowReader read(row);
  read.pin("pin");
  return check_photo(errand, table, row, read);
}

// YYYYMMDD, and behind it the end of the period: another date, or words (a card without an end).
bool is_period(std::string_view text) {
  if (text.size() < 8 || !parse_date(text.substr(0, 8))) return false;
  const auto end = text.substr(8);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return parse_date(end).has_value() || std::none_of(end.begin(), end.end(), is_digit);
}

Checked<void> check_identity_card(const NamedRow& row) {
  RowReader read(row);
  read.pin("Pin");
  read.number<unsigned>("Gender", 0, 9);
  read.number<unsigned>("Nation", 0, 99);
  const auto birthday = read.text("Birthday"), period = read.text("Valid_Info");
  if (!birthday.empty() && !parse_date(birthday))
    read.refuse("Birthday", "be a date such as 19911218");
  if (!period.empty() && !is_period(period))
    read.refuse("Valid_Info", "be two dates, such as 2013091220230912");
  if (auto fine = sound(read); !fine) return fine;
  // Readers of these cards leave out the padding; the text's own example does.
  for (const auto* field : {"Photo", "PhotoJPG", "FP_Template1", "FP_Template2"}) {
    if (auto fine = check_base64(field, read.text(field), false); !fine) return fine;
  }
  return {};
}

// ---- rows of a command, as they came

// Shows each row as a function from a field's name to its value; false ends it.
template <class Sink>
void each_row(const pb::Update& request, const TableSchema& table, const Sink& sink) {
  for (const auto& rows : request.rows()) {
    const int width = rows.field_size();
    for (int first = 0; width > 0 && first + width <= rows.value_size(); first += width) {
      const auto value = [&](std::string_view wanted) -> std::string_view {
        for (int i = 0; i < width; ++i) {
          if (table.field(rows.field(i)) == table.field(wanted)) return rows.value(first + i);
        }
        return {};
      };
      if (!sink(value)) return;
    }
  }
}

std::set<std::string, std::less<>> types_in(const pb::Update& request, const TableSchema& table) {
  std::set<std::string, std::less<>> types;
  each_row(request, table, [&](const auto& value) {
    types.emplace(value("Type"));
    return true;
  });
  return types;
}

}  // namespace

bool is_biometric_table(const TableSchema& table) {
  return table.name == "templatev10" || table.name == "biodata" || table.name == "biophoto" ||
         table.name == "userpic" || table.name == "identitycard";
}

Checked<void> check_biometric_row(Errand& errand, const TableSchema& table, const NamedRow& row) {
  DOOR_CHECK(is_biometric_table(table));
  if (table.name == "templatev10") return check_template(errand, table, row);
  if (table.name == "biodata") return check_unified_template(errand, table, row);
  if (table.name == "biophoto") return check_comparison_photo(errand, table, row);
  if (table.name == "userpic") return check_user_photo(errand, table, row);
  return check_identity_card(row);
}

Checked<void> check_biometric_command(Errand& errand, const TableSchema& table,
                                      const pb::Update& request, std::size_t rows) {
  const bool templates = table.name == "biodata";
  if (!templates && table.name != "biophoto") return {};
  const auto types = types_in(request, table);
  if (templates && types.size() > 1) {
    return refuse(codes::wrong_parameter,
                  "Unified templates of one command must all be of one type; nothing was stored.");
  }
  if (rows < 100 && ++errand.small_updates % 64 != 0) return {};
  const auto most = templates ? limits::templates_of_type_max : limits::photos_of_type_max;
  for (const auto& type : types) {
    const Condition of_type{table.field("Type"), type};
    const auto there = errand.store.count(table, {&of_type, 1});
    if (!there) return store_trouble(there.error());
    if (*there <= most) continue;
    return refuse(codes::no_space, "Table " + std::string(table.name) + " has room for " +
                                       std::to_string(most) +
                                       " rows of each type; nothing was stored.");
  }
  return {};
}

Checked<void> report_missing_templates(Errand& errand, const pb::Update& request) {
  const auto& table = *storage::find_table("biophoto");
  Checked<void> done;
  each_row(request, table, [&](const auto& value) {
    if (value("PostBackTmpFlag") != "1") return true;
    const auto number = [&](std::string_view field) {
      return value(field).empty() ? std::string("0") : std::string(value(field));
    };
    // A Pin is printable; two of its characters mean something in JSON.
    std::string pin;
    for (const char c : value("PIN")) {
      if (c == '"' || c == '\\') pin += '\\';
      pin += c;
    }
    const std::string about = "{\"pin\":\"" + pin + "\",\"type\":" + number("Type") +
                              ",\"no\":" + number("No") + ",\"index\":" + number("Index") + "}";
    done = log_trouble(errand, {error_codes::no_template_extracted,
                                "There is nothing here that makes templates of photos",
                                request.command().id(), about});
    return done.has_value();
  });
  return done;
}

std::string_view default_number(const TableSchema& table, std::string_view field) {
  const bool numbered = table.name == "biodata" || table.name == "biophoto";
  return numbered && (field == "No" || field == "Index") ? "0" : "";
}

std::string uploaded_form(const TableSchema& table, std::size_t field,
                          std::span<const std::string_view> row) {
  if (!is_biometric_table(table)) return {};
  const auto value = [&](std::string_view name) {
    const int at = table.field(name);
    return at < 0 ? std::string_view() : row[static_cast<std::size_t>(at)];
  };
  const auto name = table.fields[field].name;
  if (same_name(name, "Size") && row[field].empty()) {
    const auto data = table.name == "templatev10" ? value("Template") : value("Content");
    return data.empty() ? std::string() : std::to_string(data.size());
  }
  if (table.name != "templatev10" || value("Valid") != "3") return {};
  const auto finger = parse_number(value("FingerID")).value_or(duress_finger);
  if (name == "FingerID" && finger < duress_finger) return std::to_string(finger + duress_finger);
  return name == "Valid" ? "1" : "";
}

}  // namespace lintel::daemon
