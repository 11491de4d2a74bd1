#include "tests/support/transcript_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string_view>

#include "tests/support/way_rules.hpp"

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

// The numbers of connections, by the connections' names.
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

// Replays one case.
class CaseRun {
 public:
  CaseRun(const TranscriptCase& running, TranscriptTarget& target, TranscriptWay way, std::mt19937_64& random,
          TranscriptReport& report)
      : running_(running), target_(target), way_(way), random_(random), report_(report) {
    if (way_ == TranscriptWay::in_transactions && !may_have_transactions(running)) way_ = TranscriptWay::one_by_one;
    if (way_ == TranscriptWay::pipelined && !may_have_pipelines(running)) way_ = TranscriptWay::one_by_one;
  }

  std::optional<std::string> run() {
    target_.begin_case(running_);
    for (std::size_t index = 0; index < running_.steps.size();) {
      const std::size_t count = way_ == TranscriptWay::pipelined ? pipeline_length(index) : 1;
      auto failure = count > 1 ? run_pipeline(index, count) : run_step(running_.steps[index]);
      if (failure) return failure;
      index += count;
    }
    if (auto failure = check_all_is_told(running_, target_)) return failure;
    if (const auto complaint = target_.check_server()) {
      return failure_text(running_, running_.steps.back(), "  then: " + *complaint + '\n');
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string> run_step(const TranscriptStep& step) {
    switch (step.kind) {
      case TranscriptStep::Kind::request:
        return run_request(step);
      case TranscriptStep::Kind::arrival:
        return run_arrival(running_, step, connection_, target_);
      case TranscriptStep::Kind::use_connection:
        connection_ = step.text;
        break;
      case TranscriptStep::Kind::use_resp3:
        target_.ask(connection_, {"HELLO", "3"}, 1);
        break;
      case TranscriptStep::Kind::advance:
        target_.advance(step.advance_ms);
        break;
    }
    return std::nullopt;
  }

  std::optional<std::string> run_request(const TranscriptStep& step) {
    const Request words = numbers_.fill_in(step.words);
    ++report_.requests;
    const bool is_wrapped = way_ == TranscriptWay::in_transactions && count_replies(step.expected) == 1 &&
                            transactions_[connection_].may_wrap(words);
    const auto lines =
        is_wrapped ? ask_in_transaction(words) : target_.ask(connection_, words, count_replies(step.expected));
    numbers_.learn(connection_, words, lines);
    return compare(running_, step, step.expected, lines);
  }

  // The reply to the request as EXEC gives it, or the error with which it was refused.
  std::vector<std::string> ask_in_transaction(const Request& words) {
    ++report_.requests_in_way;
    target_.ask(connection_, {"MULTI"}, 1);
    auto queued = target_.ask(connection_, words, 1);
    if (queued != std::vector<std::string>{"QUEUED"}) {
      target_.ask(connection_, {"DISCARD"}, 1);
      return queued;
    }
    auto lines = target_.ask(connection_, {"EXEC"}, 1);
    constexpr std::size_t number_bytes = 3;  // "1) " before the first line, as many blanks before the others
    for (std::string& line : lines) line.erase(0, number_bytes);
    return lines;
  }

  // How many steps from this one on go into one pipeline: each a request that has its replies at once, and whose words
  // no earlier reply decides.
  std::size_t pipeline_length(std::size_t first) {
    const std::size_t length_max = std::uniform_int_distribution<std::size_t>(1, 12)(random_);
    std::size_t count = 0;
    while (count < length_max && first + count < running_.steps.size()) {
      const TranscriptStep& step = running_.steps[first + count];
      if (step.kind != TranscriptStep::Kind::request || count_replies(step.expected) == 0) break;
      if (std::ranges::any_of(step.words, [](const std::string& word) { return word.starts_with("<id:"); })) break;
      // A connection that is closed at once, as Redis closes it, loses the replies that it is owed.
      if (step.expected.front() == "(closed)") break;
      ++count;
    }
    return std::max<std::size_t>(count, 1);
  }

  std::optional<std::string> run_pipeline(std::size_t first, std::size_t count) {
    const auto steps = std::span(running_.steps).subspan(first, count);
    std::string bytes;
    for (const TranscriptStep& step : steps) {
      bytes += encode_request(step.words);
      target_.announce(step.words);
    }
    report_.requests += count;
    report_.requests_in_way += count;
    send_in_pieces(bytes);
    for (const TranscriptStep& step : steps) {
      const auto lines = target_.receive(connection_, count_replies(step.expected));
      numbers_.learn(connection_, step.words, lines);
      if (auto failure = compare(running_, step, step.expected, lines)) return failure;
    }
    return std::nullopt;
  }

  void send_in_pieces(const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      // Mostly long pieces, or a pipeline would hardly ever arrive as one.
      const std::size_t size_max = random_() % 4 == 0 ? 9 : bytes.size();
      const std::size_t size =
          std::min(std::uniform_int_distribution<std::size_t>(1, size_max)(random_), bytes.size() - sent);
      target_.send_bytes(connection_, bytes.substr(sent, size));
      sent += size;
    }
  }

  const TranscriptCase& running_;
  TranscriptTarget& target_;
  TranscriptWay way_;
  std::mt19937_64& random_;
  TranscriptReport& report_;
  std::string connection_ = "main";
  ConnectionNumbers numbers_;
  std::map<std::string, TransactionRules> transactions_;  // by connection
};

}  // namespace

TranscriptReport run_transcripts(const std::vector<TranscriptCase>& cases, TranscriptTarget& target, TranscriptWay way,
                                 std::uint64_t seed) {
  TranscriptReport report;
  std::mt19937_64 random(seed);
  for (const TranscriptCase& next : cases) {
    if (target.is_reference() && !next.only_sluice_reason.empty()) {
      ++report.skipped;
      continue;
    }
    std::optional<std::string> failure;
    try {
      failure = CaseRun(next, target, way, random, report).run();
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
