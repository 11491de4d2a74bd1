#pragma once

#include <span>
#include <string_view>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/state/figures.hpp"

namespace sluice::commands::server {

struct InfoSection {
  std::string_view name;  // as INFO takes it
  std::string_view title;
  bool is_default;  // shown unless other sections are asked for
  dispatch::FigureSection id;
  // Appends the lines that no FigureSource tells.
  void (*write)(dispatch::FigureSink& out, const dispatch::AdminContext& ctx);
};

// In the order in which they are shown.
std::span<const InfoSection> info_sections();

}  // namespace sluice::commands::server
