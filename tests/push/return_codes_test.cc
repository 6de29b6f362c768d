// Every return value of appendix 1: what makes this box send it, played from the server's command
// to the result in devicecmd - or why nothing does. The table is vectors/return_codes.txt.
#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/push/code_book.h"
#include "tests/push/hooked_link.h"
#include "tests/push/world.h"
#include "tests/storage/crash_vfs.h"

namespace lintel::push {
namespace {

using fake::Fault;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using tests::CrashVfs;
using namespace std::chrono_literals;

// Outlives the box whose files lie on it.
struct OnADisk {
  CrashVfs disk_;
};

class ReturnCode : private OnADisk, public World, public ::testing::WithParamInterface<CodeEntry> {
 protected:
  ReturnCode() : World(fake::Settings{}, disk_.name()) {
    for (std::size_t i = 0; i < firmware_.size(); i += 61) {
      firmware_[i] = static_cast<char>(i);
    }
    wrap_link_ = [this](std::unique_ptr<api::Link> link) -> std::unique_ptr<api::Link> {
      if (mixed_up_) link = box_->link(pb::ROLE_WEB);
      return std::make_unique<HookedLink>(std::move(link), hooks_);
    };
  }

  void prepare(const std::string& with);
  // What may be prepared by this name; false: nothing.
  bool prepare_system(const std::string& name, int parameter);
  bool prepare_disk(const std::string& name);
  bool prepare_engine(const std::string& name);
  bool prepare_server(const std::string& name);

  void server_says(const std::string& target, push::HttpReply reply) {
    server_.inject(
        {.what = Fault::What::say, .target_has = target, .times = 0, .reply = std::move(reply)});
  }
  // The firmware lies on the server in the form that the command's method wants.
  void serve_firmware(const std::string& command) {
    const bool plain = command.find("type=1") != std::string::npos ||
                       command.find("supportsubcontracting=1") != std::string::npos;
    server_.serve("/fw/emfw.cfg", firmware_,
                  plain ? fake::FileDesk::Style::plain : fake::FileDesk::Style::base64);
  }
  [[nodiscard]] std::string filled(std::string command) const {
    const auto fill = [&command](const std::string& name, const auto& value) {
      const auto at = command.find(name);
      if (at != std::string::npos) command.replace(at, name.size(), value());
    };
    fill("{md5}", [&] { return fake::md5_hex(firmware_); });
    fill("{size}", [&] { return std::to_string(firmware_.size()); });
    fill("{many}", [] {
      std::string records;
      for (int i = 0; i < 10'001; ++i) {
        records += "Pin=1\n";
      }
      return records;
    });
    return command;
  }

  Hooks hooks_;
  bool mixed_up_ = false;
  unsigned passes_ = 0;
  std::string firmware_ = std::string((1u << 20) + 9, 'x');  // two pieces
};

// ---- preparations

void ReturnCode::prepare(const std::string& with) {
  const auto blank = std::min(with.find(' '), with.size());
  const auto name = with.substr(0, blank);
  const int parameter = blank < with.size() ? std::stoi(with.substr(blank)) : 0;
  const bool known = prepare_system(name, parameter) || prepare_disk(name) ||
                     prepare_engine(name) || prepare_server(name);
  ASSERT_TRUE(known) << "there is no preparation " << name;
}

bool ReturnCode::prepare_system(const std::string& name, int parameter) {
  auto& system = box_->system;
  if (name == "installer" || name == "slow_installer") {
    system.can_install = true;
    if (name == "installer") system.installer = parameter;
  } else if (name == "installer_fails") {
    system.failing = "the folder of updates is not there";
  } else if (name == "wifi") {
    system.can_wifi = true;
  } else if (name == "networks_found") {
    system.found = {{"1", "Workshop", "-48", "02:00:5e:10:00:01"}};
  } else {
    return false;
  }
  run(3s);  // the engine looks at its system every other second
  return true;
}

bool ReturnCode::prepare_disk(const std::string& name) {
  if (name == "disk_fails") {
    disk_.fail(CrashVfs::Fault::change_fails, 0, true);
  } else if (name == "disk_full") {
    disk_.fail(CrashVfs::Fault::disk_full, 0, true);
  } else {
    return false;
  }
  return true;
}

bool ReturnCode::prepare_engine(const std::string& name) {
  if (name == "queue_full") {
    hooks_.before = [this](const pb::Request& request) {
      if (!request.has_update()) return;
      const auto work = [](storage::Store&, storage::EventJournal&) { return Result<void>(); };
      while (box_->engine().writer().post({work, [](const Result<void>&) {}, false})) {
      }
    };
  } else if (name == "piece_twice") {
    hooks_.before = [this](const pb::Request& request) {
      if (request.has_upgrade_piece() && request.upgrade_piece().offset() > 0) box_->ask(request);
    };
  } else if (name == "journal_changes") {
    make_events(3);
    // Each second look at the records finds one fewer.
    hooks_.after = [this](const pb::Request& request, pb::Reply& reply) {
      if (request.query().table() != "transaction") return;
      if (++passes_ % 2 == 1) return;
      auto& page = *reply.mutable_page();
      for (int i = 0; i < page.field_size(); ++i) {
        page.mutable_value()->RemoveLast();
      }
    };
  } else if (name == "users_mixed_up") {
    // push runs as the user of the console.
    mixed_up_ = true;
    restart_push();
    go_online();
  } else {
    return false;
  }
  return true;
}

bool ReturnCode::prepare_server(const std::string& name) {
  constexpr auto data = "querydata", photo = "/1.jpg";
  if (name == "server_refuses_data") {
    server_says(data, fake::html_page());
  } else if (name == "server_in_trouble") {
    server_says(data, fake::html_page(500));
  } else if (name == "server_silent") {
    server_.inject({.what = Fault::What::close, .target_has = data, .times = 0});
  } else if (name == "server_has_none") {
    server_says("/none.jpg", fake::html_page(404));
  } else if (name == "server_compresses") {
    server_says(photo, {200, {{"Content-Encoding", "gzip"}}, "\x1f\x8b"});
  } else if (name == "server_sends_nothing") {
    server_says(photo, fake::status_reply(204));
  } else if (name == "server_sends_pages") {
    server_says(photo, fake::html_page());
  } else {
    return false;
  }
  return true;
}

// ---- each code

TEST_P(ReturnCode, of_the_book_comes_back_as_the_result) {
  const auto& entry = GetParam();
  go_online();
  for (const auto& name : entry.with) {
    prepare(name);
  }
  if (!entry.first.empty()) {
    serve_firmware(entry.first);
    server_.queue(filled(entry.first));
    run(10s);
  }
  serve_firmware(entry.command);
  const auto id = server_.queue(filled(entry.command));
  if (!entry.then.empty()) server_.queue(filled(entry.then));
  EXPECT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 10min));
  EXPECT_EQ(server_.code(id), entry.code) << entry.meaning << ", line " << entry.line;
  EXPECT_EQ(server_.results(id).size(), 1u);
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

std::vector<CodeEntry> sent_ones() {
  auto entries = read_code_book();
  std::erase_if(entries, [](const CodeEntry& entry) { return !entry.never.empty(); });
  return entries;
}

INSTANTIATE_TEST_SUITE_P(Each, ReturnCode, ::testing::ValuesIn(sent_ones()), [](const auto& entry) {
  return "minus_" + std::to_string(-entry.param.code) + "_line_" + std::to_string(entry.param.line);
});

// ---- the book is whole

TEST(TheBookOfCodes, has_every_code_of_appendix_1_and_either_an_input_or_a_reason) {
  std::set<int> codes;
  int last = 0;
  for (const auto& entry : read_code_book()) {
    codes.insert(entry.code);
    EXPECT_LE(entry.code, last) << "in the order of the appendix, line " << entry.line;
    last = entry.code;
    EXPECT_FALSE(entry.meaning.empty()) << entry.line;
    EXPECT_TRUE(entry.never.empty() || (entry.command.empty() && entry.with.empty()))
        << "sent and never sent at once, line " << entry.line;
  }
  EXPECT_EQ(codes.size(), 83u);
}

// A constant that nothing sends is either dead or has no test.
TEST(TheBookOfCodes, has_an_input_for_each_constant_of_the_engine_and_of_push) {
  std::set<int> sent;
  for (const auto& entry : sent_ones()) {
    sent.insert(entry.code);
  }
  for (const char* header : {"/engine/daemon/return_codes.h", "/push/command.h"}) {
    std::ifstream file(std::string(LINTEL_SOURCE_DIR) + header);
    std::ostringstream text;
    text << file.rdbuf();
    const std::string source = text.str();
    const std::regex constant(R"(std::int32_t (\w+) = (-\d+);)");
    const auto begin = std::sregex_iterator(source.begin(), source.end(), constant);
    EXPECT_GE(std::distance(begin, std::sregex_iterator()), 20) << header;
    for (auto it = begin; it != std::sregex_iterator(); ++it) {
      EXPECT_THAT(sent, Contains(std::stoi((*it)[2]))) << (*it)[1] << " of " << header;
    }
  }
}

}  // namespace
}  // namespace lintel::push
