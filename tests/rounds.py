# SPDX-License-Identifier: MIT
# Rounds of 64 callers that find an expired token, at a server that revokes the family when a refresh
# token that was rotated is used again: one request a round, one answer for all.
#
#	rounds.py ROUNDS PROFILE CONFIGURATION…
#
# Each CONFIGURATION is that of a host; the callers take turns. $SANDBOX_CONTROL is the server; to the
# profile its seconds are milliseconds (see tests/rounds.bash).
import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request

CALLERS = 64
rounds, profile, *hosts = sys.argv[1:]


def control(path, **form):
    data = urllib.parse.urlencode(form).encode() if form else None
    with urllib.request.urlopen(f"{os.environ['SANDBOX_CONTROL']}/{path}", data, timeout=60) as answer:
        return json.load(answer)


def credence(caller, verb):
    return subprocess.Popen(
        ["credence", "-C", hosts[caller % len(hosts)], "--timeout", "300s", verb, profile],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def count():
    totals = control("state")["totals"]
    return totals["renewals"], totals["reuses"], totals["in_flight_max"]


def one_round(number, before):
    control("mode", access_life="20s")
    # On a slow machine it has expired before it was handed out.
    first = credence(number, "refresh")
    err = first.communicate()[1].decode()
    if first.returncode not in (0, 6):
        return f"refresh: exit {first.returncode}: {err}"
    time.sleep(0.03)
    control("mode", access_life="1000h")
    callers = [credence(caller, "token") for caller in range(CALLERS)]
    answers = [caller.communicate() + (caller.returncode,) for caller in callers]
    if len(set(answers)) != 1 or answers[0][2] != 0 or not answers[0][0]:
        return "\n".join(sorted({f"exit {status}: {out!r} {err!r}" for out, err, status in answers}))
    if count() != (before + 2, 0, 1):
        return f"renewals, reuses, most at once: {count()}, and {before} renewals before"
    return None


def main():
    start, before = time.monotonic(), count()[0]
    for number in range(int(rounds)):
        problem = one_round(number, before + 2 * number)
        if problem is not None:
            print(f"round {number + 1}: {problem}", file=sys.stderr)
            return 1
    took = time.monotonic() - start
    print(f"# {rounds} rounds of {CALLERS} callers in {took:.0f} s: one request a round, {count()[1]} reuses")
    return 0


sys.exit(main())
