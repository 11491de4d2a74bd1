#include "server/commands/hyperloglogs/hyperloglog.hpp"

#include <cstring>

#include "server/commands/hyperloglogs/dense.hpp"
#include "server/commands/hyperloglogs/sparse.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::hyperloglogs {

namespace {

constexpr std::string_view magic = "HYLL";
constexpr std::size_t count_at = 8;
constexpr std::uint64_t outdated = std::uint64_t{1} << 63;

std::string make_header(Form form) {
  std::string header(magic);
  header.resize(header_bytes, '\0');
  header[magic.size()] = static_cast<char>(form);
  return header;
}

}  // namespace

std::optional<Form> form_of(std::string_view bytes) {
  if (bytes.size() < header_bytes || !bytes.starts_with(magic)) return std::nullopt;
  const auto form = static_cast<Form>(bytes[magic.size()]);
  if (form == Form::sparse) return form;
  if (form == Form::dense && bytes.size() == header_bytes + dense::byte_count) return form;
  return std::nullopt;
}

std::optional<std::uint64_t> last_count(std::string_view bytes) {
  std::uint64_t count = 0;
  std::memcpy(&count, bytes.data() + count_at, sizeof count);
  return (count & outdated) == 0 ? std::optional(count) : std::nullopt;
}

void keep_count(std::span<char> bytes, std::uint64_t count) {
  std::memcpy(bytes.data() + count_at, &count, sizeof count);
}

void outdate_count(std::span<char> bytes) {
  char& highest = bytes[count_at + sizeof(std::uint64_t) - 1];
  highest = static_cast<char>(static_cast<unsigned char>(highest) | outdated >> 56);
}

bool add_to_dense(std::span<char> bytes, std::string_view element) {
  return dense::raise(bytes.subspan(header_bytes), place_of(element));
}

bool raise_to(std::string_view bytes, Registers& maxima) {
  const std::string_view registers = bytes.substr(header_bytes);
  if (form_of(bytes) == Form::sparse) return sparse::raise_to(registers, maxima);
  dense::raise_to(registers, maxima);
  return true;
}

std::uint64_t count(const Registers& registers) {
  RankCounts counts{};
  for (const std::uint8_t rank : registers) ++counts[rank];
  return estimate(counts);
}

HyperLogLog::HyperLogLog() : bytes_(make_header(Form::sparse) + sparse::make_empty()) {}

bool HyperLogLog::raise(const Place& place, std::size_t sparse_bytes_max) {
  if (form() == Form::sparse && place.rank <= sparse::rank_max) {
    switch (sparse::raise(bytes_, header_bytes, place, sparse_bytes_max)) {
      case sparse::Raised::no:
        return false;
      case sparse::Raised::yes:
        return true;
      case sparse::Raised::corrupt:
        refuse_corrupt();
      case sparse::Raised::too_large:
        break;
    }
  }
  make_dense();
  return dense::raise(std::span(bytes_).subspan(header_bytes), place);
}

void HyperLogLog::make_dense() {
  if (form() == Form::dense) return;
  Registers registers{};
  if (!raise_to(bytes_, registers)) refuse_corrupt();
  bytes_[magic.size()] = static_cast<char>(Form::dense);
  bytes_.resize(header_bytes + dense::byte_count);
  replace_registers(registers);
}

void HyperLogLog::replace_registers(const Registers& registers) {
  dense::write(std::span(bytes_).subspan(header_bytes), registers);
}

void refuse_corrupt() {
  throw dispatch::CommandError("INVALIDOBJ Corrupted HLL object detected");
}

}  // namespace sluice::commands::hyperloglogs
