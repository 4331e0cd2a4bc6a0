"""The groups `bodies` and `counts` of attack_service.py: bodies and events that are wrong, odd or without end."""

import json
import select
import time

from attack_target import HOST, Wire, request

WRONG_BODIES = [
    b"", b" ", b"null", b"[]", b"[{}]", b"1", b'"v1"', b"{}", b"{", b'{"viewer":"v1",}', b'{"viewer":"v1","viewer":"v2"}',
    b"\xff\xfe{\0}\0", b"[" * 100_000, b'{"viewer":' * 100_000, b'{"viewer":"v1","x":' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    b'{"viewer":"v1"}x', b"\0" * (20 << 20),
    *(b'{"viewer":%s}' % text for text in (
        b"5", b"null", b'""', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b'"a\\nb"', b'"\xed\xa0\x80"', b'"\xc0\xaf"',
        b"1e999", b'"\x01"', b'"' + b"v" * 20_000 + b'"', b'"' + b"v" * (10 << 20) + b'"')),
    *(b'{"viewer":"v1",%s}' % text for text in (
        b'"seed":-1', b'"seed":1e400', b'"seed":18446744073709551616', b'"seed":1.5', b'"cadence":"none"', b'"sound":"loud"',
        b'"tz":"+99999999999999999999:00"', b'"tz":"+25:00"', b'"tz":"\xd9\xa1"', b'"cadence":["default"]'))]
WRONG_EVENTS = {
    "v": ["1", 2, 0, 1.5, None, "gone", 2**64], "event_id": [5, "", None, "gone", [], "\0"],
    "type": ["", "unknown", 5, None, "gone", "SKIP", "skip\n"],
    "ts": [5, "", "now", "gone", "2026-13-01T00:00:00Z", "99999-01-01T00:00:00Z", "2026-11-24",
           "0000-00-00T00:00:00Z", "2026-11-24T20:15:03+99:99"],
    "slot": [-1, 0, 1.5, "1", 2**63, -2**63, 10**400, [], None, "gone"], "title": ["", 5, "gone", "\n"], "clip": [80, "", "gone"],
    "n": [0, -1, "1", 2**63], "at_ms": [-1, "1", 1.5], "stalled_ms": [-1, 10**30], "watched_ms": [-1], "to": [5],
    "startup": [1, "yes"]}
ODD_EVENTS = [
    {"viewer": "somebody else"}, {"viewer": 5}, {"reel": "0" * 32}, {"edition": None},
    {"ts": "9999-12-31T23:59:59.999Z"}, {"ts": "0001-01-01T00:00:00Z"}, {"slot": 2**63 - 1}, {"n": 2**63 - 1},
    {"x": {"y": [10**400]}}, {"title": "\u212b" * 100}, {"event_id": "\U0010ffff"}, {"at_ms": 2**63 - 1},
    {"type": "play", "ts": "9999-12-31T23:59:59Z", "watched_ms": 2**63 - 1, "duration_ms": 2**63 - 1}]


def bodies(target, options, group):
    for body in WRONG_BODIES:
        group.expect(target.ask("POST", "/v1/reels", *target.key, body=body), {400, 413, 422}, b"a reel for " + body[:99])
        group.expect(target.ask("POST", "/v1/events", body=body), {400, 413}, b"events " + body[:99])
    for name, value in [(name, value) for name, values in WRONG_EVENTS.items() for value in values]:
        group.expect(target.send_events([target.event(), target.event(**{name: value})]), {400},
                     f"an event with {name} = {value!r}")
    for change in ODD_EVENTS:
        group.expect(target.send_events([target.event(**change)]), {202, 400}, f"an event with {change}")
    event = target.event()
    for events, status in [("x", 400), ({}, 400), ([[]], 400), ([None], 400), ([{}], 400), ([event] * 2, 202),
                           ([event] * 501, 413)]:
        group.expect(target.send_events(events), {status}, f"events {str(events)[:60]}")
    for token in (None, 5, [], {}, ""):
        body = json.dumps({"token": token, "events": []}).encode()
        group.expect(target.ask("POST", "/v1/events", body=body), {400, 403}, f"the token {token}")
    group.expect(target.ask("POST", "/v1/events", b"Content-Encoding: gzip", body=b"\x1f\x8b\x08\0\0\0\0\0"), {400, 415}, "gzip")
    for head in (b"POST /v1/reels HTTP/1.1", b"POST /v1/events HTTP/1.1"):
        send_without_end(target, group, head)
        for line in (b"Content-Length: 200", b"Transfer-Encoding: chunked"):
            with Wire(target) as wire:  # Hangs up in the middle; what came of it is counted at the end.
                wire.send(request(head, HOST, line, *target.key, body=b"2\r\n{"))
                time.sleep(0.1)
    group.expect(target.ask("POST", "/v1/reels", *target.key, body=b'{"viewer":"v1"}'), {201}, "a reel after odd events")


def send_without_end(target, group, head):
    with Wire(target, 3) as wire:
        wire.send(request(head, HOST, b"Transfer-Encoding: chunked", *target.key))
        chunk, sent = b"10000\r\n" + b" " * 0x10000 + b"\r\n", 0
        while sent < 64 << 20 and not select.select([wire.socket], [], [], 0)[0] and wire.send(chunk):
            sent += len(chunk)
        group.expect(wire.answer(), {413}, head + b" chunks without end")


def counts(target, options, group):
    """Numbers that are valid one by one, and add up to more than a counter holds."""
    for change in ({"type": "rebuffer", "stalled_ms": 2**63 - 1}, {"type": "slot_complete", "watched_ms": 2**63 - 1}):
        for _ in range(3):
            group.expect(target.send_events([target.event(**change)]), {202, 400}, f"an event with {change}")
    group.check(target.health() < 5, "events with the largest number there is", "/healthz answers no longer")
