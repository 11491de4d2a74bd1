#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::protocol {

// One reply as a tree: what the client side of a connection sees.
struct Reply {
  enum class Kind : std::uint8_t {
    simple, error, integer, bulk, null, array, map, set, push, attribute, boolean, real, big_number, verbatim
  };
  Kind kind = Kind::null;
  std::int64_t integer = 0;     // integer, boolean
  std::string text;             // simple, error, bulk, real (as sent), big_number, verbatim (without "txt:")
  std::vector<Reply> elements;  // aggregates; a map has its keys and values in turn
};

// Reads replies from a stream of bytes; for whatever plays the client: tests and the replication link.
class ReplyParser {
 public:
  enum class Status { incomplete, reply, error };
  struct Result {
    Status status = Status::incomplete;
    std::size_t consumed = 0;
    Reply reply;
  };
  // Reads the reply that starts at input[0]. Total: any input ends in one of the three.
  static Result parse(std::string_view input);
};

}  // namespace sluice::protocol
