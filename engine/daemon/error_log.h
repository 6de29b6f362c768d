// The error log (7.12, appendix 17): what a command could not do although it was taken. Each entry
// goes up as an upload of "errorlog" and stays in the table of that name, which a server may QUERY,
// COUNT and DELETE from, and never UPDATE.
//
// The newest limits::error_log_max entries stay. The same trouble with the same command is one row,
// at its first place, and goes up each time.
#pragma once

#include <string>
#include <string_view>

#include "engine/daemon/errand.h"

namespace lintel::daemon {

namespace error_codes {
inline constexpr std::string_view no_template_extracted = "D01E0006";
}  // namespace error_codes

struct Trouble {
  std::string_view code;     // of appendix 17
  std::string_view message;  // a sentence without a stop and without secrets
  std::string command;       // whose: the id the server gave it; empty: nobody's, it arose here
  std::string about;         // JSON; goes up in base64
};

// Within the open transaction. -18: too much waits to go up already; the command is to be undone.
Checked<void> log_trouble(Errand& errand, const Trouble& trouble);

}  // namespace lintel::daemon
