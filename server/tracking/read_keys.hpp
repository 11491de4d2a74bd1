#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/base/hash.hpp"
#include "server/base/random.hpp"

namespace sluice::tracking {

// Which connections have read which keys and not been told since that they changed. A key is known by its name alone,
// whichever database it is in; a connection by its id, which may be that of one that is gone.
class ReadKeys {
 public:
  using Readers = std::vector<std::uint64_t>;  // ascending

  ReadKeys();

  // Costs O(log N) in the readers of the key, and O(N) for one who has not read it yet.
  void remember(std::string_view key, std::uint64_t reader);
  // Forgets the key; those who had read it.
  Readers take(std::string_view key);

  struct Taken {
    std::string key;
    Readers readers;
  };
  // The same for a key chosen by chance. There must be one.
  Taken take_any();

  std::size_t key_count() const { return readers_.size(); }
  std::size_t reader_count() const { return reader_count_; }  // over all keys

 private:
  struct Hash {
    using is_transparent = void;
    base::KeyHasher hasher;
    std::size_t operator()(std::string_view key) const { return hasher(key); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(std::string_view left, std::string_view right) const { return left == right; }
  };

  void shrink_if_sparse();

  std::unordered_map<std::string, Readers, Hash, Equal> readers_;
  std::size_t reader_count_ = 0;
  base::Random random_;
};

}  // namespace sluice::tracking
