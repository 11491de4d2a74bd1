#include "server/dispatch/call/lookahead.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <variant>

namespace sluice::dispatch {

void Lookahead::line_up(std::span<Batch* const> batches, const store::Databases& databases) {
  upcoming_.clear();
  next_ = 0;
  try {
    for (Batch* batch : batches) line_up(*batch, databases);
  } catch (const std::bad_alloc&) {
    // The commands that are lined up run; the rest stay in their batches, which come again.
  }
}

void Lookahead::line_up(Batch& batch, const store::Databases& databases) {
  const store::Keyspace& keyspace = databases[static_cast<std::size_t>(batch.session->chosen.database)];
  for (std::size_t index = batch.next_command; index < batch.commands.size(); ++index) {
    const auto* data = std::get_if<DataCommand>(&batch.commands[index]);
    const bool has_key = data != nullptr && data->registered->spec.keys.count > 0;
    upcoming_.push_back({&batch, has_key ? &keyspace : nullptr, has_key ? data->first_key_hash : 0});
  }
}

std::span<const Upcoming> Lookahead::next_group() {
  const auto rest = std::span<const Upcoming>(upcoming_).subspan(next_);
  const auto group = rest.first(std::min(rest.size(), group_size_max));
  next_ += group.size();
  // A prefetch pays only when there is other work to do meanwhile.
  if (group.size() > 1) prefetch(group);
  return group;
}

void Lookahead::prefetch(std::span<const Upcoming> group) {
  std::array<std::uint64_t, group_size_max> hashes;
  for (auto next = group.begin(); next != group.end();) {
    const store::Keyspace* const keyspace = next->keyspace;
    std::size_t count = 0;
    for (; next != group.end() && next->keyspace == keyspace; ++next) {
      // A run of commands on one key needs it once.
      if (count == 0 || hashes[count - 1] != next->key_hash) hashes[count++] = next->key_hash;
    }
    if (keyspace != nullptr) keyspace->prefetch(std::span(hashes).first(count));
  }
}

}  // namespace sluice::dispatch
