#pragma once

#include "protocol/reply_writer.hpp"
#include "server/store/values/packed_element.hpp"

// How the elements of collections are replied.
namespace sluice::commands {

inline void reply_element(protocol::ReplyWriter& reply, store::PackedElement element) {
  if (element.is_integer()) {
    reply.bulk_integer(element.integer());
  } else {
    reply.bulk(element.bytes());
  }
}

// The same into a run of bulk strings, whose room the caller has found.
inline void add_element(protocol::BulkRun& bulks, store::PackedElement element) {
  if (element.is_integer()) {
    bulks.add_integer(element.integer());
  } else {
    bulks.add(element.bytes());
  }
}

}  // namespace sluice::commands
