#include "push/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "push/limits.h"

namespace lintel::push {
namespace {

using Time = std::chrono::steady_clock;
using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<std::string> ask(const std::string& host, int flags) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found);
  const Addresses addresses(found, &::freeaddrinfo);
  if (error != 0) return fail(Errc::io, host + " has no address: " + ::gai_strerror(error));
  const addrinfo* chosen = found;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family != AF_INET) continue;
    chosen = each;
    break;
  }
  char text[NI_MAXHOST] = {};
  if (::getnameinfo(chosen->ai_addr, chosen->ai_addrlen, text, sizeof text, nullptr, 0,
                    NI_NUMERICHOST) != 0) {
    return fail(Errc::io, host + " has an address that cannot be written");
  }
  return std::string(text);
}

}  // namespace

// Outlives the Resolver as long as a lookup is under way.
struct Resolver::Inside {
  struct Question {
    std::optional<Result<std::string>> answer;
    Time::time_point answered{};
    unsigned waiting = 0;  // those who still want it
  };

  Lookup lookup;
  std::mutex mutex;
  std::condition_variable answered;
  std::map<std::string, Question> questions;

  // REQUIRES: locked.
  void forget_old_answers() {
    const auto now = Time::now();
    for (auto each = questions.begin(); each != questions.end();) {
      const Question& question = each->second;
      const bool old = question.answer && question.waiting == 0 &&
                       now - question.answered > limits::late_address_kept_for;
      each = old ? questions.erase(each) : std::next(each);
    }
  }

  void work(const std::string& host) {
    auto answer = lookup(host);
    const std::lock_guard lock(mutex);
    Question& question = questions[host];
    question.answer = std::move(answer);
    question.answered = Time::now();
    answered.notify_all();
  }
};

Resolver::Resolver(Lookup lookup) : inside_(std::make_shared<Inside>()) {
  inside_->lookup = std::move(lookup);
}

Resolver::~Resolver() = default;

Resolver& Resolver::of_the_system() {
  static auto& resolver = *new Resolver([](const std::string& host) { return ask(host, 0); });
  return resolver;
}

Result<std::string> Resolver::resolve(const std::string& host, Time::time_point deadline) {
  if (auto numeric = ask(host, AI_NUMERICHOST)) return numeric;
  std::unique_lock lock(inside_->mutex);
  inside_->forget_old_answers();
  if (inside_->questions.count(host) == 0) {
    if (inside_->questions.size() >= limits::lookups_max) {
      return fail(Errc::io, host + " is not looked up: too many other names hang");
    }
    inside_->questions[host];
    try {
      std::thread([inside = inside_, host] { inside->work(host); }).detach();
    } catch (const std::system_error&) {
      inside_->questions.erase(host);
      return fail(Errc::io, host + " is not looked up: there is no thread for it");
    }
  }
  auto& question = inside_->questions[host];
  ++question.waiting;
  const bool answered =
      inside_->answered.wait_until(lock, deadline, [&] { return question.answer.has_value(); });
  --question.waiting;
  if (!answered) return fail(Errc::timeout, "nobody tells the address of " + host + " in time");
  auto answer = *question.answer;
  if (question.waiting == 0) inside_->questions.erase(host);
  return answer;
}

}  // namespace lintel::push
