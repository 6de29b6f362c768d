// lintel-engine: the program that owns the doors.
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "engine/api/config.h"
#include "engine/api/service.h"
#include "engine/base/log.h"
#include "engine/daemon/engine.h"
#include "engine/daemon/fire_watch.h"
#include "engine/daemon/loop.h"
#include "engine/daemon/storage_files.h"
#include "engine/daemon/system_folder.h"
#include "hal/board_file.h"
#include "hal/gpio_board.h"
#include "hal/sim_board.h"

namespace {

using namespace lintel;

constexpr int exit_ok = 0, exit_trouble = 1, exit_configuration = 2;
constexpr std::chrono::seconds start_again_after{1};

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

// What serves, in the order in which it comes to be.
struct Program {
  std::unique_ptr<hal::Board> board;
  std::unique_ptr<api::Server> server;
  std::unique_ptr<daemon::SocketPeers> peers;
  std::unique_ptr<daemon::System> system;  // none: nobody to speak to
  std::unique_ptr<daemon::Engine> engine;
};

// Nothing: the board is a simulated one.
Result<std::optional<hal::BoardFile>> board_file(const api::Config& config) {
  const auto path = config.board_file();
  if (path.empty()) return std::nullopt;
  auto file = hal::read_board_file(path);
  if (!file) return fail(std::move(file).error());
  return std::move(*file);
}

Result<std::unique_ptr<hal::Board>> open_board(const api::Config& config,
                                               const std::optional<hal::BoardFile>& file) {
  if (file) return hal::GpioBoard::open(*file, config.guard);
  return hal::SimBoard::open(config.sim_doors(), config.simulator);
}

// Nobody is to wait at the socket for an engine that may be long in coming: it is opened when the
// storage is.
Result<void> open_server(const api::Config& config, const api::RoleUsers& users, Program& program) {
  if (program.server) return {};
  auto server = api::Server::open(config.socket, users);
  if (!server) return fail(std::move(server).error());
  program.server = std::move(*server);
  program.peers = std::make_unique<daemon::SocketPeers>(*program.server);
  return {};
}

// Without its system's folder a controller still opens doors. What went wrong comes back.
std::string open_system(const api::Config& config, Program& program) {
  if (config.system_folder.empty()) return {};
  auto system = daemon::SystemFolder::open(config.system_folder);
  if (system) {
    program.system = std::move(*system);
    return {};
  }
  log_error("engine", system.error().text);
  return system.error().text;
}

std::string joined(const std::string& one, const std::string& other) {
  return one.empty() || other.empty() ? one + other : one + "; " + other;
}

// The engine on what is stored, as soon as that can be had; the watch goes on until then. Without
// an error and without an engine: the program is to end.
Result<void> start_engine(const api::Config& config, const api::RoleUsers& users,
                          std::vector<Proof> reader_proofs, daemon::FireWatch& watch,
                          const UniqueFd& end_signals, Program& program) {
  const daemon::Facts facts{.serial = config.serial,
                            .name = config.name,
                            .board = config.board,
                            .layout = program.board->layout(),
                            .single_door_ids = config.door_ids == "single",
                            .security_level = config.security_level,
                            .update_folder = config.storage_path + "/update",
                            .reset_mark = config.storage_path + "/reset-done",
                            .reader_proofs = std::move(reader_proofs)};
  const std::string trouble = open_system(config, program);
  std::string told;
  for (;;) {
    auto files =
        daemon::open_storage_under_watch(watch, *program.board, config.storage_path, end_signals);
    if (!files) return fail(std::move(files).error());
    if (!*files) return {};
    if (auto opened = open_server(config, users, program); !opened) return opened;
    auto engine = daemon::Engine::start(
        *program.board, *program.peers, facts, std::move((*files)->store),
        std::move((*files)->journal), storage::Writer::Mode::thread,
        joined((*files)->trouble, trouble), [&] { watch.turn(); }, program.system.get());
    if (engine) {
      (*engine)->begin_with(watch.hand_over());
      program.engine = std::move(*engine);
      return {};
    }
    if (told != engine.error().text) log_error("engine", engine.error().text);
    told = engine.error().text;
    watch.expect_nobody();
    if (daemon::wait_under_watch(watch, *program.board, start_again_after, end_signals)) return {};
  }
}

// The board first: in a fire the doors open whatever else is wrong.
int serve(const api::Config& config, const std::optional<hal::BoardFile>& file,
          const api::RoleUsers& users, const UniqueFd& end_signals) {
  auto board = open_board(config, file);
  if (!board) return give_up(exit_trouble, board.error().text);
  Program program;
  program.board = std::move(*board);
  // Ready from here on: fire opens the doors, and a disk that is long in coming is no reason to be
  // ended.
  api::Service service;
  service.ready();
  service.status("waiting for the storage; fire opens the doors");
  daemon::FireWatch watch(*program.board, [&service] { service.turned(); });
  const auto started = start_engine(config, users, file ? file->proofs() : std::vector<Proof>(),
                                    watch, end_signals, program);
  if (!program.engine) watch.rest();
  if (!started) return give_up(exit_trouble, started.error().text);
  if (!program.engine) return exit_ok;
  daemon::prefer_this_thread();
  const auto at = "deciding at " + std::to_string(program.board->layout().doors) + " doors";
  log_info("engine", at);
  service.status(at);
  auto ended = daemon::run(*program.engine, *program.board, *program.server, end_signals, service);
  program.engine->rest();
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
  const auto file = board_file(*config);
  if (!file) return give_up(exit_configuration, file.error().text);
  if (check_only) return exit_ok;
  const auto end_signals = daemon::block_end_signals();
  if (!end_signals) return give_up(exit_trouble, end_signals.error().text);
  return serve(*config, *file, *users, *end_signals);
}
