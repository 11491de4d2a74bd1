#include "tests/style/tree_rules.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace sluice::style {
namespace {

struct PlacedPart {
  std::string_view name;  // a folder, or a file without its extension
  std::size_t row = 0;    // 0 is the top
};

// The design from the top down: what a row holds may include the rows below it. Parts of one row are neighbours.
const std::vector<std::vector<std::string_view>>& rows_of_parts() {
  static const std::vector<std::vector<std::string_view>> rows = {
      {"tests", "bench"},
      {"server/main"},
      {"server/server"},
      {"server/engine"},
      {"server/manager"},  // the manager takes batches from the channel, which is the network's
      {"server/net"},
      {"server/commands/all_commands"},
      {"server/commands/strings", "server/commands/bitmaps", "server/commands/hyperloglogs", "server/commands/lists",
       "server/commands/hashes", "server/commands/sets", "server/commands/sorted_sets", "server/commands/geo",
       "server/commands/sort", "server/commands/keys", "server/commands/connections", "server/commands/transactions",
       "server/commands/pubsub", "server/commands/server"},
      {"server/commands/shared"},
      {"server/config", "server/telemetry", "server/pubsub", "server/tracking", "server/script", "server/persistence",
       "server/replication", "server/acl"},
      {"server/dispatch/call"},
      {"server/dispatch/clients"},
      {"server/dispatch/requests", "server/dispatch/state"},
      {"server/store/keyspace"},
      {"server/store/values"},
      {"server/store/table"},
      {"server/store/types"},
      {"protocol"},
      {"server/base"},
  };
  return rows;
}

// Arrows that would point down and are refused all the same.
constexpr std::array refused_arrows = {
    std::pair<std::string_view, std::string_view>{"server/net", "server/store/keyspace"},
    std::pair<std::string_view, std::string_view>{"server/net", "server/store/values"},
    std::pair<std::string_view, std::string_view>{"server/net", "server/store/table"},
};

constexpr std::array<std::string_view, 6> parts_with_asio = {"server/main",    "server/server", "server/net",
                                                             "server/manager", "tests",         "bench"};

bool belongs_to(std::string_view path, std::string_view part) {
  if (!path.starts_with(part)) return false;
  const std::string_view rest = path.substr(part.size());
  return rest.starts_with('/') || rest == ".hpp" || rest == ".cpp";
}

std::optional<PlacedPart> find_part(std::string_view path) {
  const auto& rows = rows_of_parts();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (const std::string_view part : rows[row]) {
      if (belongs_to(path, part)) return PlacedPart{part, row};
    }
  }
  return std::nullopt;
}

bool may_include(const PlacedPart& from, const PlacedPart& to) {
  if (from.name == to.name) return true;
  if (std::ranges::count(refused_arrows, std::pair(from.name, to.name)) > 0) return false;
  return from.row < to.row;
}

bool is_asio(const Include& include) {
  return include.target.starts_with("boost/asio") || include.target.starts_with("boost/beast");
}

std::string say_include(const SourceFile& file, const Include& include) {
  return file.path + " includes " + include.target;
}

// Complains about every include for which `is_wrong(file, include)` holds.
template <typename Predicate>
Complaints complain_about_includes(const SourceTree& tree, Predicate is_wrong) {
  Complaints complaints;
  for (const auto& file : tree) {
    for (const auto& include : file.includes) {
      if (is_wrong(file, include)) complaints.push_back(say_include(file, include));
    }
  }
  return complaints;
}

// Walks depth first along the quoted includes; meeting a file that is still on the path closes a cycle.
class CycleFinder {
 public:
  explicit CycleFinder(const SourceTree& tree) {
    for (const auto& file : tree) files_.emplace(file.path, &file);
  }

  Complaints run() {
    for (const auto& [path, file] : files_) visit(*file);
    return std::move(complaints_);
  }

 private:
  void visit(const SourceFile& file) {
    const auto on_path = std::ranges::find(path_, file.path);
    if (on_path != path_.end()) {
      complain(std::vector<std::string_view>(on_path, path_.end()));
      return;
    }
    if (!visited_.insert(file.path).second) return;
    path_.push_back(file.path);
    for (const auto& include : file.includes) {
      const auto next = include.quoted ? files_.find(include.target) : files_.end();
      if (next != files_.end()) visit(*next->second);
    }
    path_.pop_back();
  }

  void complain(const std::vector<std::string_view>& cycle) {
    std::string sentence;
    for (const auto path : cycle) sentence.append(path).append(" includes ");
    complaints_.push_back(sentence.append(cycle.front()));
  }

  std::map<std::string_view, const SourceFile*> files_;
  std::set<std::string_view> visited_;
  std::vector<std::string_view> path_;
  Complaints complaints_;
};

}  // namespace

Complaints find_unplaced_files(const SourceTree& tree) {
  Complaints complaints;
  for (const auto& file : tree) {
    if (!find_part(file.path)) complaints.push_back(file.path + " belongs to no part of the design");
  }
  return complaints;
}

Complaints find_unresolved_includes(const SourceTree& tree) {
  std::set<std::string_view> paths;
  for (const auto& file : tree) paths.insert(file.path);
  return complain_about_includes(tree, [&paths](const SourceFile&, const Include& include) {
    return include.quoted && !paths.contains(include.target);
  });
}

Complaints find_upward_includes(const SourceTree& tree) {
  return complain_about_includes(tree, [](const SourceFile& file, const Include& include) {
    const auto from = find_part(file.path);
    const auto to = find_part(include.target);
    return from && to && !may_include(*from, *to);
  });
}

Complaints find_foreign_includes_of_protocol(const SourceTree& tree) {
  return complain_about_includes(tree, [](const SourceFile& file, const Include& include) {
    const bool is_standard = include.target.find_first_of("./") == std::string::npos;
    return belongs_to(file.path, "protocol") && !include.quoted && !is_standard;
  });
}

Complaints find_misplaced_asio(const SourceTree& tree) {
  return complain_about_includes(tree, [](const SourceFile& file, const Include& include) {
    const auto part = find_part(file.path);
    return is_asio(include) && !(part && std::ranges::count(parts_with_asio, part->name) > 0);
  });
}

Complaints find_unguarded_coroutines(const SourceTree& tree) {
  return complain_about_includes(tree, [](const SourceFile& file, const Include& include) {
    const bool starts_coroutines = include.target == "boost/asio/co_spawn.hpp";
    const bool drops_exceptions = include.target == "boost/asio/detached.hpp";
    return belongs_to(file.path, "server") && file.path != "server/net/spawn.hpp" &&
           (starts_coroutines || drops_exceptions);
  });
}

Complaints find_include_cycles(const SourceTree& tree) {
  return CycleFinder(tree).run();
}

Complaints find_long_files(const SourceTree& tree, std::size_t line_count_max) {
  Complaints complaints;
  for (const auto& file : tree) {
    if (file.line_count > line_count_max) {
      complaints.push_back(file.path + " has " + std::to_string(file.line_count) + " lines");
    }
  }
  return complaints;
}

}  // namespace sluice::style
