#include "server/commands/server/command_reply.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "server/base/text.hpp"
#include "server/commands/server/command_syntax.hpp"

namespace sluice::commands::server {

using namespace dispatch;
using protocol::ReplyWriter;

namespace {

// Flags that concern the server alone are not told.
constexpr std::array<std::pair<Flag, std::string_view>, 19> flag_names = {{
    {Flag::write, "write"},
    {Flag::readonly, "readonly"},
    {Flag::deny_oom, "denyoom"},
    {Flag::admin, "admin"},
    {Flag::pubsub, "pubsub"},
    {Flag::noscript, "noscript"},
    {Flag::blocking, "blocking"},
    {Flag::loading, "loading"},
    {Flag::stale, "stale"},
    {Flag::skip_monitor, "skip_monitor"},
    {Flag::skip_slowlog, "skip_slowlog"},
    {Flag::asking, "asking"},
    {Flag::fast, "fast"},
    {Flag::no_auth, "no_auth"},
    {Flag::no_async_loading, "no_async_loading"},
    {Flag::no_multi, "no_multi"},
    {Flag::movable_keys, "movablekeys"},
    {Flag::allow_busy, "allow_busy"},
    {Flag::no_mandatory_keys, "no_mandatory_keys"},
}};

constexpr std::array<std::pair<KeyFlag, std::string_view>, 11> key_flag_names = {{
    {KeyFlag::read_only, "RO"},
    {KeyFlag::read_write, "RW"},
    {KeyFlag::overwrite, "OW"},
    {KeyFlag::remove, "RM"},
    {KeyFlag::access, "access"},
    {KeyFlag::update, "update"},
    {KeyFlag::insert, "insert"},
    {KeyFlag::delete_data, "delete"},
    {KeyFlag::not_key, "not_key"},
    {KeyFlag::incomplete, "incomplete"},
    {KeyFlag::variable_flags, "variable_flags"},
}};

// The names of those members of `names` that `set` has, each behind `prefix`.
template <class Names, class Set>
void reply_names(ReplyWriter& reply, const Names& names, const Set& set, std::string_view prefix = {}) {
  const auto is_member = [&set](const auto& named) { return set.has(named.first); };
  reply.set(static_cast<std::size_t>(std::ranges::count_if(names, is_member)));
  for (const auto& [member, name] : names) {
    if (set.has(member)) reply.simple(std::string(prefix) + std::string(name));
  }
}

std::vector<std::string_view> split(std::string_view words) {
  std::vector<std::string_view> parts;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    parts.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return parts;
}

// The first, last and step of the old form of COMMAND, which knows one range of keys only: neighbours are joined, and
// keys that are not always the same words are left out.
std::array<int, 3> classic_range(const KeySpecs& specs) {
  std::array<int, 3> range = {0, 0, 0};
  for (const KeySpec& keys : specs) {
    if (!keys.is_fixed()) continue;
    const int last = keys.last >= 0 ? keys.index + keys.last : keys.last;
    if (range[0] == 0) {
      range = {keys.index, last, keys.step};
    } else if (keys.index == range[1] + 1) {
      range[1] = last;
    }
  }
  return range;
}

struct NamedInteger {
  std::string_view name;
  int value = 0;
};

// One half of a key spec: what kind of search it is, and its figures.
void reply_search(ReplyWriter& reply, std::string_view half, std::string_view type, std::string_view keyword,
                  std::initializer_list<NamedInteger> figures) {
  reply.bulk(half);
  reply.map(2);
  reply.bulk("type");
  reply.bulk(type);
  reply.bulk("spec");
  reply.map(figures.size() + (keyword.empty() ? 0 : 1));
  if (!keyword.empty()) {
    reply.bulk("keyword");
    reply.bulk(keyword);
  }
  for (const auto& [name, value] : figures) {
    reply.bulk(name);
    reply.integer(value);
  }
}

void reply_key_spec(ReplyWriter& reply, const KeySpec& keys) {
  reply.map(3);
  reply.bulk("flags");
  reply_key_flags(reply, keys.flags);
  if (keys.is_unknown) {
    reply_search(reply, "begin_search", "unknown", {}, {});
    reply_search(reply, "find_keys", "unknown", {}, {});
    return;
  }
  if (keys.keyword.empty()) {
    reply_search(reply, "begin_search", "index", {}, {{"index", keys.index}});
  } else {
    reply_search(reply, "begin_search", "keyword", keys.keyword, {{"startfrom", keys.index}});
  }
  if (keys.is_counted) {
    reply_search(reply, "find_keys", "keynum", {}, {{"keynumidx", 0}, {"firstkey", 1}, {"keystep", keys.step}});
  } else {
    reply_search(reply, "find_keys", "range", {},
                 {{"lastkey", keys.last}, {"keystep", keys.step}, {"limit", keys.limit}});
  }
}

bool contains(std::string_view name, std::string_view part) {
  return name.find(part) != std::string_view::npos;
}

// The type of a parameter, which its name tells unless it is given one.
std::string_view type_of(const Argument& argument) {
  if (!argument.type.empty()) return argument.type;
  const std::string_view name = argument.name;
  constexpr std::array keys = {"key", "newkey", "source", "destination", "key1", "key2", "dst", "src"};
  constexpr std::array integers = {"seconds",       "milliseconds",   "count",     "offset",   "start",     "stop",
                                   "end",           "integer",        "index",     "index1",   "index2",    "db",
                                   "timeout",       "cursor",         "decrement", "protover", "increment", "len",
                                   "min-match-len", "destination-db", "client-id", "version",  "maxage",    "numkeys",
                                   "rank",          "num-matches",    "limit",     "weight"};
  if (std::ranges::find(keys, name) != keys.end()) return "key";
  if (std::ranges::find(integers, name) != integers.end()) return "integer";
  if (name.starts_with("unix-time")) return "unix-time";
  if (contains(name, "pattern")) return "pattern";
  return "string";
}

std::string_view kind_name(const Argument& argument) {
  switch (argument.kind) {
    case Argument::Kind::parameter:
      return type_of(argument);
    case Argument::Kind::pure_token:
      return "pure-token";
    case Argument::Kind::one_of:
      return "oneof";
    case Argument::Kind::block:
      return "block";
  }
  return "string";
}

// For a group without a name of its own the first one inside stands.
std::string name_of(const Argument& argument) {
  if (!argument.name.empty()) return std::string(argument.name);
  if (!argument.token.empty()) return base::to_lower(argument.token);
  return argument.parts.empty() ? std::string() : name_of(argument.parts.front());
}

// Deals out the key specs to the keys among the arguments, in order; one spec of several keys is the last of them all.
class KeySpecCounter {
 public:
  explicit KeySpecCounter(const KeySpecs& specs) : count_(specs.count) {}
  int next() { return next_ + 1 < count_ ? next_++ : next_; }

 private:
  int count_;
  int next_ = 0;
};

void reply_arguments(ReplyWriter& reply, const std::vector<Argument>& arguments, KeySpecCounter& key_specs);

void reply_argument(ReplyWriter& reply, const Argument& argument, KeySpecCounter& key_specs) {
  const std::size_t mark = reply.mark();
  std::size_t fields = 2;
  const std::string name = name_of(argument);
  reply.bulk("name");
  reply.bulk(name);
  reply.bulk("type");
  reply.bulk(kind_name(argument));
  if (argument.parts.empty()) {
    ++fields;
    reply.bulk("display_text");
    reply.bulk(name);
  }
  if (argument.kind == Argument::Kind::parameter && type_of(argument) == "key") {
    ++fields;
    reply.bulk("key_spec_index");
    reply.integer(key_specs.next());
  }
  if (!argument.token.empty()) {
    ++fields;
    reply.bulk("token");
    reply.bulk(argument.token);
  }
  if (argument.is_optional || argument.is_multiple) {
    ++fields;
    reply.bulk("flags");
    reply.set((argument.is_optional ? 1U : 0U) + (argument.is_multiple ? 1U : 0U) +
              (argument.is_multiple_token ? 1U : 0U));
    if (argument.is_optional) reply.simple("optional");
    if (argument.is_multiple) reply.simple("multiple");
    if (argument.is_multiple_token) reply.simple("multiple_token");
  }
  if (!argument.parts.empty()) {
    ++fields;
    reply.bulk("arguments");
    reply_arguments(reply, argument.parts, key_specs);
  }
  reply.map_at(mark, fields);
}

void reply_arguments(ReplyWriter& reply, const std::vector<Argument>& arguments, KeySpecCounter& key_specs) {
  reply.array(arguments.size());
  for (const Argument& argument : arguments) reply_argument(reply, argument, key_specs);
}

// The numbers of a version, to compare versions by.
std::vector<int> numbers_of(std::string_view version) {
  std::vector<int> numbers(1);
  for (const char letter : version) {
    if (letter == '.') {
      numbers.push_back(0);
    } else {
      numbers.back() = 10 * numbers.back() + (letter - '0');
    }
  }
  return numbers;
}

// A container is as old as the oldest command in it.
std::string_view since_of(const CommandEntry& entry) {
  if (!entry.is_container() || entry.subcommands.empty()) return entry.spec->since;
  const auto numbers = [](const CommandEntry* subcommand) { return numbers_of(subcommand->spec->since); };
  return (*std::ranges::min_element(entry.subcommands, {}, numbers))->spec->since;
}

}  // namespace

void reply_key_flags(ReplyWriter& reply, KeyFlags flags) {
  reply_names(reply, key_flag_names, flags);
}

void reply_info(ReplyWriter& reply, const CommandEntry& entry) {
  const SpecFields& spec = *entry.spec;
  reply.array(10);
  reply.bulk(base::to_lower(spec.name));
  reply.integer(spec.arity);
  reply_names(reply, flag_names, spec.flags);
  for (const int position : classic_range(spec.keys)) reply.integer(position);
  reply_names(reply, category_names, categories_of(spec), "@");
  const std::vector<std::string_view> tips = split(spec.tips);
  reply.set(tips.size());
  for (const std::string_view tip : tips) reply.bulk(tip);
  reply.set(spec.keys.count);
  for (const KeySpec& keys : spec.keys) reply_key_spec(reply, keys);
  reply.set(entry.subcommands.size());
  for (const CommandEntry* subcommand : entry.subcommands) reply_info(reply, *subcommand);
}

void reply_docs(ReplyWriter& reply, const CommandEntry& entry) {
  const SpecFields& spec = *entry.spec;
  reply.bulk(base::to_lower(spec.name));
  const std::size_t mark = reply.mark();
  std::size_t fields = 0;
  const auto text = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    ++fields;
    reply.bulk(name);
    reply.bulk(value);
  };
  text("summary", spec.summary);
  text("since", since_of(entry));
  text("group", spec.group);
  text("complexity", spec.complexity);
  if (!spec.syntax.empty()) {
    ++fields;
    reply.bulk("arguments");
    KeySpecCounter key_specs(spec.keys);
    reply_arguments(reply, parse_syntax(spec.syntax), key_specs);
  }
  if (!entry.subcommands.empty()) {
    ++fields;
    reply.bulk("subcommands");
    reply.map(entry.subcommands.size());
    for (const CommandEntry* subcommand : entry.subcommands) reply_docs(reply, *subcommand);
  }
  reply.map_at(mark, fields);
}

}  // namespace sluice::commands::server
