#include "server/dispatch/requests/spec.hpp"

namespace sluice::dispatch {

Categories categories_of(const SpecFields& spec) {
  Categories all = spec.categories;
  if (spec.flags.has(Flag::write)) all |= Category::write;
  if (spec.flags.has(Flag::readonly) && !all.has(Category::scripting)) all |= Category::read;
  if (spec.flags.has(Flag::admin)) all |= Category::admin | Category::dangerous;
  if (spec.flags.has(Flag::pubsub)) all |= Category::pubsub;
  if (spec.flags.has(Flag::blocking)) all |= Category::blocking;
  all |= spec.flags.has(Flag::fast) ? Category::fast : Category::slow;
  return all;
}

}  // namespace sluice::dispatch
