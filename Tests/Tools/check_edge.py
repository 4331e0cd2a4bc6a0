#!/usr/bin/env python3
"""Puts a real nginx or Varnish with our configuration before a running service, and checks what viewers get from it.

    check_edge.py nginx|varnish --origin HOST:PORT --config FILE --path /v1/m/... [--misses N] [--playlist PATH]
                                [--count-url URL] [--route ROUTE]

--path      an object that the service has; the cache is new, so it is a miss
--misses    how many viewers ask for it at the same instant (1000)
--playlist  a path that must never be cached
--count-url where the service says how often it was asked: its /metrics by default; a bare number will do as well
--route     the label of the path's requests in /metrics; by default the one that the form of the path says

The placeholders of the configuration are filled in, the server listens on a free port of 127.0.0.1 (nginx with a certificate
of its own making) in a temporary folder, and everything is ended and removed afterwards. One line for each check, then
`N passed, N failed`; the exit status is 1 with a failure, 2 when the server cannot be started. Where the server is not
installed it says `skipped: …` and the status is 0.

Needs nginx and openssl, or varnish; curl is used where it is there.
"""

import argparse
import asyncio
import contextlib
import hashlib
import http.client
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

ENVIRONMENT = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"}
# A header that is there twice has two meanings, or none; these are lists.
MAY_REPEAT = {"set-cookie", "vary", "via", "link", "server-timing"}


class CannotStart(Exception):
    """The server did not come up; says why."""


class Answer:
    """What came back: status, headers as a list of pairs in small letters, body."""

    def __init__(self, response):
        self.status = response.status
        self.headers = [(name.lower(), value) for name, value in response.getheaders()]
        self.body = response.read()

    def get(self, name):
        return next((value for known, value in self.headers if known == name), None)


class Edge:
    """A server in a temporary folder, before the origin."""

    def __init__(self, kind, config, origin, folder):
        self.kind, self.folder, self.port = kind, folder, free_port()
        self.process, self.tls = None, None
        # As root, the workers are somebody else, who has to get to their folders.
        os.chmod(folder, 0o755)
        for name in ("run", "cache"):
            os.mkdir(self.path(name))
        host, _, port = origin.rpartition(":")
        with open(config, encoding="utf-8") as file:
            text = file.read()
        for token, value in {
            "@ORIGIN@": origin, "@LISTEN@": f"127.0.0.1:{self.port}", "@CERTIFICATE@": self.path("certificate.pem"),
            "@KEY@": self.path("key.pem"), "@CACHE@": self.path("cache"), "@RUN@": self.path("run"), "@ORIGIN_HOST@": host,
            "@ORIGIN_PORT@": port,
        }.items():
            text = text.replace(token, value)
        left = sorted(set(re.findall(r"@[A-Z_]+@", text)))
        if left:
            raise CannotStart(f"{config} has placeholders that are not known: {' '.join(left)}")
        self.config = self.path("edge.conf")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, program):
        if self.kind == "nginx":
            run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                 "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                 "-keyout", self.path("key.pem"), "-out", self.path("certificate.pem")])
            self.tls = ssl.create_default_context(cafile=self.path("certificate.pem"))
            command = [program, "-e", self.path("run/error.log"), "-p", self.folder, "-c", self.config]
            run([*command, "-t"])
            command += ["-g", "daemon off;"]
        else:
            command = [program, "-F", "-f", self.config, "-a", f"127.0.0.1:{self.port}", "-n", self.path("varnish"),
                       "-s", "malloc,256m", "-p", "feature=+http2"]
        with open(self.path("output"), "wb") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=ENVIRONMENT,
                                            start_new_session=True)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            time.sleep(0.05)
        with open(self.path("output"), encoding="utf-8", errors="replace") as output:
            raise CannotStart(f"{self.kind} did not start: {output.read().strip()}")

    def stop(self):
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=10)
        # Its workers are of its own process group, which is ours to end.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, path, method="GET", **headers):
        """One request; `_` in the names of headers stands for `-`. The path goes out as it is."""
        make = http.client.HTTPSConnection if self.tls else http.client.HTTPConnection
        more = {"context": self.tls} if self.tls else {}
        connection = make("127.0.0.1", self.port, timeout=30, **more)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def cache(self, answer):
        """What the server says of its cache, in small letters: hit, miss, pass, or nothing."""
        return (answer.get("x-cache-status") or answer.get("x-cache") or "").lower()

    async def crowd(self, path, count):
        """Opens all connections, then asks on all at once; gives (status, SHA-256 of the body) of each, and the seconds."""
        opening = asyncio.Semaphore(64)

        async def connect():
            async with opening:
                return await asyncio.open_connection("127.0.0.1", self.port, ssl=self.tls,
                                                     server_hostname="localhost" if self.tls else None)

        async def ask(reader, writer):
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                body = hashlib.sha256()
                while block := await reader.read(1 << 18):
                    body.update(block)
                return int(head.split(b" ", 2)[1]), body.hexdigest()
            except (OSError, asyncio.IncompleteReadError) as error:
                return 0, type(error).__name__
            finally:
                writer.close()

        streams = await asyncio.gather(*(connect() for _ in range(count)))
        began = time.monotonic()
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        for _, writer in streams:
            writer.write(request)
        answers = await asyncio.gather(*(ask(*stream) for stream in streams))
        return answers, time.monotonic() - began


class Origin:
    """The service behind the edge."""

    def __init__(self, address, count_url):
        self.address, self.count_url = address, count_url

    def ask(self, path, **headers):
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            connection.request("GET", path, headers=headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def count(self, route):
        """Requests so far for the routes that the pattern matches, or the bare number that is told."""
        with urllib.request.urlopen(self.count_url, timeout=30) as response:
            text = response.read().decode()
        with contextlib.suppress(ValueError):
            return float(text)
        total = 0.0
        for line in text.splitlines():
            match = re.match(r'sizzle_http_requests_total\{(.*)\} (\S+)', line)
            label = match and re.search(r'(?:^|,)route="((?:[^"\\]|\\.)*)"', match[1])
            if label and re.fullmatch(route, label[1]):
                total += float(match[2])
        return total

    def settled(self, route):
        """The count when it has not changed for a while: a request may be counted after it is answered."""
        last, since = self.count(route), time.monotonic()
        while time.monotonic() - since < 0.3:
            time.sleep(0.05)
            now = self.count(route)
            if now != last:
                last, since = now, time.monotonic()
        return last


class Checks:
    """Prints each, counts them."""

    def __init__(self):
        self.passed, self.failed = 0, 0

    def expect(self, condition, what, found=""):
        if condition:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'passed' if condition else 'FAILED'}: {what}{f' ({found})' if found != '' else ''}", flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode:
        raise CannotStart(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}")


def route_of(path):
    end = path.rpartition(".")[2]
    return "/v1/m/{object}." + ("{part}@{time}.m4s" if end == "m4s" else end)


def check_collapsing(checks, edge, origin, options, route):
    before = origin.settled(route)
    answers, seconds = asyncio.run(edge.crowd(options.path, options.misses))
    asked = origin.settled(route) - before
    statuses = sorted({status for status, _ in answers})
    checks.expect(statuses == [200], f"{options.misses} simultaneous misses are answered",
                  f"statuses {statuses}, {seconds:.2f} s")
    checks.expect(asked == 1, "the origin was asked once", f"{asked:.0f} requests")
    bodies = {body for _, body in answers}
    checks.expect(len(bodies) == 1, "all viewers got the same body", f"{len(bodies)} bodies")
    return before + asked, bodies


def check_hits(checks, edge, origin, options, route, count, bodies):
    whole = edge.ask(options.path)
    checks.expect(whole.status == 200 and edge.cache(whole) == "hit", "the next request is a hit", edge.cache(whole))
    query = options.path + "?CMCD=bl%3D21300%2Cbr%3D3200%2Csid%3D%22one%22"
    with_query = edge.ask(query)
    checks.expect(edge.cache(with_query) == "hit" and with_query.body == whole.body, "a query with CMCD is a hit",
                  edge.cache(with_query))
    with_headers = edge.ask(options.path, CMCD_Request="bl=21300", Cookie="a=b", Accept_Encoding="gzip, br")
    checks.expect(edge.cache(with_headers) == "hit" and with_headers.body == whole.body,
                  "CMCD headers, a cookie and other encodings change nothing", edge.cache(with_headers))
    head = edge.ask(options.path, method="HEAD")
    checks.expect(edge.cache(head) == "hit" and not head.body and head.get("content-length") == str(len(whole.body)),
                  "HEAD is a hit, with the length")
    last = min(len(whole.body), 300) - 1
    part = edge.ask(options.path, Range=f"bytes=100-{last}")
    checks.expect(part.status == 206 and part.body == whole.body[100:last + 1] and edge.cache(part) == "hit"
                  and part.get("content-range") == f"bytes 100-{last}/{len(whole.body)}", "a range is cut from the cached object",
                  f"status {part.status}")
    etag = whole.get("etag") or ""
    known = edge.ask(options.path, If_None_Match=etag)
    checks.expect(etag.startswith('"') and known.status == 304, "the strong ETag is known again",
                  f"{etag}, status {known.status}")
    checks.expect(origin.settled(route) == count, "the origin was not asked again")
    direct = origin.ask(options.path)
    checks.expect(bodies == {hashlib.sha256(direct.body).hexdigest()} and direct.body == whole.body,
                  "the body is the origin's", f"{len(direct.body)} bytes")
    same = [name for name in ("etag", "cache-control", "content-type") if whole.get(name) != direct.get(name)]
    checks.expect(not same, "ETag, Cache-Control and type are the origin's", ", ".join(same))
    personal = [name for name in ("vary", "set-cookie", "x-request-id") if whole.get(name) is not None]
    checks.expect(not personal, "nothing in it depends on the viewer", ", ".join(personal))


def check_headers(checks, edge, paths):
    doubled = set()
    for path in paths:
        names = [name for name, _ in edge.ask(path).headers]
        doubled |= {f"{name} of {path}" for name in names if names.count(name) > 1 and name not in MAY_REPEAT}
    checks.expect(not doubled, "no header is there twice", ", ".join(sorted(doubled)))


def check_playlist(checks, edge, origin, options):
    count = None if options.count_url else origin.settled(r"/v1/r/.*")
    answers = [edge.ask(options.playlist) for _ in range(3)]
    checks.expect(all(answer.status == 200 and edge.cache(answer) in ("", "pass", "bypass") for answer in answers),
                  "a playlist is never cached", " ".join(f"{a.status} {edge.cache(a) or 'no cache'}" for a in answers))
    checks.expect(all("no-store" in (answer.get("cache-control") or "") for answer in answers), "a playlist says no-store")
    if count is not None:
        asked = origin.settled(r"/v1/r/.*") - count
        checks.expect(asked == 3, "each request for a playlist reached the origin", f"{asked:.0f} of 3")


def check_page(checks, edge):
    """All that the page needs comes through."""
    names, seen = ["page.css", "page.js"], set()
    while names:
        name = names.pop()
        if name in seen:
            continue
        seen.add(name)
        answer = edge.ask("/" + name)
        checks.expect(answer.status == 200, f"/{name} comes through", f"status {answer.status}")
        names += re.findall(r"from '/([a-z]+\.js)'", answer.body.decode())


def check_refusals(checks, edge):
    for path in ("/metrics", "/metrics?a=b", "/metrics/", "//metrics", "/%6detrics", "/v1/../metrics", "/v1/%2e%2e/metrics",
                 "/v1/..%2fmetrics"):
        answer = edge.ask(path)
        checks.expect(answer.status in (400, 403, 404) and b"sizzle_http" not in answer.body, f"{path} is refused",
                      f"status {answer.status}")
    # Only announced: whoever refuses need not read it.
    refused = edge.ask("/v1/events", method="POST", Content_Length=str((1 << 20) + 1))
    checks.expect(refused.status == 413, "a body of more than a megabyte is refused", f"status {refused.status}")


def check_http2(checks, edge, path):
    context = ssl.create_default_context(cafile=edge.path("certificate.pem"))
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", edge.port), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as secure:
            checks.expect(secure.selected_alpn_protocol() == "h2", "HTTP/2 is agreed on over TLS",
                          f"{secure.selected_alpn_protocol()}, {secure.version()}")
    curl = shutil.which("curl")
    if curl is None or "HTTP2" not in subprocess.run([curl, "--version"], capture_output=True, text=True).stdout:
        print("skipped: an object over HTTP/2: curl with HTTP/2 is not installed")
        return
    done = subprocess.run([curl, "--silent", "--http2", "--cacert", edge.path("certificate.pem"), "--output", os.devnull,
                           "--write-out", "%{http_version} %{http_code}", f"https://localhost:{edge.port}{path}",
                           "--resolve", f"localhost:{edge.port}:127.0.0.1", "--noproxy", "*"],
                          capture_output=True, text=True, timeout=60)
    checks.expect(done.stdout == "2 200", "an object comes over HTTP/2", done.stdout or done.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["nginx", "varnish"])
    parser.add_argument("--origin", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--misses", type=int, default=1000)
    parser.add_argument("--playlist")
    parser.add_argument("--count-url")
    parser.add_argument("--route")
    options = parser.parse_args()

    program = shutil.which("nginx" if options.kind == "nginx" else "varnishd", path=ENVIRONMENT["PATH"])
    missing = options.kind if program is None else \
        "openssl" if options.kind == "nginx" and shutil.which("openssl") is None else None
    if missing:
        print(f"skipped: {missing} is not installed")
        return 0

    # The server inherits it: a file for each viewer here, and two there.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 3 * options.misses + 1024
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    # So that what was started is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    checks = Checks()
    origin = Origin(options.origin, options.count_url or f"http://{options.origin}/metrics")
    route = re.escape(options.route or route_of(options.path))
    with tempfile.TemporaryDirectory(prefix="check-edge-") as folder:
        edge = None
        try:
            edge = Edge(options.kind, options.config, options.origin, folder)
            edge.start(program)
            count, bodies = check_collapsing(checks, edge, origin, options, route)
            check_hits(checks, edge, origin, options, route, count, bodies)
            check_headers(checks, edge, [path for path in (options.path, "/", options.playlist) if path])
            if options.playlist:
                check_playlist(checks, edge, origin, options)
            check_page(checks, edge)
            check_refusals(checks, edge)
            if options.kind == "nginx":
                check_http2(checks, edge, options.path)
        except CannotStart as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        except (OSError, http.client.HTTPException) as error:
            checks.expect(False, f"the edge and the origin answer: {type(error).__name__}: {error}")
        finally:
            if edge is not None:
                edge.stop()
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
