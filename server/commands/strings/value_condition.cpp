#include "server/commands/strings/value_condition.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <array>
#include <utility>

#include "server/base/text.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::strings {

std::string digest_of(std::string_view bytes) {
  return fmt::format("{:016x}", XXH3_64bits(bytes.data(), bytes.size()));
}

ValueCondition::Kind ValueCondition::kind_of(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, Kind>, 4> names{{{"IFEQ", Kind::equals},
                                                                    {"IFNE", Kind::differs},
                                                                    {"IFDEQ", Kind::digest_equals},
                                                                    {"IFDNE", Kind::digest_differs}}};
  for (const auto& [name, kind] : names) {
    if (base::equals_ignoring_case(word, name)) return kind;
  }
  return Kind::none;
}

ValueCondition ValueCondition::of(std::string_view word, std::string_view operand) {
  ValueCondition condition;
  condition.kind_ = kind_of(word);
  condition.operand_ = operand;
  return condition;
}

bool ValueCondition::take(dispatch::ArgReader& reader) {
  const Kind kind = kind_of(reader.peek());
  if (kind == Kind::none) return false;
  if (is_given() && kind != kind_) throw dispatch::syntax_error();
  reader.next_word();
  kind_ = kind;
  operand_ = reader.next_word();
  return true;
}

bool ValueCondition::is_met_by(std::string_view value) const {
  if (kind_ == Kind::equals || kind_ == Kind::differs) return (value == operand_) == (kind_ == Kind::equals);
  constexpr std::size_t digit_count = 16;
  if (operand_.size() != digit_count) {
    throw dispatch::CommandError("ERR must be exactly 16 hexadecimal characters");
  }
  return base::equals_ignoring_case(digest_of(value), operand_) == (kind_ == Kind::digest_equals);
}

}  // namespace sluice::commands::strings
