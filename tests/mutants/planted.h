// Which bug of list.txt this process has: the one that LINTEL_PLANTED names, or none.
#pragma once

namespace lintel {

bool planted(int number);

}  // namespace lintel
