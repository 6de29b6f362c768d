#include "tests/push/vectors.h"

#include <array>
#include <fstream>
#include <stdexcept>

#include "push/command.h"

namespace lintel::push {
namespace {

std::string resolved(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      bytes += text[i];
      continue;
    }
    switch (const char c = text[++i]) {
      case 't':
        bytes += '\t';
        break;
      case 'r':
        bytes += '\r';
        break;
      case 'n':
        bytes += '\n';
        break;
      case 'x':
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      default:
        throw std::runtime_error(std::string("a vector has the escape \\") + c);
    }
  }
  return bytes;
}

std::string joined(const auto& parts) {
  std::string text;
  bool first = true;
  for (const auto& part : parts) {
    if (!first) text += '|';
    first = false;
    text += part;
  }
  return text;
}

std::string where(const pb::Conditions& conditions) {
  if (conditions.all().empty()) return "where everything";
  std::string text = "where";
  for (const auto& condition : conditions.all()) {
    text += " " + condition.field() + "=" + condition.value();
  }
  return text;
}

struct Describe {
  std::vector<std::string>& lines;

  void operator()(const Refusal& refusal) {
    lines.push_back("refuse " + std::to_string(refusal.code));
  }
  void operator()(const pb::Update& update) {
    lines.push_back("update " + update.table());
    for (const auto& rows : update.rows()) {
      lines.push_back("fields " + joined(rows.field()));
      for (int at = 0; at < rows.value_size(); at += rows.field_size()) {
        std::vector<std::string> row(rows.value().begin() + at,
                                     rows.value().begin() + at + rows.field_size());
        lines.push_back("row " + joined(row));
      }
    }
  }
  void operator()(const pb::Delete& request) {
    lines.push_back("delete " + request.table());
    for (const auto& conditions : request.any()) {
      lines.push_back(where(conditions));
    }
  }
  void operator()(const pb::Count& count) {
    lines.push_back("count " + count.table());
    if (!count.where().all().empty()) lines.push_back(where(count.where()));
  }
  void operator()(const pb::Query& query) {
    lines.push_back("query " + query.table());
    if (!query.field().empty()) lines.push_back("fields " + joined(query.field()));
    if (query.new_records()) lines.push_back("new records");
    if (!query.start_time().empty() || !query.end_time().empty()) {
      lines.push_back("from " + query.start_time() + " to " + query.end_time());
    }
    if (!query.where().all().empty()) lines.push_back(where(query.where()));
  }
  void operator()(const pb::SetOptions& request) {
    for (const auto& option : request.option()) {
      lines.push_back("set " + option.name() + "=" + option.value());
    }
  }
  void operator()(const pb::GetOptions& request) {
    std::string text = "get";
    for (const auto& name : request.name()) {
      text += " " + name;
    }
    lines.push_back(text);
  }
  void operator()(const pb::Control& control) {
    lines.push_back("control " + std::to_string(control.verb()) +
                    " place=" + std::to_string(control.place()) +
                    " seconds=" + std::to_string(control.seconds()) +
                    " on=" + std::to_string(control.on() ? 1 : 0));
  }
  void operator()(const pb::Enroll& enroll) {
    lines.push_back("enroll " + enroll.pin() + " retries=" + std::to_string(enroll.retries()) +
                    (enroll.save() ? " save" : ""));
  }
  void operator()(const pb::Upgrade& upgrade) {
    constexpr std::array methods = {"none", "base64", "direct", "range"};
    lines.push_back(std::string("upgrade ") +
                    methods.at(static_cast<std::size_t>(upgrade.method())) +
                    " size=" + std::to_string(upgrade.size()));
    lines.push_back("url " + upgrade.url());
    lines.push_back("checksum " + upgrade.checksum());
  }
  void operator()(const Account& account) {
    lines.push_back(std::string("account ") + (account.in_querydata ? "whole" : "files") +
                    " after=" + std::to_string(account.after) +
                    " through=" + std::to_string(account.through));
    if (!account.start_time.empty() || !account.end_time.empty()) {
      lines.push_back("from " + account.start_time + " to " + account.end_time);
    }
  }
  void operator()(const TestHost& host) {
    lines.push_back("test host " + host.host + " port " + std::to_string(host.port));
  }
  void operator()(const Acknowledged& answer) {
    lines.push_back(answer.states_anew ? "states anew" : "nothing to do");
  }
};

}  // namespace

std::vector<Vector> read_vectors(const std::string& name) {
  std::ifstream file(std::string(LINTEL_SOURCE_DIR) + "/tests/push/vectors/" + name);
  std::vector<Vector> vectors;
  for (std::string line; std::getline(file, line);) {
    const std::string text =
        line.size() > 1 ? line.substr(2 + (line[0] == '=' && line[1] == '=')) : std::string();
    if (line.substr(0, 2) == "==") {
      vectors.push_back({.title = text, .bytes = {}, .meaning = {}});
    } else if (line.substr(0, 1) == ">") {
      vectors.back().bytes += resolved(text);
    } else if (line.substr(0, 1) == "=") {
      vectors.back().meaning.push_back(resolved(text));
    }
  }
  if (vectors.empty()) throw std::runtime_error("there are no vectors in " + name);
  return vectors;
}

std::vector<std::string> meaning_of_reply(std::string_view reply) {
  std::vector<std::string> lines;
  for (const auto& command : split_commands(reply, "3383154200002").commands) {
    lines.push_back(command.id + " " + command_words(command.text));
    std::visit(Describe{lines}, parse_command(command));
  }
  return lines;
}

std::vector<std::string> meaning_of_control(std::string_view digits) {
  std::vector<std::string> lines;
  std::visit(Describe{lines}, parse_control(digits));
  return lines;
}

}  // namespace lintel::push
