// The configuration file (INI), the same for all programs. What the server sets later is kept in
// the database and wins.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace lintel::api {

struct Config {
  // [device]
  std::string serial;             // 1 to 32 letters, digits, - or _
  std::string name = "Lintel";    // ~DeviceName
  std::string door_ids = "mask";  // AuthorizeDoorId of userauthorize: mask of doors, or single door
  // [storage]
  std::string storage_path;  // a directory, made when missing
  // [hal]
  std::string board = "sim:4";  // sim:N with N 1 to 16, or gpio:FILE (hal/boards)
  std::string simulator;        // only with sim; default: sim.sock beside the storage
  std::string guard;            // only with gpio: socket of the locks' guard; empty: there is none
  // [push]
  std::string server;   // http or https URL without a path; empty: no server
  std::string ca_file;  // PEM; empty: the system's store
  // SHA-256 of the server's certificate, 64 hexadecimal digits: this one and no other is believed.
  std::string pinned_certificate;
  std::string client_certificate;  // PEM, with client_key: shown to servers that ask
  std::string client_key;
  std::string encryption = "off";    // on: the exchange of keys and factors (4.2, 4.3) is offered
  std::string security_level = "0";  // DevNSLevel, 0 to 4: only a server of the same level is taken
  // [system]
  std::string system_folder;  // where wishes to the operating system lie; empty: there is nobody
  // [web]
  std::string listen;  // HOST:PORT; empty: no console
  // All three, and the console is served over https, to whoever signs in: PEM files, and a file
  // with the code. None: over http, on loopback.
  std::string certificate, certificate_key;
  std::string claim;
  std::string redirect;  // HOST:PORT of plain http, which sends everybody to https; empty: none
  // [api]
  std::string socket;  // default: engine.sock beside the storage
  std::string
      push_user;  // names of the users that may take a role; empty: root and the engine's own
  std::string web_user;
  std::string technician_user;

  [[nodiscard]] unsigned sim_doors() const;      // 0: not a simulated board
  [[nodiscard]] std::string board_file() const;  // empty: it has none
};

// Reads and checks the file. Errors name file, line, key and what is allowed:
//   "lintel.conf line 7: [push] server must begin with http:// or https://, not \"ftp://x\""
// Unknown sections and keys are errors: a misspelt key would be a setting that silently does
// nothing.
Result<Config> read_config(const std::string& path);
Result<Config> parse_config(const std::string& text, const std::string& file_name);

}  // namespace lintel::api
