#pragma once

#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/frame_parser.hpp"
#include "server/dispatch/state/effects.hpp"
#include "tests/support/request.hpp"

namespace sluice::tests {

// The requests in `bytes`, one behind the other; what is not whole at the end is left out.
inline std::vector<Request> decode_requests(std::string bytes) {
  std::vector<Request> requests;
  protocol::FrameParser parser;
  for (std::span<char> rest(bytes); !rest.empty();) {
    std::vector<std::string_view> words;
    const auto result = parser.next(rest, words, {});
    if (result.status != protocol::FrameParser::Status::request) break;
    if (!words.empty()) requests.emplace_back(words.begin(), words.end());
    rest = rest.subspan(result.consumed);
  }
  return requests;
}

// Keeps the effects that an append-only file would hold, as requests.
class EffectRecorder final : public dispatch::EffectSink {
 public:
  void on_unit(std::span<const dispatch::Effect> unit) override {
    for (const dispatch::Effect& effect : unit) {
      if (effect.audiences.has(dispatch::Audience::log)) bytes_ += effect.request;
    }
  }
  void on_unit_lost() override { std::abort(); }

  std::vector<Request> requests() const { return decode_requests(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace sluice::tests
