#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "protocol/reply_writer.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

// How COMMAND describes commands.
namespace sluice::commands::server {

// The names of ACL categories, in the order in which they are listed.
inline constexpr std::array<std::pair<dispatch::Category, std::string_view>, 21> category_names = {{
    {dispatch::Category::keyspace, "keyspace"},
    {dispatch::Category::read, "read"},
    {dispatch::Category::write, "write"},
    {dispatch::Category::set, "set"},
    {dispatch::Category::sorted_set, "sortedset"},
    {dispatch::Category::list, "list"},
    {dispatch::Category::hash, "hash"},
    {dispatch::Category::string, "string"},
    {dispatch::Category::bitmap, "bitmap"},
    {dispatch::Category::hyperloglog, "hyperloglog"},
    {dispatch::Category::geo, "geo"},
    {dispatch::Category::stream, "stream"},
    {dispatch::Category::pubsub, "pubsub"},
    {dispatch::Category::admin, "admin"},
    {dispatch::Category::fast, "fast"},
    {dispatch::Category::slow, "slow"},
    {dispatch::Category::blocking, "blocking"},
    {dispatch::Category::dangerous, "dangerous"},
    {dispatch::Category::connection, "connection"},
    {dispatch::Category::transaction, "transaction"},
    {dispatch::Category::scripting, "scripting"},
}};

// The element of COMMAND INFO for one command, its subcommands included.
void reply_info(protocol::ReplyWriter& reply, const dispatch::CommandEntry& entry);

// The name and the map of COMMAND DOCS for one command, its subcommands included.
void reply_docs(protocol::ReplyWriter& reply, const dispatch::CommandEntry& entry);

// Replies with what a command does to a key, as a set of status replies: RW, access, update …
void reply_key_flags(protocol::ReplyWriter& reply, dispatch::KeyFlags flags);

}  // namespace sluice::commands::server
