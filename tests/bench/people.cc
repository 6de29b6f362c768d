#include "tests/bench/people.h"

#include <algorithm>

namespace lintel::bench {

std::string user_row(std::uint32_t n) {
  const auto id = std::to_string(n);
  return "CardNo=" + std::to_string(first_card + n) + "\tPin=" + id +
         "\tPassword=" + std::to_string(100'000 + n) +
         "\tGroup=1\tStartTime=0\tEndTime=0\tName=Person " + id + "\tPrivilege=0";
}

std::string privilege_row(std::uint32_t n) {
  return "Pin=" + std::to_string(n) + "\tAuthorizeTimezoneId=1\tAuthorizeDoorId=15\tDevID=1";
}

std::string frame26(std::uint32_t card) {
  std::string payload;
  for (int bit = 23; bit >= 0; --bit)
    payload += ((card >> bit) & 1u) != 0 ? '1' : '0';
  const auto ones = [&](long from) {
    return std::count(payload.begin() + from, payload.begin() + from + 12, '1');
  };
  return (ones(0) % 2 == 1 ? "1" : "0") + payload + (ones(12) % 2 == 0 ? "1" : "0");
}

void fill(People& people, std::uint32_t users, TimezoneId zone) {
  for (std::uint32_t n = 1; n <= users; ++n) {
    User user;
    user.pin = *Pin::from(std::to_string(n));
    user.card = CardNo{first_card + n};
    user.password = *Password::from(std::to_string(10'000'000 + n));
    people.apply(user);
    people.apply(Privilege{user.pin, zone, 15, {}});
  }
}

}  // namespace lintel::bench
