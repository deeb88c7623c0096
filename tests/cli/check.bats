#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# check: all problems of all files at once, each with its place, offline and without a record.

load helper

setup() {
	world
	sed 's/extends = .*//' "$CONF/providers.d/zoho.conf" >"$CONF/providers.d/sandbox.conf"
	profile crm
}

# problem LINE: among those that check prints, and the exit status is 3
problem() {
	run -3 credence check
	grep -Fqx -e "$1" <<<"$output" || { echo "missing: $1"; echo "$output"; return 1; } >&2
}

@test "nothing to find" {
	run -0 --separate-stderr credence check
	[ "$output" = "1 profile is fine" ]
	[ -z "$stderr" ]
	profile desk
	run -0 credence check
	[ "$output" = "2 profiles are fine" ]
	run -0 credence check -q
	[ -z "$output" ]
	run -0 credence check --json
	[ "$(jq -c '[.profiles,.profiles_affected,.problems]' <<<"$output")" = '[2,0,[]]' ]
	rm "$CONF"/profiles.d/*
	run -0 credence check
	[ "$output" = "there is no profile yet; nothing else is wrong" ]
}

@test "every problem of every file, with file and line, and how many" {
	profile a 'locaton = "us"' 'secrte = "x"'
	profile b 'scope = "A.b"' 'client = { id = "a"; secret = "bare"; }'
	run --separate-stderr -3 credence check
	[ -z "$stderr" ]
	[ "$(grep -c "^$CONF/profiles.d/a.conf:[0-9]*: unknown setting" <<<"$output")" -eq 2 ]
	[[ $output == *"did you mean \"location\"?"* ]]
	[[ $output =~ $CONF/profiles.d/b.conf:[0-9]+:\ client.secret\ is\ a\ bare\ string ]]
	[ "${lines[-1]}" = "$((${#lines[@]} - 1)) problems in 2 of 3 profiles" ]
	run -3 credence check --json
	jq -e '.profiles == 3 and .profiles_affected == 2 and (.problems | map(select(.line > 0)) | length >= 4)' <<<"$output"
}

@test "modules: missing, an unknown option, a required one left out" {
	profile crm 'grant = "self_clent"'
	run -3 credence check
	[[ $output =~ crm.conf:[0-9]+:\ no\ module\ grant_self_clent\ .*did\ you\ mean\ \"self_client\" ]]
	profile crm 'hook = ( { use = "sink"; paht = "/x"; } )'
	run -3 credence check
	[[ $output =~ crm.conf:[0-9]+:\ unknown\ option\ \"paht\"\ of\ hook\ sink.*did\ you\ mean\ \"path\" ]]
	[[ $output =~ crm.conf:[0-9]+:\ hook\ sink\ needs\ option\ path ]]
	[ "${lines[-1]}" = "2 problems in 1 of 1 profile" ]
	profile crm 'store = ( { use = "file"; control = "sometimes"; } )'
	run -3 credence check
	[[ $output =~ crm.conf:[0-9]+:.*sometimes ]]
	profile crm 'grant ='
	run -3 credence check
	[[ $output =~ crm.conf.*grant\ is\ missing ]]
}

@test "providers and data centres that there are none of" {
	profile crm 'provider = "sandbx"'
	run -3 credence check
	[[ $output =~ crm.conf:[0-9]+:\ no\ provider\ \"sandbx\" ]]
	profile crm 'location = "mars"'
	run -3 credence check
	[[ $output =~ crm.conf:[0-9]+:\ location\ mars ]]
}

@test "secrets: others can read them, they are not there" {
	printf 'x\n' >"$BATS_TEST_TMPDIR/secret"
	chmod 644 "$BATS_TEST_TMPDIR/secret"
	profile crm "client = { id = \"a\"; secret = \"file:$BATS_TEST_TMPDIR/secret\"; }"
	problem "$BATS_TEST_TMPDIR/secret: others can read it (mode 0644); chmod 600 $BATS_TEST_TMPDIR/secret"
	profile crm "client = { id = \"a\"; secret = { us = \"file:$BATS_TEST_TMPDIR/none\"; }; }"
	run -3 credence check
	[[ $output =~ crm.conf:[0-9]+:\ .*none\ is\ not\ there ]]
	profile crm "client = { id = \"a\"; secret = \"exec:$BATS_TEST_TMPDIR/none us\"; }"
	run -3 credence check
	profile crm "http = { ca_file = \"$BATS_TEST_TMPDIR/none\"; }"
	run -3 credence check
	[[ $output =~ crm.conf:[0-9]+:\ .*none\ is\ not\ there ]]
	chmod 600 "$BATS_TEST_TMPDIR/secret"
	profile crm "client = { id = \"a\"; secret = \"file:$BATS_TEST_TMPDIR/secret\"; }"
	run -0 credence check
}

@test "files that others can write" {
	chmod o+w "$CONF/profiles.d/crm.conf"
	run -3 credence check
	[[ $output == *"$CONF/profiles.d/crm.conf"* && $output == *"chmod"* ]]
	chmod o-w "$CONF/profiles.d/crm.conf"
	# Nothing else can be judged by a credence.conf that somebody else may have written.
	chmod g+w "$CONF/credence.conf"
	run -10 credence check
	[[ $output == *"$CONF/credence.conf"* ]]
}

@test "a broken file does not hide the others" {
	printf 'x = {\n' >"$CONF/profiles.d/broken.conf"
	printf '@include "x"\n' >"$CONF/profiles.d/include.conf"
	profile zzz 'locaton = "us"'
	run -3 credence check
	[[ $output =~ broken.conf:[0-9]+:\ syntax\ error ]]
	[[ $output =~ include.conf:1: ]]
	[[ $output =~ zzz.conf:[0-9]+:\ unknown\ setting ]]
	[ "${lines[-1]}" = "$((${#lines[@]} - 1)) problems in 3 of 4 profiles" ]
}

@test "credence.conf and provider data count, once, however many profiles use them" {
	profile desk
	printf 'deadlin = "3s";\n' >>"$CONF/credence.conf"
	run -3 credence check
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} =~ credence.conf:[0-9]+:\ unknown\ setting\ \"deadlin\" ]]
	[ "${lines[1]}" = "1 problem outside of profiles" ]
	sed -i '$d' "$CONF/credence.conf"
	printf 'tokn_endpoint = "/x";\n' >>"$CONF/providers.d/sandbox.conf"
	run -3 credence check
	[ "${#lines[@]}" -eq 2 ]
	[ "${lines[1]}" = "1 problem in 2 of 2 profiles" ]
}

@test "profiles that share a credential and do not agree" {
	profile a 'credential = "shared"'
	profile b 'credential = "shared"' 'scope = [ "Other.scope" ]'
	run -0 credence check
	profile b 'credential = "shared"' 'owner = "somebody"'
	profile shared 'client = { id = "another"; secret = "plain:x"; }'
	run -3 credence check
	[[ $output == *"b.conf: profiles a and b share credential shared but not the owner"* ]]
	[[ $output == *"shared.conf: profiles a and shared share credential shared but not the client id"* ]]
	[ "${lines[-1]}" = "2 problems in 2 of 4 profiles" ]
}

@test "no network, no state" {
	credence check
	[ ! -e "$CONF/state" ]
}
