#pragma once

#include <string_view>

#include "server/store/keyspace/entry.hpp"

// The names of types and encodings as clients know them.
namespace sluice::commands {

// As TYPE and SCAN … TYPE have it.
std::string_view name_of(store::Type type);

// As OBJECT ENCODING has it.
std::string_view encoding_name(const store::Entry& entry);

}  // namespace sluice::commands
