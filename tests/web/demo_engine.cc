#include "tests/web/demo_engine.h"

namespace lintel::test {
namespace {

struct Line {
  const char* time;
  unsigned code;
  unsigned door;
  unsigned way;
  const char* pin;
  const char* what;
  const char* why;
};

const Line lines[] = {
    {"13:58:20", 214, 0, 2, "0", "the server is connected", "The controller reports on itself."},
    {"14:00:00", 5, 4, 2, "0", "the normal-open time of the door began",
     "The normal-open time of door 4 (time zone 2) began."},
    {"14:01:12", 0, 1, 0, "5", "the door was opened after verification",
     "The person may pass door 1: time zone 1 holds on Sunday at 14:01."},
    {"14:01:14", 200, 1, 2, "0", "the door opened", "The sensor of door 1 moved."},
    {"14:01:19", 201, 1, 2, "0", "the door closed", "The sensor of door 1 moved."},
    {"14:02:40", 21, 2, 0, "12", "refused: outside the person's time zone",
     "Time zone 3 does not hold on Sunday at 14:02, and this person has no other valid privilege "
     "for door 2."},
    {"14:03:05", 27, 2, 0, "0", "refused: not registered",
     "What was shown at reader 3 belongs to nobody here."},
    {"14:04:31", 102, 3, 2, "0", "the door was forced open",
     "Door 3 opened, and nothing had released it."},
    {"14:05:02", 202, 1, 2, "0", "the door was opened by its exit button",
     "The exit button of door 1 was pressed."},
    {"14:05:09", 0, 2, 0, "1007", "the door was opened after verification",
     "The person may pass door 2: time zone 1 holds on Sunday at 14:05."},
};

void add_door(pb::Status& status, unsigned sensor, bool released, bool normal_open,
              unsigned alarms) {
  auto& door = *status.add_door();
  door.set_id(static_cast<unsigned>(status.door_size()));
  door.set_sensor(sensor);
  door.set_released(released);
  door.set_normal_open(normal_open);
  door.set_enabled(true);
  door.set_alarms(alarms);
}

}  // namespace

void play_an_afternoon(FakeEngine& engine) {
  engine.change([](pb::Status& status) {
    status.set_time("2026-11-22 14:05:12");
    add_door(status, 1, false, false, 0);
    add_door(status, 1, true, false, 0);
    add_door(status, 2, false, false, 1);
    add_door(status, 0, true, true, 0);
    auto& link = *status.mutable_link();
    link.set_server("https://access.example.org");
    link.set_state("online");
    link.set_online(true);
    link.set_since_utc(1795352300);
    link.set_server_version("3.1.2");
    link.set_queued_events(1);
    status.set_users(2431);
    status.set_cards(2702);
    status.set_privileges(5118);
    status.set_confirmed_event(184'216);
  });
  engine.go_on_after(184'207);
  for (const Line& line : lines) {
    auto one = event(line.code, line.door, line.pin, line.what, line.why);
    one.set_time(std::string("2026-11-22 ") + line.time);
    one.set_way(line.way);
    if (line.code == 27) one.set_card(7654321);
    engine.happen(one);
  }
  engine.change([](pb::Status& status) { status.set_events_stored(184'217); });
}

}  // namespace lintel::test
