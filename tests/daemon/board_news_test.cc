// What the engine tells its board beside outputs, and what the board tells of itself.
#include <gmock/gmock.h>

#include "tests/daemon/errands_fixture.h"

namespace lintel::test {
namespace {

using hal::Indicator;
using ::testing::HasSubstr;

using BoardNews = Errands;

TEST_F(BoardNews, which_resistors_its_lines_have) {
  auto& ohms = box().board.resistors;
  EXPECT_EQ(1'200u, (ohms[{InputKind::door_sensor, 1}])) << "until the server says otherwise";
  EXPECT_EQ(1'200u, (ohms[{InputKind::fire, 0}]));
  box().update("DoorParameters", {"ID=2\tName=doorSensorSupervisedResistor\tValue=3",
                                  "ID=2\tName=doorREXButtonSupervisedResistor\tValue=4"});
  box().update("AuxIn", {"ID=1\tInputMode=1\tSupervisedResistor=2"});
  set_options("1", {{"fireAlarmSupervisedResistor", "4"}});
  EXPECT_EQ(1'200u, (ohms[{InputKind::door_sensor, 1}]));
  EXPECT_EQ(4'700u, (ohms[{InputKind::door_sensor, 2}]));
  EXPECT_EQ(10'000u, (ohms[{InputKind::exit_button, 2}]));
  EXPECT_EQ(2'200u, (ohms[{InputKind::aux, 1}]));
  EXPECT_EQ(10'000u, (ohms[{InputKind::fire, 0}]));
}

TEST_F(BoardNews, what_its_lights_are_to_show) {
  auto& lights = box().board.lights;
  EXPECT_TRUE(lights[Indicator::run]);
  EXPECT_FALSE(lights[Indicator::alarm]);
  box().board.input({InputKind::fire, 0}, Level::active);
  box().settle();
  EXPECT_TRUE(lights[Indicator::alarm]);
  box().board.input({InputKind::fire, 0}, Level::inactive);
  box().settle();
  EXPECT_FALSE(lights[Indicator::alarm]);
}

TEST_F(BoardNews, its_trouble_stands_in_the_status) {
  box().board.own_trouble = "reader 3 at /dev/gpiochip1 has gone";
  pb::Request request;
  request.mutable_get_status();
  EXPECT_THAT(box().ask(request).status().trouble(), HasSubstr("reader 3 at /dev/gpiochip1"));
}

}  // namespace
}  // namespace lintel::test
