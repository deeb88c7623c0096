#!/bin/bash
# SPDX-License-Identifier: MIT
# A fleet: a network of its own with the servers on it, and four hosts, each with its network, name,
# clock, boot and state, that share one credential through a store. fleet.py then uses and abuses it.
#
#	unshare --net --mount --fork --kill-child run.bash postgres|etcd LIFE SPAN
#
# Tokens live for LIFE seconds, the whole takes SPAN. Time is real: neither etcd, a static program, nor
# the kernel's own timers could be made to run faster with the hosts. What is less than an hour is a
# smaller hour: tokens of 12 s in place of 60, and limits with a window of two minutes in place of ten. It
# is the harder one, for clocks stay 90 s apart, and servers need as long as ever to come back.
set -euo pipefail

store=$1 life=$2 span=$3
window=$((life * 10))

# What bats has.
load() {
	# shellcheck source=/dev/null
	. "$1"
}

load "${abs_top_srcdir:?run this by make check}/tests/world.bash"
load "$abs_top_srcdir/tests/browser.bash"
load "$abs_top_srcdir/tests/interop/$store.bash"

# Hosts whose clocks are behind take no certificate that was made just now.
openssl() {
	CREDENCE_TEST_CLOCK=-3600 LD_PRELOAD=$CREDENCE_TEST_STUBS/clock.so command openssl "$@"
}

# -- The network --

network() {
	ip link set lo up
	ip link add fleet type bridge
	for i in 1 2 3; do
		ip addr add "10.99.0.$i/24" dev fleet
	done
	ip link set fleet up
}

pids=()
finish() {
	disown -a
	kill -KILL "${pids[@]}" 2>/dev/null || :
	"${store}_stop"
	sandbox_stop
}

# relayed COMMAND…: relays it starts, once they listen
relayed() {
	local fifo=$TMPDIR/relay line
	mkfifo "$fifo"
	"$@" "${ports[@]}" >"$fifo" &
	pids+=($!)
	read -r line <"$fifo"
	rm "$fifo"
	[ "$line" = READY ]
}

# -- The store, for the first of the entries that a host has --

postgres_of_fleet() {
	PG_ADDRESS=10.99.0.1
	postgres_start
	postgres_database fleet
	(umask 077 && printf '%s\n' "host=localhost hostaddr=10.99.0.1 port=$PG_PORT dbname=fleet user=app password=$APP_PASSWORD sslrootcert=$PG_CA/ca.pem" >"$CONF/connection")
	authority="{ use = \"postgres\"; connection = \"file:$CONF/connection\"; }"
}

etcd_of_fleet() {
	etcd_start 10.99.0.1 10.99.0.2 10.99.0.3
	etcd_users
	(umask 077 && printf '%s\n' "$APP_PASSWORD" >"$CONF/password")
	authority="{ use = \"etcd\"; endpoints = [ $(etcd_endpoints) ]; ca_file = \"$ETCD/ca.pem\"; user = \"app\"; password = \"file:$CONF/password\"; }"
}

# -- What befalls the store; fleet.py calls it --

crash_postgres() {
	postgres_down immediate && postgres_up
}

crash_etcd() {
	local node
	etcd_import
	node=$(etcd_kill_leader) && sleep 3 && etcd_up "$node" && etcd_ready "$node"
}

# -- A host --

# host NUMBER CLOCK [CACHE]: CLOCK in seconds from the true one; CACHE is an entry above the store's
host() {
	local i=$1 folder=$TMPDIR/host$1 pid
	mkdir -p "$folder"
	cp -r "$CONF"/{credence.conf,providers.d,profiles.d} "$folder/"
	sed -i "s|^store = .*|store = ( ${3-} $authority );|" "$folder/profiles.d/crm.conf"
	unshare --net --uts --mount sleep infinity &
	pid=$!
	pids+=("$pid")
	until [ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
	ip link add "fleet$i" type veth peer name eth0 netns "$pid"
	ip link set "fleet$i" master fleet up
	nsenter -t "$pid" -n -u -m sh -euc '
		hostname "host$1"
		ip link set lo up
		ip addr add "10.99.0.1$1/24" dev eth0
		ip link set eth0 up
		mkdir -p /run/credence && mount -t tmpfs -o mode=700 none /run/credence' - "$i"
	relayed nsenter -t "$pid" -n python3 "$abs_top_srcdir/tests/fleet/relay.py" 127.0.0.1 10.99.0.1
	printf '%s %s %s %s\n' "host$i" "$pid" "$2" "$folder" >>"$TMPDIR/hosts"
}

# -- All of it --

network
trap finish EXIT
# As much room as these tokens need, and no more: twice as many renewals would be too many.
per_window=$(((window + 7) * 13 / (10 * life - life - 20) + 1))
sandbox_start --code-count 1000 --rotation on --reuse-window 1h --access-life "${life}s" \
	--window "${window}s" --access-count "$per_window"
ports=("${SANDBOX_ACCOUNTS_us##*:}" "${SANDBOX_API_us##*:}")
relayed python3 "$abs_top_srcdir/tests/fleet/relay.py" 10.99.0.1 127.0.0.1
world
"${store}_of_fleet"
profile crm "store = ( $authority )" 'rotation = "may"' \
	"limits = { access_tokens = { count = $per_window; window = \"${window}s\"; per = \"refresh_token\"; }; }"
cache="{ use = \"file\"; control = \"sufficient\"; path = \"/tmp/credence-fleet-cache\"; },"
host 1 +0
host 2 +90 "{ use = \"file\"; control = \"sufficient\"; path = \"$TMPDIR/host2/state/cache\"; },"
host 3 -90
host 4 +45 "{ use = \"file\"; control = \"sufficient\"; path = \"$TMPDIR/host4/state/cache\"; },"
credence login crm < <(code) 2>"$TMPDIR/login" || { cat "$TMPDIR/login" >&2 && exit 1; }

# shellcheck disable=SC2046
export -f $(compgen -A function)
python3 "$abs_top_srcdir/tests/fleet/fleet.py" "$TMPDIR/hosts" "crash_$store" "$life" "$span"
