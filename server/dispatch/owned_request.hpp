#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "server/dispatch/command.hpp"

namespace sluice::dispatch {

// A resolved request with the bytes of its words: what is queued or parked outlives the read buffer that it came in.
class OwnedRequest {
 public:
  OwnedRequest(const Command& command, Words words) : command_(command), words_(words.begin(), words.end()) {
    std::size_t total = 0;
    for (const std::string_view word : words_) total += word.size();
    bytes_ = std::make_unique_for_overwrite<char[]>(total);
    bytes_size_ = total;
    char* end = bytes_.get();
    for (std::string_view& word : words_) {
      std::ranges::copy(word, end);
      word = {end, word.size()};
      end += word.size();
    }
  }

  // Its word range is that of the request it was copied from: use words() instead.
  const Command& command() const { return command_; }
  Words words() const { return words_; }
  std::size_t memory_bytes() const { return bytes_size_ + words_.capacity() * sizeof(std::string_view); }

 private:
  Command command_;
  std::vector<std::string_view> words_;
  std::unique_ptr<char[]> bytes_;
  std::size_t bytes_size_ = 0;
};

}  // namespace sluice::dispatch
