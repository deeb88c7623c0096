#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The manual: rendered without a warning, with everything in it that the command, the configuration
# and the headers have; and its programs work as they stand there.

load helper

# page NAME.SECTION: its text, without hyphenation or decoration
page() {
	groff -K utf8 -mandoc -Tutf8 -P-cbou -rHY=0 -rLL=400n "$abs_top_srcdir/man/$1" | col -b
}

# in_page PAGE: each word of standard input is in the page; tells all that are not
in_page() {
	local text word missing=0
	text=$(page "$1")
	[ -n "$text" ]
	while read -r word; do
		grep -Fqw -e "$word" <<<"$text" || {
			echo "$1: nothing about $word"
			missing=1
		}
	done
	[ "$missing" -eq 0 ]
}

# settings FILE…: the names in tables of settings
settings() {
	(cd "$abs_top_srcdir/core/config" && grep -ohE '\{\.name = "[a-z_]+"' "$@") |
		grep -oE '[a-z_]+"' | tr -d '"' | sort -u
}

# example PAGE TEXT: the literal block with that text, as somebody would copy it
example() {
	awk -v text="$2" '
		/^\.Ed/ { if (on && index(block, text)) { printf "%s", block; exit } on = 0 }
		on { gsub(/\\e/, "\\"); block = block $0 "\n" }
		/^\.Bd -literal/ { on = 1; block = "" }' "$abs_top_srcdir/man/$1"
}

@test "every page is rendered without a warning" {
	local file
	for file in "$abs_top_srcdir"/man/*.[1-8]; do
		run -0 groff -K utf8 -ww -mandoc -Tutf8 -z "$file"
		[ "$output" = "" ] || { echo "$file: $output"; false; }
		run -0 mandoc -Tlint -W warning "$file"
		[ "$output" = "" ] || { echo "$output"; false; }
	done
}

@test "pages refer to pages that there are" {
	local name section
	while read -r name section; do
		[ -f "$abs_top_srcdir/man/$name.$section" ] || { echo "no $name($section)"; false; }
	done < <(sed -nE 's/^\.Xr ((credence|libcredence)[a-z.-]*) ([0-9]).*/\1 \3/p' \
		"$abs_top_srcdir"/man/*.[1-8] | sort -u)
}

@test "each verb and each of its options" {
	local verb
	command credence --help | sed -n '/^Verbs/,/^$/s/^  \([a-z][a-z]*\( list\| info\| test\| show\| resolve\)\{0,1\}\).*/\1/p' \
		>"$BATS_TEST_TMPDIR/verbs"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/verbs")" -ge 24 ]
	cut -d' ' -f1 "$BATS_TEST_TMPDIR/verbs" | in_page credence.1
	while read -r verb; do
		# shellcheck disable=SC2086 # two words
		command credence $verb --help | sed '/^Example/,$d'
	done <"$BATS_TEST_TMPDIR/verbs" | grep -oE '^ .*--[a-z][a-z-]+' | grep -oE '[-][-][a-z][a-z-]+' |
		sort -u | sed 's/^--//' | in_page credence.1
	command credence --help | grep -oE '[-][-][a-z][a-z-]+' | sed 's/^--//' | sort -u | in_page credence.1
}

@test "each exit status" {
	local text status
	text=$(page credence.1 | sed -n '/^EXIT STATUS/,/^EXAMPLES/p')
	[ -n "$text" ]
	for status in 0 1 2 3 4 5 6 7 8 9 10 11 12; do
		grep -qE "^[[:space:]]+$status[[:space:]]" <<<"$text" || { echo "no exit status $status"; false; }
	done
}

@test "each setting of each file" {
	settings profile_settings.def schema_profile.c | in_page credence-profile.5
	settings provider_settings.def endpoint_settings.def schema_provider.c | in_page credence-provider.5
	settings schema_main.c | in_page credence.conf.5
}

@test "each option of each module" {
	local role name
	CREDENCE_TEST_STUBS='' world
	[ "$(credence module list --json | jq length)" -ge 7 ]
	while read -r role name; do
		credence module info "$role" "$name" --json | jq -r '.options[]?.name' >"$BATS_TEST_TMPDIR/options"
		echo "$name" >>"$BATS_TEST_TMPDIR/options"
		in_page credence-profile.5 <"$BATS_TEST_TMPDIR/options" || { echo "of $role $name"; false; }
	done < <(credence module list --json | jq -er '.[] | "\(.role) \(.name)"')
}

@test "each function of the library, each service and method of a module" {
	local header=$abs_top_srcdir/include/credence
	grep -oE '\bcredence_[a-z_]+\(' "$header/credence.h" | tr -d '(' | sort -u | in_page libcredence.3
	sed -n '/^struct credence_ask {/,/^};/s/.* \**\([a-z_]*\);.*/\1/p' "$header/credence.h" | in_page libcredence.3
	grep -oE '\(\*[a-z_]+\)' "$header/module.h" | tr -d '(*)' | sort -u | in_page credence-module.7
	grep -oE '^#define CREDENCE_[A-Z_]+ +[0-9]' "$header/module.h" | grep -oE 'CREDENCE_[A-Z_]+' |
		grep -vE 'ABI|ROLE_|LOG_|RC_COUNT|SHOW_|ASK|INFORM' | in_page credence-module.7
}

@test "the program of libcredence(3) prints a token" {
	sandbox_start
	world
	profile crm
	login crm
	example libcredence.3 'int main' >"$BATS_TEST_TMPDIR/program.c"
	# It asks in the usual places, which for root are the admin's alone; here it is the test's.
	sed -i "s|credence_open(NULL|credence_open(\"$CONF\"|" "$BATS_TEST_TMPDIR/program.c"
	# shellcheck disable=SC2086
	$CC -Wall -Wextra -Werror $SANITIZE "-I$abs_top_srcdir/include" -o "$BATS_TEST_TMPDIR/program" \
		"$BATS_TEST_TMPDIR/program.c" "-L$CREDENCE_TEST_MODULES" -lcredence
	LD_LIBRARY_PATH=$CREDENCE_TEST_MODULES run -0 "$BATS_TEST_TMPDIR/program" crm
	[ "$output" = "$(credence header crm)" ]
	LD_LIBRARY_PATH=$CREDENCE_TEST_MODULES run -11 "$BATS_TEST_TMPDIR/program" nobody
	sandbox_stop
}

@test "the module of credence-module(7) does what the page says" {
	local folder=$BATS_TEST_TMPDIR/own
	mkdir "$folder"
	example credence-module.7 '#include' >"$folder/hook_count.c"
	# shellcheck disable=SC2086
	$CC -Wall -Wextra -Werror $SANITIZE -shared -fPIC "-I$abs_top_srcdir/include" \
		-o "$folder/hook_count.so" "$folder/hook_count.c"
	sandbox_start
	world
	printf 'modules = { path = [ "%s", "%s" ]; };\n' "$folder" "$CREDENCE_TEST_MODULES" >"$CONF/credence.conf"
	profile crm "$(example credence-module.7 'use = "count"' | sed "s|/var/lib/count/crm|$folder/crm|")"
	login crm
	credence refresh crm
	credence refresh crm
	[ "$(<"$folder/crm")" = 2 ]
	run -0 credence module info hook count
	[[ $output == *"counts renewals in a file"*path* ]]
	sandbox_stop
}
