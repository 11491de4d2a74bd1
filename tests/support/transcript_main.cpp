// Replays transcripts and reports every case that fails:
//   transcripts in-process|in-transactions|sluice|pipelined|redis-server FILE-OR-FOLDER... [-- SERVER-ARGUMENT...]
// The environment variable SEED decides on the pipelines.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "tests/support/transcript.hpp"
#include "tests/support/transcript_runner.hpp"
#include "tests/support/transcript_targets.hpp"

namespace sluice::tests {
namespace {

std::vector<std::filesystem::path> find_transcripts(std::span<const std::string> places) {
  std::vector<std::filesystem::path> files;
  for (const std::string& place : places) {
    if (!std::filesystem::is_directory(place)) {
      files.emplace_back(place);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(place)) {
      if (entry.path().extension() == ".transcript") files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

void append(TranscriptReport& total, TranscriptReport report) {
  total.passed += report.passed;
  total.skipped += report.skipped;
  total.failures.insert(total.failures.end(), report.failures.begin(), report.failures.end());
  total.requests += report.requests;
  total.requests_in_way += report.requests_in_way;
}

// A transcript that cannot be understood fails as a whole; the others are replayed all the same.
TranscriptReport replay(const std::vector<std::filesystem::path>& files, TranscriptTarget& target, TranscriptWay way) {
  const char* const seed_text = std::getenv("SEED");
  const std::uint64_t seed = seed_text != nullptr ? std::stoull(seed_text) : std::random_device()();
  if (way == TranscriptWay::pipelined) fmt::print("SEED={}\n", seed);
  TranscriptReport total;
  for (const auto& file : files) {
    try {
      append(total, run_transcripts(read_transcript(file), target, way, seed));
    } catch (const std::exception& error) {
      total.failures.push_back(fmt::format("{}\n", error.what()));
    }
  }
  return total;
}

TranscriptReport replay_against_process(const std::vector<std::filesystem::path>& files, ServerOptions options,
                                        ProcessTarget::Role role, TranscriptWay way = TranscriptWay::one_by_one) {
  ProcessTarget target(std::move(options), role);
  TranscriptReport report = replay(files, target, way);
  try {
    target.finish();
  } catch (const std::exception& error) {
    report.failures.push_back(fmt::format("{}\n", error.what()));
  }
  return report;
}

// A way that hardly any request could be sent in would prove little.
void check_share(TranscriptReport& report, double share_min) {
  const double share = static_cast<double>(report.requests_in_way) / static_cast<double>(report.requests);
  fmt::print("{} of {} requests were sent that way\n", report.requests_in_way, report.requests);
  if (share < share_min) report.failures.push_back(fmt::format("too few requests were sent that way: {:.2f}", share));
}

int run(std::vector<std::string> words) {
  constexpr double transaction_share_min = 0.5;
  constexpr double pipeline_share_min = 0.5;
  const auto dashes = std::ranges::find(words, "--");
  std::vector<std::string> server_arguments(dashes == words.end() ? dashes : dashes + 1, words.end());
  words.erase(dashes, words.end());
  if (words.empty()) throw std::invalid_argument("in-process, in-transactions, sluice, pipelined or redis-server?");
  const auto files = find_transcripts(std::span(words).subspan(1));
  if (files.empty()) throw std::invalid_argument("there are no transcripts");

  TranscriptReport report;
  if (words[0] == "in-process") {
    InProcessTarget target;
    report = replay(files, target, TranscriptWay::one_by_one);
  } else if (words[0] == "in-transactions") {
    InProcessTarget target;
    report = replay(files, target, TranscriptWay::in_transactions);
    check_share(report, transaction_share_min);
  } else if (words[0] == "sluice") {
    report = replay_against_process(files, sluice_server(std::move(server_arguments)), ProcessTarget::Role::sluice);
  } else if (words[0] == "pipelined") {
    report = replay_against_process(files, sluice_server(std::move(server_arguments)), ProcessTarget::Role::sluice,
                                    TranscriptWay::pipelined);
    check_share(report, pipeline_share_min);
  } else if (words[0] == "redis-server") {
    report = replay_against_process(files, redis_server(), ProcessTarget::Role::reference);
  } else {
    throw std::invalid_argument("in-process, in-transactions, sluice, pipelined or redis-server?");
  }

  for (const std::string& failure : report.failures) fmt::print("{}\n", failure);
  fmt::print("{} cases passed, {} failed, {} are not for redis-server\n", report.passed, report.failures.size(),
             report.skipped);
  return report.failures.empty() && report.passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace sluice::tests

int main(int argument_count, char** arguments) {
  try {
    return sluice::tests::run({arguments + 1, arguments + argument_count});
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return EXIT_FAILURE;
  }
}
