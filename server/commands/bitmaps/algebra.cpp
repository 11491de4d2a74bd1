#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/text.hpp"
#include "server/commands/bitmaps/combination.hpp"
#include "server/commands/bitmaps/register.hpp"
#include "server/commands/shared/string_values.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Strings combined bit by bit.
namespace sluice::commands::bitmaps {

using namespace dispatch;
using store::Key;

namespace {

Combination read_combination(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, Combination>, 8> names{{{"AND", Combination::all},
                                                                           {"OR", Combination::any},
                                                                           {"XOR", Combination::odd},
                                                                           {"NOT", Combination::inverse},
                                                                           {"DIFF", Combination::first_alone},
                                                                           {"DIFF1", Combination::others_alone},
                                                                           {"ANDOR", Combination::first_and_other},
                                                                           {"ONE", Combination::exactly_one}}};
  for (const auto& [name, combination] : names) {
    if (base::equals_ignoring_case(word, name)) return combination;
  }
  throw syntax_error();
}

// BITOP <AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE> destination key [key ...]
// An empty result removes the destination.
struct BitOp {
  static constexpr Spec<DataContext> spec{
      {.name = "BITOP",
       .arity = -4,
       .flags = Flag::write | Flag::deny_oom,
       .keys = {{.flags = KeyFlag::overwrite | KeyFlag::update, .index = 2},
                {.flags = KeyFlag::read_only | KeyFlag::access, .index = 3, .last = -1}},
       .since = "2.6.0",
       .summary = "Combines strings bit by bit, and stores the result.",
       .complexity = "O(N)",
       .syntax = "<operation: AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE> destkey:key key [key ...]"}};
  Combination combination = Combination::all;
  Key destination;
  Words keys;

  static BitOp parse(ArgReader& reader) {
    const std::string_view name = reader.next_word();
    const BitOp command{.combination = read_combination(name), .destination = reader.next_key(), .keys = reader.rest()};
    command.check_count(name);
    return command;
  }

  void execute(DataContext& ctx) const {
    std::vector<std::string_view> sources;
    sources.reserve(keys.size());
    std::size_t size = 0;
    for (const std::string_view& key : keys) {
      sources.push_back(string_or_empty(read_string(ctx, ctx.hashing.key_of(key))));
      size = std::max(size, sources.back().size());
    }
    auto found = ctx.keyspace.find(destination);
    if (size == 0) {
      remove(ctx, found);
    } else {
      store(ctx, found, sources, size);
    }
    ctx.reply.integer(static_cast<std::int64_t>(size));
  }

 private:
  void check_count(std::string_view name) const {
    if (combination == Combination::inverse && keys.size() != 1) {
      throw CommandError("ERR BITOP NOT must be called with a single source key.");
    }
    const bool needs_others = combination == Combination::first_alone || combination == Combination::others_alone ||
                              combination == Combination::first_and_other;
    if (needs_others && keys.size() < 2) {
      throw CommandError("ERR BITOP " + base::to_upper(name) + " must be called with at least two source keys.");
    }
  }

  void remove(DataContext& ctx, store::Keyspace::Found& found) const {
    if (!found) return;
    found.erase();
    ctx.notify(EventClass::generic, "del", destination);
  }

  void store(DataContext& ctx, const store::Keyspace::Found& found, std::span<const std::string_view> sources,
             std::size_t size) const {
    const bool is_replaced = static_cast<bool>(found);
    const store::Type before = is_replaced ? found->type() : store::Type::string;
    ctx.keyspace.write_string(found, destination, size,
                              [&](std::span<char> bytes) { combine(combination, sources, bytes); });
    if (is_replaced) ctx.notify_replaced(destination, before, store::Type::string);
    ctx.notify(EventClass::string, "set", destination);
  }
};

}  // namespace

std::span<const Spec<DataContext>> algebra_commands() {
  static const std::array list{command<BitOp>()};
  return list;
}

}  // namespace sluice::commands::bitmaps
