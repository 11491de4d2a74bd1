#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/dispatch/clients/session.hpp"

namespace sluice::tracking {

// Connections that want to be told of every change to a key that begins with a certain prefix, and the keys that have
// changed since they were told last.
class Broadcasts {
 public:
  using Keys = std::vector<std::string_view>;

  void add(std::string_view prefix, dispatch::Session& session);
  void remove(std::string_view prefix, const dispatch::Session& session);

  // `changer`: the id of the connection whose command changes the key; 0 if none does. Linear in the prefixes.
  void note_change(std::string_view key, std::uint64_t changer) noexcept;

  bool has_changes() const { return has_changes_; }
  // Hands over what has changed, a call for each prefix and connection that there is something to tell, and forgets it.
  // No keys: any of them may have changed. A connection that nothing can be told for want of memory ends.
  // The keys are in ascending order. A connection that skips its own changes is told of the others only.
  void tell(const std::function<void(dispatch::Session&, const Keys&)>& receive);

  std::size_t prefix_count() const { return audiences_.size(); }

 private:
  struct Audience {
    std::vector<dispatch::Session*> sessions;  // in the order in which they came
    // The changed keys, each with the id of the only connection that changed it; 0 if there is none or are several.
    std::map<std::string, std::uint64_t, std::less<>> changes;
    bool has_lost_changes = false;  // some could not be noted for want of memory
  };

  static void note_change(Audience& audience, std::string_view key, std::uint64_t changer);
  static Keys keys_for(const dispatch::Session& session, const Audience& audience);

  std::map<std::string, Audience, std::less<>> audiences_;  // by prefix
  bool has_changes_ = false;
};

}  // namespace sluice::tracking
