#pragma once

#include <cstdint>
#include <optional>
#include <span>
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

  overwritten,   // o: a value that was replaced as a whole; not in A
  type_changed,  // c: the same by one of another type; not in A
};
using EventClasses = base::EnumSet<EventClass>;

// The kinds of channels that tell of events; each has its letter, too. The first two tell of keys, the others of
// elements: fields of hashes, members of sets. An item is "<size>:<bytes>", items are separated by commas.
enum class EventChannel : std::uint8_t {
  key,            // K: __keyspace@<db>__:<key>                        the event
  event,          // E: __keyevent@<db>__:<event>                      the key
  elements,       // S: __subkeyspace@<db>__:<key>                     <event>|<items of the elements>
  element_event,  // T: __subkeyevent@<db>__:<event>                   <item of the key>|<items of the elements>
  element,        // I: __subkeyspaceitem@<db>__:<key>\n<element>      the event
  key_event,      // V: __subkeyspaceevent@<db>__:<event>|<key>        <items of the elements>
};
using EventChannels = base::EnumSet<EventChannel>;
inline constexpr EventChannels elements_named = EventChannels(EventChannel::elements) | EventChannel::element_event |
                                                EventChannel::element | EventChannel::key_event;

// The value of notify-keyspace-events: what is told, and through which channels.
struct EventSelection {
  EventClasses classes;
  EventChannels channels;

  // False also when no kind of channel is chosen.
  constexpr bool has(EventClass event_class) const { return !channels.empty() && classes.has(event_class); }
  // Whether events of the class are told together with the elements that they are about.
  constexpr bool names_elements(EventClass event_class) const {
    return has(event_class) && channels.has_any(elements_named);
  }
  constexpr bool has_replacing() const { return has(EventClass::overwritten) || has(EventClass::type_changed); }
};

// Nothing if a letter has no meaning.
std::optional<EventSelection> parse_event_selection(std::string_view letters);
// In the order in which Redis prints them, with A for all that A stands for.
std::string format_event_selection(const EventSelection& selection);

// Where keyspace notifications go to. The manager's.
class KeyspaceEvents {
 public:
  // `elements` are those of the value that the event is about, where there are such.
  virtual void on_event(int database, EventClass event_class, std::string_view event, std::string_view key,
                        std::span<const std::string_view> elements) = 0;
  void on_event(int database, EventClass event_class, std::string_view event, std::string_view key) {
    on_event(database, event_class, event, key, {});
  }

 protected:
  ~KeyspaceEvents() = default;
};

}  // namespace sluice::dispatch
