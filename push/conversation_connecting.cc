// What the conversation does on its way to being online: one function a state.
#include <algorithm>

#include "engine/base/log.h"
#include "push/conversation.h"
#include "push/registration.h"
#include "push/sealed_transport.h"
#include "push/text.h"

namespace lintel::push {
namespace {

bool is_page(std::string_view body) {
  return trimmed(body).substr(0, 1) == "<";
}

// "2026-11-22 14:05:09" as the token of POST push wants it.
std::string timestamp(std::string time) {
  std::replace_if(
      time.begin(), time.end(), [](char c) { return c == ' ' || c == ':'; }, '-');
  return time;
}

}  // namespace

void Conversation::connect() {
  transport_ = setup_.transports(*address_);
  session_.begin(*address_, session_.parameters().for_new_connection(), returning_);
  const auto reply = ask(messages_.connect());
  if (!reply) return;
  const auto block = take_configuration(*reply);
  if (!block) return;
  // A server that restarted may go on with the code it once gave.
  const bool registered = same_name(block->find("registry").value_or(""), "ok");
  if (registered && session_.parameters().registry_code.empty() && !known_code_.empty()) {
    session_.configure(ConfigBlock("RegistryCode=" + known_code_));
  }
  advance();
}

std::optional<ConfigBlock> Conversation::take_configuration(const HttpReply& reply) {
  ConfigBlock block(reply.body);
  const bool understood =
      is_idle_answer(trimmed(reply.body)) || (!block.empty() && !is_page(reply.body));
  if (reply.status != 200 || !understood) {
    fall_back(Setback::no_answer, glimpse(reply));
    return std::nullopt;
  }
  session_.configure(block);
  return block;
}

// ---- keys (4.2, 4.3): what is sent afterwards is sealed. It says nothing about who the server is.

bool Conversation::wants_encryption() const {
  return setup_.encryption && speaks(session_.parameters().protocol, Feature::encryption);
}

void Conversation::speak_plainly(const HttpReply& reply) {
  if (!plainness_told_) {
    log_info("push", "the server exchanges no keys, bodies go in plain: " + glimpse(reply));
    plainness_told_ = true;
  }
  key_exchange_.reset();
  begin_naming();
}

void Conversation::exchange_keys() {
  auto made = KeyExchange::make();
  if (!made) {
    fall_back(Setback::no_answer, made.error().text);
    return;
  }
  key_exchange_ = *std::move(made);
  const auto reply = ask(messages_.exchange(session_.parameters(), "publickey",
                                            "PublicKey=" + key_exchange_->public_key()));
  if (!reply) return;
  const ConfigBlock block(reply->body);
  const auto key = block.find("PublicKey");
  if (reply->status != 200 || !key) {
    speak_plainly(*reply);
    return;
  }
  if (!key_exchange_->take_public_key(*key)) {
    fall_back(Setback::no_answer, "the server's public key cannot be used");
    return;
  }
  advance();
}

void Conversation::exchange_factors() {
  const auto factor = key_exchange_->factor();
  if (!factor) {
    fall_back(Setback::no_answer, "there are no random bytes for a factor");
    return;
  }
  const auto reply =
      ask(messages_.exchange(session_.parameters(), "factors", "Factors=" + *factor));
  if (!reply) return;
  const ConfigBlock block(reply->body);
  const auto theirs = block.find("Factors");
  auto cipher = reply->status == 200 && theirs ? key_exchange_->take_factor(*theirs) : nullptr;
  if (!cipher) {
    fall_back(Setback::no_answer, "the server's factor cannot be read");
    return;
  }
  key_exchange_.reset();
  transport_ = seal(std::move(transport_), cipher);
  session_.sealed_with(std::move(cipher));
  advance();
}

// ---- who we are

void Conversation::register_device() {
  const auto answers = engine_.options(registry_fields());
  if (!answers) return;
  const auto reply = ask(messages_.registry(registry_body(*answers)));
  if (!reply) return;
  if (reply->status != 200) {
    fall_back(Setback::no_answer, glimpse(*reply));
    return;
  }
  session_.configure(ConfigBlock(reply->body));
  if (session_.parameters().registry_code.empty()) {
    fall_back(Setback::not_registered, "the server gives no registry code");
    return;
  }
  options_uploaded_.clear();  // whoever registers us anew has forgotten them
  advance();
}

void Conversation::fetch_configuration() {
  const auto status = engine_.status();
  if (!status) return;
  known_code_ = session_.parameters().registry_code;
  const auto reply = ask(messages_.configuration(session_.parameters(), timestamp(status->time())));
  if (!reply) return;
  const auto block = take_configuration(*reply);
  if (!block) return;
  const auto level = session_.parameters().security_level;
  if (level != setup_.security_level) {
    fall_back(Setback::other_level,
              "the server has security level " + std::to_string(level) + ", this controller " +
                  std::to_string(setup_.security_level) + ": only equals may be connected");
    return;
  }
  hand_on_configuration();
  advance();
}

void Conversation::hand_on_configuration() {
  const auto parameters = session_.parameters();
  constexpr std::string_view names[] = {"QRCodeDecryptType", "QRCodeDecryptKey", "IRTempUnitTrans"};
  const std::optional<std::string> told[] = {parameters.qr_decrypt_type, parameters.qr_decrypt_key,
                                             parameters.temperature_unit};
  if (std::none_of(std::begin(told), std::end(told), [](const auto& v) { return v.has_value(); }))
    return;
  const auto answers = engine_.options(names);
  if (!answers) return;
  pb::Request request;
  for (std::size_t i = 0; i < std::size(names); ++i) {
    if (!told[i] || option_value(*answers, names[i]) == *told[i]) continue;
    auto& option = *request.mutable_set_options()->add_option();
    option.set_name(std::string(names[i]));
    option.set_value(*told[i]);
  }
  if (!request.has_set_options()) return;
  const auto reply = engine_.call(request);
  if (reply && reply->code() < 0)
    log_warning("push", "the server's configuration is not kept: " + reply->error());
}

// A server that does not know ping says so in its own way: that it answers is enough.
void Conversation::greet() {
  if (ask(messages_.ping(session_.parameters()))) advance();
}

void Conversation::announce() {
  if (options_due_ && now() >= next_options_) {
    upload_options();
  } else if (now() >= next_time_) {
    ask_time();
  } else {
    advance();
  }
}

}  // namespace lintel::push
