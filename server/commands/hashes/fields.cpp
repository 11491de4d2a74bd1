#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "server/base/number_text.hpp"
#include "server/commands/hashes/register.hpp"
#include "server/commands/hashes/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// The fields of hashes by their names.
namespace sluice::commands::hashes {

using namespace dispatch;
using store::Hash;
using store::Key;
using store::OldTime;

std::size_t erase_fields(DataContext& ctx, const Key& key, OpenHash& hash, Words names) {
  std::vector<std::string_view> erased;
  erased.reserve(names.size());
  for (const std::string_view name : names) {
    if ((*hash).contains(name)) erased.push_back(name);
  }
  if (erased.empty()) return 0;
  std::size_t count = 0;
  const bool remains = hash.edit([&](Hash& edited) {
    for (const std::string_view name : erased) count += edited.erase(name) ? 1U : 0U;
  });
  notify_elements(ctx, EventClass::hash, "hdel", key, erased);
  if (!remains) ctx.notify(EventClass::generic, "del", key);
  return count;
}

namespace {

constexpr SpecFields set_spec(std::string_view name, std::string_view summary) {
  return {.name = name,
          .arity = -4,
          .flags = Flag::write | Flag::deny_oom | Flag::fast | Flag::several_changes,
          .keys = one_key(KeyFlag::read_write | KeyFlag::update),
          .since = "2.0.0",
          .summary = summary,
          .complexity = "O(N) for N fields",
          .syntax = "key field value [field_value: field value ...]",
          .element_word = 2};
}

// The arguments of HSET and HMSET.
struct FieldsToSet {
  Key key;
  Words pairs;  // of a field and its value

  static FieldsToSet parse(ArgReader& reader, std::string_view command_name) {
    if (reader.left() % 2 == 0) throw wrong_arity(command_name);
    const Key key = reader.next_key();
    return {key, reader.rest()};
  }

  // Returns how many fields are new.
  std::size_t run(DataContext& ctx) const {
    auto hash = open<Hash>(ctx, key);
    hash.drop_expired(pairs, 2);
    const store::HashLimits limits = hash_limits(ctx);
    std::size_t added = 0;
    hash.edit_or_add(ctx, key, [&](Hash& edited) {
      edited.expect(pairs.size() / 2, limits);
      for (std::size_t index = 0; index < pairs.size(); index += 2) {
        if (edited.set(pairs[index], pairs[index + 1], OldTime::clear, limits)) ++added;
      }
    });
    notify_elements(ctx, EventClass::hash, "hset", key, pairs, 2);
    return added;
  }
};

// HSET key field value [field value ...]
// A field loses its time, even if its value stays.
struct HSet {
  static constexpr Spec<DataContext> spec{set_spec("HSET", "Sets fields of a hash. Creates the key if it is absent.")};
  FieldsToSet fields;

  static HSet parse(ArgReader& reader) { return {FieldsToSet::parse(reader, spec.name)}; }
  void execute(DataContext& ctx) const { ctx.reply.integer(static_cast<std::int64_t>(fields.run(ctx))); }
};

// HMSET key field value [field value ...]
struct HMSet {
  static constexpr Spec<DataContext> spec{set_spec("HMSET", "Sets fields of a hash; HSET does so and counts them.")};
  FieldsToSet fields;

  static HMSet parse(ArgReader& reader) { return {FieldsToSet::parse(reader, spec.name)}; }
  void execute(DataContext& ctx) const {
    fields.run(ctx);
    ctx.reply.ok();
  }
};

// HSETNX key field value
struct HSetNx {
  static constexpr Spec<DataContext> spec{{.name = "HSETNX",
                                           .arity = 4,
                                           .flags = Flag::write | Flag::deny_oom | Flag::fast,
                                           .keys = one_key(KeyFlag::read_write | KeyFlag::insert),
                                           .since = "2.0.0",
                                           .summary = "Sets a field of a hash if there is none of that name.",
                                           .complexity = "O(1)",
                                           .syntax = "key field value",
                                           .element_word = 2}};
  Key key;
  std::string_view field;
  std::string_view value;

  void execute(DataContext& ctx) const {
    auto hash = open<Hash>(ctx, key);
    hash.drop_expired(Words(&field, 1));
    if (find_field(hash, field)) return ctx.reply.integer(0);
    hash.edit_or_add(ctx, key, [&](Hash& edited) { edited.set(field, value, OldTime::clear, hash_limits(ctx)); });
    notify_elements(ctx, EventClass::hash, "hset", key, Words(&field, 1));
    ctx.reply.integer(1);
  }
};

constexpr SpecFields read_spec(std::string_view name, std::string_view since, KeyFlags key_flags,
                               std::string_view summary) {
  return {.name = name,
          .arity = 3,
          .flags = Flag::readonly | Flag::fast,
          .keys = one_key(key_flags),
          .since = since,
          .summary = summary,
          .complexity = "O(1)",
          .syntax = "key field",
          .element_word = 2};
}

// HGET key field
struct HGet {
  static constexpr Spec<DataContext> spec{
      read_spec("HGET", "2.0.0", KeyFlag::read_only | KeyFlag::access, "Returns the value of a field of a hash.")};
  Key key;
  std::string_view field;

  void execute(DataContext& ctx) const { reply_value(ctx, find_field(read<Hash>(ctx, key), field)); }
};

// HEXISTS key field
struct HExists {
  static constexpr Spec<DataContext> spec{
      read_spec("HEXISTS", "2.0.0", KeyFlag::read_only, "Tells whether a hash has a field.")};
  Key key;
  std::string_view field;

  void execute(DataContext& ctx) const { ctx.reply.integer(find_field(read<Hash>(ctx, key), field) ? 1 : 0); }
};

// HSTRLEN key field
struct HStrLen {
  static constexpr Spec<DataContext> spec{
      read_spec("HSTRLEN", "3.2.0", KeyFlag::read_only, "Returns the length of the value of a field in bytes.")};
  Key key;
  std::string_view field;

  void execute(DataContext& ctx) const {
    const auto found = find_field(read<Hash>(ctx, key), field);
    ctx.reply.integer(found ? static_cast<std::int64_t>(store::ElementText(found->value).bytes().size()) : 0);
  }
};

// HMGET key field [field ...]
struct HMGet {
  static constexpr Spec<DataContext> spec{{.name = "HMGET",
                                           .arity = -3,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "2.0.0",
                                           .summary = "Returns the values of several fields of a hash.",
                                           .complexity = "O(N) for N fields",
                                           .syntax = "key field [field ...]",
                                           .element_word = 2}};
  Key key;
  Words fields;

  void execute(DataContext& ctx) const {
    const auto hash = read<Hash>(ctx, key);
    ctx.reply.array(fields.size());
    for (const std::string_view field : fields) reply_value(ctx, find_field(hash, field));
  }
};

// HDEL key field [field ...]
// The key goes with the last field.
struct HDel {
  static constexpr Spec<DataContext> spec{{.name = "HDEL",
                                           .arity = -3,
                                           .flags = Flag::write | Flag::fast,
                                           .keys = one_key(KeyFlag::read_write | KeyFlag::delete_data),
                                           .since = "2.0.0",
                                           .summary = "Removes fields of a hash.",
                                           .complexity = "O(N) for N fields",
                                           .syntax = "key field [field ...]",
                                           .element_word = 2}};
  Key key;
  Words fields;

  void execute(DataContext& ctx) const {
    auto hash = open<Hash>(ctx, key);
    hash.drop_expired(fields);
    ctx.reply.integer(hash ? static_cast<std::int64_t>(erase_fields(ctx, key, hash, fields)) : 0);
  }
};

// HLEN key
struct HLen {
  static constexpr Spec<DataContext> spec{{.name = "HLEN",
                                           .arity = 2,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = one_key(KeyFlag::read_only),
                                           .since = "2.0.0",
                                           .summary = "Returns the number of fields of a hash.",
                                           .complexity = "O(1)",
                                           .syntax = "key"}};
  Key key;

  void execute(DataContext& ctx) const {
    const auto hash = read<Hash>(ctx, key);
    ctx.reply.integer(hash ? static_cast<std::int64_t>((*hash).visible_size()) : 0);
  }
};

}  // namespace

std::span<const Spec<DataContext>> field_commands() {
  static const std::array list{command<HSet>(),  command<HMSet>(),   command<HSetNx>(),
                               command<HGet>(),  command<HExists>(), command<HStrLen>(),
                               command<HMGet>(), command<HDel>(),    command<HLen>()};
  return list;
}

}  // namespace sluice::commands::hashes
