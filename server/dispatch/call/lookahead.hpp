#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "server/dispatch/clients/batch.hpp"
#include "server/store/keyspace/databases.hpp"

namespace sluice::dispatch {

// A command that waits for its turn, and where its first key would be.
struct Upcoming {
  Batch* batch = nullptr;
  const store::Keyspace* keyspace = nullptr;  // null if the command has no key
  std::uint64_t key_hash = 0;
  std::string_view element;  // see SpecFields::element_word; null if there is none
};

// The commands that some batches have left, in the order in which they will run, cut into groups: the memory that a
// group needs is fetched while the group before it has just run. Reused from run to run.
class Lookahead {
 public:
  static constexpr std::size_t group_size_max = store::Keyspace::prefetch_count_max;

  Lookahead() { upcoming_.reserve(group_size_max); }

  // Where there is no memory for more than a group, some commands stay in their batches.
  void line_up(std::span<Batch* const> batches, const store::Databases& databases);
  // The next group, whose entries are on their way from memory; empty at the end.
  std::span<const Upcoming> next_group();

 private:
  void line_up(Batch& batch, const store::Databases& databases);
  static void prefetch(std::span<const Upcoming> group);
  static void prefetch_keys(std::span<const Upcoming> run);
  static void prefetch_elements(std::span<const Upcoming> run);

  std::vector<Upcoming> upcoming_;
  std::size_t next_ = 0;
};

}  // namespace sluice::dispatch
