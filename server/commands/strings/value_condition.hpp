#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/dispatch/requests/arg_reader.hpp"
#include "server/store/keyspace/keyspace.hpp"

// What a command wants of the value that a key has before it is replaced or deleted.
namespace sluice::commands::strings {

// The digest of a string: XXH3 with 64 bits, as 16 hexadecimal digits.
std::string digest_of(std::string_view bytes);

// IFEQ value | IFNE value | IFDEQ digest | IFDNE digest
class ValueCondition {
 public:
  ValueCondition() = default;

  // Takes the condition with its operand if it is next. A second one of the same word replaces the first; throws a
  // syntax error for one of another word.
  bool take(dispatch::ArgReader& reader);
  // The condition that these two words are; none if the first is no such word.
  static ValueCondition of(std::string_view word, std::string_view operand);

  bool is_given() const { return kind_ != Kind::none; }
  // Whether a key that is absent meets it.
  bool is_met_by_absence() const { return kind_ == Kind::differs || kind_ == Kind::digest_differs; }
  // Throws the error of Redis for a digest that has not 16 digits.
  bool is_met_by(std::string_view value) const;

 private:
  enum class Kind : std::uint8_t { none, equals, differs, digest_equals, digest_differs };

  static Kind kind_of(std::string_view word);

  Kind kind_ = Kind::none;
  std::string_view operand_;
};

}  // namespace sluice::commands::strings
