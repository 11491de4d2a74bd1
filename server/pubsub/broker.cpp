#include "server/pubsub/broker.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <utility>

#include "protocol/reply_writer.hpp"
#include "server/base/glob.hpp"
#include "server/base/reserve.hpp"
#include "server/dispatch/clients/shared_reply.hpp"

namespace sluice::pubsub {

using dispatch::Session;
using dispatch::SharedBytes;
using dispatch::Subscriptions;

namespace {

// One message in the encodings that its receivers need, each made when the first of them comes.
template <std::size_t word_count>
class Message {
 public:
  // The kind of message, what matched, and the payload.
  template <class... Word>
  explicit Message(const Word&... words) : words_{words...} {}

  void send_to(Session& session) noexcept {
    try {
      session.push(bytes_.in(session.chosen.protocol, [this](auto version) { return encode(version); }));
    } catch (const std::bad_alloc&) {
      session.lose();
    }
  }

 private:
  SharedBytes encode(protocol::ProtocolVersion version) const {
    // Kept from message to message unless it has become large.
    constexpr std::size_t kept_bytes_max = 64UL * 1024;
    static thread_local protocol::ReplyBuffer buffer;
    protocol::ReplyWriter writer(buffer, version);
    writer.push(words_.size());
    for (const std::string_view word : words_) writer.bulk(word);
    auto encoded = std::make_shared<const std::string>(buffer.view());
    buffer.clear();
    buffer.release_above(kept_bytes_max);
    return encoded;
  }

  std::array<std::string_view, word_count> words_;
  dispatch::SharedReply bytes_;
};

template <class... Word>
Message(const Word&...) -> Message<sizeof...(Word)>;

Subscriptions::Names& mutable_names(Subscriptions& subscriptions, Kind kind) {
  switch (kind) {
    case Kind::pattern:
      return subscriptions.patterns;
    case Kind::shard_channel:
      return subscriptions.shard_channels;
    case Kind::channel:
      break;
  }
  return subscriptions.channels;
}

// The last subscriber takes the place of the one who leaves.
void take_out(Broker::Subscribers& subscribers, std::size_t place, Kind kind, std::string_view name) {
  Session* const last = subscribers.back();
  subscribers.pop_back();
  if (place == subscribers.size()) return;
  subscribers[place] = last;
  mutable_names(*last->conversations.subscriptions, kind).find(name)->second = place;
}

}  // namespace

const Subscriptions::Names& names_of(const Session& session, Kind kind) {
  static const Subscriptions::Names none;
  return session.conversations.subscriptions ? mutable_names(*session.conversations.subscriptions, kind) : none;
}

bool Broker::subscribe(Session& session, Kind kind, std::string_view name) {
  if (!session.conversations.subscriptions) {
    session.conversations.subscriptions = std::make_unique<Subscriptions>();
    ++client_count_;
  }
  Subscriptions::Names& names = mutable_names(*session.conversations.subscriptions, kind);
  if (names.contains(name)) return false;
  Index& index = mutable_index(kind);
  try {
    auto& [kept_name, subscribers] = *index.try_emplace(std::string(name)).first;
    base::reserve(subscribers, subscribers.size() + 1);
    names.emplace(kept_name, subscribers.size());  // views the name in the index
    subscribers.push_back(&session);
  } catch (const std::bad_alloc&) {
    forget_if_unused(session, kind, name);
    throw;
  }
  return true;
}

// Removes the traces of a subscription that did not come about, or is over.
void Broker::forget_if_unused(Session& session, Kind kind, std::string_view name) {
  Index& index = mutable_index(kind);
  const auto found = index.find(name);
  if (found != index.end() && found->second.empty()) index.erase(found);
  if (!session.conversations.subscriptions->empty()) return;
  session.conversations.subscriptions.reset();
  --client_count_;
}

bool Broker::unsubscribe(Session& session, Kind kind, std::string_view name) {
  if (!session.conversations.subscriptions) return false;
  Subscriptions::Names& names = mutable_names(*session.conversations.subscriptions, kind);
  const auto subscribed = names.find(name);
  if (subscribed == names.end()) return false;
  const std::size_t place = subscribed->second;
  const auto found = mutable_index(kind).find(name);
  // `name` may be that of the session's own list.
  take_out(found->second, place, kind, found->first);
  names.erase(subscribed);
  forget_if_unused(session, kind, found->first);
  return true;
}

std::size_t Broker::publish(Kind kind, std::string_view channel, std::string_view message) const {
  std::size_t count = 0;
  if (const auto found = index(kind).find(channel); found != index(kind).end()) {
    Message direct(kind == Kind::shard_channel ? "smessage" : "message", channel, message);
    for (Session* session : found->second) direct.send_to(*session);
    count += found->second.size();
  }
  if (kind == Kind::shard_channel) return count;
  for (const auto& [pattern, subscribers] : index(Kind::pattern)) {
    if (!base::glob_matches(pattern, channel)) continue;
    Message matched("pmessage", pattern, channel, message);
    for (Session* session : subscribers) matched.send_to(*session);
    count += subscribers.size();
  }
  return count;
}

std::size_t Broker::subscriber_count(Kind kind, std::string_view name) const {
  const auto found = index(kind).find(name);
  return found == index(kind).end() ? 0 : found->second.size();
}

void Broker::on_conversations_ended(Session& session) {
  for (const Kind kind : {Kind::channel, Kind::pattern, Kind::shard_channel}) {
    while (!names_of(session, kind).empty()) unsubscribe(session, kind, names_of(session, kind).begin()->first);
  }
}

void Broker::tell(dispatch::FigureSection section, dispatch::FigureSink& sink) const {
  if (section == dispatch::FigureSection::clients) sink.field("pubsub_clients", client_count_);
  if (section != dispatch::FigureSection::stats) return;
  sink.field("pubsub_channels", index(Kind::channel).size());
  sink.field("pubsub_patterns", index(Kind::pattern).size());
  sink.field("pubsubshard_channels", index(Kind::shard_channel).size());
}

}  // namespace sluice::pubsub
