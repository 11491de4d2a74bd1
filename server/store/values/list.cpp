#include "server/store/values/list.hpp"

namespace sluice::store {

PackedElement ListView::at(std::size_t index) const {
  const auto [number, index_in_chunk] = locate(index);
  return *chunk(number).at(index_in_chunk);
}

// From one listpack to chunks, of which it is the first.
void List::divide() {
  auto chunks = packed_.empty() ? std::make_unique<ChunkedList>() : std::make_unique<ChunkedList>(std::move(packed_));
  packed_ = Listpack();
  chunks_ = std::move(chunks);
}

void List::unite() {
  packed_ = chunks_->take_only_chunk();
  chunks_.reset();
}

void List::push(Side side, const PackedText& text, const ListLimits& limits) {
  if (!is_packed()) return chunks_->push(side, text, limits);
  side == Side::head ? packed_.prepend(text) : packed_.append(text);
}

void List::pop(Side side) {
  if (!is_packed()) return chunks_->pop(side);
  side == Side::head ? packed_.erase_first() : packed_.erase_last();
}

void List::insert(std::size_t index, const PackedText& text, const ListLimits& limits) {
  if (!is_packed()) return chunks_->insert(index, text, limits);
  const ListpackView view = packed_.view();
  packed_.insert(view.offset_of(view.at(index)), text);
}

void List::set(std::size_t index, const PackedText& text, const ListLimits& limits) {
  if (!is_packed()) return chunks_->set(index, text, limits);
  const ListpackView view = packed_.view();
  packed_.replace(view.offset_of(view.at(index)), text);
}

void List::erase(std::size_t first, std::size_t count, const ListLimits& limits) {
  if (!is_packed()) return chunks_->erase(first, count, limits);
  const ListpackView view = packed_.view();
  packed_.erase(view.offset_of(view.at(first)), view.offset_of(view.at(first + count)), count);
}

void List::erase_outside(std::size_t first, std::size_t count, const ListLimits& limits) {
  const std::size_t behind = first + count;
  if (behind < size()) erase(behind, size() - behind, limits);
  if (first > 0) erase(0, first, limits);
}

std::size_t List::remove(const PackedText& text, std::size_t count_max, Side from, const ListLimits& limits) {
  if (!is_packed()) return chunks_->remove(text, count_max, from, limits);
  return packed_.erase_equal(text, count_max, from);
}

// --- Walk

ListView::Walk::Walk(const ListView& list, Side from, std::size_t skip)
    : list_(list), from_(from), left_(list.size() - std::min(skip, list.size())) {
  if (left_ == 0) return;
  const auto [number, index] = list.locate(from == Side::head ? skip : list.size() - 1 - skip);
  enter_chunk(number);
  at_ = list.chunk(number).at(from == Side::head ? index : index + 1);
}

void ListView::Walk::enter_chunk(std::size_t number) {
  chunk_ = number;
  const ListpackView chunk = list_.chunk(number);
  at_ = from_ == Side::head ? chunk.begin() : chunk.end();
  chunk_end_ = from_ == Side::head ? chunk.end() : chunk.begin();
}

PackedElement ListView::Walk::take() {
  if (at_ == chunk_end_) enter_chunk(from_ == Side::head ? chunk_ + 1 : chunk_ - 1);
  --left_;
  return from_ == Side::head ? at_.take() : *--at_;
}

}  // namespace sluice::store
