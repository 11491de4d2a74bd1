#pragma once

#include <vector>

#include "server/config/directive.hpp"

namespace sluice::config {

// All directives that the server knows. Directives of Redis without an effect here are not among them, except for a few
// that many clients ask for: those take the one value that is true.
std::vector<Directive> all_directives();

// Whether settings that are fine each by itself are so together.
Complaint check_together(const dispatch::Settings& settings);

}  // namespace sluice::config
