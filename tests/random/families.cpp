#include <array>
#include <string_view>

#include "tests/random/patterns.hpp"

namespace sluice::tests::random {

namespace {

constexpr auto string_patterns = std::to_array<std::string_view>({
    "SET KEY VALUE [NX|XX] [GET] [EXAT TIME]",
    "SET KEY VALUE [KEEPTTL] [NX|XX|GET]",
    "SET KEY VALUE EX|PX|EXAT|PXAT 0|-1|9223372036854775807|x",
    "SETEX|PSETEX KEY 0|-1|9223372036854775807|x VALUE",
    "SETNX KEY VALUE",
    "GET KEY",
    "GETSET KEY VALUE",
    "GETDEL KEY",
    "GETEX KEY [PERSIST|XX] [EXAT TIME]",
    "MGET (KEY)",
    "MSET (KEY VALUE)",
    "MSETNX (KEY VALUE)",
    "APPEND KEY VALUE",
    "STRLEN KEY",
    "INCR|DECR KEY",
    "INCRBY|DECRBY KEY INT",
    "INCRBYFLOAT KEY FLOAT",
    "GETRANGE KEY INDEX INDEX",
    "SUBSTR KEY INT INT",
    "SETRANGE KEY NUMBER VALUE",
    "LCS KEY KEY [LEN] [IDX] [MINMATCHLEN NUMBER] [WITHMATCHLEN]",
});

// Redis 7.0 reads the range of BITCOUNT and BITPOS only if the key exists, later versions always: ranges are right.
constexpr auto bitmap_patterns = std::to_array<std::string_view>({
    "SETBIT KEY NUMBER|7|31|100|2000 0|1",
    "SETBIT KEY NUMBER|x|-1|4294967296|9223372036854775808 0|1|2|x|01",
    "GETBIT KEY NUMBER|INT|x|-1|4294967295|4294967296",
    "GETBIT KEY NUMBER|7|31|100|2000",
    "BITCOUNT KEY [INDEX INDEX]",
    "BITCOUNT KEY INDEX|INT INDEX|INT BIT|BYTE",
    "BITPOS KEY 0|1|2|x [INDEX|INT]",
    "BITPOS KEY 0|1 INDEX|INT INDEX|INT [BIT|BYTE]",
    "BITOP AND|OR|XOR KEY (KEY)",
    "BITOP NOT KEY KEY [KEY]",
    "BITOP and|x KEY KEY",
    "BITFIELD KEY [GET u8|i8|u63|i64|u64|i0|x8 NUMBER|#1|100|-1|x] [SET u8|i8|u1|i64|i5 NUMBER|#1|#3|100 INT|NUMBER]",
    "BITFIELD KEY [OVERFLOW WRAP|SAT|FAIL] INCRBY u2|i2|u8|i8|u63|i64|i33 NUMBER|#1|#2|77 NUMBER|INT|-1|1 [GET u8 0]",
    "BITFIELD KEY OVERFLOW SAT|FAIL|wrap|x SET u4|u63 NUMBER|#2 INT|-1|9|x [OVERFLOW FAIL] [INCRBY u3 0 5]",
    "BITFIELD KEY OVERFLOW SAT|FAIL|wrap SET i4|i64|i33 NUMBER|#2 NUMBER|-9|-4611686018427387904 [INCRBY i3 0 3]",
    "BITFIELD KEY (SET u1|u7|i9|i64 #0|#1|NUMBER INT|NUMBER) (GET u16|i7 NUMBER)",
    "BITFIELD_RO KEY [GET u8|i8|u63|i64|u64|i0|x8 NUMBER|#1|100] [SET u8 0 1]",
    "SET KEY VALUE",
    "SETRANGE KEY NUMBER VALUE",
});

constexpr auto hyperloglog_patterns = std::to_array<std::string_view>({
    "PFADD KEY (VALUE)",
    "PFADD KEY (MEMBER) (NUMBER)",
    "PFADD KEY (INT)",
    "PFADD KEY",
    "PFCOUNT (KEY)",
    "PFMERGE (KEY)",
    "PFDEBUG GETREG|DECODE|ENCODING|TODENSE|x KEY",
    "GET KEY",
    "SET KEY VALUE",
    "SETRANGE KEY 0|4 VALUE",
});

constexpr auto list_patterns = std::to_array<std::string_view>({
    "LPUSH|RPUSH KEY (MEMBER)",
    "LPUSHX|RPUSHX KEY (VALUE)",
    "LPOP|RPOP KEY [NUMBER]",
    "LLEN KEY",
    "LRANGE KEY INDEX INDEX",
    "LINDEX KEY INDEX",
    "LSET KEY INDEX VALUE",
    "LINSERT KEY BEFORE|AFTER MEMBER VALUE",
    "LREM KEY NUMBER MEMBER",
    "LTRIM KEY INDEX INDEX",
    "LPOS KEY MEMBER [RANK -2|-1|0|1|2|3|x] [COUNT NUMBER] [MAXLEN NUMBER]",
    "LMOVE KEY KEY LEFT|RIGHT LEFT|RIGHT",
    "RPOPLPUSH KEY KEY",
    "LMPOP 1|2|3 KEY KEY [KEY] LEFT|RIGHT [COUNT NUMBER]",
    "LMPOP NUMBER (KEY) LEFT|RIGHT",
});

constexpr auto hash_patterns = std::to_array<std::string_view>({
    "HSET|HMSET KEY (MEMBER VALUE)",
    "HSET|HMSET KEY (MEMBER VALUE) MEMBER",
    "HSETNX KEY MEMBER VALUE",
    "HGET|HEXISTS|HSTRLEN KEY MEMBER",
    "HMGET|HDEL KEY (MEMBER)",
    "HGETALL|HKEYS|HVALS|HLEN KEY",
    "HINCRBY KEY MEMBER INT",
    "HINCRBYFLOAT KEY MEMBER FLOAT",
    "HRANDFIELD KEY 0|x [WITHVALUES]",
    "TYPE KEY",
});

constexpr auto set_patterns = std::to_array<std::string_view>({
    "SADD|SREM KEY (MEMBER)",
    "SADD KEY (VALUE)",
    "SCARD|SMEMBERS KEY",
    "SISMEMBER KEY MEMBER",
    "SMISMEMBER KEY (MEMBER)",
    "SMOVE KEY KEY MEMBER",
    "SINTER|SUNION|SDIFF (KEY)",
    "SINTERSTORE|SUNIONSTORE|SDIFFSTORE KEY (KEY)",
    "SINTERCARD 1|2|3 KEY KEY [LIMIT NUMBER]",
    "SINTERCARD NUMBER (KEY) [LIMIT NUMBER]",
    "SPOP KEY 0|1000|x|-1",
    "SRANDMEMBER KEY 0|x",
    "TYPE KEY",
});

// The order of bytes is that of the key l, all of whose members have the same score.
constexpr auto sorted_set_patterns = std::to_array<std::string_view>({
    "ZADD KEY [NX|XX] [GT|LT] [CH] [INCR] SCORE MEMBER",
    "ZADD KEY [NX|XX|GT|LT] [CH] (SCORE MEMBER)",
    "ZADD KEY (SCORE MEMBER)",
    "ZINCRBY KEY SCORE MEMBER",
    "ZREM|ZMSCORE KEY (MEMBER)",
    "ZCARD KEY",
    "ZSCORE|ZRANK|ZREVRANK KEY MEMBER",
    "ZCOUNT|ZREMRANGEBYSCORE KEY BOUND BOUND",
    "ZADD l 0 MEMBER",
    "ZLEXCOUNT|ZREMRANGEBYLEX l LEXBOUND LEXBOUND",
    "ZREMRANGEBYRANK KEY INDEX INDEX",
    "ZRANGE|ZREVRANGE KEY INDEX INDEX [REV] [WITHSCORES]",
    "ZRANGE KEY BOUND BOUND BYSCORE [REV] [LIMIT NUMBER NUMBER] [WITHSCORES]",
    "ZRANGE l LEXBOUND LEXBOUND BYLEX [REV] [LIMIT NUMBER NUMBER]",
    "ZRANGEBYSCORE|ZREVRANGEBYSCORE KEY BOUND BOUND [WITHSCORES] [LIMIT NUMBER NUMBER]",
    "ZRANGEBYLEX|ZREVRANGEBYLEX l LEXBOUND LEXBOUND [LIMIT NUMBER NUMBER]",
    "ZRANGESTORE KEY KEY INDEX INDEX [REV]",
    "ZRANGESTORE KEY KEY BOUND BOUND BYSCORE [LIMIT NUMBER NUMBER]",
    "ZPOPMIN|ZPOPMAX KEY [NUMBER]",
    "ZMPOP 1|2 KEY KEY MIN|MAX [COUNT NUMBER]",
    "ZUNION|ZINTER 2 KEY KEY [WEIGHTS SCORE SCORE] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]",
    "ZUNIONSTORE|ZINTERSTORE KEY 2 KEY KEY [WEIGHTS SCORE SCORE] [AGGREGATE SUM|MIN|MAX]",
    "ZDIFF 1|2|3 KEY KEY [WITHSCORES]",
    "ZDIFFSTORE KEY 2 KEY KEY",
    "ZINTERCARD 2 KEY KEY [LIMIT NUMBER]",
    "ZRANDMEMBER KEY 0|x [WITHSCORES]",
    "SADD KEY (MEMBER)",
    "TYPE KEY",
});

// On keys of their own: with the scores of other sorted sets many members would be at the same distance, and replied in
// any order.
constexpr auto geo_patterns = std::to_array<std::string_view>({
    "GEOADD g|i|j [NX|XX] [CH] (LONGITUDE LATITUDE MEMBER)",
    "GEOADD g|i|j (LONGITUDE LATITUDE MEMBER)",
    "GEOPOS|GEOHASH g|i|j (MEMBER)",
    "GEODIST g|i|j MEMBER MEMBER [m|KM|ft|Mi|x]",
    "GEOSEARCH g|i|j FROMMEMBER MEMBER BYRADIUS DISTANCE m|km|mi ASC|DESC [COUNT NUMBER] [WITHDIST] [WITHHASH] "
    "[WITHCOORD]",
    "GEOSEARCH g|i|j FROMLONLAT LONGITUDE LATITUDE BYRADIUS DISTANCE km ASC|DESC [COUNT NUMBER] [WITHDIST] [WITHCOORD]",
    "GEOSEARCH g|i|j FROMLONLAT LONGITUDE LATITUDE BYBOX DISTANCE DISTANCE km|mi ASC [COUNT NUMBER] [WITHDIST] [ANY]",
    "GEOSEARCHSTORE f g|i|j FROMLONLAT LONGITUDE LATITUDE BYRADIUS|BYBOX DISTANCE [DISTANCE] km [COUNT NUMBER]",
    "GEOSEARCHSTORE f g|i|j FROMMEMBER MEMBER BYRADIUS DISTANCE mi [STOREDIST] [DESC]",
    "GEORADIUS|GEORADIUS_RO g|i|j LONGITUDE LATITUDE DISTANCE km ASC [COUNT NUMBER] [WITHDIST] [WITHHASH]",
    "GEORADIUSBYMEMBER|GEORADIUSBYMEMBER_RO g|i|j MEMBER DISTANCE km ASC [COUNT NUMBER] [WITHCOORD]",
    "GEORADIUS g|i|j LONGITUDE LATITUDE DISTANCE km STORE|STOREDIST f",
    "ZREM g|i|j MEMBER",
    "ZCARD g|i|j",
    "DEL|GET j",
    "SET j VALUE",
});

constexpr auto sort_patterns = std::to_array<std::string_view>({
    "RPUSH l (NUMBER)",
    "RPUSH l INT",
    "ZADD z SCORE NUMBER",
    "SADD s (NUMBER)",
    "SET w_1|w_2|w_3 NUMBER",
    "HSET h_1|h_2|h_3 f NUMBER",
    "DEL w_1|w_2|h_3|l|z|s",
    "SORT|SORT_RO l|z|s|KEY [ALPHA] [ASC|DESC] [LIMIT NUMBER NUMBER]",
    "SORT|SORT_RO l|z|s BY w_*|h_*->f|x_* [DESC] [LIMIT NUMBER NUMBER] [GET #] [GET w_*] [GET h_*->f]",
    "SORT|SORT_RO l|z BY nosort [DESC] [LIMIT NUMBER NUMBER] [GET h_*->f]",
    "SORT l|z|s [BY w_*] [GET w_*] STORE d",
    "LRANGE d 0 -1",
});

constexpr auto key_patterns = std::to_array<std::string_view>({
    "DEL|UNLINK|EXISTS|TOUCH (KEY)",
    "TYPE KEY",
    "RENAME|RENAMENX KEY KEY",
    "COPY KEY KEY [DB 0|1|NUMBER] [REPLACE]",
    "MOVE KEY 1|INT",
    "SELECT 0|1",
    "SWAPDB 0 1",
    "KEYS GLOB",
    "EXPIREAT KEY TIME [NX|XX|GT|LT] [NX|XX|GT|LT]",
    "PEXPIREAT KEY 33177117420000|1|-1|x [NX|XX|GT|LT]",
    "EXPIRETIME|PEXPIRETIME KEY",
    "PERSIST KEY",
    "OBJECT FREQ KEY",
    "FLUSHDB [ASYNC|SYNC]",
    "SET KEY VALUE",
    "RPUSH KEY VALUE",
    "EXPIRE|PEXPIRE KEY 0|-1|9223372036854775807|x",
});

constexpr auto transaction_patterns = std::to_array<std::string_view>({
    "MULTI",
    "EXEC",
    "EXEC",
    "DISCARD",
    "WATCH (KEY)",
    "UNWATCH",
    "SET KEY VALUE",
    "INCR KEY",
    "LPUSH KEY VALUE",
    "GET KEY",
    "NOSUCH KEY",
    "BLPOP KEY 0.01",
    "ECHO VALUE",
});

}  // namespace

const Family strings_family{"strings", string_patterns};
const Family bitmaps_family{"bitmaps", bitmap_patterns};
const Family hyperloglogs_family{"hyperloglogs", hyperloglog_patterns};
const Family lists_family{"lists", list_patterns};
const Family hashes_family{"hashes", hash_patterns};
const Family sets_family{"sets", set_patterns};
const Family sorted_sets_family{"sorted_sets", sorted_set_patterns};
const Family geo_family{"geo", geo_patterns};
const Family sort_family{"sort", sort_patterns};
const Family keys_family{"keys", key_patterns};
const Family transactions_family{"transactions", transaction_patterns};

std::span<const Family> all_families() {
  static const std::array families{strings_family, bitmaps_family, hyperloglogs_family, lists_family,
                                   hashes_family,  sets_family,    sorted_sets_family,  geo_family,
                                   sort_family,    keys_family,    transactions_family};
  return families;
}

}  // namespace sluice::tests::random
