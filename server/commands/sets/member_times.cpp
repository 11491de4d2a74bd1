#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/commands/sets/register.hpp"
#include "server/commands/sets/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// The times of members: until when each of them exists.
namespace sluice::commands::sets {

using namespace dispatch;
using store::Key;
using store::Set;

namespace {

constexpr std::string_view members_syntax = "key MEMBERS nummembers member [member ...]";

// SEXPIRE key seconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]
struct SExpire {
  static constexpr Spec<DataContext> spec{expire_elements_spec(
      "SEXPIRE", "8.12.0", "key seconds [condition: NX | XX | GT | LT] MEMBERS nummembers member [member ...]",
      "Lets members of a set exist for so many seconds.")};
  KeyAndRest request;

  static SExpire parse(ArgReader& reader) { return {KeyAndRest::parse(reader)}; }
  void execute(DataContext& ctx) const {
    expire_elements<MemberTimes>(ctx, request.key, request.rest, for_seconds, spec.name);
  }
};

// SPEXPIRE key milliseconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]
struct SPExpire {
  static constexpr Spec<DataContext> spec{expire_elements_spec(
      "SPEXPIRE", "8.12.0", "key milliseconds [condition: NX | XX | GT | LT] MEMBERS nummembers member [member ...]",
      "Lets members of a set exist for so many milliseconds.")};
  KeyAndRest request;

  static SPExpire parse(ArgReader& reader) { return {KeyAndRest::parse(reader)}; }
  void execute(DataContext& ctx) const {
    expire_elements<MemberTimes>(ctx, request.key, request.rest, for_ms, spec.name);
  }
};

// SEXPIREAT key unix-time-seconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]
struct SExpireAt {
  static constexpr Spec<DataContext> spec{expire_elements_spec(
      "SEXPIREAT", "8.12.0",
      "key unix-time-seconds [condition: NX | XX | GT | LT] MEMBERS nummembers member [member ...]",
      "Lets members of a set exist until a Unix time in seconds.")};
  KeyAndRest request;

  static SExpireAt parse(ArgReader& reader) { return {KeyAndRest::parse(reader)}; }
  void execute(DataContext& ctx) const {
    expire_elements<MemberTimes>(ctx, request.key, request.rest, until_seconds, spec.name);
  }
};

// SPEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]
struct SPExpireAt {
  static constexpr Spec<DataContext> spec{expire_elements_spec(
      "SPEXPIREAT", "8.12.0",
      "key unix-time-milliseconds [condition: NX | XX | GT | LT] MEMBERS nummembers member [member ...]",
      "Lets members of a set exist until a Unix time in milliseconds.")};
  KeyAndRest request;

  static SPExpireAt parse(ArgReader& reader) { return {KeyAndRest::parse(reader)}; }
  void execute(DataContext& ctx) const {
    expire_elements<MemberTimes>(ctx, request.key, request.rest, until_ms, spec.name);
  }
};

// STTL key MEMBERS nummembers member [member ...]
struct STtl {
  static constexpr Spec<DataContext> spec{
      element_times_spec("STTL", false, "8.12.0", members_syntax, "Tells for how many seconds members will exist.")};
  KeyAndElements request;

  static STtl parse(ArgReader& reader) { return {KeyAndElements::parse(reader, member_words)}; }
  void execute(DataContext& ctx) const { reply_times<MemberTimes>(ctx, request.key, request.elements, for_seconds); }
};

// SPTTL key MEMBERS nummembers member [member ...]
struct SPTtl {
  static constexpr Spec<DataContext> spec{element_times_spec("SPTTL", false, "8.12.0", members_syntax,
                                                             "Tells for how many milliseconds members will exist.")};
  KeyAndElements request;

  static SPTtl parse(ArgReader& reader) { return {KeyAndElements::parse(reader, member_words)}; }
  void execute(DataContext& ctx) const { reply_times<MemberTimes>(ctx, request.key, request.elements, for_ms); }
};

// SEXPIRETIME key MEMBERS nummembers member [member ...]
struct SExpireTime {
  static constexpr Spec<DataContext> spec{element_times_spec(
      "SEXPIRETIME", false, "8.12.0", members_syntax, "Tells until which Unix time in seconds members will exist.")};
  KeyAndElements request;

  static SExpireTime parse(ArgReader& reader) { return {KeyAndElements::parse(reader, member_words)}; }
  void execute(DataContext& ctx) const { reply_times<MemberTimes>(ctx, request.key, request.elements, until_seconds); }
};

// SPEXPIRETIME key MEMBERS nummembers member [member ...]
struct SPExpireTime {
  static constexpr Spec<DataContext> spec{
      element_times_spec("SPEXPIRETIME", false, "8.12.0", members_syntax,
                         "Tells until which Unix time in milliseconds members will exist.")};
  KeyAndElements request;

  static SPExpireTime parse(ArgReader& reader) { return {KeyAndElements::parse(reader, member_words)}; }
  void execute(DataContext& ctx) const { reply_times<MemberTimes>(ctx, request.key, request.elements, until_ms); }
};

// SPERSIST key MEMBERS nummembers member [member ...]
struct SPersist {
  static constexpr Spec<DataContext> spec{
      element_times_spec("SPERSIST", true, "8.12.0", members_syntax, "Takes the times of members away.")};
  KeyAndElements request;

  static SPersist parse(ArgReader& reader) { return {KeyAndElements::parse(reader, member_words)}; }
  void execute(DataContext& ctx) const { persist_elements<MemberTimes>(ctx, request.key, request.elements); }
};

// SADDEX key [MNX | MXX] [EX seconds | PX ms | EXAT s | PXAT ms | KEEPTTL] MEMBERS nummembers member [member ...]
// A time that has passed removes the members.
struct SAddEx {
  static constexpr Spec<DataContext> spec{
      {.name = "SADDEX",
       .arity = -5,
       .flags = Flag::write | Flag::deny_oom | Flag::fast | Flag::several_changes,
       .keys = one_key(KeyFlag::read_write | KeyFlag::update),
       .since = "8.12.0",
       .summary = "Adds members to a set and sets until when they exist.",
       .complexity = "O(N) for N members",
       .syntax = "key [condition: MNX | MXX] [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT "
                 "unix-time-milliseconds | KEEPTTL] MEMBERS nummembers member [member ...]"}};
  Key key;
  ElementWrite write;

  static SAddEx parse(ArgReader& reader) {
    const Key key = reader.next_key();
    return {.key = key, .write = ElementWrite::parse(reader, member_words, 1, "MNX", "MXX")};
  }

  void execute(DataContext& ctx) const {
    const auto at_ms = write.time.at_ms(ctx.clock, spec.name);
    auto set = open<Set>(ctx, key);
    set.drop_expired(write.elements);
    if (!is_met(write, set, 1)) return ctx.reply.integer(0);
    if (at_ms && *at_ms <= ctx.clock.now_ms()) {
      if (set && erase_members(ctx, key, set, write.elements) > 0) {
        ctx.effects.instead_with("SREM", key.bytes, write.elements);
      }
    } else {
      add(ctx, set, at_ms);
    }
    ctx.reply.integer(1);
  }

 private:
  void add(DataContext& ctx, OpenSet& set, std::optional<std::int64_t> at_ms) const {
    const store::SetLimits limits = set_limits(ctx);
    const Words members = write.elements;
    set.edit_or_add(ctx, key, [&](Set& edited) {
      edited.expect(members.size(), members[0], limits);
      for (const std::string_view member : members) {
        edited.add(member, limits);
        if (at_ms || !write.keeps_times()) edited.set_time(member, at_ms, limits);
      }
    });
    repeat_write<MemberTimes>(ctx, spec.name, key, write, at_ms, members, members.size());
    notify_elements(ctx, EventClass::set, "sadd", key, members);
    if (at_ms) notify_elements(ctx, EventClass::set, "sexpire", key, members);
  }
};

}  // namespace

std::span<const Spec<DataContext>> member_time_commands() {
  static const std::array list{
      command<SExpire>(), command<SPExpire>(),    command<SExpireAt>(),    command<SPExpireAt>(), command<STtl>(),
      command<SPTtl>(),   command<SExpireTime>(), command<SPExpireTime>(), command<SPersist>(),   command<SAddEx>()};
  return list;
}

}  // namespace sluice::commands::sets
