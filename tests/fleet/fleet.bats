#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Four hosts that share one credential, through real servers, while hosts are killed and cut off, have
# clocks that are up to 180 s apart, and the store crashes: one renewal an expiry, no eviction at the
# sandbox, every call answered in time, nothing lost. See run.bash for how, fleet.py for what.
#
# The long form takes 60 lives of a token, an hour if $CREDENCE_FLEET_LIFE is 60 (seconds; 12).

bats_require_minimum_version 1.5.0
load "$abs_top_srcdir/tests/interop/postgres.bash"
load "$abs_top_srcdir/tests/interop/etcd.bash"

# Within there is no way out.
setup_file() {
	postgres_root
	deb_folder etcd etcd-server
}

# In a namespace of a user's own the files of root would be nobody's, and credence would trust nothing
# below /.
fleet() {
	local life=${CREDENCE_FLEET_LIFE:-12} span
	span=$life
	[ "$(id -u)" -eq 0 ] || skip "only root can give each host a network and its own files"
	[ -z "${CREDENCE_TEST_LONG-}" ] || span=$((life * 60))
	TMPDIR=$BATS_TEST_TMPDIR unshare --net --mount --fork --kill-child bash "$abs_top_srcdir/tests/fleet/run.bash" \
		"$1" "$life" "$span" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || {
		cat "$BATS_TEST_TMPDIR/out"
		return 1
	}
	sed 's/^/# /' "$BATS_TEST_TMPDIR/out" >&3
}

@test "PostgreSQL, which is restarted" {
	fleet postgres
}

@test "etcd of three nodes, whose leader is killed" {
	fleet etcd
}
