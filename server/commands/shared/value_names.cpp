#include "server/commands/shared/value_names.hpp"

#include "server/store/values/packed.hpp"

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

std::string_view packed_name(store::PackedForm form) {
  switch (form) {
    case store::PackedForm::listpack:
      return "listpack";
    case store::PackedForm::intset:
      return "intset";
    case store::PackedForm::timed_listpack:
      return "listpackex";
  }
  return {};
}

std::string_view object_name(store::Type type) {
  switch (type) {
    case store::Type::list:
      return "quicklist";
    case store::Type::sorted_set:
      return "skiplist";
    case store::Type::set:
    case store::Type::hash:
      return "hashtable";
    case store::Type::stream:
      return "stream";
    case store::Type::string:
      break;
  }
  return {};
}

}  // namespace

std::string_view encoding_name(const store::Entry& entry) {
  if (entry.type() == store::Type::string) return string_encoding_name(entry);
  return entry.is_packed() ? packed_name(entry.packed().form) : object_name(entry.type());
}

}  // namespace sluice::commands
