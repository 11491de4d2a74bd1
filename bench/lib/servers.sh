# Part of bench/compare, which sources it: starting servers, filling them, and what they take.
# shellcheck shell=bash disable=SC2154

loader=$root/build/release/bench/bench_loader
scratch=$(mktemp -d)
declare -A process port
on_server_core=(taskset -c 0)
on_client_core=(taskset -c 1)

answers() { redis-cli -p "$1" ping &>/dev/null; }

start_server() {
  local name=$1 attempt command
  port[$name]=$((20000 + RANDOM % 10000))
  while (exec 3<>"/dev/tcp/127.0.0.1/${port[$name]}") 2>/dev/null; do port[$name]=$((20000 + RANDOM % 10000)); done
  case $name in
    redis) command=(redis-server --port "${port[$name]}" --bind 127.0.0.1 --save '' --appendonly no --dir "$scratch") ;;
    sluice) command=("$sluice" --port "${port[$name]}" --bind 127.0.0.1) ;;
    floor) command=("$floor" "${port[$name]}") ;;
  esac
  "${on_server_core[@]}" "${command[@]}" >"$scratch/$name.log" 2>&1 &
  process[$name]=$!
  for ((attempt = 0; attempt < 200; ++attempt)); do
    if answers "${port[$name]}"; then return; fi
    sleep 0.05
  done
  die "$name does not answer: $(tail -n 3 "$scratch/$name.log")"
}

stop_server() {
  kill -KILL "${process[$1]}"
  wait "${process[$1]}" 2>/dev/null || true
  unset "process[$1]"
}

stop_all() {
  local name
  for name in "${!process[@]}"; do stop_server "$name"; done
}
trap 'stop_all; rm -rf "$scratch"' EXIT

# Nanoseconds that all threads of a process have run for.
cpu_ns() { cat /proc/"$1"/task/*/schedstat | awk '{ total += $1 } END { printf "%.0f", total }'; }

resident_bytes() { awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/$1/status"; }

# fill SERVER keys|ttl-keys: all the keys that redis-benchmark will ask for
fill() {
  local expiry=none found
  [[ $2 == keys ]] || expiry=ttl
  "${on_client_core[@]}" "$loader" fill "${port[$1]}" "$key_count" "$value_bytes" "$expiry"
  found=$(redis-cli -p "${port[$1]}" dbsize)
  ((found == key_count)) || die "$1 holds $found keys after $key_count were set"
}

# repeat SERVER COUNT WORD...: see bench/loader.cpp
repeat() { "${on_client_core[@]}" "$loader" repeat "${port[$1]}" "${@:2}"; }
