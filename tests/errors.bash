# SPDX-License-Identifier: MIT
# The shape of an error.
#
#	fails 6 COMMAND…        # with that status and one error; $error, $hint

# fails STATUS COMMAND…: the command fails so, says nothing on standard output, and on standard error one
# line and at most one hint, without a secret. The line is left in $error, the hint in $hint.
fails() {
	local expected=$1
	shift
	run --separate-stderr "$@"
	error=${stderr_lines[0]-} hint=${stderr_lines[1]-}
	if [ "$status" -ne "$expected" ]; then
		printf 'exit %s instead of %s: %s\n%s\n%s\n' "$status" "$expected" "$*" "$output" "$stderr" >&2
		return 1
	fi
	if [ -n "$output" ] || [ "${#stderr_lines[@]}" -gt 2 ] || [[ $error != "credence: "* ]] ||
		[[ -n $hint && $hint != "hint: "* ]] || [[ $stderr == *CANARY* ]]; then
		printf 'not one error and one hint, or with a secret: %s\n%s\n%s\n' "$*" "$output" "$stderr" >&2
		return 1
	fi
}
