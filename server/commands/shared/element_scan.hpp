#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/commands/shared/scan_options.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/arg_reader.hpp"
#include "server/store/types.hpp"

namespace sluice::commands {

// The request of HSCAN, SSCAN and ZSCAN: key cursor [MATCH pattern] [COUNT count], and an option of one of the
// commands. The options are read only once the key was found, as in Redis: an absent key hides their errors.
struct ElementScan {
  store::Key key;
  ScanOptions options;
  dispatch::ArgReader rest;
  bool own_option_given = false;

  static ElementScan parse(dispatch::ArgReader& reader);
  // `own_option`: NOVALUES of HSCAN, NOSCORES of ZSCAN; empty for SSCAN. Throws CommandError for other words.
  void read_options(std::string_view own_option);

  std::size_t count() const { return static_cast<std::size_t>(options.count); }
};

// Replies that there are no elements and that the iteration is over.
void reply_empty_scan(dispatch::DataContext& ctx);

}  // namespace sluice::commands
