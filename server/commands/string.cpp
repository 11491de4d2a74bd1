#include <array>

#include "server/commands/families.hpp"
#include "server/dispatch/command_error.hpp"
#include "server/dispatch/command_list.hpp"

namespace sluice::commands {

using namespace dispatch;
using store::Key;
using store::StringEncoding;

namespace {

// GET key
struct Get {
  static constexpr Spec<DataContext> spec{{.name = "GET",
                                           .arity = 2,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .categories = Category::string,
                                           .group = "string",
                                           .since = "1.0.0",
                                           .summary = "Returns the string at a key.",
                                           .complexity = "O(1)",
                                           .syntax = "key"}};
  Key key;

  void execute(DataContext& ctx) const {
    const store::Entry* entry = ctx.keyspace.find(key);
    if (entry == nullptr) {
      ++ctx.statistics.keyspace_misses;
      ctx.reply.null();
      return;
    }
    ++ctx.statistics.keyspace_hits;
    ctx.reply.bulk(entry->string());
  }
};

struct Set {
  static constexpr Spec<DataContext> spec{{.name = "SET",
                                           .arity = -3,
                                           .flags = Flag::write | Flag::deny_oom,
                                           .keys = one_key(KeyFlag::read_write | KeyFlag::access),
                                           .categories = Category::string,
                                           .group = "string"}};
  Key key;
  std::string_view value;

  void execute(DataContext& ctx) const {
    ctx.keyspace.put_string(key, value, StringEncoding::embedded, store::Keyspace::Expiry::clear);
    ctx.reply.ok();
  }
};

}  // namespace

std::span<const Spec<DataContext>> string_commands() {
  static const std::array list{command<Get>(), command<Set>()};
  return list;
}

}  // namespace sluice::commands
