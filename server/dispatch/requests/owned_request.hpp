#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "server/dispatch/requests/command.hpp"

namespace sluice::dispatch {

// A resolved request with the bytes of its words: what is queued or parked outlives the read buffer that it came in.
class OwnedRequest {
 public:
  OwnedRequest(const Command& command, Words words) : command_(command), word_count_(words.size()) {
    block_bytes_ = word_count_ * sizeof(std::string_view);
    for (const std::string_view word : words) block_bytes_ += word.size();
    block_ = std::make_unique_for_overwrite<std::byte[]>(block_bytes_);
    auto* view = reinterpret_cast<std::string_view*>(block_.get());
    auto* bytes = reinterpret_cast<char*>(view + word_count_);
    for (const std::string_view word : words) {
      word.copy(bytes, word.size());
      std::construct_at(view++, bytes, word.size());
      bytes += word.size();
    }
  }

  // Its word range is that of the request it was copied from: use words() instead.
  const Command& command() const { return command_; }
  Words words() const { return {reinterpret_cast<const std::string_view*>(block_.get()), word_count_}; }
  std::size_t memory_bytes() const { return block_bytes_; }

 private:
  Command command_;
  std::size_t word_count_ = 0;
  // One allocation, as there is one for every queued command: the words, then the bytes that they view.
  std::size_t block_bytes_ = 0;
  std::unique_ptr<std::byte[]> block_;
};

}  // namespace sluice::dispatch
