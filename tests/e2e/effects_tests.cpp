// The effects of each write command, beside the lines that redis-server 7.0 writes into its append-only file for it.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/effect_recorder.hpp"
#include "tests/support/in_process_server.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

// A request of a connection. A request that waits gets no reply yet.
struct Step {
  Request request;
  std::string connection = "main";
  bool waits = false;
};

struct Case {
  std::string name;
  std::vector<Step> steps;
};

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// Points in time around now, as which relative times are repeated, to ten seconds: the servers run one after the other.
std::string shown(const std::string& word) {
  // Redis 7.0 writes the sides of a served BLMOVE in small letters, Redis 7.2 as they were typed.
  if (word == "left") return "LEFT";
  if (word == "right") return "RIGHT";
  constexpr std::int64_t near_ms = 86'400'000;
  constexpr std::int64_t coarse_ms = 10'000;
  if (word.size() != 13 || word.find_first_not_of("0123456789") != std::string::npos) return word;
  const std::int64_t ahead_ms = std::stoll(word) - now_ms();
  if (ahead_ms < -near_ms || ahead_ms > near_ms) return word;
  return "<now+" + std::to_string((ahead_ms + coarse_ms / 2) / coarse_ms * 10) + "s>";
}

// One line each, behind the number of the database; SELECT is left out.
std::string lines_of(const std::vector<Request>& requests) {
  std::string lines;
  std::string database = "0";
  for (const Request& request : requests) {
    if (request[0] == "SELECT") {
      database = request[1];
      continue;
    }
    lines += database;
    for (const std::string& word : request) lines += " " + shown(word);

    lines += '\n';
  }
  return lines;
}

std::string effects_of_sluice(const std::vector<Step>& steps) {
  InProcessServer server;
  EffectRecorder recorder;
  server.effects().add(recorder);
  for (const Step& step : steps) {
    if (step.request[0] == "wait") {
      server.advance(std::stoll(step.request[1]));
    } else {
      server.send_on(step.connection, step.request);
    }
  }
  return lines_of(recorder.requests());
}

// A redis-server that keeps an append-only file.
class Reference {
 public:
  Reference()
      : server_({.program = "redis-server",
                 .arguments = {"--enable-debug-command", "yes", "--save", "", "--appendonly", "yes", "--appendfsync",
                               "no", "--aof-use-rdb-preamble", "no", "--dir", folder_.path(".")}}) {}

  std::string run(const std::vector<Step>& steps) {
    Client main = server_.connect();
    main.ask({"FLUSHALL"});
    main.ask({"FUNCTION", "FLUSH"});
    const std::size_t size_before = requests().size();
    std::map<std::string, Client> others;
    for (const Step& step : steps) {
      if (step.request[0] == "wait") {
        std::this_thread::sleep_for(std::chrono::milliseconds(std::stoll(step.request[1])));
        continue;
      }
      Client& client = step.connection == "main" ? main : connection(others, step.connection);
      if (step.waits) {
        client.send(step.request);
        await_blocked(main);
      } else {
        client.ask(step.request);
      }
    }
    std::vector<Request> added = requests();
    added.erase(added.begin(), added.begin() + static_cast<std::ptrdiff_t>(size_before));
    return lines_of(added);
  }

 private:
  Client& connection(std::map<std::string, Client>& others, const std::string& name) {
    const auto found = others.find(name);
    return found != others.end() ? found->second : others.emplace(name, server_.connect()).first->second;
  }

  static void await_blocked(Client& client) {
    while (client.ask({"INFO", "clients"}).text.find("blocked_clients:0") != std::string::npos) {
    }
  }

  std::vector<Request> requests() const {
    return decode_requests(read_file(folder_.path("appendonlydir/appendonly.aof.1.incr.aof")));
  }

  TemporaryFolder folder_;
  ServerProcess server_;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"SET", {{{"SET", "k", "v"}}, {{"SET", "k", "w", "XX", "KEEPTTL"}}, {{"SET", "k", "w", "NX"}}}},
      {"SET with an expiry",
       {{{"SET", "k", "v", "EX", "100"}},
        {{"SET", "k", "v", "PX", "100000"}},
        {{"SET", "k", "v", "EXAT", "33177117420"}},
        {{"SET", "k", "v", "PXAT", "33177117420000", "XX"}},
        {{"SET", "n", "v", "EX", "100", "NX", "GET"}}}},
      {"SET with GET", {{{"SET", "k", "v", "GET"}}, {{"SET", "k", "v", "XX", "GET", "KEEPTTL"}}}},
      {"SETEX and PSETEX", {{{"SETEX", "k", "100", "v"}}, {{"PSETEX", "k", "100000", "v"}}}},
      {"SETNX", {{{"SETNX", "k", "v"}}, {{"SETNX", "k", "v"}}}},
      {"GETSET", {{{"GETSET", "k", "v"}}, {{"GETSET", "k", "v"}}}},
      {"GETDEL", {{{"SET", "k", "v"}}, {{"GETDEL", "k"}}, {{"GETDEL", "k"}}}},
      {"GETEX",
       {{{"SET", "k", "v"}},
        {{"GETEX", "k"}},
        {{"GETEX", "k", "EX", "100"}},
        {{"GETEX", "k", "PXAT", "33177117420000"}},
        {{"GETEX", "k", "PERSIST"}},
        {{"GETEX", "k", "PERSIST"}},
        {{"GETEX", "k", "PXAT", "1"}},
        {{"GETEX", "k", "EX", "100"}}}},
      {"bitmaps",
       {{{"SETBIT", "k", "3", "1"}},
        {{"SETBIT", "k", "3", "1"}},
        {{"SETBIT", "k", "9", "0"}},
        {{"BITFIELD", "k", "SET", "u4", "0", "5", "GET", "u4", "0"}},
        {{"BITFIELD", "k", "SET", "u4", "0", "5"}},
        {{"BITFIELD", "k", "OVERFLOW", "FAIL", "INCRBY", "u4", "0", "99"}},
        {{"BITFIELD", "k", "GET", "u4", "0"}},
        {{"BITOP", "NOT", "d", "k"}},
        {{"BITOP", "AND", "d", "nokey"}},
        {{"BITOP", "AND", "d", "nokey"}}}},
      {"HyperLogLogs",
       {{{"PFADD", "h", "a", "b"}},
        {{"PFADD", "h", "a"}},
        {{"PFCOUNT", "h"}},
        {{"PFCOUNT", "h"}},
        {{"PFADD", "i"}},
        {{"PFADD", "i"}},
        {{"PFCOUNT", "h", "i"}},
        {{"PFMERGE", "d", "h", "i"}},
        {{"PFDEBUG", "ENCODING", "h"}},
        {{"PFDEBUG", "TODENSE", "h"}},
        {{"PFDEBUG", "TODENSE", "h"}},
        {{"PFDEBUG", "GETREG", "i"}},
        {{"PFDEBUG", "GETREG", "i"}}}},
      {"APPEND and SETRANGE",
       {{{"APPEND", "k", "v"}},
        {{"APPEND", "k", ""}},
        {{"SETRANGE", "k", "5", "x"}},
        {{"SETRANGE", "k", "5", ""}},
        {{"SETRANGE", "absent", "5", ""}}}},
      {"counters",
       {{{"INCR", "k"}},
        {{"DECR", "k"}},
        {{"INCRBY", "k", "5"}},
        {{"DECRBY", "k", "5"}},
        {{"INCRBYFLOAT", "k", "0.1"}},
        {{"INCR", "k"}}}},
      {"MSET and MSETNX",
       {{{"MSET", "a", "1", "b", "2"}}, {{"MSETNX", "b", "1", "c", "2"}}, {{"MSETNX", "c", "1", "d", "2"}}}},
      {"DEL and UNLINK",
       {{{"MSET", "a", "1", "b", "2", "c", "3"}}, {{"DEL", "a", "x"}}, {{"UNLINK", "b", "c"}}, {{"DEL", "a"}}}},
      {"EXPIRE and its kin",
       {{{"SET", "k", "v"}},
        {{"EXPIRE", "k", "100"}},
        {{"PEXPIRE", "k", "200000", "GT"}},
        {{"EXPIREAT", "k", "33177117420"}},
        {{"PEXPIREAT", "k", "33177117420000"}},
        {{"EXPIRE", "k", "100", "XX"}},
        {{"EXPIRE", "k", "100", "NX"}},
        {{"PERSIST", "k"}},
        {{"PERSIST", "k"}},
        {{"EXPIRE", "k", "-1"}},
        {{"EXPIRE", "k", "100"}}}},
      {"RENAME, COPY, MOVE",
       {{{"SET", "k", "v"}},
        {{"RENAME", "k", "l"}},
        {{"RENAME", "l", "l"}},
        {{"RENAMENX", "l", "m"}},
        {{"COPY", "m", "n"}},
        {{"COPY", "m", "n"}},
        {{"COPY", "m", "n", "DB", "1", "REPLACE"}},
        {{"MOVE", "m", "2"}},
        {{"MOVE", "m", "2"}},
        {{"TOUCH", "n"}}}},
      {"FLUSHDB, FLUSHALL, SWAPDB",
       {{{"FLUSHDB"}},
        {{"SET", "k", "v"}},
        {{"SWAPDB", "0", "1"}},
        {{"SWAPDB", "0", "0"}},
        {{"FLUSHALL", "ASYNC"}},
        {{"FLUSHALL"}}}},
      {"other databases", {{{"SELECT", "3"}}, {{"SET", "k", "v"}}, {{"SELECT", "0"}}, {{"SET", "k", "v"}}}},
      {"pushes and pops",
       {{{"LPUSH", "l", "a", "b"}},
        {{"RPUSH", "l", "c"}},
        {{"LPUSHX", "l", "d"}},
        {{"RPUSHX", "x", "d"}},
        {{"LPOP", "l"}},
        {{"RPOP", "l", "2"}},
        {{"RPOP", "l", "0"}},
        {{"LPOP", "l", "9"}},
        {{"LPOP", "l"}}}},
      {"changes in the middle of a list",
       {{{"RPUSH", "l", "a", "b", "c", "d"}},
        {{"LSET", "l", "0", "z"}},
        {{"LINSERT", "l", "BEFORE", "b", "x"}},
        {{"LINSERT", "l", "BEFORE", "nothing", "x"}},
        {{"LREM", "l", "0", "x"}},
        {{"LREM", "l", "0", "x"}},
        {{"LTRIM", "l", "1", "-1"}},
        {{"LTRIM", "l", "0", "-1"}},
        {{"LTRIM", "l", "5", "6"}},
        {{"LTRIM", "l", "5", "6"}}}},
      {"LMOVE and RPOPLPUSH",
       {{{"RPUSH", "l", "a", "b"}},
        {{"LMOVE", "l", "m", "LEFT", "RIGHT"}},
        {{"RPOPLPUSH", "l", "m"}},
        {{"RPOPLPUSH", "m", "m"}},
        {{"RPOPLPUSH", "l", "m"}}}},
      {"LMPOP",
       {{{"RPUSH", "l", "a", "b", "c"}},
        {{"LMPOP", "2", "x", "l", "LEFT"}},
        {{"LMPOP", "1", "l", "RIGHT", "COUNT", "10"}},
        {{"LMPOP", "1", "l", "RIGHT"}}}},
      {"hashes",
       {{{"HSET", "h", "a", "1", "b", "2"}},
        {{"HSET", "h", "a", "1"}},
        {{"HMSET", "h", "c", "3"}},
        {{"HSETNX", "h", "a", "5"}},
        {{"HSETNX", "h", "d", "5"}},
        {{"HINCRBY", "h", "a", "2"}},
        {{"HINCRBYFLOAT", "h", "a", "0.1"}},
        {{"HINCRBY", "h", "a", "2"}},
        {{"HDEL", "h", "x"}},
        {{"HDEL", "h", "x", "a"}},
        {{"HDEL", "h", "b", "c", "d"}}}},
      {"sets",
       {{{"SADD", "s", "1", "2", "3"}},
        {{"SADD", "s", "1"}},
        {{"SREM", "s", "x"}},
        {{"SREM", "s", "1", "x"}},
        {{"SMOVE", "s", "t", "2"}},
        {{"SMOVE", "s", "t", "9"}},
        {{"SMOVE", "x", "t", "9"}},
        {{"SPOP", "s"}},
        {{"SPOP", "s"}},
        {{"SPOP", "t", "0"}},
        {{"SPOP", "t", "5"}}}},
      {"SPOP of some", {{{"SADD", "s", "1", "2"}}, {{"SREM", "s", "1"}}, {{"SADD", "s", "3"}}, {{"SPOP", "s", "2"}}}},
      {"stored intersections, unions and differences",
       {{{"SADD", "a", "1", "2"}},
        {{"SADD", "b", "2", "3"}},
        {{"SINTERSTORE", "d", "a", "b"}},
        {{"SUNIONSTORE", "d", "a", "b"}},
        {{"SDIFFSTORE", "d", "a", "b"}},
        {{"SDIFFSTORE", "d", "a", "a"}},
        {{"SDIFFSTORE", "d", "a", "a"}},
        {{"SINTERSTORE", "d", "a", "x"}}}},
      {"sorted sets",
       {{{"ZADD", "z", "1", "a", "2", "b", "3", "c", "4", "d", "5", "e"}},
        {{"ZADD", "z", "1", "a"}},
        {{"ZADD", "z", "XX", "1", "x"}},
        {{"ZADD", "z", "INCR", "1.5", "a"}},
        {{"ZADD", "z", "NX", "INCR", "1.5", "a"}},
        {{"ZINCRBY", "z", "1.5", "a"}},
        {{"ZINCRBY", "z", "0", "a"}},
        {{"ZREM", "z", "x"}},
        {{"ZREM", "z", "a", "x"}},
        {{"ZREMRANGEBYRANK", "z", "0", "0"}},
        {{"ZREMRANGEBYSCORE", "z", "9", "10"}},
        {{"ZPOPMIN", "z"}},
        {{"ZPOPMAX", "z", "0"}},
        {{"ZPOPMAX", "z", "1"}},
        {{"ZMPOP", "2", "x", "z", "MIN", "COUNT", "5"}},
        {{"ZMPOP", "2", "x", "z", "MIN"}}}},
      {"stored ranges, unions and intersections",
       {{{"ZADD", "a", "1", "x", "2", "y"}},
        {{"ZRANGESTORE", "d", "a", "0", "0"}},
        {{"ZUNIONSTORE", "d", "2", "a", "d", "WEIGHTS", "2", "3"}},
        {{"ZINTERSTORE", "d", "1", "a", "AGGREGATE", "MAX"}},
        {{"ZDIFFSTORE", "d", "2", "a", "a"}},
        {{"ZDIFFSTORE", "d", "2", "a", "a"}},
        {{"ZRANGESTORE", "d", "a", "5", "6"}}}},
      {"waiting for members that come",
       {{{"BZPOPMIN", "z", "0"}, "one", true}, {{"ZADD", "z", "1", "a", "2", "b"}}, {{"BZPOPMAX", "z", "0"}}}},
      {"a served BZMPOP",
       {{{"BZMPOP", "0", "1", "z", "MIN", "COUNT", "2"}, "one", true}, {{"ZADD", "z", "1", "a", "2", "b"}}}},
      {"positions",
       {{{"GEOADD", "g", "13.361389", "38.115556", "a", "15.087269", "37.502669", "b"}},
        {{"GEOADD", "g", "CH", "13.361389", "38.115556", "a"}},
        {{"GEOADD", "g", "XX", "CH", "13", "38", "a"}},
        {{"GEOADD", "g", "NX", "14", "38", "a", "14", "38", "c"}},
        {{"GEOSEARCHSTORE", "d", "g", "FROMLONLAT", "15", "37", "BYRADIUS", "500", "km"}},
        {{"GEOSEARCHSTORE", "d", "g", "FROMLONLAT", "15", "-37", "BYRADIUS", "500", "km"}},
        {{"GEOSEARCHSTORE", "d", "g", "FROMLONLAT", "15", "-37", "BYRADIUS", "500", "km"}},
        {{"GEORADIUS", "g", "15", "37", "500", "km"}},
        {{"GEORADIUS", "g", "15", "37", "500", "km", "STORE", "d"}},
        {{"GEORADIUSBYMEMBER", "g", "b", "500", "km", "STOREDIST", "d"}}}},
      {"SORT with STORE",
       {{{"RPUSH", "l", "2", "1"}},
        {{"SORT", "l", "STORE", "d"}},
        {{"SORT", "l"}},
        {{"SORT", "x", "STORE", "d"}},
        {{"SORT", "x", "STORE", "d"}}}},
      {"blocking commands that find something",
       {{{"RPUSH", "l", "a", "b", "c", "d", "e", "f"}},
        {{"BLPOP", "x", "l", "0"}},
        {{"BRPOP", "l", "0"}},
        {{"BLMOVE", "l", "m", "LEFT", "RIGHT", "0"}},
        {{"BRPOPLPUSH", "l", "m", "0"}},
        {{"BLMPOP", "0", "1", "l", "LEFT", "COUNT", "10"}}}},
      {"blocking commands that are served",
       {{{"BLPOP", "l", "0"}, "one", true}, {{"RPUSH", "l", "a", "b"}}, {{"DEL", "l"}}}},
      {"a served move", {{{"BLMOVE", "l", "m", "LEFT", "RIGHT", "0"}, "one", true}, {{"RPUSH", "l", "a"}}}},
      {"a served BLMPOP", {{{"BLMPOP", "0", "1", "l", "LEFT", "COUNT", "5"}, "one", true}, {{"RPUSH", "l", "a", "b"}}}},
      {"a transaction",
       {{{"MULTI"}}, {{"SET", "k", "v"}}, {{"GET", "k"}}, {{"INCR", "n"}}, {{"EXEC"}}, {{"SET", "k", "v"}}}},
      {"a transaction of one change", {{{"MULTI"}}, {{"SET", "k", "v"}}, {{"GET", "k"}}, {{"EXEC"}}}},
      {"a transaction that reads", {{{"MULTI"}}, {{"GET", "k"}}, {{"EXEC"}}}},
      {"a transaction over databases",
       {{{"MULTI"}}, {{"SET", "k", "v"}}, {{"SELECT", "2"}}, {{"SET", "k", "v"}}, {{"EXEC"}}, {{"SELECT", "0"}}}},
      {"a waiting client served from a transaction",
       {{{"BLPOP", "l", "0"}, "one", true}, {{"MULTI"}}, {{"RPUSH", "l", "a"}}, {{"SET", "k", "v"}}, {{"EXEC"}}}},
      {"a failed command", {{{"RPUSH", "l", "a"}}, {{"INCR", "l"}}, {{"LSET", "l", "9", "x"}}}},
      {"a key whose time has come and that is written",
       {{{"DEBUG", "SET-ACTIVE-EXPIRE", "0"}},
        {{"SET", "k", "v", "PX", "20"}},
        {{"wait", "40"}},
        {{"INCR", "k"}},
        {{"DEBUG", "SET-ACTIVE-EXPIRE", "1"}}}},
      {"a key whose time has come and that is read",
       {{{"DEBUG", "SET-ACTIVE-EXPIRE", "0"}},
        {{"SET", "k", "v", "PX", "20"}},
        {{"wait", "40"}},
        {{"GET", "k"}},
        {{"LPUSHX", "k", "x"}},
        {{"DEBUG", "SET-ACTIVE-EXPIRE", "1"}}}},
      {"keys that are reclaimed", {{{"SET", "k", "v", "PX", "20"}}, {{"wait", "300"}}, {{"SET", "l", "v"}}}},
      {"PUBLISH is nothing for a file", {{{"PUBLISH", "c", "m"}}, {{"SPUBLISH", "c", "m"}}}},
      {"FUNCTION FLUSH", {{{"FUNCTION", "FLUSH"}}}},
  };
  return all;
}

}  // namespace

TEST_CASE("commands are repeated as redis-server writes them into its append-only file") {
  Reference reference;
  for (const Case& each : cases()) {
    CAPTURE(each.name);
    CHECK(effects_of_sluice(each.steps) == reference.run(each.steps));
  }
}

}  // namespace sluice::tests
