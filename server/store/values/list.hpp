#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "server/store/types.hpp"
#include "server/store/values/chunked_list.hpp"
#include "server/store/values/listpack.hpp"

namespace sluice::store {

// A list, read: one listpack while it is small, a chunked list when it is not. Valid until the list is changed.
class ListView {
 public:
  class Walk;

  // Some of the elements of a chunk, which follow each other.
  struct Run {
    ListpackView chunk;
    ListpackView::Iterator first;
    std::size_t count;
  };

  explicit ListView(ListpackView packed) : packed_(packed) {}
  explicit ListView(PackedView packed) : packed_(packed.start) {}
  explicit ListView(const ChunkedList& chunks) : packed_(ListpackView(nullptr)), chunks_(&chunks) {}

  bool is_packed() const { return chunks_ == nullptr; }
  std::size_t size() const { return is_packed() ? packed_.size() : chunks_->size(); }
  bool empty() const { return is_packed() ? packed_.empty() : chunks_->empty(); }

  // The listpacks that it consists of, one after the other; none is empty unless the list is.
  std::size_t chunk_count() const { return is_packed() ? 1 : chunks_->chunk_count(); }
  ListpackView chunk(std::size_t number) const { return is_packed() ? packed_ : chunks_->chunk(number); }
  std::size_t chunk_size(std::size_t number) const {
    return is_packed() ? packed_.size() : chunks_->chunk_size(number);
  }

  // Indexes count from the head, from 0. An index that is asked for must exist.
  PackedElement at(std::size_t index) const;
  PackedElement at_end(Side side) const {
    const ListpackView chunk = is_packed() ? packed_ : chunks_->chunk_at(side);
    return side == Side::head ? *chunk.begin() : *--chunk.end();
  }
  // Calls visitor(Run) for the listpacks, one after the other, that `count` elements from `first` on lie in.
  template <class Visitor>
  void for_each_run(std::size_t first, std::size_t count, const Visitor& visitor) const;

 private:
  ChunkedList::Place locate(std::size_t index) const {
    return is_packed() ? ChunkedList::Place{0, index} : chunks_->locate(index);
  }

  ListpackView packed_;
  const ChunkedList* chunks_ = nullptr;  // null: all is in packed_
};

// The value of a key of type list while it is made or changed; an entry keeps its listpack, or a pointer to its chunks
// (see Entry).
//
// A change that adds says before how much will be added (expect), and one that removes says so afterwards (repack);
// these two decide on the form, in the same cases as Redis 7.2.
class List {
 public:
  static constexpr Type type = Type::list;
  using Object = ChunkedList;
  using View = ListView;
  using Walk = ListView::Walk;
  using Run = ListView::Run;

  List() = default;
  explicit List(Listpack packed) : packed_(std::move(packed)) {}
  List(PackedForm /*form*/, const PackedParts& packed) : packed_(packed) {}
  explicit List(std::unique_ptr<ChunkedList> chunks) : chunks_(std::move(chunks)) {}
  List(List&&) noexcept = default;
  List& operator=(List&&) noexcept = default;
  [[gnu::always_inline]] ~List() = default;

  ListView view() const { return is_packed() ? ListView(packed_.view()) : ListView(*chunks_); }
  operator ListView() const { return view(); }

  bool is_packed() const { return chunks_ == nullptr; }
  std::size_t size() const { return view().size(); }
  bool empty() const { return view().empty(); }
  // Of what it holds outside of itself.
  std::size_t memory_bytes() const { return is_packed() ? packed_.memory_bytes() : chunks_->memory_bytes(); }
  PackedElement at_end(Side side) const { return view().at_end(side); }

  // Requires is_packed(), or the opposite. Taking leaves an empty list.
  PackedView packed() const { return {PackedForm::listpack, packed_.view().data()}; }
  PackedParts release_packed() { return packed_.release(); }
  std::unique_ptr<ChunkedList> take_object() { return std::move(chunks_); }
  const Object* object() const { return chunks_.get(); }  // null if it is packed

  // Prepares for `count` elements of `text_bytes` together to come, of which none may exceed
  // PackedText::text_bytes_max.
  void expect(std::size_t count, std::size_t text_bytes, const ListLimits& limits) {
    if (!is_packed() || limits.allow(packed_.byte_count() + text_bytes, packed_.view().size() + count)) return;
    divide();
  }
  void repack(const ListLimits& limits) {
    if (is_packed() || chunks_->chunk_count() != 1) return;
    if (limits.allow_repacking(chunks_->chunk(0).byte_count(), chunks_->size())) unite();
  }

  void push(Side side, const PackedText& text, const ListLimits& limits);
  void pop(Side side);
  void insert(std::size_t index, const PackedText& text, const ListLimits& limits);  // before `index`, or at the end
  void set(std::size_t index, const PackedText& text, const ListLimits& limits);
  void erase(std::size_t first, std::size_t count, const ListLimits& limits);
  // Keeps `count` elements from `first` on alone.
  void erase_outside(std::size_t first, std::size_t count, const ListLimits& limits);
  // Removes the first `count_max` elements that equal `text`, seen from `from`; returns how many.
  std::size_t remove(const PackedText& text, std::size_t count_max, Side from, const ListLimits& limits);

 private:
  void divide();
  void unite();

  Listpack packed_;                      // empty when there are chunks
  std::unique_ptr<ChunkedList> chunks_;  // null: all is in packed_
};

// Goes through a list from one of its ends, which must not change meanwhile.
class ListView::Walk {
 public:
  // Leaves the first `skip` elements, seen from `from`, out.
  Walk(const ListView& list, Side from, std::size_t skip = 0);

  bool done() const { return left_ == 0; }
  PackedElement take();  // requires !done()

 private:
  void enter_chunk(std::size_t number);

  ListView list_;
  Side from_;
  std::size_t left_;
  std::size_t chunk_ = 0;
  ListpackView::Iterator at_;
  ListpackView::Iterator chunk_end_;  // where the walk leaves the chunk
};

template <class Visitor>
void ListView::for_each_run(std::size_t first, std::size_t count, const Visitor& visitor) const {
  if (count == 0) return;
  auto [number, index] = locate(first);
  Run run{.chunk = chunk(number), .first = chunk(number).at(index), .count = chunk_size(number) - index};
  for (; run.count < count; run = {chunk(number), chunk(number).begin(), chunk_size(number)}) {
    visitor(run);
    count -= run.count;
    ++number;
  }
  run.count = count;
  visitor(run);
}

}  // namespace sluice::store
