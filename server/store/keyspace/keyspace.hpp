#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "server/base/clock.hpp"
#include "server/base/hash.hpp"
#include "server/base/random.hpp"
#include "server/store/keyspace/access.hpp"
#include "server/store/keyspace/entry.hpp"
#include "server/store/keyspace/expiry_index.hpp"
#include "server/store/keyspace/reaper.hpp"
#include "server/store/table/hash_table.hpp"
#include "server/store/types.hpp"

namespace sluice::store {

class Keyspace;

// Told of what happens to a keyspace.
class KeyspaceObserver {
 public:
  virtual ~KeyspaceObserver() = default;
  // The time of `entry` has come and it is about to be removed. Must not change the keyspace.
  virtual void on_expired(const Keyspace& keyspace, const Entry& entry) = 0;
  // The key of `entry` came into being, or took the place of another. Only while creation reporting is on. Must not
  // change the keyspace.
  virtual void on_created(const Keyspace& /*keyspace*/, const Entry& /*entry*/) {}
  // The key of `entry` was created, changed, given another expiry or removed. Only while change reporting is on. Must
  // not change the keyspace.
  virtual void on_changed(const Keyspace& keyspace, const Entry& entry) = 0;
  // All keys are about to be removed, without a call for each. May look at keys.
  virtual void on_cleared(const Keyspace& keyspace) = 0;
  // Two keyspaces have changed their numbers (Databases::swap).
  virtual void on_swapped(std::size_t first, std::size_t second) = 0;
};

// One database: keys with their values and expiries. Belongs to one thread, the manager's.
//
// A key is never seen once the clock has reached its expiry: whatever meets it removes it (see set_removing_expired),
// and reclaim_expired() finds those that nobody asks for. Every change goes through link(), settle(), edit() and
// unlink(), which keep the table, the expiry index and the figures in step. docs/keyspace.md tells how the parts work.
//
// Pointers, references and views to an entry are valid as Entry says. `value` arguments must not view into the entry
// that is being changed; keys may. The hash of every Key must come from the hasher that the keyspace was made with.
class Keyspace {
 public:
  using Visitor = std::function<void(const Entry&)>;
  using KeyFilter = std::function<bool(std::string_view key)>;

  // What becomes of a key's expiry when its value is replaced.
  class Expiry {
   public:
    static const Expiry keep;
    static const Expiry clear;
    static constexpr Expiry at(std::int64_t unix_ms) { return {false, unix_ms}; }

   private:
    friend class Keyspace;
    constexpr Expiry(bool keeps, std::optional<std::int64_t> at_ms) : keeps_(keeps), at_ms_(at_ms) {}

    bool keeps_;
    std::optional<std::int64_t> at_ms_;
  };

  // Clock and reaper must outlive the keyspace.
  Keyspace(base::KeyHasher hasher, const base::Clock& clock, Reaper& reaper);
  ~Keyspace() = default;
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;

  // `observer` may be null; it must outlive the keyspace.
  void set_observer(KeyspaceObserver* observer) { observer_ = observer; }
  // Whether the observer, which there must be, is told of every change; at first it is not.
  void set_change_reporting(bool is_on) { is_reporting_changes_ = is_on; }
  // Likewise of every key that is created.
  void set_creation_reporting(bool is_on) { is_reporting_creations_ = is_on; }
  // Whether a key whose time has come is removed when it is met, which it is at first. While not, it stays until
  // another takes its name: nobody sees it, but it counts as one of those that are there.
  void set_removing_expired(bool is_on) { is_removing_expired_ = is_on; }
  void set_access_settings(const AccessSettings& settings) { access_settings_ = settings; }
  // Whether reading and changing a key counts as its use, which it does at first. Creating it always does.
  void set_access_counting(bool is_on) { is_counting_accesses_ = is_on; }

  // --- Reading: null when there is no such key. One probe of the table.
  const Entry* find(const Key& key);   // counts as an access, unless those are not counted
  const Entry* peek(const Key& key);   // does not
  const Entry* touch(const Key& key);  // does in any case

  // A key chosen at random with nearly equal chances; null when there is none (or when a thousand tries met only keys
  // whose time had come).
  const Entry* random_entry();

  // Meets about `count` entries from `cursor` on, visits those whose key `selects` accepts, and returns the cursor that
  // continues, 0 at the end; 0 starts. An entry that exists from the first call of an iteration to its last is met at
  // least once, whatever else changes in between; any number below 2^52 is a valid cursor. Neither function may change
  // the keyspace. What has been visited stays valid. Costs O(count).
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, const KeyFilter& selects, const Visitor& visitor);
  // Every entry, in the order of their hashes. The visitor must not change the keyspace.
  void for_each(const Visitor& visitor) const;

  std::int64_t idle_seconds(const Entry& entry) const;  // under AccessPolicy::lru
  unsigned access_frequency(const Entry& entry) const;  // under AccessPolicy::lfu; 0 … 255
  Key key_of(std::string_view bytes) const { return {bytes, hasher_(bytes)}; }

  // --- Changing.
  // Sets the value of `key`, created when absent; one probe of the table. The caller decides on the encoding.
  const Entry& put_string(const Key& key, std::string_view value, StringEncoding encoding, Expiry expiry);

  // Creates `key`, which must not exist, with a value that is an object (see Entry) and not empty.
  template <class Value>
  const Entry& add(const Key& key, Value value);
  // Lets `change(Value&)` change the value of `entry`, which was just looked up and holds a Value. A value that is
  // empty afterwards goes, and its key with it. Returns whether the key is still there. No probe of the table unless
  // the key goes.
  template <class Value, class Change>
  bool edit(const Key& key, const Entry& entry, Change&& change);

  // Makes the string at `key` (created when absent) `size` bytes long and returns its bytes for writing; bytes that
  // were not there before are zero. The encoding becomes raw; the expiry stays. Growing a string bit by bit costs
  // amortised linear time. The span is valid as long as the entry.
  std::span<char> resize_string(const Key& key, std::size_t size);

  bool erase(const Key& key);  // whether there was such a key

  // Whether there is such a key. An expiry that has come already makes the key vanish when it is next looked at.
  bool set_expiry(const Key& key, std::int64_t at_ms);
  // Whether the key had an expiry.
  bool clear_expiry(const Key& key);

  // Value and expiry go over to `to`, whose former value is gone. False when `from` does not exist.
  bool rename(const Key& from, const Key& to);
  // The same to another keyspace (or this one), leaving the original as it is.
  bool copy(const Key& from, Keyspace& target, const Key& to);
  // Moves the entry as it is to another keyspace. False when it does not exist here, or does there.
  bool move(const Key& key, Keyspace& target);

  // Drops everything. O(1) here: the reaper does the work.
  void clear();

  // --- Expiry.
  // Removes at most `count_max` of the keys whose time has come, the earliest first; returns how many.
  std::size_t reclaim_expired(std::size_t count_max);
  // When the earliest expiry comes; nothing when no key has one. Amortised O(1).
  std::optional<std::int64_t> next_expiry_ms() { return expiries_.first_expiry_ms(); }
  // Over the keys that have an expiry; 0 when none has.
  std::int64_t average_ttl_ms() const;

  // --- Figures, all O(1).
  std::size_t size() const { return table_.size(); }  // with those expired but not reclaimed yet
  std::size_t expiring_size() const { return expiries_.size(); }
  std::size_t memory_bytes() const { return entry_bytes_ + table_.memory_bytes() + expiries_.memory_bytes(); }
  std::uint64_t expired_count() const { return expired_count_; }  // keys removed because of their expiry
  std::uint64_t change_count() const { return change_count_; }    // changes to keys, expiry and removal included

  // --- Prefetching for a group of commands that are about to run; see HashTable.
  static constexpr std::size_t prefetch_count_max = HashTable::prefetch_count_max;
  void prefetch(std::span<const std::uint64_t> key_hashes) const { table_.prefetch(key_hashes); }

 private:
  // What the books of the keyspace say about an entry.
  struct Footprint {
    const Entry* entry;
    std::optional<std::int64_t> expiry_ms;
    std::size_t bytes;
  };

  Entry* lookup(const Key& key);
  void count_access(Entry& entry);
  void touch(Entry& entry);
  void meet_expired(std::uint64_t hash, const Entry& entry);
  void expire(std::uint64_t hash, const Entry& entry);
  void make_room(const Key& key);

  static Footprint footprint(const Entry& entry) { return {&entry, entry.expiry_ms(), entry.memory_bytes()}; }
  void enter(const Footprint& present);
  void leave(const Footprint& gone);

  Entry& link_new(std::uint64_t hash, OwnedEntry entry);
  Entry& link(std::uint64_t hash, OwnedEntry entry);
  Entry& relink(std::uint64_t hash, const Footprint& before, OwnedEntry fresh);
  void settle(const Footprint& before, const Entry& after);
  OwnedEntry unlink(std::uint64_t hash, const Entry& entry) { return unlink(hash, footprint(entry)); }
  OwnedEntry unlink(std::uint64_t hash, const Footprint& before);
  void created(const Entry& entry);
  // The one place that every change to a key passes, after the change; what follows changes (watches, tracking,
  // snapshots) hooks in here.
  void changed(const Entry& entry) {
    ++change_count_;
    if (is_reporting_changes_) [[unlikely]]
      observer_->on_changed(*this, entry);
  }
  void dispose(OwnedEntry entry);

  void change_expiry(std::uint64_t hash, Entry& entry, std::optional<std::int64_t> expiry_ms);

  // Two expiries near the end of time are enough to leave 64 bits.
  __extension__ using WideSum = __int128;

  base::KeyHasher hasher_;
  const base::Clock& clock_;
  Reaper& reaper_;
  KeyspaceObserver* observer_ = nullptr;
  AccessSettings access_settings_;
  bool is_counting_accesses_ = true;
  bool is_removing_expired_ = true;
  bool is_reporting_changes_ = false;
  bool is_reporting_creations_ = false;
  base::Random random_;

  HashTable table_;
  ExpiryIndex expiries_;
  std::size_t entry_bytes_ = 0;
  WideSum expiry_sum_ms_ = 0;  // of all expiries
  std::uint64_t expired_count_ = 0;
  std::uint64_t change_count_ = 0;
};

template <class Value>
const Entry& Keyspace::add(const Key& key, Value value) {
  return link_new(key.hash, Entry::create_with(key.bytes, std::move(value), std::nullopt));
}

template <class Value, class Change>
bool Keyspace::edit(const Key& key, const Entry& entry, Change&& change) {
  Value& value = const_cast<Entry&>(entry).mutable_as<Value>();
  const std::size_t bytes_before = value.memory_bytes();
  std::forward<Change>(change)(value);
  // The entry that the object lies in is the same, and so is its expiry.
  entry_bytes_ = entry_bytes_ + value.memory_bytes() - bytes_before;
  if (value.empty()) {
    dispose(unlink(key.hash, entry));
    return false;
  }
  changed(entry);
  return true;
}

inline constexpr Keyspace::Expiry Keyspace::Expiry::keep{true, std::nullopt};
inline constexpr Keyspace::Expiry Keyspace::Expiry::clear{false, std::nullopt};

}  // namespace sluice::store
