#include "server/dispatch/monitors.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "server/base/text.hpp"

namespace sluice::dispatch {

void Monitors::add(Session& session) {
  if (session.is_monitor) return;
  session.is_monitor = true;
  sessions_.push_back(&session);
}

void Monitors::show(const Session& session, Words request, std::int64_t now_us) const {
  constexpr std::int64_t second_us = 1'000'000;
  const auto fraction = std::to_string(second_us + now_us % second_us).substr(1);
  std::string line = "+" + std::to_string(now_us / second_us) + "." + fraction + " [" +
                     std::to_string(session.database) + " " + session.endpoints.peer + "]";
  for (const std::string_view word : request) line += " " + base::quote(word);
  const auto bytes = std::make_shared<const std::string>(line + "\r\n");
  for (Session* monitor : sessions_) monitor->push(bytes);
}

void Monitors::on_conversations_ended(Session& session) {
  if (!session.is_monitor) return;
  session.is_monitor = false;
  std::erase(sessions_, &session);
}

}  // namespace sluice::dispatch
