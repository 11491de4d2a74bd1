#include <array>
#include <string_view>

#include "server/commands/hashes/register.hpp"
#include "server/commands/hashes/shared.hpp"
#include "server/dispatch/call/family.hpp"

// The times of fields: until when each of them exists.
namespace sluice::commands::hashes {

using namespace dispatch;
using store::Key;

namespace {

constexpr SpecFields expire_spec(std::string_view name, std::string_view syntax, std::string_view summary) {
  return {.name = name,
          .arity = -6,
          .flags = Flag::write | Flag::fast,
          .keys = one_key(KeyFlag::read_write | KeyFlag::update),
          .since = "7.4.0",
          .summary = summary,
          .complexity = "O(N) for N fields",
          .syntax = syntax};
}

constexpr SpecFields time_spec(std::string_view name, Flags flags, KeyFlags key_flags, std::string_view summary) {
  return {.name = name,
          .arity = -5,
          .flags = flags,
          .keys = one_key(key_flags),
          .since = "7.4.0",
          .summary = summary,
          .complexity = "O(N) for N fields",
          .syntax = "key FIELDS numfields field [field ...]"};
}

constexpr SpecFields told_time_spec(std::string_view name, std::string_view summary) {
  return time_spec(name, Flag::readonly | Flag::fast, KeyFlag::read_only | KeyFlag::access, summary);
}

// The key, and the rest of the words, which Redis reads after it has looked at the key.
struct KeyAndRest {
  Key key;
  ArgReader rest;

  static KeyAndRest parse(ArgReader& reader) {
    const Key key = reader.next_key();
    const ArgReader rest = reader;
    reader.rest();
    return {key, rest};
  }
};

struct KeyAndFields {
  Key key;
  Words fields;

  static KeyAndFields parse(ArgReader& reader) {
    const Key key = reader.next_key();
    return {key, read_elements(reader, field_words)};
  }
};

// HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]
struct HExpire {
  static constexpr Spec<DataContext> spec{
      expire_spec("HEXPIRE", "key seconds [condition: NX | XX | GT | LT] FIELDS numfields field [field ...]",
                  "Lets fields of a hash exist for so many seconds.")};
  KeyAndRest request;

  static HExpire parse(ArgReader& reader) { return {KeyAndRest::parse(reader)}; }
  void execute(DataContext& ctx) const {
    expire_elements<FieldTimes>(ctx, request.key, request.rest, for_seconds, spec.name);
  }
};

// HPEXPIRE key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]
struct HPExpire {
  static constexpr Spec<DataContext> spec{
      expire_spec("HPEXPIRE", "key milliseconds [condition: NX | XX | GT | LT] FIELDS numfields field [field ...]",
                  "Lets fields of a hash exist for so many milliseconds.")};
  KeyAndRest request;

  static HPExpire parse(ArgReader& reader) { return {KeyAndRest::parse(reader)}; }
  void execute(DataContext& ctx) const {
    expire_elements<FieldTimes>(ctx, request.key, request.rest, for_ms, spec.name);
  }
};

// HEXPIREAT key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]
struct HExpireAt {
  static constexpr Spec<DataContext> spec{expire_spec(
      "HEXPIREAT", "key unix-time-seconds [condition: NX | XX | GT | LT] FIELDS numfields field [field ...]",
      "Lets fields of a hash exist until a Unix time in seconds.")};
  KeyAndRest request;

  static HExpireAt parse(ArgReader& reader) { return {KeyAndRest::parse(reader)}; }
  void execute(DataContext& ctx) const {
    expire_elements<FieldTimes>(ctx, request.key, request.rest, until_seconds, spec.name);
  }
};

// HPEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]
struct HPExpireAt {
  static constexpr Spec<DataContext> spec{expire_spec(
      "HPEXPIREAT", "key unix-time-milliseconds [condition: NX | XX | GT | LT] FIELDS numfields field [field ...]",
      "Lets fields of a hash exist until a Unix time in milliseconds.")};
  KeyAndRest request;

  static HPExpireAt parse(ArgReader& reader) { return {KeyAndRest::parse(reader)}; }
  void execute(DataContext& ctx) const {
    expire_elements<FieldTimes>(ctx, request.key, request.rest, until_ms, spec.name);
  }
};

// HTTL key FIELDS numfields field [field ...]
struct HTtl {
  static constexpr Spec<DataContext> spec{told_time_spec("HTTL", "Tells for how many seconds fields will exist.")};
  KeyAndFields request;

  static HTtl parse(ArgReader& reader) { return {KeyAndFields::parse(reader)}; }
  void execute(DataContext& ctx) const { reply_times<FieldTimes>(ctx, request.key, request.fields, for_seconds); }
};

// HPTTL key FIELDS numfields field [field ...]
struct HPTtl {
  static constexpr Spec<DataContext> spec{
      told_time_spec("HPTTL", "Tells for how many milliseconds fields will exist.")};
  KeyAndFields request;

  static HPTtl parse(ArgReader& reader) { return {KeyAndFields::parse(reader)}; }
  void execute(DataContext& ctx) const { reply_times<FieldTimes>(ctx, request.key, request.fields, for_ms); }
};

// HEXPIRETIME key FIELDS numfields field [field ...]
struct HExpireTime {
  static constexpr Spec<DataContext> spec{
      told_time_spec("HEXPIRETIME", "Tells until which Unix time in seconds fields will exist.")};
  KeyAndFields request;

  static HExpireTime parse(ArgReader& reader) { return {KeyAndFields::parse(reader)}; }
  void execute(DataContext& ctx) const { reply_times<FieldTimes>(ctx, request.key, request.fields, until_seconds); }
};

// HPEXPIRETIME key FIELDS numfields field [field ...]
struct HPExpireTime {
  static constexpr Spec<DataContext> spec{
      told_time_spec("HPEXPIRETIME", "Tells until which Unix time in milliseconds fields will exist.")};
  KeyAndFields request;

  static HPExpireTime parse(ArgReader& reader) { return {KeyAndFields::parse(reader)}; }
  void execute(DataContext& ctx) const { reply_times<FieldTimes>(ctx, request.key, request.fields, until_ms); }
};

// HPERSIST key FIELDS numfields field [field ...]
struct HPersist {
  static constexpr Spec<DataContext> spec{time_spec(
      "HPERSIST", Flag::write | Flag::fast, KeyFlag::read_write | KeyFlag::update, "Takes the times of fields away.")};
  KeyAndFields request;

  static HPersist parse(ArgReader& reader) { return {KeyAndFields::parse(reader)}; }
  void execute(DataContext& ctx) const { persist_elements<FieldTimes>(ctx, request.key, request.fields); }
};

}  // namespace

std::span<const Spec<DataContext>> field_time_commands() {
  static const std::array list{command<HExpire>(),     command<HPExpire>(),     command<HExpireAt>(),
                               command<HPExpireAt>(),  command<HTtl>(),         command<HPTtl>(),
                               command<HExpireTime>(), command<HPExpireTime>(), command<HPersist>()};
  return list;
}

}  // namespace sluice::commands::hashes
