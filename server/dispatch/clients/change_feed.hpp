#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/dispatch/state/effects.hpp"
#include "server/dispatch/state/keyspace_events.hpp"
#include "server/dispatch/state/settings.hpp"
#include "server/store/keyspace/databases.hpp"

namespace sluice::dispatch {

// Listens for changes of keys. Databases are named by their numbers.
class ChangeListener {
 public:
  // The key was created, changed, given another expiry or removed; perhaps several times since the last call.
  virtual void on_key_changed(int database, std::string_view key) = 0;
  // All keys of the database are about to be removed at once, without a call for each.
  virtual void on_database_cleared(int /*database*/) {}
  // The two have changed their numbers.
  virtual void on_databases_swapped(int /*first*/, int /*second*/) {}

 protected:
  ~ChangeListener() = default;
};

// Spreads what happens in the keyspaces to those who asked for it. Changes are reported only while somebody is
// interested, so that they cost nothing otherwise. The manager's.
class ChangeFeed final : public store::KeyspaceObserver {
 public:
  // Becomes the observer of `databases`. `events` is told of keys that come into being, if
  // that is reported, and of those whose time has come; the removal of the latter is an effect. All must outlive the
  // feed.
  ChangeFeed(store::Databases& databases, KeyspaceEvents& events, Effects& effects, const Settings& settings);
  ~ChangeFeed() override;
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  // The listener must outlive the feed or the last change.
  void add(ChangeListener& listener) { listeners_.push_back(&listener); }
  // From 0 to 1 and back the reporting is switched: to be called by a listener when it begins and ends to need it.
  void begin_interest();
  void end_interest();

 private:
  void on_expired(const store::Keyspace& keyspace, const store::Entry& entry) override;
  void on_elements_expired(const store::Keyspace& keyspace, store::Type type, std::string_view key,
                           std::span<const std::string> elements, bool is_key_gone) override;
  void on_created(const store::Keyspace& keyspace, const store::Entry& entry) override;
  void on_changed(const store::Keyspace& keyspace, const store::Entry& entry) override;
  void on_cleared(const store::Keyspace& keyspace) override;
  void on_swapped(std::size_t first, std::size_t second) override;

  void record_removal(int database, std::string_view command, std::string_view key,
                      std::span<const std::string_view> elements);

  store::Databases& databases_;
  KeyspaceEvents& events_;
  Effects& effects_;
  const Settings& settings_;
  std::vector<ChangeListener*> listeners_;
  std::size_t interest_count_ = 0;
};

}  // namespace sluice::dispatch
