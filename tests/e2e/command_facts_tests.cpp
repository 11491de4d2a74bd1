// COMMAND's facts of every command, beside those of redis-server 7.0.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/text.hpp"
#include "tests/support/reply_text.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

using protocol::Reply;

// By command (a subcommand is "config|get") and by field.
using Facts = std::map<std::string, std::map<std::string, std::string>>;

// A fact in which Sluice follows Redis 7.2, and what Sluice says of it.
struct Difference {
  std::string_view command;
  std::string_view field;
  std::string_view sluice;
};

constexpr auto differences = std::to_array<Difference>({
    // Redis 7.2 lets scripts run what blocks.
    {"blmove", "flags", "{blocking denyoom write}"},
    {"blpop", "flags", "{blocking write}"},
    {"brpop", "flags", "{blocking write}"},
    {"brpoplpush", "flags", "{blocking denyoom write}"},
    // Tips of Redis 7.2.
    {"client|setname", "tips", "{request_policy:all_nodes response_policy:all_succeeded}"},
    {"config|resetstat", "tips", "{request_policy:all_nodes response_policy:all_succeeded}"},
    {"config|rewrite", "tips", "{request_policy:all_nodes response_policy:all_succeeded}"},
    {"msetnx", "tips", "{}"},
    {"randomkey", "tips", "{nondeterministic_output request_policy:all_shards response_policy:special}"},
    {"scan", "tips", "{nondeterministic_output request_policy:special response_policy:special}"},
    // Commands of Redis 7.2.
    {"client", "subcommands",
     "{client|caching client|getname client|getredir client|help client|id client|info "
     "client|kill client|list client|no-evict client|no-touch client|pause client|reply "
     "client|setinfo client|setname client|tracking client|trackinginfo client|unblock "
     "client|unpause}"},
    // Of its subcommands Sluice has one.
    {"function", "subcommands", "{function|flush}"},
    // Redis 7.2 corrected what 7.0 says here.
    {"client|pause", "since", "3.0.0"},
    {"command|getkeys", "arity", "-3"},
    {"command|getkeysandflags", "arity", "-3"},
    {"command|getkeys", "arguments",
     "[{name: command, type: string} {name: arg, type: string, flags: {multiple optional}}]"},
    {"command|getkeysandflags", "arguments",
     "[{name: command, type: string} {name: arg, type: string, flags: {multiple optional}}]"},
    // Redis 7.2 dropped the blocks that hold one argument only.
    {"client|list", "arguments",
     "[{name: normal_master_replica_pubsub, type: oneof, token: TYPE, flags: {optional}, arguments: [{name: normal, "
     "type: pure-token, token: NORMAL} {name: master, type: pure-token, token: MASTER} {name: replica, type: "
     "pure-token, token: REPLICA} {name: pubsub, type: pure-token, token: PUBSUB}]} {name: client-id, type: integer, "
     "token: ID, flags: {multiple optional}}]"},
    {"config|get", "arguments", "[{name: parameter, type: string, flags: {multiple}}]"},
    {"psubscribe", "arguments", "[{name: pattern, type: pattern, flags: {multiple}}]"},
    {"sinterstore", "key specs",
     "{{flags: {OW update}, begin_search: {type: index, spec: {index: 1}}, find_keys: {type: range, spec: {lastkey: 0, "
     "keystep: 1, limit: 0}}} {flags: {RO access}, begin_search: {type: index, spec: {index: 2}}, find_keys: {type: "
     "range, spec: {lastkey: -1, keystep: 1, limit: 0}}}}"},
    // WITHSCORE belongs to Redis 7.2, AGGREGATE COUNT to 8.8, NOSCORES to Valkey 8.0.
    {"bzpopmax", "flags", "{blocking fast write}"},
    {"bzpopmin", "flags", "{blocking fast write}"},
    {"zinter", "arguments",
     "[{name: numkeys, type: integer} {name: key, type: key, key_spec_index: 0, flags: {multiple}} "
     "{name: weight, type: block, flags: {optional}, arguments: [{name: weight, type: integer, "
     "token: WEIGHTS} {name: weight, type: integer, flags: {multiple optional}}]} {name: aggregate, "
     "type: oneof, token: AGGREGATE, flags: {optional}, arguments: [{name: sum, type: pure-token, "
     "token: SUM} {name: min, type: pure-token, token: MIN} {name: max, type: pure-token, token: "
     "MAX} {name: count, type: pure-token, token: COUNT}]} {name: withscores, type: pure-token, "
     "token: WITHSCORES, flags: {optional}}]"},
    {"zinterstore", "arguments",
     "[{name: destination, type: key, key_spec_index: 0} {name: numkeys, type: integer} {name: key, "
     "type: key, key_spec_index: 1, flags: {multiple}} {name: weight, type: block, flags: "
     "{optional}, arguments: [{name: weight, type: integer, token: WEIGHTS} {name: weight, type: "
     "integer, flags: {multiple optional}}]} {name: aggregate, type: oneof, token: AGGREGATE, flags: "
     "{optional}, arguments: [{name: sum, type: pure-token, token: SUM} {name: min, type: "
     "pure-token, token: MIN} {name: max, type: pure-token, token: MAX} {name: count, type: "
     "pure-token, token: COUNT}]}]"},
    {"zrank", "arguments",
     "[{name: key, type: key, key_spec_index: 0} {name: member, type: string} {name: withscore, "
     "type: pure-token, token: WITHSCORE, flags: {optional}}]"},
    {"zrank", "arity", "-3"},
    {"zrevrank", "arguments",
     "[{name: key, type: key, key_spec_index: 0} {name: member, type: string} {name: withscore, "
     "type: pure-token, token: WITHSCORE, flags: {optional}}]"},
    {"zrevrank", "arity", "-3"},
    {"zscan", "arguments",
     "[{name: key, type: key, key_spec_index: 0} {name: cursor, type: integer} {name: pattern, type: "
     "pattern, token: MATCH, flags: {optional}} {name: count, type: integer, token: COUNT, flags: "
     "{optional}} {name: noscores, type: pure-token, token: NOSCORES, flags: {optional}}]"},
    {"zunion", "arguments",
     "[{name: numkeys, type: integer} {name: key, type: key, key_spec_index: 0, flags: {multiple}} "
     "{name: weight, type: block, flags: {optional}, arguments: [{name: weight, type: integer, "
     "token: WEIGHTS} {name: weight, type: integer, flags: {multiple optional}}]} {name: aggregate, "
     "type: oneof, token: AGGREGATE, flags: {optional}, arguments: [{name: sum, type: pure-token, "
     "token: SUM} {name: min, type: pure-token, token: MIN} {name: max, type: pure-token, token: "
     "MAX} {name: count, type: pure-token, token: COUNT}]} {name: withscores, type: pure-token, "
     "token: WITHSCORES, flags: {optional}}]"},
    {"zunionstore", "arguments",
     "[{name: destination, type: key, key_spec_index: 0} {name: numkeys, type: integer} {name: key, "
     "type: key, key_spec_index: 1, flags: {multiple}} {name: weight, type: block, flags: "
     "{optional}, arguments: [{name: weight, type: integer, token: WEIGHTS} {name: weight, type: "
     "integer, flags: {multiple optional}}]} {name: aggregate, type: oneof, token: AGGREGATE, flags: "
     "{optional}, arguments: [{name: sum, type: pure-token, token: SUM} {name: min, type: "
     "pure-token, token: MIN} {name: max, type: pure-token, token: MAX} {name: count, type: "
     "pure-token, token: COUNT}]}]"},
    // Redis 7.2 lists the operations, and 8.2 has four more.
    {"bitop", "arguments",
     "[{name: operation, type: oneof, arguments: [{name: and, type: pure-token, token: AND} {name: or, "
     "type: pure-token, token: OR} {name: xor, type: pure-token, token: XOR} {name: not, type: "
     "pure-token, token: NOT} {name: diff, type: pure-token, token: DIFF} {name: diff1, type: "
     "pure-token, token: DIFF1} {name: andor, type: pure-token, token: ANDOR} {name: one, type: "
     "pure-token, token: ONE}]} {name: destkey, type: key, key_spec_index: 0} {name: key, type: key, "
     "key_spec_index: 1, flags: {multiple}}]"},
    // Redis 8.4 has conditions on the old value.
    {"set", "arguments",
     "[{name: key, type: key, key_spec_index: 0} {name: value, type: string} {name: condition, type: "
     "oneof, flags: {optional}, arguments: [{name: nx, type: pure-token, token: NX} {name: xx, type: "
     "pure-token, token: XX} {name: ifeq-value, type: string, token: IFEQ} {name: ifne-value, type: "
     "string, token: IFNE} {name: ifdeq-digest, type: string, token: IFDEQ} {name: ifdne-digest, type: "
     "string, token: IFDNE}]} {name: get, type: pure-token, token: GET, flags: {optional}} {name: "
     "expiration, type: oneof, flags: {optional}, arguments: [{name: seconds, type: integer, token: EX} "
     "{name: milliseconds, type: integer, token: PX} {name: unix-time-seconds, type: unix-time, token: "
     "EXAT} {name: unix-time-milliseconds, type: unix-time, token: PXAT} {name: keepttl, type: "
     "pure-token, token: KEEPTTL}]}]"},
    // Redis 7.2 lets PFMERGE have no sources.
    {"pfmerge", "arguments",
     "[{name: destkey, type: key, key_spec_index: 0} {name: sourcekey, type: key, key_spec_index: 1, "
     "flags: {multiple optional}}]"},
    // Redis 7.2 named the group, and lets GEOHASH and GEOPOS have no members.
    {"geoadd", "arguments",
     "[{name: key, type: key, key_spec_index: 0} {name: condition, type: oneof, flags: {optional}, "
     "arguments: [{name: nx, type: pure-token, token: NX} {name: xx, type: pure-token, token: XX}]} "
     "{name: change, type: pure-token, token: CH, flags: {optional}} {name: data, type: block, flags: "
     "{multiple}, arguments: [{name: longitude, type: double} {name: latitude, type: double} {name: "
     "member, type: string}]}]"},
    {"geohash", "arguments",
     "[{name: key, type: key, key_spec_index: 0} {name: member, type: string, flags: {multiple "
     "optional}}]"},
    {"geopos", "arguments",
     "[{name: key, type: key, key_spec_index: 0} {name: member, type: string, flags: {multiple "
     "optional}}]"},
    // BYPOLYGON, which needs no centre, belongs to Valkey 9.0.
    {"geosearch", "arguments",
     "[{name: key, type: key, key_spec_index: 0} {name: from, type: oneof, flags: {optional}, "
     "arguments: [{name: member, type: string, token: FROMMEMBER} {name: longitude_latitude, type: "
     "block, token: FROMLONLAT, arguments: [{name: longitude, type: double} {name: latitude, type: "
     "double}]}]} {name: by, type: oneof, arguments: [{name: circle, type: block, arguments: [{name: "
     "radius, type: double, token: BYRADIUS} {name: unit, type: oneof, arguments: [{name: m, type: "
     "pure-token, token: M} {name: km, type: pure-token, token: KM} {name: ft, type: pure-token, "
     "token: FT} {name: mi, type: pure-token, token: MI}]}]} {name: box, type: block, arguments: "
     "[{name: width, type: double, token: BYBOX} {name: height, type: double} {name: unit, type: "
     "oneof, arguments: [{name: m, type: pure-token, token: M} {name: km, type: pure-token, token: "
     "KM} {name: ft, type: pure-token, token: FT} {name: mi, type: pure-token, token: MI}]}]} {name: "
     "polygon, type: block, arguments: [{name: num-vertices, type: integer, token: BYPOLYGON} {name: "
     "vertex, type: block, flags: {multiple}, arguments: [{name: longitude, type: double} {name: "
     "latitude, type: double}]}]}]} {name: order, type: oneof, flags: {optional}, arguments: [{name: "
     "asc, type: pure-token, token: ASC} {name: desc, type: pure-token, token: DESC}]} {name: count, "
     "type: block, flags: {optional}, arguments: [{name: count, type: integer, token: COUNT} {name: "
     "any, type: pure-token, token: ANY, flags: {optional}}]} {name: withcoord, type: pure-token, "
     "token: WITHCOORD, flags: {optional}} {name: withdist, type: pure-token, token: WITHDIST, flags: "
     "{optional}} {name: withhash, type: pure-token, token: WITHHASH, flags: {optional}}]"},
    {"geosearchstore", "arguments",
     "[{name: destination, type: key, key_spec_index: 0} {name: source, type: key, key_spec_index: 1} "
     "{name: from, type: oneof, flags: {optional}, arguments: [{name: member, type: string, token: "
     "FROMMEMBER} {name: longitude_latitude, type: block, token: FROMLONLAT, arguments: [{name: "
     "longitude, type: double} {name: latitude, type: double}]}]} {name: by, type: oneof, arguments: "
     "[{name: circle, type: block, arguments: [{name: radius, type: double, token: BYRADIUS} {name: "
     "unit, type: oneof, arguments: [{name: m, type: pure-token, token: M} {name: km, type: "
     "pure-token, token: KM} {name: ft, type: pure-token, token: FT} {name: mi, type: pure-token, "
     "token: MI}]}]} {name: box, type: block, arguments: [{name: width, type: double, token: BYBOX} "
     "{name: height, type: double} {name: unit, type: oneof, arguments: [{name: m, type: pure-token, "
     "token: M} {name: km, type: pure-token, token: KM} {name: ft, type: pure-token, token: FT} "
     "{name: mi, type: pure-token, token: MI}]}]} {name: polygon, type: block, arguments: [{name: "
     "num-vertices, type: integer, token: BYPOLYGON} {name: vertex, type: block, flags: {multiple}, "
     "arguments: [{name: longitude, type: double} {name: latitude, type: double}]}]}]} {name: order, "
     "type: oneof, flags: {optional}, arguments: [{name: asc, type: pure-token, token: ASC} {name: "
     "desc, type: pure-token, token: DESC}]} {name: count, type: block, flags: {optional}, arguments: "
     "[{name: count, type: integer, token: COUNT} {name: any, type: pure-token, token: ANY, flags: "
     "{optional}}]} {name: storedist, type: pure-token, token: STOREDIST, flags: {optional}}]"},
    // XX belongs to Valkey 9.2.
    {"sismember", "arguments",
     "[{name: key, type: key, key_spec_index: 0} {name: member, type: string} {name: existence, type: "
     "pure-token, token: XX, flags: {optional}}]"},
    {"sismember", "arity", "-3"},
    // Sluice tells no key spec of patterns.
    {"sort", "arguments",
     "[{name: key, type: key, key_spec_index: 0} {name: pattern, type: pattern, token: BY, flags: "
     "{optional}} {name: limit, type: block, token: LIMIT, flags: {optional}, arguments: [{name: "
     "offset, type: integer} {name: count, type: integer}]} {name: pattern, type: pattern, token: "
     "GET, flags: {multiple multiple_token optional}} {name: order, type: oneof, flags: {optional}, "
     "arguments: [{name: asc, type: pure-token, token: ASC} {name: desc, type: pure-token, token: "
     "DESC}]} {name: sorting, type: pure-token, token: ALPHA, flags: {optional}} {name: destination, "
     "type: key, key_spec_index: 1, token: STORE, flags: {optional}}]"},
    {"sort_ro", "arguments",
     "[{name: key, type: key, key_spec_index: 0} {name: pattern, type: pattern, token: BY, flags: "
     "{optional}} {name: limit, type: block, token: LIMIT, flags: {optional}, arguments: [{name: "
     "offset, type: integer} {name: count, type: integer}]} {name: pattern, type: pattern, token: "
     "GET, flags: {multiple multiple_token optional}} {name: order, type: oneof, flags: {optional}, "
     "arguments: [{name: asc, type: pure-token, token: ASC} {name: desc, type: pure-token, token: "
     "DESC}]} {name: sorting, type: pure-token, token: ALPHA, flags: {optional}}]"},
    // NOVALUES belongs to Redis 7.4.
    {"hscan", "arguments",
     "[{name: key, type: key, key_spec_index: 0} {name: cursor, type: integer} {name: pattern, type: pattern, token: "
     "MATCH, flags: {optional}} {name: count, type: integer, token: COUNT, flags: {optional}} {name: novalues, type: "
     "pure-token, token: NOVALUES, flags: {optional}}]"},
    // MAXAGE belongs to Redis 7.4.
    {"client|kill", "arguments",
     "[{name: filter, type: oneof, arguments: [{name: ip:port, type: string} {name: new-format, type: oneof, flags: "
     "{multiple optional}, arguments: [{name: client-id, type: integer, token: ID, flags: {optional}} {name: "
     "normal_master_slave_pubsub, type: oneof, token: TYPE, flags: {optional}, arguments: [{name: normal, type: "
     "pure-token, token: NORMAL} {name: master, type: pure-token, token: MASTER} {name: slave, type: pure-token, "
     "token: SLAVE} {name: replica, type: pure-token, token: REPLICA} {name: pubsub, type: pure-token, token: "
     "PUBSUB}]} {name: username, type: string, token: USER, flags: {optional}} {name: ip:port, type: string, token: "
     "ADDR, flags: {optional}} {name: ip:port, type: string, token: LADDR, flags: {optional}} {name: yes/no, type: "
     "string, token: SKIPME, flags: {optional}} {name: maxage, type: integer, token: MAXAGE, flags: {optional}}]}]}]"},
});

// What the reference documents and Sluice does not, or at another place.
constexpr std::array<std::string_view, 4> undocumented = {"notes", "display_text", "since", "deprecated_since"};

std::string text_of(const Reply& reply);

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : std::string(between)) + part;
  return all;
}

std::string text_of_map(const Reply& map) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at + 1 < map.elements.size(); at += 2) {
    const std::string& key = map.elements[at].text;
    if (std::ranges::find(undocumented, key) != undocumented.end()) continue;
    parts.push_back(key + ": " + text_of(map.elements[at + 1]));
  }
  return "{" + joined(parts, ", ") + "}";
}

// One line; the members of a set are sorted.
std::string text_of(const Reply& reply) {
  if (reply.kind == Reply::Kind::integer) return std::to_string(reply.integer);
  if (reply.kind == Reply::Kind::map) return text_of_map(reply);
  std::vector<std::string> parts;
  std::ranges::transform(reply.elements, std::back_inserter(parts), text_of);
  if (reply.kind == Reply::Kind::array) return "[" + joined(parts, " ") + "]";
  std::ranges::sort(parts);
  if (reply.kind == Reply::Kind::set) return "{" + joined(parts, " ") + "}";
  return reply.text;
}

void add_info(Facts& facts, const Reply& info) {
  constexpr std::array fields = {"name",     "arity",      "flags", "first key", "last key",
                                 "key step", "categories", "tips",  "key specs", "subcommands"};
  REQUIRE(info.elements.size() == fields.size());
  auto& of_command = facts[info.elements[0].text];
  for (std::size_t at = 1; at + 1 < fields.size(); ++at) of_command[fields[at]] = text_of(info.elements[at]);
  std::set<std::string> names;
  for (const Reply& subcommand : info.elements.back().elements) {
    names.insert(subcommand.elements[0].text);
    add_info(facts, subcommand);
  }
  of_command["subcommands"] = "{" + joined({names.begin(), names.end()}, " ") + "}";
}

void add_docs(Facts& facts, const Reply& docs) {
  for (std::size_t at = 0; at + 1 < docs.elements.size(); at += 2) {
    auto& of_command = facts[docs.elements[at].text];
    const Reply& fields = docs.elements[at + 1];
    for (std::size_t field = 0; field + 1 < fields.elements.size(); field += 2) {
      const std::string& name = fields.elements[field].text;
      const Reply& value = fields.elements[field + 1];
      if (name == "subcommands") add_docs(facts, value);
      if (name == "since" || name == "group" || name == "arguments") of_command[name] = text_of(value);
    }
  }
}

Client connect_with_resp3(const ServerProcess& server) {
  Client client = server.connect();
  client.ask({"HELLO", "3"});
  return client;
}

Facts facts_of(const ServerProcess& server) {
  Client client = connect_with_resp3(server);
  Facts facts;
  for (const Reply& info : client.ask({"COMMAND"}).elements) add_info(facts, info);
  add_docs(facts, client.ask({"COMMAND", "DOCS"}));
  return facts;
}

ServerProcess& sluice_process() {
  static ServerProcess process(sluice_server());
  return process;
}

ServerProcess& redis_process() {
  static ServerProcess process(redis_server());
  return process;
}

const Difference* find_difference(std::string_view command, std::string_view field) {
  const auto found = std::ranges::find_if(
      differences, [&](const Difference& each) { return each.command == command && each.field == field; });
  return found == differences.end() ? nullptr : &*found;
}

void check_fact(const std::string& command, const std::string& field, const std::string& sluice,
                const std::string& redis) {
  const Difference* difference = find_difference(command, field);
  CAPTURE(command);
  CAPTURE(field);
  if (difference == nullptr) {
    CHECK(sluice == redis);
  } else {
    CHECK(sluice == difference->sluice);
    CHECK_MESSAGE(sluice != redis, "is in the table of differences but does not differ");
  }
}

// Redis 7.2 gave the block of LIMIT the name of its word.
void rename_limit_block(std::string& arguments) {
  constexpr std::string_view old_name = "{name: offset_count,";
  for (auto at = arguments.find(old_name); at != std::string::npos; at = arguments.find(old_name)) {
    arguments.replace(at, old_name.size(), "{name: limit,");
  }
}

TEST_CASE("every command has the facts that redis-server tells of it") {
  Facts redis = facts_of(redis_process());
  for (auto& [command, fields] : redis) rename_limit_block(fields["arguments"]);
  for (const auto& [command, fields] : facts_of(sluice_process())) {
    const bool is_newer = !redis.contains(command);
    CAPTURE(command);
    if (is_newer) {
      CHECK(fields.at("since") >= "7.2.0");
      continue;
    }
    for (const auto& [field, text] : fields) check_fact(command, field, text, redis[command][field]);
  }
}

TEST_CASE("every difference from redis-server is one of a command that is there") {
  Facts sluice = facts_of(sluice_process());
  for (const Difference& difference : differences) {
    CAPTURE(difference.command);
    CAPTURE(difference.field);
    CHECK(sluice[std::string(difference.command)].contains(std::string(difference.field)));
  }
}

TEST_CASE("COMMAND LIST names every command and subcommand once") {
  Client client = connect_with_resp3(sluice_process());
  std::multiset<std::string> listed;
  for (const Reply& name : client.ask({"COMMAND", "LIST"}).elements) listed.insert(name.text);
  std::multiset<std::string> known;
  for (const auto& [command, fields] : facts_of(sluice_process())) known.insert(command);
  CHECK(listed == known);
}

// One request or more for every command that has a key spec.
const std::vector<Request>& requests_with_keys() {
  static const std::vector<Request> requests = {
      {"APPEND", "k", "v"},
      {"BLMOVE", "a", "b", "LEFT", "RIGHT", "0"},
      {"BLMOVEM", "a", "b", "LEFT", "RIGHT", "0", "COUNT", "2", "BULK"},
      {"BLMPOP", "0", "2", "a", "b", "LEFT", "COUNT", "2"},
      {"BLMPOP", "0", "3", "a", "b", "LEFT"},
      {"BLMPOP", "0", "4", "a", "b", "LEFT"},
      {"BLPOP", "a", "b", "0"},
      {"BRPOP", "a", "0"},
      {"BRPOPLPUSH", "a", "b", "0"},
      {"COPY", "a", "b", "DB", "1"},
      {"DECR", "k"},
      {"DECRBY", "k", "2"},
      {"DEL", "a", "b", "a"},
      {"DUMP", "k"},
      {"EXISTS", "a", "b"},
      {"EXPIRE", "k", "1", "NX"},
      {"EXPIREAT", "k", "1"},
      {"EXPIRETIME", "k"},
      {"GET", "k"},
      {"GETDEL", "k"},
      {"GETEX", "k", "PERSIST"},
      {"GETRANGE", "k", "0", "1"},
      {"GETSET", "k", "v"},
      {"HDEL", "k", "f"},
      {"HEXISTS", "k", "f"},
      {"HEXPIRE", "k", "1", "FIELDS", "1", "f"},
      {"HEXPIREAT", "k", "1", "FIELDS", "1", "f"},
      {"HEXPIRETIME", "k", "FIELDS", "1", "f"},
      {"HGET", "k", "f"},
      {"HGETALL", "k"},
      {"GEOADD", "k", "1", "2", "m"},
      {"GEODIST", "k", "a", "b"},
      {"GEOHASH", "k", "a", "b"},
      {"GEOPOS", "k", "a", "b"},
      {"GEORADIUS", "k", "1", "2", "3", "km", "STORE", "d", "STOREDIST", "e"},
      {"GEORADIUS", "k", "1", "2", "3", "km", "WITHDIST"},
      {"GEORADIUS_RO", "k", "1", "2", "3", "km"},
      {"GEORADIUSBYMEMBER", "k", "a", "3", "km", "STOREDIST", "d"},
      {"GEORADIUSBYMEMBER_RO", "k", "a", "3", "km"},
      {"GEOSEARCH", "k", "FROMMEMBER", "a", "BYRADIUS", "3", "km"},
      {"GEOSEARCHSTORE", "d", "k", "FROMMEMBER", "a", "BYRADIUS", "3", "km"},
      {"HGETDEL", "k", "FIELDS", "1", "f"},
      {"HGETEX", "k", "FIELDS", "1", "f"},
      {"HINCRBY", "k", "f", "1"},
      {"HINCRBYFLOAT", "k", "f", "1"},
      {"HKEYS", "k"},
      {"HLEN", "k"},
      {"HMGET", "k", "f"},
      {"HMSET", "k", "f", "v"},
      {"HPERSIST", "k", "FIELDS", "1", "f"},
      {"HPEXPIRE", "k", "1", "FIELDS", "1", "f"},
      {"HPEXPIREAT", "k", "1", "FIELDS", "1", "f"},
      {"HPEXPIRETIME", "k", "FIELDS", "1", "f"},
      {"HPTTL", "k", "FIELDS", "1", "f"},
      {"HRANDFIELD", "k"},
      {"HSCAN", "k", "0"},
      {"HSET", "k", "f", "v"},
      {"HSETEX", "k", "FIELDS", "1", "f", "v"},
      {"HSETNX", "k", "f", "v"},
      {"HSTRLEN", "k", "f"},
      {"HTTL", "k", "FIELDS", "1", "f"},
      {"HVALS", "k"},
      {"INCR", "k"},
      {"INCRBY", "k", "2"},
      {"INCRBYFLOAT", "k", "2"},
      {"LCS", "a", "b", "LEN"},
      {"LINDEX", "k", "0"},
      {"LINSERT", "k", "BEFORE", "p", "e"},
      {"LLEN", "k"},
      {"LMOVE", "a", "b", "LEFT", "RIGHT"},
      {"LMOVEM", "a", "b", "LEFT", "RIGHT", "COUNT", "2", "BULK"},
      {"LMPOP", "2", "a", "b", "LEFT"},
      {"LMPOP", "0", "a", "b", "LEFT"},
      {"LMPOP", "-1", "a", "b", "LEFT"},
      {"LMPOP", "x", "a", "b", "LEFT"},
      {"LMPOP", "9223372036854775807", "a", "b", "LEFT"},
      {"LPOP", "k", "2"},
      {"LPOS", "k", "e", "RANK", "1"},
      {"LPUSH", "k", "a", "b"},
      {"LPUSHX", "k", "a", "b"},
      {"LRANGE", "k", "0", "1"},
      {"LREM", "k", "0", "e"},
      {"LSET", "k", "0", "e"},
      {"LTRIM", "k", "0", "1"},
      {"MEMORY", "USAGE", "k", "SAMPLES", "1"},
      {"MGET", "a", "b"},
      {"MOVE", "k", "1"},
      {"MSET", "a", "1", "b", "2"},
      {"MSETNX", "a", "1", "b", "2"},
      {"OBJECT", "ENCODING", "k"},
      {"OBJECT", "FREQ", "k"},
      {"OBJECT", "IDLETIME", "k"},
      {"OBJECT", "REFCOUNT", "k"},
      {"PERSIST", "k"},
      {"PEXPIRE", "k", "1"},
      {"PEXPIREAT", "k", "1"},
      {"PEXPIRETIME", "k"},
      {"PSETEX", "k", "1", "v"},
      {"PTTL", "k"},
      {"RENAME", "a", "b"},
      {"RENAMENX", "a", "b"},
      {"RPOP", "k"},
      {"RPOPLPUSH", "a", "b"},
      {"RPUSH", "k", "a", "b"},
      {"RPUSHX", "k", "a", "b"},
      {"SADD", "k", "a", "b"},
      {"SADDEX", "k", "MEMBERS", "1", "m"},
      {"SCARD", "k"},
      {"SDIFF", "a", "b"},
      {"SDIFFCARD", "2", "a", "b"},
      {"SDIFFSTORE", "d", "a", "b"},
      {"SET", "k", "v"},
      {"SET", "k", "v", "GET"},
      {"SET", "k", "v", "EX", "1", "get"},
      {"SETEX", "k", "1", "v"},
      {"SEXPIRE", "k", "1", "MEMBERS", "1", "m"},
      {"SEXPIREAT", "k", "1", "MEMBERS", "1", "m"},
      {"SEXPIRETIME", "k", "MEMBERS", "1", "m"},
      {"SINTER", "a", "b"},
      {"SINTERCARD", "2", "a", "b", "LIMIT", "1"},
      {"SINTERCARD", "3", "a", "b"},
      {"SINTERCARD", "0", "a"},
      {"SINTERSTORE", "d", "a", "b"},
      {"SISMEMBER", "k", "m"},
      {"SMEMBERS", "k"},
      {"SMISMEMBER", "k", "m"},
      {"SMOVE", "a", "b", "m"},
      {"SORT", "k", "BY", "w_*", "GET", "#"},
      {"SORT", "k", "LIMIT", "0", "1", "STORE", "d", "STORE", "e"},
      {"SORT", "k", "GET", "STORE", "STORE", "d"},
      {"SORT_RO", "k", "BY", "w_*"},
      {"SPERSIST", "k", "MEMBERS", "1", "m"},
      {"SPEXPIRE", "k", "1", "MEMBERS", "1", "m"},
      {"SPEXPIREAT", "k", "1", "MEMBERS", "1", "m"},
      {"SPEXPIRETIME", "k", "MEMBERS", "1", "m"},
      {"SPOP", "k"},
      {"SPTTL", "k", "MEMBERS", "1", "m"},
      {"SRANDMEMBER", "k"},
      {"SREM", "k", "m"},
      {"SSCAN", "k", "0"},
      {"STTL", "k", "MEMBERS", "1", "m"},
      {"SUNION", "a", "b"},
      {"SUNIONCARD", "2", "a", "b"},
      {"SUNIONSTORE", "d", "a", "b"},
      {"SETNX", "k", "v"},
      {"SETRANGE", "k", "0", "v"},
      {"SPUBLISH", "channel", "message"},
      {"SSUBSCRIBE", "a", "b"},
      {"STRLEN", "k"},
      {"SUBSTR", "k", "0", "1"},
      {"SUNSUBSCRIBE", "a", "b"},
      {"TOUCH", "a", "b"},
      {"TTL", "k"},
      {"TYPE", "k"},
      {"UNLINK", "a", "b"},
      {"WATCH", "a", "b"},
      {"BITCOUNT", "k"},
      {"BITFIELD", "k", "GET", "u8", "0"},
      {"BITFIELD", "k", "SET", "u8", "0", "1"},
      {"BITFIELD_RO", "k", "GET", "u8", "0"},
      {"BITOP", "AND", "d", "a", "b"},
      {"BITPOS", "k", "1"},
      {"DELEX", "k"},
      {"DELIFEQ", "k", "v"},
      {"DIGEST", "k"},
      {"INCREX", "k"},
      {"MSETEX", "2", "a", "1", "b", "2"},
      {"GETBIT", "k", "0"},
      {"PFADD", "k", "a"},
      {"PFCOUNT", "a", "b"},
      {"PFDEBUG", "ENCODING", "k"},
      {"PFMERGE", "d", "a", "b"},
      {"SETBIT", "k", "0", "1"},
      {"BZMPOP", "0", "2", "a", "b", "MIN"},
      {"BZPOPMAX", "a", "b", "0"},
      {"BZPOPMIN", "a", "b", "0"},
      {"ZADD", "k", "1", "a"},
      {"ZCARD", "k"},
      {"ZCOUNT", "k", "0", "1"},
      {"ZDIFF", "2", "a", "b"},
      {"ZDIFFSTORE", "d", "2", "a", "b"},
      {"ZINCRBY", "k", "1", "a"},
      {"ZINTER", "2", "a", "b"},
      {"ZINTERCARD", "2", "a", "b"},
      {"ZINTERSTORE", "d", "2", "a", "b"},
      {"ZLEXCOUNT", "k", "-", "+"},
      {"ZMPOP", "2", "a", "b", "MIN"},
      {"ZMSCORE", "k", "a"},
      {"ZPOPMAX", "k"},
      {"ZPOPMIN", "k"},
      {"ZRANDMEMBER", "k"},
      {"ZRANGE", "k", "0", "1"},
      {"ZRANGEBYLEX", "k", "-", "+"},
      {"ZRANGEBYSCORE", "k", "0", "1"},
      {"ZRANGESTORE", "d", "k", "0", "1"},
      {"ZRANK", "k", "a"},
      {"ZREM", "k", "a"},
      {"ZREMRANGEBYLEX", "k", "-", "+"},
      {"ZREMRANGEBYRANK", "k", "0", "1"},
      {"ZREMRANGEBYSCORE", "k", "0", "1"},
      {"ZREVRANGE", "k", "0", "1"},
      {"ZREVRANGEBYLEX", "k", "+", "-"},
      {"ZREVRANGEBYSCORE", "k", "1", "0"},
      {"ZREVRANK", "k", "a"},
      {"ZSCAN", "k", "0"},
      {"ZSCORE", "k", "a"},
      {"ZUNION", "2", "a", "b"},
      {"ZUNIONSTORE", "d", "2", "a", "b", "WEIGHTS", "1", "2"},
      {"ZUNIONSTORE", "d", "9", "a", "b"},
  };
  return requests;
}

bool has_command(Client& client, const Request& request) {
  return client.ask({"COMMAND", "INFO", request[0]}).elements[0].kind == Reply::Kind::array;
}

TEST_CASE("the keys of a request, and what is done to them, are those that redis-server finds") {
  Client sluice = connect_with_resp3(sluice_process());
  Client redis = connect_with_resp3(redis_process());
  for (const Request& request : requests_with_keys()) {
    if (!has_command(sluice, request) || !has_command(redis, request)) continue;
    for (const std::string subcommand : {"GETKEYS", "GETKEYSANDFLAGS"}) {
      if (subcommand == "GETKEYSANDFLAGS" && find_difference(base::to_lower(request[0]), "key specs")) continue;
      Request question = {"COMMAND", subcommand};
      question.insert(question.end(), request.begin(), request.end());
      CAPTURE(joined(question, " "));
      CHECK(reply_lines(sluice.ask(question)) == reply_lines(redis.ask(question)));
    }
  }
}

TEST_CASE("no command with a key spec is forgotten above") {
  std::set<std::string> commands;
  for (const Request& request : requests_with_keys()) {
    const bool is_contained = request[0] == "OBJECT" || request[0] == "MEMORY";
    std::string name = is_contained ? request[0] + "|" + request[1] : request[0];
    std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::tolower(letter); });
    commands.insert(name);
  }
  for (auto& [command, fields] : facts_of(sluice_process())) {
    if (fields["key specs"] == "{}") continue;
    CAPTURE(command);
    CHECK(commands.contains(command));
  }
}

}  // namespace
}  // namespace sluice::tests
