#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <limits>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/commands/strings/register.hpp"
#include "server/commands/strings/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::strings {

using namespace dispatch;
using store::Key;

namespace {

// A run of bytes that both strings have: where it begins in each of them, and its length, which is not 0.
struct Match {
  std::size_t first_start = 0;
  std::size_t second_start = 0;
  std::size_t length = 0;
};

// A longest common subsequence of two strings, found by the textbook table of the lengths for all pairs of prefixes.
// Only one row of lengths is kept, and of the table no more than what leads back through it: a bit per pair. Which of
// several longest subsequences is found is the same choice that Redis makes. Views its strings.
class CommonSubsequence {
 public:
  // Costs O(N·M) time, and as many bits of memory if matches() is to be asked for. Throws CommandError if there is not
  // so much memory.
  CommonSubsequence(std::string_view first, std::string_view second, bool keeps_matches)
      : first_(first), second_(second) {
    std::vector<std::uint32_t> lengths;
    try {
      lengths.resize(second.size() + 1);
      if (keeps_matches) shortens_first_.resize(first.size() * second.size());
    } catch (const std::exception&) {  // std::bad_alloc, or std::length_error
      throw CommandError("ERR Insufficient memory, failed allocating transient memory for LCS");
    }
    for (std::size_t row = 0; row < first.size(); ++row) fill_row(row, lengths, keeps_matches);
    length_ = lengths.back();
  }

  std::uint32_t length() const { return length_; }

  // The runs that make up the subsequence, the last one first.
  std::vector<Match> matches() const {
    std::vector<Match> found;
    std::size_t first_left = first_.size();
    std::size_t second_left = second_.size();
    while (first_left > 0 && second_left > 0) {
      if (const std::size_t length = common_suffix(first_left, second_left)) {
        first_left -= length;
        second_left -= length;
        found.push_back({first_left, second_left, length});
      } else if (shortens_first_[pair_index(first_left - 1, second_left - 1)]) {
        --first_left;
      } else {
        --second_left;
      }
    }
    return found;
  }

 private:
  // `lengths` holds those of the row above, and is overwritten from the left.
  void fill_row(std::size_t row, std::vector<std::uint32_t>& lengths, bool keeps_matches) {
    std::uint32_t diagonal = 0;
    for (std::size_t column = 0; column < second_.size(); ++column) {
      const std::uint32_t left = lengths[column];
      const std::uint32_t above = lengths[column + 1];
      if (first_[row] == second_[column]) {
        lengths[column + 1] = diagonal + 1;
      } else {
        lengths[column + 1] = std::max(above, left);
        if (keeps_matches && above > left) shortens_first_[pair_index(row, column)] = true;
      }
      diagonal = above;
    }
  }

  std::size_t common_suffix(std::size_t first_size, std::size_t second_size) const {
    const std::size_t length_max = std::min(first_size, second_size);
    std::size_t length = 0;
    while (length < length_max && first_[first_size - 1 - length] == second_[second_size - 1 - length]) ++length;
    return length;
  }

  std::size_t pair_index(std::size_t row, std::size_t column) const { return row * second_.size() + column; }

  std::string_view first_;
  std::string_view second_;
  std::vector<bool> shortens_first_;
  std::uint32_t length_ = 0;
};

// The limits that Redis sets, which reckons with four bytes for each pair of prefixes.
void check_sizes(const DataContext& ctx, std::uint64_t first_size, std::uint64_t second_size) {
  constexpr std::uint64_t size_limit = std::numeric_limits<std::uint32_t>::max() - 1;
  if (first_size >= size_limit || second_size >= size_limit) throw CommandError("ERR String too long for LCS");
  const auto memory_max = static_cast<std::uint64_t>(ctx.settings.proto_max_bulk_len.get());
  if ((first_size + 1) * (second_size + 1) > memory_max / 4) {
    throw CommandError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  }
}

std::string_view operand_of(const store::Entry* entry) {
  if (entry == nullptr) return {};
  if (entry->type() != store::Type::string) throw CommandError("ERR The specified keys must contain string values");
  return entry->string();
}

// LCS key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]
struct Lcs {
  static constexpr Spec<DataContext> spec{
      {.name = "LCS",
       .arity = -3,
       .flags = Flag::readonly,
       .keys = KeySpec{.flags = KeyFlag::read_only | KeyFlag::access, .last = 1},
       .since = "7.0.0",
       .summary = "Returns the longest sequence of bytes that two strings both have, not necessarily side by side.",
       .complexity = "O(N*M) for strings of N and M bytes",
       .syntax = "key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]"}};
  Key first;
  Key second;
  Words words;

  void execute(DataContext& ctx) const {
    // Both are looked for before either's type is checked: the misses count. The options come last.
    const store::Entry* first_entry = find_to_read(ctx, first);
    const store::Entry* second_entry = find_to_read(ctx, second);
    const std::string_view first_bytes = operand_of(first_entry);
    const std::string_view second_bytes = operand_of(second_entry);
    const Options options = Options::read(ArgReader(words, 0, ctx.hashing));
    check_sizes(ctx, first_bytes.size(), second_bytes.size());
    const CommonSubsequence common(first_bytes, second_bytes, !options.wants_length);
    if (options.wants_length) {
      ctx.reply.integer(common.length());
    } else if (options.wants_positions) {
      reply_positions(ctx.reply, common, options);
    } else {
      ctx.reply.bulk(text_of(common.matches(), first_bytes));
    }
  }

 private:
  struct Options {
    bool wants_length = false;
    bool wants_positions = false;
    bool wants_match_lengths = false;
    std::int64_t match_length_min = 0;

    static Options read(ArgReader reader) {
      Options options;
      while (!reader.done()) {
        if (reader.take_keyword("IDX")) {
          options.wants_positions = true;
        } else if (reader.take_keyword("LEN")) {
          options.wants_length = true;
        } else if (reader.take_keyword("WITHMATCHLEN")) {
          options.wants_match_lengths = true;
        } else if (reader.take_keyword("MINMATCHLEN")) {
          options.match_length_min = reader.next_integer();
        } else {
          throw syntax_error();
        }
      }
      if (options.wants_positions && options.wants_length) {
        throw CommandError("ERR If you want both the length and indexes, please just use IDX.");
      }
      return options;
    }
  };

  static std::string text_of(const std::vector<Match>& matches, std::string_view first_bytes) {
    std::string text;
    for (const Match& match : std::views::reverse(matches)) {
      text += first_bytes.substr(match.first_start, match.length);
    }
    return text;
  }

  static void reply_positions(protocol::ReplyWriter& reply, const CommonSubsequence& common, const Options& options) {
    std::vector<Match> matches = common.matches();
    std::erase_if(matches, [&](const Match& match) { return std::cmp_less(match.length, options.match_length_min); });
    reply.map(2);
    reply.bulk("matches");
    reply.array(matches.size());
    for (const Match& match : matches) {
      reply.array(options.wants_match_lengths ? 3 : 2);
      reply_range(reply, match.first_start, match.length);
      reply_range(reply, match.second_start, match.length);
      if (options.wants_match_lengths) reply.integer(static_cast<std::int64_t>(match.length));
    }
    reply.bulk("len");
    reply.integer(common.length());
  }

  static void reply_range(protocol::ReplyWriter& reply, std::size_t start, std::size_t length) {
    reply.array(2);
    reply.integer(static_cast<std::int64_t>(start));
    reply.integer(static_cast<std::int64_t>(start + length - 1));
  }
};

}  // namespace

std::span<const Spec<DataContext>> lcs_commands() {
  static const std::array list{command<Lcs>()};
  return list;
}

}  // namespace sluice::commands::strings
