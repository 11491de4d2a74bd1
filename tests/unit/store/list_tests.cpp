#include "server/store/values/list.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/store/list_support.hpp"

using namespace sluice::store;

namespace {

using Texts = std::vector<std::string>;

// Chunks of a few elements, so that tests meet their limits soon.
const ListLimits four_elements = ListLimits::of(4);
const ListLimits four_kilobytes = ListLimits::of(-1);

void push(List& list, Side side, std::string_view text, const ListLimits& limits) {
  list.expect(1, text.size(), limits);
  list.push(side, PackedText(text), limits);
}

List numbers(std::size_t count, const ListLimits& limits) {
  List list;
  for (std::size_t number = 0; number < count; ++number) push(list, Side::tail, std::to_string(number), limits);
  return list;
}

Texts texts_of(const List& list, std::size_t first, std::size_t count) {
  Texts texts;
  list.view().for_each_run(first, count, [&](List::Run run) {
    for (; run.count > 0; --run.count) texts.push_back(run.first.take().text());
  });
  return texts;
}

Texts walk(const List& list, Side from, std::size_t skip = 0) {
  Texts texts;
  for (List::Walk walk(list, from, skip); !walk.done();) texts.push_back(walk.take().text());
  return texts;
}

void check_holds(const List& list, const Texts& expected) {
  REQUIRE(list.size() == expected.size());
  CHECK(list.empty() == expected.empty());
  CHECK(walk(list, Side::head) == expected);
  CHECK(walk(list, Side::tail) == Texts(expected.rbegin(), expected.rend()));
  CHECK(texts_of(list, 0, list.size()) == expected);
  std::size_t in_chunks = 0;
  for (std::size_t number = 0; number < list.view().chunk_count(); ++number) {
    CHECK(list.view().chunk(number).size() == list.view().chunk_size(number));
    CHECK((list.empty() || list.view().chunk_size(number) > 0));
    in_chunks += list.view().chunk_size(number);
  }
  CHECK(in_chunks == list.size());
}

std::size_t bytes_of_chunks(const List& list) {
  std::size_t bytes = 0;
  for (std::size_t number = 0; number < list.view().chunk_count(); ++number)
    bytes += list.view().chunk(number).byte_count();
  return bytes;
}

}  // namespace

TEST_CASE("the setting says how many bytes or elements a chunk may have") {
  CHECK(ListLimits::of(-1).bytes_max == 4096);
  CHECK(ListLimits::of(-2).bytes_max == 8192);
  CHECK(ListLimits::of(-5).bytes_max == 65536);
  CHECK(ListLimits::of(-9).bytes_max == 65536);
  CHECK(ListLimits::of(128).allow(8192, 128));
  CHECK_FALSE(ListLimits::of(128).allow(8193, 128));
  CHECK_FALSE(ListLimits::of(128).allow(100, 129));
  CHECK(ListLimits::of(0).count_max == 1);
}

TEST_CASE("a list is packed until it is expected to exceed the limits") {
  List list = numbers(4, four_elements);
  CHECK(list.is_packed());
  list.expect(1, 1, four_elements);
  CHECK_FALSE(list.is_packed());
  check_holds(list, {"0", "1", "2", "3"});

  List by_bytes;
  push(by_bytes, Side::tail, std::string(2000, 'a'), four_kilobytes);
  by_bytes.expect(2, 4096 - by_bytes.view().chunk(0).byte_count(), four_kilobytes);
  CHECK(by_bytes.is_packed());
  by_bytes.expect(2, 4097 - by_bytes.view().chunk(0).byte_count(), four_kilobytes);
  CHECK_FALSE(by_bytes.is_packed());
}

TEST_CASE("a list that shrank is packed again when one chunk is left, at most half full") {
  List list = numbers(9, four_elements);
  REQUIRE(list.view().chunk_count() == 3);
  for (int popped = 0; popped < 6; ++popped) list.pop(Side::head);
  REQUIRE(list.view().chunk_count() == 2);
  list.repack(four_elements);
  CHECK_FALSE(list.is_packed());
  list.pop(Side::head);
  list.repack(four_elements);
  CHECK((list.is_packed() || list.view().chunk_count() == 2));
  list.pop(Side::head);
  list.repack(four_elements);
  CHECK(list.is_packed());
  check_holds(list, {"8"});
}

TEST_CASE("chunks are filled up to their limit, from either side") {
  for (const Side side : {Side::head, Side::tail}) {
    List list;
    for (int number = 0; number < 10'000; ++number) push(list, side, "fifteen bytes..", four_kilobytes);
    CHECK(list.view().chunk_count() == 10'000 / 240 + 1);
    CHECK(list.memory_bytes() < bytes_of_chunks(list) * 102 / 100 + 4096);
  }
}

TEST_CASE("a list that goes on growing makes room for whole chunks, and a short one for little more than it holds") {
  for (const std::size_t element_bytes : {4UL, 100UL, 1500UL, 3000UL, 6000UL}) {
    const std::string element(element_bytes, 'x');
    for (const Side side : {Side::head, Side::tail}) {
      List list;
      while (bytes_of_chunks(list) < 2'000'000) {
        push(list, side, element, four_kilobytes);
        CHECK(list.memory_bytes() < bytes_of_chunks(list) * 3 / 2 + 512);
      }
      CHECK(list.memory_bytes() < bytes_of_chunks(list) * 120 / 100);
    }
  }
}

TEST_CASE("an element larger than a chunk has one to itself") {
  List list = numbers(3, four_kilobytes);
  push(list, Side::tail, std::string(50'000, 'x'), four_kilobytes);
  push(list, Side::tail, "after", four_kilobytes);
  CHECK(list.view().chunk_count() == 3);
  check_holds(list, {"0", "1", "2", std::string(50'000, 'x'), "after"});
  list.insert(1, PackedText(std::string(9000, 'y')), four_kilobytes);
  CHECK(list.view().chunk_count() == 5);
  check_holds(list, {"0", std::string(9000, 'y'), "1", "2", std::string(50'000, 'x'), "after"});
}

TEST_CASE("elements are found by index from either end") {
  const List list = numbers(1000, four_elements);
  for (const std::size_t index : {0UL, 1UL, 3UL, 4UL, 499UL, 500UL, 501UL, 998UL, 999UL}) {
    CHECK(list.view().at(index).text() == std::to_string(index));
  }
  CHECK(list.at_end(Side::head).text() == "0");
  CHECK(list.at_end(Side::tail).text() == "999");
}

TEST_CASE("ranges begin and end anywhere") {
  const List list = numbers(10, four_elements);
  CHECK(texts_of(list, 3, 6) == Texts{"3", "4", "5", "6", "7", "8"});
  CHECK(texts_of(list, 4, 4) == Texts{"4", "5", "6", "7"});
  CHECK(texts_of(list, 9, 1) == Texts{"9"});
  CHECK(texts_of(list, 0, 0).empty());
}

TEST_CASE("a walk leaves out what it is told to") {
  const List list = numbers(10, four_elements);
  CHECK(walk(list, Side::head, 8) == Texts{"8", "9"});
  CHECK(walk(list, Side::tail, 4) == Texts{"5", "4", "3", "2", "1", "0"});
  CHECK(walk(list, Side::head, 10).empty());
  CHECK(walk(list, Side::tail, 99).empty());
  CHECK(walk(List(), Side::tail).empty());
}

TEST_CASE("removing counts from the side it is told") {
  const auto make = [](const ListLimits& limits) {
    List list;
    for (const char* text : {"x", "1", "x", "2", "x", "3", "x", "4", "x"}) push(list, Side::tail, text, limits);
    return list;
  };
  for (const ListLimits& limits : {four_elements, four_kilobytes}) {
    List from_head = make(limits);
    CHECK(from_head.remove(PackedText("x"), 3, Side::head, limits) == 3);
    check_holds(from_head, {"1", "2", "3", "x", "4", "x"});
    List from_tail = make(limits);
    CHECK(from_tail.remove(PackedText("x"), 3, Side::tail, limits) == 3);
    check_holds(from_tail, {"x", "1", "x", "2", "3", "4"});
    List all = make(limits);
    CHECK(all.remove(PackedText("x"), 99, Side::tail, limits) == 5);
    check_holds(all, {"1", "2", "3", "4"});
    CHECK(all.remove(PackedText("y"), 99, Side::head, limits) == 0);
  }
}

TEST_CASE("removing most elements leaves few chunks") {
  List list;
  for (int number = 0; number < 10'000; ++number) {
    push(list, Side::tail, number % 100 == 0 ? "kept" : "removed", four_kilobytes);
  }
  CHECK(list.remove(PackedText("removed"), 10'000, Side::head, four_kilobytes) == 9900);
  CHECK(list.size() == 100);
  CHECK(list.view().chunk_count() <= 2);
  CHECK(list.memory_bytes() < 8192);
}

TEST_CASE("a clone is independent of its original") {
  for (const std::size_t count : {3UL, 50UL}) {
    List original = numbers(count, four_elements);
    const List clone = tests::clone_of(original);
    original.erase(0, count, four_elements);
    check_holds(original, {});
    CHECK(clone.size() == count);
    CHECK(clone.view().at(count - 1).text() == std::to_string(count - 1));
  }
}

TEST_CASE("a queue of any length keeps few chunks and little memory") {
  for (const std::size_t length : {1UL, 50UL, 239UL, 241UL, 1000UL}) {
    List list = numbers(length, four_kilobytes);
    for (int step = 0; step < 20'000; ++step) {
      push(list, Side::head, "fifteen bytes..", four_kilobytes);
      list.pop(Side::tail);
    }
    CHECK(list.size() == length);
    CHECK(list.view().chunk_count() <= length / 240 + 2);
    CHECK(list.memory_bytes() < length * 17 * 3 / 2 + std::size_t{4} * 4096);
  }
}
