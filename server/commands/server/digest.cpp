#include "server/commands/server/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cstdint>
#include <new>

#include "server/store/values/hash.hpp"
#include "server/store/values/list.hpp"
#include "server/store/values/set.hpp"
#include "server/store/values/sorted_set.hpp"

namespace sluice::commands::server {

namespace {

using Hash = std::array<char, 20>;

Hash sha1(std::string_view text) {
  Hash hash{};
  // The library fails only for want of memory.
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(hash.data()), nullptr, EVP_sha1(),
                 nullptr) != 1) {
    throw std::bad_alloc();
  }
  return hash;
}

// The number of a type in Redis, which is part of the digest.
std::uint32_t number_of(store::Type type) {
  switch (type) {
    case store::Type::string:
      return 0;
    case store::Type::list:
      return 1;
    case store::Type::set:
      return 2;
    case store::Type::sorted_set:
      return 3;
    case store::Type::hash:
      return 4;
    case store::Type::stream:
      return 6;
  }
  return 0;
}

void add_list(Digest& digest, const store::ListView& list) {
  for (store::List::Walk walk(list, store::Side::head); !walk.done();) digest.add_ordered(walk.take().text());
}

void add_set(Digest& digest, const store::SetView& set) {
  set.for_each([&](const store::PackedElement& member) { digest.add_unordered(member.text()); });
}

void add_hash(Digest& digest, const store::HashView& hash) {
  hash.for_each([&](const store::HashField& field) {
    Digest of_field;
    of_field.add_ordered(field.name.text());
    of_field.add_ordered(field.value.text());
    if (field.time_ms) of_field.add_unordered("!!hexpire!!");
    digest.add_unordered(of_field.bytes());
  });
}

void add_sorted_set(Digest& digest, const store::SortedSetView& set) {
  for (store::SortedSet::Walk walk(set); !walk.done();) {
    const store::SortedSet::Element element = walk.take();
    Digest of_member;
    of_member.add_ordered(element.member.text());
    of_member.add_ordered(fmt::format("{:.17g}", element.score));
    digest.add_unordered(of_member.bytes());
  }
}

}  // namespace

void Digest::add_unordered(std::string_view text) {
  const Hash hash = sha1(text);
  for (std::size_t index = 0; index < bytes_.size(); ++index) {
    bytes_[index] = static_cast<char>(bytes_[index] ^ hash[index]);
  }
}

void Digest::add_ordered(std::string_view text) {
  add_unordered(text);
  bytes_ = sha1(bytes());
}

void Digest::add_ordered(std::uint32_t number) {
  std::array<char, 4> bytes{};
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    bytes[index] = static_cast<char>(number >> (8 * (bytes.size() - 1 - index)));
  }
  add_ordered(std::string_view(bytes.data(), bytes.size()));
}

std::string Digest::hex() const {
  std::string text;
  for (const char byte : bytes_) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

void add_value(Digest& digest, const store::Entry& entry) {
  digest.add_ordered(number_of(entry.type()));
  switch (entry.type()) {
    case store::Type::string:
      digest.add_ordered(entry.string());
      break;
    case store::Type::list:
      add_list(digest, entry.as<store::List>());
      break;
    case store::Type::set:
      add_set(digest, entry.as<store::Set>());
      break;
    case store::Type::sorted_set:
      add_sorted_set(digest, entry.as<store::SortedSet>());
      break;
    case store::Type::hash:
      add_hash(digest, entry.as<store::Hash>());
      break;
    case store::Type::stream:
      break;
  }
  if (entry.has_expiry()) digest.add_unordered("!!expire!!");
}

Digest digest_of(const store::Databases& databases) {
  Digest all;
  for (std::size_t number = 0; number < databases.count(); ++number) {
    const store::Keyspace& keyspace = databases[number];
    if (keyspace.size() == 0) continue;
    all.add_ordered(static_cast<std::uint32_t>(number));
    keyspace.for_each([&all](const store::Entry& entry) {
      Digest of_key;
      of_key.add_ordered(entry.key());
      add_value(of_key, entry);
      all.add_unordered(of_key.bytes());
    });
  }
  return all;
}

}  // namespace sluice::commands::server
