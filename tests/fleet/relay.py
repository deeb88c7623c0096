# SPDX-License-Identifier: MIT
# Hands TCP connections on: the sandbox listens on loopback addresses only, and hosts have their own.
#
#	relay.py LISTEN TARGET PORT…    from each port of one address to the same port of the other
import asyncio
import sys

listen, target, *ports = sys.argv[1:]


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


def relay(port):
    async def connected(reader, writer):
        try:
            there, back = await asyncio.open_connection(target, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, back), pump(there, writer))

    return asyncio.start_server(connected, listen, port, backlog=256)


async def main():
    await asyncio.gather(*map(relay, map(int, ports)))
    print("READY", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
