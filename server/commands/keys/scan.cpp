#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/base/glob.hpp"
#include "server/base/text.hpp"
#include "server/commands/keys/register.hpp"
#include "server/commands/shared/scan_options.hpp"
#include "server/commands/shared/value_names.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::keys {

using namespace dispatch;

namespace {

// This pattern lets every key pass, the empty one included, which no pattern matches.
bool is_any(std::string_view pattern) {
  return pattern == "*";
}

// KEYS pattern
struct Keys {
  static constexpr Spec<DataContext> spec{
      {.name = "KEYS",
       .arity = 2,
       .flags = Flag::readonly,
       .categories = Category::keyspace | Category::dangerous,
       .since = "1.0.0",
       .summary = "Returns all keys that match a pattern.",
       .complexity = "O(N) for N keys in the database; SCAN does not hold others up.",
       .syntax = "pattern",
       .tips = "request_policy:all_shards nondeterministic_output_order"}};
  std::string_view pattern;

  void execute(DataContext& ctx) const {
    const std::size_t mark = ctx.reply.mark();
    std::size_t count = 0;
    ctx.keyspace.for_each([&](const store::Entry& entry) {
      if (!is_any(pattern) && !base::glob_matches(pattern, entry.key())) return;
      ctx.reply.bulk(entry.key());
      ++count;
    });
    ctx.reply.array_at(mark, count);
  }
};

// SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]
// A type that does not exist is not an error: nothing is of that type.
struct Scan {
  static constexpr Spec<DataContext> spec{
      {.name = "SCAN",
       .arity = -2,
       .flags = Flag::readonly,
       .since = "2.8.0",
       .summary = "Returns some of the keys and a cursor that leads to more.",
       .complexity = "O(N) for a COUNT of N",
       .syntax = "cursor [MATCH pattern] [COUNT count] [TYPE type]",
       .tips = "nondeterministic_output request_policy:special response_policy:special"}};
  ScanOptions options;
  std::optional<std::string_view> type;

  static Scan parse(ArgReader& reader) {
    Scan scan;
    scan.options.read_cursor(reader);
    while (!reader.done()) {
      if (scan.options.take_option(reader)) continue;
      if (!reader.take_keyword("TYPE")) throw syntax_error();
      scan.type = reader.next_word();
    }
    return scan;
  }

  void execute(DataContext& ctx) const {
    std::vector<std::string_view> keys;
    const auto has_name = [this](std::string_view key) { return options.accepts(key); };
    const std::uint64_t next_cursor = ctx.keyspace.scan(options.cursor, static_cast<std::size_t>(options.count),
                                                        has_name, [&](const store::Entry& entry) {
                                                          if (has_type(entry)) keys.push_back(entry.key());
                                                        });
    ctx.reply.array(2);
    ctx.reply.bulk_integer(static_cast<std::int64_t>(next_cursor));
    ctx.reply.array(keys.size());
    for (const std::string_view key : keys) ctx.reply.bulk(key);
  }

 private:
  bool has_type(const store::Entry& entry) const {
    return !type || base::equals_ignoring_case(*type, name_of(entry.type()));
  }
};

}  // namespace

std::span<const Spec<DataContext>> scan_commands() {
  static const std::array list{command<Keys>(), command<Scan>()};
  return list;
}

}  // namespace sluice::commands::keys
