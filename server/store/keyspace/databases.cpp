#include "server/store/keyspace/databases.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace sluice::store {

Databases::Databases(std::size_t count, base::KeyHasher hasher, const base::Clock& clock, Reaper& reaper) {
  keyspaces_.reserve(count);
  while (keyspaces_.size() < count) keyspaces_.push_back(std::make_unique<Keyspace>(hasher, clock, reaper));
}

void Databases::set_observer(KeyspaceObserver* observer) {
  observer_ = observer;
  for (const auto& keyspace : keyspaces_) keyspace->set_observer(observer);
}

void Databases::set_change_reporting(bool is_on) {
  for (const auto& keyspace : keyspaces_) keyspace->set_change_reporting(is_on);
}

void Databases::set_creation_reporting(bool is_on) {
  for (const auto& keyspace : keyspaces_) keyspace->set_creation_reporting(is_on);
}

void Databases::set_removing_expired(bool is_on) {
  for (const auto& keyspace : keyspaces_) keyspace->set_removing_expired(is_on);
}

void Databases::swap(std::size_t a, std::size_t b) {
  if (a == b) return;
  keyspaces_[a].swap(keyspaces_[b]);
  if (observer_ != nullptr) observer_->on_swapped(a, b);
}

void Databases::set_access_settings(const AccessSettings& settings) {
  for (const auto& keyspace : keyspaces_) keyspace->set_access_settings(settings);
}

void Databases::switch_access_counting(bool is_on) {
  is_counting_accesses_ = is_on;
  for (const auto& keyspace : keyspaces_) keyspace->set_access_counting(is_on);
}

std::size_t Databases::index_of(const Keyspace& keyspace) const {
  const auto found = std::ranges::find(keyspaces_, &keyspace, &std::unique_ptr<Keyspace>::get);
  return static_cast<std::size_t>(found - keyspaces_.begin());
}

void Databases::clear_all() {
  for (const auto& keyspace : keyspaces_) keyspace->clear();
}

std::size_t Databases::reclaim_expired(std::size_t count_max) {
  const std::size_t share = std::max<std::size_t>(count_max / keyspaces_.size(), 1);
  std::size_t reclaimed = 0;
  std::size_t without_any = 0;
  // Round after round, until all have run dry in a row; the next call starts where this one stopped.
  while (reclaimed < count_max && without_any < keyspaces_.size()) {
    const std::size_t count = keyspaces_[next_to_reclaim_]->reclaim_expired(std::min(share, count_max - reclaimed));
    without_any = count == 0 ? without_any + 1 : 0;
    reclaimed += count;
    next_to_reclaim_ = (next_to_reclaim_ + 1) % keyspaces_.size();
  }
  return reclaimed;
}

std::optional<std::int64_t> Databases::next_expiry_ms() {
  std::optional<std::int64_t> first_ms;
  for (const auto& keyspace : keyspaces_) {
    const std::optional<std::int64_t> expiry_ms = keyspace->next_expiry_ms();
    if (expiry_ms && (!first_ms || *expiry_ms < *first_ms)) first_ms = expiry_ms;
  }
  return first_ms;
}

std::size_t Databases::size() const {
  return std::transform_reduce(keyspaces_.begin(), keyspaces_.end(), std::size_t{0}, std::plus{},
                               [](const auto& keyspace) { return keyspace->size(); });
}

std::size_t Databases::memory_bytes() const {
  return std::transform_reduce(keyspaces_.begin(), keyspaces_.end(), std::size_t{0}, std::plus{},
                               [](const auto& keyspace) { return keyspace->memory_bytes(); });
}

std::uint64_t Databases::change_count() const {
  std::uint64_t count = 0;
  for (const auto& keyspace : keyspaces_) count += keyspace->change_count() - keyspace->expired_count();
  return count;
}

std::uint64_t Databases::expired_count() const {
  return std::transform_reduce(keyspaces_.begin(), keyspaces_.end(), std::uint64_t{0}, std::plus{},
                               [](const auto& keyspace) { return keyspace->expired_count(); });
}

}  // namespace sluice::store
