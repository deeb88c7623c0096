# SPDX-License-Identifier: MIT
# Another host's save: rewrites a record file as a newer revision of itself.
#
#	rewrite.py FILE MEMBER=VALUE…    VALUE is JSON; the revision rises by one
import json
import os
import sys

MASK = (1 << 64) - 1


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


path, *changes = sys.argv[1:]
with open(path, "rb") as file:
    head, payload = file.read().split(b"\n", 1)
magic, revision, seal, _, _ = head.decode().split(" ")
record = json.loads(payload)
for change in changes:
    name, value = change.split("=", 1)
    record[name] = json.loads(value)
payload = json.dumps(record).encode()
head = f"{magic} {int(revision) + 1} {seal} {len(payload)} "
a, b = fnv1a(head.encode()), fnv1a(payload)
checksum = a ^ ((b << 1 | b >> 63) & MASK)
with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
    file.write(f"{head}{checksum:016x}\n".encode() + payload)
os.rename(path + ".new", path)
