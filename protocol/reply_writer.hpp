#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "protocol/reply_buffer.hpp"
#include "server/base/number_text.hpp"

namespace sluice::protocol {

enum class ProtocolVersion : std::uint8_t { resp2 = 2, resp3 = 3 };

// A marker, a number, and a line end.
inline constexpr std::size_t number_line_bytes_max = 1 + base::integer_text_bytes_max + 2;

// Both return the end of what they wrote.
inline char* write_line_end(char* out) {
  std::memcpy(out, "\r\n", 2);
  return out + 2;
}

inline char* write_number_line(char* out, char marker, std::int64_t number) {
  *out++ = marker;
  out += base::write_integer(out, number);
  return write_line_end(out);
}

// Where bulk strings are written one after the other, in room that was made for all of them before: so nothing has to
// be looked up or checked for each, and the place to write at stays in a register.
class BulkRun {
 public:
  // What a bulk string takes besides its bytes, at most: a line with its length, and the end of another.
  static constexpr std::size_t frame_bytes_max = number_line_bytes_max + 2;

  explicit BulkRun(char* at) : at_(at) {}

  void add(std::string_view bytes);
  void add_integer(std::int64_t value);  // its decimal text
  const char* end() const { return at_; }

 private:
  char* at_;
};

// Appends replies in RESP2 or RESP3 to a buffer. The writer alone knows the encodings: callers say what a reply means
// (a map, a null, a double) and never what it looks like.
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
  // Lets `write(BulkRun&)` write as many as `count` bulk strings, which have `bytes_max` bytes together at most. Does
  // not call it if the buffer overflows.
  template <class Write>
  void bulks(std::size_t count, std::size_t bytes_max, const Write& write);
  void null();                              // RESP2 null bulk string
  void null_array();                        // RESP2 null array; the same null as null() in RESP3
  void boolean(bool value);                 // RESP2: 1 or 0
  void real(double value);                  // RESP2: bulk string
  void real_text(std::string_view digits);  // of a real number; RESP2: bulk string
  void big_number(std::string_view digits);
  void verbatim(std::string_view format, std::string_view text);  // format: three letters; RESP2: bulk string

  void array(std::size_t count);
  void map(std::size_t pairs);        // RESP2: array of 2 × pairs
  void set(std::size_t count);        // RESP2: array
  void push(std::size_t count);       // RESP2: array
  void attribute(std::size_t pairs);  // RESP3 only: RESP2 has nowhere to put it

  // Whether the buffer has refused a part: no more of the reply is of use.
  bool has_overflowed() const { return buffer_->has_overflowed(); }

  // Where the reply stands now: rewind() returns to it, and the …_at calls put the header of an aggregate there whose
  // length was not known before its elements were written.
  std::size_t mark() const { return buffer_->size(); }
  void rewind(std::size_t mark) { buffer_->truncate(mark); }
  void array_at(std::size_t mark, std::size_t count);
  void map_at(std::size_t mark, std::size_t pairs);
  void set_at(std::size_t mark, std::size_t count);

 private:
  void number_line(char marker, std::int64_t number);
  void text_line(char marker, std::string_view text);
  void aggregate(char marker, std::size_t count) { number_line(marker, static_cast<std::int64_t>(count)); }
  void insert_aggregate(std::size_t mark, char marker, std::size_t count);
  bool resp3() const { return version_ == ProtocolVersion::resp3; }

  ReplyBuffer* buffer_;
  ProtocolVersion version_;
};

// The replies that nearly every command ends in are written inline, with one check for room each.

inline void BulkRun::add(std::string_view bytes) {
  char* const content = write_number_line(at_, '$', static_cast<std::int64_t>(bytes.size()));
  if (!bytes.empty()) std::memcpy(content, bytes.data(), bytes.size());
  at_ = write_line_end(content + bytes.size());
}

inline void BulkRun::add_integer(std::int64_t value) {
  char text[base::integer_text_bytes_max];
  add({text, base::write_integer(text, value)});
}

inline void ReplyWriter::number_line(char marker, std::int64_t number) {
  if (!buffer_->make_room(number_line_bytes_max)) return;
  char* const start = buffer_->end();
  buffer_->commit(static_cast<std::size_t>(write_number_line(start, marker, number) - start));
}

inline void ReplyWriter::text_line(char marker, std::string_view text) {
  if (!buffer_->make_room(text.size() + 3)) return;
  char* out = buffer_->end();
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
  // Each with a size that is known when it is compiled.
  if (resp3()) {
    buffer_->append("_\r\n");
  } else {
    buffer_->append("$-1\r\n");
  }
}

template <class Write>
void ReplyWriter::bulks(std::size_t count, std::size_t bytes_max, const Write& write) {
  if (!buffer_->make_room(bytes_max + count * BulkRun::frame_bytes_max)) return;
  char* const start = buffer_->end();
  BulkRun run(start);
  write(run);
  buffer_->commit(static_cast<std::size_t>(run.end() - start));
}

inline void ReplyWriter::bulk(std::string_view bytes) {
  bulks(1, bytes.size(), [bytes](BulkRun& run) { run.add(bytes); });
}

}  // namespace sluice::protocol
