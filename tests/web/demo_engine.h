// An engine on an ordinary afternoon: four doors in different states, people coming and going.
#pragma once

#include "tests/web/fake_engine.h"

namespace lintel::test {

void play_an_afternoon(FakeEngine& engine);

}  // namespace lintel::test
