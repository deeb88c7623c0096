#!/bin/bash
# SPDX-License-Identifier: MIT
# What a token that needs no renewal costs: the ratio of `credence token` to `cat` of its record, run
# in turn on this machine, now. Under C.UTF-8, which is what counts, and under C, where cat itself is
# cheaper; with one profile, and with 100,000. ROUNDS says how often (1000).
set -euo pipefail

. "${abs_top_srcdir:?run this by make bench}/tests/world.bash"
spawn=${abs_top_builddir:?}/tests/bench/spawn
rounds=${ROUNDS:-1000}
crowd=100000

# against LABEL COMMAND…: the command's cost in cats of the record
against() {
	local label=$1 locale
	shift
	for locale in C.UTF-8 C; do
		printf '%-32s LC_ALL=%-8s' "$label" "$locale"
		LC_ALL=$locale "$spawn" "$rounds" "$@" -- "$(type -P cat)" "$record"
	done
}

sandbox_start
trap sandbox_stop EXIT
world
profile crm
login crm >"$TMPDIR/login" 2>&1 || { cat "$TMPDIR/login" >&2 && exit 1; }
record=$CONF/state/records/crm
command=("$abs_top_builddir/credence" -C "$CONF" token crm)

against 'cat against itself' "$(type -P cat)" "$record"
against 'token, 1 profile' "${command[@]}"

text=$(<"$CONF/profiles.d/crm.conf")
for ((i = 0; i < crowd; i++)); do
	printf '%s\n' "$text" >"$CONF/profiles.d/other$i.conf"
done
against "token, $crowd profiles" "${command[@]}"
