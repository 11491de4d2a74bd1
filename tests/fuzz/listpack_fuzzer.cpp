// Any bytes, read as a list of changes: a listpack to which they are made holds the same texts as a sequence to which
// the same is done, read from either end, and is a valid one.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "server/store/values/listpack.hpp"
#include "tests/fuzz/require.hpp"

namespace sluice::store {
namespace {

using sluice::tests::require;

// What the input says, bit by bit; zeros when nothing is left.
class Script {
 public:
  explicit Script(std::string_view bytes) : left_(bytes) {}

  bool done() const { return left_.empty(); }

  std::uint64_t number(std::size_t byte_count) {
    std::uint64_t value = 0;
    for (; byte_count > 0; --byte_count) value = value << 8 | byte();
    return value;
  }
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : number(2) % bound; }

  std::string text() {
    switch (number(1) % 4) {
      case 0:
        return std::to_string(static_cast<std::int64_t>(number(8)) >> number(1) % 64);
      case 1:
        // The lengths at which headers and back lengths become longer are all within.
        return std::string(number(2) % 20'000, 'x');
      default:
        return literal(number(1) % 80);
    }
  }

 private:
  unsigned char byte() {
    if (left_.empty()) return 0;
    const auto first = static_cast<unsigned char>(left_.front());
    left_.remove_prefix(1);
    return first;
  }
  std::string literal(std::size_t size) {
    const std::string_view taken = left_.substr(0, size);
    left_.remove_prefix(taken.size());
    return std::string(taken);
  }

  std::string_view left_;
};

class ListpackBesideModel {
 public:
  explicit ListpackBesideModel(std::string_view script) : script_(script) {}

  void run() {
    // A long element is looked at only once, or most of the time would go into that.
    constexpr std::size_t short_bytes_max = 1000;
    while (!script_.done()) {
      step();
      if (listpack_.byte_count() <= short_bytes_max) check();
    }
    check();
  }

 private:
  using Texts = std::deque<std::string>;

  void step() {
    using Operation = void (ListpackBesideModel::*)();
    static constexpr std::array<Operation, 11> operations{&ListpackBesideModel::append,
                                                          &ListpackBesideModel::prepend,
                                                          &ListpackBesideModel::insert,
                                                          &ListpackBesideModel::replace,
                                                          &ListpackBesideModel::erase_range,
                                                          &ListpackBesideModel::erase_first,
                                                          &ListpackBesideModel::erase_last,
                                                          &ListpackBesideModel::erase_equal,
                                                          &ListpackBesideModel::append_own_copy,
                                                          &ListpackBesideModel::prepend_own_copy,
                                                          &ListpackBesideModel::split};
    (this->*operations[script_.number(1) % operations.size()])();
  }

  void append() {
    const std::string text = script_.text();
    listpack_.append(PackedText(text));
    model_.push_back(text);
  }
  void prepend() {
    const std::string text = script_.text();
    listpack_.prepend(PackedText(text));
    model_.push_front(text);
  }
  void insert() {
    const std::size_t index = script_.below(model_.size() + 1);
    const std::string text = script_.text();
    listpack_.insert(offset_at(index), PackedText(text));
    model_.insert(place(index), text);
  }
  void replace() {
    if (model_.empty()) return;
    const std::size_t index = script_.below(model_.size());
    const std::string text = script_.text();
    listpack_.replace(offset_at(index), PackedText(text));
    model_[index] = text;
  }
  void erase_range() {
    const std::size_t first = script_.below(model_.size() + 1);
    const std::size_t count = script_.below(model_.size() - first + 1);
    if (count == 0) return;
    listpack_.erase(offset_at(first), offset_at(first + count), count);
    model_.erase(place(first), place(first + count));
  }
  void erase_first() {
    if (model_.empty()) return;
    listpack_.erase_first();
    model_.pop_front();
  }
  void erase_last() {
    if (model_.empty()) return;
    listpack_.erase_last();
    model_.pop_back();
  }
  void erase_equal() {
    const std::string text = model_.empty() ? script_.text() : model_[script_.below(model_.size())];
    const std::size_t count_max = script_.number(1);
    const bool from_tail = script_.number(1) % 2 != 0;
    require(listpack_.view().count_equal(PackedText(text)) ==
            static_cast<std::size_t>(std::ranges::count(model_, text)));
    const std::size_t erased = listpack_.erase_equal(PackedText(text), count_max, from_tail ? Side::tail : Side::head);
    if (from_tail) std::ranges::reverse(model_);
    std::size_t expected = 0;
    std::erase_if(model_, [&](const std::string& each) {
      const bool goes = each == text && expected < count_max;
      expected += goes ? 1 : 0;
      return goes;
    });
    if (from_tail) std::ranges::reverse(model_);
    require(erased == expected);
  }
  void append_own_copy() {
    if (!may_double()) return;
    const Listpack copy(listpack_.view());
    listpack_.append_all(copy.view());
    const Texts texts = model_;
    model_.insert(model_.end(), texts.begin(), texts.end());
  }
  void prepend_own_copy() {
    if (!may_double()) return;
    const Listpack copy(listpack_.view());
    listpack_.prepend_all(copy.view());
    const Texts texts = model_;
    model_.insert(model_.begin(), texts.begin(), texts.end());
  }
  // Goes on with one of the halves.
  void split() {
    const std::size_t index = script_.below(model_.size() + 1);
    Listpack tail = listpack_.split(offset_at(index));
    require(tail.view().size() == model_.size() - index && listpack_.view().size() == index);
    if (script_.number(1) % 2 == 0) {
      model_.erase(place(index), model_.end());
    } else {
      listpack_ = std::move(tail);
      model_.erase(model_.begin(), place(index));
    }
  }

  // A listpack that is doubled again and again must not take the fuzzer's time.
  bool may_double() const { return listpack_.byte_count() < 5000; }

  Texts::iterator place(std::size_t index) { return model_.begin() + static_cast<std::ptrdiff_t>(index); }
  std::size_t offset_at(std::size_t index) const {
    const ListpackView view = listpack_.view();
    return view.offset_of(view.at(index));
  }

  void check() const {
    const ListpackView view = listpack_.view();
    require(ListpackView::is_valid(view.bytes()));
    require(view.size() == model_.size() && view.empty() == model_.empty());
    auto forwards = view.begin();
    for (const std::string& text : model_) require(forwards.take().text() == text);
    require(forwards == view.end());
    auto backwards = view.end();
    for (auto text = model_.rbegin(); text != model_.rend(); ++text) require((*--backwards).text() == *text);
    require(backwards == view.begin());
  }

  Script script_;
  Listpack listpack_;
  Texts model_;
};

}  // namespace
}  // namespace sluice::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sluice::store::ListpackBesideModel({reinterpret_cast<const char*>(data), size}).run();
  return 0;
}
