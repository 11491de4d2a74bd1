#include "server/dispatch/clients/monitors.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "server/base/text.hpp"

namespace sluice::dispatch {

namespace {

// A unix socket's clients are all called by its path.
std::string shown_peer(const Endpoints& endpoints) {
  if (!endpoints.is_unix_socket) return endpoints.peer;
  return "unix:" + endpoints.peer.substr(0, endpoints.peer.rfind(':'));
}

std::string line_of(const Session& session, const SpecFields& spec, Words request, std::int64_t now_us) {
  constexpr std::int64_t second_us = 1'000'000;
  std::string line = fmt::format("+{}.{:06} [{} {}]", now_us / second_us, now_us % second_us, session.chosen.database,
                                 shown_peer(session.endpoints));
  for (std::size_t at = 0; at < request.size(); ++at) {
    const bool is_secret = spec.is_secret != nullptr && spec.is_secret(request, at);
    line += ' ';
    line += base::quote(is_secret ? "(redacted)" : request[at]);
  }
  return line + "\r\n";
}

}  // namespace

void Monitors::add(Session& session) {
  if (session.conversations.is_monitor) return;
  sessions_.push_back(&session);
  session.conversations.is_monitor = true;
}

void Monitors::show(const Session& session, const SpecFields& spec, Words request, std::int64_t now_us) const noexcept {
  if (spec.flags.has(Flag::admin) || spec.flags.has(Flag::skip_monitor)) return;
  SharedBytes line;
  try {
    line = std::make_shared<const std::string>(line_of(session, spec, request, now_us));
  } catch (const std::bad_alloc&) {
    for (Session* monitor : sessions_) monitor->lose();
    return;
  }
  for (Session* monitor : sessions_) {
    // These lines have the form of replies, and are turned off with them.
    if (monitor->chosen.reply_mode != ReplyMode::off) monitor->push(line);
  }
}

void Monitors::on_conversations_ended(Session& session) {
  if (!session.conversations.is_monitor) return;
  session.conversations.is_monitor = false;
  std::erase(sessions_, &session);
}

}  // namespace sluice::dispatch
