#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "protocol/number_text.hpp"
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
  // A marker, a number of at most 20 digits, and a line end.
  static constexpr std::size_t number_line_bytes_max = 23;

  static char* write_line_end(char* out);
  static char* write_number_line(char* out, char marker, std::int64_t number);
  void number_line(char marker, std::int64_t number);
  void text_line(char marker, std::string_view text);
  void aggregate(char marker, std::size_t count) { number_line(marker, static_cast<std::int64_t>(count)); }
  void insert_aggregate(std::size_t mark, char marker, std::size_t count);
  bool resp3() const { return version_ == ProtocolVersion::resp3; }

  ReplyBuffer* buffer_;
  ProtocolVersion version_;
};

// The replies that nearly every command ends in are written inline, with one check for room each.

inline char* ReplyWriter::write_line_end(char* out) {
  *out++ = '\r';
  *out++ = '\n';
  return out;
}

inline char* ReplyWriter::write_number_line(char* out, char marker, std::int64_t number) {
  *out++ = marker;
  out += write_integer(out, number);
  return write_line_end(out);
}

inline void ReplyWriter::number_line(char marker, std::int64_t number) {
  char* const start = buffer_->prepare(number_line_bytes_max);
  buffer_->commit(static_cast<std::size_t>(write_number_line(start, marker, number) - start));
}

inline void ReplyWriter::text_line(char marker, std::string_view text) {
  char* out = buffer_->prepare(text.size() + 3);
  *out++ = marker;
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  write_line_end(out + text.size());
  buffer_->commit(text.size() + 3);
}

inline void ReplyWriter::simple(std::string_view text) {
  text_line('+', text);
}
inline void ReplyWriter::integer(std::int64_t value) {
  number_line(':', value);
}
inline void ReplyWriter::array(std::size_t count) {
  aggregate('*', count);
}
inline void ReplyWriter::null() {
  buffer_->append(resp3() ? "_\r\n" : "$-1\r\n");
}

inline void ReplyWriter::bulk(std::string_view bytes) {
  char* const start = buffer_->prepare(bytes.size() + number_line_bytes_max + 2);
  char* out = write_number_line(start, '$', static_cast<std::int64_t>(bytes.size()));
  if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
  out = write_line_end(out + bytes.size());
  buffer_->commit(static_cast<std::size_t>(out - start));
}

}  // namespace sluice::protocol
