#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/number_text.hpp"
#include "server/commands/hashes/register.hpp"
#include "server/commands/hashes/shared.hpp"
#include "server/commands/shared/element_scan.hpp"
#include "server/commands/shared/random_count.hpp"
#include "server/dispatch/call/family.hpp"

// All fields of hashes, or fields by chance.
namespace sluice::commands::hashes {

using namespace dispatch;
using protocol::BulkRun;
using protocol::ProtocolVersion;
using store::Hash;
using store::HashField;
using store::HashView;
using store::Key;

namespace {

constexpr SpecFields whole_spec(std::string_view name, std::string_view summary) {
  return {.name = name,
          .arity = 2,
          .flags = Flag::readonly,
          .keys = one_key(KeyFlag::read_only | KeyFlag::access),
          .since = "2.0.0",
          .summary = summary,
          .complexity = "O(N) for N fields",
          .syntax = "key",
          .tips = "nondeterministic_output_order"};
}

// Replies with `parts_each` bulk strings of each field, which add(put, field) hands to put(PackedElement). The room for
// those of a small hash is found at once.
template <class Add>
void reply_parts(DataContext& ctx, const HashView& hash, std::size_t count, std::size_t parts_each, const Add& add) {
  if (!hash.is_packed()) {
    return hash.for_each(
        [&](const HashField& field) { add([&](const auto& part) { reply_element(ctx.reply, part); }, field); });
  }
  const std::size_t part_count = count * parts_each;
  ctx.reply.bulks(part_count, hash.packed_bytes() + part_count * base::integer_text_bytes_max, [&](BulkRun& run) {
    hash.for_each([&](const HashField& field) { add([&](const auto& part) { add_element(run, part); }, field); });
  });
}

// HGETALL key
struct HGetAll {
  static constexpr Spec<DataContext> spec{whole_spec("HGETALL", "Returns all fields of a hash and their values.")};
  Key key;

  void execute(DataContext& ctx) const {
    const auto hash = read<Hash>(ctx, key);
    const std::size_t count = hash ? (*hash).visible_size() : 0;
    ctx.reply.map(count);
    if (count == 0) return;
    reply_parts(ctx, *hash, count, 2, [](const auto& put, const HashField& field) {
      put(field.name);
      put(field.value);
    });
  }
};

// HKEYS key
struct HKeys {
  static constexpr Spec<DataContext> spec{whole_spec("HKEYS", "Returns the names of all fields of a hash.")};
  Key key;

  void execute(DataContext& ctx) const {
    const auto hash = read<Hash>(ctx, key);
    const std::size_t count = hash ? (*hash).visible_size() : 0;
    ctx.reply.array(count);
    if (count == 0) return;
    reply_parts(ctx, *hash, count, 1, [](const auto& put, const HashField& field) { put(field.name); });
  }
};

// HVALS key
struct HVals {
  static constexpr Spec<DataContext> spec{whole_spec("HVALS", "Returns the values of all fields of a hash.")};
  Key key;

  void execute(DataContext& ctx) const {
    const auto hash = read<Hash>(ctx, key);
    const std::size_t count = hash ? (*hash).visible_size() : 0;
    ctx.reply.array(count);
    if (count == 0) return;
    reply_parts(ctx, *hash, count, 1, [](const auto& put, const HashField& field) { put(field.value); });
  }
};

// HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES]
struct HScan {
  static constexpr Spec<DataContext> spec{{.name = "HSCAN",
                                           .arity = -3,
                                           .flags = Flag::readonly,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "2.8.0",
                                           .summary = "Returns some of the fields and a cursor that leads to more.",
                                           .complexity = "O(N) for a COUNT of N",
                                           .syntax = "key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
                                           .tips = "nondeterministic_output"}};
  ElementScan scan;

  static HScan parse(ArgReader& reader) { return {ElementScan::parse(reader)}; }

  void execute(DataContext& ctx) const {
    const auto hash = read<Hash>(ctx, scan.key);
    if (!hash) return reply_empty_scan(ctx);
    ElementScan wanted = scan;
    wanted.read_options("NOVALUES");
    const bool with_values = !wanted.own_option_given;
    std::vector<HashField> fields;
    const std::uint64_t next = (*hash).scan(wanted.options.cursor, wanted.count(), [&](const HashField& field) {
      if (wanted.options.accepts(store::ElementText(field.name).bytes())) fields.push_back(field);
    });
    ctx.reply.array(2);
    ctx.reply.bulk_integer(static_cast<std::int64_t>(next));
    ctx.reply.array(fields.size() * (with_values ? 2 : 1));
    for (const HashField& field : fields) {
      reply_element(ctx.reply, field.name);
      if (with_values) reply_element(ctx.reply, field.value);
    }
  }
};

// HRANDFIELD key [count [WITHVALUES]]
// With values RESP3 gets a pair for each field.
struct HRandField {
  static constexpr Spec<DataContext> spec{{.name = "HRANDFIELD",
                                           .arity = -2,
                                           .flags = Flag::readonly,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "6.2.0",
                                           .summary = "Returns fields of a hash that are chosen by chance.",
                                           .complexity = "O(N) for N fields returned",
                                           .syntax = "key [options: count [WITHVALUES]]",
                                           .tips = "nondeterministic_output"}};
  Key key;
  RandomCount wanted;

  static HRandField parse(ArgReader& reader) {
    const Key key = reader.next_key();
    return {.key = key, .wanted = RandomCount::parse(reader, "WITHVALUES")};
  }

  void execute(DataContext& ctx) const {
    const auto hash = read<Hash>(ctx, key);
    if (!wanted.count) return reply_one(ctx, hash);
    const std::size_t there = hash ? (*hash).visible_size() : 0;
    if (there == 0) return ctx.reply.array(0);
    if (wanted.may_repeat()) return reply_repeating(ctx, *hash);
    reply_header(ctx, std::min(wanted.size(), there));
    (*hash).choose(wanted.size(), ctx.keyspace.random(), [&](const HashField& field) { reply_field(ctx, field); });
  }

 private:
  static void reply_one(DataContext& ctx, const OpenHash& hash) {
    const auto field = hash ? (*hash).random(ctx.keyspace.random()) : std::nullopt;
    if (!field) return ctx.reply.null();
    reply_element(ctx.reply, field->name);
  }

  void reply_repeating(DataContext& ctx, const HashView& hash) const {
    reply_header(ctx, wanted.size());
    for (std::size_t left = wanted.size(); left > 0 && !ctx.reply.has_overflowed(); --left) {
      reply_field(ctx, *hash.random(ctx.keyspace.random()));
    }
  }

  bool in_pairs(const DataContext& ctx) const {
    return wanted.with_option && ctx.reply.version() == ProtocolVersion::resp3;
  }
  void reply_header(DataContext& ctx, std::size_t count) const {
    ctx.reply.array(wanted.with_option && !in_pairs(ctx) ? 2 * count : count);
  }
  void reply_field(DataContext& ctx, const HashField& field) const {
    if (in_pairs(ctx)) ctx.reply.array(2);
    reply_element(ctx.reply, field.name);
    if (wanted.with_option) reply_element(ctx.reply, field.value);
  }
};

}  // namespace

std::span<const Spec<DataContext>> whole_commands() {
  static const std::array list{command<HGetAll>(), command<HKeys>(), command<HVals>(), command<HScan>(),
                               command<HRandField>()};
  return list;
}

}  // namespace sluice::commands::hashes
