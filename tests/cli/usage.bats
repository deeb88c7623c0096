#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command line: verbs, options, operands, help, and what each mistake is answered with.

load helper

setup() {
	world
	profile crm
}

verbs() {
	command credence --help |
		sed -n '/^Verbs/,/^$/s/^  \([a-z]\+\( list\| show\| resolve\| info\| test\)\?\).*/\1/p'
}

# mistake STATUS MESSAGE HINT ARGUMENT…: nothing on standard output, one message, one hint.
mistake() {
	local status_wanted=$1 message=$2 hint=$3
	shift 3
	run --separate-stderr -"$status_wanted" credence "$@"
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "credence: $message" ]
	[ "${stderr_lines[1]}" = "hint: $hint" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
}

@test "every verb has a help with an example, on standard output" {
	local verb count=0
	while read -r verb; do
		# shellcheck disable=SC2086
		run --separate-stderr -0 command credence $verb --help
		[[ ${lines[0]} == "credence $verb"* ]]
		[[ $output == *$'\nExample\n  '* ]]
		[ -z "$stderr" ]
		count=$((count + 1))
	done < <(verbs)
	[ "$count" -eq 30 ]
}

@test "help needs no configuration and no operands" {
	run -0 command credence -C /nonexistent token --help
	run -0 command credence --help
	[[ $output == *"credence VERB --help explains a verb"* ]]
}

@test "the manual has every verb and every option" {
	local verb option
	while read -r verb; do
		grep -q "^\\.It Ic $verb\\b" "$abs_top_srcdir/man/credence.1" || { echo "no $verb" >&2; false; }
		# shellcheck disable=SC2086
		for option in $({ command credence $verb --help; command credence --help; } |
			sed -n 's/^  \(-., \)\?--\([a-z-]*\).*/\2/p' | sort -u); do
			grep -q -e "Fl Fl $option\\b" "$abs_top_srcdir/man/credence.1" ||
				{ echo "no $option" >&2; false; }
		done
	done < <(verbs)
}

@test "no verb, an unknown one, half of one" {
	mistake 2 "what shall be done? There is no verb" "credence --help lists the verbs"
	mistake 2 "unknown verb tokn" "did you mean credence token?" tokn crm
	mistake 2 "unknown verb xyzzyx" "credence --help lists the verbs" xyzzyx
	mistake 2 "credence dc needs a second word" "credence --help lists the verbs" dc
	mistake 2 "unknown verb dc lst" "did you mean credence dc list?" dc lst
}

@test "an unknown option is told with the nearest, of the verb's and the global ones" {
	mistake 2 "unknown option --min-vald" "did you mean --min-valid?" token --min-vald 3m crm
	mistake 2 "unknown option --timout" "did you mean --timeout?" token --timout=3s crm
	mistake 2 "unknown option --min-valid" "credence --help" --min-valid 3m token crm
	mistake 2 "unknown option -Z" "credence token --help" token -Z crm
	# Never shortened.
	mistake 2 "unknown option --no-net" "credence token --help" token --no-net crm
}

@test "a mistake is answered with JSON wherever --json stands" {
	local arguments
	for arguments in "--json token --bogus crm" "token --bogus --json crm" "token --bogus crm --json"; do
		# shellcheck disable=SC2086
		run --separate-stderr -2 credence $arguments
		[ "$(jq -r .error.message <<<"$output")" = "unknown option --bogus" ]
	done
	run --separate-stderr -125 credence run --bogus crm -- true --json
	[ -z "$output" ]
}

@test "values: missing, superfluous, not what they should be" {
	mistake 2 "--min-valid needs a value: TIME" "credence token --help" token crm --min-valid
	mistake 2 "--json has no value" "credence token --help" token --json=yes crm
	mistake 2 "--timeout 3x is no duration" "write a number with a unit: 500ms, 30s, 10m, 1h; or 0" \
		token crm --timeout 3x
	mistake 2 "--min-valid ten is no duration" "write a number with a unit: 90s, 10m, 1h" \
		token crm --min-valid=ten
	for number in -1 1x '' 99999999999999999999 0x10 ' 1'; do
		run -2 credence token crm "--newer-than=$number"
		[[ $output == *"is no generation"* ]]
	done
}

@test "too little and too much" {
	mistake 2 "too little was given: credence token PROFILE" "credence token --help" token
	mistake 2 '"b" is too much: credence token PROFILE' "credence token --help" token a b
	mistake 2 '"b" is too much: credence list' "credence list --help" list b
	mistake 2 "name one profile, or --due for all that are due" "credence refresh --help" refresh
	mistake 2 "name one profile, or --due for all that are due" "credence refresh --help" \
		refresh --due crm
}

@test "options stand before the verb, behind it, joined, and end at --" {
	for arguments in "-q list --json" "--json -q list" "list -q --json" "-qv list --json --timeout=3s" \
		"list --timeout 500ms --json"; do
		# shellcheck disable=SC2086
		run -0 credence $arguments
		[ "$(jq -r '.[].profile' <<<"$output")" = crm ]
	done
	run -0 command credence "-C$CONF" list
	run -0 command credence "--config=$CONF" list
	run -2 credence token -- --json
	[[ $output == *'"--json" can'*"be a profile's name"* ]]
}

@test "a folder that is not there, a profile that is not there" {
	run --separate-stderr -3 command credence -C "$CONF/none" list
	[[ $stderr == *"$CONF/none: No such file"* ]]
	mistake 11 'cmr: there is no profile "cmr"' 'did you mean "crm"?' token cmr
	run -2 credence token ../crm
	run -2 credence token ''
}

@test "a folder that this user may not look into" {
	local plain=()
	# Root may look into all, but for what it gives up.
	[ "$EUID" -ne 0 ] || plain=(setpriv --bounding-set=-dac_override,-dac_read_search)
	mkdir -p "$BATS_TEST_TMPDIR/closed/conf"
	chmod 0 "$BATS_TEST_TMPDIR/closed"
	run --separate-stderr -12 "${plain[@]}" "$abs_top_builddir/credence" -C "$BATS_TEST_TMPDIR/closed/conf" list
	chmod 700 "$BATS_TEST_TMPDIR/closed"
	[[ $stderr == *"closed/conf: Permission denied"*"hint: "* ]]
}

@test "what was typed is not repeated to the terminal, but for what can be printed" {
	local name
	for name in $'a\033[31mb' $'a\nb' $'\377\376' "$(printf 'x%.0s' {1..70000})" '' -x; do
		run --separate-stderr -2 credence token -- "$name"
		[[ $stderr != *$'\033'* && ${#stderr} -lt 5000 && ${#stderr_lines[@]} -eq 2 ]]
		run --separate-stderr -2 command credence -C "$CONF" --json status -- "$name"
		[ "$(jq -r '.error.status, .profile' <<<"$output" | xargs)" = "2 null" ]
	done
	run -2 credence $'--\033[31mx' token crm
	[[ $output != *$'\033'* ]]
	run -2 credence $'tok\033en' crm
	[[ $output != *$'\033'* ]]
}

@test "no arguments at all, not even a name" {
	run -2 command credence
	printf 'int main(int c,char**v){extern int execv(const char*,char*const*);char*n[]={0};(void)c;return execv(v[1],n);}' |
		"${CC:-cc}" -x c -w -o "$BATS_TEST_TMPDIR/none" -
	run -2 "$BATS_TEST_TMPDIR/none" "$(type -P credence)"
}

@test "the version, as a verb and as an option" {
	run -0 command credence version
	[[ $output =~ ^credence\ [0-9][^\ ]*\ \(module\ ABI\ [0-9]+\.[0-9]+\)$ ]]
	run -0 command credence --version
	run -0 command credence version --json
	[ "$(jq -r .abi <<<"$output")" = 1 ]
}

@test "the completion knows every verb" {
	local verb
	for verb in $(verbs); do
		grep -qw -e "$verb" "$abs_top_srcdir/conf/completions/credence"
	done
	bash -n "$abs_top_srcdir/conf/completions/credence"
}
