#include <array>
#include <string_view>

#include "server/commands/hashes/register.hpp"
#include "server/commands/hashes/shared.hpp"
#include "server/dispatch/call/family.hpp"

// The times of fields: until when each of them exists.
namespace sluice::commands::hashes {

using namespace dispatch;

namespace {

constexpr std::string_view fields_syntax = "key FIELDS numfields field [field ...]";

// HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]
struct HExpire {
  static constexpr Spec<DataContext> spec{expire_elements_spec(
      "HEXPIRE", "7.4.0", "key seconds [condition: NX | XX | GT | LT] FIELDS numfields field [field ...]",
      "Lets fields of a hash exist for so many seconds.")};
  KeyAndRest request;

  static HExpire parse(ArgReader& reader) { return {KeyAndRest::parse(reader)}; }
  void execute(DataContext& ctx) const {
    expire_elements<FieldTimes>(ctx, request.key, request.rest, for_seconds, spec.name);
  }
};

// HPEXPIRE key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]
struct HPExpire {
  static constexpr Spec<DataContext> spec{expire_elements_spec(
      "HPEXPIRE", "7.4.0", "key milliseconds [condition: NX | XX | GT | LT] FIELDS numfields field [field ...]",
      "Lets fields of a hash exist for so many milliseconds.")};
  KeyAndRest request;

  static HPExpire parse(ArgReader& reader) { return {KeyAndRest::parse(reader)}; }
  void execute(DataContext& ctx) const {
    expire_elements<FieldTimes>(ctx, request.key, request.rest, for_ms, spec.name);
  }
};

// HEXPIREAT key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]
struct HExpireAt {
  static constexpr Spec<DataContext> spec{expire_elements_spec(
      "HEXPIREAT", "7.4.0", "key unix-time-seconds [condition: NX | XX | GT | LT] FIELDS numfields field [field ...]",
      "Lets fields of a hash exist until a Unix time in seconds.")};
  KeyAndRest request;

  static HExpireAt parse(ArgReader& reader) { return {KeyAndRest::parse(reader)}; }
  void execute(DataContext& ctx) const {
    expire_elements<FieldTimes>(ctx, request.key, request.rest, until_seconds, spec.name);
  }
};

// HPEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]
struct HPExpireAt {
  static constexpr Spec<DataContext> spec{expire_elements_spec(
      "HPEXPIREAT", "7.4.0",
      "key unix-time-milliseconds [condition: NX | XX | GT | LT] FIELDS numfields field [field ...]",
      "Lets fields of a hash exist until a Unix time in milliseconds.")};
  KeyAndRest request;

  static HPExpireAt parse(ArgReader& reader) { return {KeyAndRest::parse(reader)}; }
  void execute(DataContext& ctx) const {
    expire_elements<FieldTimes>(ctx, request.key, request.rest, until_ms, spec.name);
  }
};

// HTTL key FIELDS numfields field [field ...]
struct HTtl {
  static constexpr Spec<DataContext> spec{
      element_times_spec("HTTL", false, "7.4.0", fields_syntax, "Tells for how many seconds fields will exist.")};
  KeyAndElements request;

  static HTtl parse(ArgReader& reader) { return {KeyAndElements::parse(reader, field_words)}; }
  void execute(DataContext& ctx) const { reply_times<FieldTimes>(ctx, request.key, request.elements, for_seconds); }
};

// HPTTL key FIELDS numfields field [field ...]
struct HPTtl {
  static constexpr Spec<DataContext> spec{
      element_times_spec("HPTTL", false, "7.4.0", fields_syntax, "Tells for how many milliseconds fields will exist.")};
  KeyAndElements request;

  static HPTtl parse(ArgReader& reader) { return {KeyAndElements::parse(reader, field_words)}; }
  void execute(DataContext& ctx) const { reply_times<FieldTimes>(ctx, request.key, request.elements, for_ms); }
};

// HEXPIRETIME key FIELDS numfields field [field ...]
struct HExpireTime {
  static constexpr Spec<DataContext> spec{element_times_spec(
      "HEXPIRETIME", false, "7.4.0", fields_syntax, "Tells until which Unix time in seconds fields will exist.")};
  KeyAndElements request;

  static HExpireTime parse(ArgReader& reader) { return {KeyAndElements::parse(reader, field_words)}; }
  void execute(DataContext& ctx) const { reply_times<FieldTimes>(ctx, request.key, request.elements, until_seconds); }
};

// HPEXPIRETIME key FIELDS numfields field [field ...]
struct HPExpireTime {
  static constexpr Spec<DataContext> spec{element_times_spec(
      "HPEXPIRETIME", false, "7.4.0", fields_syntax, "Tells until which Unix time in milliseconds fields will exist.")};
  KeyAndElements request;

  static HPExpireTime parse(ArgReader& reader) { return {KeyAndElements::parse(reader, field_words)}; }
  void execute(DataContext& ctx) const { reply_times<FieldTimes>(ctx, request.key, request.elements, until_ms); }
};

// HPERSIST key FIELDS numfields field [field ...]
struct HPersist {
  static constexpr Spec<DataContext> spec{
      element_times_spec("HPERSIST", true, "7.4.0", fields_syntax, "Takes the times of fields away.")};
  KeyAndElements request;

  static HPersist parse(ArgReader& reader) { return {KeyAndElements::parse(reader, field_words)}; }
  void execute(DataContext& ctx) const { persist_elements<FieldTimes>(ctx, request.key, request.elements); }
};

}  // namespace

std::span<const Spec<DataContext>> field_time_commands() {
  static const std::array list{command<HExpire>(),     command<HPExpire>(),     command<HExpireAt>(),
                               command<HPExpireAt>(),  command<HTtl>(),         command<HPTtl>(),
                               command<HExpireTime>(), command<HPExpireTime>(), command<HPersist>()};
  return list;
}

}  // namespace sluice::commands::hashes
