#pragma once

#include <string_view>

namespace sluice::base {

// The version of Redis whose behaviour clients may rely on, as HELLO, INFO and LOLWUT report it.
inline constexpr std::string_view redis_version = "7.4.0";

// The project's own version, "MAJOR.MINOR.PATCH"; CMake knows it.
std::string_view sluice_version();

}  // namespace sluice::base
