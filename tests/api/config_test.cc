// The configuration: everything that may stand in it, and a line and a sentence for everything
// else.
#include "engine/api/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>

#include "tests/api/engine_socket.h"

namespace lintel::api {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string least = "[device]\nserial = 3383154200002\n[storage]\npath = /data/lintel\n";

Config good(const std::string& text) {
  const auto config = parse_config(text, "lintel.conf");
  EXPECT_TRUE(config.has_value()) << config.error().text;
  return config.value_or(Config{});
}

std::string complaint(const std::string& text) {
  const auto config = parse_config(text, "lintel.conf");
  EXPECT_FALSE(config.has_value()) << text;
  if (config) return "";
  EXPECT_EQ(config.error().text.find('\n'), std::string::npos) << "one line: " << text;
  return config.error().text;
}

TEST(Configuration, ReadsEverySetting) {
  const auto config = good(R"(; a comment
[device]
serial    = 3383154200002
name      = North gate
door_ids  = single
[storage]
path      = /data/lintel            ; a directory
[hal]
board     = sim:16
simulator = /run/lintel/sim.sock
# another comment
[push]
server    = https://pacs.example:8443
ca_file   = /etc/lintel/ca.pem
[web]
listen    = 127.0.0.1:8080
[api]
socket    = /run/lintel/engine.sock
push_user = lintel-push
web_user  = lintel-web
technician_user = admin
)");
  EXPECT_EQ(config.serial, "3383154200002");
  EXPECT_EQ(config.name, "North gate");
  EXPECT_EQ(config.door_ids, "single");
  EXPECT_EQ(config.storage_path, "/data/lintel");
  EXPECT_EQ(config.board, "sim:16");
  EXPECT_EQ(config.sim_doors(), 16u);
  EXPECT_EQ(config.simulator, "/run/lintel/sim.sock");
  EXPECT_EQ(config.server, "https://pacs.example:8443");
  EXPECT_EQ(config.ca_file, "/etc/lintel/ca.pem");
  EXPECT_EQ(config.listen, "127.0.0.1:8080");
  EXPECT_EQ(config.socket, "/run/lintel/engine.sock");
  EXPECT_EQ(config.push_user, "lintel-push");
  EXPECT_EQ(config.web_user, "lintel-web");
  EXPECT_EQ(config.technician_user, "admin");
}

TEST(Configuration, HasADefaultForEverythingButSerialAndStorage) {
  const auto config = good(least);
  EXPECT_EQ(config.door_ids, "mask");
  EXPECT_EQ(config.sim_doors(), 4u);
  EXPECT_EQ(config.server, "");
  EXPECT_EQ(config.listen, "");
  EXPECT_EQ(config.socket, "/data/lintel/engine.sock");
  EXPECT_EQ(config.simulator, "/data/lintel/sim.sock");
  EXPECT_EQ(complaint("[storage]\npath = /x\n"), "lintel.conf: [device] serial is missing");
  EXPECT_EQ(complaint("[device]\nserial = 1\n"), "lintel.conf: [storage] path is missing");
}

TEST(Configuration, TakesLinesAsEditorsLeaveThem) {
  EXPECT_EQ(good("[device]\r\nserial=5\r\n[storage]\r\npath=/x\r\n").storage_path, "/x");
  EXPECT_EQ(good("\xEF\xBB\xBF[device]\nserial=5\n[storage]\npath=/x").serial, "5");
  const auto indented = good("[device]\n  serial = 5\n\tname = Gate\n[storage]\n  path = /x\n");
  EXPECT_EQ(indented.serial, "5");
  EXPECT_EQ(indented.name, "Gate");
}

TEST(Configuration, NamesTheLineOfAKeyThatMeansNothing) {
  EXPECT_EQ(complaint(least + "[push]\nservre = http://x\n"),
            "lintel.conf line 6: [push] servre is no setting of Lintel");
  EXPECT_EQ(complaint("[devise]\nserial = 1\n"),
            "lintel.conf line 2: [devise] serial is no setting of Lintel");
  EXPECT_THAT(complaint("serial = 1\n" + least), StartsWith("lintel.conf line 1: "));
  EXPECT_EQ(complaint(least + "[device]\nserial = 2\n"),
            "lintel.conf line 6: [device] serial is set twice");
}

TEST(Configuration, NamesTheLineOfWhatIsNoSetting) {
  const std::string sentence = ": this is neither [section] nor name = value";
  EXPECT_EQ(complaint(least + "listen\n"), "lintel.conf line 5" + sentence);
  EXPECT_EQ(complaint(least + "\n\n[web\n"), "lintel.conf line 7" + sentence);
}

TEST(Configuration, NamesTheFirstOfSeveralMistakes) {
  EXPECT_THAT(complaint("[device]\nserial = 1\nsirial = 2\nname = a,b\n[x]\ny = 1\n"),
              StartsWith("lintel.conf line 3: [device] sirial"));
}

struct Refused {
  const char* section;
  const char* line;
  const char* must;
};

class ARefusedValue : public testing::TestWithParam<Refused> {};

TEST_P(ARefusedValue, IsNamedWithWhatIsAllowed) {
  const auto& [section, line, must] = GetParam();
  const std::string name = std::string(line).substr(0, std::string(line).find(' '));
  const std::string text = std::string("# a mistake\n[") + section + "]\n" + line + "\n";
  EXPECT_THAT(complaint(text),
              testing::AllOf(StartsWith("lintel.conf line 3: [" + std::string(section) + "] " +
                                        name + " must "),
                             HasSubstr(must)));
}

INSTANTIATE_TEST_SUITE_P(
    Configuration, ARefusedValue,
    testing::Values(
        Refused{"device", "serial =", "have 1 to 32 letters"},
        Refused{"device", "serial = 12 34", "have 1 to 32 letters"},
        Refused{"device", "serial = ../x", "not \"../x\""},
        Refused{"device", "serial = 123456789012345678901234567890123", "have 1 to 32"},
        Refused{"device", "name =", "have 1 to 40 characters"},
        Refused{"device", "name = a,b", "no comma"},
        Refused{"device", "door_ids = list", "be mask or single"},
        Refused{"storage", "path =", "name a directory"}, Refused{"hal", "board = sim", "be sim:N"},
        Refused{"hal", "board = sim:0", "from 1 to 16"},
        Refused{"hal", "board = sim:17", "from 1 to 16"},
        Refused{"hal", "board = sim:4x", "be sim:N"}, Refused{"hal", "board = sim:-1", "be sim:N"},
        Refused{"hal", "board = gpio:", "or gpio: and the name of a board file"},
        Refused{"push", "server = ftp://x", "begin with http:// or https://, not \"ftp://x\""},
        Refused{"push", "server = pacs.example", "begin with http://"},
        Refused{"push", "server = http://", "HOST"}, Refused{"push", "server = http://:80", "HOST"},
        Refused{"push", "server = http://x:0", "HOST"},
        Refused{"push", "server = http://x:65536", "HOST"},
        Refused{"push", "server = http://x:", "HOST"},
        Refused{"push", "server = http://x:80:90", "HOST"},
        Refused{"push", "server = http://::1", "HOST"},
        Refused{"push", "server = http://x/iclock", "with no path"},
        Refused{"push", "server = http://me:secret@x", "no user name"},
        Refused{"push", "server = http://x y", "HOST"},
        Refused{"web", "listen = 8080", "be HOST:PORT"},
        Refused{"web", "listen = :8080", "be HOST:PORT"},
        Refused{"web", "listen = 127.0.0.1:", "be HOST:PORT"},
        Refused{"web", "listen = 127.0.0.1:http", "be HOST:PORT"}));

TEST(Configuration, TakesTheServersThatAreAllowed) {
  const auto server = [](const std::string& url) {
    return good(least + "[push]\nserver = " + url).server;
  };
  EXPECT_EQ(server("http://127.0.0.1:8088"), "http://127.0.0.1:8088");
  EXPECT_EQ(server("https://pacs.example/"), "https://pacs.example");
  EXPECT_EQ(server("http://[::1]:8088"), "http://[::1]:8088");
  EXPECT_EQ(server("http://[::1]"), "http://[::1]");
  EXPECT_EQ(server(""), "");
}

TEST(Configuration, LosesNothingSilently) {
  EXPECT_EQ(complaint(least + "[web]\nlisten = 127.0.0.1:" + std::string(600, '1') + "\n"),
            "lintel.conf line 6: this line is longer than 190 bytes");
  const std::string with_nul = least + std::string(1, '\0') + "\n[web]\nlisten = nonsense\n";
  EXPECT_EQ(complaint(with_nul), "lintel.conf line 5: this is no text: it has a NUL byte");
}

RC_GTEST_PROP(Configuration, AnythingAtAllIsReadOrRefusedInOneLine, (const std::string& text)) {
  const auto config = parse_config(text, "lintel.conf");
  RC_ASSERT(!config.has_value());
  RC_ASSERT(!config.error().text.empty());
}

TEST(ConfigurationFile, IsReadWhereItStands) {
  const Directory directory;
  const std::string path = directory.path + "/lintel.conf";
  std::ofstream(path) << least;
  EXPECT_EQ(read_config(path)->serial, "3383154200002");
  std::ofstream(path) << "[device]\nserial = x y\n";
  EXPECT_THAT(read_config(path).error().text, StartsWith(path + " line 2: "));
}

TEST(ConfigurationFile, ThatCannotBeReadIsNamed) {
  const Directory directory;
  const auto missing = read_config(directory.path + "/none.conf");
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_THAT(missing.error().text, HasSubstr(directory.path + "/none.conf cannot be read"));
  EXPECT_THAT(read_config(directory.path).error().text, HasSubstr("cannot be read"));
  const std::string large = directory.path + "/large.conf";
  std::ofstream(large) << std::string(70 << 10, '#');
  EXPECT_EQ(read_config(large).error().code, Errc::full);
}

}  // namespace
}  // namespace lintel::api
