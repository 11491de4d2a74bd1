#include "protocol/reply_parser.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "server/base/number_text.hpp"

namespace sluice::protocol {

namespace {

using Kind = Reply::Kind;
using Status = ReplyParser::Status;

constexpr std::string_view line_end = "\r\n";

// What a reply may start with.
constexpr std::string_view markers = "+-:$*_#,(!=%~>|";

// More elements than any sender counts; keeps the arithmetic on lengths far from overflow.
constexpr std::int64_t elements_max = 2147483647;

bool is_real(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // A number too large or too small for a double is still well formed.
  return end == text.data() + text.size() && error != std::errc::invalid_argument;
}

bool is_whole_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Reads one reply from front to back. Every function that returns a Status has, for Status::reply, moved past what it
// read and filled `reply`; after anything else the reader is of no further use.
class ReplyReader {
 public:
  explicit ReplyReader(std::string_view input) : input_(input) {}

  std::size_t position() const { return position_; }

  Status read(Reply& reply, std::size_t depth_left) {
    if (position_ == input_.size()) return Status::incomplete;
    const char marker = input_[position_++];
    if (!markers.contains(marker)) return Status::error;
    std::string_view line;
    if (const Status status = read_line(line); status != Status::reply) return status;
    switch (marker) {
      case '$':
      case '!':
      case '=':
        return read_counted_text(reply, marker, line);
      case '*':
      case '%':
      case '~':
      case '>':
      case '|':
        return read_aggregate(reply, marker, line, depth_left);
      default:
        return read_scalar(reply, marker, line);
    }
  }

 private:
  // A line is text without '\r', then "\r\n".
  Status read_line(std::string_view& line) {
    const std::size_t end = input_.find('\r', position_);
    if (end == std::string_view::npos || end + 1 == input_.size()) return Status::incomplete;
    if (input_[end + 1] != '\n') return Status::error;
    line = input_.substr(position_, end - position_);
    position_ = end + line_end.size();
    return Status::reply;
  }

  static Status scalar(Reply& reply, Kind kind, std::string_view text, bool well_formed = true) {
    if (!well_formed) return Status::error;
    reply.kind = kind;
    reply.text = text;
    return Status::reply;
  }

  static Status number(Reply& reply, Kind kind, std::optional<std::int64_t> value) {
    if (!value) return Status::error;
    reply.kind = kind;
    reply.integer = *value;
    return Status::reply;
  }

  static std::optional<std::int64_t> boolean_value(std::string_view line) {
    if (line == "t") return 1;
    if (line == "f") return 0;
    return std::nullopt;
  }

  static Status read_scalar(Reply& reply, char marker, std::string_view line) {
    switch (marker) {
      case '+':
        return scalar(reply, Kind::simple, line);
      case '-':
        return scalar(reply, Kind::error, line);
      case ':':
        return number(reply, Kind::integer, base::parse_integer(line));
      case '#':
        return number(reply, Kind::boolean, boolean_value(line));
      case ',':
        return scalar(reply, Kind::real, line, is_real(line));
      case '(':
        return scalar(reply, Kind::big_number, line, is_whole_number(line));
      case '_':
        return scalar(reply, Kind::null, {}, line.empty());
      default:
        return Status::error;
    }
  }

  Status read_counted_text(Reply& reply, char marker, std::string_view length_line) {
    if (marker == '$' && length_line == "-1") return scalar(reply, Kind::null, {});
    const std::optional<std::int64_t> length = base::parse_integer(length_line);
    if (!length || *length < 0) return Status::error;

    const std::string_view rest = input_.substr(position_);
    if (rest.size() < line_end.size() || rest.size() - line_end.size() < static_cast<std::size_t>(*length)) {
      return Status::incomplete;
    }
    const std::string_view text = rest.substr(0, static_cast<std::size_t>(*length));
    if (!rest.substr(text.size()).starts_with(line_end)) return Status::error;
    position_ += text.size() + line_end.size();

    if (marker == '$') return scalar(reply, Kind::bulk, text);
    if (marker == '!') return scalar(reply, Kind::error, text);
    const bool has_format = text.size() >= 4 && text[3] == ':';
    return scalar(reply, Kind::verbatim, has_format ? text.substr(4) : text, has_format);
  }

  static Kind aggregate_kind(char marker) {
    switch (marker) {
      case '%':
        return Kind::map;
      case '~':
        return Kind::set;
      case '>':
        return Kind::push;
      case '|':
        return Kind::attribute;
      default:
        return Kind::array;
    }
  }

  Status read_aggregate(Reply& reply, char marker, std::string_view count_line, std::size_t depth_left) {
    if (marker == '*' && count_line == "-1") return scalar(reply, Kind::null, {});
    const std::optional<std::int64_t> count = base::parse_integer(count_line);
    if (!count || *count < 0 || *count > elements_max || depth_left == 0) return Status::error;

    reply.kind = aggregate_kind(marker);
    const bool in_pairs = reply.kind == Kind::map || reply.kind == Kind::attribute;
    for (std::int64_t left = in_pairs ? 2 * *count : *count; left > 0;) {
      Reply element;
      if (const Status status = read(element, depth_left - 1); status != Status::reply) return status;
      if (element.kind != Kind::attribute) --left;
      reply.elements.push_back(std::move(element));
    }
    return Status::reply;
  }

  std::string_view input_;
  std::size_t position_ = 0;
};

}  // namespace

ReplyParser::Result ReplyParser::parse(std::string_view input) {
  ReplyReader reader(input);
  Result result;
  result.status = reader.read(result.reply, depth_max);
  if (result.status == Status::reply) {
    result.consumed = reader.position();
  } else {
    result.reply = {};
  }
  return result;
}

}  // namespace sluice::protocol
