#pragma once

#include <cassert>
#include <utility>
#include <vector>

namespace sluice::dispatch {

// The services of the folders above this one (configuration, pub/sub, tracking …), each found by its type. So a command
// reaches the service that it is about, and nothing here has to know which services there are.
class Services {
 public:
  // One of each type. The service must outlive the last get().
  template <class Service>
  void add(Service& service) {
    entries_.emplace_back(&type_mark<Service>, &service);
  }

  // The service must have been added. Linear in the number of services, which are few.
  template <class Service>
  Service& get() const {
    auto entry = entries_.begin();
    while (entry->first != &type_mark<Service>) {
      ++entry;
      assert(entry != entries_.end());
    }
    return *static_cast<Service*>(entry->second);
  }

 private:
  // Its address tells types apart.
  template <class Service>
  static inline char type_mark = 0;

  std::vector<std::pair<const char*, void*>> entries_;
};

}  // namespace sluice::dispatch
