#include "server/dispatch/call/gates.hpp"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string_view>

#include "tests/unit/dispatch/fake_connection.hpp"

using namespace sluice::dispatch;

namespace {

struct Asking {
  tests::FakeConnection connection;
  Session session{1, {}, connection};
  Settings settings;
  ServerState state;

  GateQuestion question(const SpecFields& spec, Origin origin = Origin::client) const {
    return {.session = session, .spec = spec, .words = {}, .origin = origin, .settings = settings, .state = state};
  }
};

}  // namespace

TEST_CASE("a session that has not authenticated may run only what is allowed before AUTH") {
  Asking gate;
  gate.settings.requires_password = true;
  gate.session.chosen.is_authenticated = false;

  CHECK(refuse_unauthenticated(gate.question({.name = "GET"}))->line() == "NOAUTH Authentication required.");
  CHECK_FALSE(refuse_unauthenticated(gate.question({.name = "AUTH", .flags = Flag::no_auth})));
}

TEST_CASE("an authenticated session may run everything") {
  Asking gate;
  gate.settings.requires_password = true;
  gate.session.chosen.is_authenticated = true;

  CHECK_FALSE(find_refusal(gate.question({.name = "GET"})));
}

TEST_CASE("a protected command runs only as its setting allows") {
  Asking gate;
  gate.session.chosen.is_authenticated = true;
  const SpecFields debug{.name = "DEBUG", .flags = Flag::protected_command};

  SUBCASE("no") {
    gate.settings.enable_debug_command = "no";
    CHECK(refuse_protected_command(gate.question(debug)));
  }
  SUBCASE("yes") {
    gate.settings.enable_debug_command = "yes";
    CHECK_FALSE(refuse_protected_command(gate.question(debug)));
  }
  SUBCASE("local, from elsewhere") {
    gate.settings.enable_debug_command = "local";
    CHECK(refuse_protected_command(gate.question(debug)));
  }
}

TEST_CASE("a command that may take memory is refused when memory is full") {
  Asking gate;
  const SpecFields set{.name = "SET", .flags = Flag::deny_oom};

  gate.state.conditions.set(Condition::memory_full, true);
  CHECK(refuse_when_memory_is_full(gate.question(set))->line() ==
        "OOM command not allowed when used memory > 'maxmemory'.");
  CHECK_FALSE(refuse_when_memory_is_full(gate.question({.name = "GET"})));

  gate.state.conditions.set(Condition::memory_full, false);
  CHECK_FALSE(refuse_when_memory_is_full(gate.question(set)));
}

TEST_CASE("what a script calls is refused when memory is full, though the script itself was let in") {
  Asking gate;
  gate.session.chosen.is_authenticated = true;
  gate.state.conditions.set(Condition::memory_full, true);
  const SpecFields set{.name = "SET", .flags = Flag::deny_oom};

  CHECK(find_refusal(gate.question(set, Origin::script)));
  CHECK_FALSE(find_refusal(gate.question(set, Origin::transaction)));
}

TEST_CASE("the primary and the log are never refused") {
  Asking gate;
  gate.settings.requires_password = true;
  gate.state.conditions.set(Condition::memory_full, true);
  const SpecFields set{.name = "SET", .flags = Flag::deny_oom};

  CHECK(find_refusal(gate.question(set, Origin::client)));
  CHECK_FALSE(find_refusal(gate.question(set, Origin::primary)));
  CHECK_FALSE(find_refusal(gate.question(set, Origin::log)));
}

TEST_CASE("a gate is asked in the phases that it names, and sees the words") {
  Asking gate;
  const SpecFields get{.name = "GET"};
  const auto refuse_secret = [](const GateQuestion& question) -> std::optional<Refusal> {
    if (question.words.size() < 2 || question.words[1] != "secret") return std::nullopt;
    return Refusal{"NOPERM no"};
  };
  const std::array gates{Gate{.ask = refuse_secret, .again_at_exec = true}};
  const std::array<std::string_view, 2> words{"GET", "secret"};
  const auto ask = [&](Origin origin) {
    GateQuestion question = gate.question(get, origin);
    return find_refusal(gates, {.session = question.session,
                                .spec = question.spec,
                                .words = words,
                                .origin = origin,
                                .settings = question.settings,
                                .state = question.state});
  };
  CHECK(ask(Origin::client));
  CHECK(ask(Origin::transaction));
  CHECK_FALSE(ask(Origin::script));
}

TEST_CASE("nobody is asked about an ordinary session while no condition holds") {
  Asking gate;
  const SpecFields get{.name = "GET"};
  gate.session.chosen.is_authenticated = true;
  CHECK_FALSE(may_be_refused(gate.session, get, gate.state));

  SUBCASE("a condition") {
    gate.state.conditions.set(Condition::bounded_memory, true);
  }
  SUBCASE("a monitor") {
    gate.session.conversations.is_monitor = true;
  }
  SUBCASE("not authenticated") {
    gate.session.chosen.is_authenticated = false;
  }
  CHECK(may_be_refused(gate.session, get, gate.state));
}

TEST_CASE("a refusal that names the command shows the name in lower case") {
  CHECK(Refusal{.text = "ERR no '", .command_name = "GET", .rest = "' here"}.line() == "ERR no 'get' here");
}
