#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include "tests/support/request.hpp"

namespace sluice::tests::random {

// The patterns of a family's requests:
//
//   SET KEY VALUE [NX|XX] [EXAT INT]      capitals in the list below are made up, other words stand as they are
//   A|B                                   one of the words
//   [A B]                                 both or nothing
//   (A B...)                              one to four times
//
//   KEY one of a few keys      VALUE text of any kind      NUMBER a small integer, often near 0
//   INT an integer of any size FLOAT a real number         INDEX a position in a small sequence
//   MEMBER one of a few texts, among them integers         TIME a time far in the future, in seconds
//   GLOB a pattern    SCORE a score   BOUND a bound of scores   LEXBOUND a bound of bytes
//   LONGITUDE and LATITUDE of a point in the middle of the map, in degrees      DISTANCE a length
struct Family {
  std::string_view name;
  std::span<const std::string_view> patterns;
};

// All that can be asked for by name.
std::span<const Family> all_families();

extern const Family strings_family;
extern const Family lists_family;
extern const Family keys_family;
extern const Family transactions_family;

using Randomness = std::mt19937_64;

// A request of the family, mostly well-formed.
Request make_request(const Family& family, Randomness& randomness);

}  // namespace sluice::tests::random
