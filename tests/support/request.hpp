#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::tests {

using Request = std::vector<std::string>;

// The request as clients send it: an array of bulk strings.
inline std::string encode_request(const Request& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words)
    bytes.append("$").append(std::to_string(word.size())).append("\r\n").append(word).append("\r\n");
  return bytes;
}

// Several requests, one behind the other.
inline std::string encode_pipeline(const std::vector<Request>& requests) {
  std::string bytes;
  for (const Request& request : requests) bytes += encode_request(request);
  return bytes;
}

}  // namespace sluice::tests
