# SPDX-License-Identifier: MIT
# Many callers at once, and what every store is held to: however many find an expired token at a
# server that revokes the family when a rotated refresh token is used again, one request a round.
#
#	callers 64 "$DIR" credence token crm    # 64 of them at once
#	all_agree "$DIR" 64                     # they succeeded, with one answer
#	rotating crm [LINE…]                    # the profile of the rounds; then log in
#	strict_rounds crm [CONFIGURATION…]      # of hosts; one: $CONF
#	eight_each                              # of two hosts (tests/hosts.bash): one renewal

# callers N DIR COMMAND…: each leaves its output and exit status in DIR.
callers() {
	local n=$1 dir=$2 i
	shift 2
	mkdir -p "$dir"
	for ((i = 0; i < n; i++)); do
		(rc=0; "$@" >"$dir/out.$i" 2>"$dir/err.$i" || rc=$?; echo $rc >"$dir/rc.$i") 3>&- &
	done
	wait
}

# all_agree DIR N
all_agree() {
	[ "$(cat "$1"/rc.* | sort | uniq -c | awk '{print $1, $2}')" = "$2 0" ] || {
		cat "$1"/rc.* "$1"/err.* | sort | uniq -c >&2
		return 1
	}
	[ "$(sort -u "$1"/out.* | wc -l)" = 1 ] || {
		echo "different answers" >&2
		return 1
	}
}

# The server's seconds count as milliseconds, so that a token is soon of no use.
rotating() {
	local name=$1
	shift
	control mode -d rotation=family -d access_count=1000000 >/dev/null
	profile "$name" 'rotation = "may"' 'expires_in = ( { member = "expires_in"; unit = "ms"; } )' \
		'limits = { access_tokens = { count = 0; window = "10m"; live = 0; per = "refresh_token"; }; }' "$@"
}

# strict_rounds NAME [CONFIGURATION…]: 5 rounds; 1,000 in the long form
strict_rounds() {
	local rounds=5
	[ -z "${CREDENCE_TEST_LONG-}" ] || rounds=1000
	[ $# -gt 1 ] || set -- "$1" "$CONF"
	python3 "$abs_top_srcdir/tests/rounds.py" "$rounds" "$@" >&3
}

eight_each() {
	local calls=$BATS_TEST_TMPDIR/calls
	host alpha
	host beta
	expired
	control fault -d name=slow -d endpoint=token -d count=1 -d ms=1500 >/dev/null
	callers 8 "$calls/alpha" on alpha --timeout 60s token crm &
	callers 8 "$calls/beta" on beta --timeout 60s token crm
	wait
	all_agree "$calls/alpha" 8
	all_agree "$calls/beta" 8
	[ "$(<"$calls/alpha/out.0")" = "$(<"$calls/beta/out.0")" ]
	[ "$(total renewals)" = 1 ]
	[ -e "$BATS_TEST_TMPDIR/alpha/state/locks" ]
	[ -e "$BATS_TEST_TMPDIR/beta/state/locks" ]
}
