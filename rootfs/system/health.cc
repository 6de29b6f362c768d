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
  decided_ = decided_ || look.engine.empty();
  if (!look.well()) {
    well_since_.reset();
    trouble_ = look.words();
  } else if (!well_since_ || gap) {
    well_since_ = now;
    trouble_.clear();
  }
  if (was_good_) return decided_ ? Verdict::good : Verdict::wait;
  if (well_since_ && now - *well_since_ >= well_for) return Verdict::good;
  const bool late = now - start_ >= (decided_ ? works_within : decides_within);
  return way_back_ && late ? Verdict::restart : Verdict::wait;
}

}  // namespace lintel::helper
