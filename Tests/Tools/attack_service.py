#!/usr/bin/env python3
"""Attacks a running service as strangers, broken programs and slow clients would, and judges what it answers.

    attack_service.py --base http://127.0.0.1:PORT [--key BEARER] [--mutations 10000] [--seed 1] [--pid PID]
                      [--slow-seconds 40] [--only GROUP]... [--skip GROUP]...

--mutations     forged tokens, each tried in a playlist's address and with events; the same --seed forges the same
--pid           the service's process on this machine: its memory and its open files are judged too
--slow-seconds  how long slow connections are held, or until all were closed: several times the service's --idle-seconds

One line `ok NAME (n checks)` for each group (tokens paths headers ranges bodies slow counts end), or lines `FAULT NAME: what was
sent, what came`, then `N passed, N failed`; exit status 1 with a failure, 2 when there is no reel to begin with. Events with
absurd numbers are sent and may reach the catalogue: use a library of tests.
"""

import argparse
import base64
import collections
import hashlib
import hmac
import http.client
import json
import os
import random
import re
import select
import socket
import struct
import sys
import time
import urllib.parse
import uuid

# What tells a stranger about the machine or the code.
LEAK = re.compile(rb"/(tmp|root|home|usr|etc|var|work|srv|opt|media)/|\.swift|sqlite|librar|Swift\.|NIO|errno", re.IGNORECASE)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PRINTABLE = "".join(map(chr, range(33, 127)))
HOST = b"Host: attack"
SHOWN_FAULTS = 20
Answer = collections.namedtuple("Answer", "status headers body")
NOTHING = Answer(0, {}, b"")


class Group:
    """Checks of one kind, and those that failed."""

    def __init__(self, name):
        self.name, self.checks, self.faults = name, 0, collections.Counter()

    def check(self, holds, sent, came):
        self.checks += 1
        if not holds:
            self.faults[f"{shown(sent)}, {shown(came)}"] += 1

    def expect(self, answer, statuses, sent):
        """The status is one of these; an error says in its form what it is, and betrays nothing."""
        self.check(answer.status in statuses, sent, f"status {answer.status}")
        if answer.status >= 400 and answer.body:
            kind = answer.headers.get("content-type")
            is_problem = kind == "application/problem+json" and json.loads(answer.body)["status"] == answer.status
            self.check(is_problem and not LEAK.search(answer.body), sent, f"{answer.status} {kind}: {answer.body.decode()}")

    def report(self):
        for fault, times in list(self.faults.items())[:SHOWN_FAULTS]:
            print(f"FAULT {self.name}: {fault}" + (f" ({times} times)" if times > 1 else ""))
        if len(self.faults) > SHOWN_FAULTS:
            print(f"FAULT {self.name}: {len(self.faults) - SHOWN_FAULTS} more")
        if not self.faults:
            print(f"ok {self.name} ({self.checks} checks)")
        sys.stdout.flush()


def shown(thing):
    text = thing.decode("latin-1") if isinstance(thing, bytes) else str(thing)
    text = "".join(c if " " <= c <= "~" else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= 180 else f"{text[:130]}…{text[-30:]} ({len(text)} characters)"


class Wire:
    """A connection that sends bytes as they are."""

    def __init__(self, target, timeout=10.0):
        self.socket = socket.create_connection(target.address, timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """False when the service doesn't take it; its answer says why."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def answer(self, method="GET"):
        """NOTHING when the connection is closed, or nothing comes in time."""
        try:
            response = http.client.HTTPResponse(self.socket, method=method)
            response.begin()
            return Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException):
            return NOTHING

    def all(self, seconds):
        """Everything that comes until the connection is closed or nothing more comes."""
        self.socket.settimeout(seconds)
        data = b""
        try:
            while more := self.socket.recv(1 << 16):
                data += more
        except OSError:
            pass
        return data


def request(head, *lines, body=b""):
    return head + b"\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


class Target:
    """The service, and a reel of it."""

    def __init__(self, base, key):
        parts = urllib.parse.urlsplit(base)
        self.address, self.wire = (parts.hostname, parts.port or 80), None
        self.key = [b"Authorization: Bearer " + key.encode()] if key else []
        answer = self.ask("POST", "/v1/reels", *self.key, body=b'{"viewer":"v1"}')
        if answer.status != 201:
            print(f"no reel to begin with: status {answer.status} {shown(answer.body)}", file=sys.stderr)
            sys.exit(2)
        self.reel = json.loads(answer.body)
        self.token = self.reel["token"]
        main = self.ask("GET", self.reel["hls"]).body.decode()
        self.playlists = ["main.m3u8", "manifest.mpd", *sorted(set(re.findall(r"[\w-]+\.m3u8", main)))]
        lists = b"".join(self.ask("GET", f"/v1/r/{self.token}/{name}").body for name in self.playlists)
        self.objects = sorted(set(re.findall(r"/v1/m/[0-9a-f]{64}\.[^\"<\s]+", lists.decode())))
        self.segments = [path for path in self.objects if path.endswith(".m4s")]

    def ask(self, method, path, *lines, body=None):
        """An answer, on a connection that is kept while it can be."""
        head = method.encode() + b" " + (path.encode() if isinstance(path, str) else path) + b" HTTP/1.1"
        lines = [HOST, *lines, *([] if body is None else [b"Content-Length: %d" % len(body)])]
        for _ in range(2):  # A kept connection may have been closed since.
            try:
                self.wire = self.wire or Wire(self)
            except OSError:
                return NOTHING
            is_sent = self.wire.send(request(head, *lines, body=body or b""))
            answer = self.wire.answer(method)
            if not is_sent or not answer.status or answer.headers.get("connection") == "close" or method == "HEAD":
                self.wire.socket.close()
                self.wire = None
            if answer.status:
                break
        return answer

    def health(self):
        """Seconds until /healthz said 200 to a new connection; infinite when it does not."""
        begin = time.monotonic()
        try:
            with Wire(self, 5) as wire:
                wire.send(request(b"GET /healthz HTTP/1.1", HOST))
                return time.monotonic() - begin if wire.answer().status == 200 else float("inf")
        except OSError:
            return float("inf")

    def failures(self):
        """How many requests were answered with each status from 500, but 503."""
        found = re.findall(r'(route="[^"]*").*status="(5\d\d)"} (\d+)', self.ask("GET", "/metrics").body.decode())
        return collections.Counter({f"{route} {status}": int(count) for route, status, count in found if status != "503"})

    def event(self, **changes):
        slot = self.reel["plan"]["slots"][0]
        event = {"v": 1, "event_id": str(uuid.uuid4()), "type": "slot_start", "ts": "2026-11-24T20:15:03.120Z", "slot": 1,
                 "title": slot["title"], "clip": slot["type"], "n": 1, **changes}
        return {name: value for name, value in event.items() if value != "gone"}

    def send_events(self, events, token=None):
        body = {"token": self.token if token is None else token, "events": events}
        return self.ask("POST", "/v1/events", body=json.dumps(body, ensure_ascii=False).encode())


# 1. Forged tokens.

MESS = [" ", "\t", "\n", "\r\n", "\0", "%00", "%20", "%0d%0aX-Injected:%201", ".", "..", ";v=1", ",", "\ufeff", "\u200b", "=", "==", "===", "%3D"]
# Some of these are equal to letters and digits for those who compare text by its meaning.
OTHERS = [*ALPHABET, *"+/.~$!*'():;=,@&", "\u212a", "\uff21", "\u0661", "e\u0301"]


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def respelled(r, token):
    """Other characters: changed, moved, escaped, lost and added ones."""
    i, j = sorted(r.sample(range(1, len(token)), 2))
    code = r.choice(["%{:02X}", "%{:02x}", "%25{:02X}", "%u00{:02X}"]).format(ord(token[i]))
    more, mess = "".join(r.choices(ALPHABET, k=r.choice([1, 2, 3, 4, 43, 2_000]))), r.choice(MESS)
    replaced = [token[:i] + other + token[i + 1:] for other in (r.choice(OTHERS), r.choice(OTHERS), code, token[i].swapcase())]
    swapped = token[:i] + token[j] + token[i + 1:j] + token[i] + token[j + 1:]
    recased = [token.lower(), token.upper(), token.swapcase()]
    # The last character but some of its bits, which stand for nothing where the length is not a multiple of 4.
    spare = token[:-1] + ALPHABET[ALPHABET.index(token[-1]) ^ r.randrange(1, 16 if len(token) % 4 == 2 else 4)]
    return r.choice([*replaced, *recased, swapped, spare, token[:i], token[i:], token + more, more + token, token[:i] + more + token[i:],
                     token + token, token + "." + token, token + mess, mess + token, token.translate({45: 43, 95: 47}) + mess])


def resigned(r, token):
    """Other bytes: flipped bits, keys that somebody might try, and the padding of a hash and more at the end."""
    data = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    body, signature = data[:-32], bytes(data[-32:])
    for _ in range(r.choice([1, 1, 2, 8])):
        data[r.randrange(len(data))] ^= 1 << r.randrange(8)
    if r.random() < 0.7:
        body[r.choice([0, 1, 18, 20, 30, len(body) - 1])] ^= r.randrange(1, 256)
    forged = [hmac.digest(key, body, "sha256") for key in (r.randbytes(32), bytes(32), b"", signature)]
    forged += [hashlib.sha256(body).digest(), bytes(32), b"", signature[::-1]]
    length, more = r.choice([0, 16, 32, 64, 96]) + len(body), r.randbytes(r.randrange(1, 40))
    extended = body + b"\x80" + bytes((55 - length) % 64) + struct.pack(">Q", length * 8) + more + signature
    return encoded(r.choice([data, data, *(body + signature for signature in forged), extended, extended]))


def tokens(target, options, group):
    group.expect(target.ask("GET", target.reel["hls"]), {200}, "the token itself")
    group.expect(target.send_events([]), {202}, "no events with the token itself")
    r = random.Random(options.seed)
    forged = {target.token[:-1] + c for c in ALPHABET}
    forged |= {r.choice([respelled, resigned])(r, target.token) for _ in range(options.mutations)}
    for token in sorted(forged - {target.token}):
        # With these it is another route; what cannot stand in a request line is escaped.
        elsewhere = {403, 404} if set(token) & set("/?#") else {403}
        path = f"/v1/r/{urllib.parse.quote(token, safe=PRINTABLE)}/{r.choice(target.playlists)}"
        for statuses, answer, sent in [(elsewhere, target.ask("GET", path), path),
                                       ({403}, target.send_events([], token), f"events with the token {token}")]:
            group.expect(answer, statuses, sent)
            group.check(answer.body or not answer.status, sent, "no problem in words")


# 2. Paths. NAME stands for a segment's name, ID for its object, GOOD for the folder of a reel.

PATHS = r"""/v1/m//NAME //v1/m/NAME /v1/m/./NAME /v1/m/NAME/ /v1/m/NAME%20 /v1/m/NAME;x /v1/m/NAME%3f /v1/m/NAME# /v1/M/NAME /v1/m/0NAME
 /v1/m/xNAME /media/NAME \v1\m\NAME /v1/m/ID /v1/m/ID. /v1/m/ID.flac /v1/m/ID.json /v1/m/ID.m4s /v1/m/ID.m4s.json /v1/m/ID.0.m4s
 /v1/m/ID.0@.m4s /v1/m/ID.@.m4s /v1/m/ID.0@0@0.m4s /v1/m/ID.0@0-.m4s /v1/m/ID.0@0-01.m4s /v1/m/ID.0@0--1.m4s /v1/m/ID.0@0-0-0.m4s
 /v1/m/ID.0@0-9223372036854775808.m4s /v1/m/ID.0@0-18446744073709551616.m4s /v1/m/ID.0@0.mp4 /v1/m/ID.0@0.M4S /v1/m/ID.0%400.m4s
 /v1/m/ID.999999@0.m4s /v1/m/ID.2147483648@0.m4s /v1/m/ /v1/m /v1/r/ /v1/r// /v1/r//main.m3u8 /v1/reels/ /V1/REELS // //healthz
 /healthz/ /healthz; /./healthz /health%7a /. /.. /% /%zz /index.html /.git/config /catalogue.sqlite /current /keys.json * x
 http://attack/nothing http://attack/../../etc/passwd http://attack//healthz file:///etc/passwd GOOD GOOD/ GOOD/x.m3u8 GOOD/.m3u8
 GOOD/MAIN.m3u8 GOOD/main.m3u8/ GOOD/-iframes.m3u8 GOOD/a/main.m3u8 GOOD/%00.m3u8 GOOD/main.m3u8%00 GOOD//main.m3u8"""
STEPS = r"../ %2e%2e/ %2e%2e%2f ..%2f %252e%252e%252f ..\ ..%5c %c0%ae%c0%ae%c0%af ..;/ ....// .%00./".split()
RAW_PATHS = [b"/v1/m/\xc0\xae\xc0\xae/etc/passwd", b"/v1/m/\xe0\x80\xae\xff", b"/\x01", b"/v1/m/..\xef\xbc\x8fetc", b"/" + b"a" * 5_000]
NUMBERS = ["00", "01", "+1", "-1", "-0", "%201", "1%20", "%31", "0x1", "1e0", "1.0", "1_0", "", "\u0661", "\uff11", "NaN", "\u00b2",
           *(2**n - 1 for n in (32, 63, 64)), *(2**n for n in (32, 63, 64)), 10**400, "9" * 3_000]


def paths(target, options, group):
    name, good = target.segments[0][6:], f"/v1/r/{target.token}"
    own, part, start = name[:64], name[65:].split("@")[0], name.split("@")[1][:-4]
    tried = [text.replace("NAME", name).replace("ID", own).replace("GOOD", good) for text in PATHS.split()]
    tried += [root + step * 6 + end for step in STEPS for end in ("etc/passwd", "healthz")
              for root in ("/", "/v1/m/", f"/v1/m/{own}.mp4/", good + "/")]
    tried += [f"/v1/m/{own}.{pair}.m4s" for n in NUMBERS for pair in (f"{n}@0", f"{part}@{n}", f"{n}@{n}")]
    for path in target.objects:
        tried += [f"/v1/m/{path[6:70].upper()}{path[70:]}", f"/v1/m/{'0' * 64}{path[70:]}", f"/v1/m/%{ord(path[6]):02x}{path[7:]}"]
    for path in tried + RAW_PATHS:
        for method in ("GET", "HEAD"):
            group.expect(target.ask(method, path), {400, 404, 414}, f"{method} {shown(path)}")
    for number in (2**31, 2**32 - 2):  # Such a time can be said: it must come out of it as it is.
        answer = target.ask("GET", f"/v1/m/{own}.{part}@{number}.m4s")
        sequence = answer.body.partition(b"mfhd")[2][4:8]
        group.check(answer.status == 404 or sequence == struct.pack(">I", number + 1), number, f"{answer.status} {sequence}")
    for tag in (b"*", b'"%s"' % (b"0" * 32), b'"%s-0-0"' % (b"0" * 32)):
        for end in (".mp4", ".jpg", ".0@0.m4s"):
            answer = target.ask("GET", f"/v1/m/{'0' * 64}{end}", b"If-None-Match: " + tag)
            group.expect(answer, {404}, f"an object {end} that is not there, If-None-Match: {tag.decode()}")


# 3. Requests that are none. Each is refused with its connection, or with one answer below 500.

VERSIONS = [b"", b" HTTP/0.9", b" HTTP/1.9", b" HTTP/2.0", b" HTTP/3.0", b" HTTP/1.1.1", b" http/1.1", b" HTTP/", b" x HTTP/1.1"]
METHODS = [b"FOO", b"get", b"", b"G@T", b"A" * 10_000, b"GET\tGET", b"\x16\x03\x01\x02", b"PRI", b"TRACE", b"CONNECT", b"DELETE"]
TARGETS = [b"/v1/reels\r\nX-Injected: 1", b"/healthz\r\n\r\nGET /", b"/a\rX-Injected:1", b"/a\tb", b"/a\0b", b"/" + b"a" * 100_000]
LINES = [[b"X: 1", b" X-Injected: 1"], [b"X: 1\0X-Injected: 1"], [b"X\0A: 1"], [b"X: 1\rX-Injected: 1"], [b"X : 1"], [b"X"], [b": 1"],
         [b"X(A): 1"], [b"X-\xc3\xa9: 1"], [b"X: " + b"a" * 65_536], [b"X" * 65_536 + b": 1"], [b"X: 1"] * 10_000]
LENGTH, CODING = b"Content-Length: ", b"Transfer-Encoding: "
FRAMES = [[LENGTH + b"2", LENGTH + b"3"], [LENGTH + b"2", CODING + b"chunked"], [CODING + b"chunked", LENGTH + b"2"], [CODING + b"x"],
          *([LENGTH + value] for value in (b"2, 3", b"+2", b"-1", b"0x2", b"", b"9" * 30)), [CODING + b"chunked, identity"]]
CHUNKS = [b"ZZ\r\n{}", b"-2\r\n{}", b"0x2\r\n{}", b"FFFFFFFFFFFFFFFFF\r\n{}", b"2\r\n{}X", b"2\n{}\n0\n\n", b"\r\n"]
FIELDS = "Origin X-Request-ID Range If-None-Match If-Range Authorization Access-Control-Request-Headers CMCD-Status".split()


def broken_requests():
    get, post, smuggled = b"GET /healthz HTTP/1.1", b"POST /v1/events HTTP/1.1", request(b"GET /v1/openapi.json HTTP/1.1", HOST)
    yield from [request(get), request(get, HOST).replace(b"\r", b""), request(b"CONNECT attack:80 HTTP/1.1", HOST)]
    yield from (request(b"GET /healthz" + version, HOST) for version in VERSIONS)
    yield from (request(get, HOST, *lines) for lines in LINES)
    yield from (request(b"GET " + path + b" HTTP/1.1", HOST) for path in TARGETS)
    yield from (request(method + b" /healthz HTTP/1.1", HOST, b"X-Injected: 1") for method in METHODS)
    yield from (request(post, HOST, *lines, body=b"0\r\n\r\n" + smuggled) for lines in FRAMES)
    yield from (request(post, HOST, CODING + b"chunked", body=chunk + b"\r\n0\r\n\r\n" + smuggled) for chunk in CHUNKS)


def headers(target, options, group):
    for data in broken_requests():
        with Wire(target, 5) as wire:
            wire.send(data)
            back = wire.all(0.3)
        statuses = re.findall(rb"HTTP/1\.1 (\d{3})", back)
        group.check(len(statuses) <= 1 and all(b"400" <= status < b"500" for status in statuses), data, f"statuses {statuses}")
        group.check(b"injected" not in back.lower() and not LEAK.search(back), data, back)
        group.check(target.health() < 5, data, "/healthz answers no longer")
    for field in FIELDS:
        for value in (b"a\r\nX-Injected: 1", b"%0d%0aX-Injected: 1", b"\xc4\x8d\xc4\x8aX-Injected: 1"):
            answer = target.ask("GET", target.objects[0], field.encode() + b": " + value)
            is_safe = "injected" not in str(answer.headers).lower() and answer.status < 500
            group.check(is_safe, field.encode() + b": " + value, f"{answer.status} {answer.headers}")
    for version, line in [(b"1", b"Connection: close"), (b"1", b"Connection: Close"), (b"1", b"Connection: x, close")]:
        with Wire(target) as wire:
            wire.send(request(b"GET /healthz HTTP/1." + version, HOST, line))
            begin, _ = time.monotonic(), wire.all(2)
            group.check(time.monotonic() - begin < 1.5, b"HTTP/1." + version + b" " + line, "the connection stayed open")


# 4. Ranges.

BIG = "99999999999999999999"
RANGES = ["0-0", "0-", "-1", f"0-{BIG}", f"-{BIG}", f"{BIG}-", f"0-{2**63 - 1}", f"-{2**63}", "-0", "", "-", "1-0", "--1", "0--1", "+0-1", "0-0x1",
          " 0-1", "0 - 1", "\u0661-", "0-1,0-1", "0-1,5-6", "0-,0-,0-", "0-0," * 3_000, "0-0," * 50_000, "-1,0-0", "9999999-", "9999999-99999999"]
UNITS = ["lines=0-1", "bytes", "bytes 0-1", "BYTES=0-1", "=0-1", "bytes=0-1\r\nRange: bytes=2-3"]


def judge_range(group, full, answer, sent):
    given, size = answer.headers.get("content-range", ""), len(full)
    group.expect(answer, {200, 206, 400, 416}, sent)
    ends = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", given)
    first, last, total = map(int, ends.groups()) if ends else (1, 0, 0)
    part = first <= last < size == total and answer.body == full[first:last + 1]
    holds = {200: answer.body == full and not given, 206: part, 416: given == f"bytes */{size}" and not answer.body}
    group.check(holds.get(answer.status, True), sent, f"{answer.status} with '{given}' and {len(answer.body)} bytes")


def ranges(target, options, group):
    for path in [target.segments[0], next(path for path in target.objects if path.endswith(".mp4"))]:
        full = target.ask("GET", path).body
        for text in [*UNITS, *(f"bytes={text}" for text in RANGES)]:
            judge_range(group, full, target.ask("GET", path, f"Range: {text}".encode()), f"Range: {text}")
            answer = target.ask("GET", path, f"Range: {text}".encode(), b'If-Range: "0"')
            group.check(answer.status == 400 or answer.body == full, f"Range: {text} for another tag", f"status {answer.status}")
        for last in (BIG, 2**63 - 1):
            answer = target.ask("GET", path, f"Range: bytes=0-{last}".encode())
            group.check(answer.status == 206, f"Range: bytes=0-{last}, the end is beyond the last byte", f"status {answer.status}")
    for path in ["/", "/healthz", "/metrics", "/nothing", "/v1/reels", "/v1/r/x/main.m3u8", "/" + "a" * 5_000, target.reel["hls"], path]:
        for line in (b"X: 1", b"Range: bytes=0-0", b"Range: bytes=99999999-", b"If-None-Match: *"):
            with Wire(target) as wire:
                wire.send(request(b"HEAD " + path.encode() + b" HTTP/1.1", HOST, line))
                body = wire.all(0.1).partition(b"\r\n\r\n")[2]
                group.check(not body, f"HEAD {path}", f"a body of {len(body)} bytes, taken for the next answer")


# 5. Bodies.

WRONG_BODIES = [
    b"", b" ", b"null", b"[]", b"[{}]", b"1", b'"v1"', b"{}", b"{", b'{"viewer":"v1",}', b'{"viewer":"v1","viewer":"v2"}', b"\xff\xfe{\0}\0",
    b"[" * 100_000, b'{"viewer":' * 100_000, b'{"viewer":"v1","x":' + b"[" * 1_000 + b"]" * 1_000 + b"}", b'{"viewer":"v1"}x', b"\0" * (20 << 20),
    *(b'{"viewer":%s}' % text for text in (b"5", b"null", b'""', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b'"a\\nb"', b'"\xed\xa0\x80"',
                                           b'"\xc0\xaf"', b"1e999", b'"\x01"', b'"' + b"v" * 20_000 + b'"', b'"' + b"v" * (10 << 20) + b'"')),
    *(b'{"viewer":"v1",%s}' % text for text in (b'"seed":-1', b'"seed":1e400', b'"seed":18446744073709551616', b'"seed":1.5', b'"cadence":"none"',
      b'"sound":"loud"', b'"tz":"+99999999999999999999:00"', b'"tz":"+25:00"', b'"tz":"\xd9\xa1"', b'"cadence":["default"]'))]
WRONG_EVENTS = {
    "v": ["1", 2, 0, 1.5, None, "gone", 2**64], "event_id": [5, "", None, "gone", [], "\0"], "type": ["", "unknown", 5, None, "gone", "SKIP", "skip\n"],
    "ts": [5, "", "now", "gone", "2026-13-01T00:00:00Z", "99999-01-01T00:00:00Z", "2026-11-24", "0000-00-00T00:00:00Z", "2026-11-24T20:15:03+99:99"],
    "slot": [-1, 0, 1.5, "1", 2**63, -2**63, 10**400, [], None, "gone"], "title": ["", 5, "gone", "\n"], "clip": [80, "", "gone"],
    "n": [0, -1, "1", 2**63], "at_ms": [-1, "1", 1.5], "stalled_ms": [-1, 10**30], "watched_ms": [-1], "to": [5], "startup": [1, "yes"]}
ODD_EVENTS = [
    {"viewer": "somebody else"}, {"viewer": 5}, {"reel": "0" * 32}, {"edition": None}, {"ts": "9999-12-31T23:59:59.999Z"}, {"ts": "0001-01-01T00:00:00Z"},
    {"slot": 2**63 - 1}, {"n": 2**63 - 1}, {"x": {"y": [10**400]}}, {"title": "\u212b" * 100}, {"event_id": "\U0010ffff"}, {"at_ms": 2**63 - 1},
    {"type": "play", "ts": "9999-12-31T23:59:59Z", "watched_ms": 2**63 - 1, "duration_ms": 2**63 - 1}]


def bodies(target, options, group):
    for body in WRONG_BODIES:
        group.expect(target.ask("POST", "/v1/reels", *target.key, body=body), {400, 413, 422}, b"a reel for " + body[:99])
        group.expect(target.ask("POST", "/v1/events", body=body), {400, 413}, b"events " + body[:99])
    for name, value in [(name, value) for name, values in WRONG_EVENTS.items() for value in values]:
        group.expect(target.send_events([target.event(), target.event(**{name: value})]), {400}, f"an event with {name} = {value!r}")
    for change in ODD_EVENTS:
        group.expect(target.send_events([target.event(**change)]), {202, 400}, f"an event with {change}")
    event = target.event()
    for events, status in [("x", 400), ({}, 400), ([[]], 400), ([None], 400), ([{}], 400), ([event] * 2, 202), ([event] * 501, 413)]:
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


# 6. Slow clients: what they begin with, and how many there are.

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
        group.check(seconds < 1, "/healthz while slow clients are there", f"an answer after {seconds:.1f} s")
        drips = [(name, wire) for name, wire in drips if not is_closed(wire) and (beat % 4 or wire.send(b"a"))]
        time.sleep(0.5)
    for name in DRIPS:
        left = sum(name == other for other, _ in drips)
        group.check(not left, f"{name}, a byte every 2 s", f"{left} connections are open after {passed:.0f} s")
    # TCP_INFO begins with the state; 1 is established.
    left = sum(wire.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1 for wire in deaf)
    print(f"note: {left} of {len(deaf)} connections that read nothing are open after {passed:.0f} s; /healthz took {worst:.3f} s at most")
    for wire in [*deaf, *(wire for _, wire in drips)]:
        wire.socket.close()


# 7. What is left.

def counts(target, options, group):
    """Numbers that are valid one by one, and add up to more than a counter holds."""
    for change in ({"type": "rebuffer", "stalled_ms": 2**63 - 1}, {"type": "slot_complete", "watched_ms": 2**63 - 1}):
        for _ in range(3):
            group.expect(target.send_events([target.event(**change)]), {202, 400}, f"an event with {change}")
    group.check(target.health() < 5, "events with the largest number there is", "/healthz answers no longer")


def machine(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) / 1024, len(os.listdir(f"/proc/{pid}/fd"))


def end(target, options, group):
    time.sleep(1)
    group.check(target.health() < 1, "/healthz at the end", "no answer in time")
    failures = target.failures() - options.failures
    group.check(not failures, "all of this", f"answers from 500 on in /metrics: {dict(failures)}")
    if options.pid:
        memory, files = machine(options.pid)
        group.check(memory < 300, "all of this", f"{memory:.0f} MB of memory")
        group.check(files < options.files + 20, "all of this", f"{files} open files, {options.files} at the start")


GROUPS = {group.__name__: group for group in (tokens, paths, headers, ranges, bodies, slow, counts, end)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True)
    parser.add_argument("--key")
    for name, default in {"--mutations": 10_000, "--seed": 1, "--pid": None, "--slow-seconds": 40}.items():
        parser.add_argument(name, type=int, default=default)
    parser.add_argument("--only", action="append", choices=GROUPS)
    parser.add_argument("--skip", action="append", choices=GROUPS, default=[])
    options = parser.parse_args()
    target = Target(options.base, options.key)
    options.failures, options.files = target.failures(), machine(options.pid)[1] if options.pid else 0
    groups = [Group(name) for name in options.only or GROUPS if name not in options.skip]
    for group in groups:
        try:
            GROUPS[group.name](target, options, group)
        except OSError as error:
            group.check(False, "an attack", f"the service is gone: {error}")
        group.report()
    failed = sum(bool(group.faults) for group in groups)
    print(f"{len(groups) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
