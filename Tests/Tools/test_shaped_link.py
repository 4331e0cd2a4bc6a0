#!/usr/bin/env python3
"""Shows that shaped_link.py keeps its rate within 5 % and its delay within 20 ms.

    test_shaped_link.py

An origin of its own sends as many bytes as it is asked for ("N\\n"), on one connection and on several at a time, before and after the
rate falls. Prints a line for each measurement and `N passed, N failed`; exit status 1 with failures.
"""

import contextlib
import json
import os
import re
import socket
import socketserver
import statistics
import subprocess
import sys
import threading
import time

LINK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shaped_link.py")
RTT = 0.08


class Origin(socketserver.StreamRequestHandler):
    def handle(self):
        with contextlib.suppress(ConnectionError):
            while line := self.rfile.readline():
                self.wfile.write(bytes(int(line)))


@contextlib.contextmanager
def link(origin, schedule):
    """The port of a link, and a function that closes it and tells what it counted."""
    process = subprocess.Popen([sys.executable, LINK, f"127.0.0.1:{origin}", "--schedule", schedule, "--rtt", str(RTT * 1000)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        port = int(re.search(r":(\d+)/", process.stderr.readline())[1])
        yield port, lambda: json.loads(process.communicate(timeout=10)[0])
    finally:
        process.kill()
        process.communicate()


def receive(connection, count, seen=None):
    """Asks for bytes and reads them all; `seen` gets (time, bytes) of each read."""
    connection.sendall(f"{count}\n".encode())
    while count > 0:
        data = connection.recv(65536)
        if not data:
            raise ConnectionError("the link hung up")
        count -= len(data)
        if seen is not None:
            seen.append((time.monotonic(), len(data)))


def rate(seen, begin=None, end=None):
    """kbit/s between two reads: the first tells when, not how long it took, so its bytes do not count."""
    inside = sorted(one for one in seen if (begin is None or one[0] >= begin) and (end is None or one[0] < end))
    return sum(count for _, count in inside[1:]) * 8 / 1000 / (inside[-1][0] - inside[0][0])


def together(port, connections, count):
    seen, threads = [], []
    for _ in range(connections):
        one = socket.create_connection(("127.0.0.1", port))
        threads.append(threading.Thread(target=receive, args=(one, count, seen)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def main():
    results = []

    def expect(what, found, wanted, tolerance):
        results.append(abs(found - wanted) <= tolerance)
        print(f"{'passed' if results[-1] else 'FAILED'}: {what}: {found:.1f}, expected {wanted:.1f} ± {tolerance:.1f}", flush=True)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Origin)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = server.server_address[1]

    with link(origin, "0:3000") as (port, count):
        fresh, kept = [], []
        for _ in range(7):
            began = time.monotonic()
            with socket.create_connection(("127.0.0.1", port)) as one:
                receive(one, 1)
                between = time.monotonic()
                receive(one, 1)
                fresh.append((between - began) * 1000)
                kept.append((time.monotonic() - between) * 1000)
        # The median: a machine that does something else for a moment says nothing of the link.
        expect("delay of a kept connection in ms", statistics.median(kept), RTT * 1000, 20)
        expect("delay of a new connection in ms", statistics.median(fresh), 2 * RTT * 1000, 20)
        expect("one connection at 3000 kbit/s", rate(together(port, 1, 750_000)), 3000, 150)
        expect("four connections at 3000 kbit/s together", rate(together(port, 4, 187_500)), 3000, 150)
        counted = count()
        expect("bytes counted", counted["bytes"], 1_500_014, 0)
        expect("connections counted", counted["connections"], 12, 0)

    with link(origin, "0:3000,2:800") as (port, _):
        began = time.monotonic()
        seen = together(port, 2, 500_000)
        expect("before the rate falls", rate(seen, end=began + 2), 3000, 150)
        expect("after it has fallen", rate(seen, begin=began + 2.1), 800, 40)

    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


main()
