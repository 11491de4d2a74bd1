#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "server/base/hash.hpp"
#include "server/dispatch/requests/spec.hpp"
#include "server/store/types.hpp"

namespace sluice::dispatch {

// How keys among the words get their hashes: that of the first key was computed when the request was resolved. The hash
// is tied to the very word, in whatever order the words are read.
struct KeyHashing {
  base::KeyHasher hasher;
  std::uint64_t first_key_hash = 0;
  const std::string_view* first_key = nullptr;  // the word, or null if the hash is not known

  store::Key key_of(const std::string_view& word) const {
    return {word, &word == first_key ? first_key_hash : hasher(word)};
  }
};

// A cursor over the words of a request, the command's name (and subcommand) already behind it. A word that does not
// have the form asked for throws the CommandError that Redis replies with. Pure: the reader sees neither clock nor
// store.
class ArgReader {
 public:
  // The first `name_words` of `request` are the name.
  ArgReader(Words request, std::size_t name_words, KeyHashing hashing)
      : words_(request), next_(name_words), hashing_(hashing) {}

  // As they were typed. A subcommand requires a name of two words.
  std::string_view name() const { return words_[0]; }
  std::string_view subcommand() const { return words_[1]; }

  bool done() const { return next_ == words_.size(); }
  std::size_t left() const { return words_.size() - next_; }
  std::string_view peek() const { return words_[next_]; }  // requires !done()

  // All next_…(): a syntax error when nothing is left.
  std::string_view next_word() {
    if (done()) [[unlikely]]
      refuse_syntax();
    return words_[next_++];
  }
  store::Key next_key() {
    if (done()) [[unlikely]]
      refuse_syntax();
    return hashing_.key_of(words_[next_++]);
  }
  std::int64_t next_integer();
  std::int64_t next_integer_between(std::int64_t low, std::int64_t high, std::string_view error_line);
  double next_float();
  Words rest();                                               // takes everything that is left, perhaps nothing
  Words left_words() const { return words_.subspan(next_); }  // takes nothing

  // Takes the next word if it is `keyword`, in any case.
  bool take_keyword(std::string_view keyword);

  // A syntax error unless everything has been read.
  void finish() const {
    if (!done()) [[unlikely]]
      refuse_syntax();
  }

  // The key of an arbitrary word, for commands whose keys are a list.
  store::Key key_of(std::string_view word) const { return {word, hashing_.hasher(word)}; }
  const KeyHashing& hashing() const { return hashing_; }

 private:
  [[noreturn]] static void refuse_syntax();

  Words words_;
  std::size_t next_;
  KeyHashing hashing_;
};

}  // namespace sluice::dispatch
