#pragma once

#include <array>
#include <string_view>

namespace sluice::commands {

// The text of a number as INCRBYFLOAT and HINCRBYFLOAT store it: as many as 17 digits behind the point, no exponent.
class FloatText {
 public:
  // `value` must be finite. The text lies in this object.
  std::string_view write(long double value);

 private:
  // Room for the largest long double: a sign, 4933 digits, and 17 more behind the point.
  std::array<char, 4960> digits_;
};

}  // namespace sluice::commands
