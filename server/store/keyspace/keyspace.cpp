#include "server/store/keyspace/keyspace.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace sluice::store {

namespace {

// From this size on, what an entry holds is freed by the reaper: returning pages to the kernel takes longer than
// handing over.
constexpr std::size_t reaped_bytes_min = 64UL * 1024;

// What clear() hands to the reaper.
struct Contents {
  HashTable table;
  ExpiryIndex expiries;
};

}  // namespace

Keyspace::Keyspace(base::KeyHasher hasher, const base::Clock& clock, Reaper& reaper)
    : hasher_(hasher), clock_(clock), reaper_(reaper), random_(base::random_seed()), table_(hasher) {}

// --- Reading

// Nearly every command comes by here, so it is not worth a call.
inline Entry* Keyspace::lookup(const Key& key) {
  Entry* entry = table_.find(key);
  if (entry != nullptr && entry->has_expired(clock_.now_ms())) {
    meet_expired(key.hash, *entry);
    return nullptr;
  }
  return entry;
}

const Entry* Keyspace::find(const Key& key) {
  Entry* entry = lookup(key);
  if (entry != nullptr) count_access(*entry);
  return entry;
}

const Entry* Keyspace::peek(const Key& key) {
  return lookup(key);
}

const Entry* Keyspace::touch(const Key& key) {
  Entry* entry = lookup(key);
  if (entry != nullptr) touch(*entry);
  return entry;
}

const Entry* Keyspace::random_entry() {
  constexpr int tries_max = 1000;
  for (int tries = 0; tries < tries_max; ++tries) {
    const Entry* entry = table_.random_entry(random_);
    if (entry == nullptr || !entry->has_expired(clock_.now_ms())) return entry;
    meet_expired(hasher_(entry->key()), *entry);
  }
  return nullptr;
}

std::uint64_t Keyspace::scan(std::uint64_t cursor, std::size_t count, const KeyFilter& selects,
                             const Visitor& visitor) {
  std::vector<std::string> expired;
  const std::uint64_t next = table_.scan(cursor, count, [&](const Entry& entry) {
    if (!selects(entry.key())) return;
    if (entry.has_expired(clock_.now_ms())) {
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
    if (!entry.has_expired(clock_.now_ms())) visitor(entry);
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
  if (entry != nullptr) {
    const Footprint before = footprint(*entry);
    const std::optional<std::int64_t> expiry_ms = expiry.keeps_ ? before.expiry_ms : expiry.at_ms_;
    count_access(*entry);
    if (entry->assign_in_place(value, encoding, expiry_ms)) {
      settle(before, *entry);
      return *entry;
    }
    OwnedEntry fresh = Entry::create(key.bytes, value.size(), encoding, expiry_ms);
    std::ranges::copy(value, fresh->mutable_string().begin());
    fresh->set_access(entry->access());
    return relink(key.hash, before, std::move(fresh));
  }
  OwnedEntry fresh = Entry::create(key.bytes, value.size(), encoding, expiry.at_ms_);
  std::ranges::copy(value, fresh->mutable_string().begin());
  return link_new(key.hash, std::move(fresh));
}

std::span<char> Keyspace::resize_string(const Key& key, std::size_t size) {
  Entry* entry = lookup(key);
  if (entry == nullptr) {
    OwnedEntry fresh = Entry::create(key.bytes, size, StringEncoding::raw, std::nullopt);
    std::ranges::fill(fresh->mutable_string(), '\0');
    return link_new(key.hash, std::move(fresh)).mutable_string();
  }
  const Footprint before = footprint(*entry);
  count_access(*entry);
  entry->set_encoding(StringEncoding::raw);
  if (entry->resize_in_place(size)) {
    settle(before, *entry);
    return entry->mutable_string();
  }
  return relink(key.hash, before, Entry::create_from(*entry, key.bytes, size, before.expiry_ms)).mutable_string();
}

bool Keyspace::erase(const Key& key) {
  const Entry* entry = lookup(key);
  if (entry == nullptr) return false;
  dispose(unlink(key.hash, *entry));
  return true;
}

bool Keyspace::set_expiry(const Key& key, std::int64_t at_ms) {
  Entry* entry = lookup(key);
  if (entry == nullptr) return false;
  change_expiry(key.hash, *entry, at_ms);
  return true;
}

bool Keyspace::clear_expiry(const Key& key) {
  Entry* entry = lookup(key);
  if (entry == nullptr || !entry->has_expiry()) return false;
  change_expiry(key.hash, *entry, std::nullopt);
  return true;
}

void Keyspace::change_expiry(std::uint64_t hash, Entry& entry, std::optional<std::int64_t> expiry_ms) {
  const Footprint before = footprint(entry);
  if (entry.set_expiry_in_place(expiry_ms)) {
    settle(before, entry);
  } else {
    relink(hash, before, Entry::create_from(entry, entry.key(), expiry_ms));
  }
}

bool Keyspace::rename(const Key& from, const Key& to) {
  const Entry* source = lookup(from);
  if (source == nullptr) return false;
  if (from.bytes == to.bytes) return true;
  OwnedEntry old = unlink(from.hash, *source);
  OwnedEntry renamed = Entry::create_from(*old, to.bytes, old->expiry_ms());
  if (const Entry* target = lookup(to)) dispose(unlink(to.hash, *target));
  link(to.hash, std::move(renamed));
  return true;
}

bool Keyspace::copy(const Key& from, Keyspace& target, const Key& to) {
  const Entry* source = lookup(from);
  if (source == nullptr) return false;
  if (&target == this && from.bytes == to.bytes) return true;
  OwnedEntry fresh = Entry::clone(*source, to.bytes);
  if (const Entry* present = target.lookup(to)) {
    target.created(target.relink(to.hash, footprint(*present), std::move(fresh)));
  } else {
    target.link(to.hash, std::move(fresh));
  }
  return true;
}

bool Keyspace::move(const Key& key, Keyspace& target) {
  const Entry* entry = lookup(key);
  if (entry == nullptr || target.lookup(key) != nullptr) return false;
  target.link(key.hash, unlink(key.hash, *entry));
  return true;
}

void Keyspace::clear() {
  if (observer_ != nullptr) observer_->on_cleared(*this);
  const std::size_t count = size();
  if (count == 0) return;
  reaper_.discard(Contents{std::move(table_), std::move(expiries_)}, count);
  entry_bytes_ = 0;
  expiry_sum_ms_ = 0;
  change_count_ += count;
}

// --- Expiry

void Keyspace::meet_expired(std::uint64_t hash, const Entry& entry) {
  if (is_removing_expired_) expire(hash, entry);
}

void Keyspace::expire(std::uint64_t hash, const Entry& entry) {
  if (observer_ != nullptr) observer_->on_expired(*this, entry);
  ++expired_count_;
  dispose(unlink(hash, entry));
}

// For a key that is about to be linked: one of its name that has expired may have been left.
void Keyspace::make_room(const Key& key) {
  if (is_removing_expired_) [[likely]]
    return;
  if (const Entry* left = table_.find(key)) expire(key.hash, *left);
}

std::size_t Keyspace::reclaim_expired(std::size_t count_max) {
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
    for (std::size_t index = 0; index < count; ++index) expire(hashes[index], *due[index]);
    reclaimed += count;
  }
  return reclaimed;
}

std::int64_t Keyspace::average_ttl_ms() const {
  const std::size_t count = expiring_size();
  if (count == 0) return 0;
  const auto average_ms = static_cast<std::int64_t>(expiry_sum_ms_ / static_cast<WideSum>(count));
  return std::max<std::int64_t>(average_ms - clock_.now_ms(), 0);
}

// --- The narrow door

void Keyspace::enter(const Footprint& present) {
  entry_bytes_ += present.bytes;
  if (!present.expiry_ms) return;
  expiries_.insert(*present.entry);
  expiry_sum_ms_ += *present.expiry_ms;
}

void Keyspace::leave(const Footprint& gone) {
  entry_bytes_ -= gone.bytes;
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
  make_room({entry->key(), hash});
  Entry& linked = table_.insert(hash, std::move(entry));
  enter(footprint(linked));
  created(linked);
  changed(linked);
  return linked;
}

// A key whose entry is replaced by another one. `before` was taken before the old entry gave up anything.
Entry& Keyspace::relink(std::uint64_t hash, const Footprint& before, OwnedEntry fresh) {
  Entry& linked = *fresh;
  OwnedEntry old = table_.replace(hash, *before.entry, std::move(fresh));
  settle(before, linked);
  dispose(std::move(old));
  return linked;
}

// A key whose entry was `before` and is now `after`, in place or not.
void Keyspace::settle(const Footprint& before, const Entry& after) {
  const Footprint now = footprint(after);
  if (before.entry == now.entry && before.expiry_ms == now.expiry_ms) {
    entry_bytes_ = entry_bytes_ + now.bytes - before.bytes;
  } else {
    leave(before);
    enter(now);
  }
  changed(after);
}

// A key that goes. `before` was taken before its entry was changed in any way.
OwnedEntry Keyspace::unlink(std::uint64_t hash, const Footprint& before) {
  leave(before);
  OwnedEntry taken = table_.erase(hash, *before.entry);
  changed(*taken);
  return taken;
}

void Keyspace::created(const Entry& entry) {
  if (is_reporting_creations_) [[unlikely]]
    observer_->on_created(*this, entry);
}

void Keyspace::dispose(OwnedEntry entry) {
  if (entry->memory_bytes() >= reaped_bytes_min) reaper_.discard(std::move(entry));
}

}  // namespace sluice::store
