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

# on HOST COMMAND…: there, under the host's own name. Who is not root has it from a stub: in a namespace
# of their own the files of root would be nobody's, and credence would trust nothing below /.
on() {
	if [ "$(id -u)" -eq 0 ]; then
		unshare --uts bash -c 'hostname "$1" && exec credence -C "$0" "${@:2}"' \
			"$BATS_TEST_TMPDIR/$1" "$@"
	else
		CREDENCE_TEST_HOST=$1 LD_PRELOAD=$CREDENCE_TEST_STUBS/hostname.so \
			ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 \
			command credence -C "$BATS_TEST_TMPDIR/$1" "${@:2}"
	fi
}
