#include "protocol/frame_parser.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "protocol/inline_words.hpp"
#include "server/base/number_text.hpp"

namespace sluice::protocol {

namespace {

// A line whose end does not lie within this many bytes is refused.
constexpr std::size_t line_bytes_max = 64UL * 1024;

// Every payload is followed by "\r\n", which Redis skips without looking.
constexpr std::size_t payload_end_bytes = 2;

// A parser of an idle connection keeps no more room than this for the words of unfinished requests.
constexpr std::size_t idle_places_max = 64;

std::string protocol_error(std::string_view what) {
  return std::string("ERR Protocol error: ").append(what);
}

// The position of `end` in a line that starts at `line` and was searched up to `searched`; nullptr if it is not there.
const char* find_line_end(std::span<const char> input, std::size_t line, std::size_t searched, char end) {
  const std::size_t searchable = std::min(input.size(), line + line_bytes_max + 1);
  if (searchable <= searched) return nullptr;
  return static_cast<const char*>(std::memchr(input.data() + searched, end, searchable - searched));
}

// The value of a digit; more than 9 for any other character.
unsigned digit(char c) {
  return static_cast<unsigned>(static_cast<unsigned char>(c)) - '0';
}

// A length line of one to three digits.
struct ShortLine {
  std::size_t number = 0;
  const char* behind = nullptr;  // where the next line starts; null if the line is another
};

// Reads the line that starts at `line`, whatever its marker. A number that has digits behind a leading 0 is none.
inline ShortLine read_short_line(const char* line, const char* end) {
  // "$0\r\n\r\n" is the shortest that a word can be.
  constexpr std::ptrdiff_t readable_bytes = 6;
  if (end - line < readable_bytes) return {};
  const unsigned first = digit(line[1]);
  if (first > 9) return {};
  if (line[2] == '\r') return {first, line + 4};
  const unsigned second = digit(line[2]);
  if (first == 0 || second > 9) return {};
  if (line[3] == '\r') return {first * 10 + second, line + 5};
  const unsigned third = digit(line[3]);
  if (third > 9 || line[4] != '\r') return {};
  return {first * 100 + second * 10 + third, line + 6};
}

bool too_long_without_end(std::span<const char> input, std::size_t line) {
  return input.size() - line > line_bytes_max;
}

}  // namespace

// "*3\r\n" or "$5\r\n", read.
struct FrameParser::LengthLine {
  enum class Status : std::uint8_t { incomplete, whole, malformed, too_long };
  Status status = Status::incomplete;
  char marker = 0;
  std::int64_t number = 0;  // status whole
  std::size_t end = 0;      // the position behind the line; status incomplete: how far its end was searched

  bool incomplete() const { return status == Status::incomplete; }
  bool at_most(std::size_t max) const { return status == Status::whole && std::cmp_less_equal(number, max); }
};

// Reads the line that starts at `position` and has no end before `searched`. Like Redis, takes '\r' for the end of the
// line and whatever follows it for the '\n'.
FrameParser::LengthLine FrameParser::read_length_line(std::span<const char> input, std::size_t position,
                                                      std::size_t searched) {
  using Status = LengthLine::Status;
  const char* const line = input.data() + position;
  const char* const line_end = find_line_end(input, position, std::max(position, searched), '\r');
  if (line_end == nullptr) {
    return {.status = too_long_without_end(input, position) ? Status::too_long : Status::incomplete,
            .end = input.size()};
  }
  const auto behind = static_cast<std::size_t>(line_end - input.data()) + 2;
  if (behind > input.size()) return {.status = Status::incomplete, .end = behind - 2};

  // A line that starts with its own end has no marker and no number.
  const std::string_view text = line_end == line ? std::string_view() : std::string_view(line + 1, line_end);
  const std::optional<std::int64_t> number = base::parse_integer(text);
  return {number ? Status::whole : Status::malformed, *line, number.value_or(0), behind};
}

// Gets ready for the next request.
FrameParser::Result FrameParser::finish(std::size_t consumed) {
  progress_ = {};
  bytes_wanted_ = 0;
  return {Status::request, consumed};
}

FrameParser::Result FrameParser::next(std::span<char> input, std::vector<std::string_view>& words,
                                      const ParserLimits& limits) {
  if (input.empty()) return {};
  if (input[0] != '*') return next_inline(input, words);
  if (progress_.is_at_start()) [[likely]] {
    const std::size_t consumed = read_usual_array(input, words, limits);
    if (consumed > 0) [[likely]]
      return {Status::request, consumed};
  }
  return next_array(input, words, limits);
}

// Nearly every request is whole when it is first looked at, and its words are short. Such a request is read here in a
// fraction of the time; of any other nothing is kept, and 0 is returned, so that next_array() reads it from its
// beginning.
std::size_t FrameParser::read_usual_array(std::span<const char> input, std::vector<std::string_view>& words,
                                          const ParserLimits& limits) {
  const char* const end = input.data() + input.size();
  ShortLine line = read_short_line(input.data(), end);
  if (line.behind == nullptr || line.number > limits.arguments_max) return 0;
  const std::size_t words_before = words.size();
  for (std::size_t left = line.number; left > 0; --left) {
    const char* const length_line = line.behind;
    line = read_short_line(length_line, end);
    const bool is_usual = line.behind != nullptr && *length_line == '$' && line.number <= limits.bulk_bytes_max;
    if (!is_usual || static_cast<std::size_t>(end - line.behind) < line.number + payload_end_bytes) {
      words.resize(words_before);
      return 0;
    }
    words.emplace_back(line.behind, line.number);
    line.behind += line.number + payload_end_bytes;
  }
  return static_cast<std::size_t>(line.behind - input.data());
}

FrameParser::Result FrameParser::next_array(std::span<const char> input, std::vector<std::string_view>& words,
                                            const ParserLimits& limits) {
  using Part = Progress::Part;
  const std::size_t words_before = words.size();
  Progress at = progress_;

  if (at.part == Part::count_line) {
    const LengthLine line = read_length_line(input, at.position, at.searched);
    if (line.incomplete()) return suspend(at.searched_up_to(line.end), input, words, words_before);
    if (!line.at_most(limits.arguments_max)) return fail(count_error(line, limits), words, words_before);
    at.words_left = static_cast<std::size_t>(std::max<std::int64_t>(line.number, 0));
    at.position = line.end;
    at.part = Part::length_line;
  }

  for (; at.words_left > 0; --at.words_left) {
    if (at.part == Part::length_line) {
      const LengthLine line = read_length_line(input, at.position, at.searched);
      if (line.incomplete()) return suspend(at.searched_up_to(line.end), input, words, words_before);
      if (line.marker != '$' || line.number < 0 || !line.at_most(limits.bulk_bytes_max)) {
        return fail(bulk_length_error(line, limits), words, words_before);
      }
      at.payload_bytes = static_cast<std::size_t>(line.number);
      at.position = line.end;
      at.part = Part::payload;
    }
    if (input.size() - at.position < at.payload_bytes + payload_end_bytes) {
      return suspend(at, input, words, words_before);
    }
    words.emplace_back(input.data() + at.position, at.payload_bytes);
    at.position += at.payload_bytes + payload_end_bytes;
    at.part = Part::length_line;
  }
  if (!places_.empty()) recall(input, words, words_before);
  return finish(at.position);
}

FrameParser::Result FrameParser::next_inline(std::span<char> input, std::vector<std::string_view>& words) {
  const std::size_t words_before = words.size();
  const char* const line_end = find_line_end(input, 0, progress_.searched, '\n');
  if (line_end == nullptr) {
    if (too_long_without_end(input, 0)) return fail(protocol_error("too big inline request"), words, words_before);
    progress_.searched = input.size();
    return {};
  }

  const auto line_bytes = static_cast<std::size_t>(line_end - input.data());
  const bool ends_in_return = line_bytes > 0 && input[line_bytes - 1] == '\r';
  if (!split_inline_words(input.first(line_bytes - (ends_in_return ? 1 : 0)), words)) {
    return fail(protocol_error("unbalanced quotes in request"), words, words_before);
  }
  return finish(line_bytes + 1);
}

// Turns the words that this call has read into places, so that the caller may move its buffer.
FrameParser::Result FrameParser::suspend(Progress at, std::span<const char> input, std::vector<std::string_view>& words,
                                         std::size_t words_before) {
  for (std::size_t i = words_before; i < words.size(); ++i) {
    places_.push_back({static_cast<std::size_t>(words[i].data() - input.data()), words[i].size()});
  }
  words.resize(words_before);
  progress_ = at;
  const bool in_payload = at.part == Progress::Part::payload;
  bytes_wanted_ = in_payload ? at.position + at.payload_bytes + payload_end_bytes : 0;
  return {};
}

// Puts the words of earlier calls before those of this one.
void FrameParser::recall(std::span<const char> input, std::vector<std::string_view>& words, std::size_t words_before) {
  const auto first = words.begin() + static_cast<std::ptrdiff_t>(words_before);
  const auto earlier = words.insert(first, places_.size(), {});
  std::ranges::transform(places_, earlier,
                         [&](WordPlace place) { return std::string_view(&input[place.offset], place.size); });
  places_.clear();
  if (places_.capacity() > idle_places_max) places_.shrink_to_fit();
}

FrameParser::Result FrameParser::fail(std::string error, std::vector<std::string_view>& words,
                                      std::size_t words_before) {
  words.resize(words_before);
  error_ = std::move(error);
  return {Status::error, 0};
}

std::string FrameParser::count_error(const LengthLine& line, const ParserLimits& limits) {
  if (line.status == LengthLine::Status::too_long) return protocol_error("too big mbulk count string");
  const bool barred = !limits.authenticated && line.at_most(ParserLimits{}.arguments_max);
  return protocol_error(barred ? "unauthenticated multibulk length" : "invalid multibulk length");
}

std::string FrameParser::bulk_length_error(const LengthLine& line, const ParserLimits& limits) {
  if (line.status == LengthLine::Status::too_long) return protocol_error("too big bulk count string");
  if (line.marker != '$') return protocol_error("expected '$', got '").append(1, line.marker).append(1, '\'');
  const bool barred = !limits.authenticated && line.number >= 0 && line.at_most(ParserLimits{}.bulk_bytes_max);
  return protocol_error(barred ? "unauthenticated bulk length" : "invalid bulk length");
}

}  // namespace sluice::protocol
