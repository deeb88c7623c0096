# SPDX-License-Identifier: MIT
# Several hosts on one machine, that share a store and nothing else.
#
#	host alpha                  # a copy of the configuration, with a state of its own
#	on alpha token crm          # credence there, under that host's name

load "$abs_top_srcdir/tests/errors.bash"

# host NAME: a copy of the configuration; its state is its own, so that only the store joins hosts
host() {
	cp -r "$CONF" "$BATS_TEST_TMPDIR/$1"
	rm -rf "$BATS_TEST_TMPDIR/$1/state"
}

# on HOST COMMAND…: there, under the host's own name
on() {
	unshare --uts "${ROOT_MAP[@]}" bash -c 'hostname "$1" && exec credence -C "$0" "${@:2}"' \
		"$BATS_TEST_TMPDIR/$1" "$@"
}
ROOT_MAP=()
[ "$(id -u)" = 0 ] || ROOT_MAP=(--map-root-user)
