#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "server/commands/hyperloglogs/hyperloglog.hpp"
#include "server/commands/hyperloglogs/register.hpp"
#include "server/commands/hyperloglogs/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Counting different elements, about.
namespace sluice::commands::hyperloglogs {

using namespace dispatch;
using store::Key;
using store::Keyspace;

namespace {

std::size_t sparse_bytes_max(const DataContext& ctx) {
  return static_cast<std::size_t>(ctx.settings.hll_sparse_max_bytes);
}

// PFADD key [element [element ...]]
// Without elements it creates an absent key. The reply tells whether the estimate may have changed.
struct PfAdd {
  static constexpr Spec<DataContext> spec{
      {.name = "PFADD",
       .arity = -2,
       .flags = Flag::write | Flag::deny_oom | Flag::fast,
       .keys = one_key(KeyFlag::read_write | KeyFlag::insert),
       .since = "2.8.9",
       .summary = "Adds elements to a HyperLogLog. Creates the key if it is absent.",
       .complexity = "O(1) for each element",
       .syntax = "key [element [element ...]]"}};
  Key key;
  Words elements;

  static PfAdd parse(ArgReader& reader) {
    const Key key = reader.next_key();
    return {.key = key, .elements = reader.rest()};
  }

  void execute(DataContext& ctx) const {
    const auto found = find_string(ctx, key);
    bool is_changed = !found;
    if (found && get_form(found->string()) == Form::dense) {
      is_changed = add_in_place(ctx, found);
    } else {
      HyperLogLog edited = found ? HyperLogLog(found->string()) : HyperLogLog();
      for (const std::string_view element : elements) {
        if (edited.raise(place_of(element), sparse_bytes_max(ctx))) is_changed = true;
      }
      if (is_changed) write(ctx, found, key, edited, Count::outdated);
    }
    if (is_changed) ctx.notify(EventClass::string, "pfadd", key);
    ctx.reply.integer(is_changed ? 1 : 0);
  }

 private:
  bool add_in_place(DataContext& ctx, const Keyspace::Found& found) const {
    bool is_changed = false;
    write_string(ctx, found, key, found->string().size(), [&](std::span<char> bytes) {
      for (const std::string_view element : elements) is_changed = add_to_dense(bytes, element) || is_changed;
      if (is_changed) outdate_count(bytes);
      return is_changed;
    });
    return is_changed;
  }
};

// PFCOUNT key [key ...]
// The estimate of a single one is kept in it. Several are counted as if they were one.
struct PfCount {
  static constexpr Spec<DataContext> spec{{.name = "PFCOUNT",
                                           .arity = -2,
                                           .flags = Flag::readonly | Flag::may_replicate,
                                           .keys = all_keys(KeyFlag::read_write | KeyFlag::access),
                                           .since = "2.8.9",
                                           .summary = "Tells about how many different elements HyperLogLogs have got.",
                                           .complexity = "O(1) for one key, O(N) for N keys",
                                           .syntax = "key [key ...]"}};
  Words keys;

  void execute(DataContext& ctx) const {
    ctx.reply.integer(static_cast<std::int64_t>(keys.size() == 1 ? count_one(ctx) : count_all(ctx)));
  }

 private:
  std::uint64_t count_one(DataContext& ctx) const {
    const Key key = ctx.hashing.key_of(keys[0]);
    const auto found = read_string(ctx, key);
    if (!found) return 0;
    const std::string_view bytes = found->string();
    get_form(bytes);
    if (const auto kept = last_count(bytes)) return *kept;
    Registers registers{};
    if (!raise_to(bytes, registers)) refuse_corrupt();
    const std::uint64_t counted = count(registers);
    write_string(ctx, found, key, bytes.size(), [=](std::span<char> changed) { keep_count(changed, counted); });
    return counted;
  }

  std::uint64_t count_all(DataContext& ctx) const {
    Registers registers{};
    for (const std::string_view& key : keys) {
      const auto found = read_string(ctx, ctx.hashing.key_of(key));
      if (!found) continue;
      get_form(found->string());
      if (!raise_to(found->string(), registers)) refuse_corrupt();
    }
    return count(registers);
  }
};

// PFMERGE destination [source [source ...]]
// The destination takes part. The result is dense if any of them is.
struct PfMerge {
  static constexpr Spec<DataContext> spec{
      {.name = "PFMERGE",
       .arity = -2,
       .flags = Flag::write | Flag::deny_oom,
       .keys = {{.flags = KeyFlag::read_write | KeyFlag::access | KeyFlag::insert},
                {.flags = KeyFlag::read_only | KeyFlag::access, .index = 2, .last = -1}},
       .since = "2.8.9",
       .summary = "Merges HyperLogLogs into one.",
       .complexity = "O(N) for N keys",
       .syntax = "destkey:key [sourcekey:key [sourcekey:key ...]]"}};
  Words keys;  // the destination is the first

  void execute(DataContext& ctx) const {
    Registers registers{};
    bool is_dense = false;
    for (const std::string_view& key : keys) {
      const auto found = read_string(ctx, ctx.hashing.key_of(key));
      if (!found) continue;
      is_dense = get_form(found->string()) == Form::dense || is_dense;
      if (!raise_to(found->string(), registers)) refuse_corrupt();
    }
    const Key destination = ctx.hashing.key_of(keys[0]);
    const auto found = ctx.keyspace.peek(destination);
    HyperLogLog merged = found ? HyperLogLog(found->string()) : HyperLogLog();
    is_dense ? merge_dense(merged, registers) : merge_sparse(ctx, merged, registers);
    write(ctx, found, destination, merged, Count::outdated);
    ctx.notify(EventClass::string, "pfadd", destination);
    ctx.reply.ok();
  }

 private:
  static void merge_dense(HyperLogLog& merged, const Registers& registers) {
    merged.make_dense();
    merged.replace_registers(registers);
  }
  static void merge_sparse(const DataContext& ctx, HyperLogLog& merged, const Registers& registers) {
    for (std::size_t index = 0; index < registers.size(); ++index) {
      if (registers[index] > 0) merged.raise({.index = index, .rank = registers[index]}, sparse_bytes_max(ctx));
    }
  }
};

}  // namespace

std::span<const Spec<DataContext>> counting_commands() {
  static const std::array list{command<PfAdd>(), command<PfCount>(), command<PfMerge>()};
  return list;
}

}  // namespace sluice::commands::hyperloglogs
