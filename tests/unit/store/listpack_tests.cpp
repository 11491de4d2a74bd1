#include "server/store/values/listpack.hpp"

#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "server/base/random.hpp"

using namespace sluice::store;

namespace {

using Texts = std::vector<std::string>;

Texts texts_of(ListpackView view) {
  Texts texts;
  for (auto element = view.begin(); element != view.end(); ++element) texts.push_back((*element).text());
  return texts;
}

Texts texts_backwards(ListpackView view) {
  Texts texts;
  for (auto element = view.end(); element != view.begin();) texts.push_back((*--element).text());
  return texts;
}

Listpack pack(const Texts& texts) {
  Listpack listpack;
  for (const std::string& text : texts) listpack.append(PackedText(text));
  return listpack;
}

std::string bytes_of(const Listpack& listpack) {
  return std::string(listpack.view().bytes());
}

std::size_t offset_at(const Listpack& listpack, std::size_t index) {
  return listpack.view().offset_of(listpack.view().at(index));
}

void check_holds(const Listpack& listpack, const Texts& expected) {
  CHECK(texts_of(listpack.view()) == expected);
  CHECK(texts_backwards(listpack.view()) == Texts(expected.rbegin(), expected.rend()));
  CHECK(listpack.view().size() == expected.size());
  CHECK(listpack.empty() == expected.empty());
  CHECK(ListpackView::is_valid(listpack.view().bytes()));
}

// Every encoding and both sides of every limit between two of them.
Texts texts_of_every_encoding() {
  Texts texts{"",
              "0",
              "127",
              "128",
              "-1",
              "4095",
              "4096",
              "-4096",
              "-4097",
              "32767",
              "32768",
              "-32768",
              "-32769",
              "8388607",
              "8388608",
              "-8388608",
              "-8388609",
              "2147483647",
              "2147483648",
              "-2147483648",
              "-2147483649",
              "9223372036854775807",
              "-9223372036854775808",
              "9223372036854775808",
              "-9223372036854775809",
              "-0",
              "00",
              "+1",
              "1 ",
              "1.0",
              "-"};
  for (const std::size_t size : {1UL, 63UL, 64UL, 125UL, 126UL, 127UL, 4095UL, 4096UL, 16377UL, 16378UL, 16379UL,
                                 2097145UL, 2097146UL, 2097147UL}) {
    texts.emplace_back(size, 'x');
  }
  return texts;
}

}  // namespace

TEST_CASE("an empty listpack is seven bytes") {
  const Listpack listpack;
  CHECK(bytes_of(listpack) == std::string("\x07\0\0\0\0\0\xff", 7));
  CHECK(listpack.memory_bytes() == 0);
  check_holds(listpack, {});
}

TEST_CASE("elements are laid out as RDB files have them") {
  using namespace std::string_literals;
  const auto layout = [](const std::string& text) {
    const std::string bytes = bytes_of(pack({text}));
    return bytes.substr(6, bytes.size() - 7);
  };
  CHECK(layout("5") == "\x05\x01"s);
  CHECK(layout("-1") == "\xdf\xff\x02"s);
  CHECK(layout("4095") == "\xcf\xff\x02"s);
  CHECK(layout("1000") == "\xc3\xe8\x02"s);
  CHECK(layout("5000") == "\xf1\x88\x13\x03"s);
  CHECK(layout("-5000") == "\xf1\x78\xec\x03"s);
  CHECK(layout("100000") == "\xf2\xa0\x86\x01\x04"s);
  CHECK(layout("10000000") == "\xf3\x80\x96\x98\x00\x05"s);
  CHECK(layout("10000000000") == "\xf4\x00\xe4\x0b\x54\x02\x00\x00\x00\x09"s);
  CHECK(layout("") == "\x80\x01"s);
  CHECK(layout("abc") ==
        "\x83"
        "abc\x04"s);
  CHECK(layout(std::string(64, 'x')) == "\xe0\x40" + std::string(64, 'x') + "\x42");
  CHECK(layout(std::string(300, 'x')) == "\xe1\x2c" + std::string(300, 'x') + "\x02\xae");
  CHECK(layout(std::string(5000, 'x')) == "\xf0\x88\x13\x00\x00"s + std::string(5000, 'x') + "\x27\x8d");
}

TEST_CASE("the longest lengths of two, three and four bytes are written in one byte more") {
  CHECK(back_length_bytes(16382) == 2);
  CHECK(back_length_bytes(16383) == 3);
  CHECK(back_length_bytes(2097150) == 3);
  CHECK(back_length_bytes(2097151) == 4);
  CHECK(back_length_bytes(268435454) == 4);
  CHECK(back_length_bytes(268435455) == 5);
}

TEST_CASE("every text comes back, forwards and backwards, alone and among others") {
  const Texts texts = texts_of_every_encoding();
  for (const std::string& text : texts) check_holds(pack({text}), {text});
  check_holds(pack(texts), texts);
}

TEST_CASE("only the canonical text of a number is kept as an integer") {
  const auto is_integer = [](const std::string& text) { return (*pack({text}).view().begin()).is_integer(); };
  for (const char* text : {"0", "-1", "127", "9223372036854775807", "-9223372036854775808"}) CHECK(is_integer(text));
  for (const char* text : {"", "-", "-0", "01", "+1", " 1", "1 ", "1.0", "9223372036854775808"})
    CHECK_FALSE(is_integer(text));
}

TEST_CASE("a text equals the elements that read the same") {
  const Listpack listpack = pack({"7", "seven", "-7", ""});
  const auto at = [&](std::size_t index) { return *listpack.view().at(index); };
  CHECK(PackedText("7") == at(0));
  CHECK(PackedText(std::int64_t{-7}) == at(2));
  CHECK(PackedText("seven") == at(1));
  CHECK(PackedText("") == at(3));
  CHECK_FALSE(PackedText("07") == at(0));
  CHECK_FALSE(PackedText("7") == at(2));
  CHECK_FALSE(PackedText("7") == at(1));
  CHECK_FALSE(PackedText(std::int64_t{7}) == at(3));
  for (std::size_t index = 0; index < 4; ++index) CHECK(PackedText(at(index)) == at(index));
}

TEST_CASE("prepending, inserting and replacing") {
  Listpack listpack;
  listpack.prepend(PackedText("c"));
  listpack.prepend(PackedText("1"));
  listpack.insert(offset_at(listpack, 1), PackedText("b"));
  listpack.insert(offset_at(listpack, 3), PackedText("d"));
  check_holds(listpack, {"1", "b", "c", "d"});
  listpack.replace(offset_at(listpack, 1), PackedText(std::string(500, 'B')));
  listpack.replace(offset_at(listpack, 2), PackedText("300"));
  listpack.replace(offset_at(listpack, 3), PackedText(""));
  check_holds(listpack, {"1", std::string(500, 'B'), "300", ""});
}

TEST_CASE("erasing at the ends, in the middle, and everything") {
  Listpack listpack = pack({"a", "b", "c", "d", "e", "f"});
  listpack.erase_first();
  listpack.erase_last();
  check_holds(listpack, {"b", "c", "d", "e"});
  listpack.erase(offset_at(listpack, 1), offset_at(listpack, 3), 2);
  check_holds(listpack, {"b", "e"});
  listpack.erase(offset_at(listpack, 0), offset_at(listpack, 2), 2);
  check_holds(listpack, {});
  listpack.append(PackedText("again"));
  check_holds(listpack, {"again"});
}

TEST_CASE("equal elements are erased from either side, as many as wanted") {
  const Texts texts{"x", "1", "x", "2", "x", "3"};
  SUBCASE("from the head") {
    Listpack listpack = pack(texts);
    CHECK(listpack.erase_equal(PackedText("x"), 2, Side::head) == 2);
    check_holds(listpack, {"1", "2", "x", "3"});
  }
  SUBCASE("from the tail") {
    Listpack listpack = pack(texts);
    CHECK(listpack.erase_equal(PackedText("x"), 2, Side::tail) == 2);
    check_holds(listpack, {"x", "1", "2", "3"});
  }
  SUBCASE("all, and none") {
    Listpack listpack = pack(texts);
    CHECK(listpack.erase_equal(PackedText("y"), 9, Side::head) == 0);
    CHECK(listpack.erase_equal(PackedText("x"), 9, Side::tail) == 3);
    check_holds(listpack, {"1", "2", "3"});
  }
}

TEST_CASE("an element is found at every so many places, and only there") {
  const Texts texts = texts_of_every_encoding();
  Texts doubled;
  for (const std::string& text : texts) doubled.insert(doubled.end(), {text, "between"});
  const Listpack listpack = pack(doubled);
  const ListpackView view = listpack.view();
  for (std::size_t index = 0; index < texts.size(); ++index) {
    CHECK(view.find(PackedText(texts[index]), view.begin(), 2) == view.at(2 * index));
    if (index > 0) CHECK(view.find(PackedText(texts[index]), view.at(2 * index), 1) == view.at(2 * index));
  }
  CHECK(view.find(PackedText("between"), view.begin(), 2) == view.end());
  CHECK(view.find(PackedText("between"), view.begin(), 1) == view.at(1));
  CHECK(view.find(PackedText("absent"), view.begin(), 1) == view.end());
  CHECK(view.find(PackedText(std::int64_t{999'999}), view.begin(), 1) == view.end());
  CHECK(Listpack().view().find(PackedText(""), Listpack().view().begin(), 2) == Listpack().view().end());
}

TEST_CASE("several elements come as one, move as one, and every third goes") {
  Listpack listpack = pack({"a", "1", "b", "2"});
  const std::array more{PackedText("c"), PackedText("300"), PackedText(std::string_view())};
  listpack.insert(offset_at(listpack, 2), more);
  check_holds(listpack, {"a", "1", "c", "300", "", "b", "2"});
  listpack.append(std::span(more).first(2));
  check_holds(listpack, {"a", "1", "c", "300", "", "b", "2", "c", "300"});
  listpack.move(offset_at(listpack, 0), offset_at(listpack, 2), offset_at(listpack, 5));
  check_holds(listpack, {"c", "300", "", "a", "1", "b", "2", "c", "300"});
  listpack.move(offset_at(listpack, 5), offset_at(listpack, 9), offset_at(listpack, 3));
  check_holds(listpack, {"c", "300", "", "b", "2", "c", "300", "a", "1"});
  listpack.move(offset_at(listpack, 0), offset_at(listpack, 3), offset_at(listpack, 9));
  check_holds(listpack, {"b", "2", "c", "300", "a", "1", "c", "300", ""});
  listpack.erase_every(3);
  check_holds(listpack, {"b", "2", "300", "a", "c", "300"});
  Listpack empty;
  empty.erase_every(3);
  check_holds(empty, {});
}

TEST_CASE("a listpack is divided and joined") {
  Listpack first = pack({"a", "b", "c", "d"});
  const Listpack second = first.split(offset_at(first, 1));
  check_holds(first, {"a"});
  check_holds(second, {"b", "c", "d"});
  first.append_all(second.view());
  check_holds(first, {"a", "b", "c", "d"});
  first.prepend_all(second.view());
  check_holds(first, {"b", "c", "d", "a", "b", "c", "d"});
}

TEST_CASE("what is divided at its end, or was never filled, leaves nothing to take away") {
  Listpack whole = pack({"a"});
  check_holds(whole.split(offset_at(whole, 1)), {});
  check_holds(whole, {"a"});
  Listpack never_filled;
  check_holds(never_filled.split(offset_at(never_filled, 0)), {});
  check_holds(never_filled, {});
}

TEST_CASE("a copy has a life of its own") {
  Listpack original = pack({"a", "b"});
  const Listpack copy(original.view());
  original.erase_first();
  check_holds(copy, {"a", "b"});
}

TEST_CASE("more elements than the header can count are counted one by one") {
  Listpack listpack;
  for (int number = 0; number < 65534; ++number) listpack.append(PackedText("1"));
  CHECK(listpack.view().stored_count() == 65534);
  listpack.append(PackedText("1"));
  CHECK(listpack.view().stored_count() == ListpackView::count_unknown);
  listpack.append(PackedText("1"));
  CHECK(listpack.view().size() == 65536);
  CHECK(ListpackView::is_valid(listpack.view().bytes()));
  for (int number = 0; number < 10; ++number) listpack.erase_first();
  CHECK(listpack.view().size() == 65526);
}

TEST_CASE("adding at either end seldom moves what is there, and gives memory back when it shrinks") {
  for (const bool at_head : {false, true}) {
    Listpack listpack;
    std::size_t allocations = 0;
    std::size_t memory = 0;
    for (int number = 0; number < 480; ++number) {
      const PackedText text("fifteen bytes..");
      at_head ? listpack.prepend(text) : listpack.append(text);
      if (listpack.memory_bytes() != memory) ++allocations;
      memory = listpack.memory_bytes();
    }
    CHECK(memory == 8192);
    CHECK(allocations < 30);
    while (listpack.view().size() > 1) at_head ? listpack.erase_first() : listpack.erase_last();
    CHECK(listpack.memory_bytes() < 256);
  }
}

TEST_CASE("memory is given back when a long element gives way to a short one") {
  Listpack list;
  list.append(PackedText(std::string(100'000, 'x')));
  list.replace(ListpackView::header_bytes, PackedText("short"));
  CHECK(list.memory_bytes() < 1000);
  CHECK((*list.view().begin()).bytes() == "short");
}

TEST_CASE("a listpack cut short anywhere is not valid, nor is one with bytes behind it") {
  Texts texts = texts_of_every_encoding();
  std::erase_if(texts, [](const std::string& text) { return text.size() > 200; });
  const std::string bytes = bytes_of(pack(texts));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    std::string cut = bytes.substr(0, length);
    CHECK_FALSE(ListpackView::is_valid(cut));
    // Even if its header and end mark agree with what is left.
    if (length < ListpackView::empty_bytes) continue;
    cut[0] = static_cast<char>(length & 0xff);
    cut[1] = static_cast<char>(length >> 8);
    cut.back() = '\xff';
    CHECK_FALSE(ListpackView::is_valid(cut));
  }
  CHECK_FALSE(ListpackView::is_valid(bytes + '\xff'));
}

TEST_CASE("what no listpack can contain is not valid") {
  const std::string good = bytes_of(pack({"abc", "5000"}));
  REQUIRE(ListpackView::is_valid(good));
  const auto with = [&](std::size_t index, unsigned char byte) {
    std::string changed = good;
    changed[index] = static_cast<char>(byte);
    return ListpackView::is_valid(changed);
  };
  CHECK_FALSE(with(0, 200));   // the total
  CHECK_FALSE(with(4, 3));     // the count
  CHECK_FALSE(with(6, 0x84));  // a length that reaches into what follows
  CHECK_FALSE(with(6, 0xf5));  // encodings that do not exist
  CHECK_FALSE(with(6, 0xff));
  CHECK_FALSE(with(6, 0xf0));             // a length of 32 bits made of what happens to follow
  CHECK_FALSE(with(10, 3));               // a length to be read backwards that is another one
  CHECK_FALSE(with(good.size() - 1, 0));  // the end mark
}

TEST_CASE("a listpack behaves like a sequence of texts, whatever is done to it") {
  sluice::base::Random random(7);
  const Texts pool = [] {
    Texts texts = texts_of_every_encoding();
    std::erase_if(texts, [](const std::string& text) { return text.size() > 4096; });
    return texts;
  }();
  for (int round = 0; round < 30; ++round) {
    Listpack listpack;
    std::deque<std::string> model;
    for (int step = 0; step < 300; ++step) {
      const std::string& text = pool[random.below(pool.size())];
      const PackedText packed(text);
      const std::size_t index = random.below(model.size() + 1);
      const auto place = model.begin() + static_cast<std::ptrdiff_t>(index);
      switch (random.below(model.size() > 60 ? 10 : 7)) {
        case 0:
        case 1:
          listpack.append(packed);
          model.push_back(text);
          break;
        case 2:
        case 3:
          listpack.prepend(packed);
          model.push_front(text);
          break;
        case 4:
        case 5:
          listpack.insert(offset_at(listpack, index), packed);
          model.insert(place, text);
          break;
        case 6:
          if (index == model.size()) break;
          listpack.replace(offset_at(listpack, index), packed);
          *place = text;
          break;
        case 7: {
          const std::size_t count = random.below(model.size() - index + 1);
          listpack.erase(offset_at(listpack, index), offset_at(listpack, index + count), count);
          model.erase(place, place + static_cast<std::ptrdiff_t>(count));
          break;
        }
        case 8:
          listpack.erase_first();
          model.pop_front();
          break;
        default:
          listpack.erase_last();
          model.pop_back();
      }
    }
    check_holds(listpack, Texts(model.begin(), model.end()));
  }
}
