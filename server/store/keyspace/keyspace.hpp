#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/hash.hpp"
#include "server/base/random.hpp"
#include "server/store/keyspace/access.hpp"
#include "server/store/keyspace/entry.hpp"
#include "server/store/keyspace/ledger.hpp"
#include "server/store/keyspace/reaper.hpp"
#include "server/store/table/expiry_index.hpp"
#include "server/store/table/hash_table.hpp"
#include "server/store/types.hpp"
#include "server/store/values/hash.hpp"
#include "server/store/values/set.hpp"

namespace sluice::store {

class Keyspace;

struct KeyExpiry {
  std::int64_t operator()(const Entry& entry) const { return *entry.expiry_ms(); }
};
// The entries of a keyspace whose keys expire.
using KeyExpiries = ExpiryIndex<Entry, KeyExpiry>;

// Reads the earliest time of the elements of an entry's value, for the index.
struct ElementExpiry {
  std::int64_t operator()(const Entry& entry) const { return entry.first_element_expiry_ms(); }
};
using ElementExpiries = ExpiryIndex<Entry, ElementExpiry>;

// Told of what happens to a keyspace.
class KeyspaceObserver {
 public:
  virtual ~KeyspaceObserver() = default;
  // The time of `entry` has come and it is about to be removed. Must not change the keyspace.
  virtual void on_expired(const Keyspace& keyspace, const Entry& entry) = 0;
  // The time of these elements of the value at `key` has come, and they have been removed; with the last one the key
  // has gone. Must not change the keyspace.
  virtual void on_elements_expired(const Keyspace& /*keyspace*/, Type /*type*/, std::string_view /*key*/,
                                   std::span<const std::string> /*elements*/, bool /*is_key_gone*/) {}
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

// Receives the entries of a snapshot, each as it was at the snapshot's moment. Must not change the keyspace, nor throw.
class SnapshotSink {
 public:
  virtual void save(const Keyspace& keyspace, const Entry& entry) = 0;

 protected:
  ~SnapshotSink() = default;
};

// The fate of keys whose time has come.
enum class Expired : std::uint8_t {
  remove,  // by the look-up that meets them
  hide,    // nobody sees them, but they stay, until another key takes the name: for pauses, and clients of a replica
  show,    // they are seen as if their time had not come: for a primary's commands, and those of a log
};

// One database: keys with their values and expiries. Belongs to one thread, the manager's.
//
// A key is never seen once the clock has reached its expiry (but see Expired), and reclaim_expired() finds those that
// nobody asks for. Look-ups give handles (Found), through which changes go. Every change passes open_for_change()
// before and settle(), link(), edit() or unlink() after, which keep the table, the expiry index and the figures in
// step. docs/keyspace.md tells how the parts work.
//
// A change for which there is no memory throws std::bad_alloc and has changed nothing.
//
// Pointers, references and views to an entry are valid as Entry says. `value` arguments must not view into the entry
// that is being changed; keys may. The hash of every Key must come from the hasher that the keyspace was made with.
class Keyspace {
 public:
  using Table = HashTable<Entry, base::KeyHasher, EntryDeleter>;
  using Visitor = std::function<void(const Entry&)>;
  using KeyFilter = std::function<bool(std::string_view key)>;

  class Found;

  // The fate of a key's expiry when its value is replaced.
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

  // Clock, reaper and ledger must outlive the keyspace. `number` is that of the database.
  Keyspace(base::KeyHasher hasher, const base::Clock& clock, Reaper& reaper, Ledger& ledger, int number = 0);
  ~Keyspace();
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;

  int number() const { return number_; }
  void set_number(int number) { number_ = number; }

  // `observer` may be null; it must outlive the keyspace.
  void set_observer(KeyspaceObserver* observer) { observer_ = observer; }
  // Whether the observer, which there must be, is told of every change; at first it is not.
  void set_change_reporting(bool is_on) { is_reporting_changes_ = is_on; }
  // Likewise of every key that is created.
  void set_creation_reporting(bool is_on) { is_reporting_creations_ = is_on; }
  // At first keys are removed when their time has come.
  void set_expired(Expired expired) { expired_ = expired; }
  void set_access_settings(const AccessSettings& settings) { access_settings_ = settings; }
  // Whether reading and changing a key counts as its use, which it does at first. Creating it always does.
  void set_access_counting(bool is_on) { is_counting_accesses_ = is_on; }

  // --- Looking up. One probe of the table.
  Found find(const Key& key);   // counts as an access, unless those are not counted
  Found peek(const Key& key);   // does not
  Found touch(const Key& key);  // does in any case

  // A key chosen at random with nearly equal chances; null when there is none (or when a thousand tries met only keys
  // whose time had come).
  const Entry* random_entry();
  // For choices of commands.
  base::Random& random() { return random_; }

  // Meets about `count` entries from `cursor` on, visits those whose key `selects` accepts, and returns the cursor that
  // continues, 0 at the end; 0 starts. An entry that exists from the first call of an iteration to its last is met at
  // least once, whatever else changes in between; any number below 2^52 is a valid cursor. Neither function may change
  // the keyspace. Visited entries stay valid. Costs O(count).
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, const KeyFilter& selects, const Visitor& visitor);
  // Every entry, in the order of their hashes. The visitor must not change the keyspace.
  void for_each(const Visitor& visitor) const;

  std::int64_t idle_seconds(const Entry& entry) const;  // under AccessPolicy::lru
  unsigned access_frequency(const Entry& entry) const;  // under AccessPolicy::lfu; 0 … 255
  Key key_of(std::string_view bytes) const { return {bytes, hasher_(bytes)}; }

  // --- Changing.
  // Sets the value of `key`, created when absent; one probe of the table. The caller decides on the encoding.
  const Entry& put_string(const Key& key, std::string_view value, StringEncoding encoding, Expiry expiry);
  // The same where `found` is the outcome of looking `key` up: no probe unless the key is absent, and no further access
  // is counted.
  const Entry& put_string(const Found& found, const Key& key, std::string_view value, StringEncoding encoding,
                          Expiry expiry);

  // Puts a string of `size` bytes, which write(std::span<char>) fills, in place of any value of `key`, of which `found`
  // is the outcome of looking it up; its encoding is raw, and the key has no expiry. The former value is there until
  // the new one is written.
  template <class Write>
  void write_string(const Found& found, const Key& key, std::size_t size, const Write& write);

  // Makes the string at `key`, of which `found` is the outcome of looking it up, `size` bytes long and lets
  // write(std::span<char>) change its bytes; bytes that were not there before are zero. The encoding becomes raw; the
  // expiry stays. Where write() returns false and the size stays, nothing is told. Growing a string bit by bit costs
  // amortised linear time.
  template <class Write>
  void resize_string(const Found& found, const Key& key, std::size_t size, const Write& write);

  // Creates `key`, which must not exist, with a collection (a List, …), which must not be empty.
  template <class Value>
  const Entry& add(const Key& key, Value value);

  // The same in place of the value of any type that the key may have; a key that is there loses its expiry.
  template <class Value>
  const Entry& put(const Key& key, Value value);

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

  // Drops everything. O(1) here: the reaper does the work. Needs memory for an empty table, which may be had before.
  void clear();
  void clear(std::unique_ptr<Table> empty) noexcept;
  std::unique_ptr<Table> empty_table() const { return std::make_unique<Table>(hasher_); }

  // --- Expiry.
  // Removes at most `count_max` of the keys, and then of the elements, whose time has come, the earliest first; returns
  // how many.
  std::size_t reclaim_expired(std::size_t count_max);
  // When the earliest expiry of a key or an element comes; nothing when there is none. Amortised O(1).
  std::optional<std::int64_t> next_expiry_ms();
  // Elements with a time up to this one are not seen: look-ups do not remove them, views of values hide them.
  std::int64_t hidden_until_ms() const {
    return expired_ == Expired::show ? std::numeric_limits<std::int64_t>::min() : clock_.now_ms();
  }
  // The value of an entry, read, without those elements.
  template <class Value>
  typename Value::View view(const Entry& entry) const {
    typename Value::View view = entry.as<Value>();
    if constexpr (WithTimedElements<Value>) {
      if (entry.has_timed_elements()) [[unlikely]]
        view.hide_until(hidden_until_ms());
    }
    return view;
  }
  // Over the keys that have an expiry; 0 when none has.
  std::int64_t average_ttl_ms() const;

  // --- Snapshots: the data of one moment, saved while changes go on.
  // This is the moment. From now on `sink`, which must outlive the snapshot, is given each entry that is there now,
  // once: before it changes, or by step_snapshot(). There must be no other snapshot.
  void begin_snapshot(SnapshotSink& sink);
  // Saves about `count` entries; false once all are saved and the snapshot is over.
  bool step_snapshot(std::size_t count);

  // --- Figures, all O(1).
  std::size_t size() const { return table_.size(); }  // with those expired but not reclaimed yet
  std::size_t expiring_size() const { return expiries_.size(); }
  std::size_t timed_size() const { return element_expiries_.size(); }  // keys with elements that have a time
  std::size_t memory_bytes() const { return entry_bytes_ + structure_bytes(); }
  std::uint64_t expired_count() const { return expired_count_; }  // keys removed because of their expiry
  std::uint64_t change_count() const { return change_count_; }    // changes to keys, removal included, expiry not

  // Counts everything again, for tests: what is wrong with the books, or nothing. O(keys).
  std::optional<std::string> check_books() const;

  // --- Prefetching for a group of commands that are about to run; see HashTable.
  static constexpr std::size_t prefetch_count_max = Table::prefetch_count_max;
  void prefetch(std::span<const std::uint64_t> key_hashes) const { table_.prefetch(key_hashes); }
  // The same for elements of large collections, when their keys have been prefetched; others are passed over.
  struct ElementPlace {
    std::uint64_t key_hash = 0;
    std::string_view element;
  };
  void prefetch_elements(std::span<const ElementPlace> places) const;

 private:
  // What the books of the keyspace say about an entry.
  struct Footprint {
    const Entry* entry;
    std::optional<std::int64_t> expiry_ms;
    std::optional<std::int64_t> element_expiry_ms;  // the earliest
    std::size_t bytes;
  };

  Entry* lookup(const Key& key);
  Entry* meet_expired(std::uint64_t hash, Entry& entry);
  void count_access(Entry& entry);
  void touch(Entry& entry);
  void expire(std::uint64_t hash, Entry& entry);
  std::size_t reclaim_keys(std::size_t count_max);
  std::size_t reclaim_elements(std::size_t count_max);
  template <class Value, class Erase>
  std::size_t expire_elements(const Key& key, Entry& entry, const Erase& erase);
  void tell_of_expired_elements(Type type, std::string_view key, std::span<const std::string> elements);
  void make_room(const Key& key);

  // The door: every change to an entry comes by here before it happens. (A new entry is not changed by being linked.)
  Entry& open_for_change(Entry& entry) {
    if (entry.snapshot_side() != snapshot_side_) [[unlikely]]
      save(entry);
    return entry;
  }
  void save(Entry& entry);

  static std::optional<std::int64_t> element_expiry_of(const Entry& entry) {
    if (!entry.has_timed_elements()) [[likely]]
      return std::nullopt;
    return entry.first_element_expiry_ms();
  }
  static Footprint footprint(const Entry& entry) {
    return {&entry, entry.expiry_ms(), element_expiry_of(entry), entry.memory_bytes()};
  }
  void enter(const Footprint& present);
  void leave(const Footprint& gone);
  void count_entry_bytes(std::size_t added, std::size_t gone);
  void count_structure();
  void trim_expiries();
  std::size_t structure_bytes() const {
    return table_.memory_bytes() + expiries_.memory_bytes() + element_expiries_.memory_bytes();
  }
  void reserve_entry(std::uint64_t hash) {
    table_.prepare_insert(hash);
    count_structure();
  }
  // Before enter(): of a key with an expiry, or with elements that have a time.
  void reserve_expiries(bool has_expiry, bool has_timed_elements) {
    if (has_expiry && expiries_.reserve()) [[unlikely]]
      count_structure();
    if (has_timed_elements && element_expiries_.reserve()) [[unlikely]]
      count_structure();
  }
  void reserve_expiries(const Entry& entry) { reserve_expiries(entry.has_expiry(), entry.has_timed_elements()); }
  void move_element_expiry(const Entry& entry, std::optional<std::int64_t> before);

  Entry& link_new(std::uint64_t hash, OwnedEntry entry);
  Entry& link(std::uint64_t hash, OwnedEntry entry);
  Entry& relink(std::uint64_t hash, const Footprint& before, OwnedEntry fresh);
  Entry& replace(std::uint64_t hash, const Footprint& before, OwnedEntry fresh);
  void settle(const Footprint& before, const Entry& after);
  OwnedEntry unlink(std::uint64_t hash, Entry& entry) { return unlink(hash, footprint(open_for_change(entry))); }
  OwnedEntry unlink(std::uint64_t hash, const Footprint& before);
  OwnedEntry take_out(std::uint64_t hash, const Footprint& before);
  void created(const Entry& entry);
  // The one place that every change to a key passes, after the change; what follows changes (watches, tracking) hooks
  // in here.
  void changed(const Entry& entry) {
    ++change_count_;
    ++ledger_.changes;
    tell_of_change(entry);
  }
  void tell_of_change(const Entry& entry) {
    if (is_reporting_changes_) [[unlikely]]
      observer_->on_changed(*this, entry);
  }
  void dispose(OwnedEntry entry) noexcept;

  void change_expiry(std::uint64_t hash, Entry& entry, std::optional<std::int64_t> expiry_ms);
  Entry& replace_string(std::uint64_t hash, Entry& entry, std::string_view value, StringEncoding encoding,
                        std::optional<std::int64_t> expiry_ms);
  Entry& add_string(const Key& key, std::string_view value, StringEncoding encoding,
                    std::optional<std::int64_t> expiry_ms);

  template <class Value, class Change>
  bool edit(std::uint64_t hash, Entry& entry, const Change& change);
  template <class Value>
  Entry* drop_expired(std::uint64_t hash, Entry& entry, std::span<const std::string_view> elements);
  template <class Value, class Change>
  bool edit_inline(std::uint64_t hash, Entry& entry, const Change& change);
  template <class Value>
  void put_edited(std::uint64_t hash, Entry& entry, Value& value);
  Entry* bring_inside(std::uint64_t hash, Entry& entry);

  // Two expiries near the end of time are enough to leave 64 bits.
  __extension__ using WideSum = __int128;

  base::KeyHasher hasher_;
  const base::Clock& clock_;
  Reaper& reaper_;
  Ledger& ledger_;
  int number_;
  KeyspaceObserver* observer_ = nullptr;
  AccessSettings access_settings_;
  bool is_counting_accesses_ = true;
  bool is_reporting_changes_ = false;
  bool is_reporting_creations_ = false;
  Expired expired_ = Expired::remove;
  base::Random random_;

  Table table_;
  KeyExpiries expiries_;
  ElementExpiries element_expiries_;
  std::size_t entry_bytes_ = 0;
  std::size_t counted_structure_bytes_ = 0;  // as the ledger has them
  WideSum expiry_sum_ms_ = 0;                // of all expiries
  std::uint64_t expired_count_ = 0;
  std::uint64_t change_count_ = 0;

  PackedBuffer scratch_;  // where small collections are changed before they are put back into their entries

  bool snapshot_side_ = false;  // of the entries that are saved already, or were not there at the snapshot's moment
  SnapshotSink* snapshot_ = nullptr;
  std::uint64_t snapshot_cursor_ = 0;
};

// The outcome of a look-up: reads like a pointer to the entry, null if there is none, and changes it. Good until the
// key is changed by other means.
class Keyspace::Found {
 public:
  Found() = default;

  operator const Entry*() const { return entry_; }
  const Entry& operator*() const { return *entry_; }
  const Entry* operator->() const { return entry_; }

  // All of these need an entry.
  // The value, read, without elements whose time has come.
  template <class Value>
  typename Value::View view() const {
    return keyspace_->view<Value>(*entry_);
  }
  // Lets change(Value&) change the value, which must be a Value. A value that is empty afterwards goes, and its key
  // with it. Where change() returns false, it has changed nothing, and nothing is told. Returns whether the key is
  // still there. No probe of the table unless the entry moves or goes. What the change throws leaves a value that was
  // changed in part as it then is; so changes that can fail for other reasons than want of memory check before.
  template <class Value, class Change>
  bool edit(const Change& change) {
    return keyspace_->edit<Value>(hash_, *entry_, change);
  }
  // Removes those of `elements` whose time has come, and the key with the last of its elements: for commands that are
  // about to change these elements. Nothing happens while such elements are to be seen.
  template <class Value>
  void drop_expired(std::span<const std::string_view> elements) {
    if (entry_->has_timed_elements()) [[unlikely]]
      entry_ = keyspace_->drop_expired<Value>(hash_, *entry_, elements);
  }
  void erase() { keyspace_->dispose(keyspace_->unlink(hash_, *entry_)); }
  void set_expiry(std::int64_t at_ms) { keyspace_->change_expiry(hash_, *entry_, at_ms); }
  // Whether there was one.
  bool clear_expiry() {
    if (!entry_->has_expiry()) return false;
    keyspace_->change_expiry(hash_, *entry_, std::nullopt);
    return true;
  }

 private:
  friend class Keyspace;
  Found(Keyspace& keyspace, Entry* entry, std::uint64_t hash) : keyspace_(&keyspace), entry_(entry), hash_(hash) {}

  Keyspace* keyspace_ = nullptr;
  Entry* entry_ = nullptr;
  std::uint64_t hash_ = 0;
};

template <class Value>
const Entry& Keyspace::add(const Key& key, Value value) {
  return link_new(key.hash, Entry::create_with(key.bytes, value, std::nullopt));
}

template <class Value>
const Entry& Keyspace::put(const Key& key, Value value) {
  const Found present = peek(key);
  if (!present) return add(key, std::move(value));
  open_for_change(*present.entry_);
  OwnedEntry fresh = Entry::create_with(key.bytes, value, std::nullopt);
  fresh->set_access(first_access(access_settings_, clock_.now_ms()));
  reserve_expiries(*fresh);
  return relink(key.hash, footprint(*present.entry_), std::move(fresh));
}

// Whether it has changed anything: as it says, or else it has.
template <class Value, class Change>
bool run_change(Value&& value, const Change& change) {
  if constexpr (std::is_same_v<std::invoke_result_t<const Change&, Value>, bool>) {
    return change(std::forward<Value>(value));
  } else {
    change(std::forward<Value>(value));
    return true;
  }
}

template <class Write>
void Keyspace::write_string(const Found& found, const Key& key, std::size_t size, const Write& write) {
  OwnedEntry fresh = Entry::create(key.bytes, size, StringEncoding::raw, std::nullopt);
  write(fresh->mutable_string());
  if (!found) {
    link_new(key.hash, std::move(fresh));
    return;
  }
  Entry& entry = open_for_change(*found.entry_);
  fresh->set_access(entry.access());
  relink(key.hash, footprint(entry), std::move(fresh));
}

template <class Write>
void Keyspace::resize_string(const Found& found, const Key& key, std::size_t size, const Write& write) {
  if (!found) {
    OwnedEntry fresh = Entry::create(key.bytes, size, StringEncoding::raw, std::nullopt);
    std::ranges::fill(fresh->mutable_string(), '\0');
    write(fresh->mutable_string());
    link_new(key.hash, std::move(fresh));
    return;
  }
  Entry& entry = open_for_change(*found.entry_);
  const Footprint before = footprint(entry);
  const bool is_resized = entry.string().size() != size;
  if (entry.resize_in_place(size)) {
    entry.set_encoding(StringEncoding::raw);
    const bool is_changed = run_change(entry.mutable_string(), write) || is_resized;
    if (!is_changed) return count_entry_bytes(entry.memory_bytes(), before.bytes);
    return settle(before, entry);
  }
  reserve_expiries(entry);
  OwnedEntry fresh = Entry::create_from(entry, key.bytes, size, before.expiry_ms);
  fresh->set_encoding(StringEncoding::raw);
  write(fresh->mutable_string());
  relink(key.hash, before, std::move(fresh));
}

template <class Value, class Change>
bool Keyspace::edit(std::uint64_t hash, Entry& entry, const Change& change) {
  open_for_change(entry);
  if (entry.is_inline()) return edit_inline<Value>(hash, entry, change);
  const std::optional<std::int64_t> element_expiry_ms = element_expiry_of(entry);
  if constexpr (WithTimedElements<Value>) reserve_expiries(false, true);
  Value value = entry.take_outside<Value>();
  const auto* const object = value.object();
  const std::size_t bytes_before = value.memory_bytes();
  bool is_empty = false;
  const auto put_back = [&] [[gnu::always_inline]] () {
    count_entry_bytes(value.memory_bytes(), bytes_before);
    is_empty = value.empty();
    entry.put_back_outside(value, object);
    if constexpr (WithTimedElements<Value>) move_element_expiry(entry, element_expiry_ms);
  };
  bool is_changed = false;
  try {
    is_changed = run_change(value, change);
  } catch (...) {
    put_back();
    throw;
  }
  put_back();
  if (!is_changed) return true;
  if (is_empty) {
    dispose(unlink(hash, entry));
    return false;
  }
  Entry* const inside = entry.is_packed() ? bring_inside(hash, entry) : nullptr;
  changed(inside != nullptr ? *inside : entry);
  return true;
}

// Changes a copy, and puts that in place of the value: so a change that fails has changed nothing.
template <class Value, class Change>
bool Keyspace::edit_inline(std::uint64_t hash, Entry& entry, const Change& change) {
  const PackedView packed = entry.packed();
  copy_packed_to(scratch_.parts(), packed.bytes());
  Value value(packed.form, scratch_.release());
  const bool is_changed = run_change(value, change);
  const bool remains = !value.empty();
  if (remains && is_changed) {
    put_edited(hash, entry, value);
  } else if (!remains) {
    dispose(unlink(hash, entry));
  }
  if (value.is_packed()) scratch_.keep(value.release_packed());
  return remains;
}

template <class Value>
void Keyspace::put_edited(std::uint64_t hash, Entry& entry, Value& value) {
  const Footprint before = footprint(entry);
  if (value.is_packed()) {
    const PackedView packed = value.packed();
    reserve_expiries(false, has_times(value));
    if (packed.byte_count() <= Entry::inline_packed_max && entry.assign_packed_in_place(packed)) {
      return settle(before, entry);
    }
  }
  reserve_expiries(entry.has_expiry(), has_times(value));
  // Of a packed value a copy of the right size: the scratch buffer stays.
  Value fitting =
      value.is_packed() ? Value(value.packed().form, copy_packed(value.packed().bytes())) : std::move(value);
  OwnedEntry fresh = Entry::create_with(entry.key(), fitting, before.expiry_ms);
  fresh->set_access(entry.access());
  relink(hash, before, std::move(fresh));
}

// Lets erase(value, note) erase elements whose time has come, each after note(name); tells of them, without counting
// changes. Returns how many. If there is no memory, they are fewer, perhaps none.
template <class Value, class Erase>
std::size_t Keyspace::expire_elements(const Key& key, Entry& entry, const Erase& erase) {
  const std::string name(key.bytes);  // of the entry, which may go
  const std::uint64_t changes = change_count_;
  const std::uint64_t all_changes = ledger_.changes;
  const bool is_changed_in_copy = entry.is_inline();
  std::vector<std::string> erased;
  try {
    edit<Value>(key.hash, entry,
                [&](Value& value) { erase(value, [&](PackedElement element) { erased.push_back(element.text()); }); });
  } catch (const std::bad_alloc&) {
    if (is_changed_in_copy) erased.clear();
  }
  change_count_ = changes;
  ledger_.changes = all_changes;
  tell_of_expired_elements(Value::type, name, erased);
  return erased.size();
}

template <class Value>
Entry* Keyspace::drop_expired(std::uint64_t hash, Entry& entry, std::span<const std::string_view> elements) {
  const std::int64_t until_ms = hidden_until_ms();
  const auto has_expired = [until_ms](const typename Value::View& view, std::string_view element) {
    const std::optional<std::int64_t> time_ms = view.time_ms(element);
    return time_ms && *time_ms <= until_ms;
  };
  const auto is_due = [&](std::string_view element) { return has_expired(entry.as<Value>(), element); };
  if (std::ranges::none_of(elements, is_due)) [[likely]]
    return &entry;
  const std::string name(entry.key());
  expire_elements<Value>({name, hash}, entry, [&](Value& value, const auto& note) {
    for (const std::string_view element : elements) {
      if (!has_expired(value.view(), element)) continue;
      note(PackedElement(element));
      value.erase(element);
    }
  });
  return table_.find({name, hash});
}

extern template class HashTable<Entry, base::KeyHasher, EntryDeleter>;
extern template class ExpiryIndex<Entry, KeyExpiry>;
extern template class ExpiryIndex<Entry, ElementExpiry>;

inline constexpr Keyspace::Expiry Keyspace::Expiry::keep{true, std::nullopt};
inline constexpr Keyspace::Expiry Keyspace::Expiry::clear{false, std::nullopt};

}  // namespace sluice::store
