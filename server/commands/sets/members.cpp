#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "server/commands/sets/register.hpp"
#include "server/commands/sets/shared.hpp"
#include "server/commands/shared/element_scan.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// The members of one set.
namespace sluice::commands::sets {

using namespace dispatch;
using store::Key;
using store::PackedElement;
using store::Set;

std::size_t erase_members(DataContext& ctx, const Key& key, OpenSet& set, Words members) {
  ChangedElements removed(ctx, EventClass::set, members.size());
  const bool remains = set.edit([&](Set& edited) {
    for (const std::string_view member : members) {
      if (edited.erase(member)) removed.note(member);
    }
    return removed.count() > 0;
  });
  removed.notify("srem", key);
  if (!remains) ctx.notify(EventClass::generic, "del", key);
  return removed.count();
}

namespace {

// SADD key member [member ...]
// A member that is there keeps its time.
struct SAdd {
  static constexpr Spec<DataContext> spec{{.name = "SADD",
                                           .arity = -3,
                                           .flags = Flag::write | Flag::deny_oom | Flag::fast | Flag::several_changes,
                                           .keys = one_key(KeyFlag::read_write | KeyFlag::insert),
                                           .since = "1.0.0",
                                           .summary = "Adds members to a set. Creates the key if it is absent.",
                                           .complexity = "O(N) for N members",
                                           .syntax = "key member [member ...]",
                                           .element_word = 2}};
  Key key;
  Words members;

  void execute(DataContext& ctx) const {
    auto set = open<Set>(ctx, key);
    set.drop_expired(members);
    const store::SetLimits limits = set_limits(ctx);
    ChangedElements added(ctx, EventClass::set, members.size());
    set.edit_or_add(ctx, key, [&](Set& edited) {
      edited.expect(members.size(), members[0], limits);
      for (const std::string_view member : members) {
        if (edited.add(member, limits)) added.note(member);
      }
      return added.count() > 0;
    });
    added.notify("sadd", key);
    ctx.reply.integer(static_cast<std::int64_t>(added.count()));
  }
};

// SREM key member [member ...]
// The key goes with the last member.
struct SRem {
  static constexpr Spec<DataContext> spec{{.name = "SREM",
                                           .arity = -3,
                                           .flags = Flag::write | Flag::fast,
                                           .keys = one_key(KeyFlag::read_write | KeyFlag::delete_data),
                                           .since = "1.0.0",
                                           .summary = "Removes members of a set.",
                                           .complexity = "O(N) for N members",
                                           .syntax = "key member [member ...]",
                                           .element_word = 2}};
  Key key;
  Words members;

  void execute(DataContext& ctx) const {
    auto set = open<Set>(ctx, key);
    set.drop_expired(members);
    ctx.reply.integer(static_cast<std::int64_t>(set ? erase_members(ctx, key, set, members) : 0));
  }
};

// SMOVE source destination member
// An absent source is answered before the type of the destination is looked at.
struct SMove {
  static constexpr Spec<DataContext> spec{
      {.name = "SMOVE",
       .arity = 4,
       .flags = Flag::write | Flag::fast | Flag::several_changes,
       .keys = {{.flags = KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data},
                {.flags = KeyFlag::read_write | KeyFlag::insert, .index = 2}},
       .since = "1.0.0",
       .summary = "Moves a member from one set to another.",
       .complexity = "O(1)",
       .syntax = "source destination member",
       .element_word = 3}};
  Key source;
  Key destination;
  std::string_view member;

  void execute(DataContext& ctx) const {
    auto found = ctx.keyspace.find(source);
    if (!found) return ctx.reply.integer(0);
    OpenSet from(found);
    from.drop_expired(Words(&member, 1));
    auto to = open<Set>(ctx, destination);
    const bool is_there = from && (*from).contains(member);
    if (is_there && source.bytes != destination.bytes) move(ctx, from, to);
    ctx.reply.integer(is_there ? 1 : 0);
  }

 private:
  void move(DataContext& ctx, OpenSet& from, OpenSet& to) const {
    to.drop_expired(Words(&member, 1));
    const bool is_new = !to || !(*to).contains(member);
    if (is_new) to.edit_or_add(ctx, destination, [&](Set& edited) { edited.add(member, set_limits(ctx)); });
    const bool remains = from.edit([&](Set& edited) { edited.erase(member); });
    notify_elements(ctx, EventClass::set, "srem", source, Words(&member, 1));
    if (!remains) ctx.notify(EventClass::generic, "del", source);
    if (is_new) notify_elements(ctx, EventClass::set, "sadd", destination, Words(&member, 1));
  }
};

constexpr SpecFields read_spec(std::string_view name, int arity, std::string_view since, KeyFlags key_flags,
                               std::string_view summary, std::string_view complexity, std::string_view syntax) {
  const bool is_of_members = arity == 3 || arity == -3;
  return {.name = name,
          .arity = arity,
          .flags = Flag::readonly | Flag::fast,
          .keys = one_key(key_flags),
          .since = since,
          .summary = summary,
          .complexity = complexity,
          .syntax = syntax,
          .element_word = static_cast<std::uint8_t>(is_of_members ? 2 : 0)};
}

// SCARD key
struct SCard {
  static constexpr Spec<DataContext> spec{
      read_spec("SCARD", 2, "1.0.0", KeyFlag::read_only, "Returns the number of members of a set.", "O(1)", "key")};
  Key key;

  void execute(DataContext& ctx) const {
    const auto set = read<Set>(ctx, key);
    ctx.reply.integer(set ? static_cast<std::int64_t>((*set).visible_size()) : 0);
  }
};

// SISMEMBER key member [XX]
// With XX an absent key is told from an absent member.
struct SIsMember {
  static constexpr Spec<DataContext> spec{read_spec("SISMEMBER", -3, "1.0.0", KeyFlag::read_only,
                                                    "Tells whether a set has a member.", "O(1)",
                                                    "key member [existence: XX]")};
  Key key;
  std::string_view member;
  bool tells_absent_key = false;

  static SIsMember parse(ArgReader& reader) {
    SIsMember command{.key = reader.next_key(), .member = reader.next_word()};
    // Redis knows no fourth word.
    command.tells_absent_key = reader.take_keyword("XX");
    if (!reader.done()) throw wrong_arity(spec.name);
    return command;
  }

  void execute(DataContext& ctx) const {
    const auto set = read<Set>(ctx, key);
    if (!set) return ctx.reply.integer(tells_absent_key ? -1 : 0);
    ctx.reply.integer((*set).contains(member) ? 1 : 0);
  }
};

// SMISMEMBER key member [member ...]
struct SMIsMember {
  static constexpr Spec<DataContext> spec{read_spec("SMISMEMBER", -3, "6.2.0", KeyFlag::read_only | KeyFlag::access,
                                                    "Tells which of several members a set has.", "O(N) for N members",
                                                    "key member [member ...]")};
  Key key;
  Words members;

  void execute(DataContext& ctx) const {
    const auto set = read<Set>(ctx, key);
    ctx.reply.array(members.size());
    for (const std::string_view member : members) ctx.reply.integer(set && (*set).contains(member) ? 1 : 0);
  }
};

// SMEMBERS key
struct SMembers {
  static constexpr Spec<DataContext> spec{{.name = "SMEMBERS",
                                           .arity = 2,
                                           .flags = Flag::readonly,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "1.0.0",
                                           .summary = "Returns all members of a set.",
                                           .complexity = "O(N) for N members",
                                           .syntax = "key",
                                           .tips = "nondeterministic_output_order"}};
  Key key;

  void execute(DataContext& ctx) const {
    const auto set = read<Set>(ctx, key);
    const std::size_t count = set ? (*set).visible_size() : 0;
    ctx.reply.set(count);
    if (count > 0) reply_members(ctx, *set, count);
  }
};

// SSCAN key cursor [MATCH pattern] [COUNT count]
struct SScan {
  static constexpr Spec<DataContext> spec{{.name = "SSCAN",
                                           .arity = -3,
                                           .flags = Flag::readonly,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "2.8.0",
                                           .summary = "Returns some of the members and a cursor that leads to more.",
                                           .complexity = "O(N) for a COUNT of N",
                                           .syntax = "key cursor [MATCH pattern] [COUNT count]",
                                           .tips = "nondeterministic_output"}};
  ElementScan scan;

  static SScan parse(ArgReader& reader) { return {ElementScan::parse(reader)}; }

  void execute(DataContext& ctx) const {
    const auto set = read<Set>(ctx, scan.key);
    if (!set) return reply_empty_scan(ctx);
    ElementScan wanted = scan;
    wanted.read_options("");
    std::vector<PackedElement> members;
    const std::uint64_t next = (*set).scan(wanted.options.cursor, wanted.count(), [&](const PackedElement& member) {
      if (wanted.options.accepts(store::ElementText(member).bytes())) members.push_back(member);
    });
    ctx.reply.array(2);
    ctx.reply.bulk_integer(static_cast<std::int64_t>(next));
    ctx.reply.array(members.size());
    for (const PackedElement& member : members) reply_element(ctx.reply, member);
  }
};

}  // namespace

std::span<const Spec<DataContext>> member_commands() {
  static const std::array list{command<SAdd>(),      command<SRem>(),       command<SMove>(),    command<SCard>(),
                               command<SIsMember>(), command<SMIsMember>(), command<SMembers>(), command<SScan>()};
  return list;
}

}  // namespace sluice::commands::sets
