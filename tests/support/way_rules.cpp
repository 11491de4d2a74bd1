#include "tests/support/way_rules.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "server/base/text.hpp"
#include "server/commands/all_commands.hpp"
#include "server/dispatch/requests/command_registry.hpp"

namespace sluice::tests {

namespace {

using dispatch::Flag;

const dispatch::CommandRegistry& all_commands() {
  static const dispatch::CommandRegistry registry = [] {
    dispatch::CommandRegistry made;
    commands::register_all(made);
    return made;
  }();
  return registry;
}

bool is_one_of(const std::string& name, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view each) { return base::equals_ignoring_case(name, each); });
}

// INFO and CLIENT LIST tell of commands that ran, MONITOR shows them, a pause holds them back, and CLIENT CACHING and
// REPLY are about the next one.
bool tells_of_requests(const Request& request) {
  if (is_one_of(request[0], {"INFO", "MONITOR", "DEBUG"})) return true;
  if (!is_one_of(request[0], {"CLIENT", "CONFIG"}) || request.size() < 2) return false;
  // When memory is full, nothing is queued.
  if (request.size() > 2 && is_one_of(request[2], {"maxmemory"})) return true;
  return is_one_of(request[1], {"LIST", "INFO", "PAUSE", "CACHING", "REPLY", "KILL", "RESETSTAT"});
}

// Keys that change together are broadcast together, and replies that wait to be sent are told of.
bool tells_of_pipeline(const Request& request) {
  if (!is_one_of(request[0], {"CLIENT"}) || request.size() < 2) return false;
  const bool broadcasts =
      std::ranges::any_of(request, [](const std::string& word) { return base::equals_ignoring_case(word, "BCAST"); });
  return broadcasts || is_one_of(request[1], {"LIST", "INFO"});
}

bool none_of_requests(const TranscriptCase& running, bool (*tells)(const Request&)) {
  return std::ranges::none_of(running.steps, [tells](const TranscriptStep& step) {
    return step.kind == TranscriptStep::Kind::request && tells(step.words);
  });
}

}  // namespace

bool may_have_transactions(const TranscriptCase& running) {
  return none_of_requests(running, tells_of_requests);
}

bool may_have_pipelines(const TranscriptCase& running) {
  return none_of_requests(running, tells_of_pipeline);
}

bool TransactionRules::may_wrap(const Request& request) {
  const std::string& name = request[0];
  if (is_one_of(name, {"MULTI", "WATCH", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"})) is_occupied_ = true;
  if (is_one_of(name, {"EXEC", "DISCARD", "UNWATCH", "RESET"})) {
    is_occupied_ = false;
    return false;
  }
  if (is_occupied_ || is_one_of(name, {"HELLO", "QUIT", "POST", "HOST:"})) return false;
  const std::vector<std::string_view> words(request.begin(), request.end());
  const dispatch::CommandEntry* entry = all_commands().find(dispatch::Words(words));
  if (entry == nullptr) return true;  // refused, there as here
  return std::ranges::none_of(std::array{Flag::no_multi, Flag::blocking, Flag::never_queued},
                              [entry](Flag flag) { return entry->spec->flags.has(flag); });
}

}  // namespace sluice::tests
