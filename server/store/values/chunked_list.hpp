#pragma once

#include <cstddef>
#include <cstdint>

#include "server/store/types.hpp"
#include "server/store/values/list_limits.hpp"
#include "server/store/values/listpack.hpp"
#include "server/store/values/row.hpp"

namespace sluice::store {

// A long list: listpacks in a row, none of them empty, each within the limits that held when it was filled, but for
// elements that exceed them alone and have a chunk to themselves. How many elements a chunk has is noted beside it, so
// that the way to an index passes over chunks without touching them.
//
// Where there is no memory, whatever adds elements throws std::bad_alloc and has added none; removing never fails.
class ChunkedList {
 public:
  // The chunk of an element, and the element's index in there.
  struct Place {
    std::size_t chunk = 0;
    std::size_t index = 0;
  };

  ChunkedList() = default;
  // Takes `first`, which must not be empty, unless std::bad_alloc is thrown.
  explicit ChunkedList(Listpack&& first);
  ChunkedList(const ChunkedList& other);
  ChunkedList& operator=(const ChunkedList&) = delete;
  ~ChunkedList() = default;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t memory_bytes() const { return sizeof(*this) + chunks_.memory_bytes() + packed_bytes_; }

  std::size_t chunk_count() const { return chunks_.size(); }
  std::size_t piece_count() const { return chunks_.size(); }  // how many allocations have to be freed
  ListpackView chunk(std::size_t number) const { return chunks_[number].elements.view(); }
  ListpackView chunk_at(Side side) const {
    return side == Side::head ? chunks_.front().elements.view() : chunks_.back().elements.view();
  }
  std::size_t chunk_size(std::size_t number) const { return chunks_[number].count; }
  Place locate(std::size_t index) const;  // must be below size(). O(chunks to the nearer end)

  void push(Side side, const PackedText& text, const ListLimits& limits);
  void pop(Side side);                                                               // must not be empty
  void insert(std::size_t index, const PackedText& text, const ListLimits& limits);  // `index` at most size()
  void set(std::size_t index, const PackedText& text, const ListLimits& limits);     // `index` below size()
  void erase(std::size_t first, std::size_t count, const ListLimits& limits);        // all of them must exist
  // As List::remove().
  std::size_t remove(const PackedText& text, std::size_t count_max, Side from, const ListLimits& limits);

  Listpack take_only_chunk();  // which leaves nothing

 private:
  struct Chunk {
    Listpack elements;
    std::uint32_t count = 0;
  };

  static bool fits(const Chunk& chunk, const PackedText& text, const ListLimits& limits) {
    return limits.allow(chunk.elements.byte_count() + text.byte_count(), chunk.count + std::size_t{1});
  }
  Chunk& end_chunk(Side side) { return side == Side::head ? chunks_.front() : chunks_.back(); }
  // All changes to the elements of a chunk, after which there are `added_count` more of them.
  template <class Change>
  void edit(Chunk& chunk, std::ptrdiff_t added_count, Change&& change);
  std::size_t remove_in_chunk(std::size_t number, const PackedText& text, std::size_t count_max, Side from);
  void add_chunk(std::size_t number, const PackedText& text);
  void add_end_chunk(Side side, const PackedText& text, const ListLimits& limits);
  void split(const Place& place);
  void erase_in_chunk(const Place& place, std::size_t count);
  void drop_chunks(std::size_t first, std::size_t last);
  void merge_around(std::size_t number, const ListLimits& limits);
  void merge_with_next(std::size_t number, const ListLimits& limits);
  bool append_chunk(std::size_t to, std::size_t from, const ListLimits& limits);
  void compact(std::size_t first, std::size_t last, const ListLimits& limits);

  Row<Chunk> chunks_;
  std::size_t size_ = 0;
  std::size_t packed_bytes_ = 0;  // occupied by the listpacks
};

}  // namespace sluice::store
