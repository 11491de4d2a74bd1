# Part of bench/compare, which sources it: CPU per command.
# shellcheck shell=bash disable=SC2154

# name  test of redis-benchmark  pipeline  connections  requests in a full run  ratio to reach
# multi and publish are no tests of redis-benchmark: transactions of ten SETs; and what 16 connections publish to so many
# subscribers, measured by the message delivered.
load_rows='
set-p64     set        64   50   4000000  0.20
get-p64     get        64   50   4000000  0.20
set-p16     set        16   50   2000000  0.25
get-p16     get        16   50   2000000  0.25
set-p1      set         1   50    300000  0.88
get-p1      get         1   50    300000  0.88
set-c1000   set         1 1000    300000  0.90
get-c1000   get         1 1000    300000  0.90
ping-p64    ping_mbulk 64   50   4000000  -
ping-p16    ping_mbulk 16   50   2000000  -
ping-p1     ping_mbulk  1   50    300000  -
incr-p64    incr       64   50   4000000  -
incr-p16    incr       16   50   2000000  -
incr-p1     incr        1   50    300000  -
mset-p64    mset       64   50    500000  -
mset-p16    mset       16   50    400000  -
mset-p1     mset        1   50    150000  -
lpush-p64   lpush      64   50   2000000  0.35
lpop-p64    lpop       64   50   2000000  0.35
rpush-p64   rpush      64   50   2000000  0.35
rpop-p64    rpop       64   50   2000000  0.35
lpush-p16   lpush      16   50   1000000  0.35
lpop-p16    lpop       16   50   1000000  0.35
rpush-p16   rpush      16   50   1000000  0.35
rpop-p16    rpop       16   50   1000000  0.35
lrange-100  lrange_100 16   50    100000  0.35
lrange-300  lrange_300 16   50     50000  0.70
lrange-500  lrange_500 16   50     50000  0.70
lrange-600  lrange_600 16   50     50000  0.70
multi       multi      16    1    200000  0.40
publish-p64 publish    64    1   4000000  0.60
publish-p16 publish    16    1   2000000  -
publish-1k  publish    16 1000  20000000  0.60
'
# Each lrange row has as many LPUSHes in it as LRANGEs: redis-benchmark makes its list anew.

runs=$root/build/bench/runs.tsv

# benchmark SERVER ARGUMENT...: runs redis-benchmark and prints commands per second
benchmark() {
  "${on_client_core[@]}" redis-benchmark -p "${port[$1]}" --csv "${@:2}" 2>/dev/null | awk -F'"' 'END { print $4 }'
}

# publish SERVER PIPELINE SUBSCRIBERS DELIVERIES: prints messages per second, each of which goes to all subscribers
publish() {
  local messages=$(($4 / $3)) subscriber
  mkfifo "$scratch/subscribed"
  "${on_client_core[@]}" "$loader" subscribe "${port[$1]}" "$3" "$messages" >"$scratch/subscribed" &
  subscriber=$!
  read -r <"$scratch/subscribed"
  rm "$scratch/subscribed"
  benchmark "$1" -P "$2" -c 16 -n "$messages" PUBLISH channel "$(printf '%*s' "$value_bytes" '' | tr ' ' x)"
  wait "$subscriber"
}

# run_load SERVER TEST PIPELINE CONNECTIONS REQUESTS: prints CPU microseconds per command and commands per second
run_load() {
  local server=$1 before after rate
  before=$(cpu_ns "${process[$server]}")
  case $2 in
    multi) rate=$("${on_client_core[@]}" "$loader" transactions "${port[$server]}" "$5" "$value_bytes" "$3") ;;
    publish) rate=$(publish "$server" "$3" "$4" "$5") ;;
    *) rate=$(benchmark "$server" -t "$2" -P "$3" -c "$4" -n "$5" -r "$key_count" -d "$value_bytes") ;;
  esac
  after=$(cpu_ns "${process[$server]}")
  awk -v ns=$((after - before)) -v count="$5" -v rate="$rate" 'BEGIN { printf "%.4f\t%.0f\n", ns / count / 1000, rate }'
}

# Reads "round server cpu rate" lines of one row; prints the table's line. The ratio is the median of the rounds' ratios.
summarise_load() {
  sort -k2,2 -k1,1n | awk -v name="$1" -v goal="$2" '
    function median(values, count,    i, j, held) {
      for (i = 2; i <= count; ++i)
        for (j = i; j > 1 && values[j] < values[j - 1]; --j) { held = values[j]; values[j] = values[j - 1]; values[j - 1] = held }
      return count % 2 ? values[(count + 1) / 2] : (values[count / 2] + values[count / 2 + 1]) / 2
    }
    function median_of(table, server,    values, round) {
      for (round = 1; round <= rounds; ++round) values[round] = table[server, round]
      return median(values, rounds)
    }
    { cpu[$2, $1] = $3; rate[$2, $1] = $4; if ($1 > rounds) rounds = $1; if ($2 == "floor") with_floor = 1 }
    END {
      for (round = 1; round <= rounds; ++round) {
        ratios[round] = cpu["sluice", round] / cpu["redis", round]
        above[round] = (cpu["sluice", round] - cpu["floor", round]) / (cpu["redis", round] - cpu["floor", round])
      }
      printf "%-15s %8.3f %8.3f %8.3f %7s %11.0f %11.0f", name, median_of(cpu, "redis"), median_of(cpu, "sluice"),
             median(ratios, rounds), goal, median_of(rate, "redis"), median_of(rate, "sluice")
      if (with_floor) printf " %8.3f %7.3f", median_of(cpu, "floor"), median(above, rounds)
      printf "\n"
    }'
}

measure_load_row() {
  local name=$1 test=$2 pipeline=$3 connections=$4 requests=$(($5 / request_divisor)) goal=$6 round server figures
  for ((round = 1; round <= rounds; ++round)); do
    for server in "${servers[@]}"; do
      if [[ $server == floor && $test == @(multi|publish) ]]; then continue; fi
      figures=$(run_load "$server" "$test" "$pipeline" "$connections" "$requests")
      printf '%s\t%s\t%s\t%s\n' "$name" "$round" "$server" "$figures" >>"$runs"
      printf '%s\t%s\t%s\n' "$round" "$server" "$figures"
    done
  done | summarise_load "$name" "$goal"
}

print_load_heading() {
  printf '%-15s %8s %8s %8s %7s %11s %11s%s\n' '' 'CPU µs per command' '' '' '' 'commands per second' '' ''
  printf '%-15s %8s %8s %8s %7s %11s %11s%s\n' row redis sluice ratio goal redis sluice '    floor   above'
}

measure_load_rows() {
  local rows row server
  rows=$(wanted_rows "$load_rows")
  [[ -n $rows ]] || return 0
  for server in "${servers[@]}"; do start_server "$server"; done
  fill redis keys
  fill sluice keys
  print_load_heading
  while read -r row; do
    # shellcheck disable=SC2086  # the fields of the row
    measure_load_row $row
  done <<<"$rows"
  stop_all
  printf '\n'
}
