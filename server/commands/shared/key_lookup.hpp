#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/store/keyspace/keyspace.hpp"

// How commands look keys up.
namespace sluice::commands {

// `found` as it is. Throws WRONGTYPE when the key holds anything but a value of `type`.
inline store::Keyspace::Found check_type(const store::Keyspace::Found& found, store::Type type) {
  if (found && found->type() != type) [[unlikely]]
    throw dispatch::wrong_type();
  return found;
}

// Every `step`-th of `words`, from the first on.
inline std::vector<std::string_view> every(std::size_t step, dispatch::Words words) {
  std::vector<std::string_view> chosen;
  chosen.reserve((words.size() + step - 1) / step);
  for (std::size_t index = 0; index < words.size(); index += step) chosen.push_back(words[index]);
  return chosen;
}

// The outcome of a look-up by a command that wants a Value (a List, …): reads like a pointer to it, null if there is no
// such key, and changes it.
template <class Value>
class Typed {
 public:
  using View = typename Value::View;

  // Throws WRONGTYPE when the key holds anything else.
  explicit Typed(const store::Keyspace::Found& found) : found_(check_type(found, Value::type)) {}

  explicit operator bool() const { return static_cast<bool>(found_); }
  // Needs a value, as edit() and erase() do.
  View operator*() const { return found_.template view<Value>(); }
  // As that of Keyspace::Found, for every `step`-th of `words`; without a value, nothing.
  void drop_expired(dispatch::Words words, std::size_t step = 1) {
    if (!found_ || !found_->has_timed_elements()) [[likely]]
      return;
    found_.template drop_expired<Value>(every(step, words));
  }
  // Lets change(Value&) change it; false if that left it empty, and the key is gone. See Keyspace::Found.
  template <class Change>
  bool edit(const Change& change) {
    return found_.template edit<Value>(change);
  }
  // Lets change(Value&) change the value, or a new one at `key`, which was looked up, if there is none.
  template <class Change>
  void edit_or_add(dispatch::DataContext& ctx, const store::Key& key, const Change& change) {
    if (found_) {
      found_.template edit<Value>(change);
      return;
    }
    Value fresh;
    change(fresh);
    ctx.keyspace.add(key, std::move(fresh));
  }
  void erase() { found_.erase(); }

 private:
  store::Keyspace::Found found_;
};

inline void count_lookup(dispatch::Statistics& statistics, bool is_hit) {
  ++(is_hit ? statistics.keyspace_hits : statistics.keyspace_misses);
}

// Counts a look-up of a command that only reads, and tells of it if it found nothing.
inline void note_lookup(dispatch::DataContext& ctx, const store::Key& key, const store::Keyspace::Found& found) {
  if (!found) ctx.notify(dispatch::EventClass::missed, "keymiss", key);
  count_lookup(ctx.statistics, static_cast<bool>(found));
}

// Look-ups of commands that only read. Of all look-ups, keyspace_hits and keyspace_misses of INFO count those.
inline store::Keyspace::Found find_to_read(dispatch::DataContext& ctx, const store::Key& key) {
  const store::Keyspace::Found found = ctx.keyspace.find(key);
  note_lookup(ctx, key, found);
  return found;
}
// Not an access: what OBJECT IDLETIME and FREQ tell of the key stays.
inline store::Keyspace::Found peek_to_read(dispatch::DataContext& ctx, const store::Key& key) {
  const store::Keyspace::Found found = ctx.keyspace.peek(key);
  note_lookup(ctx, key, found);
  return found;
}

// For a command that only reads, and for one that changes the value, which Redis does not count.
template <class Value>
[[gnu::always_inline]] inline Typed<Value> read(dispatch::DataContext& ctx, const store::Key& key) {
  return Typed<Value>(find_to_read(ctx, key));
}
template <class Value>
[[gnu::always_inline]] inline Typed<Value> open(dispatch::DataContext& ctx, const store::Key& key) {
  return Typed<Value>(ctx.keyspace.find(key));
}

}  // namespace sluice::commands
