#include "server/dispatch/clients/change_feed.hpp"

#include <array>
#include <new>
#include <vector>

namespace sluice::dispatch {

ChangeFeed::ChangeFeed(store::Databases& databases, KeyspaceEvents& events, Effects& effects, const Settings& settings)
    : databases_(databases), events_(events), effects_(effects), settings_(settings) {
  databases_.set_observer(this);
}

ChangeFeed::~ChangeFeed() {
  databases_.set_observer(nullptr);
}

void ChangeFeed::begin_interest() {
  if (interest_count_++ == 0) databases_.set_change_reporting(true);
}

void ChangeFeed::end_interest() {
  if (--interest_count_ == 0) databases_.set_change_reporting(false);
}

void ChangeFeed::on_expired(const store::Keyspace& keyspace, const store::Entry& entry) {
  const int database = keyspace.number();
  if (effects_.wanted()) {
    const std::array<std::string_view, 2> removal{settings_.lazyfree_lazy_expire ? "UNLINK" : "DEL", entry.key()};
    // Within a command the removal belongs to the command's unit.
    effects_.begin_unit();
    effects_.record(database, removal);
    effects_.end_unit();
  }
  events_.on_event(database, EventClass::expired, "expired", entry.key());
}

void ChangeFeed::on_elements_expired(const store::Keyspace& keyspace, store::Type type, std::string_view key,
                                     std::span<const std::string> elements, bool is_key_gone) {
  const int database = keyspace.number();
  const bool is_hash = type == store::Type::hash;
  effects_.begin_unit();
  try {
    const std::vector<std::string_view> names(elements.begin(), elements.end());
    if (effects_.wanted()) record_removal(database, is_hash ? "HDEL" : "SREM", key, names);
    events_.on_event(database, is_hash ? EventClass::hash : EventClass::set, is_hash ? "hexpired" : "sexpired", key,
                     names);
  } catch (const std::bad_alloc&) {
    effects_.lose();
  }
  effects_.end_unit();
  if (is_key_gone) events_.on_event(database, EventClass::generic, "del", key);
}

void ChangeFeed::record_removal(int database, std::string_view command, std::string_view key,
                                std::span<const std::string_view> elements) {
  std::vector<std::string_view> removal{command, key};
  removal.insert(removal.end(), elements.begin(), elements.end());
  effects_.record(database, removal);
}

void ChangeFeed::on_created(const store::Keyspace& keyspace, const store::Entry& entry) {
  events_.on_event(keyspace.number(), EventClass::created, "new", entry.key());
}

void ChangeFeed::on_changed(const store::Keyspace& keyspace, const store::Entry& entry) {
  const int database = keyspace.number();
  for (ChangeListener* listener : listeners_) listener->on_key_changed(database, entry.key());
}

void ChangeFeed::on_cleared(const store::Keyspace& keyspace) {
  const int database = keyspace.number();
  for (ChangeListener* listener : listeners_) listener->on_database_cleared(database);
}

void ChangeFeed::on_swapped(std::size_t first, std::size_t second) {
  for (ChangeListener* listener : listeners_) {
    listener->on_databases_swapped(static_cast<int>(first), static_cast<int>(second));
  }
}

}  // namespace sluice::dispatch
