# SPDX-License-Identifier: MIT
# Every store that can be all there is, for what all of them are held to, on real servers.
#
#	stores_start                # in setup_file
#	stores_stop                 # in teardown_file
#	stored_in NAME STORE [LINE…]    # in a test: profile NAME with nothing but that store
#
# Stores: file, keyring, exec, postgres, etcd, and secret_service, for which a test starts its own keyring
# (keyring_start). The servers are given time: what is late on a slow
# machine is no fault.

load "$abs_top_srcdir/tests/browser.bash"
load "$abs_top_srcdir/tests/interop/postgres.bash"
load "$abs_top_srcdir/tests/interop/etcd.bash"
load "$abs_top_srcdir/tests/interop/secret_service.bash"

stores_start() {
	postgres_start && etcd_start
}

stores_stop() {
	postgres_stop
	etcd_stop
	keyring_clean
}

# The keyring of a test file, below this user's.
keyring_name() {
	printf 'credence-test-%s' "$(basename "$BATS_RUN_TMPDIR")"
}

keyring_clean() {
	local ring
	ring=$(keyctl search @u keyring "$(keyring_name)" 2>/dev/null) && keyctl unlink "$ring" @u || :
}

store_entry() {
	local folder
	case $1 in
	file) printf '{ use = "file"; }' ;;
	keyring) printf '{ use = "keyring"; name = "%s"; }' "$(keyring_name)" ;;
	exec)
		folder=$CONF/programs
		install -D -m 755 "$abs_top_srcdir/conf/examples/exec/store.bash" "$folder/store.bash"
		printf '{ use = "exec"; traits = [ "durable", "cas" ]; command = [ "%s", "%s" ]; }' \
			"$folder/store.bash" "$CONF/state/program"
		;;
	secret_service) printf '{ use = "secret_service"; bus = "%s"; timeout = "60s"; }' "$KR_BUS" ;;
	postgres)
		# Without a password: to check one is a good part of a second's work for 64 callers.
		postgres_database "test$BATS_TEST_NUMBER" >/dev/null
		printf '{ use = "postgres"; connect_timeout = "60s"; statement_timeout = "60s"; connection = "file:%s"; }' "$(postgres_connection \
			"host=$PG port=$PG_PORT dbname=test$BATS_TEST_NUMBER user=super")"
		;;
	etcd)
		etcd_import
		printf '{ use = "etcd"; timeout = "60s"; endpoints = [ %s ]; ca_file = "%s"; prefix = "/test%s"; }' \
			"$(etcd_endpoints)" "$ETCD/ca.pem" "$BATS_TEST_NUMBER"
		;;
	esac
}

stored_in() {
	profile "$1" "store = ( $(store_entry "$2") )" 'volatile = true' "${@:3}"
}
