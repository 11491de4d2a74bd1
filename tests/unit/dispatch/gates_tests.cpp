#include "server/dispatch/call/gates.hpp"

#include <doctest/doctest.h>

#include "server/store/keyspace/databases.hpp"
#include "server/store/keyspace/reaper.hpp"
#include "tests/unit/dispatch/fake_connection.hpp"

using namespace sluice::dispatch;

namespace {

struct Gate {
  tests::FakeConnection connection;
  Session session{1, {}, connection};
  Settings settings;
  sluice::base::Clock clock;
  sluice::store::Reaper reaper;
  sluice::store::Databases databases{1, sluice::base::KeyHasher(1), clock, reaper};

  GateQuestion question(const SpecFields& spec) const { return {session, spec, settings, databases}; }
};

}  // namespace

TEST_CASE("a session that has not authenticated may run only what is allowed before AUTH") {
  Gate gate;
  gate.settings.requires_password = true;
  gate.session.is_authenticated = false;

  CHECK(refuse_unauthenticated(gate.question({.name = "GET"})) == "NOAUTH Authentication required.");
  CHECK_FALSE(refuse_unauthenticated(gate.question({.name = "AUTH", .flags = Flag::no_auth})));
}

TEST_CASE("an authenticated session may run everything") {
  Gate gate;
  gate.settings.requires_password = true;
  gate.session.is_authenticated = true;

  CHECK_FALSE(find_refusal(gate.question({.name = "GET"})));
}

TEST_CASE("a protected command runs only as its setting allows") {
  Gate gate;
  gate.session.is_authenticated = true;
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
  Gate gate;
  const SpecFields set{.name = "SET", .flags = Flag::deny_oom};

  gate.settings.maxmemory = 1;
  CHECK(refuse_when_memory_is_full(gate.question(set)));
  CHECK_FALSE(refuse_when_memory_is_full(gate.question({.name = "GET"})));

  gate.settings.maxmemory = 0;
  CHECK_FALSE(refuse_when_memory_is_full(gate.question(set)));
}
