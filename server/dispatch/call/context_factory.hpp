#pragma once

#include <cstdint>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/call/request.hpp"

namespace sluice::dispatch {

// Makes the context of a kind of command: the parts of the server that it may touch.
template <class Context>
struct ContextFactory;

template <>
struct ContextFactory<DataContext> {
  static DataContext make(const ServerParts& parts, const Request& request, const KeyHashing& hashing) {
    const int database = request.session.chosen.database;
    return {.databases = parts.databases,
            .keyspace = parts.databases[static_cast<std::size_t>(database)],
            .database = database,
            .clock = parts.clock,
            .settings = parts.settings,
            .statistics = parts.statistics,
            .reply = request.reply,
            .hashing = hashing,
            .events = parts.events,
            .effects = parts.effects};
  }
};

template <>
struct ContextFactory<BlockingContext> {
  static BlockingContext make(const ServerParts& parts, const Request& request, const KeyHashing& hashing) {
    return {ContextFactory<DataContext>::make(parts, request, hashing), request.session, request.may_wait()};
  }
};

template <>
struct ContextFactory<SessionContext> {
  static SessionContext make(const ServerParts& parts, const Request& request, const KeyHashing& hashing) {
    return {.session = request.session,
            .clock = parts.clock,
            .settings = parts.settings,
            .reply = request.reply,
            .hashing = hashing};
  }
};

template <>
struct ContextFactory<TransactionContext> {
  static TransactionContext make(const ServerParts& parts, const Request& request, const KeyHashing& hashing,
                                 TransactionRunner& runner) {
    return {.session = request.session,
            .watches = parts.watches,
            .runner = runner,
            .reply = request.reply,
            .hashing = hashing};
  }
};

template <>
struct ContextFactory<PubSubContext> {
  static PubSubContext make(const ServerParts& parts, const Request& request, const KeyHashing& hashing) {
    return {.session = request.session,
            .services = parts.services,
            .reply = request.reply,
            .hashing = hashing,
            .effects = parts.effects,
            .origin = request.origin};
  }
};

template <>
struct ContextFactory<AdminContext> {
  static AdminContext make(const ServerParts& parts, const Request& request, const KeyHashing& hashing) {
    return {.parts = parts,
            .session = request.session,
            .reply = request.reply,
            .hashing = hashing,
            .origin = request.origin};
  }
};

}  // namespace sluice::dispatch
