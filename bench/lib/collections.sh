# Part of bench/compare, which sources it: CPU per command on collections.
# shellcheck shell=bash disable=SC2154

# name  data  pipeline  connections  requests in a full run  ratio above the floor to reach  words of the request
# __rand_int__ is a random number below key_count, in twelve digits.
collection_rows='
hset-large       large  64 50 1000000 0.30 HSET hash f__rand_int__ value
hget-large       large  64 50 1000000 0.30 HGET hash f__rand_int__
sadd-large       large  64 50 1000000 0.30 SADD set m__rand_int__
sismember-large  large  64 50 1000000 0.30 SISMEMBER set m__rand_int__
zadd-large       large  64 50 1000000 0.30 ZADD zset __rand_int__ m__rand_int__
zscore-large     large  64 50 1000000 0.30 ZSCORE zset m__rand_int__
zrank-large      large  64 50 1000000 0.35 ZRANK zset m__rand_int__
zrange-by-rank   large  64 50  200000 0.35 ZRANGE zset 500000 500099
zrange-by-score  large  64 50  200000 0.35 ZRANGE zset __rand_int__ +inf BYSCORE LIMIT 0 100
hset-small       small  64 50 1000000 0.30 HSET h:__rand_int__ f5 value
hget-small       small  64 50 1000000 0.30 HGET h:__rand_int__ f5
sadd-small       small  64 50 1000000 0.30 SADD s:__rand_int__ m5
sismember-small  small  64 50 1000000 0.30 SISMEMBER s:__rand_int__ m5
zadd-small       small  64 50 1000000 0.30 ZADD z:__rand_int__ 7 m5
zscore-small     small  64 50 1000000 0.30 ZSCORE z:__rand_int__ m5
hgetall-100      whole  64 50  200000 0.40 HGETALL hash
smembers-100     whole  64 50  200000 0.40 SMEMBERS set
zrange-100       whole  64 50  200000 0.40 ZRANGE zset 0 -1
sinter           pairs   1  4     200 0.40 SINTER a b
sunionstore      pairs   1  4     200 0.40 SUNIONSTORE d a b
zunionstore      pairs   1  4     200 0.40 ZUNIONSTORE d 2 za zb
zinterstore      pairs   1  4     200 0.40 ZINTERSTORE d 2 za zb
bitcount         bits    1  1     200 0.35 BITCOUNT big
bitpos           bits    1  1     200 0.35 BITPOS big 1
bitop-and        bits    1  1     200 0.35 BITOP AND d a b
pfadd            counts 64 50 1000000 0.50 PFADD count __rand_int__
pfcount          counts 64 50 1000000 0.50 PFCOUNT h0
pfmerge-10       counts  1  4    4000 0.50 PFMERGE d h0 h1 h2 h3 h4 h5 h6 h7 h8 h9
'

# name  test of redis-benchmark  test that fills in what is taken, or -  pipeline  requests  ratio to reach
benchmark_rows='
sadd-p16     sadd     -     16 1000000 0.40
sadd-p64     sadd     -     64 1000000 0.40
hset-p16     hset     -     16 1000000 0.40
hset-p64     hset     -     64 1000000 0.40
zadd-p16     zadd     -     16 1000000 0.40
zadd-p64     zadd     -     64 1000000 0.40
spop-p16     spop     sadd  16  600000 0.40
spop-p64     spop     sadd  64  600000 0.40
zpopmin-p16  zpopmin  zadd  16  600000 0.40
zpopmin-p64  zpopmin  zadd  64  600000 0.40
'

fill_large() {
  repeat "$1" "$key_count" HSET hash 'f{n:012}' value
  repeat "$1" "$key_count" SADD set 'm{n:012}'
  repeat "$1" "$key_count" ZADD zset '{random}' 'm{n:012}'
}

# Ten elements each.
fill_small() {
  local count=$((10 * key_count))
  repeat "$1" "$count" HSET 'h:{group:012}' 'f{member}' value
  repeat "$1" "$count" SADD 's:{group:012}' 'm{member}'
  repeat "$1" "$count" ZADD 'z:{group:012}' '{member}' 'm{member}'
}

fill_whole() {
  repeat "$1" 100 HSET hash 'field:{n:04}' 'value:{n:04}'
  repeat "$1" 100 SADD set 'member:{n:04}'
  repeat "$1" 100 ZADD zset '{n}' 'member:{n:04}'
}

# Half of the members are in both.
fill_pairs() {
  repeat "$1" 100000 SADD a 'm{n:012}'
  repeat "$1" 100000 ZADD za '{random}' 'm{n:012}'
  repeat "$1" 100000 SADD b 'm{group:011}{member}'
  repeat "$1" 100000 ZADD zb '{random}' 'm{group:011}{member}'
}

# 100 MB, and two of 10 MB: zeros, but for the last bit.
fill_bits() {
  repeat "$1" 1 SETBIT big 838860799 1
  repeat "$1" 1 SETBIT a 83886079 1
  repeat "$1" 1 SETBIT b 83886079 1
}

# Ten dense ones of some 10,000 elements.
fill_counts() {
  local number
  for number in 0 1 2 3 4 5 6 7 8 9; do repeat "$1" 10000 PFADD "h$number" '{random}'; done
}

# Gives the servers other data, unless they have it.
provide_data() {
  local server
  [[ ${present_data-} != "$1" ]] || return 0
  present_data=$1
  for server in redis sluice; do
    redis-cli -p "${port[$server]}" flushall >/dev/null
    "fill_$1" "$server"
  done
}

# run_request SERVER PIPELINE CONNECTIONS REQUESTS WORD...: as run_load
run_request() {
  local server=$1 before after rate
  before=$(cpu_ns "${process[$server]}")
  rate=$(benchmark "$server" -P "$2" -c "$3" -n "$4" -r "$key_count" "${@:5}")
  after=$(cpu_ns "${process[$server]}")
  awk -v ns=$((after - before)) -v count="$4" -v rate="$rate" 'BEGIN { printf "%.4f\t%.0f\n", ns / count / 1000, rate }'
}

# run_rounds NAME GOAL COMMAND...: prints the table's line of a row that COMMAND measures when it is given a server
run_rounds() {
  local name=$1 goal=$2 round server figures
  for ((round = 1; round <= rounds; ++round)); do
    for server in "${servers[@]}"; do
      figures=$("${@:3:1}" "$server" "${@:4}")
      printf '%s\t%s\t%s\t%s\n' "$name" "$round" "$server" "$figures" >>"$runs"
      printf '%s\t%s\t%s\n' "$round" "$server" "$figures"
    done
  done | summarise_load "$name" "$goal"
}

run_benchmark_test() {
  local server=$1 test=$2 filling=$3 pipeline=$4 requests=$5
  if [[ $filling != - && $server != floor ]]; then
    benchmark "$server" -t "$filling" -P 64 -n "$key_count" -r "$key_count" >/dev/null
  fi
  run_load "$server" "$test" "$pipeline" 50 "$requests"
}

measure_collection_rows() {
  local rows tests server name data pipeline connections requests goal words test filling
  rows=$(wanted_rows "$collection_rows")
  tests=$(wanted_rows "$benchmark_rows")
  [[ -n $rows$tests ]] || return 0
  for server in "${servers[@]}"; do start_server "$server"; done
  print_load_heading
  while read -r name data pipeline connections requests goal words; do
    [[ -n $name ]] || continue
    provide_data "$data"
    # shellcheck disable=SC2086  # the words of the request
    run_rounds "$name" "$goal" run_request "$pipeline" "$connections" $((requests / request_divisor)) $words
  done <<<"$rows"
  while read -r name test filling pipeline requests goal; do
    [[ -n $name ]] || continue
    run_rounds "$name" "$goal" run_benchmark_test "$test" "$filling" "$pipeline" $((requests / request_divisor))
  done <<<"$tests"
  stop_all
  printf '\n'
}
