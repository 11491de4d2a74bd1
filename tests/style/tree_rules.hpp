#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/style/source_tree.hpp"

namespace sluice::style {

// Each rule answers with one sentence for every place that breaks it, and with nothing for a tree that keeps it.
using Complaints = std::vector<std::string>;

// Every file belongs to a part of the design, and every quoted include names a file of the tree by its path from the
// root. The other rules see only what these two make visible.
Complaints find_unplaced_files(const SourceTree& tree);
Complaints find_unresolved_includes(const SourceTree& tree);

// Includes point down, and never from one part to its neighbour at the same height.
Complaints find_upward_includes(const SourceTree& tree);

// The protocol stands on the standard library alone.
Complaints find_foreign_includes_of_protocol(const SourceTree& tree);

// Asio stays with the parts that talk to sockets and timers.
Complaints find_misplaced_asio(const SourceTree& tree);

// Coroutines of the server are started by net::spawn() alone, which lets no exception of theirs be dropped.
Complaints find_unguarded_coroutines(const SourceTree& tree);

// No file includes itself by way of others.
Complaints find_include_cycles(const SourceTree& tree);

Complaints find_long_files(const SourceTree& tree, std::size_t line_count_max);

}  // namespace sluice::style
