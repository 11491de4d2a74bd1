#include "server/store/keyspace/keyspace.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace sluice::store {

template class HashTable<Entry, base::KeyHasher, EntryDeleter>;
template class ExpiryIndex<Entry, KeyExpiry>;
template class ExpiryIndex<Entry, ElementExpiry>;

namespace {

// The parts that clear() hands to the reaper.
struct Contents {
  std::unique_ptr<Keyspace::Table> table;
  KeyExpiries expiries;
  ElementExpiries element_expiries;
};

// Calls visit.operator()<Value>() for the type, which has to be one whose elements may have times.
template <class Visit>
void visit_timed_type(Type type, const Visit& visit) {
  if (type == Type::hash) visit.template operator()<Hash>();
  if (type == Type::set) visit.template operator()<Set>();
}

}  // namespace

Keyspace::Keyspace(base::KeyHasher hasher, const base::Clock& clock, Reaper& reaper, Ledger& ledger, int number)
    : hasher_(hasher),
      clock_(clock),
      reaper_(reaper),
      ledger_(ledger),
      number_(number),
      random_(base::random_seed()),
      table_(hasher) {
  count_structure();
}

Keyspace::~Keyspace() {
  ledger_.entry_bytes -= entry_bytes_;
  ledger_.structure_bytes -= counted_structure_bytes_;
}

// --- Looking up

// Nearly every command looks a key up: without a call of its own, which costs a third of what a look-up does.
[[gnu::always_inline]] inline Entry* Keyspace::lookup(const Key& key) {
  Entry* entry = table_.find(key);
  if (entry != nullptr && entry->has_expired(clock_.now_ms())) [[unlikely]]
    return meet_expired(key.hash, *entry);
  return entry;
}

Keyspace::Found Keyspace::find(const Key& key) {
  Entry* entry = lookup(key);
  if (entry != nullptr) count_access(*entry);
  return {*this, entry, key.hash};
}

Keyspace::Found Keyspace::peek(const Key& key) {
  return {*this, lookup(key), key.hash};
}

Keyspace::Found Keyspace::touch(const Key& key) {
  Entry* entry = lookup(key);
  if (entry != nullptr) touch(*entry);
  return {*this, entry, key.hash};
}

const Entry* Keyspace::random_entry() {
  constexpr int tries_max = 1000;
  for (int tries = 0; tries < tries_max; ++tries) {
    Entry* entry = table_.random_node(random_);
    if (entry == nullptr || !entry->has_expired(clock_.now_ms())) return entry;
    if (meet_expired(hasher_(entry->key()), *entry) != nullptr) return entry;
  }
  return nullptr;
}

std::uint64_t Keyspace::scan(std::uint64_t cursor, std::size_t count, const KeyFilter& selects,
                             const Visitor& visitor) {
  std::vector<std::string> expired;
  const std::uint64_t next = table_.scan(cursor, count, [&](const Entry& entry) {
    if (!selects(entry.key())) return;
    if (expired_ != Expired::show && entry.has_expired(clock_.now_ms())) {
      expired.emplace_back(entry.key());
    } else {
      visitor(entry);
    }
  });
  // Only now: nothing may go while the table is walked.
  for (const std::string& key : expired) lookup(key_of(key));
  return next;
}

void Keyspace::for_each(const Visitor& visitor) const {
  table_.for_each([&](const Entry& entry) {
    if (expired_ == Expired::show || !entry.has_expired(clock_.now_ms())) visitor(entry);
  });
}

std::int64_t Keyspace::idle_seconds(const Entry& entry) const {
  return store::idle_seconds(entry.access(), clock_.now_ms());
}

unsigned Keyspace::access_frequency(const Entry& entry) const {
  return store::access_frequency(entry.access(), access_settings_, clock_.now_ms());
}

void Keyspace::count_access(Entry& entry) {
  if (is_counting_accesses_) touch(entry);
}

void Keyspace::touch(Entry& entry) {
  entry.set_access(next_access(entry.access(), access_settings_, clock_.now_ms(), random_));
}

// --- Changing

const Entry& Keyspace::put_string(const Key& key, std::string_view value, StringEncoding encoding, Expiry expiry) {
  Entry* entry = lookup(key);
  if (entry == nullptr) return add_string(key, value, encoding, expiry.at_ms_);
  count_access(*entry);
  return replace_string(key.hash, *entry, value, encoding, expiry.keeps_ ? entry->expiry_ms() : expiry.at_ms_);
}

const Entry& Keyspace::put_string(const Found& found, const Key& key, std::string_view value, StringEncoding encoding,
                                  Expiry expiry) {
  if (!found) return add_string(key, value, encoding, expiry.at_ms_);
  const std::optional<std::int64_t> expiry_ms = expiry.keeps_ ? found->expiry_ms() : expiry.at_ms_;
  return replace_string(key.hash, *found.entry_, value, encoding, expiry_ms);
}

inline Entry& Keyspace::replace_string(std::uint64_t hash, Entry& entry, std::string_view value,
                                       StringEncoding encoding, std::optional<std::int64_t> expiry_ms) {
  open_for_change(entry);
  // The common case. A string assigned in place keeps its bytes, so the books stay as they are.
  if (expiry_ms == entry.expiry_ms() && entry.assign_in_place(value, encoding, expiry_ms)) [[likely]] {
    changed(entry);
    return entry;
  }
  const Footprint before = footprint(entry);
  reserve_expiries(expiry_ms.has_value(), false);
  if (entry.assign_in_place(value, encoding, expiry_ms)) {
    settle(before, entry);
    return entry;
  }
  OwnedEntry fresh = Entry::create(entry.key(), value.size(), encoding, expiry_ms);
  std::ranges::copy(value, fresh->mutable_string().begin());
  fresh->set_access(entry.access());
  return relink(hash, before, std::move(fresh));
}

inline Entry& Keyspace::add_string(const Key& key, std::string_view value, StringEncoding encoding,
                                   std::optional<std::int64_t> expiry_ms) {
  OwnedEntry fresh = Entry::create(key.bytes, value.size(), encoding, expiry_ms);
  std::ranges::copy(value, fresh->mutable_string().begin());
  return link_new(key.hash, std::move(fresh));
}

bool Keyspace::erase(const Key& key) {
  Found found = peek(key);
  if (found) found.erase();
  return static_cast<bool>(found);
}

bool Keyspace::set_expiry(const Key& key, std::int64_t at_ms) {
  Found found = peek(key);
  if (found) found.set_expiry(at_ms);
  return static_cast<bool>(found);
}

bool Keyspace::clear_expiry(const Key& key) {
  Found found = peek(key);
  return found && found.clear_expiry();
}

void Keyspace::change_expiry(std::uint64_t hash, Entry& entry, std::optional<std::int64_t> expiry_ms) {
  open_for_change(entry);
  const Footprint before = footprint(entry);
  reserve_expiries(expiry_ms.has_value(), entry.has_timed_elements());
  if (entry.set_expiry_in_place(expiry_ms)) {
    settle(before, entry);
  } else {
    relink(hash, before, Entry::create_from(entry, entry.key(), expiry_ms));
  }
}

// All that may fail comes before the source gives up its value. The new entry is put in before the source goes: then
// the room that was found for it is still there.
bool Keyspace::rename(const Key& from, const Key& to) {
  Entry* source = lookup(from);
  if (source == nullptr) return false;
  if (from.bytes == to.bytes) return true;
  Entry* target = lookup(to);
  open_for_change(*source);
  const Footprint source_before = footprint(*source);
  reserve_expiries(*source);
  if (target == nullptr) {
    make_room(to);
    reserve_entry(to.hash);
  }
  OwnedEntry renamed = Entry::create_from(*source, to.bytes, source->expiry_ms());
  if (target == nullptr) {
    link(to.hash, std::move(renamed));
  } else {
    created(relink(to.hash, footprint(open_for_change(*target)), std::move(renamed)));
  }
  unlink(from.hash, source_before);
  return true;
}

bool Keyspace::copy(const Key& from, Keyspace& target, const Key& to) {
  Entry* source = lookup(from);
  if (source == nullptr) return false;
  if (&target == this && from.bytes == to.bytes) return true;
  OwnedEntry fresh = Entry::clone(*source, to.bytes);
  Entry* present = target.lookup(to);
  if (present == nullptr) {
    target.link(to.hash, std::move(fresh));
    return true;
  }
  target.open_for_change(*present);
  target.reserve_expiries(*fresh);
  target.created(target.relink(to.hash, footprint(*present), std::move(fresh)));
  return true;
}

bool Keyspace::move(const Key& key, Keyspace& target) {
  Entry* entry = lookup(key);
  if (entry == nullptr || target.lookup(key) != nullptr) return false;
  target.make_room(key);
  target.reserve_expiries(*entry);
  target.reserve_entry(key.hash);
  target.link(key.hash, unlink(key.hash, *entry));
  return true;
}

void Keyspace::clear() {
  clear(empty_table());
}

void Keyspace::clear(std::unique_ptr<Table> empty) noexcept {
  if (observer_ != nullptr) observer_->on_cleared(*this);
  const std::size_t count = size();
  if (count == 0) return;
  if (snapshot_ != nullptr) {
    while (step_snapshot(count)) {
    }
  }
  table_.swap(*empty);
  Contents contents{std::move(empty), std::move(expiries_), std::move(element_expiries_)};
  try {
    reaper_.discard(std::move(contents), count);
  } catch (const std::bad_alloc&) {
    // Freed here.
  }
  count_entry_bytes(0, entry_bytes_);
  count_structure();
  expiry_sum_ms_ = 0;
  change_count_ += count;
  ledger_.changes += count;
}

// --- Expiry

// The entry if it is to be seen all the same.
Entry* Keyspace::meet_expired(std::uint64_t hash, Entry& entry) {
  switch (expired_) {
    case Expired::remove:
      expire(hash, entry);
      return nullptr;
    case Expired::hide:
      return nullptr;
    case Expired::show:
      return &entry;
  }
  return nullptr;
}

void Keyspace::expire(std::uint64_t hash, Entry& entry) {
  if (observer_ != nullptr) observer_->on_expired(*this, entry);
  ++expired_count_;
  ++ledger_.expirations;
  OwnedEntry gone = take_out(hash, footprint(open_for_change(entry)));
  tell_of_change(*gone);
  dispose(std::move(gone));
}

// For a key that is about to be linked: one of its name that has expired may have been left.
void Keyspace::make_room(const Key& key) {
  if (expired_ != Expired::hide) [[likely]]
    return;
  if (Entry* left = table_.find(key)) expire(key.hash, *left);
}

std::size_t Keyspace::reclaim_expired(std::size_t count_max) {
  const std::size_t key_count = reclaim_keys(count_max);
  return key_count + reclaim_elements(count_max - key_count);
}

std::size_t Keyspace::reclaim_keys(std::size_t count_max) {
  constexpr std::size_t group_size = prefetch_count_max;
  std::array<const Entry*, group_size> due{};
  std::array<std::uint64_t, group_size> hashes{};
  std::size_t reclaimed = 0;
  while (reclaimed < count_max) {
    const auto room = std::span(due).first(std::min(group_size, count_max - reclaimed));
    const std::size_t count = expiries_.list_due(clock_.now_ms(), room);
    if (count == 0) break;
    for (std::size_t index = 0; index < count; ++index) hashes[index] = hasher_(due[index]->key());
    prefetch(std::span(hashes).first(count));
    for (std::size_t index = 0; index < count; ++index) {
      if (Entry* entry = table_.find({due[index]->key(), hashes[index]})) expire(hashes[index], *entry);
    }
    reclaimed += count;
  }
  return reclaimed;
}

std::size_t Keyspace::reclaim_elements(std::size_t count_max) {
  std::array<const Entry*, 1> due{};
  std::size_t reclaimed = 0;
  while (reclaimed < count_max && element_expiries_.list_due(clock_.now_ms(), due) > 0) {
    const Key key = key_of(due[0]->key());
    std::size_t count = 0;
    visit_timed_type(due[0]->type(), [&]<class Value> {
      count = expire_elements<Value>(key, *table_.find(key), [&](Value& value, const auto& note) {
        value.erase_due(clock_.now_ms(), count_max - reclaimed, note);
      });
    });
    if (count == 0) break;  // for want of memory
    reclaimed += count;
  }
  return reclaimed;
}

void Keyspace::tell_of_expired_elements(Type type, std::string_view key, std::span<const std::string> elements) {
  if (elements.empty()) return;
  ledger_.element_expirations += elements.size();
  if (observer_ == nullptr) return;
  observer_->on_elements_expired(*this, type, key, elements, table_.find(key_of(key)) == nullptr);
}

std::optional<std::int64_t> Keyspace::next_expiry_ms() {
  const std::optional<std::int64_t> key = expiries_.first_expiry_ms();
  const std::optional<std::int64_t> element = element_expiries_.first_expiry_ms();
  if (!key || !element) return key ? key : element;
  return std::min(*key, *element);
}

std::int64_t Keyspace::average_ttl_ms() const {
  const std::size_t count = expiring_size();
  if (count == 0) return 0;
  const auto average_ms = static_cast<std::int64_t>(expiry_sum_ms_ / static_cast<WideSum>(count));
  return std::max<std::int64_t>(average_ms - clock_.now_ms(), 0);
}

// --- Snapshots

void Keyspace::begin_snapshot(SnapshotSink& sink) {
  snapshot_side_ = !snapshot_side_;
  snapshot_ = &sink;
  snapshot_cursor_ = 0;
}

bool Keyspace::step_snapshot(std::size_t count) {
  if (snapshot_ == nullptr) return false;
  snapshot_cursor_ = table_.scan(snapshot_cursor_, count, [this](Entry& entry) { open_for_change(entry); });
  if (snapshot_cursor_ == 0) snapshot_ = nullptr;
  return snapshot_ != nullptr;
}

void Keyspace::save(Entry& entry) {
  if (snapshot_ != nullptr) snapshot_->save(*this, entry);
  entry.set_snapshot_side(snapshot_side_);
}

// --- The narrow door

void Keyspace::count_entry_bytes(std::size_t added, std::size_t gone) {
  entry_bytes_ = entry_bytes_ + added - gone;
  ledger_.entry_bytes = ledger_.entry_bytes + added - gone;
}

void Keyspace::count_structure() {
  const std::size_t bytes = structure_bytes();
  ledger_.structure_bytes = ledger_.structure_bytes + bytes - counted_structure_bytes_;
  counted_structure_bytes_ = bytes;
}

void Keyspace::enter(const Footprint& present) {
  count_entry_bytes(present.bytes, 0);
  if (present.expiry_ms) {
    expiries_.insert(*present.entry);
    expiry_sum_ms_ += *present.expiry_ms;
  }
  if (present.element_expiry_ms) [[unlikely]]
    element_expiries_.insert(*present.entry);
  count_structure();
}

void Keyspace::trim_expiries() {
  expiries_.trim();
  element_expiries_.trim();
  count_structure();
}

void Keyspace::leave(const Footprint& gone) {
  count_entry_bytes(0, gone.bytes);
  if (gone.element_expiry_ms) [[unlikely]]
    element_expiries_.erase(gone.entry, *gone.element_expiry_ms);
  if (!gone.expiry_ms) return;
  expiries_.erase(gone.entry, *gone.expiry_ms);
  expiry_sum_ms_ -= *gone.expiry_ms;
}

// A key that was not there, used for the first time.
Entry& Keyspace::link_new(std::uint64_t hash, OwnedEntry entry) {
  entry->set_access(first_access(access_settings_, clock_.now_ms()));
  return link(hash, std::move(entry));
}

// A key that was not there.
Entry& Keyspace::link(std::uint64_t hash, OwnedEntry entry) {
  assert(hasher_(entry->key()) == hash);
  make_room({entry->key(), hash});
  reserve_expiries(*entry);
  entry->set_snapshot_side(snapshot_side_);
  Entry& linked = table_.insert(hash, std::move(entry));
  enter(footprint(linked));
  created(linked);
  changed(linked);
  return linked;
}

// A key whose entry is replaced by another one. `before` was taken before the old entry gave up anything, and the
// expiry index has room.
Entry& Keyspace::relink(std::uint64_t hash, const Footprint& before, OwnedEntry fresh) {
  Entry& linked = replace(hash, before, std::move(fresh));
  changed(linked);
  return linked;
}

// The same without telling of it.
Entry& Keyspace::replace(std::uint64_t hash, const Footprint& before, OwnedEntry fresh) {
  Entry& linked = *fresh;
  linked.set_snapshot_side(snapshot_side_);
  OwnedEntry old = table_.replace(hash, *before.entry, std::move(fresh));
  leave(before);
  enter(footprint(linked));
  trim_expiries();
  dispose(std::move(old));
  return linked;
}

// A key whose entry was changed in place, being `before` then.
void Keyspace::settle(const Footprint& before, const Entry& after) {
  const Footprint now = footprint(after);
  if (before.expiry_ms == now.expiry_ms && before.element_expiry_ms == now.element_expiry_ms) {
    count_entry_bytes(now.bytes, before.bytes);
  } else {
    leave(before);
    enter(now);
    trim_expiries();
  }
  changed(after);
}

// A key that goes by a command. `before` was taken before its entry was changed in any way.
OwnedEntry Keyspace::unlink(std::uint64_t hash, const Footprint& before) {
  OwnedEntry taken = take_out(hash, before);
  changed(*taken);
  return taken;
}

OwnedEntry Keyspace::take_out(std::uint64_t hash, const Footprint& before) {
  leave(before);
  expiries_.trim();
  element_expiries_.trim();
  OwnedEntry taken = table_.erase(hash, *before.entry);
  count_structure();
  return taken;
}

// Puts a packed value that has become small into a new entry in place of this one; null if it is not small, or if there
// is no memory for that.
Entry* Keyspace::bring_inside(std::uint64_t hash, Entry& entry) {
  // Not at the limit, or a value that goes up and down would move every time.
  constexpr std::size_t small_max = Entry::inline_packed_max * 3 / 4;
  if (entry.packed().byte_count() > small_max) return nullptr;
  try {
    reserve_expiries(entry);
    return &replace(hash, footprint(entry), Entry::create_inline(entry));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// After a change of the value in place, whose earliest element had this time before.
void Keyspace::move_element_expiry(const Entry& entry, std::optional<std::int64_t> before) {
  const std::optional<std::int64_t> now = element_expiry_of(entry);
  if (before == now) [[likely]]
    return;
  if (before) element_expiries_.erase(&entry, *before);
  if (now) element_expiries_.insert(entry);
  trim_expiries();
}

void Keyspace::created(const Entry& entry) {
  if (is_reporting_creations_) [[unlikely]]
    observer_->on_created(*this, entry);
}

void Keyspace::dispose(OwnedEntry entry) noexcept {
  if (!entry->is_slow_to_free()) return;
  try {
    reaper_.discard(std::move(entry));
  } catch (const std::bad_alloc&) {
    // Freed here: slower, but that is what there is need of.
  }
}

std::optional<std::string> Keyspace::check_books() const {
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::size_t expiring = 0;
  std::size_t timed = 0;
  WideSum expiry_sum_ms = 0;
  bool is_found = true;
  table_.for_each([&](const Entry& entry) {
    ++count;
    bytes += entry.memory_bytes();
    is_found = is_found && table_.find(key_of(entry.key())) == &entry;
    if (entry.has_timed_elements()) ++timed;
    if (!entry.has_expiry()) return;
    ++expiring;
    expiry_sum_ms += *entry.expiry_ms();
  });
  if (!is_found) return "an entry is not found under its key";
  if (count != size()) return "the table counts " + std::to_string(size()) + " entries of " + std::to_string(count);
  if (bytes != entry_bytes_) {
    return "the entries have " + std::to_string(bytes) + " bytes, not " + std::to_string(entry_bytes_);
  }
  if (expiring != expiries_.size()) return "the expiry index does not have as many entries as expire";
  if (timed != timed_size()) return "the index of elements with a time does not have every entry that has such";
  if (expiry_sum_ms != expiry_sum_ms_) return "the sum of the expiries is wrong";
  if (counted_structure_bytes_ != structure_bytes()) return "the ledger does not know the size of the structures";
  return std::nullopt;
}

}  // namespace sluice::store
