#include "server/net/accept_policy.hpp"

#include <doctest/doctest.h>

namespace sluice::net {
namespace {

const dispatch::Endpoints from_here{.peer = "127.0.0.1:50000", .is_loopback = true};
const dispatch::Endpoints from_elsewhere{.peer = "10.0.0.7:50000"};

TEST_CASE("connections from this machine may stay") {
  CHECK_FALSE(refuse_connection(from_here, dispatch::Settings(), 0).has_value());
}

TEST_CASE("the connection that would be one too many is turned away") {
  dispatch::Settings settings;
  settings.maxclients = 2;
  CHECK_FALSE(refuse_connection(from_here, settings, 1).has_value());
  CHECK(refuse_connection(from_here, settings, 2) == "ERR max number of clients reached");
}

TEST_CASE("without a password nobody comes in from elsewhere") {
  const auto refusal = refuse_connection(from_elsewhere, dispatch::Settings(), 0);
  REQUIRE(refusal.has_value());
  CHECK(refusal->starts_with("DENIED "));
}

TEST_CASE("a password opens the door to other machines, as does leaving protected mode") {
  dispatch::Settings with_password;
  with_password.requires_password = true;
  CHECK_FALSE(refuse_connection(from_elsewhere, with_password, 0).has_value());

  dispatch::Settings unprotected;
  unprotected.protected_mode = false;
  CHECK_FALSE(refuse_connection(from_elsewhere, unprotected, 0).has_value());
}

}  // namespace
}  // namespace sluice::net
