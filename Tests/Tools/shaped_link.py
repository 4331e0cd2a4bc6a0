#!/usr/bin/env python3
"""A slow link: a TCP proxy that delays what passes, and lets only so many bytes a second come down.

    shaped_link.py ORIGIN [--schedule 0:3000,8:800] [--rtt 80]

ORIGIN      HOST:PORT or http://HOST:PORT
--schedule  seconds since the first byte that a client sent : kbit/s (1000 bits of TCP payload) from then on
--rtt       milliseconds there and back; a new connection costs one round trip more, for its handshake

All connections share the rate, taking turns by small pieces. There is no loss and no slow start: what a player makes of it depends on
nothing but rate and delay. It listens on a free port of 127.0.0.1, writes its address to standard error, and stops when standard
input closes; then it prints {"bytes": down, "connections": N}.
"""

import argparse
import asyncio
import collections
import contextlib
import json
import sys
import time
import urllib.parse

PIECE = 2896  # two packets of Ethernet
AHEAD = 0.02  # seconds of the link's time that may be given away before they come: late timers cost nothing
HELD = 1 << 18  # bytes on their way to a client that does not read; more than rate times delay


class Rate:
    """A token bucket without depth: says when a piece has left the link, whichever connection it belongs to."""

    def __init__(self, schedule):
        self.steps = [(after, kbits * 125.0) for after, kbits in schedule]
        self.began = None
        self.free = 0.0  # when all that was taken so far has left
        self.turn = asyncio.Lock()  # wakes in the order of asking

    def begin(self):
        if self.began is None:
            self.began = time.monotonic()

    def leaves(self, start, count):
        """When `count` bytes have left that begin at `start`; a step of the schedule may lie between."""
        at = start - self.began
        for index, (_, speed) in enumerate(self.steps):
            end = self.steps[index + 1][0] if index + 1 < len(self.steps) else float("inf")
            if at >= end:
                continue
            if at + count / speed <= end:
                return self.began + at + count / speed
            count -= (end - at) * speed
            at = end
        raise AssertionError("the last step has no end")

    async def take(self, count, arrived):
        async with self.turn:
            while (early := self.free - AHEAD - time.monotonic()) > 0:
                await asyncio.sleep(early)
            # From when it came, not from now: a busy machine that wakes us late has not made the link slower.
            self.free = self.leaves(max(self.free, arrived), count)
            return self.free


class Way:
    """One direction of a connection: pieces that arrive when their time has come, in order."""

    def __init__(self, writer):
        self.writer, self.pieces, self.held = writer, collections.deque(), 0
        self.came, self.went = asyncio.Event(), asyncio.Event()

    async def put(self, when, data):
        """Waits while too much is under way; empty data is the end."""
        while self.held > HELD:
            self.went.clear()
            await self.went.wait()
        self.held += len(data)
        self.pieces.append((when, data))
        self.came.set()

    async def run(self):
        while True:
            while not self.pieces:
                self.came.clear()
                await self.came.wait()
            when, data = self.pieces.popleft()
            await asyncio.sleep(max(0.0, when - time.monotonic()))
            if not data:
                with contextlib.suppress(OSError):
                    self.writer.write_eof()
                return
            self.writer.write(data)
            await self.writer.drain()
            self.held -= len(data)
            self.went.set()


class Link:
    def __init__(self, origin, schedule, rtt):
        self.origin, self.rate, self.rtt = origin, Rate(schedule), rtt
        self.bytes = self.connections = 0

    async def up(self, reader, way):
        handshake = time.monotonic() + 1.5 * self.rtt
        while True:
            data = await reader.read(65536)
            self.rate.begin()
            await way.put(max(time.monotonic() + self.rtt / 2, handshake), data)
            if not data:
                return

    async def down(self, reader, way):
        last = 0.0
        while True:
            data = await reader.read(65536)
            arrived = time.monotonic()
            for at in range(0, len(data), PIECE):
                piece = data[at:at + PIECE]
                last = await self.rate.take(len(piece), arrived) + self.rtt / 2
                await way.put(last, piece)
                self.bytes += len(piece)
            if not data:
                return await way.put(last, data)

    async def serve(self, reader, writer):
        self.connections += 1
        writers, tasks = [writer], []
        try:
            their_reader, their_writer = await asyncio.open_connection(*self.origin)
            writers.append(their_writer)
            to_origin, to_client = Way(their_writer), Way(writer)
            tasks = [asyncio.ensure_future(one) for one in (
                self.up(reader, to_origin), to_origin.run(), self.down(their_reader, to_client), to_client.run())]
            await asyncio.gather(*tasks)
        except OSError:
            pass  # who hangs up ends both halves
        finally:
            for task in tasks:
                task.cancel()
            for one in writers:
                one.close()


def schedule(text):
    steps = [tuple(float(number) for number in step.split(":")) for step in text.split(",")]
    if any(len(step) != 2 for step in steps) or steps[0][0] != 0 or any(rate <= 0 for _, rate in steps) or steps != sorted(steps):
        raise argparse.ArgumentTypeError("a schedule begins at 0, rises, and has rates above 0, such as 0:3000,8:800")
    return steps


def host_port(text):
    parts = urllib.parse.urlsplit(text if "//" in text else f"//{text}")
    if not parts.hostname or not parts.port:
        raise argparse.ArgumentTypeError("an origin is HOST:PORT or http://HOST:PORT")
    return parts.hostname, parts.port


async def run(options):
    link = Link(options.origin, options.schedule, options.rtt / 1000)
    server = await asyncio.start_server(link.serve, "127.0.0.1", 0)
    print(f"listening on http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", file=sys.stderr, flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    server.close()
    print(json.dumps({"bytes": link.bytes, "connections": link.connections}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("origin", type=host_port)
    parser.add_argument("--schedule", type=schedule, default=schedule("0:3000,8:800"))
    parser.add_argument("--rtt", type=float, default=80)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
