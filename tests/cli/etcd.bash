# SPDX-License-Identifier: MIT
# What the tests of records in etcd share: an etcd with TLS, client certificates and users, healed before
# each test, whose keys are its own.
#
#	etcd_service [ADDRESS…]  # in setup_file: a node at each address
#	stored [OPTION…]         # profile crm with its record there
#	cached [OPTION…]         # the same with a cache above

load helper
load "$abs_top_srcdir/tests/browser.bash"
load "$abs_top_srcdir/tests/hosts.bash"
load "$abs_top_srcdir/tests/interop/etcd.bash"

etcd_service() {
	export ETCD_CLIENT_CERT=1 ETCD_MORE='--bcrypt-cost 4'
	etcd_start "$@"
	etcd_users
}

teardown_file() {
	etcd_stop
}

setup() {
	etcd_import
	etcd_heal
	sandbox_start --code-count 100000 --refresh-count 100000
	world
	PREFIX=/credence/$BATS_TEST_NUMBER
	(umask 077 && printf '%s\n' "$APP_PASSWORD" >"$CONF/password")
}

teardown() {
	sandbox_stop
}

stored() {
	profile crm "store = ( $(etcd_entry "$@") )"
}

cached() {
	profile crm "store = ( { use = \"file\"; control = \"sufficient\"; path = \"$CONF/state/cache\"; }, $(etcd_entry "$@") )"
}
