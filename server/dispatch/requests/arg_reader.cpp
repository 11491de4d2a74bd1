#include "server/dispatch/requests/arg_reader.hpp"

#include <array>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::dispatch {

void ArgReader::refuse_syntax() {
  throw syntax_error();
}

std::int64_t ArgReader::next_integer() {
  const auto value = base::parse_integer(next_word());
  if (!value) throw not_an_integer();
  return *value;
}

std::int64_t ArgReader::next_integer_between(std::int64_t low, std::int64_t high, std::string_view error_line) {
  const auto value = base::parse_integer(next_word());
  if (!value || *value < low || *value > high) throw CommandError(std::string(error_line));
  return *value;
}

double ArgReader::next_float() {
  const auto value = base::parse_double(next_word());
  if (!value) throw not_a_float();
  return *value;
}

Words ArgReader::rest() {
  const Words words = words_.subspan(next_);
  next_ = words_.size();
  return words;
}

bool ArgReader::take_keyword(std::string_view keyword) {
  if (done() || !base::equals_ignoring_case(peek(), keyword)) return false;
  ++next_;
  return true;
}

}  // namespace sluice::dispatch
