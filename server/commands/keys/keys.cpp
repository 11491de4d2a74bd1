#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "server/commands/keys/register.hpp"
#include "server/commands/shared/key_groups.hpp"
#include "server/commands/shared/key_lookup.hpp"
#include "server/commands/shared/value_names.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::keys {

using namespace dispatch;
using store::Key;
using store::Keyspace;

namespace {

CommandError same_object() {
  return CommandError("ERR source and destination objects are the same");
}

// A database number as COPY and MOVE read it; whether there is such a database is known only to keyspace_at().
std::int64_t next_database(ArgReader& reader) {
  using Limits = std::numeric_limits<std::int32_t>;
  const std::int64_t database = reader.next_integer();
  if (database < Limits::min() || database > Limits::max()) {
    throw CommandError("ERR value is out of range, value must between " + std::to_string(Limits::min()) + " and " +
                       std::to_string(Limits::max()));
  }
  return database;
}

Keyspace& keyspace_at(DataContext& ctx, std::int64_t database) {
  const bool exists = database >= 0 && static_cast<std::size_t>(database) < ctx.databases.count();
  if (!exists) throw CommandError("ERR DB index is out of range");
  return ctx.databases[static_cast<std::size_t>(database)];
}

void erase_keys(DataContext& ctx, Words keys) {
  std::int64_t erased = 0;
  for_each_key(ctx, keys, 1, [&](const Key& key, std::size_t) {
    if (!ctx.keyspace.erase(key)) return;
    ++erased;
    ctx.notify(EventClass::generic, "del", key);
  });
  ctx.reply.integer(erased);
}

std::optional<store::Type> type_at(Keyspace& keyspace, const Key& key) {
  const auto found = keyspace.peek(key);
  return found ? std::optional(found->type()) : std::nullopt;
}

// To its own name, nothing happens to a key.
void rename_key(DataContext& ctx, const Key& key, const Key& new_key) {
  const std::optional<store::Type> now = type_at(ctx.keyspace, key);
  const std::optional<store::Type> before = type_at(ctx.keyspace, new_key);
  ctx.keyspace.rename(key, new_key);
  if (key.bytes == new_key.bytes) return;
  ctx.notify(EventClass::generic, "rename_from", key);
  ctx.notify(EventClass::generic, "rename_to", new_key);
  if (before) ctx.notify_replaced(new_key, *before, *now);
}

// DEL key [key ...]
struct Del {
  static constexpr Spec<DataContext> spec{{.name = "DEL",
                                           .arity = -2,
                                           .flags = Flag::write,
                                           .keys = all_keys(KeyFlag::remove | KeyFlag::delete_data),
                                           .since = "1.0.0",
                                           .summary = "Removes keys and counts those that existed.",
                                           .complexity = "O(N) for N keys; big values are freed in the background.",
                                           .syntax = "key [key ...]",
                                           .tips = "request_policy:multi_shard response_policy:agg_sum"}};
  Words keys;

  void execute(DataContext& ctx) const { erase_keys(ctx, keys); }
};

// UNLINK key [key ...]
// The same as DEL, which leaves big values to the reaper, too.
struct Unlink {
  static constexpr Spec<DataContext> spec{{.name = "UNLINK",
                                           .arity = -2,
                                           .flags = Flag::write | Flag::fast,
                                           .keys = all_keys(KeyFlag::remove | KeyFlag::delete_data),
                                           .since = "4.0.0",
                                           .summary = "Removes keys and frees their values in the background.",
                                           .complexity = "O(N) for N keys",
                                           .syntax = "key [key ...]",
                                           .tips = "request_policy:multi_shard response_policy:agg_sum"}};
  Words keys;

  void execute(DataContext& ctx) const { erase_keys(ctx, keys); }
};

// EXISTS key [key ...]
// A key that is named twice counts twice.
struct Exists {
  static constexpr Spec<DataContext> spec{{.name = "EXISTS",
                                           .arity = -2,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = all_keys(KeyFlag::read_only),
                                           .since = "1.0.0",
                                           .summary = "Counts the keys that exist.",
                                           .complexity = "O(N) for N keys",
                                           .syntax = "key [key ...]",
                                           .tips = "request_policy:multi_shard response_policy:agg_sum"}};
  Words keys;

  void execute(DataContext& ctx) const {
    std::int64_t existing = 0;
    for_each_key(ctx, keys, 1,
                 [&](const Key& key, std::size_t) { existing += peek_to_read(ctx, key) != nullptr ? 1 : 0; });
    ctx.reply.integer(existing);
  }
};

// TOUCH key [key ...]
// Counts as an access even after CLIENT NO-TOUCH.
struct Touch {
  static constexpr Spec<DataContext> spec{{.name = "TOUCH",
                                           .arity = -2,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = all_keys(KeyFlag::read_only),
                                           .since = "3.2.1",
                                           .summary = "Marks keys as used just now and counts those that exist.",
                                           .complexity = "O(N) for N keys",
                                           .syntax = "key [key ...]",
                                           .tips = "request_policy:multi_shard response_policy:agg_sum"}};
  Words keys;

  void execute(DataContext& ctx) const {
    ctx.databases.set_access_counting(true);  // until the next command, for which the executor sets it anew
    std::int64_t touched = 0;
    for_each_key(ctx, keys, 1, [&](const Key& key, std::size_t) {
      const auto found = ctx.keyspace.touch(key);
      note_lookup(ctx, key, found);
      touched += found ? 1 : 0;
    });
    ctx.reply.integer(touched);
  }
};

// TYPE key
struct Type {
  static constexpr Spec<DataContext> spec{{.name = "TYPE",
                                           .arity = 2,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = one_key(KeyFlag::read_only),
                                           .since = "1.0.0",
                                           .summary = "Tells the type of the value at a key, or none.",
                                           .complexity = "O(1)",
                                           .syntax = "key"}};
  Key key;

  void execute(DataContext& ctx) const {
    const store::Entry* entry = peek_to_read(ctx, key);
    ctx.reply.simple(entry == nullptr ? "none" : name_of(entry->type()));
  }
};

// RENAME key newkey
// Renaming a key to itself is allowed if it exists.
struct Rename {
  static constexpr Spec<DataContext> spec{
      {.name = "RENAME",
       .arity = 3,
       .flags = Flag::write,
       .keys = {{.flags = KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data},
                {.flags = KeyFlag::overwrite | KeyFlag::update, .index = 2}},
       .since = "1.0.0",
       .summary = "Gives a value, with its expiry, another key, whose former value is lost.",
       .complexity = "O(1)",
       .syntax = "key newkey"}};
  Key key;
  Key new_key;

  void execute(DataContext& ctx) const {
    if (ctx.keyspace.find(key) == nullptr) throw no_such_key();
    rename_key(ctx, key, new_key);
    ctx.reply.ok();
  }
};

// RENAMENX key newkey
struct RenameNx {
  static constexpr Spec<DataContext> spec{
      {.name = "RENAMENX",
       .arity = 3,
       .flags = Flag::write | Flag::fast,
       .keys = {{.flags = KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data},
                {.flags = KeyFlag::overwrite | KeyFlag::insert, .index = 2}},
       .since = "1.0.0",
       .summary = "Gives a value, with its expiry, another key unless that exists.",
       .complexity = "O(1)",
       .syntax = "key newkey"}};
  Key key;
  Key new_key;

  void execute(DataContext& ctx) const {
    if (ctx.keyspace.find(key) == nullptr) throw no_such_key();
    const bool is_free = ctx.keyspace.find(new_key) == nullptr;
    if (is_free) rename_key(ctx, key, new_key);
    ctx.reply.integer(is_free ? 1 : 0);
  }
};

// COPY source destination [DB destination-db] [REPLACE]
struct Copy {
  static constexpr Spec<DataContext> spec{{.name = "COPY",
                                           .arity = -3,
                                           .flags = Flag::write | Flag::deny_oom,
                                           .keys = {{.flags = KeyFlag::read_only | KeyFlag::access},
                                                    {.flags = KeyFlag::overwrite | KeyFlag::update, .index = 2}},
                                           .since = "6.2.0",
                                           .summary = "Copies a value, with its expiry, to another key.",
                                           .complexity = "O(N) for N elements in the value, O(1) for a string.",
                                           .syntax = "source destination [DB destination-db] [REPLACE]"}};
  Key source;
  Key destination;
  Words options;

  void execute(DataContext& ctx) const {
    const auto [database, replaces] = read_options(ctx);
    Keyspace& target = keyspace_at(ctx, database);
    if (&target == &ctx.keyspace && source.bytes == destination.bytes) throw same_object();
    const auto original = find_to_read(ctx, source);
    const std::optional<store::Type> before = type_at(target, destination);
    const bool is_possible = original && (!before || replaces);
    if (is_possible) {
      const store::Type now = original->type();
      ctx.keyspace.copy(source, target, destination);
      ctx.notify_in(static_cast<int>(database), EventClass::generic, "copy_to", destination);
      if (before) ctx.notify_replaced_in(static_cast<int>(database), destination, *before, now);
    }
    ctx.reply.integer(is_possible ? 1 : 0);
  }

 private:
  struct Options {
    std::int64_t database = 0;
    bool replaces = false;
  };

  // Read only here, because a database that there is not is told before any mistake behind it.
  Options read_options(DataContext& ctx) const {
    Options chosen{.database = ctx.database};
    ArgReader reader(options, 0, ctx.hashing);
    while (!reader.done()) {
      if (reader.take_keyword("REPLACE")) {
        chosen.replaces = true;
      } else if (reader.take_keyword("DB")) {
        chosen.database = next_database(reader);
        keyspace_at(ctx, chosen.database);
      } else {
        throw syntax_error();
      }
    }
    return chosen;
  }
};

// MOVE key db
struct Move {
  static constexpr Spec<DataContext> spec{{.name = "MOVE",
                                           .arity = 3,
                                           .flags = Flag::write | Flag::fast,
                                           .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::update),
                                           .since = "1.0.0",
                                           .summary = "Moves a key to another database unless it exists there.",
                                           .complexity = "O(1)",
                                           .syntax = "key db"}};
  Key key;
  std::int64_t database = 0;

  static Move parse(ArgReader& reader) { return {.key = reader.next_key(), .database = next_database(reader)}; }

  void execute(DataContext& ctx) const {
    Keyspace& target = keyspace_at(ctx, database);
    if (&target == &ctx.keyspace) throw same_object();
    const bool is_possible = ctx.keyspace.find(key) != nullptr && target.find(key) == nullptr;
    if (is_possible) {
      ctx.keyspace.move(key, target);
      ctx.notify(EventClass::generic, "move_from", key);
      ctx.notify_in(static_cast<int>(database), EventClass::generic, "move_to", key);
    }
    ctx.reply.integer(is_possible ? 1 : 0);
  }
};

// RANDOMKEY
struct RandomKey {
  static constexpr Spec<DataContext> spec{
      {.name = "RANDOMKEY",
       .arity = 1,
       .flags = Flag::readonly,
       .since = "1.0.0",
       .summary = "Returns a key chosen at random.",
       .complexity = "O(1)",
       .tips = "request_policy:all_shards response_policy:special nondeterministic_output"}};

  void execute(DataContext& ctx) const {
    const store::Entry* entry = ctx.keyspace.random_entry();
    if (entry == nullptr) {
      ctx.reply.null();
    } else {
      ctx.reply.bulk(entry->key());
    }
  }
};

}  // namespace

std::span<const Spec<DataContext>> key_commands() {
  static const std::array list{command<Del>(),  command<Unlink>(),   command<Exists>(),   command<Touch>(),
                               command<Type>(), command<Rename>(),   command<RenameNx>(), command<Copy>(),
                               command<Move>(), command<RandomKey>()};
  return list;
}

}  // namespace sluice::commands::keys
