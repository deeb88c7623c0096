#!/bin/bash
# SPDX-License-Identifier: MIT
# A store in shell: one file a record, in a folder that is nobody else's. A record is there whole or as
# it was before, and stays there when the power fails; of two who write at once, one is told so.
#
#	store = { use = "exec"; traits = [ "durable", "cas" ];
#	          command = [ "/etc/credence/exec/store.bash", "/var/lib/credence/by-script" ]; };
#
# The protocol is described in credence-exec(7). Records are secrets: they go through pipes and are
# nobody's argument, since everybody may read those of a process.
set -euo pipefail
umask 077

# read_members NAME…: those of the message on standard input, into $NAME each; what is absent is empty.
read_members() {
	local line
	while IFS= read -r line; do
		printf -v "${line%%=*}" %s "${line#*=}"
	done < <(jq -r '. as $message | $ARGS.positional[] | "\(.)=\($message[.] // "")"' --args "$@")
}

# number NAME LINE: a number in a message, to the last digit; jq rounds those above 2^53.
number() {
	[[ $2 =~ \"$1\":([0-9]+) ]]
	printf %s "${BASH_REMATCH[1]}"
}

# host LINE: a host call; the reply is in $reply, its answer the status.
host() {
	local answer
	printf '%s\n' "$1"
	IFS= read -r reply
	read_members answer <<<"$reply"
	[ "$answer" = success ]
}

# result ANSWER [MESSAGE]: the end. Without a message, what a failed host call said stays. If this
# program ends before it, that is an error too.
result() {
	jq -cn '{type: "result", answer: $ARGS.positional[0], message: $ARGS.positional[1]}' --args "$@"
	exit 0
}

# private FILE: it must be ours and closed to others.
private() {
	if [ -L "$1" ] || [ ! -O "$1" ] || [[ $(stat -c %a -- "$1") != *00 ]]; then
		result unsafe "$1 is not this user's alone"
	fi
}

# One at a time from here on. How long that may take is credence's affair, which ends us.
lock() {
	exec 9>"$folder/.lock"
	flock 9
}

# There is a record.
found() {
	[ -e "$file" ] || [ -L "$file" ] || return
	private "$file"
}

# with_bytes FUNCTION: a host call with those of the file.
with_bytes() {
	host "{\"type\":\"host_call\",\"function\":\"$1\",\"bytes\":\"$(base64 -w 0 "$file")\"}" || result error
}

load() {
	found || result miss
	with_bytes put_bytes
	result success
}

save() {
	local there=0 new=$folder/.new
	lock
	if found; then
		with_bytes revision
		there=$(number value "$reply")
		# What is no record of credence's has none, and is not ours to replace.
		[ "$there" != 0 ] || there=none
	fi
	[ "$there" = "$(number expected "$call")" ] || result conflict "$file was changed meanwhile"
	printf %s "$bytes" | base64 -d >"$new"
	sync "$new"
	mv -fT "$new" "$file"
	sync "$folder"
	result success
}

erase() {
	lock
	found || result miss
	rm -f "$file"
	sync "$folder"
	result success
}

list() {
	local name
	for name in "$folder"/*; do
		[ ! -f "$name" ] || host "{\"type\":\"host_call\",\"function\":\"put_name\",\"name\":\"${name##*/}\"}" ||
			echo "$name is no record" >&2
	done
	result success
}

protocol='' method='' key='' bytes=''
IFS= read -r hello
read_members protocol <<<"$hello"
[ "$protocol" = 1 ] || echo "credence speaks another protocol: $hello" >&2
printf '{"type":"hello","protocol":1,"methods":["load","save","erase","list"]}\n'
IFS= read -r call
read_members method key bytes < <(printf %s "$call")

folder=${1-}
file=$folder/$key
[[ $folder == /* ]] || result config "the command names no folder"
[[ $key != */* && $key != .* ]] || result error "that is no key"
mkdir -p "$folder"
private "$folder"
case $method in
load | save | erase | list) "$method" ;;
*) result error "there is no such method" ;;
esac
