// Any bytes: what passes for a listpack can be read from either end, without a look beyond its bytes, and written anew.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/store/values/listpack.hpp"
#include "tests/fuzz/require.hpp"

namespace sluice::store {
namespace {

using sluice::tests::require;

std::vector<std::string> texts_of(ListpackView view) {
  std::vector<std::string> texts;
  for (auto element = view.begin(); element != view.end();) texts.push_back(element.take().text());
  return texts;
}

// `bytes` end where their memory ends.
void check_bytes(const std::vector<char>& bytes) {
  if (!ListpackView::is_valid({bytes.data(), bytes.size()})) return;
  const ListpackView view(bytes.data());
  require(view.byte_count() == bytes.size());
  const std::vector<std::string> texts = texts_of(view);
  require(view.size() == texts.size() && view.empty() == texts.empty());
  auto backwards = view.end();
  for (auto text = texts.rbegin(); text != texts.rend(); ++text) require((*--backwards).text() == *text);
  require(backwards == view.begin());

  Listpack anew;
  for (const std::string& text : texts) anew.append(PackedText(text));
  require(ListpackView::is_valid(anew.view().bytes()) && texts_of(anew.view()) == texts);
}

// The same with its length and its end put right, which chance would hardly find.
std::vector<char> framed(std::vector<char> bytes) {
  constexpr std::size_t length_bytes = sizeof(std::uint32_t);
  if (bytes.size() < ListpackView::empty_bytes) return bytes;
  const auto length = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(bytes.data(), &length, length_bytes);
  bytes.back() = '\xff';
  return bytes;
}

}  // namespace
}  // namespace sluice::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<char> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  sluice::store::check_bytes(bytes);
  sluice::store::check_bytes(sluice::store::framed(std::move(bytes)));
  return 0;
}
