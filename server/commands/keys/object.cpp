#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/commands/keys/register.hpp"
#include "server/commands/shared/help.hpp"
#include "server/commands/shared/key_lookup.hpp"
#include "server/commands/shared/value_names.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::keys {

using namespace dispatch;
using store::Key;

namespace {

constexpr SpecFields question_spec(std::string_view name, std::string_view since, std::string_view summary) {
  return {.name = name,
          .arity = 3,
          .flags = Flag::readonly,
          .keys = KeySpec{.flags = KeyFlag::read_only, .index = 2},
          .since = since,
          .summary = summary,
          .complexity = "O(1)",
          .syntax = "key",
          .tips = "nondeterministic_output"};
}

// What the questions about a key reply: null if there is no such key, otherwise what `answer` writes. A question is not
// an access, nor a miss that notifications tell of.
template <class Answer>
void reply_about(DataContext& ctx, const Key& key, Answer&& answer) {
  const store::Entry* entry = ctx.keyspace.peek(key);
  count_lookup(ctx.statistics, entry != nullptr);
  if (entry == nullptr) {
    ctx.reply.null();
  } else {
    answer(*entry);
  }
}

bool counts_accesses(const Settings& settings) {
  return settings.maxmemory_policy.ends_with("lfu");
}

constexpr std::string_view policy_advice =
    " Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";

// OBJECT ENCODING key
struct ObjectEncoding {
  static constexpr Spec<DataContext> spec{
      question_spec("OBJECT|ENCODING", "2.2.3", "Tells how the value at a key is stored.")};
  Key key;

  void execute(DataContext& ctx) const {
    reply_about(ctx, key, [&](const store::Entry& entry) { ctx.reply.bulk(encoding_name(entry)); });
  }
};

// OBJECT FREQ key
struct ObjectFreq {
  static constexpr Spec<DataContext> spec{
      question_spec("OBJECT|FREQ", "4.0.0", "Tells how often a key is used, on a logarithmic scale.")};
  Key key;

  void execute(DataContext& ctx) const {
    reply_about(ctx, key, [&](const store::Entry& entry) {
      if (!counts_accesses(ctx.settings)) {
        throw CommandError("ERR An LFU maxmemory policy is not selected, access frequency not tracked." +
                           std::string(policy_advice));
      }
      ctx.reply.integer(ctx.keyspace.access_frequency(entry));
    });
  }
};

// OBJECT IDLETIME key
struct ObjectIdleTime {
  static constexpr Spec<DataContext> spec{
      question_spec("OBJECT|IDLETIME", "2.2.3", "Tells for how many seconds a key has not been used.")};
  Key key;

  void execute(DataContext& ctx) const {
    reply_about(ctx, key, [&](const store::Entry& entry) {
      if (counts_accesses(ctx.settings)) {
        throw CommandError("ERR An LFU maxmemory policy is selected, idle time not tracked." +
                           std::string(policy_advice));
      }
      ctx.reply.integer(ctx.keyspace.idle_seconds(entry));
    });
  }
};

// OBJECT REFCOUNT key
// Values are never shared between keys, so that the answer is always the same.
struct ObjectRefCount {
  static constexpr Spec<DataContext> spec{
      question_spec("OBJECT|REFCOUNT", "2.2.3", "Tells how many references there are to the value at a key: one.")};
  Key key;

  void execute(DataContext& ctx) const {
    reply_about(ctx, key, [&](const store::Entry&) { ctx.reply.integer(1); });
  }
};

// OBJECT HELP
struct ObjectHelp {
  static constexpr Spec<DataContext> spec{{.name = "OBJECT|HELP",
                                           .arity = 2,
                                           .flags = Flag::loading | Flag::stale,
                                           .since = "6.2.0",
                                           .summary = "Lists the subcommands.",
                                           .complexity = "O(1)"}};

  void execute(DataContext& ctx) const {
    static constexpr auto lines = std::to_array<std::string_view>({
        "ENCODING <key>",
        "    Tells how the value at <key> is stored.",
        "FREQ <key>",
        "    Tells how often <key> is used, on a logarithmic scale from 0 to 255. Needs an",
        "    LFU maxmemory-policy.",
        "IDLETIME <key>",
        "    Tells for how many seconds <key> has not been used. Needs any other policy.",
        "REFCOUNT <key>",
        "    Tells how many references there are to the value at <key>: one, as values are",
        "    not shared.",
    });
    reply_help(ctx.reply, "OBJECT", lines);
  }
};

}  // namespace

std::span<const Spec<DataContext>> object_commands() {
  static const std::array list{command<ObjectEncoding>(), command<ObjectFreq>(), command<ObjectIdleTime>(),
                               command<ObjectRefCount>(), command<ObjectHelp>()};
  return list;
}

}  // namespace sluice::commands::keys
