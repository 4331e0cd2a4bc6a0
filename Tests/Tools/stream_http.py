"""What servers answer, for check_stream.py: a report of what was asked and what did not hold, requests over HTTP, and what is
asked of the response of a manifest and of a media object (RFC 9110, 9111 and 8246).
"""

import http.client
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from fmp4_timeline import Malformed

HLS_TYPE = "application/vnd.apple.mpegurl"
NAMED_AT_MOST = 3
# Seconds for a body that a HEAD must not have.
HEAD_WAIT = 2


class Report:
    """What was asked, and what did not hold."""

    def __init__(self):
        self.checks, self.faults, self.warnings = 0, [], []

    def check(self, holds, clause, message):
        self.checks += 1
        if not holds:
            self.faults.append({"clause": clause, "message": message})
        return bool(holds)

    def check_all(self, wrong, clause, message):
        """One check of many things: `wrong` are those that fail it, of which the first few are named."""
        wrong = list(wrong)
        named = ", ".join(map(str, wrong[:NAMED_AT_MOST])) + (f" and {len(wrong) - NAMED_AT_MOST} more"
                                                              if len(wrong) > NAMED_AT_MOST else "")
        return self.check(not wrong, clause, f"{message}: {named}")

    def advise(self, holds, message):
        if not holds and message not in self.warnings:
            self.warnings.append(message)


@dataclass
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def header(self, name):
        return self.headers.get(name, "")


def bytes_behind(answer):
    """What a server sends after the headers of a HEAD; nothing when it neither sends nor closes."""
    try:
        return answer.fp.read1() if answer.fp else b""
    except TimeoutError:
        return b""


class Web:
    """Asks servers, over one connection each that is kept; what was got is kept too."""

    def __init__(self, base):
        self.base, self.connections, self.got = base, {}, {}

    def connect(self, url):
        parts = urlsplit(url)
        kind_ = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind_(parts.netloc, timeout=30)

    def request(self, url, method="GET", **headers):
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = self.connections.setdefault(parts.netloc, self.connect(url))
        try:
            connection.request(method, target, headers=headers)
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        except (http.client.HTTPException, OSError) as error:
            del self.connections[parts.netloc]
            raise Malformed(f"{method} {url} failed: {error!r}") from error

    def get(self, url):
        if url not in self.got:
            self.got[url] = self.request(url)
        return self.got[url]

    def head(self, url):
        """Over a connection of its own up to its end, so that a body that must not be there is seen."""
        connection = self.connect(url)
        try:
            connection.request("HEAD", urlsplit(url).path, headers={"Connection": "close"})
            socket = connection.sock
            answer = connection.getresponse()
            socket.settimeout(HEAD_WAIT)
            return Response(answer.status, answer.headers, bytes_behind(answer))
        except (http.client.HTTPException, OSError) as error:
            raise Malformed(f"HEAD {url} failed: {error!r}") from error
        finally:
            connection.close()


def directives(response):
    return {part.strip().lower() for part in response.header("Cache-Control").split(",") if part.strip()}


def check_manifest_response(stream, url, content_type):
    """The response, or None when there is nothing to read."""
    report, response = stream.report, stream.web.get(url)
    if not report.check(response.status == 200, "RFC 9110 15.3.1", f"{url} answers {response.status}"):
        return None
    found = response.header("Content-Type").split(";")[0].strip().lower()
    clause = "RFC 8216 4" if content_type == HLS_TYPE else "ISO 23009-1 C.2"
    report.check(found == content_type, clause, f"{url} is served as {found!r}, not {content_type}")
    if not stream.static:
        report.check({"private", "no-store"} <= directives(response), "RFC 9111 5.2.2",
                     f"{url} must be private, no-store; its Cache-Control is {response.header('Cache-Control')!r}")
    return response


def check_media_response(stream, url):
    """What the service promises for all that is under /v1/m/: it may be kept for ever by anyone, and read in ranges."""
    report, whole = stream.report, stream.web.get(url)
    size, tag = len(whole.body), whole.header("ETag")
    report.check(whole.header("Content-Length") == str(size), "RFC 9110 8.6",
                 f"{url} has {size} bytes, its Content-Length is {whole.header('Content-Length')!r}")
    report.check(re.fullmatch(r'"[\x21\x23-\x7e\x80-\xff]+"', tag), "RFC 9110 8.8.3",
                 f"{url}: ETag {tag!r} is not a strong one")
    report.check({"public", "max-age=31536000", "immutable"} <= directives(whole), "RFC 8246 2",
                 f"{url}: Cache-Control is {whole.header('Cache-Control')!r}")
    report.check(whole.header("Accept-Ranges") == "bytes", "RFC 9110 14.3", f"{url} has no Accept-Ranges: bytes")
    report.check("Set-Cookie" not in whole.headers, "RFC 9111 7.3", f"{url} sets a cookie in a shared response")
    report.advise(whole.header("Content-Type").split(";")[0] in ("video/mp4", "audio/mp4"),
                  f"{url} is served as {whole.header('Content-Type')!r}, not video/mp4 or audio/mp4")
    first, last = size // 3, size // 2
    part = stream.web.request(url, Range=f"bytes={first}-{last}")
    report.check(part.status == 206 and part.header("Content-Range") == f"bytes {first}-{last}/{size}"
                 and part.body == whole.body[first:last + 1], "RFC 9110 14.2",
                 f"{url}: bytes {first}-{last} of {size} are answered by {part.status}, Content-Range "
                 f"{part.header('Content-Range')!r} and {len(part.body)} bytes")
    kept = stream.web.request(url, If_None_Match=tag or '"none"')
    report.check(kept.status == 304 and not kept.body, "RFC 9110 13.1.2",
                 f"{url}: If-None-Match with its ETag is answered by {kept.status} and {len(kept.body)} bytes")
    head = stream.web.head(url)
    report.check(head.status == 200 and head.header("Content-Length") == str(size) and not head.body, "RFC 9110 9.3.2",
                 f"{url}: HEAD is answered by {head.status}, Content-Length {head.header('Content-Length')!r} and "
                 f"{len(head.body)} bytes of body")
