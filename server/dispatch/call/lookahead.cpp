#include "server/dispatch/call/lookahead.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <variant>

namespace sluice::dispatch {

namespace {

std::string_view element_of(const DataCommand& command, const Batch& batch) {
  const std::size_t word = command.registered->spec.element_word;
  if (word == 0 || word >= command.words.count) return {};
  return batch.words[command.words.first + word];
}

}  // namespace

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
    upcoming_.push_back({&batch, has_key ? &keyspace : nullptr, has_key ? data->first_key_hash : 0,
                         has_key ? element_of(*data, batch) : std::string_view()});
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
  while (!group.empty()) {
    const store::Keyspace* const keyspace = group.front().keyspace;
    const auto end = std::ranges::find_if(group, [=](const Upcoming& next) { return next.keyspace != keyspace; });
    const auto run = group.first(static_cast<std::size_t>(end - group.begin()));
    if (keyspace != nullptr) {
      prefetch_keys(run);
      prefetch_elements(run);
    }
    group = group.subspan(run.size());
  }
}

// Of commands on one keyspace.
void Lookahead::prefetch_keys(std::span<const Upcoming> run) {
  std::array<std::uint64_t, group_size_max> hashes;
  std::size_t count = 0;
  for (const Upcoming& next : run) {
    // Commands on one key, one behind the other, need it once.
    if (count == 0 || hashes[count - 1] != next.key_hash) hashes[count++] = next.key_hash;
  }
  run.front().keyspace->prefetch(std::span(hashes).first(count));
}

void Lookahead::prefetch_elements(std::span<const Upcoming> run) {
  std::array<store::Keyspace::ElementPlace, group_size_max> places;
  std::size_t count = 0;
  for (const Upcoming& next : run) {
    if (next.element.data() != nullptr) places[count++] = {next.key_hash, next.element};
  }
  if (count > 0) run.front().keyspace->prefetch_elements(std::span(places).first(count));
}

}  // namespace sluice::dispatch
