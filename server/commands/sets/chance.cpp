#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/commands/sets/register.hpp"
#include "server/commands/sets/shared.hpp"
#include "server/commands/shared/random_count.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Members of sets by chance.
namespace sluice::commands::sets {

using namespace dispatch;
using store::Key;
using store::PackedElement;
using store::Set;

namespace {

// SPOP key [count]
struct SPop {
  static constexpr Spec<DataContext> spec{
      {.name = "SPOP",
       .arity = -2,
       .flags = Flag::write | Flag::fast,
       .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data),
       .since = "1.0.0",
       .summary = "Removes members of a set that are chosen by chance, and returns them.",
       .complexity = "O(N) for N members removed",
       .syntax = "key [count]",
       .tips = "nondeterministic_output"}};
  Key key;
  std::optional<std::int64_t> count;

  static SPop parse(ArgReader& reader) {
    SPop command{.key = reader.next_key()};
    if (reader.left() > 1) throw syntax_error();
    if (!reader.done()) command.count = next_count(reader);
    return command;
  }

  void execute(DataContext& ctx) const {
    auto set = open<Set>(ctx, key);
    const std::size_t there = set ? (*set).visible_size() : 0;
    if (!count) return there == 0 ? ctx.reply.null() : pop_one(ctx, set);
    if (there == 0 || *count == 0) return ctx.reply.set(0);
    if (static_cast<std::uint64_t>(*count) >= there) return pop_all(ctx, set, there);
    pop_some(ctx, set, static_cast<std::size_t>(*count));
  }

 private:
  static std::int64_t next_count(ArgReader& reader) {
    return reader.next_integer_between(0, std::numeric_limits<std::int64_t>::max(),
                                       "ERR value is out of range, must be positive");
  }

  // Removes the chosen ones, which are members; tells of it.
  void remove(DataContext& ctx, OpenSet& set, const std::vector<std::string>& chosen) const {
    const std::vector<std::string_view> members(chosen.begin(), chosen.end());
    const bool remains = set.edit([&](Set& edited) {
      for (const std::string_view member : members) edited.erase(member);
    });
    notify_elements(ctx, EventClass::set, "spop", key, members);
    for (const std::string_view member : members) ctx.effects.instead("SREM", key.bytes, member);
    if (!remains) ctx.notify(EventClass::generic, "del", key);
  }

  void pop_one(DataContext& ctx, OpenSet& set) const {
    const std::string member = (*set).random(ctx.keyspace.random())->text();
    remove(ctx, set, {member});
    ctx.reply.bulk(member);
  }

  void pop_some(DataContext& ctx, OpenSet& set, std::size_t wanted) const {
    std::vector<std::string> chosen;
    chosen.reserve(wanted);
    (*set).choose(wanted, ctx.keyspace.random(), [&](const PackedElement& member) { chosen.push_back(member.text()); });
    ctx.reply.set(chosen.size());
    for (const std::string& member : chosen) ctx.reply.bulk(member);
    remove(ctx, set, chosen);
  }

  void pop_all(DataContext& ctx, OpenSet& set, std::size_t there) const {
    ctx.reply.set(there);
    reply_members(ctx, *set, there);
    std::vector<std::string> popped;
    if (ctx.settings.notify_keyspace_events.names_elements(EventClass::set)) {
      popped.reserve(there);
      (*set).for_each([&](const PackedElement& member) { popped.push_back(member.text()); });
    }
    const std::vector<std::string_view> members(popped.begin(), popped.end());
    set.erase();
    notify_elements(ctx, EventClass::set, "spop", key, members);
    ctx.notify(EventClass::generic, "del", key);
    ctx.effects.instead(ctx.settings.lazyfree_lazy_server_del ? "UNLINK" : "DEL", key.bytes);
  }
};

// SRANDMEMBER key [count]
struct SRandMember {
  static constexpr Spec<DataContext> spec{{.name = "SRANDMEMBER",
                                           .arity = -2,
                                           .flags = Flag::readonly,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "1.0.0",
                                           .summary = "Returns members of a set that are chosen by chance.",
                                           .complexity = "O(N) for N members returned",
                                           .syntax = "key [count]",
                                           .tips = "nondeterministic_output"}};
  Key key;
  RandomCount wanted;

  static SRandMember parse(ArgReader& reader) {
    const Key key = reader.next_key();
    return {.key = key, .wanted = RandomCount::parse(reader, "")};
  }

  void execute(DataContext& ctx) const {
    const auto set = read<Set>(ctx, key);
    const std::size_t there = set ? (*set).visible_size() : 0;
    if (!wanted.count) return reply_one(ctx, set);
    if (there == 0) return ctx.reply.array(0);
    if (wanted.may_repeat()) return reply_repeating(ctx, *set);
    ctx.reply.array(std::min(wanted.size(), there));
    (*set).choose(wanted.size(), ctx.keyspace.random(),
                  [&](const PackedElement& member) { reply_element(ctx.reply, member); });
  }

 private:
  static void reply_one(DataContext& ctx, const OpenSet& set) {
    const auto member = set ? (*set).random(ctx.keyspace.random()) : std::nullopt;
    if (!member) return ctx.reply.null();
    reply_element(ctx.reply, *member);
  }

  void reply_repeating(DataContext& ctx, const store::SetView& set) const {
    ctx.reply.array(wanted.size());
    for (std::size_t left = wanted.size(); left > 0 && !ctx.reply.has_overflowed(); --left) {
      reply_element(ctx.reply, *set.random(ctx.keyspace.random()));
    }
  }
};

}  // namespace

std::span<const Spec<DataContext>> chance_commands() {
  static const std::array list{command<SPop>(), command<SRandMember>()};
  return list;
}

}  // namespace sluice::commands::sets
