#include "tests/support/transcript.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <span>
#include <sstream>
#include <system_error>
#include <utility>

#include "protocol/inline_words.hpp"
#include "tests/support/reply_text.hpp"

namespace sluice::tests {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trim_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string_view trim(std::string_view text) {
  text = trim_end(text);
  return text.substr(std::min(text.find_first_not_of(blanks), text.size()));
}

std::optional<Request> split_words(std::string_view text) {
  std::string unescaped(text);
  std::vector<std::string_view> words;
  if (!protocol::split_inline_words(unescaped, words)) return std::nullopt;
  return Request(words.begin(), words.end());
}

// "150ms" or "2s".
std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  std::int64_t amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc{} || amount <= 0) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit == "ms") return amount;
  if (unit == "s") return amount * 1000;
  return std::nullopt;
}

// Whether the line is all of a reply: no element of an aggregate.
bool is_whole_reply(std::string_view line) {
  if (line.starts_with("~ ")) line.remove_prefix(2);
  return !line.empty() && line != "~~" && line.find_first_of(" 0123456789") != 0;
}

// Takes the lines of one transcript in their order.
class TranscriptReader {
 public:
  explicit TranscriptReader(std::string_view file) : file_(file) {}

  void take_line(std::string_view line) {
    ++line_;
    line = trim_end(line);
    if (!line.starts_with("< ") && !line.starts_with("<< ")) accepts_arrival_ = false;
    if (line.empty()) {
      accepts_reply_ = accepts_title_ = false;
    } else if (line.starts_with("# ") && !accepts_reply_) {
      take_title(trim(line.substr(2)));
    } else if (line.starts_with("> ")) {
      take_request(trim(line.substr(2)));
    } else if (line.starts_with("< ")) {
      take_arrival_line(line.substr(2));
    } else if (line.starts_with("<< ")) {
      take_message(trim(line.substr(3)));
    } else if (line.starts_with('@')) {
      take_directive(line.substr(1));
    } else {
      take_reply_line(line);
    }
  }

  std::vector<TranscriptCase> finish() {
    finish_case();
    return std::move(cases_);
  }

 private:
  [[noreturn]] void fail(std::string_view problem) const { throw TranscriptError(file_, line_, problem); }

  // A title may take several lines.
  void take_title(std::string_view title) {
    accepts_reply_ = false;
    if (accepts_title_) {
      cases_.back().title.append(" ").append(title);
      return;
    }
    finish_case();
    cases_.push_back({.file = file_, .line = line_, .title = std::string(title)});
    accepts_title_ = true;
  }

  void take_request(std::string_view text) {
    auto words = split_words(text);
    if (!words || words->empty()) fail("the request's quotes are not balanced, or it is empty");
    add_step({.kind = TranscriptStep::Kind::request, .text = std::string(text), .words = std::move(*words)});
    has_request_ = accepts_reply_ = true;
  }

  void take_directive(std::string_view text) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string_view name = text.substr(0, blank);
    const std::string_view argument = trim(text.substr(blank));
    if (name == "advance") {
      const auto duration_ms = parse_duration_ms(argument);
      if (!duration_ms) fail("@advance needs a duration such as 150ms or 2s");
      add_step({.kind = TranscriptStep::Kind::advance, .advance_ms = *duration_ms});
    } else if (name == "resp3" && argument.empty()) {
      add_step({.kind = TranscriptStep::Kind::use_resp3});
    } else if (name == "connection" && !argument.empty()) {
      add_step({.kind = TranscriptStep::Kind::use_connection, .text = std::string(argument)});
    } else if (name == "only") {
      take_restriction(argument);
    } else {
      fail("unknown directive");
    }
    accepts_reply_ = false;
  }

  void take_restriction(std::string_view argument) {
    constexpr std::string_view server = "sluice";
    if (!argument.starts_with(server)) fail("@only is followed by: sluice");
    const std::size_t reason = argument.find_first_not_of(" -:\xe2\x80\x94", server.size());
    if (reason == std::string_view::npos) fail("@only sluice needs a reason");
    if (cases_.empty()) fail("@only stands inside a case");
    cases_.back().only_sluice_reason = argument.substr(reason);
  }

  void take_reply_line(std::string_view line) {
    if (!accepts_reply_) fail("a reply without a request");
    cases_.back().steps.back().expected.emplace_back(line);
  }

  void take_arrival_line(std::string_view line) {
    const bool is_nothing = line == nothing_line;
    if (!accepts_arrival_ || is_nothing || is_whole_reply(line)) {
      add_step({.kind = TranscriptStep::Kind::arrival, .text = "(sent by the server)"});
    }
    accepts_arrival_ = !is_nothing && !is_whole_reply(line);
    accepts_reply_ = false;
    cases_.back().steps.back().expected.emplace_back(line);
  }

  void take_message(std::string_view text) {
    const auto words = split_words(text);
    if (!words || words->empty()) fail("the message's quotes are not balanced, or it is empty");
    for (std::size_t index = 0; index < words->size(); ++index) {
      take_arrival_line(fmt::format("{}) {}", index + 1, tests::quoted((*words)[index])));
    }
  }

  void add_step(TranscriptStep step) {
    if (cases_.empty()) fail("a title has to come first");
    accepts_title_ = false;
    step.line = line_;
    cases_.back().steps.push_back(std::move(step));
  }

  void finish_case() {
    if (!cases_.empty() && !has_request_) throw TranscriptError(file_, cases_.back().line, "a case without a request");
    has_request_ = false;
  }

  std::string file_;
  std::size_t line_ = 0;
  std::vector<TranscriptCase> cases_;
  bool accepts_title_ = false;
  bool accepts_reply_ = false;
  bool accepts_arrival_ = false;
  bool has_request_ = false;
};

// Only '*' and '?' are special: replies are full of the other characters of a shell pattern.
bool matches_pattern(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t pattern_at = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_at = 0;
  while (at < text.size()) {
    const bool has_more = pattern_at < pattern.size();
    if (has_more && pattern[pattern_at] == '*') {
      star = pattern_at++;
      star_at = at;
    } else if (has_more && (pattern[pattern_at] == '?' || pattern[pattern_at] == text[at])) {
      ++pattern_at;
      ++at;
    } else if (star != std::string_view::npos) {
      pattern_at = star + 1;
      at = ++star_at;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', pattern_at) == std::string_view::npos;
}

bool line_matches(std::string_view expected, std::string_view line) {
  if (expected == line) return true;
  return expected.starts_with("~ ") && matches_pattern(expected.substr(2), line);
}

using Lines = std::span<const std::string>;

bool lines_match(Lines expected, Lines lines) {
  for (; !expected.empty(); expected = expected.subspan(1), lines = lines.subspan(1)) {
    if (expected.front() == "~~") {
      for (std::size_t skipped = 0; skipped <= lines.size(); ++skipped) {
        if (lines_match(expected.subspan(1), lines.subspan(skipped))) return true;
      }
      return false;
    }
    if (lines.empty() || !line_matches(expected.front(), lines.front())) return false;
  }
  return lines.empty();
}

}  // namespace

TranscriptError::TranscriptError(std::string_view file, std::size_t line, std::string_view problem)
    : std::runtime_error(fmt::format("{}:{}: {}", file, line, problem)) {}

std::vector<TranscriptCase> parse_transcript(std::string_view file, std::string_view text) {
  TranscriptReader reader(file);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    reader.take_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.finish();
}

std::vector<TranscriptCase> read_transcript(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + " cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return parse_transcript(path.string(), text.str());
}

std::size_t count_replies(const std::vector<std::string>& expected) {
  std::size_t count = 0;
  bool begins_value = false;
  for (std::string_view line : expected) {
    if (line.starts_with("~ ")) line.remove_prefix(2);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    // An element of an aggregate that is itself one stands behind the number of its place.
    const bool is_first_element = line.starts_with("1) ") || line.starts_with("1# ") || line.starts_with("1~ ");
    if ((is_first_element && !begins_value) || count == 0) ++count;
    // The value of a map's key stands below it if it takes several lines.
    begins_value = line.ends_with("=>");
  }
  return count;
}

bool reply_matches(const std::vector<std::string>& expected, const std::vector<std::string>& lines) {
  return lines_match(expected, lines);
}

}  // namespace sluice::tests
