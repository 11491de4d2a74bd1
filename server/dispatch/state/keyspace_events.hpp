#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/enum_set.hpp"

namespace sluice::dispatch {

// What a keyspace notification tells of; each has its letter in the setting notify-keyspace-events.
enum class EventClass : std::uint8_t {
  generic,     // g: DEL, EXPIRE, RENAME …
  string,      // $
  list,        // l
  set,         // s
  hash,        // h
  sorted_set,  // z
  expired,     // x
  evicted,     // e
  stream,      // t
  module,      // d
  missed,      // m: a key that was asked for and did not exist; not in A
  created,     // n: a key that came into being; not in A
};
using EventClasses = base::EnumSet<EventClass>;

// The value of notify-keyspace-events: what is told, and through which of the two kinds of channels.
struct EventSelection {
  EventClasses classes;
  bool by_key = false;    // K: __keyspace@<db>__:<key>, the message being the event
  bool by_event = false;  // E: __keyevent@<db>__:<event>, the message being the key

  // False also when no kind of channel is chosen.
  constexpr bool has(EventClass event_class) const { return (by_key || by_event) && classes.has(event_class); }
};

// Nothing if a letter has no meaning.
std::optional<EventSelection> parse_event_selection(std::string_view letters);
// In the order in which Redis prints them, with A for all that A stands for.
std::string format_event_selection(const EventSelection& selection);

// Where keyspace notifications go to. The manager's.
class KeyspaceEvents {
 public:
  virtual void on_event(int database, EventClass event_class, std::string_view event, std::string_view key) = 0;

 protected:
  ~KeyspaceEvents() = default;
};

}  // namespace sluice::dispatch
