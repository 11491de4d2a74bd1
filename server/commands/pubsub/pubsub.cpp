#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/glob.hpp"
#include "server/commands/pubsub/register.hpp"
#include "server/commands/shared/help.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/pubsub/broker.hpp"

namespace sluice::commands::pubsub {

using namespace dispatch;
using sluice::pubsub::Broker;
using sluice::pubsub::Kind;

namespace {

constexpr Flags subscription_flags =
    Flag::pubsub | Flag::noscript | Flag::loading | Flag::stale | Flag::in_subscribed_mode;
constexpr Flags publication_flags = Flag::pubsub | Flag::loading | Flag::stale | Flag::fast | Flag::may_replicate;
constexpr Flags question_flags = Flag::pubsub | Flag::loading | Flag::stale;

constexpr KeySpecs shard_channels = all_keys(KeyFlag::not_key);

// Shard channels are counted by themselves.
std::size_t counted_subscriptions(const Session& session, Kind kind) {
  if (!session.conversations.subscriptions) return 0;
  return kind == Kind::shard_channel ? session.conversations.subscriptions->shard_channels.size()
                                     : session.conversations.subscriptions->global_count();
}

// Confirms that the connection has, or has no more, a subscription; without a name, that it has none of the kind. Being
// a message of its own, it comes even if CLIENT REPLY has turned replies off.
void confirm(PubSubContext& ctx, std::string_view event, Kind kind, std::optional<std::string_view> name) {
  const auto write = [&](protocol::ReplyWriter& out) {
    out.push(3);
    out.bulk(event);
    if (name) {
      out.bulk(*name);
    } else {
      out.null();
    }
    out.integer(static_cast<std::int64_t>(counted_subscriptions(ctx.session, kind)));
  };
  if (ctx.session.chosen.reply_mode == ReplyMode::on) return write(ctx.reply);
  protocol::ReplyBuffer buffer;
  protocol::ReplyWriter own_reply(buffer, ctx.session.chosen.protocol);
  write(own_reply);
  ctx.session.push(std::make_shared<const std::string>(buffer.view()));
}

void subscribe(PubSubContext& ctx, Kind kind, Words names, std::string_view event) {
  for (const std::string_view name : names) {
    ctx.services.get<Broker>().subscribe(ctx.session, kind, name);
    confirm(ctx, event, kind, name);
  }
}

// Without names, ends all subscriptions of the kind.
void unsubscribe(PubSubContext& ctx, Kind kind, Words names, std::string_view event) {
  for (const std::string_view name : names) {
    ctx.services.get<Broker>().unsubscribe(ctx.session, kind, name);
    confirm(ctx, event, kind, name);
  }
  if (!names.empty()) return;
  if (names_of(ctx.session, kind).empty()) return confirm(ctx, event, kind, std::nullopt);
  while (!names_of(ctx.session, kind).empty()) {
    const std::string name(names_of(ctx.session, kind).begin()->first);
    ctx.services.get<Broker>().unsubscribe(ctx.session, kind, name);
    confirm(ctx, event, kind, name);
  }
}

// SUBSCRIBE channel [channel ...]
struct Subscribe {
  static constexpr Spec<PubSubContext> spec{{.name = "SUBSCRIBE",
                                             .arity = -2,
                                             .flags = subscription_flags,
                                             .since = "2.0.0",
                                             .summary = "Has the connection sent what is published to channels.",
                                             .complexity = "O(N) for N channels",
                                             .syntax = "channel [channel ...]"}};
  Words channels;

  void execute(PubSubContext& ctx) const { subscribe(ctx, Kind::channel, channels, "subscribe"); }
};

// UNSUBSCRIBE [channel [channel ...]]
struct Unsubscribe {
  static constexpr Spec<PubSubContext> spec{{.name = "UNSUBSCRIBE",
                                             .arity = -1,
                                             .flags = subscription_flags,
                                             .since = "2.0.0",
                                             .summary = "Ends subscriptions to channels, all of them if none is named.",
                                             .complexity = "O(N) for N channels",
                                             .syntax = "[channel [channel ...]]"}};
  Words channels;

  void execute(PubSubContext& ctx) const { unsubscribe(ctx, Kind::channel, channels, "unsubscribe"); }
};

// PSUBSCRIBE pattern [pattern ...]
// A message that several of the patterns match comes once for each.
struct PSubscribe {
  static constexpr Spec<PubSubContext> spec{
      {.name = "PSUBSCRIBE",
       .arity = -2,
       .flags = subscription_flags,
       .since = "2.0.0",
       .summary = "Has the connection sent what is published to the channels that patterns match.",
       .complexity = "O(N) for N patterns",
       .syntax = "pattern [pattern ...]"}};
  Words patterns;

  void execute(PubSubContext& ctx) const { subscribe(ctx, Kind::pattern, patterns, "psubscribe"); }
};

// PUNSUBSCRIBE [pattern [pattern ...]]
struct PUnsubscribe {
  static constexpr Spec<PubSubContext> spec{{.name = "PUNSUBSCRIBE",
                                             .arity = -1,
                                             .flags = subscription_flags,
                                             .since = "2.0.0",
                                             .summary = "Ends subscriptions to patterns, all of them if none is named.",
                                             .complexity = "O(N) for N patterns",
                                             .syntax = "[pattern [pattern ...]]"}};
  Words patterns;

  void execute(PubSubContext& ctx) const { unsubscribe(ctx, Kind::pattern, patterns, "punsubscribe"); }
};

// SSUBSCRIBE shardchannel [shardchannel ...]
// Unlike SUBSCRIBE it is refused inside a transaction.
struct SSubscribe {
  static constexpr Spec<PubSubContext> spec{{.name = "SSUBSCRIBE",
                                             .arity = -2,
                                             .flags = subscription_flags,
                                             .keys = shard_channels,
                                             .since = "7.0.0",
                                             .summary = "Has the connection sent what is published to shard channels.",
                                             .complexity = "O(N) for N channels",
                                             .syntax = "shardchannel [shardchannel ...]"}};
  Words channels;

  void execute(PubSubContext& ctx) const {
    if (ctx.origin != Origin::client) throw CommandError("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
    subscribe(ctx, Kind::shard_channel, channels, "ssubscribe");
  }
};

// SUNSUBSCRIBE [shardchannel [shardchannel ...]]
struct SUnsubscribe {
  static constexpr Spec<PubSubContext> spec{
      {.name = "SUNSUBSCRIBE",
       .arity = -1,
       .flags = subscription_flags,
       .keys = shard_channels,
       .since = "7.0.0",
       .summary = "Ends subscriptions to shard channels, all of them if none is named.",
       .complexity = "O(N) for N channels",
       .syntax = "[shardchannel [shardchannel ...]]"}};
  Words channels;

  void execute(PubSubContext& ctx) const { unsubscribe(ctx, Kind::shard_channel, channels, "sunsubscribe"); }
};

// PUBLISH channel message
struct Publish {
  static constexpr Spec<PubSubContext> spec{
      {.name = "PUBLISH",
       .arity = 3,
       .flags = publication_flags,
       .since = "2.0.0",
       .summary = "Sends a message to a channel's subscribers and counts the copies sent.",
       .complexity = "O(N+M) for N subscribers and M patterns, anybody's",
       .syntax = "channel message"}};
  std::string_view channel;
  std::string_view message;

  void execute(PubSubContext& ctx) const {
    ctx.reply.integer(static_cast<std::int64_t>(ctx.services.get<Broker>().publish(Kind::channel, channel, message)));
    ctx.effects.itself(Audience::replicas);
  }
};

// SPUBLISH shardchannel message
struct SPublish {
  static constexpr Spec<PubSubContext> spec{
      {.name = "SPUBLISH",
       .arity = 3,
       .flags = publication_flags,
       .keys = one_key(KeyFlag::not_key),
       .since = "7.0.0",
       .summary = "Sends a message to a shard channel's subscribers and counts them.",
       .complexity = "O(N) for N subscribers",
       .syntax = "shardchannel message"}};
  std::string_view channel;
  std::string_view message;

  void execute(PubSubContext& ctx) const {
    ctx.reply.integer(
        static_cast<std::int64_t>(ctx.services.get<Broker>().publish(Kind::shard_channel, channel, message)));
    ctx.effects.itself(Audience::replicas);
  }
};

// The pattern of PUBSUB CHANNELS and SHARDCHANNELS, if there is one.
std::optional<std::string_view> next_pattern(ArgReader& reader) {
  if (reader.left() > 1) throw wrong_subcommand("PUBSUB", reader.subcommand());
  if (reader.done()) return std::nullopt;
  return reader.next_word();
}

void reply_channels(PubSubContext& ctx, Kind kind, std::optional<std::string_view> pattern) {
  std::vector<std::string_view> channels;
  for (const auto& [name, subscribers] : ctx.services.get<Broker>().index(kind)) {
    if (!pattern || base::glob_matches(*pattern, name)) channels.push_back(name);
  }
  ctx.reply.array(channels.size());
  for (const std::string_view channel : channels) ctx.reply.bulk(channel);
}

void reply_subscriber_counts(PubSubContext& ctx, Kind kind, Words channels) {
  ctx.reply.array(2 * channels.size());
  for (const std::string_view channel : channels) {
    ctx.reply.bulk(channel);
    ctx.reply.integer(static_cast<std::int64_t>(ctx.services.get<Broker>().subscriber_count(kind, channel)));
  }
}

// PUBSUB CHANNELS [pattern]
struct PubSubChannels {
  static constexpr Spec<PubSubContext> spec{{.name = "PUBSUB|CHANNELS",
                                             .arity = -2,
                                             .flags = question_flags,
                                             .since = "2.8.0",
                                             .summary = "Lists the channels that have subscribers.",
                                             .complexity = "O(N) for N channels",
                                             .syntax = "[pattern]"}};
  std::optional<std::string_view> pattern;

  static PubSubChannels parse(ArgReader& reader) { return {next_pattern(reader)}; }
  void execute(PubSubContext& ctx) const { reply_channels(ctx, Kind::channel, pattern); }
};

// PUBSUB NUMSUB [channel [channel ...]]
struct PubSubNumSub {
  static constexpr Spec<PubSubContext> spec{{.name = "PUBSUB|NUMSUB",
                                             .arity = -2,
                                             .flags = question_flags,
                                             .since = "2.8.0",
                                             .summary = "Counts the subscribers of channels, without patterns.",
                                             .complexity = "O(N) for N channels",
                                             .syntax = "[channel [channel ...]]"}};
  Words channels;

  void execute(PubSubContext& ctx) const { reply_subscriber_counts(ctx, Kind::channel, channels); }
};

// PUBSUB NUMPAT
struct PubSubNumPat {
  static constexpr Spec<PubSubContext> spec{{.name = "PUBSUB|NUMPAT",
                                             .arity = 2,
                                             .flags = question_flags,
                                             .since = "2.8.0",
                                             .summary = "Counts the different patterns that have subscribers.",
                                             .complexity = "O(1)"}};

  void execute(PubSubContext& ctx) const {
    ctx.reply.integer(static_cast<std::int64_t>(ctx.services.get<Broker>().index(Kind::pattern).size()));
  }
};

// PUBSUB SHARDCHANNELS [pattern]
struct PubSubShardChannels {
  static constexpr Spec<PubSubContext> spec{{.name = "PUBSUB|SHARDCHANNELS",
                                             .arity = -2,
                                             .flags = question_flags,
                                             .since = "7.0.0",
                                             .summary = "Lists the shard channels that have subscribers.",
                                             .complexity = "O(N) for N channels",
                                             .syntax = "[pattern]"}};
  std::optional<std::string_view> pattern;

  static PubSubShardChannels parse(ArgReader& reader) { return {next_pattern(reader)}; }
  void execute(PubSubContext& ctx) const { reply_channels(ctx, Kind::shard_channel, pattern); }
};

// PUBSUB SHARDNUMSUB [shardchannel [shardchannel ...]]
struct PubSubShardNumSub {
  static constexpr Spec<PubSubContext> spec{{.name = "PUBSUB|SHARDNUMSUB",
                                             .arity = -2,
                                             .flags = question_flags,
                                             .since = "7.0.0",
                                             .summary = "Counts the subscribers of shard channels.",
                                             .complexity = "O(N) for N channels",
                                             .syntax = "[shardchannel [shardchannel ...]]"}};
  Words channels;

  void execute(PubSubContext& ctx) const { reply_subscriber_counts(ctx, Kind::shard_channel, channels); }
};

// PUBSUB HELP
struct PubSubHelp {
  static constexpr Spec<PubSubContext> spec{{.name = "PUBSUB|HELP",
                                             .arity = 2,
                                             .flags = Flag::loading | Flag::stale,
                                             .since = "6.2.0",
                                             .summary = "Lists the subcommands.",
                                             .complexity = "O(1)"}};

  void execute(PubSubContext& ctx) const {
    static constexpr auto lines = std::to_array<std::string_view>({
        "CHANNELS [<pattern>]",
        "    Lists the channels that have subscribers, those alone that <pattern> matches.",
        "NUMPAT",
        "    Counts the different patterns that have subscribers.",
        "NUMSUB [<channel> ...]",
        "    Counts the subscribers of each <channel>, but not those of patterns.",
        "SHARDCHANNELS [<pattern>]",
        "    Lists the shard channels that have subscribers, those alone that <pattern>",
        "    matches.",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    Counts the subscribers of each <shardchannel>.",
    });
    reply_help(ctx.reply, "PUBSUB", lines);
  }
};

}  // namespace

std::span<const Spec<PubSubContext>> pubsub_commands() {
  static const std::array list{command<Subscribe>(),         command<Unsubscribe>(),  command<PSubscribe>(),
                               command<PUnsubscribe>(),      command<SSubscribe>(),   command<SUnsubscribe>(),
                               command<Publish>(),           command<SPublish>(),     command<PubSubChannels>(),
                               command<PubSubNumSub>(),      command<PubSubNumPat>(), command<PubSubShardChannels>(),
                               command<PubSubShardNumSub>(), command<PubSubHelp>()};
  return list;
}

}  // namespace sluice::commands::pubsub
