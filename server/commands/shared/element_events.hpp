#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "server/commands/shared/key_lookup.hpp"
#include "server/dispatch/call/contexts.hpp"

namespace sluice::commands {

// Tells of an event that concerns every `step`-th of `words` in the value of `key`.
inline void notify_elements(const dispatch::DataContext& ctx, dispatch::EventClass event_class, std::string_view event,
                            const store::Key& key, dispatch::Words words, std::size_t step = 1) {
  if (!ctx.settings.notify_keyspace_events.has(event_class)) [[likely]]
    return;
  if (step == 1) return ctx.notify(event_class, event, key, words);
  ctx.notify(event_class, event, key, every(step, words));
}

// The elements that a change has concerned, for the event that will tell of it. They are kept while events of the class
// are to name them, and only counted otherwise.
class ChangedElements {
 public:
  // Finds the memory for `count_max` elements.
  ChangedElements(const dispatch::DataContext& ctx, dispatch::EventClass event_class, std::size_t count_max)
      : ctx_(ctx),
        event_class_(event_class),
        is_kept_(ctx.settings.notify_keyspace_events.names_elements(event_class)) {
    if (is_kept_) [[unlikely]]
      elements_.reserve(count_max);
  }

  // The bytes must stay valid until the event.
  void note(std::string_view element) {
    ++count_;
    if (is_kept_) [[unlikely]]
      elements_.push_back(element);
  }
  std::size_t count() const { return count_; }
  // Sends the event, unless no element was concerned.
  void notify(std::string_view event, const store::Key& key) const {
    if (count_ > 0) ctx_.notify(event_class_, event, key, elements_);
  }

 private:
  const dispatch::DataContext& ctx_;
  dispatch::EventClass event_class_;
  bool is_kept_;
  std::size_t count_ = 0;
  std::vector<std::string_view> elements_;
};

}  // namespace sluice::commands
