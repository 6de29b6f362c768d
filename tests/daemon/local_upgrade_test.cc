// A firmware that a person brings: beside the server's, and never together with it.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "engine/core/limits.h"
#include "tests/daemon/errands_fixture.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string firmware = "signed by somebody whom the installer knows";

// Somebody with a link of his own, as long as he lives.
class Person {
 public:
  explicit Person(Box& box, pb::Role role = pb::ROLE_ADMINISTRATOR) : link_(box.link(role)) {}

  pb::Reply begin(std::uint64_t size = firmware.size()) {
    pb::Request request;
    request.mutable_upgrade()->set_method(pb::Upgrade::LOCAL);
    request.mutable_upgrade()->set_size(size);
    auto reply = ask(request);
    number = reply.upgrade().number();
    return reply;
  }
  pb::Reply piece(std::uint64_t offset, const std::string& data) {
    pb::Request request;
    request.mutable_upgrade_piece()->set_offset(offset);
    request.mutable_upgrade_piece()->set_data(data);
    request.mutable_upgrade_piece()->set_number(number);
    return ask(request);
  }
  pb::Reply end() {
    pb::Request request;
    request.mutable_end_upgrade()->set_number(number);
    return ask(request);
  }
  pb::UpgradeState state() {
    pb::Request request;
    request.mutable_get_upgrade();
    return ask(request).upgrade();
  }
  std::uint64_t number = 0;

 private:
  pb::Reply ask(const pb::Request& request) {
    auto reply = link_->call(request, 1s);
    EXPECT_TRUE(reply) << reply.error().text;
    return reply ? *reply : pb::Reply();
  }
  std::unique_ptr<api::Link> link_;
};

class LocalUpgrade : public Errands {
 protected:
  void SetUp() override {
    Errands::SetUp();
    box().system.can_install = true;
  }
  pb::Reply server_wishes() {
    pb::Request request;
    auto& upgrade = *request.mutable_upgrade();
    *upgrade.mutable_command() = key("1", "UPGRADE");
    upgrade.set_method(pb::Upgrade::DIRECT);
    upgrade.set_url("http://192.0.2.1/firmware");
    upgrade.set_checksum(std::string(32, 'a'));
    upgrade.set_size(firmware.size());
    return box().ask(request);
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    const auto folder = directory() + "/update";
    if (!std::filesystem::exists(folder)) return names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      names.push_back(entry.path().filename().string());
    return names;
  }
};

TEST_F(LocalUpgrade, goes_to_the_installer_and_its_end_is_told_in_words) {
  Person person(box());
  ASSERT_EQ(0, person.begin().code());
  EXPECT_EQ(0, person.piece(0, firmware.substr(0, 9)).code());
  EXPECT_EQ(9u, person.state().received());
  EXPECT_EQ(0, person.piece(9, firmware.substr(9)).code());
  EXPECT_EQ(0, person.end().code());
  EXPECT_TRUE(person.state().installing());
  ASSERT_THAT(box().system.files, SizeIs(1));
  std::ostringstream content;
  content << std::ifstream(box().system.files[0]).rdbuf();
  EXPECT_EQ(firmware, content.str());
  box().system.installer = 0;
  box().pass(2s);
  EXPECT_TRUE(person.state().ended());
  EXPECT_EQ(0, person.state().code());
  EXPECT_THAT(person.state().words(), HasSubstr("restarts with it"));
  EXPECT_EQ(person.number, person.state().number());
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(LocalUpgrade, each_refusal_of_the_installer_has_its_words) {
  const std::pair<std::int32_t, const char*> ends[] = {{-21, "no installer"},
                                                       {-22, "another kind of controller"},
                                                       {-23, "older than the version that runs"},
                                                       {-24, "signature is wrong"},
                                                       {-720, "could not be installed"}};
  for (const auto& [code, words] : ends) {
    Person person(box());
    ASSERT_EQ(0, person.begin().code());
    person.piece(0, firmware);
    ASSERT_EQ(0, person.end().code());
    box().system.installer = code;
    box().pass(2s);
    EXPECT_EQ(code, person.state().code());
    EXPECT_THAT(person.state().words(), HasSubstr(words));
  }
}

TEST_F(LocalUpgrade, and_the_servers_keep_out_of_each_others_way) {
  auto person = std::make_unique<Person>(box());
  ASSERT_EQ(0, person->begin().code());
  const auto server = server_wishes();
  EXPECT_EQ(-12, server.code());
  EXPECT_THAT(server.error(), HasSubstr("brought by a person"));
  pb::Request look;
  look.mutable_get_upgrade();
  EXPECT_FALSE(box().ask(look).upgrade().wanted()) << "push downloads nothing for a person";
  pb::Request piece;
  piece.mutable_upgrade_piece()->set_data("a server's piece");
  piece.mutable_upgrade_piece()->set_number(person->number);
  EXPECT_EQ(-12, box().ask(piece).code());
  person.reset();
  box().pass(3s);
  deliver("1");

  pb::Request again;
  auto& upgrade = *again.mutable_upgrade();
  *upgrade.mutable_command() = key("2", "UPGRADE");
  upgrade.set_method(pb::Upgrade::DIRECT);
  upgrade.set_url("http://192.0.2.1/firmware");
  upgrade.set_checksum(std::string(32, 'a'));
  upgrade.set_size(firmware.size());
  ASSERT_TRUE(box().ask(again).pending());
  Person other(box());
  const auto refused = other.begin();
  EXPECT_EQ(-12, refused.code());
  EXPECT_THAT(refused.error(), HasSubstr("brought by the server"));
}

TEST_F(LocalUpgrade, two_people_cannot_mix_their_files) {
  auto first = std::make_unique<Person>(box());
  ASSERT_EQ(0, first->begin().code());
  first->piece(0, "the first");
  Person second(box(), pb::ROLE_WEB);
  EXPECT_EQ(-12, second.begin().code());
  const auto number = first->number;
  first.reset();
  box().pass(3s);
  ASSERT_EQ(0, second.begin().code());
  Person late(box());
  late.number = number;
  EXPECT_EQ(-12, late.piece(0, "the first again").code());
  EXPECT_EQ(0u, second.state().received());
}

TEST_F(LocalUpgrade, goes_with_the_connection_that_brings_it) {
  {
    Person person(box());
    ASSERT_EQ(0, person.begin().code());
    person.piece(0, firmware.substr(1));
  }
  box().pass(3s);
  EXPECT_THAT(files(), IsEmpty());
  Person other(box());
  EXPECT_TRUE(other.state().ended());
  EXPECT_EQ(-725, other.state().code());
  EXPECT_EQ(0, other.begin().code());
}

TEST_F(LocalUpgrade, is_given_up_when_no_piece_comes) {
  Person person(box());
  ASSERT_EQ(0, person.begin().code());
  box().pass(limits::piece_waited_for - 5s);
  EXPECT_EQ(0, person.piece(0, firmware.substr(0, 5)).code());
  box().pass(limits::piece_waited_for - 5s);
  EXPECT_TRUE(person.state().wanted()) << "counted from the last piece";
  box().pass(10s);
  EXPECT_FALSE(person.state().wanted());
  EXPECT_EQ(-12, person.piece(5, firmware.substr(5)).code());
}

TEST_F(LocalUpgrade, ends_with_the_engine_but_not_when_it_is_whole) {
  {
    Person person(box());
    ASSERT_EQ(0, person.begin().code());
    person.piece(0, firmware.substr(0, 5));
    box().kill();
  }
  ASSERT_TRUE(box().start());
  EXPECT_THAT(files(), IsEmpty());
  {
    Person person(box());
    ASSERT_EQ(0, person.begin().code());
    person.piece(0, firmware);
    ASSERT_EQ(0, person.end().code());
    box().kill();
  }
  ASSERT_TRUE(box().start());
  box().system.installer = 0;
  box().pass(2s);
  Person asks(box());
  EXPECT_TRUE(asks.state().ended());
  EXPECT_EQ(0, asks.state().code());
}

TEST_F(LocalUpgrade, is_bounded_and_must_be_as_long_as_was_said) {
  Person person(box());
  EXPECT_EQ(-18, person.begin(limits::firmware_bytes_max + 1).code());
  EXPECT_EQ(-11, person.begin(0).code());
  ASSERT_EQ(0, person.begin(5).code());
  EXPECT_EQ(-20, person.piece(0, "longer").code());
  EXPECT_EQ(0, person.piece(0, "long").code());
  EXPECT_EQ(-5, person.piece(2, "x").code());
  EXPECT_EQ(0, person.end().code());
  EXPECT_EQ(-20, person.state().code());
  EXPECT_THAT(person.state().words(), HasSubstr("did not come whole"));
  EXPECT_THAT(box().system.files, IsEmpty());
}

TEST_F(LocalUpgrade, is_not_for_everybody_and_not_in_everybodys_way) {
  pb::Request request;
  request.mutable_upgrade()->set_method(pb::Upgrade::LOCAL);
  request.mutable_upgrade()->set_size(5);
  EXPECT_EQ(-8, box().ask(request, pb::ROLE_TECHNICIAN).code());
  EXPECT_EQ(-8, box().ask(request, pb::ROLE_PUSH).code());
  request.mutable_upgrade()->set_method(pb::Upgrade::DIRECT);
  request.mutable_upgrade()->set_url("http://192.0.2.1/firmware");
  request.mutable_upgrade()->set_checksum(std::string(32, 'a'));
  EXPECT_EQ(-8, box().ask(request, pb::ROLE_ADMINISTRATOR).code());
  EXPECT_EQ(-8, box().ask(request, pb::ROLE_WEB).code());
  box().system.can_install = false;
  box().pass(3s);
  Person person(box());
  EXPECT_EQ(-708, person.begin().code());
}

// ---- what the machine says of itself

TEST_F(LocalUpgrade, the_machine_stands_in_the_status) {
  EXPECT_FALSE(box().status().has_machine());
  daemon::SystemNow machine;
  machine.slot = "b";
  machine.version = "0.2.0";
  machine.good = false;
  machine.synchronised = true;
  machine.temperature = -35;
  machine.storage_used = 50u << 20;
  machine.storage_size = 1000u << 20;
  box().system.machine = machine;
  box().system.now.emplace().address = "192.0.2.7";
  box().pass(11s);
  const auto status = box().status();
  EXPECT_EQ("b", status.machine().slot());
  EXPECT_EQ("0.2.0", status.machine().version());
  EXPECT_TRUE(status.machine().has_good());
  EXPECT_FALSE(status.machine().good());
  EXPECT_TRUE(status.machine().synchronised());
  EXPECT_EQ(-35, status.machine().temperature());
  EXPECT_FALSE(status.machine().has_storage_life()) << "the card does not say";
  EXPECT_EQ("192.0.2.7", status.machine().address());
  EXPECT_EQ("wired", status.machine().uplink());
  EXPECT_EQ("", status.warning());
}

TEST_F(LocalUpgrade, a_card_that_wears_out_or_fills_up_is_a_warning_and_no_trouble) {
  daemon::SystemNow machine;
  machine.storage_used = 950u << 20;
  machine.storage_size = 1000u << 20;
  machine.storage_life = 85;
  box().system.machine = machine;
  box().pass(11s);
  EXPECT_THAT(box().status().warning(), HasSubstr("used up to 85 %"));
  EXPECT_THAT(box().status().warning(), HasSubstr("950 of 1000 MiB"));
  EXPECT_EQ("", box().status().trouble()) << "a new version is not given up for it";
  box().system.machine->trouble = "the storage mmcblk0 is worn out; exchange it now";
  box().pass(11s);
  EXPECT_THAT(box().status().warning(), HasSubstr("exchange it now"));
}

}  // namespace
}  // namespace lintel::test
