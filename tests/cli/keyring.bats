#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The store keyring on this machine's kernel: each test has a keyring of its own, below this user's,
# and takes it away again.

load helper

setup() {
	sandbox_start
	world
	RING=credence-test-$BATS_TEST_NUMBER-$$
	HOME_STORE=$CONF/state/records
	cached crm
}

teardown() {
	sandbox_stop
	keyctl unlink "%keyring:$RING" @u 2>/dev/null || true
	ring=$(keyctl search @u keyring "$RING" 2>/dev/null) && keyctl unlink "$ring" @u || true
}

# cached NAME [LINE…]: the keyring above a file
cached() {
	profile "$1" "store = ( { use = \"keyring\"; name = \"$RING\"; control = \"sufficient\"; }, { use = \"file\"; control = \"required\"; } )" "${@:2}"
}

# alone NAME [OPTION]: nothing but the keyring
alone() {
	profile "$1" "store = ( { use = \"keyring\"; name = \"$RING\"; ${2-} } )" 'volatile = true'
}

# key NAME: the key of a record; its description
key() {
	keyctl list "$(keyctl search @u keyring "$RING")" | sed -nE "s/^ *([0-9]+):.* user: credence:[0-9a-f]{16}:$1\$/\1/p" | grep .
}

@test "a hit comes from the keyring: two system calls, no file of the store, no library" {
	login crm
	token=$(credence token crm)
	traced credence -C "$CONF" token crm >"$BATS_TEST_TMPDIR/out"
	[ "$(<"$BATS_TEST_TMPDIR/out")" = "$token" ]
	run -1 grep -F records "$BATS_TEST_TMPDIR/trace"
	run -1 grep -E 'open.*libkeyutils|open.*libcurl' "$BATS_TEST_TMPDIR/trace"
	[ "$(grep -c 'keyctl(' "$BATS_TEST_TMPDIR/trace")" -le 3 ]
}

@test "the copy has no refresh token, dies with the access token, and is nobody else's" {
	login crm
	refresh=$(member refresh_token)
	id=$(key crm)
	run -1 grep -F "$refresh" <(keyctl pipe "$id")
	keyctl pipe "$id" | member 'access_tokens[0].token and (has("refresh_token") | not)' -
	timeout=$(awk -v id="$(printf '%08x' "$id")" '$1 == id {print $4}' /proc/keys)
	[[ $timeout =~ ^(59m|60m|1h)$ ]]
	# All for its possessor and its user; nothing for group and others.
	[[ $(keyctl rdescribe "$id") == *";3f3f0000;credence:"*":crm" ]]
}

@test "another configuration of the same user has records of its own, in the same keyring and in one above" {
	local other
	alone crm
	login crm
	token=$(credence token crm)
	other=$BATS_TEST_TMPDIR/other
	cp -r "$CONF" "$other"
	run -4 command credence -C "$other" token crm
	run -4 command credence -C "$other" logout crm
	[ "$(credence token crm)" = "$token" ]
	# A search of the user's keyring goes into those that are linked there.
	sed -i "s|name = \"$RING\";||" "$other/profiles.d/crm.conf"
	run -4 command credence -C "$other" token crm
	run -4 command credence -C "$other" logout crm
	[ "$(credence token crm)" = "$token" ]
	[ "$(credence refresh crm 2>&1 && credence token crm)" != "$token" ]
}

@test "a copy that was lost or taken away costs nothing" {
	login crm
	token=$(credence token crm)
	keyctl unlink "$(key crm)" "$(keyctl search @u keyring "$RING")"
	[ "$(credence token crm)" = "$token" ]
	key crm
	keyctl revoke "$(key crm)"
	[ "$(credence token crm)" = "$token" ]
	[ "$(credence token crm)" = "$token" ]
	keyctl clear "$(keyctl search @u keyring "$RING")"
	[ "$(credence token crm)" = "$token" ]
	key crm
}

@test "logout takes it away, too" {
	login crm
	credence logout crm
	run -1 key crm
	[ ! -e "$HOME_STORE/crm" ]
	run -4 credence token crm
}

@test "without a session keyring that leads to the user's, as in services and cron" {
	login crm
	token=$(credence token crm)
	rm -rf "$HOME_STORE"
	run -0 env -i PATH="$PATH" keyctl session - credence -C "$CONF" token crm
	[ "${lines[-1]}" = "$token" ]
	run -0 setsid -w env -i PATH="$PATH" credence -C "$CONF" token crm
	[ "$output" = "$token" ]
}

@test "alone: all that there is, the refresh token too" {
	alone solo
	login solo
	[ ! -e "$HOME_STORE/solo" ]
	keyctl pipe "$(key solo)" | member refresh_token -
	credence refresh solo
	credence logout solo
}

@test "a store that forgets may not be all there is, unless somebody says so" {
	profile solo "store = ( { use = \"keyring\"; name = \"$RING\"; } )"
	run -3 credence login solo <<<some-code
	[[ $output == *"no required store of profile solo is durable"* ]]
}

@test "records that are longer than a key may be" {
	key_room 200000
	alone long
	code=$(code)
	control mode -d token_size=20000 >/dev/null
	credence login long <<<"$code"
	token=$(credence token long)
	[ "${#token}" -gt 19000 ]
	[ "$(keyctl list "$(keyctl search @u keyring "$RING")" | grep -c "credence-part:.*:long:")" -ge 2 ]
	credence refresh long
	[ "$(credence token long)" != "$token" ]
	# Nothing of the old one is left.
	[ "$(keyctl list "$(keyctl search @u keyring "$RING")" | grep -c "credence-part:.*:long:")" -le 3 ]
	credence logout long
	[ "$(keyctl list "$(keyctl search @u keyring "$RING")" | grep -c long || true)" = 0 ]
}

@test "what was replaced takes nobody's room for long" {
	# Ten times what the kernel lets a user keep, a little at a time.
	run -0 credence module test store keyring --set "name=$RING" --only 'looks like'
	run -0 credence module test store keyring --set "name=$RING" --only 'looks like'
	[[ $output == *", 0 failed"* ]]
}

@test "the persistent keyring, the session's, and what is none" {
	profile p 'store = ( { use = "keyring"; keyring = "persistent"; name = "'"$RING"'"; } )' 'volatile = true'
	login p
	credence token p
	credence logout p
	# shellcheck disable=SC2016
	profile s 'store = ( { use = "keyring"; keyring = "session"; } )' 'volatile = true'
	code >"$BATS_TEST_TMPDIR/code"
	keyctl session - bash -c 'credence -C "$0" login s <"$1" && credence -C "$0" token s' "$CONF" "$BATS_TEST_TMPDIR/code"
	run -4 keyctl session - credence -C "$CONF" token s
	profile x 'store = ( { use = "keyring"; keyring = "group"; } )' 'volatile = true'
	run --separate-stderr -3 credence token x
	[[ $stderr == *"none of user, persistent, session"* ]]
}

@test "a secret that another user put into the session's keyring is not used, this user's own is" {
	[ "$(id -u)" -eq 0 ] || skip "only root can be another user"
	profile crm "client = { id = \"1000.SANDBOX\"; secret = \"keyring:$RING\"; }"
	code >"$BATS_TEST_TMPDIR/code"
	# shellcheck disable=SC2016
	run -10 keyctl session - bash -c '
		setpriv --reuid=65534 --clear-groups keyctl add user "$0" CANARY-planted @s >/dev/null
		credence -C "$CONF" login crm <"$1"' "$RING" "$BATS_TEST_TMPDIR/code"
	[[ $output == *"key \"$RING\" belongs to user 65534"*"hint: "*"keyctl padd user"* ]]
	# shellcheck disable=SC2016
	run -0 keyctl session - bash -c '
		keyctl add user "$0" CANARY-sandbox-secret @s >/dev/null
		credence -C "$CONF" login crm <"$1"' "$RING" "$BATS_TEST_TMPDIR/code"
}

@test "a quota that is used up: a warning where there is another store, exit 8 where there is none" {
	login crm
	run --separate-stderr -0 traced -e inject=add_key:error=EDQUOT \
		credence -C "$CONF" refresh crm
	[[ $stderr == *"quota of keys is used up"* ]]
	run -1 key crm
	alone solo
	login solo
	run --separate-stderr -8 traced -e inject=add_key:error=EDQUOT \
		credence -C "$CONF" refresh solo
	[[ ${stderr_lines[0]} == "credence: solo: store keyring: solo: "*"quota of keys is used up" ]]
	[[ ${stderr_lines[1]} == "hint: "*maxbytes* ]]
	credence refresh solo
}

@test "a kernel without keyrings, or where they are forbidden" {
	login crm
	for error in ENOSYS EPERM; do
		run --separate-stderr -0 traced -e "inject=keyctl:error=$error" \
			credence -C "$CONF" token crm
		[ "$output" = "$(credence token crm)" ]
	done
}
