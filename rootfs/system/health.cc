#include "rootfs/system/health.h"

namespace lintel::helper {

std::string Look::words() const {
  std::string all;
  for (const auto* one : {&engine, &storage, &console, &complaint}) {
    if (!one->empty()) all += (all.empty() ? "" : "; ") + *one;
  }
  return all;
}

HealthJudge::Verdict HealthJudge::look(Time now, const Look& look) {
  const bool gap = last_ && now - *last_ > gap_max;
  last_ = now;
  if (!look.well(was_good_)) {
    well_since_.reset();
    trouble_ = look.words();
  } else if (!well_since_ || gap) {
    well_since_ = now;
    trouble_.clear();
  }
  if (well_since_ && now - *well_since_ >= well_for) return Verdict::good;
  if (!was_good_ && now - start_ >= gives_up_after) return Verdict::restart;
  return Verdict::wait;
}

}  // namespace lintel::helper
