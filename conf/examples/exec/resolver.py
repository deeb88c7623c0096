#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A resolver in Python: the data centres of the provider's data, and the server's word for where a
credential is at home, believed only if the data have that place.

	resolver = { use = "exec"; command = [ "/etc/credence/exec/resolver.py" ]; };

The protocol is described in credence-exec(7).
"""
import json
import sys


def send(kind, **members):
    print(json.dumps({"type": kind, **members}), flush=True)


def receive():
    line = sys.stdin.readline()
    if not line:
        sys.exit("credence went away")
    return json.loads(line)


def host(function, **members):
    """One host call. Its value, or None; what failed ends the program with that answer."""
    send("host_call", function=function, **members)
    reply = receive()
    if reply["answer"] != "success":
        result(reply["answer"])
    return reply.get("value")


def result(answer, **members):
    send("result", answer=answer, **members)
    sys.exit(0)


def data_centres():
    """Location and the settings of each data centre."""
    index = 0
    while location := host("setting", name=f"datacenters.[{index}].location"):
        yield location, f"datacenters.[{index}]."
        index += 1


def resolve():
    wanted = host("attribute", name="location")
    for location, path in data_centres():
        if wanted in (None, location):
            server = host("setting", name=path + "accounts_server")
            host("put_attribute", name="location", value=location)
            host("put_attribute", name="accounts_server", value=server)
            host("put_attribute", name="api_domain",
                 value=host("setting", name=path + "api_domain"))
            for endpoint in "token_endpoint", "revocation_endpoint", "authorization_endpoint":
                if (value := host("setting", name=endpoint)) is not None:
                    host("put_attribute", name=endpoint,
                         value=value if value.startswith("https:") else server + value)
            result("success")
    result("config", message=f"there is no data centre {wanted}")


def learn():
    named = host("attribute", name="answer.location")
    if named is None or named == host("attribute", name="location"):
        result("miss")
    for location, path in data_centres():
        if location == named:
            host("put_attribute", name="location", value=location)
            host("put_attribute", name="accounts_server",
                 value=host("setting", name=path + "accounts_server"))
            host("put_attribute", name="api_domain",
                 value=host("setting", name=path + "api_domain"))
            result("success")
    result("unsafe", message=f"the server names location {named}, which is not in the table")


METHODS = {"resolve": resolve, "learn": learn}

receive()  # hello
send("hello", protocol=1, methods=list(METHODS))
METHODS[receive()["method"]]()
