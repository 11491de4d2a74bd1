#include "server/dispatch/state/keyspace_events.hpp"

#include <algorithm>
#include <array>

namespace sluice::dispatch {

namespace {

struct Letter {
  char letter;
  EventClass event_class;
};

// In the order in which CONFIG GET prints them; A stands for all but the last ones.
constexpr std::array<Letter, 13> letters_of_classes{{{'g', EventClass::generic},
                                                     {'$', EventClass::string},
                                                     {'l', EventClass::list},
                                                     {'s', EventClass::set},
                                                     {'h', EventClass::hash},
                                                     {'z', EventClass::sorted_set},
                                                     {'x', EventClass::expired},
                                                     {'e', EventClass::evicted},
                                                     {'t', EventClass::stream},
                                                     {'d', EventClass::module},
                                                     {'n', EventClass::created},
                                                     {'o', EventClass::overwritten},
                                                     {'c', EventClass::type_changed}}};
constexpr std::size_t letters_in_all = 10;

struct ChannelLetter {
  char letter;
  EventChannel channel;
};

// In that order, too; m stands behind the first two.
constexpr std::array<ChannelLetter, 6> letters_of_channels{{{'K', EventChannel::key},
                                                            {'E', EventChannel::event},
                                                            {'S', EventChannel::elements},
                                                            {'T', EventChannel::element_event},
                                                            {'I', EventChannel::element},
                                                            {'V', EventChannel::key_event}}};
constexpr std::size_t letters_of_keys = 2;

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
    const auto* const channel = std::ranges::find(letters_of_channels, letter, &ChannelLetter::letter);
    if (found != letters_of_classes.end()) {
      selection.classes |= found->event_class;
    } else if (letter == 'A') {
      selection.classes |= all_classes();
    } else if (letter == 'm') {
      selection.classes |= EventClass::missed;
    } else if (channel != letters_of_channels.end()) {
      selection.channels |= channel->channel;
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
  const auto print_channels = [&](std::size_t first, std::size_t last) {
    for (std::size_t index = first; index < last; ++index) {
      if (selection.channels.has(letters_of_channels[index].channel)) letters += letters_of_channels[index].letter;
    }
  };
  print_channels(0, letters_of_keys);
  if (selection.classes.has(EventClass::missed)) letters += 'm';
  print_channels(letters_of_keys, letters_of_channels.size());
  return letters;
}

}  // namespace sluice::dispatch
