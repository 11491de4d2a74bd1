#include "server/net/read_buffer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace sluice::net {
namespace {

void receive(ReadBuffer& buffer, std::string_view bytes, std::size_t wanted_bytes = 0) {
  while (!bytes.empty()) {
    const std::span<char> room = buffer.prepare(wanted_bytes);
    const std::size_t count = std::min(room.size(), bytes.size());
    std::ranges::copy(bytes.substr(0, count), room.begin());
    buffer.commit(count);
    bytes.remove_prefix(count);
  }
}

std::string_view received(ReadBuffer& buffer) {
  return {buffer.received().data(), buffer.received().size()};
}

std::string numbered_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t at = 0; at < count; ++at) bytes[at] = static_cast<char>('a' + at % 23);
  return bytes;
}

TEST_CASE("a buffer that has received nothing holds no memory") {
  ReadBuffer buffer;
  CHECK(buffer.size() == 0);
  CHECK(buffer.capacity() == 0);
}

TEST_CASE("what was received is there until it is consumed") {
  ReadBuffer buffer;
  receive(buffer, "GET k");
  receive(buffer, "ey and more");
  CHECK(received(buffer) == "GET key and more");
  buffer.consume(8);
  CHECK(received(buffer) == "and more");
  buffer.consume(8);
  CHECK(buffer.size() == 0);
}

TEST_CASE("there is always room to receive into") {
  ReadBuffer buffer;
  for (int round = 0; round < 100; ++round) {
    CHECK_FALSE(buffer.prepare(0).empty());
    receive(buffer, numbered_bytes(ReadBuffer::usual_bytes - 1));
    buffer.consume(ReadBuffer::usual_bytes - 2);
  }
}

TEST_CASE("whatever the pieces, the bytes stay in order") {
  const std::string sent = numbered_bytes(200'000);
  std::string consumed;
  ReadBuffer buffer;
  for (std::size_t at = 0, piece = 1; at < sent.size(); at += piece, piece = piece * 7 % 9973 + 1) {
    receive(buffer, std::string_view(sent).substr(at, piece));
    const std::size_t count = buffer.size() * 2 / 3;
    consumed += received(buffer).substr(0, count);
    buffer.consume(count);
  }
  consumed += received(buffer);
  CHECK(consumed == sent);
}

TEST_CASE("a large word gets its room in one step") {
  constexpr std::size_t wanted = 1'000'000;
  ReadBuffer buffer;
  receive(buffer, numbered_bytes(100));
  CHECK(buffer.prepare(wanted).size() + buffer.size() >= wanted);
  CHECK(received(buffer) == numbered_bytes(100));
}

TEST_CASE("a word that is only announced takes up no more than a mebibyte, or what was received of it again") {
  constexpr std::size_t wanted = 500'000'000;
  constexpr std::size_t mebibyte = 1024UL * 1024;
  ReadBuffer buffer;
  receive(buffer, numbered_bytes(100), wanted);
  CHECK(buffer.capacity() == mebibyte);
  receive(buffer, numbered_bytes(3 * mebibyte), wanted);
  CHECK(buffer.capacity() <= 8 * mebibyte);
}

TEST_CASE("the memory of a large word is given back once the word is consumed") {
  ReadBuffer buffer;
  receive(buffer, numbered_bytes(1'000'000), 1'000'000);
  CHECK(buffer.capacity() >= 1'000'000);
  buffer.consume(1'000'000);
  CHECK(buffer.capacity() <= ReadBuffer::usual_bytes);
}

TEST_CASE("the usual memory is kept for the next read") {
  ReadBuffer buffer;
  receive(buffer, "PING");
  const char* const before = buffer.received().data();
  buffer.consume(4);
  receive(buffer, "PING");
  CHECK(buffer.received().data() == before);
}

TEST_CASE("growing without an announced length doubles, so that it stays linear") {
  ReadBuffer buffer;
  std::set<std::size_t> capacities;
  for (int piece = 0; piece < 1000; ++piece) {
    receive(buffer, numbered_bytes(4096));
    capacities.insert(buffer.capacity());
  }
  CHECK(capacities.size() <= 10);
}

TEST_CASE("what is released when nothing is in it can be filled again") {
  ReadBuffer buffer;
  receive(buffer, "first");
  buffer.consume(5);
  buffer.release();
  CHECK(buffer.capacity() == 0);
  receive(buffer, "second");
  CHECK(received(buffer) == "second");
}

TEST_CASE("what has not been consumed is not released") {
  ReadBuffer buffer;
  receive(buffer, "first second");
  buffer.consume(6);
  buffer.release();
  CHECK(received(buffer) == "second");
}

}  // namespace
}  // namespace sluice::net
