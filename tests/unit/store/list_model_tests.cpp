// A list beside a sequence of texts, to which the same is done step by step.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "server/base/random.hpp"
#include "server/store/values/list.hpp"
#include "tests/unit/store/list_support.hpp"

namespace sluice::store {
namespace {

using Texts = std::vector<std::string>;

class ListBesideModel {
 public:
  ListBesideModel(std::uint64_t seed, std::int64_t setting) : random_(seed), limits_(ListLimits::of(setting)) {}

  void step() {
    using Operation = void (ListBesideModel::*)();
    // Growing is as likely as shrinking, so that the list comes by every size again and again.
    static constexpr std::array<Operation, 16> operations{
        &ListBesideModel::push,  &ListBesideModel::push,          &ListBesideModel::push_several,
        &ListBesideModel::push,  &ListBesideModel::insert,        &ListBesideModel::insert,
        &ListBesideModel::push,  &ListBesideModel::set,           &ListBesideModel::set,
        &ListBesideModel::pop,   &ListBesideModel::pop,           &ListBesideModel::pop,
        &ListBesideModel::erase, &ListBesideModel::erase_outside, &ListBesideModel::remove,
        &ListBesideModel::clone};
    (this->*operations[random_.below(operations.size())])();
    check_chunks();
  }

  void check_contents() const {
    const Texts expected(model_.begin(), model_.end());
    CHECK(walk(Side::head, 0) == expected);
    CHECK(walk(Side::tail, 0) == Texts(expected.rbegin(), expected.rend()));
    for (std::size_t index = 0; index < expected.size(); index += 7) {
      CHECK(list_.view().at(index).text() == expected[index]);
      CHECK(walk(Side::head, index) == Texts(expected.begin() + static_cast<std::ptrdiff_t>(index), expected.end()));
      CHECK(range(index, expected.size() - index) == walk(Side::head, index));
    }
  }

 private:
  // Numbers and texts of all the lengths that are written in different ways, many of them alike.
  std::string some_text() {
    switch (random_.below(10)) {
      case 0:
        return std::string(random_.below(6000), 'L');
      case 1:
        return std::to_string(static_cast<std::int64_t>(random_.next()) >> random_.below(64));
      case 2:
      case 3:
        return std::string(60 + random_.below(8), 'm');
      case 4:
      case 5:
      case 6:
        return std::to_string(random_.below(5));
      default:
        return std::string(random_.below(4), static_cast<char>('a' + random_.below(3)));
    }
  }
  Side some_side() { return random_.below(2) == 0 ? Side::head : Side::tail; }
  std::deque<std::string>::iterator place(std::size_t index) {
    return model_.begin() + static_cast<std::ptrdiff_t>(index);
  }

  void push_to_model(Side side, const std::string& text) {
    side == Side::head ? model_.push_front(text) : model_.push_back(text);
  }

  void push() {
    const std::string text = some_text();
    const Side side = some_side();
    list_.expect(1, text.size(), limits_);
    list_.push(side, PackedText(text), limits_);
    push_to_model(side, text);
  }

  void push_several() {
    Texts texts;
    std::size_t text_bytes = 0;
    for (std::size_t count = 1 + random_.below(20); count > 0; --count) {
      texts.push_back(some_text());
      text_bytes += texts.back().size();
    }
    const Side side = some_side();
    list_.expect(texts.size(), text_bytes, limits_);
    for (const std::string& text : texts) {
      list_.push(side, PackedText(text), limits_);
      push_to_model(side, text);
    }
  }

  void insert() {
    if (model_.empty()) return;
    const std::string text = some_text();
    const std::size_t index = random_.below(model_.size() + 1);
    list_.expect(1, text.size(), limits_);
    list_.insert(index, PackedText(text), limits_);
    model_.insert(place(index), text);
  }

  void set() {
    if (model_.empty()) return;
    const std::string text = some_text();
    const std::size_t index = random_.below(model_.size());
    list_.expect(1, text.size(), limits_);
    list_.set(index, PackedText(text), limits_);
    list_.repack(limits_);
    model_[index] = text;
  }

  void pop() {
    for (std::size_t count = random_.below(6); count > 0 && !model_.empty(); --count) {
      const Side side = some_side();
      CHECK(list_.at_end(side).text() == (side == Side::head ? model_.front() : model_.back()));
      list_.pop(side);
      side == Side::head ? model_.pop_front() : model_.pop_back();
      list_.repack(limits_);
    }
  }

  void erase() {
    if (model_.empty()) return;
    const std::size_t first = random_.below(model_.size());
    const std::size_t count = std::min(random_.below(30), model_.size() - first);
    list_.erase(first, count, limits_);
    list_.repack(limits_);
    model_.erase(place(first), place(first + count));
  }

  // Mostly little is cut off, sometimes almost everything.
  void erase_outside() {
    if (model_.empty()) return;
    const std::size_t cut_max = random_.below(20) == 0 ? model_.size() : std::min<std::size_t>(model_.size(), 8);
    const std::size_t first = random_.below(cut_max);
    const std::size_t behind = model_.size() - random_.below(std::min(cut_max, model_.size() - first));
    list_.erase_outside(first, behind - first, limits_);
    list_.repack(limits_);
    model_.erase(place(behind), model_.end());
    model_.erase(model_.begin(), place(first));
  }

  void remove() {
    const std::string text = some_text();
    const std::size_t count_max = 1 + random_.below(5);
    const Side from = some_side();
    std::size_t expected = 0;
    for (; expected < count_max; ++expected) {
      const auto found = from == Side::head ? std::ranges::find(model_, text) : find_last(text);
      if (found == model_.end()) break;
      model_.erase(found);
    }
    CHECK(list_.remove(PackedText(text), count_max, from, limits_) == expected);
    list_.repack(limits_);
  }
  std::deque<std::string>::iterator find_last(const std::string& text) {
    const auto found = std::find(model_.rbegin(), model_.rend(), text);
    return found == model_.rend() ? model_.end() : std::prev(found.base());
  }

  void clone() { list_ = tests::clone_of(list_); }

  // Every chunk is a listpack as an RDB file could hold it, none is empty, and all figures agree.
  void check_chunks() const {
    REQUIRE(list_.size() == model_.size());
    REQUIRE(list_.empty() == model_.empty());
    // The bytes that push_several() adds besides texts: List::expect() does not count them, and a listpack takes them
    // along when it becomes a chunk.
    const std::size_t uncounted = 200;
    std::size_t size = 0;
    std::size_t bytes = 0;
    for (std::size_t number = 0; number < list_.view().chunk_count(); ++number) {
      const ListpackView chunk = list_.view().chunk(number);
      REQUIRE(ListpackView::is_valid({chunk.data(), chunk.byte_count()}));
      REQUIRE(chunk.size() == list_.view().chunk_size(number));
      REQUIRE((list_.is_packed() || !chunk.empty()));
      const bool is_within_limits =
          limits_.allow(chunk.byte_count() - std::min(uncounted, chunk.byte_count()), chunk.size());
      REQUIRE((list_.is_packed() || chunk.size() == 1 || is_within_limits));
      size += chunk.size();
      bytes += chunk.byte_count();
    }
    REQUIRE(size == list_.size());
    REQUIRE((list_.empty() || list_.memory_bytes() >= bytes));
  }

  Texts walk(Side from, std::size_t skip) const {
    Texts texts;
    for (List::Walk walk(list_, from, skip); !walk.done();) texts.push_back(walk.take().text());
    return texts;
  }
  Texts range(std::size_t first, std::size_t count) const {
    Texts texts;
    list_.view().for_each_run(first, count, [&](List::Run run) {
      for (; run.count > 0; --run.count) texts.push_back(run.first.take().text());
    });
    return texts;
  }

  base::Random random_;
  ListLimits limits_;
  List list_;
  std::deque<std::string> model_;
};

TEST_CASE("a list behaves like a sequence of texts, whatever is done to it") {
  constexpr std::uint64_t seed_count = 12;
  constexpr int step_count = 600;
  for (const std::int64_t setting : {-1, -2, 1, 2, 5, 128}) {
    for (std::uint64_t seed = 0; seed < seed_count; ++seed) {
      CAPTURE(setting);
      CAPTURE(seed);
      ListBesideModel beside(2 * seed + 1, setting);
      for (int step = 0; step < step_count; ++step) {
        beside.step();
        if (step % 50 == 0) beside.check_contents();
      }
      beside.check_contents();
    }
  }
}

}  // namespace
}  // namespace sluice::store
