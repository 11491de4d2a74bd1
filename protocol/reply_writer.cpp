#include "protocol/reply_writer.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "server/base/number_text.hpp"

namespace sluice::protocol {

void ReplyWriter::error(std::string_view line) {
  if (!buffer_->make_room(line.size() + 3)) return;
  char* const start = buffer_->end();
  *start = '-';
  char* const end =
      std::ranges::transform(line, start + 1, [](char c) { return c == '\r' || c == '\n' ? ' ' : c; }).out;
  write_line_end(end);
  buffer_->commit(line.size() + 3);
}

void ReplyWriter::bulk_integer(std::int64_t value) {
  bulks(1, base::integer_text_bytes_max, [value](BulkRun& run) { run.add_integer(value); });
}

void ReplyWriter::null_array() {
  buffer_->append(resp3() ? "_\r\n" : "*-1\r\n");
}

void ReplyWriter::boolean(bool value) {
  if (resp3()) {
    buffer_->append(value ? "#t\r\n" : "#f\r\n");
  } else {
    integer(value ? 1 : 0);
  }
}

void ReplyWriter::real(double value) {
  std::array<char, 32> text;
  real_text({text.data(), base::write_real(text.data(), value)});
}

void ReplyWriter::real_text(std::string_view digits) {
  if (resp3()) {
    text_line(',', digits);
  } else {
    bulk(digits);
  }
}

void ReplyWriter::big_number(std::string_view digits) {
  if (resp3()) {
    text_line('(', digits);
  } else {
    bulk(digits);
  }
}

void ReplyWriter::verbatim(std::string_view format, std::string_view text) {
  assert(format.size() == 3);
  if (!resp3()) return bulk(text);
  number_line('=', static_cast<std::int64_t>(format.size() + 1 + text.size()));
  buffer_->append(format);
  buffer_->append(":");
  buffer_->append(text);
  buffer_->append("\r\n");
}

void ReplyWriter::map(std::size_t pairs) {
  map_at(mark(), pairs);
}
void ReplyWriter::set(std::size_t count) {
  set_at(mark(), count);
}
void ReplyWriter::push(std::size_t count) {
  aggregate(resp3() ? '>' : '*', count);
}

void ReplyWriter::attribute(std::size_t pairs) {
  assert(resp3());
  aggregate('|', pairs);
}

void ReplyWriter::array_at(std::size_t mark, std::size_t count) {
  insert_aggregate(mark, '*', count);
}

void ReplyWriter::map_at(std::size_t mark, std::size_t pairs) {
  insert_aggregate(mark, resp3() ? '%' : '*', resp3() ? pairs : 2 * pairs);
}

void ReplyWriter::set_at(std::size_t mark, std::size_t count) {
  insert_aggregate(mark, resp3() ? '~' : '*', count);
}

void ReplyWriter::insert_aggregate(std::size_t mark, char marker, std::size_t count) {
  std::array<char, number_line_bytes_max> line;
  const char* const end = write_number_line(line.data(), marker, static_cast<std::int64_t>(count));
  buffer_->insert(mark, {line.data(), static_cast<std::size_t>(end - line.data())});
}

}  // namespace sluice::protocol
