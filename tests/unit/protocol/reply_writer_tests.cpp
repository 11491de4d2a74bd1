#include "protocol/reply_writer.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace sluice::protocol {
namespace {

// The bytes that `write` appends in one version of the protocol.
template <typename Write>
std::string in(ProtocolVersion version, Write write) {
  ReplyBuffer buffer;
  ReplyWriter writer(buffer, version);
  write(writer);
  return std::string(buffer.view());
}

template <typename Write>
void check_both(Write write, std::string_view expected) {
  CHECK(in(ProtocolVersion::resp2, write) == expected);
  CHECK(in(ProtocolVersion::resp3, write) == expected);
}

template <typename Write>
void check_each(Write write, std::string_view in_resp2, std::string_view in_resp3) {
  CHECK(in(ProtocolVersion::resp2, write) == in_resp2);
  CHECK(in(ProtocolVersion::resp3, write) == in_resp3);
}

TEST_CASE("a status is a line") {
  check_both([](ReplyWriter& writer) { writer.ok(); }, "+OK\r\n");
  check_both([](ReplyWriter& writer) { writer.simple("PONG"); }, "+PONG\r\n");
  check_both([](ReplyWriter& writer) { writer.simple(""); }, "+\r\n");
}

TEST_CASE("an error stays on one line whatever it quotes") {
  check_both([](ReplyWriter& writer) { writer.error("ERR no"); }, "-ERR no\r\n");
  check_both([](ReplyWriter& writer) { writer.error("ERR a\r\nb\n"); }, "-ERR a  b \r\n");
}

TEST_CASE("integers of every length are written in full") {
  check_both([](ReplyWriter& writer) { writer.integer(0); }, ":0\r\n");
  check_both([](ReplyWriter& writer) { writer.integer(9); }, ":9\r\n");
  check_both([](ReplyWriter& writer) { writer.integer(10); }, ":10\r\n");
  check_both([](ReplyWriter& writer) { writer.integer(-1); }, ":-1\r\n");
  check_both([](ReplyWriter& writer) { writer.integer(std::numeric_limits<std::int64_t>::max()); },
             ":9223372036854775807\r\n");
  check_both([](ReplyWriter& writer) { writer.integer(std::numeric_limits<std::int64_t>::min()); },
             ":-9223372036854775808\r\n");
}

TEST_CASE("a bulk string announces its length") {
  check_both([](ReplyWriter& writer) { writer.bulk("hello"); }, "$5\r\nhello\r\n");
  check_both([](ReplyWriter& writer) { writer.bulk("0123456789"); }, "$10\r\n0123456789\r\n");
  check_both([](ReplyWriter& writer) { writer.bulk("a\r\nb"); }, "$4\r\na\r\nb\r\n");
  check_both([](ReplyWriter& writer) { writer.bulk({}); }, "$0\r\n\r\n");
}

TEST_CASE("a bulk string larger than the buffer's room is whole") {
  const std::string large(100000, 'x');

  check_both([&](ReplyWriter& writer) { writer.bulk(large); }, "$100000\r\n" + large + "\r\n");
}

TEST_CASE("an integer can be a bulk string") {
  check_both([](ReplyWriter& writer) { writer.bulk_integer(-42); }, "$3\r\n-42\r\n");
}

TEST_CASE("bulk strings are written in a run like one by one") {
  constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
  const std::string text(300, 'x');
  check_both(
      [&](ReplyWriter& writer) {
        writer.array(4);
        writer.bulks(4, 3 * text.size(), [&](BulkRun& run) {
          run.add(text);
          run.add("");
          run.add_integer(smallest);
          run.add("ten bytes.");
        });
        writer.ok();
      },
      "*4\r\n$300\r\n" + text + "\r\n$0\r\n\r\n$20\r\n-9223372036854775808\r\n$10\r\nten bytes.\r\n+OK\r\n");
}

TEST_CASE("null has one form in RESP3 and two in RESP2") {
  check_each([](ReplyWriter& writer) { writer.null(); }, "$-1\r\n", "_\r\n");
  check_each([](ReplyWriter& writer) { writer.null_array(); }, "*-1\r\n", "_\r\n");
}

TEST_CASE("RESP2 has no booleans") {
  check_each([](ReplyWriter& writer) { writer.boolean(true); }, ":1\r\n", "#t\r\n");
  check_each([](ReplyWriter& writer) { writer.boolean(false); }, ":0\r\n", "#f\r\n");
}

TEST_CASE("RESP2 has no reals") {
  check_each([](ReplyWriter& writer) { writer.real(1.5); }, "$3\r\n1.5\r\n", ",1.5\r\n");
  check_each([](ReplyWriter& writer) { writer.real(3); }, "$1\r\n3\r\n", ",3\r\n");
  check_each([](ReplyWriter& writer) { writer.real(-std::numeric_limits<double>::infinity()); }, "$4\r\n-inf\r\n",
             ",-inf\r\n");
}

TEST_CASE("RESP2 has no big numbers and no verbatim text") {
  check_each([](ReplyWriter& writer) { writer.big_number("12345678901234567890"); }, "$20\r\n12345678901234567890\r\n",
             "(12345678901234567890\r\n");
  check_each([](ReplyWriter& writer) { writer.verbatim("txt", "Some string"); }, "$11\r\nSome string\r\n",
             "=15\r\ntxt:Some string\r\n");
}

TEST_CASE("RESP2 knows arrays only") {
  check_each([](ReplyWriter& writer) { writer.array(3); }, "*3\r\n", "*3\r\n");
  check_each([](ReplyWriter& writer) { writer.map(3); }, "*6\r\n", "%3\r\n");
  check_each([](ReplyWriter& writer) { writer.set(3); }, "*3\r\n", "~3\r\n");
  check_each([](ReplyWriter& writer) { writer.push(3); }, "*3\r\n", ">3\r\n");
}

TEST_CASE("attributes are RESP3") {
  CHECK(in(ProtocolVersion::resp3, [](ReplyWriter& writer) { writer.attribute(2); }) == "|2\r\n");
}

TEST_CASE("the version can change between two replies") {
  check_each(
      [](ReplyWriter& writer) {
        writer.null();
        writer.set_version(ProtocolVersion::resp3);
        writer.null();
      },
      "$-1\r\n_\r\n", "_\r\n_\r\n");
}

TEST_CASE("a header can be put before elements that are already written") {
  const auto counted_later = [](auto header) {
    return [=](ReplyWriter& writer) {
      writer.ok();
      const std::size_t mark = writer.mark();
      for (int i = 0; i < 20; ++i) writer.integer(i % 10);
      header(writer, mark);
    };
  };
  std::string elements;
  for (int i = 0; i < 20; ++i) elements += ":" + std::to_string(i % 10) + "\r\n";

  check_each(counted_later([](ReplyWriter& writer, std::size_t mark) { writer.array_at(mark, 20); }),
             "+OK\r\n*20\r\n" + elements, "+OK\r\n*20\r\n" + elements);
  check_each(counted_later([](ReplyWriter& writer, std::size_t mark) { writer.map_at(mark, 10); }),
             "+OK\r\n*20\r\n" + elements, "+OK\r\n%10\r\n" + elements);
  check_each(counted_later([](ReplyWriter& writer, std::size_t mark) { writer.set_at(mark, 20); }),
             "+OK\r\n*20\r\n" + elements, "+OK\r\n~20\r\n" + elements);
}

TEST_CASE("rewinding forgets the reply since its mark") {
  check_both(
      [](ReplyWriter& writer) {
        writer.ok();
        const std::size_t mark = writer.mark();
        writer.array(2);
        writer.bulk("half a reply");
        writer.rewind(mark);
        writer.error("ERR sorry");
      },
      "+OK\r\n-ERR sorry\r\n");
}

}  // namespace
}  // namespace sluice::protocol
