#include "server/commands/shared/element_scan.hpp"

#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands {

ElementScan ElementScan::parse(dispatch::ArgReader& reader) {
  const store::Key key = reader.next_key();
  ScanOptions options;
  options.read_cursor(reader);
  const dispatch::ArgReader rest = reader;
  reader.rest();
  return {.key = key, .options = options, .rest = rest};
}

void ElementScan::read_options(std::string_view own_option) {
  while (!rest.done()) {
    if (options.take_option(rest)) continue;
    if (!own_option.empty() && rest.take_keyword(own_option)) {
      own_option_given = true;
    } else if (rest.take_keyword("NOVALUES")) {
      throw dispatch::CommandError("ERR NOVALUES option can only be used in HSCAN");
    } else {
      throw dispatch::syntax_error();
    }
  }
}

void reply_empty_scan(dispatch::DataContext& ctx) {
  ctx.reply.array(2);
  ctx.reply.bulk("0");
  ctx.reply.array(0);
}

}  // namespace sluice::commands
