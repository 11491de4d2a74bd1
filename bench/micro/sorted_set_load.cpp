// Fills one sorted set and tells what it costs: resident bytes per member, nanoseconds per operation, and the slowest
// single steps.
//
//   sorted_set_load MEMBERS [random|rising|falling|equal|times] [slowest]
//
// Members have 15 bytes. The second word says which scores they get: any, in rising or falling order, all the same, or
// milliseconds of one day. With `slowest` every step is timed by itself, which adds nearly a microsecond to each. Links
// jemalloc, as the server does.

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "server/base/hash.hpp"
#include "server/base/memory.hpp"
#include "server/base/random.hpp"
#include "server/store/values/sorted_set.hpp"
#include "server/store/values/sorted_set_builder.hpp"

using namespace sluice;
using store::SortedSet;

namespace {

// Of this thread, so that what else the machine does is not counted.
double cpu_time_us() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

class Load {
 public:
  Load(std::uint64_t count, std::string_view scores, bool looks_for_slowest)
      : count_(count), scores_(scores), looks_for_slowest_(looks_for_slowest) {}

  void run() {
    const std::size_t resident_before = base::memory_figures().resident;
    step("add", count_, [this](std::uint64_t number) { put(member(number), score(number)); });
    const std::size_t resident = base::memory_figures().resident - resident_before;
    const auto per_member = [&](std::size_t bytes) { return static_cast<double>(bytes) / static_cast<double>(count_); };
    fmt::print("{:28} {:.1f} bytes per member resident, {:.1f} by the books, of which the tree has {:.1f}\n", "",
               per_member(resident), per_member(set_.memory_bytes()),
               per_member(set_.view().object().order().memory_bytes()));

    const std::uint64_t few = std::min<std::uint64_t>(count_, 1'000'000);
    step("score of a member", few, [this](std::uint64_t) { sum_ += *set_.view().score_of(some_member()); });
    step("add anew, unchanged", few, [this](std::uint64_t) {
      const std::string_view name = some_member();
      put(name, *set_.view().score_of(name));
    });
    step("rank of a member", few,
         [this](std::uint64_t) { sum_ += static_cast<double>(set_.view().rank_of(some_member())->rank); });
    step("range of 100 by rank", few / 10, [this](std::uint64_t) { range(random_.below(set_.size()), 100); });
    step("range of 100 by score", few / 10, [this](std::uint64_t) {
      const double lowest = set_.view().at(random_.below(set_.size())).score;
      const store::RankRange ranks = set_.view().ranks_between({lowest, false}, {lowest * 2 + 1e30, false});
      range(ranks.first, std::min<std::size_t>(100, ranks.count()));
    });
    step("change a little", few, [this](std::uint64_t) {
      const std::string_view name = some_member();
      const SortedSet::Found found = set_.find(name);
      set_.put(found, found.score() + 1, limits_);
    });
    step("change to any score", few, [this](std::uint64_t number) { put(some_member(), score(number)); });
    step("copy", 1, [this](std::uint64_t) { const store::SortedSetObject copy(set_.view().object()); });
    step("build", 1, [this](std::uint64_t) { build(); });
    step("pop the first", few / 4, [this](std::uint64_t) {
      const auto first = set_.view().at(0);
      sum_ += first.score;
      set_.erase_ranks(0, 1);
    });
    step("remove", few / 4, [this](std::uint64_t) { set_.erase(some_member()); });
    step("remove all by rank", 1, [this](std::uint64_t) { set_.erase_ranks(0, set_.size()); });
    fmt::print("({})\n", sum_);
  }

 private:
  std::string_view member(std::uint64_t number) {
    for (std::size_t place = name_.size(); place > 7; number /= 10)
      name_[--place] = static_cast<char>('0' + number % 10);
    return name_;
  }
  std::string_view some_member() { return member(random_.below(count_)); }
  double score(std::uint64_t number) {
    if (scores_ == "rising") return static_cast<double>(number);
    if (scores_ == "falling") return -static_cast<double>(number);
    if (scores_ == "equal") return 0;
    if (scores_ == "times") return 1.7e12 + static_cast<double>(random_.below(86'400'000));
    return static_cast<double>(random_.next() >> 11) / 9007199254740992.0;
  }
  void put(std::string_view name, double score) { set_.put(set_.find(name), score, limits_); }
  void range(std::size_t first, std::size_t count) {
    for (SortedSet::Walk walk(set_, store::Side::head, first, count); !walk.done();) {
      const SortedSet::Element element = walk.take();
      sum_ += element.score + static_cast<double>(element.member.bytes().size());
    }
  }
  void build() {
    store::SortedSetBuilder builder(limits_.hasher);
    for (SortedSet::Walk walk(set_); !walk.done();) {
      const SortedSet::Element element = walk.take();
      builder.create(builder.key_of(element.member.bytes()), 1 / (1 + element.score * element.score));
    }
    sum_ += static_cast<double>(builder.finish(limits_).size());
  }

  void step(std::string_view what, std::uint64_t times, const std::function<void(std::uint64_t)>& work) {
    double slowest_us = 0;
    const double start_us = cpu_time_us();
    double before_us = start_us;
    for (std::uint64_t number = 0; number < times; ++number) {
      work(number);
      if (!looks_for_slowest_) continue;
      const double now_us = cpu_time_us();
      slowest_us = std::max(slowest_us, now_us - before_us);
      before_us = now_us;
    }
    const double total_us = cpu_time_us() - start_us;
    fmt::print("{:28} {:8.0f} ns each", what, total_us * 1000 / static_cast<double>(times));
    if (looks_for_slowest_) fmt::print(", slowest {:.0f} us", slowest_us);
    fmt::print("\n");
  }

  std::uint64_t count_;
  std::string_view scores_;
  bool looks_for_slowest_;
  store::SortedSetLimits limits_{base::KeyHasher(base::random_seed())};
  SortedSet set_;
  base::Random random_{42};
  std::string name_ = "member:00000000";
  double sum_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  Load(count, argc > 2 ? argv[2] : "random", argc > 3 && std::string_view(argv[3]) == "slowest").run();
}
