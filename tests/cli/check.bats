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

@test "RFC 6749 3.1.2: a redirect URI that is not absolute, or has a fragment" {
	for uri in callback /callback 'http://127.0.0.1:8765/callback#x'; do
		profile crm "client = { id = \"a\"; redirect_uri = \"$uri\"; }" 'grant = "server_based"'
		run -3 credence check
		[[ $output =~ crm.conf:[0-9]+:\ client.redirect_uri\ must\ be\ an\ absolute\ URI\ without\ a\ fragment ]]
	done
	profile crm 'client = { id = "a"; redirect_uri = "urn:ietf:wg:oauth:2.0:oob"; }' 'grant = "server_based"'
	run -0 credence check
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

@test "what only the modules and all of a profile together can tell" {
	local -A said=(
		['hook = ( { use = "sink"; path = "/a/b"; format = "jsn"; } )']='crm.conf:[0-9]+: format of hook sink is none of postman, json, env; '
		['hook = ( { use = "sink"; path = "a/b"; } )']='crm.conf:[0-9]+: path of hook sink is not an absolute path; '
		['hook = ( { use = "syslog"; facility = "kern"; } )']='crm.conf:[0-9]+: there is no such syslog facility; '
		['store = ( { use = "file"; path = "a/b"; } )']='crm.conf:[0-9]+: the folder of the records is not an absolute path; '
		['store = "memory"']='crm.conf:[0-9]+: no required store of profile crm is durable; '
		['store = ( { use = "file"; control = "[default=jump]"; } )']='crm.conf:[0-9]+: store.control has an unknown action "jump"; it may be bad, ignore, ok, done or die'
		['client = { secret = "plain:x"; }']='crm.conf: client.id is missing, '
		['client = { id = "x"; secret = "exec:"; }']='crm.conf:[0-9]+: client.secret is a reference to nothing; '
		['resolver =']='crm.conf:[0-9]+: authorization_endpoint is relative, but no accounts_server is set; the provider has data centres'
		['grant = "server_based"']='crm.conf:[0-9]+: client.redirect_uri is not set, and this grant needs one; write the one '
		['grant =']='crm.conf: grant is missing, e.g. grant = "NAME"; credence module list'
	)
	local line
	for line in "${!said[@]}"; do
		profile crm "$line"
		run --separate-stderr -3 credence check
		[[ $output =~ ^$CONF/profiles.d/${said[$line]} ]] || {
			printf '%s: %s\n' "$line" "$output" >&2
			return 1
		}
		[ "${lines[-1]}" = "1 problem in 1 of 1 profile" ]
	done
	profile crm 'client = { secret = "plain:x"; }'
	run -3 credence login crm <<<code
	[[ $output == *"client.id is missing"*$'\n'"hint: "* ]]
	[ ! -e "$CONF/state" ] || [ -z "$(find "$CONF/state" -type f ! -name locks)" ]
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
	for text in '' '\n'; do
		# shellcheck disable=SC2059
		printf "$text" >"$BATS_TEST_TMPDIR/secret"
		profile crm "client = { id = \"a\"; secret = \"file:$BATS_TEST_TMPDIR/secret\"; }"
		run -3 credence check
		[[ ${lines[0]} =~ crm.conf:[0-9]+:\ $BATS_TEST_TMPDIR/secret\ is\ empty$ ]]
	done
	printf 'x\n' >"$BATS_TEST_TMPDIR/secret"
	profile crm "client = { id = \"a\"; secret = \"file:$BATS_TEST_TMPDIR/secret\"; }"
	run -0 credence check
}

@test "a seal's key that is none" {
	[ -e "$CREDENCE_TEST_MODULES/seal_sodium.so" ] || skip "built without libsodium"
	(umask 077 && openssl rand -base64 32 >"$BATS_TEST_TMPDIR/key" && printf 'short\n' >"$BATS_TEST_TMPDIR/short")
	profile crm "store = ( { use = \"file\"; seal = ( { use = \"sodium\"; id = \"a\"; key = \"file:$BATS_TEST_TMPDIR/key\"; }, { use = \"sodium\"; id = \"b\"; key = \"file:$BATS_TEST_TMPDIR/short\"; } ); } )"
	run -3 credence check
	[[ ${lines[0]} =~ ^$CONF/profiles.d/crm.conf:[0-9]+:\ key\ is\ not\ 32\ bytes ]]
	[ "${lines[1]}" = "1 problem in 1 of 1 profile" ]
	cp "$BATS_TEST_TMPDIR/key" "$BATS_TEST_TMPDIR/short"
	run -0 credence check
	[ ! -e "$CONF/state" ]
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

@test "a profile that is a link to nothing" {
	ln -s "$BATS_TEST_TMPDIR/nothing" "$CONF/profiles.d/dang.conf"
	run --separate-stderr -11 credence token dang
	[ "$stderr" = 'credence: dang: there is no profile "dang"'$'\n'"hint: profiles.d/dang.conf is a link that leads nowhere" ]
	problem 'there is no profile "dang"; profiles.d/dang.conf is a link that leads nowhere'
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

@test "a file with nothing in it lacks what it needs, and no more" {
	: >"$CONF/profiles.d/empty.conf"
	problem "$CONF/profiles.d/empty.conf: provider is missing, e.g. provider = \"NAME\";"
	run --separate-stderr -3 credence token empty
	[ "${stderr_lines[0]}" = "credence: empty: $CONF/profiles.d/empty.conf: provider is missing, e.g. provider = \"NAME\";" ]
	rm "$CONF/profiles.d/empty.conf"
	: >"$CONF/providers.d/sandbox.conf"
	run -3 credence check
	[[ $output == *"no resolver of profile crm knows the servers of provider sandbox"* ]]
	run --separate-stderr -4 credence move crm --from "$CONF/providers.d/sandbox.conf"
	[ "${stderr_lines[0]}" = "credence: crm: nobody has logged in" ]
	[[ ${stderr_lines[1]} == "hint: "*"credence login crm" ]]
	: >"$CONF/credence.conf"
	run --separate-stderr -0 credence list --json
	[ "$(jq -c '[.[].profile]' <<<"$output")" = '["crm"]' ]
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

@test "a provider starts at a data centre of its own; defaults are of providers that there are" {
	printf '%s\n' 'extends = "zoho";' 'location = "mars";' >"$CONF/providers.d/mine.conf"
	problem "$CONF/providers.d/mine.conf:2: location \"mars\" is not among the datacenters of provider mine"
	[ "${#lines[@]}" -eq 2 ]
	rm "$CONF/providers.d/mine.conf"
	printf 'defaults = { providers = ( { name = "sandbx"; location = "us"; } ); };\n' >>"$CONF/credence.conf"
	problem "$CONF/credence.conf:2: no provider \"sandbx\"; did you mean \"sandbox\"? There are github, gitlab, google, keycloak, microsoft, oidc, okta, salesforce, sandbox, zoho"
	sed -i 's/sandbx/sandbox/' "$CONF/credence.conf"
	run -0 credence check
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

@test "profiles that share a credential keep it in the same place" {
	local same='( { use = "file"; path = "/var/a"; seal = "none"; }, { use = "exec"; control = "optional"; command = [ "/bin/x", "y" ]; } )'
	profile a 'credential = "shared"' "store = $same"
	profile b 'credential = "shared"' 'store = ( { path = "/var/a"; use = "file"; }, { command = [ "/bin/x", "y" ]; use = "exec"; control = "optional"; } )'
	run credence check
	[[ $output != *"share credential"* ]]
	for other in 'path = "/var/b"; } )' '} )' 'path = "/var/a"; control = "optional"; } )'; do
		profile a 'credential = "shared"' 'store = ( { use = "file"; path = "/var/a"; } )'
		profile b 'credential = "shared"' "store = ( { use = \"file\"; $other"
		run -3 credence check
		[[ $output == *"b.conf: profiles a and b share credential shared but not the store"* ]]
	done
	profile b 'credential = "shared"'
	run -3 credence check
	[[ $output == *"b.conf: profiles a and b share credential shared but not the store"* ]]
	profile a 'credential = "shared"' 'store = ( { use = "file"; } )'
	run -0 credence check
}

@test "a profile that can't be read may share the credential: a login says so" {
	profile a
	profile b 'credential = "a"' 'scope = [ "Other.scope" ]' 'nonsense = 1'
	run --separate-stderr credence login a <<<1000.none
	[[ $stderr == *"profile b can't be read; if it shares credential a, its scope is not asked for: "*"b.conf:"*nonsense* ]]
}

@test "no network, no state" {
	credence check
	[ ! -e "$CONF/state" ]
}
