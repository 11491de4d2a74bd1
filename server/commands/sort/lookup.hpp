#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/dispatch/call/contexts.hpp"

namespace sluice::commands::sort {

// The value that BY or GET means for `element`: `pattern` is the name of a key in which the element takes the place of
// the first '*', and "->field" behind it names a field of a hash; "#" is the element itself. Nothing if there is no
// '*', no such key or field, or a value of another type.
std::optional<std::string> look_up(dispatch::DataContext& ctx, std::string_view pattern, std::string_view element);

}  // namespace sluice::commands::sort
