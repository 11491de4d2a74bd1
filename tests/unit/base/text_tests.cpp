#include "server/base/text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;

TEST_CASE("texts are equal if all their bytes are, whatever their length") {
  for (std::size_t size = 0; size <= 40; ++size) {
    const std::string text(size, 'x');
    CHECK(base::equal(text, std::string(size, 'x')));
    CHECK_FALSE(base::equal(text, text + "x"));
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = text;
      other[at] = 'y';
      CHECK_FALSE(base::equal(text, other));
    }
  }
}
