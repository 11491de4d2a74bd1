// Measures reading requests and writing replies, as one pipelined read brings them. Times are per batch; the rate of
// items is of requests or replies.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/frame_parser.hpp"
#include "protocol/reply_buffer.hpp"
#include "protocol/reply_writer.hpp"

namespace sluice::protocol {
namespace {

constexpr int pipeline = 64;

std::string encode(const std::vector<std::string>& words) {
  ReplyBuffer buffer;
  ReplyWriter writer(buffer);
  writer.array(words.size());
  for (const std::string& word : words) writer.bulk(word);
  return std::string(buffer.view());
}

std::string repeat(const std::string& request) {
  std::string stream;
  for (int i = 0; i < pipeline; ++i) stream += request;
  return stream;
}

// Reads `stream`, which holds `pipeline` whole requests, again and again.
void parse_stream(benchmark::State& state, std::string stream) {
  FrameParser parser;
  std::vector<std::string_view> words;
  const ParserLimits limits;
  for (auto _ : state) {
    words.clear();
    std::span<char> unread(stream);
    while (!unread.empty()) {
      const FrameParser::Result result = parser.next(unread, words, limits);
      unread = unread.subspan(result.consumed);
    }
    benchmark::DoNotOptimize(words.data());
  }
  state.SetItemsProcessed(state.iterations() * pipeline);
}

// Writes `pipeline` replies with `write`, again and again.
template <typename Write>
void write_replies(benchmark::State& state, Write write) {
  ReplyBuffer buffer;
  ReplyWriter writer(buffer);
  for (auto _ : state) {
    buffer.clear();
    for (int i = 0; i < pipeline; ++i) write(writer);
    benchmark::DoNotOptimize(buffer.data());
  }
  state.SetItemsProcessed(state.iterations() * pipeline);
}

void parse_set(benchmark::State& state) {
  const std::string value(static_cast<std::size_t>(state.range(0)), 'x');
  parse_stream(state, repeat(encode({"SET", "key:000000123456", value})));
}
BENCHMARK(parse_set)->Arg(3)->Arg(64)->Arg(1024);

void parse_get(benchmark::State& state) {
  parse_stream(state, repeat(encode({"GET", "key:000000123456"})));
}
BENCHMARK(parse_get);

void parse_inline_ping(benchmark::State& state) {
  parse_stream(state, repeat("PING\r\n"));
}
BENCHMARK(parse_inline_ping);

// The same SETs as the network may bring them: every request is cut somewhere in its value.
void parse_set_in_two_pieces(benchmark::State& state) {
  std::string request = encode({"SET", "key:000000123456", std::string(64, 'x')});
  FrameParser parser;
  std::vector<std::string_view> words;
  const ParserLimits limits;
  for (auto _ : state) {
    words.clear();
    parser.next(std::span(request).first(request.size() / 2 + 10), words, limits);
    parser.next(request, words, limits);
    benchmark::DoNotOptimize(words.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse_set_in_two_pieces);

void write_ok(benchmark::State& state) {
  write_replies(state, [](ReplyWriter& writer) { writer.ok(); });
}
BENCHMARK(write_ok);

void write_integer_reply(benchmark::State& state) {
  write_replies(state, [value = state.range(0)](ReplyWriter& writer) { writer.integer(value); });
}
BENCHMARK(write_integer_reply)->Arg(1)->Arg(123456789);

void write_bulk(benchmark::State& state) {
  const std::string value(static_cast<std::size_t>(state.range(0)), 'x');
  write_replies(state, [&](ReplyWriter& writer) { writer.bulk(value); });
}
BENCHMARK(write_bulk)->Arg(3)->Arg(64)->Arg(1024);

void write_real_reply(benchmark::State& state) {
  write_replies(state, [](ReplyWriter& writer) { writer.real(0.1); });
}
BENCHMARK(write_real_reply);

}  // namespace
}  // namespace sluice::protocol
