# SPDX-License-Identifier: MIT
# Four hosts ask for one credential's token, again and again, while they are killed, cut off and their
# store crashes; then what they got and what the sandbox saw is held against what was promised.
#
#	fleet.py HOSTS CRASH LIFE SPAN
#
# HOSTS: a file with a line for each: name, process in its namespaces, clock, configuration. CRASH: a
# command of bash's that makes the store crash and come back. run.bash has made all that.
import collections
import http.client
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

hosts_file, crash, life, span = sys.argv[1:]
LIFE, SPAN = int(life), int(span)
TIMEOUT = max(3, LIFE // 2)  # s, of a call
LATE = 3  # s that a slow machine may need beyond it to start and end a process
MARGIN = LIFE / 10 + 2  # s before its end from which a token may be renewed, where hosts share a store that tells the time
EDGE = 1.5  # s by which a clock of whole seconds may be wrong
# s after a fault in which a call may still be refused: the lock or the intent of one that is gone
# lasts as long as its call would have, and 5 s more.
HEALING = 2 * TIMEOUT + 5 + LATE
CONTROL = os.environ["SANDBOX_CONTROL"]
CALLERS = 2  # of each host

random.seed(20)


class Host:
    def __init__(self, line):
        self.name, self.pid, self.clock, self.folder = line.split()
        self.calls = set()

    def enter(self, *command):
        return ["nsenter", "-t", self.pid, "-n", "-u", "-m", *command]

    def credence(self, *arguments):
        return subprocess.Popen(
            self.enter(
                "env",
                "LD_PRELOAD=" + os.environ["CREDENCE_TEST_STUBS"] + "/clock.so",
                "CREDENCE_TEST_CLOCK=" + self.clock,
                # It can't be the first library, and who is killed can't be asked about leaks.
                "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0",
                os.environ["abs_top_builddir"] + "/credence",
                "-C",
                self.folder,
                *arguments,
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def link(self, state):
        subprocess.run(["ip", "link", "set", self.name.replace("host", "fleet"), state], check=True)


class Call:
    def __init__(self, host):
        self.host, self.killed, self.token = host, False, None
        self.start = time.monotonic()
        process = host.credence("--timeout", f"{TIMEOUT}s", "--json", "token", "crm")
        host.calls.add((process, self))
        out, err = process.communicate()
        host.calls.discard((process, self))
        self.end, self.status, self.error = time.monotonic(), process.returncode, err.decode()
        if self.status == 0:
            answer = json.loads(out)
            self.token, self.header = answer["access_token"], answer["header"]["value"]
            self.accepted = accepted(self.header)


def control(path, **form):
    data = urllib.parse.urlencode(form).encode() if form else None
    with urllib.request.urlopen(f"{CONTROL}/{path}", data, timeout=20) as answer:
        return json.load(answer)


def accepted(header):
    """Does the API take it?"""
    place = urllib.parse.urlsplit(os.environ["SANDBOX_API_us"])
    connection = http.client.HTTPConnection(place.netloc, timeout=20)
    connection.request("GET", "/crm/v8/Leads", headers={"Authorization": header})
    status = connection.getresponse().status
    connection.close()
    return status == 200


# -- Use --

calls, renewals, stop = [], [], threading.Event()
unseen = {0: 0}  # of a renewal: since when it may have been, as this machine may look late


def use(host):
    while not stop.is_set():
        calls.append(Call(host))
        stop.wait(random.uniform(0, LIFE / 6))


def watch():
    """When the sandbox made each new access token."""
    seen, last = control("state")["totals"]["renewals"], time.monotonic()
    while not stop.is_set():
        count = control("state")["totals"]["renewals"]
        now = time.monotonic()
        renewals.extend([now] * (count - seen))
        unseen[now] = last
        seen, last = count, now
        time.sleep(0.05)


# -- Abuse --

faults = []  # from, to, what


def kill(host):
    for process, call in list(host.calls):
        call.killed = True
        process.kill()


def cut_off(host, seconds):
    host.link("down")
    time.sleep(seconds)
    host.link("up")


def wait_for_request():
    """Until a token request is under way, which then takes a while."""
    control("fault", name="slow", endpoint="token", count=1, ms=700, when=random.choice(["before", "after"]))
    end = time.monotonic() + 2 * LIFE
    while time.monotonic() < end and control("state")["totals"]["in_flight"] == 0:
        time.sleep(0.02)


def kill_all(hosts):
    for host in hosts:
        kill(host)


def crash_store(hosts):
    subprocess.run(["bash", "-c", crash], check=True, stdout=subprocess.DEVNULL)


def cut_off_first(hosts):
    """The one whose clock is ahead of all: what it renewed must not live longer for the others."""
    cut_off(max(hosts, key=lambda host: int(host.clock)), 1.5 * LIFE)


FAULTS = [
    ("kill -9 on all hosts, a request under way", wait_for_request, kill_all),
    ("store crashes, a request under way", wait_for_request, crash_store),
    ("the first host cut off", None, cut_off_first),
    ("kill -9 on a host", None, lambda hosts: kill(random.choice(hosts))),
    ("store crashes", None, crash_store),
    ("a host cut off, a request under way", wait_for_request, lambda hosts: cut_off(random.choice(hosts), TIMEOUT)),
]


def abuse(hosts, until):
    """Rounds of all faults, each with a time in which all is well again."""
    while not faults or time.monotonic() < until:
        for what, first, act in random.sample(FAULTS, len(FAULTS)):
            time.sleep(random.uniform(0, LIFE / 2))
            if first is not None:
                first()
            start = time.monotonic()
            act(hosts)
            faults.append((start, time.monotonic(), what))
        time.sleep(HEALING + LIFE)


# -- What was promised --

wrong = []


def expect(condition, what):
    if not condition:
        wrong.append(what)


def near_fault(call):
    return any(call.end >= start and call.start <= end + HEALING for start, end, _ in faults)


def check_calls(began):
    born = {}
    for call in sorted(calls, key=lambda call: call.end):
        where = f"{call.host.name} at {call.start - began:.1f} s: "
        if call.killed:
            continue
        took = call.end - call.start
        expect(took < TIMEOUT + LATE, f"{where}took {took:.1f} s")
        expect(call.status in (0, 6, 8), f"{where}exit {call.status}: {call.error}")
        expect(call.status == 0 or call.error.startswith("credence: crm: "), f"{where}no clear error: {call.error}")
        if call.status != 0:
            continue
        # One that was lost on its way and asked for again is older than when it was first seen.
        made = born.setdefault(call.token, max(made for made in (0, *renewals) if made < call.end + EDGE))
        left = made + LIFE - call.start
        least = unseen[made] + LIFE - call.start
        expect(call.accepted or made == 0 or least < EDGE, f"{where}refused, with {least:.1f} s left")
        expect(call.accepted or made == 0 or left > -EDGE, f"{where}a token that had expired {-left:.1f} s ago")


def check_renewals(began):
    for before, after in zip(renewals, renewals[1:]):
        expect(after - before > LIFE - MARGIN - EDGE, f"at {after - began:.1f} s: renewed after {after - before:.1f} s")


def check_end(hosts):
    """Nothing is lost: everybody is served, and the credential can be renewed."""
    for host in hosts:
        until = time.monotonic() + 30
        while (call := Call(host)).status != 0 and time.monotonic() < until:
            time.sleep(0.5)
        expect(call.status == 0, f"{host.name} at the end: {call.error}")
    _, err = (process := hosts[-1].credence("--timeout", "20s", "refresh", "crm")).communicate()
    expect(process.returncode == 0, f"the last renewal: {err.decode()}")
    totals = control("state")["totals"]
    for what in ("access_evictions", "refresh_evictions", "reuses", "invalid_code", "throttles"):
        expect(totals[what] == 0, f"at the sandbox: {what} {totals[what]}")
    return totals


def report(took, totals):
    live = [call for call in calls if not call.killed]
    served = [call for call in live if call.status == 0]
    gaps = sorted(after - before for before, after in zip(renewals, renewals[1:])) or [0]
    print(
        f"{took:.0f} s, tokens of {LIFE} s: {len(renewals)} renewals, apart {gaps[0]:.1f} to {gaps[-1]:.1f} s"
        f" (due after {LIFE - MARGIN:.1f}); {totals['refreshes']} requests, {totals['access_evictions']} evictions"
    )
    # A machine that is busy with something else gives a cluster reason enough to look for a leader.
    away = sum(call.status != 0 and not near_fault(call) for call in live)
    print(
        f"{len(calls)} calls: {len(served)} tokens, {sum(not call.accepted for call in served)} of them expired on"
        f" the way, {sum(call.status == 6 for call in live)} exits 6, {sum(call.status == 8 for call in live)} exits 8"
        f" ({away} of them far from a fault), {len(calls) - len(live)} killed;"
        f" the longest took {max(call.end - call.start for call in live):.1f} s"
    )
    kinds = sorted({what for _, _, what in faults})
    print("; ".join(f"{what}: {sum(w == what for _, _, w in faults)}" for what in kinds))
    refusals = collections.Counter(
        re.sub(r"10[.0-9:]+|store etcd: crm: |\d+ s", "", call.error.partition("\n")[0]) for call in live if call.status != 0
    )
    print("\n".join(f"{count} x {what}" for what, count in refusals.most_common(8)))
    print("\n".join(wrong[:40]))


def main():
    with open(hosts_file, encoding="utf-8") as file:
        hosts = [Host(line) for line in file]
    threads = [threading.Thread(target=use, args=(host,)) for host in hosts for _ in range(CALLERS)]
    threads.append(threading.Thread(target=watch))
    began = time.monotonic()
    for thread in threads:
        thread.start()
    try:
        abuse(hosts, began + SPAN)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    check_calls(began)
    check_renewals(began)
    took = time.monotonic() - began
    expect(len(renewals) >= len(faults), f"only {len(renewals)} renewals")
    report(took, check_end(hosts))
    return 1 if wrong else 0


sys.exit(main())
