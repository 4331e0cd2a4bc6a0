"""The service that attack_service.py attacks, connections to it that send bytes as they are, and groups of checks."""

import collections
import http.client
import json
import re
import socket
import sys
import time
import urllib.parse
import uuid

# What tells a stranger about the machine or the code.
LEAK = re.compile(rb"/(tmp|root|home|usr|etc|var|work|srv|opt|media)/|\.swift|sqlite|librar|Swift\.|NIO|errno", re.IGNORECASE)
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
