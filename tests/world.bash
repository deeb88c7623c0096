# SPDX-License-Identifier: MIT
# What the tests of the command, the benchmark and the demo share: a configuration of their own that
# finds the modules and the provider data of the build, and a sandbox to talk to.
#
#	sandbox_start            # once a file (in setup_file) or once a test
#	world                    # $CONF with credence.conf, providers.d, profiles.d
#	profile crm              # profiles.d/crm.conf on the sandbox
#	login crm eu             # with a grant token of that data centre
#	credence token crm       # the built command on $CONF
#
# The Makefile sets abs_top_srcdir, CREDENCE_TEST_MODULES and PATH, tests/run a TMPDIR of its own.

: "${abs_top_srcdir:?this is run by make}" "${CREDENCE_TEST_MODULES:?}"

# Where this test, this file of tests or this program may write.
scratch() {
	printf '%s' "${BATS_TEST_TMPDIR:-${BATS_FILE_TMPDIR:-${TMPDIR:?}}}"
}

# sandbox_start [OPTION…]: starts credence-sandbox in $SANDBOX_DIR and reads what it says about itself.
sandbox_start() {
	local out folder
	folder=$(scratch)/sandbox
	out=$(credence-sandbox --background --dir "$folder" "$@") || return
	[[ $out =~ ^READY\ (http.*)\ ([0-9]+)$ ]] || return
	export SANDBOX_PID=${BASH_REMATCH[2]}
	set -a
	# shellcheck source=/dev/null
	. "$folder/env"
	set +a
}

sandbox_stop() {
	[ -z "${SANDBOX_PID-}" ] || kill "$SANDBOX_PID"
	unset SANDBOX_PID
}

# control PATH [CURL-OPTION…]: asks the sandbox's control origin.
control() {
	local path=$1
	shift
	curl -sS --fail-with-body -m 20 "$@" "$SANDBOX_CONTROL/$path"
}

# world [LINE…]: a configuration folder $CONF; the lines go into its credence.conf.
world() {
	CONF=$(scratch)/conf
	export CONF
	mkdir -p "$CONF/profiles.d" "$CONF/providers.d"
	cp "$abs_top_srcdir"/conf/providers/*.conf "$CONF/providers.d/"
	[ -z "${SANDBOX_DIR-}" ] || cp "$SANDBOX_DIR/provider.conf" "$CONF/providers.d/sandbox.conf"
	{
		printf 'modules = { path = [ "%s"%s ]; };\n' "$CREDENCE_TEST_MODULES" \
			"${CREDENCE_TEST_STUBS:+, \"$CREDENCE_TEST_STUBS\"}"
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$CONF/credence.conf"
	chmod -R u=rwX,go=rX "$CONF"
}

# profile NAME [LINE…]: a profile on the sandbox. A line replaces the default of the same setting;
# "SETTING =" with nothing behind it leaves the setting out.
profile() {
	local file=$CONF/profiles.d/$1.conf line name
	local -A setting=(
		[provider]='"sandbox"'
		[client]='{ id = "1000.SANDBOX"; secret = "plain:CANARY-sandbox-secret"; }'
		[scope]='[ "ZohoCRM.modules.READ" ]'
		[location]='"us"'
		[grant]='"self_client"'
		[resolver]='"multi_dc"'
	)
	shift
	for line; do
		name=${line%%[ =]*}
		line=${line#*=}
		line=${line%;}
		setting[$name]=${line# }
	done
	for name in "${!setting[@]}"; do
		[ -z "${setting[$name]// /}" ] || printf '%s = %s;\n' "$name" "${setting[$name]}"
	done >"$file"
	chmod 600 "$file"
}

# code [DC [SCOPE]]: a grant token from the sandbox's console.
code() {
	control code -d "dc=${1:-us}" -d client=1000.SANDBOX -d "scope=${2:-ZohoCRM.modules.READ}" |
		jq -er .code
}

# login NAME [DC [SCOPE]]: the first authorization of a profile.
login() {
	code "${2-}" "${3-}" | credence login "$1"
}

# The built command on the test's own configuration.
credence() {
	command credence -C "${CONF:?}" "$@"
}
