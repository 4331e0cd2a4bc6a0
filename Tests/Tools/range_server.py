#!/usr/bin/env python3
"""Serves a folder over HTTP with ranges of bytes, as an object store does, and badly when asked to.

    range_server.py FOLDER [--log FILE] [--break-every N] [--fail-every N] [--no-ranges]

--log FILE       appends a line for each request: the path and its range
--break-every N  closes every Nth connection in the middle of the body
--fail-every N   answers every Nth request with 503
--no-ranges      answers with the whole file, whatever was asked
It listens on a free port of 127.0.0.1 and writes its address to standard error.
"""

import argparse
import http.server
import itertools
import os
import re
import sys

OPTIONS = argparse.ArgumentParser()
OPTIONS.add_argument("folder")
OPTIONS.add_argument("--log")
OPTIONS.add_argument("--break-every", type=int, default=0)
OPTIONS.add_argument("--fail-every", type=int, default=0)
OPTIONS.add_argument("--no-ranges", action="store_true")
options = OPTIONS.parse_args()
count = itertools.count(1)
TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".mpd": "application/dash+xml", ".mp4": "video/mp4", ".m4s": "video/mp4"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def refuse(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        number = next(count)
        wanted = self.headers.get("Range", "")
        if options.log:
            with open(options.log, "a", encoding="utf-8") as log:
                log.write(f"{self.path} {wanted}\n")
        if options.fail_every and number % options.fail_every == 0:
            return self.refuse(503)
        try:
            with open(os.path.join(options.folder, self.path.lstrip("/")), "rb") as file:
                content = file.read()
        except OSError:
            return self.refuse(404)
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted)
        if match and not options.no_ranges:
            first, last = int(match[1]), min(int(match[2] or len(content)), len(content) - 1)
            if first >= len(content):
                return self.refuse(416)
            body = content[first:last + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        else:
            body = content
            self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if kind := TYPES.get(os.path.splitext(self.path)[1]):
            self.send_header("Content-Type", kind)
        self.end_headers()
        if options.break_every and number % options.break_every == 0:
            self.wfile.write(body[:len(body) // 2])
            self.wfile.flush()
            self.close_connection = True
            return None
        self.wfile.write(body)
        return None


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"listening on http://127.0.0.1:{server.server_port}/", file=sys.stderr, flush=True)
server.serve_forever()
