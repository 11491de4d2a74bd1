#include "protocol/reply_buffer.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <new>
#include <string>
#include <utility>

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

TEST_CASE("prepared bytes count once they are committed") {
  ReplyBuffer buffer;
  buffer.append("ab");

  std::memcpy(buffer.prepare(100), "cdef", 4);
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

  CHECK_THROWS_AS(buffer.prepare(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
  CHECK(buffer.view() == "kept");
}

}  // namespace
}  // namespace sluice::protocol
