#include "tests/random/patterns.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <vector>

namespace sluice::tests::random {

namespace {

std::size_t below(Randomness& randomness, std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(randomness);
}

bool happens(Randomness& randomness, std::size_t once_in) {
  return below(randomness, once_in) == 0;
}

template <std::size_t count>
std::string one_of(Randomness& randomness, const std::array<std::string_view, count>& texts) {
  return std::string(texts[below(randomness, count)]);
}

std::string make_integer(Randomness& randomness) {
  constexpr std::array<std::string_view, 14> edges{"0",
                                                   "-1",
                                                   "1",
                                                   "2147483647",
                                                   "2147483648",
                                                   "-2147483649",
                                                   "4294967296",
                                                   "9223372036854775807",
                                                   "-9223372036854775808",
                                                   "9223372036854775808",
                                                   "01",
                                                   "+1",
                                                   "1.0",
                                                   ""};
  if (happens(randomness, 4)) return one_of(randomness, edges);
  return std::to_string(std::uniform_int_distribution<int>(-20, 20)(randomness));
}

std::string make_number(Randomness& randomness) {
  return std::to_string(std::uniform_int_distribution<int>(-2, 8)(randomness));
}

std::string make_float(Randomness& randomness) {
  constexpr std::array<std::string_view, 16> edges{"0",     "-0",    "1.5",  "3.0e2", "-1e-5", "inf", "-inf",   "nan",
                                                   "1e400", "0x1p3", " 1.5", "1.5 ",  "abc",   "",    "5e-324", "0.1"};
  if (happens(randomness, 2)) return one_of(randomness, edges);
  return std::to_string(std::uniform_int_distribution<int>(-400, 400)(randomness)) + "." +
         std::to_string(below(randomness, 1000));
}

// Of those that redis-server 7.0 prints as 7.2 does.
std::string make_score(Randomness& randomness) {
  constexpr std::array<std::string_view, 9> edges{"0", "inf", "-inf", "1.5", "3.0e2", "-0.25", "abc", "", "nan"};
  if (happens(randomness, 4)) return one_of(randomness, edges);
  return std::to_string(std::uniform_int_distribution<int>(-4, 4)(randomness));
}

// Far enough from the 180th meridian and from the edges of the map, where redis-server misses some.
std::string make_degrees(Randomness& randomness, int end) {
  constexpr std::array<std::string_view, 5> edges{"0", "200", "-1e2", "abc", "1.5"};
  if (happens(randomness, 20)) return one_of(randomness, edges);
  return std::to_string(std::uniform_int_distribution<int>(-end, end)(randomness)) + "." +
         std::to_string(below(randomness, 1'000'000));
}

std::string make_distance(Randomness& randomness) {
  constexpr std::array<std::string_view, 6> edges{"0", "-1", "1e7", "abc", "inf", "0.5"};
  if (happens(randomness, 10)) return one_of(randomness, edges);
  return std::to_string(below(randomness, 3000));
}

std::string make_lex_bound(Randomness& randomness) {
  constexpr std::array<std::string_view, 8> bounds{"-", "+", "[a", "(a", "[c", "(c", "[", "a"};
  return one_of(randomness, bounds);
}

std::string make_member(Randomness& randomness) {
  constexpr std::array<std::string_view, 5> texts{"", "abc", "-0", "007", "9223372036854775807"};
  if (happens(randomness, 6)) return one_of(randomness, texts);
  if (happens(randomness, 2)) return std::to_string(below(randomness, 12));
  return std::string(1, static_cast<char>('a' + below(randomness, 6)));
}

std::string make_value(Randomness& randomness) {
  switch (below(randomness, 6)) {
    case 0:
      return make_integer(randomness);
    case 1:
      return make_float(randomness);
    case 2:
      return std::string(below(randomness, 100), 'x');
    case 3: {
      std::string bytes(below(randomness, 12), '\0');
      for (char& byte : bytes) byte = static_cast<char>(below(randomness, 256));
      return bytes;
    }
    default:
      return make_member(randomness);
  }
}

std::string make_word(const std::string& word, Randomness& randomness) {
  constexpr std::array<std::string_view, 6> keys{"a", "b", "c", "d", "e", ""};
  constexpr std::array<std::string_view, 7> globs{"*", "a*", "?", "[a-c]", "*[^b]*", "", "\\a"};
  if (word == "KEY") return one_of(randomness, keys);
  if (word == "VALUE") return make_value(randomness);
  if (word == "MEMBER") return make_member(randomness);
  if (word == "INT") return make_integer(randomness);
  if (word == "NUMBER" || word == "INDEX") {
    return happens(randomness, 8) ? make_integer(randomness) : make_number(randomness);
  }
  if (word == "FLOAT") return make_float(randomness);
  if (word == "SCORE") return make_score(randomness);
  if (word == "BOUND") return (happens(randomness, 4) ? "(" : "") + make_score(randomness);
  if (word == "LONGITUDE") return make_degrees(randomness, 130);
  if (word == "LATITUDE") return make_degrees(randomness, 50);
  if (word == "DISTANCE") return make_distance(randomness);
  if (word == "LEXBOUND") return make_lex_bound(randomness);
  if (word == "GLOB") return one_of(randomness, globs);
  if (word == "TIME") return std::to_string(33'177'117'420 + static_cast<std::int64_t>(below(randomness, 100)));
  return word;
}

// Reads a pattern and writes the words of a request.
class Expansion {
 public:
  Expansion(std::string_view pattern, Randomness& randomness) : rest_(pattern), randomness_(randomness) {}

  Request run() {
    Request request;
    expand_to('\0', request);
    return request;
  }

 private:
  // Up to the closing `end`.
  void expand_to(char end, Request& request) {
    while (!rest_.empty() && rest_.front() != end) {
      const char first = rest_.front();
      if (first == ' ') {
        rest_.remove_prefix(1);
      } else if (first == '[') {
        expand_group(']', happens(randomness_, 3) ? 1 : 0, request);
      } else if (first == '(') {
        expand_group(')', 1 + below(randomness_, 4), request);
      } else {
        expand_word(request);
      }
    }
  }

  void expand_group(char end, std::size_t times, Request& request) {
    rest_.remove_prefix(1);
    const std::string_view inside = rest_;
    Request ignored;
    expand_to(end, ignored);
    const std::string_view behind = rest_.substr(1);
    for (; times > 0; --times) {
      rest_ = inside;
      expand_to(end, request);
    }
    rest_ = behind;
  }

  void expand_word(Request& request) {
    const std::size_t size = std::min(rest_.find_first_of(" [](){}"), rest_.size());
    std::vector<std::string> choices(1);
    for (const char byte : rest_.substr(0, size)) {
      if (byte == '|') {
        choices.emplace_back();
      } else {
        choices.back() += byte;
      }
    }
    rest_.remove_prefix(size);
    request.push_back(make_word(choices[below(randomness_, choices.size())], randomness_));
  }

  std::string_view rest_;
  Randomness& randomness_;
};

// Now and then a request that is not quite right.
void damage(Request& request, Randomness& randomness) {
  const std::size_t place = below(randomness, request.size());
  switch (below(randomness, 4)) {
    case 0:
      if (request.size() > 1) request.erase(request.begin() + static_cast<std::ptrdiff_t>(place));
      break;
    case 1:
      request.insert(request.begin() + static_cast<std::ptrdiff_t>(place) + 1, request[place]);
      break;
    case 2:
      if (place > 0) request[place] = make_value(randomness);
      break;
    default:
      for (char& byte : request[place]) byte = happens(randomness, 2) ? static_cast<char>(std::tolower(byte)) : byte;
  }
}

}  // namespace

Request make_request(const Family& family, Randomness& randomness) {
  constexpr std::size_t damaged_once_in = 12;
  Request request = Expansion(family.patterns[below(randomness, family.patterns.size())], randomness).run();
  if (happens(randomness, damaged_once_in)) damage(request, randomness);
  return request;
}

}  // namespace sluice::tests::random
