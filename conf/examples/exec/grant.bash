#!/bin/bash
# SPDX-License-Identifier: MIT
# A grant in shell: a person pastes an authorization code, as the grant self_client has it. Renewing
# and revoking are credence's own, since this program does not say that it has them.
#
#	grant = { use = "exec"; command = [ "/etc/credence/exec/grant.bash" ]; };
#
# The protocol is described in credence-exec(7). Standard output belongs to it; what is printed on
# standard error shows up with credence -v.
set -euo pipefail

# send FILTER [JQ-OPTION…]: one message, made by jq.
send() {
	local filter=$1
	shift
	jq -cn "$filter" "$@"
}

# host FUNCTION [MEMBERS [JQ-OPTION…]]: a host call; the reply is in $reply, its answer the status.
# In MEMBERS the reply before is "input": a secret is nobody's argument, since everybody may read those
# of a process.
reply=
host() {
	local function=$1 members=${2-'{}'}
	shift "$(($# < 2 ? $# : 2))"
	send "{type: \"host_call\", function: \"$function\"} + $members" "$@" < <(printf %s "$reply")
	IFS= read -r reply
	[ "$(jq -r .answer <<<"$reply")" = success ]
}

value() {
	jq -r '.value // empty' <<<"$reply"
}

# result ANSWER [MESSAGE]: the end. Without a message, what the failed host call said stays.
result() {
	send '{type: "result", answer: $ARGS.positional[0], message: $ARGS.positional[1]}' --args "$@"
	exit 0
}

acquire() {
	local scope
	host attribute '{name: "request_scope"}'
	scope=$(value)
	host talk '{style: "inform", text: $text}' \
		--arg text "Make a code in the provider's console for scope $scope" || result login
	host talk '{style: "ask_secret", text: "Paste the code"}' || result login
	host token_request '{parameters: {grant_type: "authorization_code", code: input.value}}' ||
		result "$(jq -r .answer <<<"$reply")"
	result success
}

IFS= read -r hello
[ "$(jq .protocol <<<"$hello")" = 1 ] || echo "credence speaks another protocol: $hello" >&2
send '{type: "hello", protocol: 1, methods: ["acquire"]}'
IFS= read -r call
case $(jq -r .method <<<"$call") in
acquire) acquire ;;
*) result error "there is no such method" ;;
esac
