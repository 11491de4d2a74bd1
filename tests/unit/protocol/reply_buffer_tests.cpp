#include "protocol/reply_buffer.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <new>
#include <string>
#include <tuple>
#include <utility>

#include "tests/support/sanitizers.hpp"

namespace sluice::protocol {
namespace {

TEST_CASE("a new buffer is empty and holds no memory") {
  const ReplyBuffer buffer;

  CHECK(buffer.empty());
  CHECK(buffer.view() == "");
  CHECK(buffer.capacity() == 0);
}

TEST_CASE("appending keeps what is there") {
  ReplyBuffer buffer;
  std::string expected;
  for (int i = 0; i < 10000; ++i) {
    buffer.append(std::to_string(i));
    expected += std::to_string(i);
  }

  CHECK(buffer.view() == expected);
}

TEST_CASE("written bytes count once they are committed") {
  ReplyBuffer buffer;
  buffer.append("ab");

  REQUIRE(buffer.make_room(100));
  std::memcpy(buffer.end(), "cdef", 4);
  CHECK(buffer.view() == "ab");

  buffer.commit(3);
  CHECK(buffer.view() == "abcde");
}

TEST_CASE("bytes can be inserted anywhere") {
  ReplyBuffer buffer;
  buffer.append("bd");

  buffer.insert(0, "a");
  buffer.insert(2, "c");
  buffer.insert(4, "e");
  buffer.insert(4, "");

  CHECK(buffer.view() == "abcde");
}

TEST_CASE("an insertion may need more room than there is") {
  ReplyBuffer buffer;
  buffer.append(std::string(buffer.capacity() + 10, 'x'));
  const std::string many(100000, 'y');

  buffer.insert(5, many);

  CHECK(buffer.view() == "xxxxx" + many + "xxxxx");
}

TEST_CASE("truncating forgets the end") {
  ReplyBuffer buffer;
  buffer.append("keep this");

  buffer.truncate(4);

  CHECK(buffer.view() == "keep");
}

TEST_CASE("clearing keeps the memory") {
  ReplyBuffer buffer;
  buffer.append(std::string(5000, 'x'));
  const std::size_t capacity = buffer.capacity();

  buffer.clear();

  CHECK(buffer.empty());
  CHECK(buffer.capacity() == capacity);
}

TEST_CASE("memory is given back only above the bound") {
  ReplyBuffer buffer;
  buffer.append(std::string(5000, 'x'));
  buffer.clear();
  const std::size_t capacity = buffer.capacity();

  buffer.release_above(capacity);
  CHECK(buffer.capacity() == capacity);

  buffer.release_above(capacity - 1);
  CHECK(buffer.capacity() == 0);
  buffer.append("again");
  CHECK(buffer.view() == "again");
}

TEST_CASE("a buffer that gave its memory back takes at once what it last held and a little more") {
  ReplyBuffer buffer;
  buffer.append(std::string(5000, 'x'));
  buffer.clear();
  buffer.release_above(0);
  buffer.append("short");
  CHECK(buffer.capacity() > 5000);
  CHECK(buffer.capacity() < 6000);

  buffer.clear();
  buffer.release_above(0);
  buffer.append("short");
  CHECK(buffer.capacity() < 5000);
}

TEST_CASE("a large buffer grows by a fraction of itself") {
  ReplyBuffer buffer;
  buffer.append(std::string(16UL * 1024 * 1024, 'x'));
  const std::size_t before = buffer.capacity();

  buffer.append(std::string(buffer.capacity() - buffer.size() + 1, 'x'));

  CHECK(buffer.capacity() > before + before / 8);
  CHECK(buffer.capacity() < before + before / 2);
}

TEST_CASE("what was moved from is empty and can be filled") {
  ReplyBuffer first;
  first.append("one");

  ReplyBuffer second(std::move(first));
  CHECK(second.view() == "one");
  CHECK(first.empty());
  first.append("two");

  second = std::move(first);
  CHECK(second.view() == "two");
  first.append("three");
  CHECK(first.view() == "three");
}

TEST_CASE("asking for more than there can be is refused, and the buffer stays as it was") {
  ReplyBuffer buffer;
  buffer.append("kept");

  CHECK_THROWS_AS(std::ignore = buffer.make_room(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
  CHECK(buffer.view() == "kept");
}

// --- Bounded

ReplyBuffer bounded(std::size_t bytes_max) {
  ReplyBuffer buffer;
  buffer.set_bytes_max(bytes_max);
  return buffer;
}

TEST_CASE("a bounded buffer can be filled up to its bound, and takes no more memory than that") {
  ReplyBuffer buffer = bounded(1000);
  for (int count = 0; count < 100; ++count) buffer.append("0123456789");

  CHECK(buffer.size() == 1000);
  CHECK(buffer.capacity() == 1000);
  CHECK_FALSE(buffer.has_overflowed());
}

TEST_CASE("what goes beyond the bound is left out, however it is written") {
  ReplyBuffer buffer = bounded(10);
  buffer.append("0123456789");

  SUBCASE("appended") {
    buffer.append("x");
  }
  SUBCASE("inserted") {
    buffer.insert(5, "x");
  }
  SUBCASE("written in place") {
    CHECK_FALSE(buffer.make_room(1));
  }
  SUBCASE("more than can be counted") {
    CHECK_FALSE(buffer.make_room(std::numeric_limits<std::size_t>::max()));
  }
  CHECK(buffer.has_overflowed());
  CHECK(buffer.view() == "0123456789");
}

TEST_CASE("a buffer that has overflowed grows no more") {
  ReplyBuffer buffer = bounded(5000);
  buffer.append("short");
  const std::size_t capacity = buffer.capacity();
  buffer.append(std::string(5000, 'x'));

  for (int count = 0; count < 1000; ++count) buffer.append("0123456789");

  CHECK(buffer.has_overflowed());
  CHECK(buffer.capacity() == capacity);
}

TEST_CASE("truncated to what was whole, a buffer that has overflowed is as good as before") {
  ReplyBuffer buffer = bounded(1000);
  buffer.append("whole");
  const std::size_t size = buffer.size();
  buffer.append("and more");
  buffer.append(std::string(1000, 'x'));
  REQUIRE(buffer.has_overflowed());

  buffer.truncate(size);
  buffer.forget_overflow();
  buffer.append(std::string(995, 'x'));

  CHECK_FALSE(buffer.has_overflowed());
  CHECK(buffer.view() == "whole" + std::string(995, 'x'));
}

TEST_CASE("cleared, a buffer that has overflowed is as good as new") {
  ReplyBuffer buffer = bounded(10);
  buffer.append("more than there may be");
  REQUIRE(buffer.has_overflowed());

  buffer.clear();

  CHECK_FALSE(buffer.has_overflowed());
  buffer.append("again");
  CHECK(buffer.view() == "again");
}

TEST_CASE("a bound below what is held already keeps it, and lets nothing be added that needs more room") {
  ReplyBuffer buffer;
  buffer.append(std::string(5000, 'x'));

  buffer.set_bytes_max(10);
  buffer.append(std::string(buffer.capacity() - buffer.size() + 1, 'y'));

  CHECK(buffer.has_overflowed());
  CHECK(buffer.view() == std::string(5000, 'x'));
}

TEST_CASE("a buffer keeps its bound when it is moved") {
  ReplyBuffer first = bounded(10);
  first.append("0123456789");

  ReplyBuffer second(std::move(first));
  second.append("x");
  CHECK(second.has_overflowed());

  first = std::move(second);
  CHECK(first.has_overflowed());
  CHECK(first.view() == "0123456789");
}

// The sanitizers end the program instead.
TEST_CASE("a bounded buffer overflows, too, when there is no memory" * doctest::skip(tests::is_sanitized)) {
  ReplyBuffer buffer = bounded(std::numeric_limits<std::size_t>::max() / 4);
  buffer.append("kept");

  CHECK_FALSE(buffer.make_room(std::numeric_limits<std::size_t>::max() / 8));

  CHECK(buffer.has_overflowed());
  CHECK(buffer.view() == "kept");
}

}  // namespace
}  // namespace sluice::protocol
