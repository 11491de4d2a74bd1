#pragma once

#include <boost/pfr/core.hpp>
#include <optional>
#include <string_view>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/arg_reader.hpp"
#include "server/dispatch/requests/spec.hpp"

// How a command struct becomes an element of its family's list.
namespace sluice::dispatch {

// The grammar of a field is its type.
inline void read_field(ArgReader& reader, store::Key& key) {
  key = reader.next_key();
}
inline void read_field(ArgReader& reader, std::string_view& word) {
  word = reader.next_word();
}
inline void read_field(ArgReader& reader, std::int64_t& integer) {
  integer = reader.next_integer();
}
inline void read_field(ArgReader& reader, double& number) {
  number = reader.next_float();
}
inline void read_field(ArgReader& reader, Words& rest) {
  rest = reader.rest();
}
template <class T>
void read_field(ArgReader& reader, std::optional<T>& field) {
  if (!reader.done()) read_field(reader, field.emplace());
}

// Reads the fields of T in their order and nothing more.
template <class T>
T read_fields(ArgReader& reader) {
  T command;
  if constexpr (boost::pfr::tuple_size_v<T> > 0) {
    boost::pfr::for_each_field(command, [&reader](auto& field) { read_field(reader, field); });
  }
  reader.finish();
  return command;
}

template <class T, class Context>
void run_command(Words words, Context& ctx) {
  constexpr std::size_t name_words = T::spec.name.find('|') == std::string_view::npos ? 1 : 2;
  ArgReader reader(words, name_words, ctx.hashing);
  if constexpr (requires { T::parse(reader); }) {
    const T command = T::parse(reader);
    command.execute(ctx);
  } else {
    const T command = read_fields<T>(reader);
    command.execute(ctx);
  }
}

template <class Context>
Spec<Context> spec_with_run(const Spec<Context>& spec, typename Spec<Context>::Run run) {
  Spec<Context> whole = spec;
  whole.run = run;
  return whole;
}

// The element of a family's list for the command struct T: its spec with the function that reads and executes it.
template <class T>
auto command() {
  return [&]<class Context>(const Spec<Context>& spec) {
    return spec_with_run<Context>(spec, &run_command<T, Context>);
  }(T::spec);
}

}  // namespace sluice::dispatch
