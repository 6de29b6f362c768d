#include "tests/fake_server/demo_people.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace lintel::fake {
namespace {

TEST(DemoPeople, AFrameCarriesTheCardAndItsParity) {
  EXPECT_EQ(frame26(0), "00000000000000000000000001");
  EXPECT_EQ(frame26(1), "00000000000000000000000010");
  EXPECT_EQ(frame26(0xffffff), "01111111111111111111111111");
  EXPECT_EQ(frame26(0x800000), "11000000000000000000000001");
  for (const auto& person : demo_people) {
    const std::string bits = frame26(person.card);
    ASSERT_EQ(bits.size(), 26u);
    EXPECT_EQ(std::count(bits.begin(), bits.begin() + 13, '1') % 2, 0);
    EXPECT_EQ(std::count(bits.begin() + 13, bits.end(), '1') % 2, 1);
    EXPECT_EQ(std::stoul(bits.substr(1, 24), nullptr, 2), person.card);
  }
}

TEST(DemoPeople, TheListNamesEveryoneWithAFrameToType) {
  const std::string list = people_in_words();
  for (const auto& person : demo_people) {
    EXPECT_THAT(list, testing::HasSubstr(std::string(person.name)));
    EXPECT_THAT(list, testing::HasSubstr(frame26(person.card)));
  }
  EXPECT_THAT(list, testing::HasSubstr(frame26(demo_lost_card)));
}

TEST(DemoPeople, TheCommandsComeInTheOrderOfALevelSync) {
  const auto commands = demo_commands(4, 1'795'000'000, 60);
  const auto place = [&](const std::string& start) {
    return std::find_if(commands.begin(), commands.end(),
                        [&](const auto& c) { return c.rfind(start, 0) == 0; }) -
           commands.begin();
  };
  const std::vector<std::string> order = {"GET OPTIONS",
                                          "DATA COUNT user",
                                          "SET OPTIONS MachineTZ=+0100",
                                          "DATA DELETE user *",
                                          "DATA UPDATE timezone",
                                          "DATA UPDATE user CardNo=1000001\tPin=1\t",
                                          "DATA UPDATE mulcarduser",
                                          "DATA UPDATE userauthorize Pin=1\t",
                                          "SET OPTIONS Door1",
                                          "SET OPTIONS Door4"};
  for (std::size_t i = 0; i + 1 < order.size(); ++i)
    EXPECT_LT(place(order[i]), place(order[i + 1])) << order[i];
  EXPECT_LT(place(order.back()), static_cast<std::ptrdiff_t>(commands.size()));
}

}  // namespace
}  // namespace lintel::fake
