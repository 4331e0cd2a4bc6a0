"""The groups `paths`, `headers` and `ranges` of attack_service.py: requests that are odd, or none."""

import re
import struct
import time

from attack_target import HOST, LEAK, Wire, request, shown


# Paths. NAME stands for a segment's name, ID for its object, GOOD for the folder of a reel.

PATHS = r"""/v1/m//NAME //v1/m/NAME /v1/m/./NAME /v1/m/NAME/ /v1/m/NAME%20 /v1/m/NAME;x /v1/m/NAME%3f /v1/m/NAME# /v1/M/NAME
 /v1/m/0NAME /v1/m/xNAME /media/NAME \v1\m\NAME /v1/m/ID /v1/m/ID. /v1/m/ID.flac /v1/m/ID.json /v1/m/ID.m4s /v1/m/ID.m4s.json
 /v1/m/ID.0.m4s /v1/m/ID.0@.m4s /v1/m/ID.@.m4s /v1/m/ID.0@0@0.m4s /v1/m/ID.0@0-.m4s /v1/m/ID.0@0-01.m4s /v1/m/ID.0@0--1.m4s
 /v1/m/ID.0@0-0-0.m4s /v1/m/ID.0@0-9223372036854775808.m4s /v1/m/ID.0@0-18446744073709551616.m4s /v1/m/ID.0@0.mp4
 /v1/m/ID.0@0.M4S /v1/m/ID.0%400.m4s /v1/m/ID.999999@0.m4s /v1/m/ID.2147483648@0.m4s /v1/m/ /v1/m /v1/r/ /v1/r// /v1/r//main.m3u8
 /v1/reels/ /V1/REELS // //healthz /healthz/ /healthz; /./healthz /health%7a /. /.. /% /%zz /index.html /.git/config
 /catalogue.sqlite /current /keys.json * x http://attack/nothing http://attack/../../etc/passwd http://attack//healthz
 file:///etc/passwd GOOD GOOD/ GOOD/x.m3u8 GOOD/.m3u8 GOOD/MAIN.m3u8 GOOD/main.m3u8/ GOOD/-iframes.m3u8 GOOD/a/main.m3u8
 GOOD/%00.m3u8 GOOD/main.m3u8%00 GOOD//main.m3u8"""
STEPS = r"../ %2e%2e/ %2e%2e%2f ..%2f %252e%252e%252f ..\ ..%5c %c0%ae%c0%ae%c0%af ..;/ ....// .%00./".split()
RAW_PATHS = [b"/v1/m/\xc0\xae\xc0\xae/etc/passwd", b"/v1/m/\xe0\x80\xae\xff", b"/\x01", b"/v1/m/..\xef\xbc\x8fetc",
             b"/" + b"a" * 5_000]
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


# Requests that are none. Each is refused with its connection, or with one answer below 500.

VERSIONS = [b"", b" HTTP/0.9", b" HTTP/1.9", b" HTTP/2.0", b" HTTP/3.0", b" HTTP/1.1.1", b" http/1.1", b" HTTP/", b" x HTTP/1.1"]
METHODS = [b"FOO", b"get", b"", b"G@T", b"A" * 10_000, b"GET\tGET", b"\x16\x03\x01\x02", b"PRI", b"TRACE", b"CONNECT", b"DELETE"]
TARGETS = [b"/v1/reels\r\nX-Injected: 1", b"/healthz\r\n\r\nGET /", b"/a\rX-Injected:1", b"/a\tb", b"/a\0b", b"/" + b"a" * 100_000]
LINES = [[b"X: 1", b" X-Injected: 1"], [b"X: 1\0X-Injected: 1"], [b"X\0A: 1"], [b"X: 1\rX-Injected: 1"], [b"X : 1"], [b"X"],
         [b": 1"], [b"X(A): 1"], [b"X-\xc3\xa9: 1"], [b"X: " + b"a" * 65_536], [b"X" * 65_536 + b": 1"], [b"X: 1"] * 10_000]
LENGTH, CODING = b"Content-Length: ", b"Transfer-Encoding: "
FRAMES = [[LENGTH + b"2", LENGTH + b"3"], [LENGTH + b"2", CODING + b"chunked"], [CODING + b"chunked", LENGTH + b"2"],
          [CODING + b"x"], *([LENGTH + value] for value in (b"2, 3", b"+2", b"-1", b"0x2", b"", b"9" * 30)),
          [CODING + b"chunked, identity"]]
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


# Ranges.

BIG = "99999999999999999999"
RANGES = ["0-0", "0-", "-1", f"0-{BIG}", f"-{BIG}", f"{BIG}-", f"0-{2**63 - 1}", f"-{2**63}", "-0", "", "-", "1-0", "--1",
          "0--1", "+0-1", "0-0x1", " 0-1", "0 - 1", "\u0661-", "0-1,0-1", "0-1,5-6", "0-,0-,0-", "0-0," * 3_000, "0-0," * 50_000,
          "-1,0-0", "9999999-", "9999999-99999999"]
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
    for path in ["/", "/healthz", "/metrics", "/nothing", "/v1/reels", "/v1/r/x/main.m3u8", "/" + "a" * 5_000,
                 target.reel["hls"], path]:
        for line in (b"X: 1", b"Range: bytes=0-0", b"Range: bytes=99999999-", b"If-None-Match: *"):
            with Wire(target) as wire:
                wire.send(request(b"HEAD " + path.encode() + b" HTTP/1.1", HOST, line))
                body = wire.all(0.1).partition(b"\r\n\r\n")[2]
                group.check(not body, f"HEAD {path}", f"a body of {len(body)} bytes, taken for the next answer")
