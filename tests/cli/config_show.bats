#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# config show: every value that counts and where it is from; no secret. list: what is seen.

load helper

setup() {
	world 'defaults = {' '  refresh_before = "2m";' '  providers = (' \
		'    { name = "zoho"; refresh_before = "3m"; hook = "syslog"; } );' '};' 'deadline = "20s";'
	profile crm 'provider = "zoho"'
}

# row SETTING: value and origin, as JSON
row() {
	credence config show --json "${@:2}" | jq -c --arg setting "$1" \
		'.[] | select(.setting == $setting) | [.value, .file, .line, .place]'
}

@test "the highest layer that has a setting wins, and is named" {
	[ "$(row refresh_before crm)" = "[\"3m\",\"$CONF/credence.conf\",5,\"admin\"]" ]
	profile crm 'provider = "zoho"' 'refresh_before = "4m"'
	line=$(grep -n refresh_before "$CONF/profiles.d/crm.conf" | cut -d: -f1)
	[ "$(row refresh_before crm)" = "[\"4m\",\"$CONF/profiles.d/crm.conf\",$line,\"admin\"]" ]
	[ "$(row hook crm)" = "[\"syslog\",\"$CONF/credence.conf\",5,\"admin\"]" ]
	line=$(grep -n ^token_endpoint "$CONF/providers.d/zoho.conf" | cut -d: -f1)
	[ "$(row token_endpoint crm)" = "[\"/oauth/v2/token\",\"$CONF/providers.d/zoho.conf\",$line,\"admin\"]" ]
	[ "$(row store crm)" = '["\"file\"",null,null,"built in"]' ] || [ "$(row store crm)" = '["file",null,null,"built in"]' ]
}

@test "each setting once" {
	run -0 credence config show --json crm
	[ "$(jq 'map(.setting) | length - (unique | length)' <<<"$output")" -eq 0 ]
	run -0 credence config show -v --json crm
	[ "$(jq 'map(.setting) | length - (unique | length)' <<<"$output")" -eq 0 ]
	[ "$(row 'datacenters.[1].location' -v crm | jq -r '.[0]')" = eu ]
}

@test "secrets are not shown: plain ones, passwords in URLs" {
	profile crm 'provider = "zoho"' 'http = { proxy = "http://user:CANARY-proxy@proxy.example:3128"; }'
	run -0 credence config show crm
	[[ $output == *'"plain:(not shown)"'* ]]
	[[ $output != *CANARY* ]]
	run -0 credence config show -v --json crm
	[[ $output != *CANARY* ]]
}

@test "without a profile: the folders and credence.conf" {
	run -0 credence config show
	[[ ${lines[0]} =~ ^SETTING\ +VALUE\ +FROM$ ]]
	[[ $output =~ folder.admin\ +$CONF\ +-C ]]
	[[ $output =~ state.admin\ +$CONF/state\ +-C ]]
	[[ $output =~ deadline\ +\"20s\"\ +$CONF/credence.conf:7\ \(admin\) ]]
	[[ $output =~ defaults.refresh_before\ +\"2m\" ]]
}

@test "a profile that is not there, or broken" {
	run -11 credence config show cmr
	profile crm 'locaton = "x"'
	run -3 credence config show crm
}

@test "list: names, providers, places, files; a broken one does not hide the others" {
	profile desk 'credential = "crm"' 'provider = "zoho"'
	run -0 credence list
	[[ ${lines[0]} =~ ^PROFILE\ +PROVIDER\ +CREDENTIAL\ +GRANT\ +PLACE\ +FILE$ ]]
	[ "$(wc -w <<<"${lines[1]}")" -eq 6 ]
	printf 'x = {\n' >"$CONF/profiles.d/broken.conf"
	run -0 credence list --json
	[ "$(jq -c 'map([.profile, .readable, .credential])' <<<"$output")" = \
		'[["broken",false,null],["crm",true,"crm"],["desk",true,"crm"]]' ]
	rm "$CONF"/profiles.d/*
	run --separate-stderr -0 credence list
	[ "$stderr" = "there is no profile yet; credence init makes one" ]
	run -0 credence list --json
	[ "$output" = "[]" ]
}
