#include "server/commands/shared/value_names.hpp"

#include "server/store/values/list.hpp"

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

namespace {

std::string_view string_encoding_name(const store::Entry& entry) {
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

}  // namespace

std::string_view encoding_name(const store::Entry& entry) {
  switch (entry.type()) {
    case store::Type::string:
      return string_encoding_name(entry);
    case store::Type::list:
      return entry.as<store::List>().is_packed() ? "listpack" : "quicklist";
    case store::Type::set:
    case store::Type::sorted_set:
    case store::Type::hash:
    case store::Type::stream:
      break;
  }
  return {};
}

}  // namespace sluice::commands
