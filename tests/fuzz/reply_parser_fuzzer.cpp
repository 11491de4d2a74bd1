// Any bytes: the parser ends well, and what it took for one reply is that reply alone, and no reply before its last
// byte.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/reply_parser.hpp"
#include "tests/fuzz/require.hpp"

namespace sluice::protocol {
namespace {

using Status = ReplyParser::Status;

bool same(const Reply& a, const Reply& b) {
  return a.kind == b.kind && a.integer == b.integer && a.text == b.text &&
         std::ranges::equal(a.elements, b.elements, same);
}

void check_reply(std::string_view input) {
  const ReplyParser::Result result = ReplyParser::parse(input);
  if (result.status != Status::reply) {
    sluice::tests::require(result.consumed == 0);
    return;
  }
  sluice::tests::require(result.consumed > 0 && result.consumed <= input.size());

  const std::string_view whole = input.substr(0, result.consumed);
  sluice::tests::require(same(ReplyParser::parse(whole).reply, result.reply));

  // Each cut is parsed from the start: enough of them to be thorough, few enough to be quick.
  const std::size_t step = 1 + whole.size() / 64;
  for (std::size_t length = whole.size() - 1; length >= step; length -= step) {
    sluice::tests::require(ReplyParser::parse(whole.substr(0, length)).status == Status::incomplete);
  }
}

}  // namespace
}  // namespace sluice::protocol

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sluice::protocol::check_reply({reinterpret_cast<const char*>(data), size});
  return 0;
}
