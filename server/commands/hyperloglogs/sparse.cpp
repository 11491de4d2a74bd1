#include "server/commands/hyperloglogs/sparse.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace sluice::commands::hyperloglogs::sparse {

namespace {

constexpr std::size_t short_zeros_max = 64;
constexpr std::size_t equals_max = 4;
constexpr unsigned long_zeros_mark = 0x40;
constexpr unsigned equals_mark = 0x80;

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

char equals_byte(unsigned rank, std::size_t length) {
  return static_cast<char>(equals_mark | (rank - 1) << 2 | static_cast<unsigned>(length - 1));
}

// Nothing if the length is 0.
void append_run(std::string& runs, unsigned rank, std::size_t length) {
  if (length == 0) return;
  if (rank > 0) {
    runs += equals_byte(rank, length);
  } else if (length <= short_zeros_max) {
    runs += static_cast<char>(length - 1);
  } else {
    runs += static_cast<char>(long_zeros_mark | (length - 1) >> 8);
    runs += static_cast<char>((length - 1) & 0xff);
  }
}

// Where a register is: in the run at byte `at`, which begins with the register `first_register`.
struct Location {
  std::size_t at = 0;
  std::optional<std::size_t> before;  // the byte of the run before
  std::size_t first_register = 0;
  Run run;
};

// Nothing if the bytes are corrupt.
std::optional<Location> locate(std::string_view bytes, std::size_t first, std::size_t index) {
  Location here{.at = first};
  while (here.at < bytes.size()) {
    here.run = run_at(bytes, here.at);
    if (here.run.byte_count == 0) return std::nullopt;
    if (index < here.first_register + here.run.length) return here;
    here.before = here.at;
    here.at += here.run.byte_count;
    here.first_register += here.run.length;
  }
  return std::nullopt;
}

// Puts neighbouring runs of the same rank together, among the five that begin at byte `at`.
void join_runs(std::string& bytes, std::size_t at) {
  constexpr int looked_at_max = 5;
  for (int looked_at = 0; looked_at < looked_at_max && at < bytes.size(); ++looked_at) {
    const Run here = run_at(bytes, at);
    const std::size_t next_at = at + here.byte_count;
    if (here.rank > 0 && next_at < bytes.size()) {
      const Run next = run_at(bytes, next_at);
      if (next.rank == here.rank && here.length + next.length <= equals_max) {
        bytes[at] = equals_byte(here.rank, here.length + next.length);
        bytes.erase(next_at, 1);
        continue;
      }
    }
    if (here.byte_count == 0) return;
    at = next_at;
  }
}

}  // namespace

Run run_at(std::string_view bytes, std::size_t at) {
  const unsigned byte = byte_at(bytes, at);
  if ((byte & equals_mark) != 0) {
    return {.rank = static_cast<std::uint8_t>((byte >> 2 & 0x1f) + 1), .length = (byte & 3) + 1, .byte_count = 1};
  }
  if ((byte & long_zeros_mark) == 0) return {.length = (byte & 0x3f) + 1, .byte_count = 1};
  if (at + 1 == bytes.size()) return {};
  return {.length = ((byte & 0x3f) << 8 | byte_at(bytes, at + 1)) + 1, .byte_count = 2};
}

std::string make_empty() {
  std::string runs;
  append_run(runs, 0, register_count);
  return runs;
}

Raised raise(std::string& bytes, std::size_t first, const Place& place, std::size_t bytes_max) {
  const auto found = locate(bytes, first, place.index);
  if (!found) return Raised::corrupt;
  const Run& run = found->run;
  if (run.rank >= place.rank) return Raised::no;
  std::string divided;
  append_run(divided, run.rank, place.index - found->first_register);
  append_run(divided, place.rank, 1);
  append_run(divided, run.rank, found->first_register + run.length - place.index - 1);
  if (divided.size() > run.byte_count && bytes.size() + divided.size() - run.byte_count > bytes_max) {
    return Raised::too_large;
  }
  bytes.replace(found->at, run.byte_count, divided);
  join_runs(bytes, found->before.value_or(first));
  return Raised::yes;
}

bool raise_to(std::string_view runs, Registers& maxima) {
  std::size_t index = 0;
  for (std::size_t at = 0; at < runs.size();) {
    const Run run = run_at(runs, at);
    if (run.byte_count == 0 || run.length > register_count - index) return false;
    const auto of_run = std::span(maxima).subspan(index, run.length);
    if (run.rank > 0) {
      std::ranges::transform(of_run, of_run.begin(), [&run](std::uint8_t rank) { return std::max(rank, run.rank); });
    }
    index += run.length;
    at += run.byte_count;
  }
  return index == register_count;
}

}  // namespace sluice::commands::hyperloglogs::sparse
