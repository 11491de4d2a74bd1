#include "server/dispatch/state/keyspace_events.hpp"

#include <algorithm>
#include <array>

namespace sluice::dispatch {

namespace {

struct Letter {
  char letter;
  EventClass event_class;
};

// In the order in which CONFIG GET prints them; A stands for all but the last.
constexpr std::array<Letter, 11> letters_of_classes{{{'g', EventClass::generic},
                                                     {'$', EventClass::string},
                                                     {'l', EventClass::list},
                                                     {'s', EventClass::set},
                                                     {'h', EventClass::hash},
                                                     {'z', EventClass::sorted_set},
                                                     {'x', EventClass::expired},
                                                     {'e', EventClass::evicted},
                                                     {'t', EventClass::stream},
                                                     {'d', EventClass::module},
                                                     {'n', EventClass::created}}};
constexpr std::size_t letters_in_all = 10;

constexpr EventClasses all_classes() {
  EventClasses classes;
  for (std::size_t index = 0; index < letters_in_all; ++index) classes |= letters_of_classes[index].event_class;
  return classes;
}

}  // namespace

std::optional<EventSelection> parse_event_selection(std::string_view letters) {
  EventSelection selection;
  for (const char letter : letters) {
    const auto* const found = std::ranges::find(letters_of_classes, letter, &Letter::letter);
    if (found != letters_of_classes.end()) {
      selection.classes |= found->event_class;
    } else if (letter == 'A') {
      selection.classes |= all_classes();
    } else if (letter == 'm') {
      selection.classes |= EventClass::missed;
    } else if (letter == 'K') {
      selection.by_key = true;
    } else if (letter == 'E') {
      selection.by_event = true;
    } else {
      return std::nullopt;
    }
  }
  return selection;
}

std::string format_event_selection(const EventSelection& selection) {
  const bool has_all = (selection.classes | all_classes()) == selection.classes;
  std::string letters = has_all ? "A" : "";
  for (std::size_t index = has_all ? letters_in_all : 0; index < letters_of_classes.size(); ++index) {
    if (selection.classes.has(letters_of_classes[index].event_class)) letters += letters_of_classes[index].letter;
  }
  if (selection.by_key) letters += 'K';
  if (selection.by_event) letters += 'E';
  if (selection.classes.has(EventClass::missed)) letters += 'm';
  return letters;
}

}  // namespace sluice::dispatch
