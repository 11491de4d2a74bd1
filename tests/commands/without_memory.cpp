// Replays transcripts in process with every allocation of every request failing once, alone or with all that follow:
// whatever a command was doing, it has happened as a whole and is answered, or not at all and is refused, and the
// server goes on.
//   transcripts_without_memory STRIDE FILE-OR-FOLDER...
// Only every STRIDE-th allocation is made to fail.
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/effect_recorder.hpp"
#include "tests/support/failing_allocations.hpp"
#include "tests/support/in_process_server.hpp"
#include "tests/support/transcript.hpp"

namespace sluice::tests {
namespace {

// Keeps the effects, with memory that does not fail.
class SafeRecorder final : public dispatch::EffectSink {
 public:
  std::string bytes;  // of the requests that an append-only file would hold
  bool is_lost = false;

  void on_unit(std::span<const dispatch::Effect> unit) override {
    const FailingAllocations::Suspension suspension;
    for (const dispatch::Effect& effect : unit) {
      if (effect.audiences.has(dispatch::Audience::log)) bytes += effect.request;
    }
  }
  void on_unit_lost() override { is_lost = true; }
};

struct Failing {
  std::size_t step = static_cast<std::size_t>(-1);  // of the case
  std::size_t allocation = 0;
  bool is_lasting = false;  // memory is used up from this allocation on, or else just this one fails
};

// Runs a case, and finds what is wrong if the chosen allocation fails.
class CaseRun {
 public:
  CaseRun(const TranscriptCase& running, const Failing& failing) : running_(running), failing_(failing) {
    server_.effects().add(recorder_);
  }
  ~CaseRun() { server_.effects().remove(recorder_); }
  CaseRun(const CaseRun&) = delete;
  CaseRun& operator=(const CaseRun&) = delete;

  // The digests that the data had before each step and at the end, in `digests`, unless they are known: those are
  // what the failing step must lead to, or leave.
  std::optional<std::string> run(std::vector<std::string>& digests) {
    const bool is_reference = digests.empty();
    for (std::size_t step = 0; step < running_.steps.size(); ++step) {
      if (is_reference) digests.push_back(server_.digest());
      run_step(running_.steps[step], step == failing_.step);
      if (step != failing_.step) continue;
      if (auto complaint = check_change(running_.steps[step], digests[step], digests[step + 1])) return complaint;
    }
    if (is_reference) digests.push_back(server_.digest());
    if (auto complaint = server_.databases().check_books()) return complaint;
    return check_effects();
  }

  bool has_failed() const { return has_failed_; }

 private:
  // The commands of a transaction succeed or fail one by one, and so does each that a change lets go on. DEBUG POPULATE
  // stands for as many commands as it makes keys.
  bool is_one_change(const TranscriptStep& step) const {
    return step.words[0] != "EXEC" && step.words[0] != "DEBUG" && !was_anybody_waiting_;
  }

  bool hides_replies() const {
    return std::ranges::any_of(running_.steps,
                               [](const TranscriptStep& step) { return step.text.starts_with("CLIENT REPLY"); });
  }

  // After the failing step: whether the data is as the reply says. A connection that ended, or has switched replies
  // off, is not told which of the two has happened.
  std::optional<std::string> check_change(const TranscriptStep& step, std::string_view before,
                                          std::string_view after) const {
    if (!is_one_change(step)) return std::nullopt;
    const std::string digest = server_.digest();
    if (digest != before && digest != after) return "the data was changed in part";
    if (reply_.empty() || server_.is_closed(connection_) || hides_replies()) return std::nullopt;
    const bool is_refused = reply_.contains("nsufficient memory, failed");
    if (digest == (is_refused ? before : after)) return std::nullopt;
    return is_refused ? "the data was changed though the reply is an error" : "the data was not changed";
  }

  void run_step(const TranscriptStep& step, bool is_failing) {
    switch (step.kind) {
      case TranscriptStep::Kind::request:
        server_.connect(connection_);
        if (is_failing) was_anybody_waiting_ = server_.waiting_count() > 0;
        if (is_failing) server_.set_around_rounds([this](const auto& round) { run_failing(round); });
        if (!server_.is_closed(connection_)) server_.send_on(connection_, step.words);
        server_.set_around_rounds({});
        if (is_failing) reply_ = server_.take_sent(connection_);
        break;
      case TranscriptStep::Kind::use_connection:
        connection_ = step.text;
        break;
      case TranscriptStep::Kind::use_resp3:
        server_.send_on(connection_, {"HELLO", "3"});
        break;
      case TranscriptStep::Kind::advance:
        server_.advance(step.advance_ms);
        break;
      case TranscriptStep::Kind::arrival:
        break;
    }
  }

  void run_failing(const InProcessServer::Round& round) {
    const std::size_t allowed = failing_.allocation - std::min(failing_.allocation, allocated_);
    if (failing_.is_lasting) {
      const FailingAllocations::Exhaustion exhaustion(allowed);
      round();
    } else {
      const FailingAllocations::Scope scope(allowed, has_failed_ ? 0 : 1);
      round();
    }
    allocated_ += FailingAllocations::allocated();
    has_failed_ = has_failed_ || FailingAllocations::has_failed();
  }

  std::optional<std::string> check_effects() {
    const bool has_made_up_data = std::ranges::any_of(
        running_.steps, [](const TranscriptStep& step) { return step.text.starts_with("DEBUG POPULATE"); });
    if (has_made_up_data || recorder_.is_lost) return std::nullopt;
    InProcessServer copy;
    for (const Request& request : decode_requests(recorder_.bytes)) copy.run_on("effects", request);
    copy.clock().set_ms(server_.clock().now_ms());
    if (copy.digest() == server_.digest()) return std::nullopt;
    return "the effects do not lead to the data";
  }

  const TranscriptCase& running_;
  Failing failing_;
  SafeRecorder recorder_;
  InProcessServer server_;
  std::string connection_ = "main";
  std::string reply_;          // to the failing step
  std::size_t allocated_ = 0;  // in the rounds of the failing step
  bool has_failed_ = false;
  bool was_anybody_waiting_ = false;  // when the failing step began
};

struct Report {
  std::size_t failed_allocations = 0;
  std::vector<std::string> complaints;
};

void run_step_without_memory(const TranscriptCase& running, std::size_t step, bool is_lasting, std::size_t stride,
                             std::vector<std::string>& digests, Report& report) {
  for (std::size_t allocation = 0;; allocation += stride) {
    std::optional<std::string> complaint;
    bool has_failed = false;
    try {
      CaseRun run(running, {.step = step, .allocation = allocation, .is_lasting = is_lasting});
      complaint = run.run(digests);
      has_failed = run.has_failed();
    } catch (const std::exception& error) {
      complaint = fmt::format("an exception escaped: {}", error.what());
    }
    if (complaint) {
      report.complaints.push_back(fmt::format("{}:{}: {} ({} {})\n  > {}\n  {}", running.file, running.steps[step].line,
                                              running.title, is_lasting ? "from allocation" : "allocation", allocation,
                                              running.steps[step].text, *complaint));
      return;
    }
    if (!has_failed) return;
    ++report.failed_allocations;
  }
}

void run_case_without_memory(const TranscriptCase& running, std::size_t stride, Report& report) {
  const auto names_connection = [](const TranscriptStep& step) { return step.text.contains("<id:"); };
  if (std::ranges::any_of(running.steps, names_connection)) return;
  std::vector<std::string> digests;
  CaseRun(running, {}).run(digests);
  for (std::size_t step = 0; step < running.steps.size(); ++step) {
    if (running.steps[step].kind != TranscriptStep::Kind::request) continue;
    for (const bool is_lasting : {false, true}) {
      run_step_without_memory(running, step, is_lasting, stride, digests, report);
    }
  }
}

int run(std::span<char* const> arguments) {
  Report report;
  const std::size_t stride = std::stoul(arguments[0]);
  for (const std::filesystem::path place : arguments.subspan(1)) {
    std::vector<std::filesystem::path> files;
    if (std::filesystem::is_directory(place)) {
      for (const auto& entry : std::filesystem::directory_iterator(place)) {
        if (entry.path().extension() == ".transcript") files.push_back(entry.path());
      }
    } else {
      files.push_back(place);
    }
    for (const auto& file : files) {
      for (const TranscriptCase& next : read_transcript(file)) run_case_without_memory(next, stride, report);
    }
  }
  for (const std::string& complaint : report.complaints) fmt::print("{}\n", complaint);
  fmt::print("{} allocations failed, {} complaints\n", report.failed_allocations, report.complaints.size());
  return report.complaints.empty() && report.failed_allocations > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace sluice::tests

// The linker leads the program's calls of realloc here (--wrap), which gives the two functions their names.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" void* __real_realloc(void* bytes, std::size_t count);
extern "C" void* __wrap_realloc(void* bytes, std::size_t count) {
  const bool fails = sluice::tests::FailingAllocations::fails(count, bytes == nullptr ? 0 : malloc_usable_size(bytes));
  return fails ? nullptr : __real_realloc(bytes, count);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

int main(int argument_count, char** arguments) {
  try {
    return sluice::tests::run(std::span(arguments, static_cast<std::size_t>(argument_count)).subspan(1));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return EXIT_FAILURE;
  }
}
