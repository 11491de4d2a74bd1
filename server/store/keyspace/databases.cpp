#include "server/store/keyspace/databases.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

namespace sluice::store {

Databases::Databases(std::size_t count, base::KeyHasher hasher, const base::Clock& clock, Reaper& reaper) {
  keyspaces_.reserve(count);
  for (int number = 0; keyspaces_.size() < count; ++number) {
    keyspaces_.push_back(std::make_unique<Keyspace>(hasher, clock, reaper, ledger_, number));
  }
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

void Databases::switch_expired(Expired expired) {
  expired_ = expired;
  for (const auto& keyspace : keyspaces_) keyspace->set_expired(expired);
}

void Databases::swap(std::size_t a, std::size_t b) {
  if (a == b) return;
  keyspaces_[a].swap(keyspaces_[b]);
  keyspaces_[a]->set_number(static_cast<int>(a));
  keyspaces_[b]->set_number(static_cast<int>(b));
  if (observer_ != nullptr) observer_->on_swapped(a, b);
}

void Databases::set_access_settings(const AccessSettings& settings) {
  for (const auto& keyspace : keyspaces_) keyspace->set_access_settings(settings);
}

void Databases::switch_access_counting(bool is_on) {
  is_counting_accesses_ = is_on;
  for (const auto& keyspace : keyspaces_) keyspace->set_access_counting(is_on);
}

void Databases::clear_all() {
  std::vector<std::unique_ptr<Keyspace::Table>> empty;
  for (const auto& keyspace : keyspaces_) empty.push_back(keyspace->empty_table());
  for (std::size_t number = 0; number < keyspaces_.size(); ++number)
    keyspaces_[number]->clear(std::move(empty[number]));
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

std::optional<std::string> Databases::check_books() const {
  Ledger sum;
  for (const auto& keyspace : keyspaces_) {
    if (auto complaint = keyspace->check_books()) return complaint;
    sum.entry_bytes += keyspace->memory_bytes();
    sum.changes += keyspace->change_count();
    sum.expirations += keyspace->expired_count();
  }
  const bool is_right = sum.entry_bytes == ledger_.memory_bytes() && sum.changes == ledger_.changes &&
                        sum.expirations == ledger_.expirations;
  if (!is_right) return "the ledger is not the sum of the databases";
  return std::nullopt;
}

}  // namespace sluice::store
