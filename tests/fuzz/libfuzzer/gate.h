// The gate on a store of its own, for the fuzzers that ask it: everything that one input does is
// undone behind it.
#pragma once

#include <stdlib.h>

#include <cstdio>
#include <optional>
#include <string>

#include "engine/base/log.h"
#include "engine/daemon/gate.h"
#include "tests/fuzz/libfuzzer/input.h"

namespace lintel::fuzz {

class OpenGate {
 public:
  static OpenGate& get() {
    static OpenGate gate;
    return gate;
  }

  // Asks and promises: it answers; a refusal has a sentence; what was taken is what a start would
  // load; the same command again has the same answer and does nothing.
  void ask(const pb::Request& request) {
    require(store_->begin().has_value(), "the store works");
    daemon::Gate gate(facts_);
    const std::string bytes = request.SerializeAsString();
    auto outcome = execute(gate, bytes);
    if (outcome.reply.code() < 0) {
      require(!outcome.reply.error().empty(), "a refusal has a sentence");
    } else {
      check_loads(outcome.effects);
      check_again(gate, request, bytes, outcome.reply.code());
    }
    store_->rollback();
  }

 private:
  OpenGate() {
    set_log_level(LogLevel::error);
    char memory[] = "/dev/shm/lintel-fuzz-XXXXXX", disk[] = "/tmp/lintel-fuzz-XXXXXX";
    const char* made = ::mkdtemp(memory);
    const std::string directory = made != nullptr ? made : ::mkdtemp(disk);
    storage::OpenOptions options;
    options.durability = storage::Durability::none;
    auto store = storage::Store::open(directory + "/lintel.db", options);
    require(store.has_value(), "a store can be made");
    store_.emplace(*std::move(store));
    auto journal = storage::EventJournal::open(directory + "/events.db", {});
    require(journal.has_value(), "a journal can be made");
    journal_.emplace(*std::move(journal));
    // Nobody else needs the names: the files go with the process, however it ends.
    for (const char* name :
         {"/lintel.db", "/lintel.db-wal", "/lintel.db-shm", "/lintel.db-journal", "/events.db",
          "/events.db-wal", "/events.db-shm", "/events.db-journal"})
      std::remove((directory + name).c_str());
    std::remove(directory.c_str());
  }

  daemon::Gate::Outcome execute(daemon::Gate& gate, const std::string& bytes) {
    auto outcome = gate.execute(pb::ROLE_PUSH, bytes, utc_, *store_, *journal_);
    if (!outcome) {
      std::fprintf(stderr, "%s\n", outcome.error().text.c_str());
      require(false, "what was asked never makes the store fail");
    }
    return *std::move(outcome);
  }

  void check_loads(const daemon::Effects& effects) {
    if (effects.rules) {
      const auto rules = daemon::stored_rules(*store_, facts_);
      require(rules.has_value() && *rules == *effects.rules,
              "the doors are told what a start would find");
    }
    if (!effects.people.empty() || effects.timezones || effects.holidays) {
      daemon::Effects loaded;
      std::size_t people = 0;
      const auto done = daemon::load_all(*store_, facts_, loaded,
                                         [&](const auto& changes) { people += changes.size(); });
      require(done.has_value(), "what was taken can be loaded");
    }
  }

  void check_again(daemon::Gate& gate, const pb::Request& request, const std::string& bytes,
                   int code) {
    const bool change = request.has_update() || request.has_delete_() || request.has_set_options();
    const bool keyed = (request.has_update() && !request.update().command().id().empty()) ||
                       (request.has_delete_() && !request.delete_().command().id().empty());
    if (!change || !keyed) return;
    const auto again = execute(gate, bytes);
    require(again.reply.code() == code, "the same command has the same answer");
    require(again.effects.people.empty() && !again.effects.rules, "and is not done twice");
  }

  daemon::Facts facts_{"3383154200002", "Fuzzed", "sim:4", {4, 4, 4}, false};
  std::optional<storage::Store> store_;
  std::optional<storage::EventJournal> journal_;
  std::chrono::sys_seconds utc_{std::chrono::seconds(1'795'000'000)};
};

}  // namespace lintel::fuzz
