#include "tests/support/transcript_runner.hpp"

#include <fmt/format.h>

#include <exception>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace sluice::tests {

namespace {

std::string indented(const std::vector<std::string>& lines) {
  if (lines.empty()) return "    (no reply)\n";
  std::string text;
  for (const std::string& line : lines) text += "    " + line + '\n';
  return text;
}

std::string failure_text(const TranscriptCase& failed, const TranscriptStep& step, std::string_view what) {
  return fmt::format("{}:{}: {}\n  > {}\n{}", failed.file, step.line, failed.title, step.text, what);
}

// Returns what is wrong, or nothing; so do those below.
std::optional<std::string> compare(const TranscriptCase& running, const TranscriptStep& step,
                                   const std::vector<std::string>& expected, const std::vector<std::string>& lines) {
  if (reply_matches(expected, lines)) return std::nullopt;
  return failure_text(running, step, "  expected:\n" + indented(expected) + "  got:\n" + indented(lines));
}

// What connections have learned of their numbers, by the connections' names.
class ConnectionNumbers {
 public:
  // The request with the numbers in place of "<id:NAME>".
  Request fill_in(Request words) const {
    for (std::string& word : words) {
      if (word.starts_with(prefix) && word.ends_with('>')) {
        word = number_of(word.substr(prefix.size(), word.size() - prefix.size() - 1));
      }
    }
    return words;
  }

  void learn(const std::string& connection, const Request& words, const std::vector<std::string>& lines) {
    constexpr std::string_view integer = "(integer) ";
    if (words != Request{"CLIENT", "ID"} || lines.size() != 1 || !lines[0].starts_with(integer)) return;
    numbers_[connection] = lines[0].substr(integer.size());
  }

 private:
  static constexpr std::string_view prefix = "<id:";

  std::string number_of(const std::string& connection) const {
    const auto found = numbers_.find(connection);
    if (found == numbers_.end()) throw std::runtime_error(connection + " has not asked for its CLIENT ID");
    return found->second;
  }

  std::map<std::string, std::string> numbers_;
};

std::optional<std::string> run_request(const TranscriptCase& running, const TranscriptStep& step,
                                       const std::string& connection, ConnectionNumbers& numbers,
                                       TranscriptTarget& target) {
  const Request words = numbers.fill_in(step.words);
  const auto lines = target.ask(connection, words, count_replies(step.expected));
  numbers.learn(connection, words, lines);
  return compare(running, step, step.expected, lines);
}

std::optional<std::string> run_arrival(const TranscriptCase& running, const TranscriptStep& step,
                                       const std::string& connection, TranscriptTarget& target) {
  const bool expects_nothing = step.expected.front() == nothing_line;
  const std::vector<std::string> expected = expects_nothing ? std::vector<std::string>{} : step.expected;
  return compare(running, step, expected, target.receive(connection, count_replies(expected)));
}

std::optional<std::string> check_all_is_told(const TranscriptCase& running, TranscriptTarget& target) {
  for (const std::string& connection : target.connections()) {
    const auto lines = target.receive(connection, 0);
    if (lines.empty()) continue;
    return failure_text(running, running.steps.back(), "  then, untold, to " + connection + ":\n" + indented(lines));
  }
  return std::nullopt;
}

std::optional<std::string> run_case(const TranscriptCase& running, TranscriptTarget& target) {
  target.begin_case(running);
  std::string connection = "main";
  ConnectionNumbers numbers;
  for (const TranscriptStep& step : running.steps) {
    switch (step.kind) {
      case TranscriptStep::Kind::request:
        if (auto failure = run_request(running, step, connection, numbers, target)) return failure;
        break;
      case TranscriptStep::Kind::arrival:
        if (auto failure = run_arrival(running, step, connection, target)) return failure;
        break;
      case TranscriptStep::Kind::use_connection:
        connection = step.text;
        break;
      case TranscriptStep::Kind::use_resp3:
        target.ask(connection, {"HELLO", "3"}, 1);
        break;
      case TranscriptStep::Kind::advance:
        target.advance(step.advance_ms);
        break;
    }
  }
  if (auto failure = check_all_is_told(running, target)) return failure;
  if (const auto complaint = target.check_server()) {
    return failure_text(running, running.steps.back(), "  then: " + *complaint + '\n');
  }
  return std::nullopt;
}

}  // namespace

TranscriptReport run_transcripts(const std::vector<TranscriptCase>& cases, TranscriptTarget& target) {
  TranscriptReport report;
  for (const TranscriptCase& next : cases) {
    if (target.is_reference() && !next.only_sluice_reason.empty()) {
      ++report.skipped;
      continue;
    }
    std::optional<std::string> failure;
    try {
      failure = run_case(next, target);
    } catch (const std::exception& error) {
      failure = fmt::format("{}:{}: {}\n  {}\n", next.file, next.line, next.title, error.what());
    }
    if (failure) {
      report.failures.push_back(std::move(*failure));
    } else {
      ++report.passed;
    }
  }
  return report;
}

}  // namespace sluice::tests
