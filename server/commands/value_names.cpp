#include "server/commands/value_names.hpp"

namespace sluice::commands {

std::string_view name_of(store::Type type) {
  switch (type) {
    case store::Type::string:
      return "string";
    case store::Type::list:
      return "list";
    case store::Type::set:
      return "set";
    case store::Type::sorted_set:
      return "zset";
    case store::Type::hash:
      return "hash";
    case store::Type::stream:
      return "stream";
  }
  return {};
}

std::string_view encoding_name(const store::Entry& entry) {
  switch (entry.string_encoding()) {
    case store::StringEncoding::integer:
      return "int";
    case store::StringEncoding::embedded:
      return "embstr";
    case store::StringEncoding::raw:
      return "raw";
  }
  return {};
}

}  // namespace sluice::commands
