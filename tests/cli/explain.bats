#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# explain: cause, remedy and exit status of the servers' error codes.

load helper

setup() {
	world
}

@test "each meaning of a code, by step, with cause, remedy and exit status" {
	run -0 credence explain invalid_code
	[ "$(grep -c '^invalid_code (zoho' <<<"$output")" -ge 2 ]
	[[ $output == *"invalid_code (zoho, at refresh)"* ]]
	[ "$(grep -c '^  cause   ' <<<"$output")" -eq "$(grep -c '^invalid_code' <<<"$output")" ]
	[ "$(grep -c '^  remedy  ' <<<"$output")" -eq "$(grep -c '^invalid_code' <<<"$output")" ]
	[[ $output == *"  exit    4"* ]]
}

@test "every code of every catalogue can be explained" {
	local code
	while read -r code; do
		run -0 credence explain "$code"
		[[ ${lines[0],,} == "${code,,} ("* ]]
	done < <(sed -n 's/^[[:space:]]*code = "\([^"]*\)".*/\1/p' "$abs_top_srcdir"/conf/providers/*.conf)
}

@test "the exit status is the one that a renewal ends with" {
	[ "$(credence explain invalid_client --json | jq -r '.[0].status')" = 5 ]
	[ "$(credence explain invalid_grant --json | jq -r '.[0].status')" = 4 ]
	[ "$(credence explain temporarily_unavailable --json | jq -r '.[0].status')" = 6 ]
}

@test "one provider; what it takes from another counts as its own" {
	printf 'extends = "zoho";\nerrors = ( { code = "odd"; class = "denied"; cause = "c"; remedy = "r"; } );\n' \
		>"$CONF/providers.d/mine.conf"
	run -0 credence explain odd
	[ "${lines[0]}" = "odd (mine)" ]
	run -0 credence explain --provider mine invalid_client
	[[ ${lines[0]} == "invalid_client (zoho)" ]]
	[ "$(credence explain invalid_client | grep -c '^invalid_client (zoho)')" -eq 1 ]
	run -2 credence explain --provider zoho odd
	run -3 credence explain --provider nobody odd
}

@test "a provider that can't be read hides neither the others' codes nor their data centres" {
	printf 'extends = "none-such";\n' >"$CONF/providers.d/broken.conf"
	run --separate-stderr -0 credence explain --json invalid_code
	jq -e '.[] | select(.provider == "zoho")' <<<"$output" >/dev/null
	[[ $stderr == *'no provider "none-such"'* ]]
	run --separate-stderr -0 credence dc list
	[[ $output == *"https://accounts.zoho.eu"* ]]
	[[ $stderr == *'no provider "none-such"'* ]]
	run -3 credence explain --provider broken invalid_code
	run -3 credence dc list broken
}

@test "codes of the standards that no catalogue has" {
	run -0 credence explain unsupported_response_type
	[[ $output == *"(RFC 6749"* ]] || [[ $output == *"(zoho"* ]]
}

@test "codes of credence itself: all that it puts, with the exit status that they come with" {
	local code
	run -0 credence explain limit
	[ "${lines[0]}" = "limit (credence)" ]
	[ "${lines[3]}" = "  exit    7" ]
	[ "$(credence explain other_key --json | jq -c '[.[0].provider, .[0].status]')" = '["credence",8]' ]
	while read -r code; do
		run -0 credence explain "$code"
	done < <(grep -rhoE 'call_code\([a-z>-]*call, "[a-z_]+"|fail\([a-z>-]*call, CREDENCE_[A-Z]+, "[a-z_]+"' \
		"$abs_top_srcdir/core" "$abs_top_srcdir/modules" --include='*.c' |
		sed 's/.*"\(.*\)"/\1/' | sort -u | grep -vx interrupted)
	run --separate-stderr -2 credence explain limt
	[ "${stderr_lines[1]}" = 'hint: did you mean "limit"?' ]
}

@test "an unknown code, with the nearest" {
	run --separate-stderr -2 credence explain invalid_clent
	[ "${stderr_lines[0]}" = 'credence: no catalogue has a code "invalid_clent"' ]
	[ "${stderr_lines[1]}" = 'hint: did you mean "invalid_client"?' ]
}
