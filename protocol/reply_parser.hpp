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
    simple,
    error,
    integer,
    bulk,
    null,
    array,
    map,
    set,
    push,
    attribute,
    boolean,
    real,
    big_number,
    verbatim
  };
  Kind kind = Kind::null;
  std::int64_t integer = 0;  // integer, boolean
  std::string text;          // simple, error, bulk, real (as sent), big_number, verbatim (without "txt:")

  // Aggregates; a map or an attribute has its keys and values in turn. An attribute stands, as a reply of its own,
  // before the reply that it describes: inside an aggregate it is one more element than the sender counted.
  std::vector<Reply> elements;
};

// Reads replies from a stream of bytes; for a client's side: tests and the replication link.
class ReplyParser {
 public:
  enum class Status { incomplete, reply, error };
  struct Result {
    Status status = Status::incomplete;
    std::size_t consumed = 0;
    Reply reply;
  };
  // How deep aggregates may stand inside one another; deeper is an error. The bound limits the stack.
  static constexpr std::size_t depth_max = 64;

  // Reads the reply that starts at input[0]. Total: any input ends in one of the three. Holds no more memory than what
  // arrived accounts for, whatever lengths were announced. Each call starts anew: after `incomplete`, pass it all
  // again.
  static Result parse(std::string_view input);
};

}  // namespace sluice::protocol
