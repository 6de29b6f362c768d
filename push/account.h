// ACCOUNT (chapter 9.2): access records as compressed files, to be compared with those that were
// uploaded as events. Two passes over the engine's pages: the first counts, because the overview
// and the tar say beforehand how much will come; the second compresses. In memory are one page
// and one compressed file.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "push/executor.h"

namespace lintel::push {

struct AccountWays {
  // Shows the pages of a query in turn, until `page` says enough (false). Nothing: done; else why
  // the command ends here.
  std::function<std::optional<Executor::Execution>(
      pb::Query query, const std::function<bool(const pb::Page&)>& page)>
      pages;
  std::function<Executor::Delivery(Parcel)> deliver;
};

// Answers with the number of records. Records that vanish between the passes (the journal drops
// its oldest) make it begin again; after the third time that is code -16.
Executor::Execution send_account(const std::string& id, const Account& account,
                                 const AccountWays& ways);

}  // namespace lintel::push
