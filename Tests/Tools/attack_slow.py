"""The group `slow` of attack_service.py: many clients that send a byte now and then, or read nothing."""

import select
import socket
import time

from attack_target import HOST, Wire, request

# What they begin with, and how many there are.
DRIPS = {"headers": (200, b"GET /healthz HTTP/1.1\r\nX: "),
         "a body of events": (20, request(b"POST /v1/events HTTP/1.1", HOST, b"Content-Length: 99999")),
         "a body that nobody wants": (20, request(b"GET /healthz HTTP/1.1", HOST, b"Content-Length: 99999"))}


def is_closed(wire):
    try:
        while select.select([wire.socket], [], [], 0)[0]:
            if not wire.socket.recv(1 << 16):
                return True
    except OSError:
        return True
    return False


def slow(target, options, group):
    largest = max(target.segments[:20], key=lambda path: len(target.ask("GET", path).body))
    deaf, drips = [Wire(target) for _ in range(50)], [(name, Wire(target)) for name, (n, _) in DRIPS.items() for _ in range(n)]
    for wire in deaf:
        wire.send(request(b"GET " + largest.encode() + b" HTTP/1.1", HOST) * 60)
    for name, wire in drips:
        wire.send(DRIPS[name][1])
    time.sleep(2)  # What fits into the sockets has been sent.
    begin, worst, beat = time.monotonic(), 0, 0
    while (passed := time.monotonic() - begin) < options.slow_seconds and drips:
        seconds, beat = target.health(), beat + 1
        worst = max(worst, seconds)
        group.check(seconds < 10, "/healthz in ten seconds while slow clients are there", f"an answer after {seconds:.1f} s")
        drips = [(name, wire) for name, wire in drips if not is_closed(wire) and (beat % 4 or wire.send(b"a"))]
        time.sleep(0.5)
    for name in DRIPS:
        left = sum(name == other for other, _ in drips)
        group.check(not left, f"{name}, a byte every 2 s", f"{left} connections are open after {passed:.0f} s")
    # TCP_INFO begins with the state; 1 is established.
    left = sum(wire.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1 for wire in deaf)
    print(f"note: {left} of {len(deaf)} connections that read nothing are open after {passed:.0f} s; "
          f"/healthz took {worst:.3f} s at most")
    for wire in [*deaf, *(wire for _, wire in drips)]:
        wire.socket.close()
