#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <limits>
#include <string>
#include <string_view>
#include <thread>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"
#include "server/commands/server/digest.hpp"
#include "server/commands/server/register.hpp"
#include "server/commands/shared/help.hpp"
#include "server/commands/shared/value_names.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/dispatch/state/server_control.hpp"
#include "server/store/values/hash.hpp"
#include "server/store/values/list.hpp"
#include "server/store/values/set.hpp"
#include "server/store/values/sorted_set.hpp"

namespace sluice::commands::server {

using namespace dispatch;

namespace {

// DEBUG SLEEP seconds: the whole server stands still, which is the point. Not for longer than a day, whatever is asked.
void debug_sleep(AdminContext& ctx, Words words) {
  constexpr double seconds_max = 24.0 * 60 * 60;
  const double seconds = std::min(static_cast<double>(base::parse_float(words[0]).value_or(0)), seconds_max);
  if (seconds > 0) std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  ctx.reply.ok();
}

// The bytes that an RDB file spends on `size` before a string of that size.
std::size_t rdb_length_bytes(std::size_t size) {
  if (size < 64) return 1;
  if (size < 16384) return 2;
  return size <= 0xffffffff ? 5 : 9;
}

// What an uncompressed RDB file would spend on the value.
std::size_t serialized_length(const store::ListView& list) {
  std::size_t bytes = rdb_length_bytes(list.chunk_count());
  for (std::size_t number = 0; number < list.chunk_count(); ++number) {
    const std::size_t chunk_bytes = list.chunk(number).byte_count();
    bytes += 1 + rdb_length_bytes(chunk_bytes) + chunk_bytes;
  }
  return bytes;
}

std::size_t string_length(std::string_view text) {
  constexpr std::size_t integer_bytes_max = 11;
  const auto number = text.size() <= integer_bytes_max ? base::parse_integer(text) : std::nullopt;
  if (number && *number >= INT8_MIN && *number <= INT8_MAX) return 2;
  if (number && *number >= INT16_MIN && *number <= INT16_MAX) return 3;
  if (number && *number >= INT32_MIN && *number <= INT32_MAX) return 5;
  return rdb_length_bytes(text.size()) + text.size();
}

// Of a collection in its large form.
std::size_t object_length(const store::Entry& entry) {
  std::size_t bytes = 0;
  if (entry.type() == store::Type::list) return serialized_length(entry.as<store::List>());
  if (entry.type() == store::Type::set) {
    const auto set = entry.as<store::Set>();
    set.for_each([&](const store::PackedElement& member) { bytes += string_length(member.text()); });
    return bytes + rdb_length_bytes(set.size());
  }
  if (entry.type() == store::Type::hash) {
    const auto hash = entry.as<store::Hash>();
    hash.for_each([&](const store::HashField& field) {
      bytes += string_length(field.name.text()) + string_length(field.value.text());
    });
    return bytes + rdb_length_bytes(hash.size());
  }
  const auto set = entry.as<store::SortedSet>();
  for (store::SortedSet::Walk walk(set); !walk.done();) {
    bytes += string_length(walk.take().member.text()) + sizeof(double);
  }
  return bytes + rdb_length_bytes(set.size());
}

std::size_t serialized_length(const store::Entry& entry) {
  if (entry.type() == store::Type::string) return string_length(entry.string());
  if (entry.type() == store::Type::list || !entry.is_packed()) return object_length(entry);
  const std::size_t bytes = entry.packed().byte_count();
  return rdb_length_bytes(bytes) + bytes;
}

// DEBUG OBJECT key
void debug_object(AdminContext& ctx, Words words) {
  store::Keyspace& keyspace = ctx.parts.databases[static_cast<std::size_t>(ctx.session.chosen.database)];
  const store::Entry* entry = keyspace.peek(keyspace.key_of(words[0]));
  if (entry == nullptr) throw no_such_key();
  ctx.reply.simple(fmt::format("Value at:{} refcount:1 encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}",
                               fmt::ptr(entry), encoding_name(*entry), serialized_length(*entry), entry->access(),
                               keyspace.idle_seconds(*entry)));
}

// DEBUG SET-ACTIVE-EXPIRE <0|1>
void debug_set_active_expire(AdminContext& ctx, Words words) {
  ctx.parts.control.set_active_expire(base::parse_integer(words[0]).value_or(0) != 0);
  ctx.reply.ok();
}

// DEBUG QUICKLIST-PACKED-THRESHOLD bytes: from which size on elements of lists lie by themselves. Test suites set it;
// here the limits of chunks alone decide.
void debug_quicklist_packed_threshold(AdminContext& ctx, Words) {
  ctx.reply.ok();
}

// DEBUG DIGEST
void debug_digest(AdminContext& ctx, Words) {
  ctx.reply.simple(digest_of(ctx.parts.databases).hex());
}

// DEBUG DIGEST-VALUE key [key ...]: a missing key has the digest that nothing was added to.
void debug_digest_value(AdminContext& ctx, Words words) {
  store::Keyspace& keyspace = ctx.parts.databases[static_cast<std::size_t>(ctx.session.chosen.database)];
  ctx.reply.array(words.size());
  for (const std::string_view key : words) {
    Digest digest;
    if (const store::Entry* entry = keyspace.peek(keyspace.key_of(key))) add_value(digest, *entry);
    ctx.reply.simple(digest.hex());
  }
}

// DEBUG ERROR line: answers with that error.
void debug_error(AdminContext&, Words words) {
  throw CommandError(std::string(words[0]));
}

// "value:N", padded with zero bytes or cut to `size`, unless that is 0.
std::string populated_value(std::int64_t number, std::int64_t size) {
  std::string value = fmt::format("value:{}", number);
  if (size > 0) value.resize(static_cast<std::size_t>(size), '\0');
  return value;
}

// Keys "prefix:N" for the numbers below `count`; those that exist are left as they are.
void populate(store::Keyspace& keyspace, std::string_view prefix, std::int64_t count, std::int64_t size) {
  for (std::int64_t number = 0; number < count; ++number) {
    const std::string name = fmt::format("{}:{}", prefix, number);
    const store::Key key = keyspace.key_of(name);
    if (keyspace.peek(key) != nullptr) continue;
    const std::string value = populated_value(number, size);
    const auto encoding =
        value.size() <= store::embedded_bytes_max ? store::StringEncoding::embedded : store::StringEncoding::raw;
    keyspace.put_string(key, value, encoding, store::Keyspace::Expiry::clear);
  }
}

// DEBUG POPULATE count [prefix] [size]
void debug_populate(AdminContext& ctx, Words words) {
  const auto count = base::parse_integer(words[0]);
  const auto size = words.size() > 2 ? base::parse_integer(words[2]) : 0;
  if (!count || !size || *count < 0 || *size < 0) throw CommandError("ERR value is out of range, must be positive");
  if (*size > ctx.parts.settings.proto_max_bulk_len) {
    throw CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  }
  const std::string_view prefix = words.size() > 1 ? words[1] : "key";
  try {
    populate(ctx.parts.databases[static_cast<std::size_t>(ctx.session.chosen.database)], prefix, *count, *size);
  } catch (const std::exception&) {  // a limit may be set far above the memory that there is, or the size of a string
    throw CommandError("ERR Insufficient memory, failed allocating the string");
  }
  ctx.reply.ok();
}

// An aggregate of three: 0, 1, 2.
void reply_three(protocol::ReplyWriter& reply) {
  for (const std::int64_t element : {0, 1, 2}) reply.integer(element);
}

struct Sample {
  std::string_view type;
  void (*reply)(protocol::ReplyWriter&);
};

// A sample of every type of reply, by its name.
constexpr std::array<Sample, 13> samples = {{
    {"string", [](protocol::ReplyWriter& reply) { reply.bulk("Hello World"); }},
    {"integer", [](protocol::ReplyWriter& reply) { reply.integer(12345); }},
    {"double", [](protocol::ReplyWriter& reply) { reply.real(3.141); }},
    {"bignum", [](protocol::ReplyWriter& reply) { reply.big_number("1234567999999999999999999999999999999"); }},
    {"null", [](protocol::ReplyWriter& reply) { reply.null(); }},
    {"array",
     [](protocol::ReplyWriter& reply) {
       reply.array(3);
       reply_three(reply);
     }},
    {"set",
     [](protocol::ReplyWriter& reply) {
       reply.set(3);
       reply_three(reply);
     }},
    {"map",
     [](protocol::ReplyWriter& reply) {
       reply.map(3);
       for (const std::int64_t key : {0, 1, 2}) {
         reply.integer(key);
         reply.boolean(key == 1);
       }
     }},
    {"attrib",
     [](protocol::ReplyWriter& reply) {
       if (reply.version() == protocol::ProtocolVersion::resp3) {
         reply.attribute(1);
         reply.bulk("key-popularity");
         reply.array(2);
         reply.bulk("key:123");
         reply.integer(90);
       }
       reply.bulk("Some real reply following the attribute");
     }},
    {"push",
     [](protocol::ReplyWriter& reply) {
       if (reply.version() == protocol::ProtocolVersion::resp2) {
         throw CommandError("ERR RESP2 is not supported by this command");
       }
       reply.push(2);
       reply.bulk("server-cpu-usage");
       reply.integer(42);
     }},
    {"verbatim", [](protocol::ReplyWriter& reply) { reply.verbatim("txt", "This is a verbatim\nstring"); }},
    {"true", [](protocol::ReplyWriter& reply) { reply.boolean(true); }},
    {"false", [](protocol::ReplyWriter& reply) { reply.boolean(false); }},
}};

// DEBUG PROTOCOL type
void debug_protocol(AdminContext& ctx, Words words) {
  const auto sample = std::ranges::find_if(
      samples, [&](const Sample& each) { return base::equals_ignoring_case(each.type, words[0]); });
  if (sample == samples.end()) {
    throw CommandError(
        "ERR Wrong protocol type name. Please use one of the following: "
        "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false");
  }
  sample->reply(ctx.reply);
}

void debug_help(AdminContext& ctx, Words) {
  static constexpr std::array<std::string_view, 18> lines = {
      "DIGEST",
      "    Show a digest of all data: the same data gives the same digest.",
      "DIGEST-VALUE <key> [<key> ...]",
      "    Show digests of the values at the keys.",
      "ERROR <string>",
      "    Reply with the given error.",
      "OBJECT <key>",
      "    Show how the value at <key> is held.",
      "POPULATE <count> [<prefix>] [<size>]",
      "    Create <count> string keys named <prefix>:<number>.",
      "PROTOCOL <type>",
      "    Reply with a sample of the given type of reply.",
      "QUICKLIST-PACKED-THRESHOLD <bytes>",
      "    Accepted for the sake of test suites; changes nothing.",
      "SET-ACTIVE-EXPIRE <0|1>",
      "    Switch the reclaiming of expired keys off or on.",
      "SLEEP <seconds>",
      "    Stop the server for <seconds>. Fractions are allowed.",
  };
  reply_help(ctx.reply, "DEBUG", lines);
}

struct Action {
  std::string_view name;
  std::size_t words_min;  // behind the name
  std::size_t words_max;
  void (*run)(AdminContext& ctx, Words words);
};

constexpr std::size_t words_unlimited = std::numeric_limits<std::size_t>::max();

constexpr std::array<Action, 10> actions = {{
    {"DIGEST", 0, 0, debug_digest},
    {"DIGEST-VALUE", 0, words_unlimited, debug_digest_value},
    {"ERROR", 1, 1, debug_error},
    {"HELP", 0, 0, debug_help},
    {"OBJECT", 1, 2, debug_object},
    {"POPULATE", 1, 3, debug_populate},
    {"PROTOCOL", 1, 1, debug_protocol},
    {"QUICKLIST-PACKED-THRESHOLD", 1, 1, debug_quicklist_packed_threshold},
    {"SET-ACTIVE-EXPIRE", 1, 1, debug_set_active_expire},
    {"SLEEP", 1, 1, debug_sleep},
}};

// DEBUG action [argument ...]
// To clients this is one command: its actions are no subcommands.
struct Debug {
  static constexpr Spec<AdminContext> spec{
      {.name = "DEBUG",
       .arity = -2,
       .flags = Flag::admin | Flag::noscript | Flag::loading | Flag::stale | Flag::protected_command,
       .since = "1.0.0",
       .summary = "Looks into the server, or disturbs it, for tests.",
       .complexity = "Depends on the action."}};
  std::string_view name;
  Words words;

  void execute(AdminContext& ctx) const {
    const auto action = std::ranges::find_if(actions, [this](const Action& each) {
      return base::equals_ignoring_case(each.name, name) && words.size() >= each.words_min &&
             words.size() <= each.words_max;
    });
    if (action == actions.end()) throw wrong_subcommand("DEBUG", name);
    action->run(ctx, words);
  }
};

}  // namespace

std::span<const Spec<AdminContext>> debug_commands() {
  static const std::array list{command<Debug>()};
  return list;
}

}  // namespace sluice::commands::server
