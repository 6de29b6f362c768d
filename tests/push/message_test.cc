// Requests, byte by byte.
#include "push/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "push/registration.h"
#include "push/upload_text.h"

namespace lintel::push {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

const Messages messages("3383154200002");

Parameters registered() {
  Parameters who;
  who.registry_code = "Uy47fxftP3";
  who.session_id = "30BFB04B2C8AECC72C01C03BFD549D15";
  return who;
}

TEST(TheFirstRequest, has_no_cookie) {
  const auto request = messages.connect();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target,
            "/iclock/cdata?SN=3383154200002&pushver=3.1.2&options=all&DeviceType=acc");
  EXPECT_THAT(request.headers,
              ElementsAre(Pair("User-Agent", "iClock Proxy/1.09"), Pair("Connection", "Keep-Alive"),
                          Pair("Accept", "application/push"), Pair("Accept-Charset", "UTF-8"),
                          Pair("Accept-Language", "zh-CN")));
  EXPECT_EQ(request.body, "");
}

TEST(TheRegistration, has_no_cookie_either) {
  const auto request = messages.registry("DeviceType=acc");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/iclock/registry?SN=3383154200002");
  EXPECT_THAT(request.headers,
              ElementsAre(Pair("User-Agent", "iClock Proxy/1.09"), Pair("Connection", "Keep-Alive"),
                          Pair("Accept", "application/push"), Pair("Accept-Charset", "UTF-8"),
                          Pair("Accept-Language", "zh-CN"),
                          Pair("Content-Type", "application/push;charset=UTF-8"),
                          Pair("Content-Language", "zh-CN")));
}

// Digests computed with another program.
TEST(TheToken, is_the_md5_of_code_serial_and_session) {
  EXPECT_EQ(token("Uy47fxftP3", "3383154200002", "30BFB04B2C8AECC72C01C03BFD549D15"),
            "a59b6315f78c9a2b8e04ef32a50760e9");
  EXPECT_EQ(token("Uy47fxftP3", "3383154200002", ""), "909c543eb66bf1f43fd9c9c09e42ffb4");
}

TEST(TheToken, stands_first_among_the_headers) {
  const auto request = messages.ping(registered());
  EXPECT_EQ(request.target, "/iclock/ping?SN=3383154200002");
  EXPECT_THAT(request.headers.front(), Pair("Cookie", "token=a59b6315f78c9a2b8e04ef32a50760e9"));
}

TEST(TheTokenOfTheConfiguration, is_made_with_the_time) {
  const auto request = messages.configuration(registered(), "2026-11-22-14-05-09");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/iclock/push?SN=3383154200002");
  EXPECT_EQ(request.body, "");
  EXPECT_THAT(
      request.headers.front(),
      Pair("Cookie", "token=" + token("Uy47fxftP3", "3383154200002", "2026-11-22-14-05-09") +
                         ",timestamp=2026-11-22-14-05-09"));
}

TEST(Targets, are_those_of_the_text) {
  const auto who = registered();
  EXPECT_EQ(messages.options(who, "").target, "/iclock/cdata?SN=3383154200002&table=options");
  EXPECT_EQ(messages.commands(who).target, "/iclock/getrequest?SN=3383154200002");
  EXPECT_EQ(messages.commands(who).method, "GET");
  EXPECT_EQ(messages.results(who, "").target, "/iclock/devicecmd?SN=3383154200002");
  EXPECT_EQ(messages.events(who, "").target, "/iclock/cdata?SN=3383154200002&table=rtlog");
  EXPECT_EQ(messages.states(who, "").target, "/iclock/cdata?SN=3383154200002&table=rtstate");
  EXPECT_EQ(messages.time(who).target, "/iclock/rtdata?SN=3383154200002&type=time");
  QueryPacket packet{.type = "tabledata", .id = "415", .table = "user", .count = 3, .body = "x"};
  packet.packets = 2;
  packet.index = 1;
  const auto request = messages.query_data(who, packet);
  EXPECT_EQ(request.target,
            "/iclock/querydata?SN=3383154200002&type=tabledata&cmdid=415&tablename=user&count=3"
            "&packcnt=2&packidx=1");
  EXPECT_EQ(request.body, "x");
}

TEST(TheRegistryBody, keeps_the_order_of_the_text_and_leaves_unknown_values_empty) {
  pb::Options answers;
  const auto answer = [&](const char* name, const char* value) {
    auto& option = *answers.add_option();
    option.set_name(name);
    option.set_value(value);
  };
  answer("FirmVer", "Ver 1.0");
  answer("~DeviceName", "East gate, lower\nfloor");
  const auto body = registry_body(answers);
  EXPECT_EQ(body.find("DeviceType=acc,~DeviceName=East gate  lower floor,FirmVer=Ver 1.0,"
                      "PushVersion=,MAC=,CommType=,MaxPackageSize=,LockCount=,"),
            0u);
  EXPECT_NE(body.find(",BioPhotoFun=,BioDataFun=,"), std::string::npos);
  EXPECT_NE(body.find(",QRCodeDecryptFunList=,DevNSLevel="), std::string::npos);
  EXPECT_EQ(body.find_first_of("\r\n"), std::string::npos);
  EXPECT_EQ(registry_fields().size(), 91u);
}

TEST(AnEvent, has_its_fields_in_the_order_of_the_text) {
  pb::StoredEvent event;
  event.set_index(21);
  event.set_code(27);
  event.set_time("2026-11-22 14:05:09");
  event.set_card(1234567);
  event.set_site_code(12);
  event.set_address(1);
  event.set_way(1);
  event.set_verify(4);
  event.set_bits(26);
  event.set_link(7);
  EXPECT_EQ(event_record(event, {}),
            "time=2026-11-22 14:05:09\tpin=0\tcardno=1234567\tsitecode=12\tlinkid=7\teventaddr=1"
            "\tevent=27\tinoutstatus=1\tverifytype=4\tindex=21");
  EXPECT_EQ(event_record(event, {.with_bits = true}),
            "time=2026-11-22 14:05:09\tpin=0\tcardno=1234567\tsitecode=12\tlinkid=7\teventaddr=1"
            "\tevent=27\tinoutstatus=1\tverifytype=4\tindex=21\tbitCount=26");
}

std::string field_of(const std::string& record, const std::string& name) {
  const auto start = record.find("\t" + name + "=");
  if (start == std::string::npos) return "none";
  const auto value = start + name.size() + 2;
  return record.substr(value, record.find('\t', value) - value);
}

std::string verify_type(unsigned code, unsigned verify, unsigned proofs, bool new_form) {
  pb::StoredEvent event;
  event.set_code(code);
  event.set_verify(verify);
  event.set_proofs(proofs);
  EventStyle style;
  style.verify_styles = new_form;
  return field_of(event_record(event, style), "verifytype");
}

// The digits are those of the examples in 7.2.
TEST(TheVerifyType, has_sixteen_digits_where_the_server_has_agreed_to_them) {
  EXPECT_EQ(verify_type(0, 4, 1u << 11, true), "0000100000000000");
  EXPECT_EQ(verify_type(0, 3, 1u << 9, true), "0000001000000000");
  EXPECT_EQ(verify_type(0, 2, 1u << 10, true), "0000010000000000");
  EXPECT_EQ(verify_type(0, 11, 1u << 11 | 1u << 9 | 1u << 1 | 1u, true), "0000101000000011");
  EXPECT_EQ(verify_type(200, 200, 0, true), "0000000000000000");
  EXPECT_EQ(verify_type(0, 4, 1u << 11, false), "4");
  EXPECT_EQ(verify_type(200, 200, 0, false), "200");
}

TEST(TheVerifyType, of_a_linkage_is_the_code_that_triggered_it_in_either_form) {
  EXPECT_EQ(verify_type(6, 220, 1u << 11, true), "220");
  EXPECT_EQ(verify_type(6, 220, 1u << 11, false), "220");
  EXPECT_EQ(verify_type(6, 5025, 0, true), "29") << "to a server that knows no 5025";
}

TEST(TheCode, is_one_that_the_version_of_the_server_knows) {
  pb::StoredEvent event;
  const auto told = [&](std::uint32_t code, const ProtocolVersion& version) {
    Parameters parameters;
    parameters.protocol = version;
    event.set_code(code);
    return field_of(event_record(event, event_style(parameters, false)), "event");
  };
  for (const std::uint32_t code : {5024u, 5025u}) {
    EXPECT_EQ(told(code, {3, 1, 2}), std::to_string(code));
    EXPECT_EQ(told(code, {3, 1, 1}), "29");
    EXPECT_EQ(told(code, oldest_version), "29");
  }
  EXPECT_EQ(told(4900, oldest_version), "4900") << "no older code means what it means";
  EXPECT_EQ(told(29, {3, 1, 2}), "29");
}

TEST(AccessRecordsOfAQuery, have_the_codes_of_the_version_too) {
  pb::Page page;
  for (const char* field : {"pin", "eventtype"})
    page.add_field(field);
  for (const char* value : {"5024", "5024", "5", "5025", "5", "23"})
    page.add_value(value);
  restyle(page, {.extended_codes = true});
  EXPECT_EQ(page.value(1), "5024");
  restyle(page, {});
  EXPECT_THAT(page.value(), ElementsAre("5024", "29", "5", "29", "5", "23"));
}

TEST(AGlimpse, never_shows_what_came) {
  EXPECT_EQ(glimpse({200, {}, "<html>secret</html>"}),
            "the server answers with status 200 and a web page");
  EXPECT_EQ(glimpse({200, {}, "404"}), "the server answers with status 200 and the text 404");
  EXPECT_EQ(glimpse({500, {}, ""}), "the server answers with status 500 and no text");
  EXPECT_EQ(glimpse({200, {}, "card 1234"}),
            "the server answers with status 200 and 9 bytes that are no answer");
}

}  // namespace
}  // namespace lintel::push
