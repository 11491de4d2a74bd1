#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/frame_parser.hpp"
#include "server/base/enum_set.hpp"

namespace sluice::dispatch {

using protocol::Words;

using base::EnumSet;

// What the server must know of a command before it runs; as COMMAND INFO reports it.
enum class Flag : std::uint8_t {
  write,
  readonly,
  deny_oom,  // refused when memory is full
  admin,
  pubsub,
  noscript,
  blocking,
  loading,  // allowed while the data set is loaded
  stale,    // allowed on a replica that has lost its primary
  skip_monitor,
  skip_slowlog,
  asking,
  fast,     // constant or logarithmic time
  no_auth,  // allowed before AUTH
  may_replicate,
  no_async_loading,
  no_multi,  // refused inside MULTI
  movable_keys,
  allow_busy,
  no_mandatory_keys,
  protected_command,   // allowed only as the enable-…-command setting says
  never_queued,        // runs at once inside MULTI
  ends_transaction,    // which is over even if the command is refused
  several_changes,     // one after the other: memory for all of them is reserved before the first
  in_subscribed_mode,  // allowed while a RESP2 connection is subscribed to something
};
using Flags = EnumSet<Flag>;
constexpr Flags operator|(Flag left, Flag right) {
  return Flags(left) | right;
}

// ACL categories that do not follow from the flags (write, read, admin, dangerous, fast, slow … do: see
// categories_of()).
enum class Category : std::uint8_t {
  keyspace,
  read,
  write,
  set,
  sorted_set,
  list,
  hash,
  string,
  bitmap,
  hyperloglog,
  geo,
  stream,
  pubsub,
  admin,
  fast,
  slow,
  blocking,
  dangerous,
  connection,
  transaction,
  scripting,
};
using Categories = EnumSet<Category>;
constexpr Categories operator|(Category left, Category right) {
  return Categories(left) | right;
}

// What a command does to the keys that one KeySpec finds.
enum class KeyFlag : std::uint8_t {
  read_only,   // RO: reads the value, perhaps without looking at it
  read_write,  // RW
  overwrite,   // OW: replaces the value unseen
  remove,      // RM: deletes the key unseen
  access,      // returns or copies the user's data
  update,
  insert,
  delete_data,
  not_key,
  incomplete,
  variable_flags,
};
using KeyFlags = EnumSet<KeyFlag>;
constexpr KeyFlags operator|(KeyFlag left, KeyFlag right) {
  return KeyFlags(left) | right;
}

// Where the keys of a command stand among its words. The search begins at word `index`, or behind the word `keyword`,
// looked for from word `index` on (backwards from the end when negative). From there the keys are a range: every
// `step`-th word up to `last`, counted from the beginning of the search (negative: from the end of the words). Or they
// are counted: the word where the search begins is their number, and they follow it.
struct KeySpec {
  KeyFlags flags;
  int index = 1;
  int last = 0;
  int step = 1;
  int limit = 0;  // with last -1: only so many-th a part of the words to the end; 0: all of them
  std::string_view keyword = {};
  bool is_counted = false;
  bool is_unknown = false;  // no rule tells where they are: the command has a visit_keys of its own

  // Whether the same words are keys in every request of the same length.
  constexpr bool is_fixed() const { return keyword.empty() && !is_counted && !is_unknown; }
};

// Up to three key specs; no command has more.
struct KeySpecs {
  std::array<KeySpec, 3> items = {};
  std::uint8_t count = 0;

  constexpr KeySpecs() = default;
  constexpr KeySpecs(KeySpec only) : items{only}, count(1) {}
  constexpr KeySpecs(KeySpec first, KeySpec second) : items{first, second}, count(2) {}
  constexpr KeySpecs(KeySpec first, KeySpec second, KeySpec third) : items{first, second, third}, count(3) {}
  constexpr const KeySpec* begin() const { return items.data(); }
  constexpr const KeySpec* end() const { return items.data() + count; }
};

// One key, word 1, with the given flags; the commonest spec.
constexpr KeySpecs one_key(KeyFlags flags) {
  return KeySpec{.flags = flags};
}
// Keys that only the command itself finds.
constexpr KeySpec unknown_keys(KeyFlags flags) {
  return KeySpec{.flags = flags, .is_unknown = true};
}
// Every word from the first argument to the last.
constexpr KeySpecs all_keys(KeyFlags flags) {
  return KeySpec{.flags = flags, .last = -1};
}
// As many words as word `index` says, behind it.
constexpr KeySpecs counted_keys(int index, KeyFlags flags) {
  return KeySpec{.flags = flags, .index = index, .is_counted = true};
}

class KeyVisitor;

// The outcome of looking for the keys of a request.
enum class KeyScan : std::uint8_t {
  found,
  none,       // the request is right, and has no keys
  malformed,  // the request does not have the form that the key specs expect
};

// The facts of a command. COMMAND, ACL categories, arity errors, key extraction and statistics all derive from them.
struct SpecFields {
  std::string_view name;  // in capitals; a subcommand is "CONFIG|GET"
  int arity = 0;          // number of words, the name included; negative: at least so many
  Flags flags = {};
  KeySpecs keys = {};
  Categories categories = {};
  std::string_view group = {};  // as COMMAND DOCS names it: "string", "generic" …
  std::string_view since = {};  // the Redis version that brought the command
  std::string_view summary = {};
  std::string_view complexity = {};
  // The arguments in the notation of the documentation: "key value [NX | XX] [EX seconds | KEEPTTL]". COMMAND DOCS
  // derives its argument tree from it (see commands/command_syntax.hpp).
  std::string_view syntax = {};
  // Hints for clients and proxies, separated by blanks: "request_policy:multi_shard response_policy:agg_sum".
  std::string_view tips = {};
  // The word that is the first element of the first key's collection that the command looks for: its memory is
  // prefetched as that of the key is. 0: none.
  std::uint8_t element_word = 0;
  // For a command whose keys no key spec can tell (SORT): visits all keys of this very request. Null: the specs tell
  // all. See visit_keys().
  KeyScan (*visit_keys)(Words request, const KeyVisitor& visit) = nullptr;
  // For a key spec with KeyFlag::variable_flags: what this very request does to its keys.
  KeyFlags (*key_flags_of)(Words request) = nullptr;
  // Whether that word of this very request is a secret, which nobody else is shown. Null if there are none.
  bool (*is_secret)(Words request, std::size_t word) = nullptr;
};

// A command of one kind. The kind says how it runs and its Context is all that it may touch.
template <class Context>
struct Spec : SpecFields {
  // Reads the words into the command's struct and executes it. Throws CommandError for what the user got wrong.
  using Run = void (*)(Words words, Context& ctx);
  Run run = nullptr;
};

// The explicit categories of `spec` together with those that follow from its flags.
Categories categories_of(const SpecFields& spec);

// Whether `word_count` words, the name included, suit the arity of `spec`.
constexpr bool arity_fits(const SpecFields& spec, std::size_t word_count) {
  const auto words = static_cast<long>(word_count);
  return spec.arity >= 0 ? words == spec.arity : words >= -spec.arity;
}

}  // namespace sluice::dispatch
