#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/reply_buffer.hpp"

namespace sluice::protocol {

enum class ProtocolVersion : std::uint8_t { resp2 = 2, resp3 = 3 };

// Appends replies in RESP2 or RESP3 to a buffer. It alone knows the encodings: callers say what a reply means (a map, a
// null, a double) and never what it looks like.
//
// An aggregate is its header followed by its elements, each written by a call of its own: map(2) is followed by four.
class ReplyWriter {
 public:
  explicit ReplyWriter(ReplyBuffer& buffer, ProtocolVersion version = ProtocolVersion::resp2)
      : buffer_(&buffer), version_(version) {}

  ProtocolVersion version() const { return version_; }
  void set_version(ProtocolVersion version) { version_ = version; }

  void ok() { buffer_->append("+OK\r\n"); }
  void simple(std::string_view text);  // +text
  void error(std::string_view line);   // -line; `line` starts with its code ("ERR …"). CR and LF become spaces.
  void integer(std::int64_t value);
  void bulk(std::string_view bytes);
  void bulk_integer(std::int64_t value);  // the decimal text of `value` as a bulk string
  void null();                            // RESP2 null bulk string
  void null_array();                      // RESP2 null array; the same null as null() in RESP3
  void boolean(bool value);               // RESP2: 1 or 0
  void real(double value);                // RESP2: bulk string
  void big_number(std::string_view digits);
  void verbatim(std::string_view format, std::string_view text);  // format: three letters; RESP2: bulk string

  void array(std::size_t count);
  void map(std::size_t pairs);        // RESP2: array of 2 × pairs
  void set(std::size_t count);        // RESP2: array
  void push(std::size_t count);       // RESP2: array
  void attribute(std::size_t pairs);  // RESP3 only: RESP2 has nowhere to put it

  // Where the reply stands now: rewind() returns to it, and the …_at calls put the header of an aggregate there whose
  // length was not known before its elements were written.
  std::size_t mark() const { return buffer_->size(); }
  void rewind(std::size_t mark) { buffer_->truncate(mark); }
  void array_at(std::size_t mark, std::size_t count);
  void map_at(std::size_t mark, std::size_t pairs);
  void set_at(std::size_t mark, std::size_t count);

 private:
  ReplyBuffer* buffer_;
  ProtocolVersion version_;
};

}  // namespace sluice::protocol
