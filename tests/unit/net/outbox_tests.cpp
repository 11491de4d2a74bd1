#include "server/net/outbox.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>

namespace sluice::net {
namespace {

dispatch::SharedBytes bytes(std::string_view text) {
  return std::make_shared<const std::string>(text);
}

std::string take(Outbox& outbox, std::uint64_t answers_seen) {
  std::vector<Outbox::Piece> taken;
  outbox.take(answers_seen, taken);
  std::string text;
  for (const Outbox::Piece& each : taken) text += *each.bytes;
  return text;
}

TEST_CASE("pushed bytes are taken in their order, once") {
  Outbox outbox;
  CHECK(outbox.push(bytes("one ")));
  CHECK_FALSE(outbox.push(bytes("two ")));
  CHECK(take(outbox, 0) == "one two ");
  CHECK(take(outbox, 0) == "");
}

TEST_CASE("the connection is told again once it has taken everything") {
  Outbox outbox;
  CHECK(outbox.push(bytes("one")));
  CHECK_FALSE(outbox.push(bytes("two")));
  take(outbox, 0);
  CHECK(outbox.push(bytes("three")));
}

TEST_CASE("what is pushed behind an answer waits until the connection has seen that answer") {
  Outbox outbox;
  CHECK(outbox.push(bytes("before ")));
  outbox.note_answer(0);
  CHECK_FALSE(outbox.push(bytes("behind ")));
  CHECK(take(outbox, 0) == "before ");
  CHECK(take(outbox, 0) == "");
  CHECK(take(outbox, 1) == "behind ");
}

TEST_CASE("what is owed is what was pushed and answered less what was written") {
  Outbox outbox;
  CHECK(outbox.push(bytes("12345")));
  outbox.note_answer(100);
  CHECK(outbox.owed_bytes() == 105);
  take(outbox, 1);
  CHECK(outbox.owed_bytes() == 105);
  outbox.note_written(90);
  CHECK(outbox.owed_bytes() == 15);
}

TEST_CASE("a reply that comes late is owed, but was not pushed") {
  Outbox outbox;
  CHECK(outbox.add_reply(bytes("12345")));
  CHECK(outbox.owed_bytes() == 5);
  CHECK(outbox.owed_pushed_bytes() == 0);
  CHECK(outbox.owed_pushed_count() == 0);
  CHECK(take(outbox, 0) == "12345");
  outbox.note_written(5);
  CHECK(outbox.owed_bytes() == 0);
}

}  // namespace
}  // namespace sluice::net
