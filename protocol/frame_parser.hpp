#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::protocol {

// The words of one request, in the order in which they were sent; the first is the command's name.
using Words = std::span<const std::string_view>;

// Upper bounds on what one request may ask a server to hold. A request beyond them is a protocol error.
struct ParserLimits {
  std::size_t arguments_max = 2147483647;
  std::size_t bulk_bytes_max = 512UL * 1024 * 1024;
  bool authenticated = true;  // decides how the error is worded: Redis names the limits that hold before AUTH

  // Redis' limits for a connection that has not authenticated: ten words of at most 16 KiB.
  static ParserLimits before_authentication() { return {10, 16384, false}; }
};

// Splits a stream of bytes into requests: RESP arrays of bulk strings, and inline commands with quoting.
//
// The parser owns no bytes. The caller keeps what has arrived and not yet been consumed in one contiguous buffer, and
// may move that buffer between calls: between calls the parser remembers offsets only. A request that arrives in many
// pieces costs time linear in its length: no payload byte is looked at at all, and a search for the end of a line goes
// on where it stopped.
class FrameParser {
 public:
  enum class Status { incomplete, request, error };

  struct Result {
    Status status = Status::incomplete;
    std::size_t consumed = 0;  // bytes of `input` that belong to the request; 0 unless status is request
  };

  // Reads the request that starts at input[0] and appends its words, as views into `input`, to `words`. An empty
  // request (a blank line, "*0") consumes bytes and appends nothing. Quoted inline words are unescaped in place, which
  // is why `input` is writable. After `incomplete` the next call must pass the same bytes again, followed by at least
  // one more; nothing is appended until the request is whole. After `error` the stream has no further requests: the
  // parser must not be used again.
  Result next(std::span<char> input, std::vector<std::string_view>& words, const ParserLimits& limits);

  // After `incomplete`: how many bytes, counted from input[0], the word being read needs at least. 0 when unknown.
  // Lets the caller make room for a large word in one step.
  std::size_t bytes_wanted() const { return bytes_wanted_; }

  // After `error`: the reply line without '-', "ERR Protocol error: …".
  const std::string& error() const { return error_; }

 private:
  // Where a word of an unfinished request lies, counted from input[0]. (A view would dangle once the buffer moves.)
  struct WordPlace {
    std::size_t offset;
    std::size_t size;
  };

  // How far the request at input[0] has been read; offsets count from there.
  struct Progress {
    enum class Part : std::uint8_t { count_line, length_line, payload };  // an inline request stays at count_line
    Part part = Part::count_line;
    std::size_t position = 0;       // where the line or the payload being read starts
    std::size_t searched = 0;       // the line's end does not lie before this
    std::size_t words_left = 0;     // words not read yet, the current one included
    std::size_t payload_bytes = 0;  // of the current word; known in Part::payload

    bool is_at_start() const { return part == Part::count_line && searched == 0; }
    Progress searched_up_to(std::size_t end) const {
      Progress further = *this;
      further.searched = end;
      return further;
    }
  };

  struct LengthLine;
  static LengthLine read_length_line(std::span<const char> input, std::size_t position, std::size_t searched);

  // Why a count or length that may not stand is refused. A count that no client may ask for is called invalid, before
  // AUTH too.
  static std::string count_error(const LengthLine& line, const ParserLimits& limits);
  static std::string bulk_length_error(const LengthLine& line, const ParserLimits& limits);

  static std::size_t read_usual_array(std::span<const char> input, std::vector<std::string_view>& words,
                                      const ParserLimits& limits);
  Result next_array(std::span<const char> input, std::vector<std::string_view>& words, const ParserLimits& limits);
  Result next_inline(std::span<char> input, std::vector<std::string_view>& words);

  Result suspend(Progress at, std::span<const char> input, std::vector<std::string_view>& words,
                 std::size_t words_before);
  void recall(std::span<const char> input, std::vector<std::string_view>& words, std::size_t words_before);
  Result finish(std::size_t consumed);
  Result fail(std::string error, std::vector<std::string_view>& words, std::size_t words_before);

  Progress progress_;
  std::vector<WordPlace> places_;  // the words read by earlier calls for the same request
  std::size_t bytes_wanted_ = 0;
  std::string error_;
};

}  // namespace sluice::protocol
