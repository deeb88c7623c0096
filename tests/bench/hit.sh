#!/bin/bash
# SPDX-License-Identifier: MIT
# What a token that needs no renewal costs: the ratio of `credence token` to `cat` of its record, run
# in turn on this machine, now. Under C.UTF-8, which is what counts, and under C, where cat itself is
# cheaper; with one profile and with 100,000; sealed; from each store, with and without a cache above
# it. ROUNDS says how often (1000).
set -euo pipefail

. "${abs_top_srcdir:?run this by make bench}/tests/world.bash"
load() {
	. "$1"
}
load "$abs_top_srcdir/tests/browser.bash"
load "$abs_top_srcdir/tests/interop/postgres.bash"
load "$abs_top_srcdir/tests/interop/etcd.bash"
spawn=${abs_top_builddir:?}/tests/bench/spawn
rounds=${ROUNDS:-1000}
crowd=100000

# against LABEL COMMAND…: the command's cost in cats of the record
against() {
	local label=$1 locale
	shift
	for locale in C.UTF-8 C; do
		printf '%-36s LC_ALL=%-8s' "$label" "$locale"
		LC_ALL=$locale "$spawn" "$rounds" "$@" -- "$(type -P cat)" "$record"
	done
}

sandbox_start --code-count 1000 --refresh-count 1000 --refresh-live 1000
trap 'sandbox_stop; postgres_stop; etcd_stop' EXIT
postgres_start
etcd_start
world
profile crm
login crm >"$TMPDIR/login" 2>&1 || { cat "$TMPDIR/login" >&2 && exit 1; }
record=$CONF/state/records/crm
command=("$abs_top_builddir/credence" -C "$CONF" token crm)

against 'cat against itself' "$(type -P cat)" "$record"
against 'token, 1 profile' "${command[@]}"

# stored LABEL LINE…: the same from another store stack
stored() {
	local label=$1
	shift
	profile other "$@"
	login other >"$TMPDIR/login" 2>&1 || { cat "$TMPDIR/login" >&2 && exit 1; }
	against "$label" "$abs_top_builddir/credence" -C "$CONF" token other
	credence logout other 2>"$TMPDIR/logout"
}

ring="use = \"keyring\"; name = \"credence-bench-$$\";"

# and_cached LABEL ROUNDS ENTRY: from that store alone, and with the keyring above it
and_cached() {
	rounds=$2 stored "$1" "store = ( { $3 } )"
	stored "keyring above $1" "store = ( { $ring control = \"sufficient\"; }, { $3 } )"
}

# connection WORDS…: refers to a connection string
connection() {
	printf 'use = "postgres"; connection = "file:%s";' "$(postgres_connection "port=$PG_PORT dbname=bench user=app password=$APP_PASSWORD $*")"
}

stored 'keyring' "store = ( { $ring } )" 'volatile = true'
and_cached 'file' "$rounds" 'use = "file";'
(umask 077 && head -c 32 /dev/urandom >"$CONF/key")
and_cached 'file, sealed' "$rounds" "use = \"file\"; path = \"$CONF/sealed\";
	seal = { use = \"sodium\"; key = \"file:$CONF/key\"; };"
postgres_database bench
and_cached 'postgres, by a socket' $((rounds / 10 + 1)) "$(connection "host=$PG")"
and_cached 'postgres, by TLS' $((rounds / 10 + 1)) "$(connection "host=localhost sslrootcert=$PG_CA/ca.pem")"
and_cached 'etcd, of one member' $((rounds / 10 + 1)) \
	"use = \"etcd\"; endpoints = [ $(etcd_endpoints) ]; ca_file = \"$ETCD/ca.pem\";"
keyctl unlink "$(keyctl search @u keyring "credence-bench-$$")" @u
rm "$CONF/profiles.d/other.conf"

text=$(<"$CONF/profiles.d/crm.conf")
for ((i = 0; i < crowd; i++)); do
	printf '%s\n' "$text" >"$CONF/profiles.d/other$i.conf"
done
against "token, $crowd profiles" "${command[@]}"
