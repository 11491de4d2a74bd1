#include "server/store/values/scored_member.hpp"

#include <new>

#include "server/base/memory.hpp"

namespace sluice::store {

std::size_t ScoredMember::memory_bytes(std::size_t size) {
  const std::size_t size_bytes = size < long_mark ? 1 : 1 + sizeof(size);
  return base::allocation_size(sizeof(ScoredMember) + size_bytes + size);
}

ScoredMember::Owned ScoredMember::create(std::string_view bytes, double score) {
  const std::size_t size = bytes.size();
  auto* const memory = static_cast<char*>(::operator new(memory_bytes(size)));
  char* body = memory + sizeof(ScoredMember);
  if (size < long_mark) {
    *body++ = static_cast<char>(size);
  } else {
    *body++ = static_cast<char>(long_mark);
    std::memcpy(body, &size, sizeof(size));
    body += sizeof(size);
  }
  if (size > 0) std::memcpy(body, bytes.data(), size);
  return Owned(new (memory) ScoredMember(score));
}

void ScoredMember::Deleter::operator()(ScoredMember* member) const {
  const std::size_t bytes = member->memory_bytes();
  member->~ScoredMember();
  ::operator delete(static_cast<void*>(member), bytes);
}

}  // namespace sluice::store
