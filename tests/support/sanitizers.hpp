#pragma once

namespace sluice::tests {

// Whether this is a sanitizer build, where everything takes several times as long and as much memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif

}  // namespace sluice::tests
