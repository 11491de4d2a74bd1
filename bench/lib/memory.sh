# Part of bench/compare, which sources it: bytes per key and per element.
# shellcheck shell=bash disable=SC2154

# name  what is filled in  bytes of Sluice, or its part of those of redis-server, to reach
memory_rows='
memory       keys      112
memory-ttl   ttl-keys  122
memory-list  list      18
memory-hash  hash      45
memory-set   set       32
memory-zset  zset      60
memory-small-hash  small-hash  0.85
memory-small-zset  small-zset  0.85
'

# fill_memory SERVER WHAT: key_count keys or elements
fill_memory() {
  case $2 in
    keys | ttl-keys) fill "$1" "$2" ;;
    list) repeat "$1" "$key_count" RPUSH mylist 'x{n:014}' ;;
    hash) repeat "$1" "$key_count" HSET hash 'f{n:013}' 'v{n:013}' ;;
    set) repeat "$1" "$key_count" SADD set 'm{n:014}' ;;
    zset) repeat "$1" "$key_count" ZADD zset '{random}' 'm{n:014}' ;;
    small-hash) repeat "$1" $((10 * key_count)) HSET 'h:{group:012}' 'field:{member:02}' 'v{n:011}' ;;
    small-zset) repeat "$1" $((10 * key_count)) ZADD 'z:{group:012}' '{member}' 'm{n:014}' ;;
  esac
}

# bytes_per_item SERVER WHAT: leaves them in `figure`
bytes_per_item() {
  local before after
  start_server "$1"
  before=$(resident_bytes "${process[$1]}")
  fill_memory "$1" "$2"
  after=$(resident_bytes "${process[$1]}")
  stop_server "$1"
  figure=$(((after - before + key_count / 2) / key_count))
}

measure_memory_rows() {
  local rows name filling goal server figure
  local -A bytes
  rows=$(wanted_rows "$memory_rows")
  [[ -n $rows ]] || return 0
  printf '%-18s %8s %8s %8s %7s   (resident bytes per key, element or small collection over the empty server, %d of them)\n' \
    row redis sluice ratio goal "$key_count"
  while read -r name filling goal; do
    for server in redis sluice; do
      bytes_per_item "$server" "$filling"
      bytes[$server]=$figure
      printf '%s\t1\t%s\t%s\t-\n' "$name" "$server" "$figure" >>"$runs"
    done
    awk -v name="$name" -v goal="$goal" -v redis="${bytes[redis]}" -v sluice="${bytes[sluice]}" \
      'BEGIN { printf "%-18s %8d %8d %8.3f %7s\n", name, redis, sluice, sluice / redis, goal }'
  done <<<"$rows"
  printf '\n'
}
