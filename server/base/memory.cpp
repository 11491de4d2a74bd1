#include "server/base/memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#ifdef SLUICE_JEMALLOC
#include <jemalloc/jemalloc.h>
#else
#include <malloc.h>
#endif

namespace sluice::base {

namespace {

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t mapped_pages = 0;
  std::size_t resident_pages = 0;
  statm >> mapped_pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// The limit in a file of the control group; `otherwise` if there is no such file, or the word "max" in it.
std::size_t limit_in(const char* path, std::size_t otherwise) {
  std::size_t limit = 0;
  return std::ifstream(path) >> limit ? limit : otherwise;
}

#ifdef SLUICE_JEMALLOC
std::size_t read_figure(const char* name) {
  std::size_t value = 0;
  std::size_t size = sizeof(value);
  return mallctl(name, &value, &size, nullptr, 0) == 0 ? value : 0;
}
#endif

}  // namespace

std::size_t usable_memory_bytes() {
  static const std::size_t bytes = [] {
    const std::size_t machine =
        static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    // Version 2 of control groups, and version 1.
    return std::min({machine, limit_in("/sys/fs/cgroup/memory.max", machine),
                     limit_in("/sys/fs/cgroup/memory/memory.limit_in_bytes", machine)});
  }();
  return bytes;
}

#ifdef SLUICE_JEMALLOC

MemoryFigures memory_figures() {
  // Advancing the epoch is what makes jemalloc bring its figures up to date.
  std::uint64_t epoch = 1;
  std::size_t size = sizeof(epoch);
  mallctl("epoch", &epoch, &size, &epoch, size);
  return {.allocated = read_figure("stats.allocated"),
          .active = read_figure("stats.active"),
          .mapped = read_figure("stats.resident"),
          .resident = resident_bytes()};
}

std::string_view allocator_name() {
  static const std::string name = [] {
    const char* version = "";
    std::size_t size = sizeof(void*);
    mallctl("version", static_cast<void*>(&version), &size, nullptr, 0);
    return "jemalloc-" + std::string(version, std::string_view(version).find('-'));
  }();
  return name;
}

void purge_memory() {
  const std::string all_arenas = "arena." + std::to_string(MALLCTL_ARENAS_ALL) + ".purge";
  mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
  mallctl(all_arenas.c_str(), nullptr, nullptr, nullptr, 0);
}

#else

MemoryFigures memory_figures() {
  const struct mallinfo2 info = mallinfo2();
  const std::size_t allocated = info.uordblks + info.hblkhd;
  const std::size_t held = info.arena + info.hblkhd;
  return {.allocated = allocated, .active = held, .mapped = held, .resident = resident_bytes()};
}

std::string_view allocator_name() {
  return "libc";
}

void purge_memory() {
  malloc_trim(0);
}

#endif

}  // namespace sluice::base
