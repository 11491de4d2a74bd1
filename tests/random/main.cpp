// Sends the same random requests to Sluice and to redis-server, and compares the replies and at the end the data:
//   random_commands SECONDS [FAMILY...]
// The environment variable SEED repeats a run.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"
#include "tests/random/patterns.hpp"
#include "tests/support/reply_text.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests::random {
namespace {

using Requests = std::vector<Request>;
using Lines = std::vector<std::string>;

// What a conversation came to on one server: the lines of each reply, and the digest of the data in the end.
struct Outcome {
  std::vector<Lines> replies;
  std::string digest;
};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view each) { return base::equals_ignoring_case(each, name); });
}

// Commands whose replies have their elements in any order.
constexpr std::array<std::string_view, 9> unordered_replies = {"KEYS",   "HGETALL", "HKEYS", "HVALS", "SMEMBERS",
                                                               "SINTER", "SUNION",  "SDIFF", "SPOP"};

// redis-server 7.0 takes a timeout near the end of time for a negative one; 7.2, which Sluice follows, does not.
void replace_old_timeout_error(Lines& lines) {
  constexpr std::string_view old_error = "ERR timeout is negative";
  for (std::string& line : lines) {
    if (const auto at = line.find(old_error); at != std::string::npos) {
      line.replace(at, old_error.size(), "ERR timeout is out of range");
    }
  }
}

// redis-server 7.0 writes all 17 digits of a score, 7.2 the fewest that read back as the same number.
void shorten_long_scores(Lines& lines) {
  constexpr std::size_t long_text = 17;
  for (std::string& line : lines) {
    const std::size_t first = line.find('"') + 1;
    if (first == 0 || line.size() < first + long_text || !line.contains('.')) continue;
    const std::string_view text = std::string_view(line).substr(first, line.size() - first - 1);
    if (const auto score = base::parse_double(text)) line = line.substr(0, first) + base::format_real(*score) + '"';
  }
}

// Makes equal the parts that may differ: the order of keys, and the wording of some errors.
Lines normalised(const Request& request, Lines lines) {
  replace_old_timeout_error(lines);
  if (!request[0].empty() && std::toupper(static_cast<unsigned char>(request[0][0])) == 'Z') shorten_long_scores(lines);
  if (is_one_of(request[0], unordered_replies)) {
    for (std::string& line : lines) line.erase(0, line.find_first_of(")#~") + 1);
    std::ranges::sort(lines);
  }
  return lines;
}

// Of what can be seen: redis-server counts keys whose time has come until somebody looks at them.
std::string digest_of(const ServerProcess& server) {
  Client client = server.connect();
  for (const char* database : {"0", "1"}) {
    client.ask({"SELECT", database});
    client.ask({"EXISTS", "a", "b", "c", "d", "e", ""});
  }
  return client.ask({"DEBUG", "DIGEST"}).text;
}

Outcome converse(const ServerProcess& server, const Requests& requests, bool is_resp3) {
  Client client = server.connect();
  client.ask({"FLUSHALL"});
  if (is_resp3) client.ask({"HELLO", "3"});
  client.send_bytes(encode_pipeline(requests));
  Outcome outcome;
  for (const Request& request : requests) {
    const auto reply = client.read_reply();
    outcome.replies.push_back(reply ? normalised(request, reply_lines(*reply)) : Lines{"(closed)"});
  }
  outcome.digest = digest_of(server);
  return outcome;
}

std::string text_of(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += "      " + line + '\n';
  return text;
}

class Comparison {
 public:
  // The first difference, told; nothing if there is none.
  std::optional<std::string> compare(const Requests& requests, bool is_resp3) {
    const Outcome ours = converse(sluice_, requests, is_resp3);
    const Outcome theirs = converse(redis_, requests, is_resp3);
    for (std::size_t index = 0; index < requests.size(); ++index) {
      if (ours.replies[index] == theirs.replies[index]) continue;
      return fmt::format("to the last request but {}:\n    Sluice\n{}    redis-server\n{}", requests.size() - 1 - index,
                         text_of(ours.replies[index]), text_of(theirs.replies[index]));
    }
    if (ours.digest != theirs.digest) return "the data differs in the end\n";
    return std::nullopt;
  }

  // The requests without those that the difference does not need, as far as a few attempts tell.
  Requests reduce(Requests requests, bool is_resp3) {
    for (std::size_t part = requests.size() / 2; part > 0; part /= 2) {
      for (std::size_t first = 0; first + part <= requests.size();) {
        Requests fewer = requests;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(first),
                    fewer.begin() + static_cast<std::ptrdiff_t>(first + part));
        if (!fewer.empty() && compare(fewer, is_resp3)) {
          requests = std::move(fewer);
        } else {
          first += part;
        }
      }
    }
    return requests;
  }

 private:
  ServerProcess sluice_{sluice_server()};
  ServerProcess redis_{redis_server()};
};

// Whether 7.0 might answer differently: it reads the range of BITCOUNT and BITPOS only if the key exists, later
// versions do always; and Sluice takes a start alone.
bool is_damaged_bit_range(const Request& request) {
  const bool counts = base::equals_ignoring_case(request[0], "BITCOUNT");
  if (!counts && !base::equals_ignoring_case(request[0], "BITPOS")) return false;
  if (counts && request.size() == 3) return true;
  const std::size_t words_max = counts ? 5 : 6;
  if (request.size() < 3) return false;
  const bool has_unit = is_one_of(request.back(), std::to_array<std::string_view>({"BIT", "BYTE"}));
  const auto positions = std::span(request).subspan(2, request.size() - 2 - (has_unit ? 1 : 0));
  return has_unit != (request.size() == words_max) || request.size() > words_max ||
         !std::ranges::all_of(positions, [](const std::string& word) { return base::parse_integer(word).has_value(); });
}

Requests make_requests(std::span<const Family> families, Randomness& randomness) {
  constexpr std::size_t count_max = 80;
  const std::size_t count = std::uniform_int_distribution<std::size_t>(1, count_max)(randomness);
  Requests requests;
  bool is_in_transaction = false;
  while (requests.size() < count) {
    const Family& family = families[std::uniform_int_distribution<std::size_t>(0, families.size() - 1)(randomness)];
    Request request = make_request(family, randomness);
    if (base::equals_ignoring_case(request[0], "MULTI")) is_in_transaction = true;
    if (is_one_of(request[0], std::to_array<std::string_view>({"EXEC", "DISCARD"}))) is_in_transaction = false;
    // A damaged request may have become one that ends the conversation.
    if (is_one_of(request[0], std::to_array<std::string_view>({"SYNC", "MONITOR", "QUIT", "POST"}))) continue;
    // 7.2 refuses the lowest rank, 7.0 finds nothing with it.
    if (base::equals_ignoring_case(request[0], "LPOS") &&
        std::ranges::find(request, "-9223372036854775808") != request.end())
      continue;
    // Without a count, which may have been lost, each server chooses as it likes.
    const auto choosing = std::to_array<std::string_view>({"HRANDFIELD", "SRANDMEMBER", "ZRANDMEMBER", "SPOP"});
    if (is_one_of(request[0], choosing) && request.size() < 3) continue;
    // Commands that have taken a fourth word since 7.0, which refuses all four when they are queued.
    const auto grown = std::to_array<std::string_view>({"SISMEMBER", "ZRANK", "ZREVRANK"});
    if (is_one_of(request[0], grown) && request.size() > 3) continue;
    if (is_damaged_bit_range(request)) continue;
    // A timeout that was damaged might be for ever.
    const auto blocking = std::to_array<std::string_view>({"BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP"});
    if (is_one_of(request[0], blocking) && request.back() != "0.01") continue;
    // 7.2 has one more word for them.
    if (is_one_of(request[0], std::to_array<std::string_view>({"ZRANK", "ZREVRANK"})) && request.size() != 3) continue;
    // The order would be inside EXEC's reply.
    if (is_one_of(request[0], unordered_replies) && is_in_transaction) continue;
    requests.push_back(std::move(request));
  }
  return requests;
}

std::string told(const Requests& requests) {
  std::string text;
  for (const Request& request : requests) {
    text += "   ";
    for (const std::string& word : request) text += " " + tests::quoted(word);
    text += '\n';
  }
  return text;
}

int run(std::span<char* const> arguments) {
  const auto seconds = std::chrono::seconds(std::stoi(arguments[0]));
  std::vector<Family> families;
  for (const Family& family : all_families()) {
    const bool is_wanted = arguments.size() == 1 || std::ranges::any_of(arguments.subspan(1), [&](const char* name) {
                             return family.name == name;
                           });
    if (is_wanted) families.push_back(family);
  }
  const char* const seed_text = std::getenv("SEED");
  const std::uint64_t seed = seed_text != nullptr ? std::stoull(seed_text) : std::random_device()();
  fmt::print("SEED={}\n", seed);
  Randomness randomness(seed);
  Comparison comparison;
  std::size_t compared = 0;
  const auto end = std::chrono::steady_clock::now() + seconds;
  while (std::chrono::steady_clock::now() < end) {
    const Requests requests = make_requests(families, randomness);
    const bool is_resp3 = randomness() % 2 == 0;
    if (comparison.compare(requests, is_resp3)) {
      const Requests fewer = comparison.reduce(requests, is_resp3);
      fmt::print("{}{}: {}", told(fewer), is_resp3 ? "RESP3" : "RESP2",
                 comparison.compare(fewer, is_resp3).value_or("it does not happen every time\n"));
      return EXIT_FAILURE;
    }
    compared += requests.size();
  }
  fmt::print("{} requests had the same replies\n", compared);
  return compared > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace sluice::tests::random

int main(int argument_count, char** arguments) {
  try {
    return sluice::tests::random::run(std::span(arguments, static_cast<std::size_t>(argument_count)).subspan(1));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return EXIT_FAILURE;
  }
}
