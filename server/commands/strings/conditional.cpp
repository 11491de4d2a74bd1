#include <array>
#include <string_view>

#include "server/commands/strings/register.hpp"
#include "server/commands/strings/shared.hpp"
#include "server/commands/strings/value_condition.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Digests of strings, and deleting a key that holds what is expected.
namespace sluice::commands::strings {

using namespace dispatch;
using store::Key;
using store::Keyspace;

namespace {

// DIGEST key
struct Digest {
  static constexpr Spec<DataContext> spec{{.name = "DIGEST",
                                           .arity = 2,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "8.4.0",
                                           .summary = "Returns the hash of the string at a key.",
                                           .complexity = "O(N) for N bytes",
                                           .syntax = "key"}};
  Key key;

  void execute(DataContext& ctx) const {
    const auto found = read_string(ctx, key);
    found ? ctx.reply.bulk(digest_of(found->string())) : ctx.reply.null();
  }
};

void erase(DataContext& ctx, Keyspace::Found& found, const Key& key) {
  found.erase();
  ctx.notify(EventClass::generic, "del", key);
  ctx.reply.integer(1);
}

// DELEX key [IFEQ value | IFNE value | IFDEQ digest | IFDNE digest]
// The condition is looked at only if there is a key, and wants a string. Without one the key may have any type.
struct DelEx {
  static constexpr Spec<DataContext> spec{
      {.name = "DELEX",
       .arity = -2,
       .flags = Flag::write | Flag::fast,
       .keys = one_key(KeyFlag::read_write | KeyFlag::delete_data),
       .since = "8.4.0",
       .summary = "Removes a key, if it holds what is expected.",
       .complexity = "O(1), or O(N) for a digest of N bytes",
       .syntax = "key [condition: IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest]"}};
  Key key;
  Words condition;

  static DelEx parse(ArgReader& reader) {
    const DelEx command{.key = reader.next_key(), .condition = reader.rest()};
    if (!command.condition.empty() && command.condition.size() != 2) throw wrong_arity(spec.name);
    return command;
  }

  void execute(DataContext& ctx) const {
    auto found = ctx.keyspace.find(key);
    if (!found || (!condition.empty() && !is_met(*found))) return ctx.reply.integer(0);
    erase(ctx, found, key);
    if (!condition.empty()) ctx.effects.instead(ctx.settings.lazyfree_lazy_user_del ? "UNLINK" : "DEL", key.bytes);
  }

 private:
  bool is_met(const store::Entry& entry) const {
    if (entry.type() != store::Type::string) {
      throw CommandError("ERR Key should be of string type if conditions are specified");
    }
    const ValueCondition wanted = ValueCondition::of(condition[0], condition[1]);
    if (!wanted.is_given()) throw CommandError("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE");
    return wanted.is_met_by(entry.string());
  }
};

// DELIFEQ key value
struct DelIfEq {
  static constexpr Spec<DataContext> spec{{.name = "DELIFEQ",
                                           .arity = 3,
                                           .flags = Flag::write | Flag::fast,
                                           .keys = one_key(KeyFlag::read_write | KeyFlag::delete_data),
                                           .since = "9.0.0",
                                           .summary = "Removes a key that holds that very string.",
                                           .complexity = "O(1)",
                                           .syntax = "key value"}};
  Key key;
  std::string_view value;

  void execute(DataContext& ctx) const {
    auto found = find_string(ctx, key);
    if (!found || found->string() != value) return ctx.reply.integer(0);
    erase(ctx, found, key);
    ctx.effects.instead("DEL", key.bytes);
  }
};

}  // namespace

std::span<const Spec<DataContext>> conditional_commands() {
  static const std::array list{command<Digest>(), command<DelEx>(), command<DelIfEq>()};
  return list;
}

}  // namespace sluice::commands::strings
