#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/commands/strings/register.hpp"
#include "server/commands/strings/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// The length of strings, and reading and changing parts of them.
namespace sluice::commands::strings {

using namespace dispatch;
using store::Key;

namespace {

// Writes `value` from byte `start` on into the string at `key`, made `size` bytes long.
void write_range(DataContext& ctx, const store::Keyspace::Found& found, const Key& key, std::size_t size,
                 std::size_t start, std::string_view value) {
  write_string(ctx, found, key, size,
               [&](std::span<char> bytes) { std::ranges::copy(value, bytes.subspan(start).begin()); });
}

// STRLEN key
struct StrLen {
  static constexpr Spec<DataContext> spec{{.name = "STRLEN",
                                           .arity = 2,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = one_key(KeyFlag::read_only),
                                           .since = "2.2.0",
                                           .summary = "Returns how many bytes the string at a key has.",
                                           .complexity = "O(1)",
                                           .syntax = "key"}};
  Key key;

  void execute(DataContext& ctx) const {
    ctx.reply.integer(static_cast<std::int64_t>(string_or_empty(read_string(ctx, key)).size()));
  }
};

// APPEND key value
struct Append {
  static constexpr Spec<DataContext> spec{
      {.name = "APPEND",
       .arity = 3,
       .flags = Flag::write | Flag::deny_oom | Flag::fast,
       .keys = one_key(KeyFlag::read_write | KeyFlag::insert),
       .since = "2.0.0",
       .summary = "Adds bytes to the end of the string at a key. Creates the key if it is absent.",
       .complexity = "O(N) for N bytes added, over many calls",
       .syntax = "key value"}};
  Key key;
  std::string_view value;

  void execute(DataContext& ctx) const {
    const auto found = find_string(ctx, key);
    const std::size_t old_size = string_or_empty(found).size();
    if (!found) {
      put_value(ctx, found, key, value);
    } else {
      check_string_size(ctx, old_size, value.size());
      write_range(ctx, found, key, old_size + value.size(), old_size, value);
    }
    ctx.notify(EventClass::string, "append", key);
    ctx.reply.integer(static_cast<std::int64_t>(old_size + value.size()));
  }
};

// SETRANGE key offset value
// An empty value changes nothing and creates no key.
struct SetRange {
  static constexpr Spec<DataContext> spec{
      {.name = "SETRANGE",
       .arity = 4,
       .flags = Flag::write | Flag::deny_oom,
       .keys = one_key(KeyFlag::read_write | KeyFlag::update),
       .since = "2.2.0",
       .summary = "Overwrites the string at a key from an offset on, filling a gap with zero bytes. Creates the key if "
                  "it is absent.",
       .complexity = "O(N) for N bytes written, the gap included",
       .syntax = "key offset value"}};
  Key key;
  std::int64_t offset = 0;
  std::string_view value;

  void execute(DataContext& ctx) const {
    if (offset < 0) throw CommandError("ERR offset is out of range");
    const auto found = find_string(ctx, key);
    std::size_t size = string_or_empty(found).size();
    if (!value.empty()) {
      const auto start = static_cast<std::uint64_t>(offset);
      check_string_size(ctx, start, value.size());
      size = std::max<std::size_t>(size, start + value.size());
      write_range(ctx, found, key, size, start, value);
      ctx.notify(EventClass::string, "setrange", key);
    }
    ctx.reply.integer(static_cast<std::int64_t>(size));
  }
};

// The bytes from `start` to `end`, both included; negative positions count from the end, and what lies outside is cut
// off. As in Redis a range that ends before the beginning still has the first byte, unless both positions are negative
// and the wrong way round.
std::string_view range_of(std::string_view bytes, std::int64_t start, std::int64_t end) {
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (start < 0 && end < 0 && start > end) return {};
  const std::int64_t first = std::max<std::int64_t>(start < 0 ? size + start : start, 0);
  const std::int64_t last = std::min(std::max<std::int64_t>(end < 0 ? size + end : end, 0), size - 1);
  if (first > last) return {};
  return bytes.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first + 1));
}

// GETRANGE key start end
struct GetRange {
  static constexpr Spec<DataContext> spec{
      {.name = "GETRANGE",
       .arity = 4,
       .flags = Flag::readonly,
       .keys = one_key(KeyFlag::read_only | KeyFlag::access),
       .since = "2.4.0",
       .summary = "Returns the bytes of the string at a key from one position to another, both included.",
       .complexity = "O(N) for N bytes returned",
       .syntax = "key start end"}};
  Key key;
  std::int64_t start = 0;
  std::int64_t end = 0;

  void execute(DataContext& ctx) const { ctx.reply.bulk(range_of(string_or_empty(read_string(ctx, key)), start, end)); }
};

// SUBSTR key start end
struct SubStr {
  static constexpr Spec<DataContext> spec{{.name = "SUBSTR",
                                           .arity = 4,
                                           .flags = Flag::readonly,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "1.0.0",
                                           .summary = "The former name of GETRANGE.",
                                           .complexity = "O(N) for N bytes returned",
                                           .syntax = "key start end"}};
  Key key;
  std::int64_t start = 0;
  std::int64_t end = 0;

  void execute(DataContext& ctx) const { ctx.reply.bulk(range_of(string_or_empty(read_string(ctx, key)), start, end)); }
};

}  // namespace

std::span<const Spec<DataContext>> range_commands() {
  static const std::array list{command<StrLen>(), command<Append>(), command<SetRange>(), command<GetRange>(),
                               command<SubStr>()};
  return list;
}

}  // namespace sluice::commands::strings
