// lintel-engine: the program that owns the doors.
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "engine/api/config.h"
#include "engine/base/log.h"
#include "engine/daemon/engine.h"
#include "engine/daemon/loop.h"
#include "engine/daemon/storage_files.h"
#include "hal/sim_board.h"

namespace {

using namespace lintel;

constexpr int exit_ok = 0, exit_trouble = 1, exit_configuration = 2;

int give_up(int code, const std::string& text) {
  std::fprintf(stderr, "lintel-engine: %s\n", text.c_str());
  return code;
}

std::optional<api::RoleUsers> role_users(const api::Config& config, std::string& error) {
  api::RoleUsers users;
  const std::pair<pb::Role, const std::string&> names[] = {
      {pb::ROLE_PUSH, config.push_user},
      {pb::ROLE_WEB, config.web_user},
      {pb::ROLE_TECHNICIAN, config.technician_user}};
  for (const auto& [role, name] : names) {
    if (name.empty()) continue;
    const auto user = daemon::user_id(name);
    if (!user) {
      error = "there is no user \"" + name + "\" on this system; correct the [api] section";
      return std::nullopt;
    }
    users[role] = *user;
  }
  return users;
}

int serve(const api::Config& config, const api::RoleUsers& users, const UniqueFd& end_signals) {
  auto server = api::Server::open(config.socket, users);
  if (!server) return give_up(exit_trouble, server.error().text);
  auto files = daemon::open_storage(config.storage_path);
  if (!files) return give_up(exit_trouble, files.error().text);
  auto board = hal::SimBoard::open(config.sim_doors(), config.simulator);
  if (!board) return give_up(exit_trouble, board.error().text);

  daemon::SocketPeers peers(**server);
  daemon::Facts facts{config.serial, config.name, config.board, (*board)->layout(),
                      config.door_ids == "single"};
  auto engine = daemon::Engine::start(**board, peers, std::move(facts), std::move(files->store),
                                      std::move(files->journal), storage::Writer::Mode::thread,
                                      files->trouble);
  if (!engine) return give_up(exit_trouble, engine.error().text);
  daemon::prefer_this_thread();
  log_info("engine", "deciding at " + std::to_string((*board)->layout().doors) + " doors");
  auto ended = daemon::run(**engine, **board, **server, end_signals);
  (*engine)->rest();
  if (!ended) return give_up(exit_trouble, ended.error().text);
  return exit_ok;
}

}  // namespace

int main(int argc, char** argv) {
  const bool check_only = argc == 4 && std::string(argv[3]) == "--check";
  if ((argc != 3 && !check_only) || std::string(argv[1]) != "--config") {
    return give_up(exit_configuration, "usage: lintel-engine --config FILE [--check]");
  }
  const auto config = api::read_config(argv[2]);
  if (!config) return give_up(exit_configuration, config.error().text);
  std::string error;
  const auto users = role_users(*config, error);
  if (!users) return give_up(exit_configuration, error);
  if (check_only) return exit_ok;
  if (auto made = daemon::make_directory(config->storage_path); !made)
    return give_up(exit_trouble, made.error().text);
  const auto end_signals = daemon::block_end_signals();
  if (!end_signals) return give_up(exit_trouble, end_signals.error().text);
  return serve(*config, *users, *end_signals);
}
