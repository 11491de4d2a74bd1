# Part of bench/compare, which sources it: the slowest of many requests.
# shellcheck shell=bash disable=SC2154

# name  key whose deletion is timed afterwards, or -  words of the request
pause_rows='
slowest-set   -     SET key:{n:012} xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
slowest-hset  hash  HSET hash f{n:013} v{n:013}
slowest-sadd  set   SADD set m{n:014}
slowest-zadd  zset  ZADD zset {random} m{n:014}
'

measure_pauses_of_server() {
  local server=$1 name=$2 key=$3
  start_server "$server"
  "${on_client_core[@]}" "$loader" pauses "${port[$server]}" "$pause_key_count" "$pause_depth" "${@:4}" |
    tee >(awk -v name="$name" -v server="$server" '{ print name "-" $1 "\t1\t" server "\t" $6 "\t-" }' >>"$runs") |
    awk -v server="$server" '{ printf "%-15s %11d %8.1f %8.1f %8.1f %10.1f\n", server " " $1, $2, $3, $4, $5, $6 }'
  if [[ $key != - ]]; then
    printf '%-15s %11d %37.1f\n' "$server DEL" 1 "$("${on_client_core[@]}" "$loader" time "${port[$server]}" DEL "$key")"
  fi
  stop_server "$server"
}

measure_pauses() {
  local rows name key words server
  rows=$(wanted_rows "$pause_rows")
  [[ -n $rows ]] || return 0
  while read -r name key words; do
    printf '%s: round trips in µs of %d pipelined requests while %d are loaded, and of as many PINGs between them\n' \
      "$name" "$pause_depth" "$pause_key_count"
    printf '%-15s %11s %8s %8s %8s %10s\n' '' 'round trips' median 99% 99.99% slowest
    for server in redis sluice; do
      # shellcheck disable=SC2086  # the words of the request
      measure_pauses_of_server "$server" "$name" "$key" $words
    done
  done <<<"$rows"
}
