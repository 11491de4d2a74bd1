#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/commands/hyperloglogs/estimate.hpp"

// A HyperLogLog as it lies in a string, in the bytes of Redis:
//
//   "HYLL" | form (1 byte) | 0 0 0 | count (8 bytes, the lowest first) | registers
//
// The count is the last estimate; it is out of date while its highest bit is set. docs/hyperloglogs.md has more.
namespace sluice::commands::hyperloglogs {

enum class Form : std::uint8_t { dense = 0, sparse = 1 };

inline constexpr std::size_t header_bytes = 16;

// Of bytes of unknown origin: the form, or nothing if they do not begin as a HyperLogLog does, or are dense and not of
// the right size. The runs of a sparse one may still be corrupt.
std::optional<Form> form_of(std::string_view bytes);

// The functions below want bytes of which form_of() knows the form.

std::optional<std::uint64_t> last_count(std::string_view bytes);  // nothing if it is out of date
void keep_count(std::span<char> bytes, std::uint64_t count);
void outdate_count(std::span<char> bytes);

// Whether the element has raised its register in a dense one.
bool add_to_dense(std::span<char> bytes, std::string_view element);

// Raises each of `maxima` to at least the rank of the register. False if the bytes are corrupt.
bool raise_to(std::string_view bytes, Registers& maxima);
std::uint64_t count(const Registers& registers);

// A HyperLogLog while it is made or changed.
class HyperLogLog {
 public:
  // Without elements, and sparse.
  HyperLogLog();
  explicit HyperLogLog(std::string_view bytes) : bytes_(bytes) {}

  const std::string& bytes() const { return bytes_; }
  Form form() const { return static_cast<Form>(bytes_[4]); }

  // Raises a register; whether it had less. A sparse one becomes dense when it would take more than `sparse_bytes_max`
  // bytes, or for a rank that the sparse form has not. Throws the error of Redis if the bytes are corrupt.
  bool raise(const Place& place, std::size_t sparse_bytes_max);
  // Throws as well.
  void make_dense();
  // Gives a dense one these registers, none of which may be below the present one.
  void replace_registers(const Registers& registers);

 private:
  std::string bytes_;
};

// Ends a command that meets corrupt bytes.
[[noreturn]] void refuse_corrupt();

}  // namespace sluice::commands::hyperloglogs
