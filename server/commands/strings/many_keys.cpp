#include <array>
#include <vector>

#include "server/commands/shared/key_groups.hpp"
#include "server/commands/strings/register.hpp"
#include "server/commands/strings/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Strings under many keys at once.
namespace sluice::commands::strings {

using namespace dispatch;
using store::Key;

namespace {

// The rest of the request as pairs of a key and its value.
Words read_pairs(ArgReader& reader, std::string_view command_name) {
  if (reader.left() % 2 != 0) throw wrong_arity(command_name);
  return reader.rest();
}

// MGET key [key ...]
// A key that holds anything but a string is as good as absent.
struct MGet {
  static constexpr Spec<DataContext> spec{{.name = "MGET",
                                           .arity = -2,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = all_keys(KeyFlag::read_only | KeyFlag::access),
                                           .since = "1.0.0",
                                           .summary = "Returns the strings at several keys.",
                                           .complexity = "O(N) for N keys",
                                           .syntax = "key [key ...]",
                                           .tips = "request_policy:multi_shard"}};
  Words keys;

  void execute(DataContext& ctx) const {
    ctx.reply.array(keys.size());
    for_each_key(ctx, keys, 1, [&ctx](const Key& key, std::size_t) {
      const store::Entry* entry = find_to_read(ctx, key);
      const bool is_string = entry != nullptr && entry->type() == store::Type::string;
      reply_string(ctx.reply, is_string ? entry : nullptr);
    });
  }
};

// MSET key value [key value ...]
struct MSet {
  static constexpr Spec<DataContext> spec{
      {.name = "MSET",
       .arity = -3,
       .flags = Flag::write | Flag::deny_oom | Flag::several_changes,
       .keys = KeySpec{.flags = KeyFlag::overwrite | KeyFlag::update, .last = -1, .step = 2},
       .since = "1.0.1",
       .summary = "Stores strings under several keys, whatever they held before.",
       .complexity = "O(N) for N keys",
       .syntax = "key value [key_value: key value ...]",
       .tips = "request_policy:multi_shard response_policy:all_succeeded"}};
  Words pairs;

  static MSet parse(ArgReader& reader) { return {.pairs = read_pairs(reader, spec.name)}; }

  void execute(DataContext& ctx) const {
    for_each_key(ctx, pairs, 2, [&](const Key& key, std::size_t index) { set_value(ctx, key, pairs[index + 1]); });
    ctx.reply.ok();
  }
};

// MSETNX key value [key value ...]
struct MSetNx {
  static constexpr Spec<DataContext> spec{
      {.name = "MSETNX",
       .arity = -3,
       .flags = Flag::write | Flag::deny_oom | Flag::several_changes,
       .keys = KeySpec{.flags = KeyFlag::overwrite | KeyFlag::insert, .last = -1, .step = 2},
       .since = "1.0.1",
       .summary = "Stores strings under several keys if none of these exists yet.",
       .complexity = "O(N) for N keys",
       .syntax = "key value [key_value: key value ...]"}};
  Words pairs;

  static MSetNx parse(ArgReader& reader) { return {.pairs = read_pairs(reader, spec.name)}; }

  void execute(DataContext& ctx) const {
    std::vector<Key> keys;
    keys.reserve(pairs.size() / 2);
    bool all_absent = true;
    for_each_key(ctx, pairs, 2, [&](const Key& key, std::size_t) {
      keys.push_back(key);
      if (ctx.keyspace.find(key) != nullptr) all_absent = false;
    });
    for (std::size_t index = 0; all_absent && index < keys.size(); ++index) {
      set_value(ctx, keys[index], pairs[2 * index + 1]);
    }
    ctx.reply.integer(all_absent ? 1 : 0);
  }
};

}  // namespace

std::span<const Spec<DataContext>> many_key_commands() {
  static const std::array list{command<MGet>(), command<MSet>(), command<MSetNx>()};
  return list;
}

}  // namespace sluice::commands::strings
