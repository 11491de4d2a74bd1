// Any stream: the parser ends well, and finds the same requests however the stream is cut up.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/frame_parser.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/unit/protocol/parsing.hpp"

namespace sluice::protocol::tests {
namespace {

void check_stream(std::string_view stream, const ParserLimits& limits) {
  // Every step copies what is left of the stream: long ones are taken in longer steps.
  const std::size_t step = stream.size() <= 512 ? 1 : 61;

  const Parsed at_once = parse(stream, limits);
  sluice::tests::require(at_once.consumed <= stream.size());
  sluice::tests::require(at_once.error.empty() || at_once.error.starts_with("ERR Protocol error: "));
  sluice::tests::require(parse_in_steps(stream, step, limits) == at_once);
  sluice::tests::require(parse_in_two(stream, stream.size() / 2, limits) == at_once);
}

}  // namespace
}  // namespace sluice::protocol::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sluice::protocol::ParserLimits;
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  sluice::protocol::tests::check_stream(stream, {});
  sluice::protocol::tests::check_stream(stream, ParserLimits::before_authentication());
  return 0;
}
