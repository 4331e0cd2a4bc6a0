#!/usr/bin/env python3
"""Plays a reel to its end in headless Chromium and prints as JSON what the browser saw.

    browser_play.py FILE                       by <video src=>; a playlist (m3u8) too, with what lies beside it
    browser_play.py --url URL                  the same for a server that runs already
    browser_play.py --mse FILE... [--sound FILE...]
                                               by Media Source Extensions: all files are appended in order (an init
                                               segment and media segments, or one fragmented file); --sound fills a
                                               source buffer of its own

Keys: `ended`, `error` (of the media element) and `failure` (of the page), `duration`, `currentTime`, `videoWidth`,
`videoHeight`, `firstMediaTime` (of the frame that is shown before it plays), `mediaTimes` (of each frame that was shown while
it played; a headless machine drops some: judge by times, never by their count), `stamps` and `stampTimes` (with --stamps: the numbers read from frames of stamped media, and
the times of those frames: on a busy machine each is the one of `mediaTimes` or a later one),
`totalVideoFrames`, `decodedFrames`, `waiting` (when it ran dry after it had started; on a busy machine also for want of a
processor), `buffered`, `events`, `timedOut`.
The exit status is 0 when it ended without an error, 1 when not, 2 when the browser could not be run.

Needs chromium and the Python package websockets, which scripts/test puts into .venv.
"""

import argparse
import contextlib
import functools
import http.server
import json
import mimetypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
try:
    from websockets.sync.client import connect
except ImportError:
    own = os.path.join(HERE, "..", "..", ".venv", "bin", "python")
    if os.path.exists(own) and "SIZZLE_IN_VENV" not in os.environ:
        os.environ["SIZZLE_IN_VENV"] = "1"
        os.execv(own, [own, *sys.argv])
    print("error: the Python package websockets is missing; scripts/test installs it into .venv", file=sys.stderr)
    sys.exit(2)

TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".mpd": "application/dash+xml", ".m4s": "video/iso.segment",
         ".mp4": "video/mp4", ".html": "text/html"}


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves the page, and files with ranges. `/file/N/NAME` is NAME in the folder of file N."""

    protocol_version = "HTTP/1.1"

    def __init__(self, folders, *arguments):
        self.folders = folders
        super().__init__(*arguments)

    def log_message(self, *_):
        pass

    def path_on_disk(self):
        parts = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).split("/")
        if parts == ["", "page"]:
            return os.path.join(HERE, "browser_play.html")
        if len(parts) < 4 or parts[1] != "file" or ".." in parts or not parts[2].isdigit():
            return None
        number = int(parts[2])
        return os.path.join(self.folders[number], *parts[3:]) if number < len(self.folders) else None

    def do_GET(self):  # the name that the base class calls
        path = self.path_on_disk()
        if not path or not os.path.isfile(path):
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        size = os.path.getsize(path)
        first, last, partial = 0, size - 1, False
        wanted = self.headers.get("Range", "")
        if wanted.startswith("bytes=") and "," not in wanted and size:
            start, _, end = wanted[6:].partition("-")
            first, last = (int(start), int(end or last)) if start else (max(0, size - int(end)), last)
            last, partial = min(last, size - 1), True
        if first > last and size:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        extension = os.path.splitext(path)[1]
        self.send_response(206 if partial else 200)
        self.send_header("Content-Type", TYPES.get(extension) or mimetypes.guess_type(path)[0] or "video/mp4")
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Accept-Ranges", "bytes")
        if partial:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        # The browser hangs up when it has enough.
        with contextlib.suppress(ConnectionError), open(path, "rb") as file:
            file.seek(first)
            left = last - first + 1
            while left > 0 and (piece := file.read(min(left, 1 << 18))):
                self.wfile.write(piece)
                left -= len(piece)


def codecs(path):
    """The codecs parameter (RFC 6381) from the first avcC, hvcC and esds of a file's moov."""
    with open(path, "rb") as file:
        data = file.read(1 << 20)
    found = []
    if (at := data.find(b"avcC")) > 0:
        found.append("avc1." + data[at + 5:at + 8].hex())
    if (at := data.find(b"hvcC")) > 0:
        body = data[at + 4:at + 17]
        space = ["", "A", "B", "C"][body[1] >> 6]
        compatibility = int(f"{int.from_bytes(body[2:6], 'big'):032b}"[::-1], 2)
        constraints = body[6:12].rstrip(b"\0")
        found.append(f"hvc1.{space}{body[1] & 31}.{compatibility:X}.{'H' if body[1] & 32 else 'L'}{body[12]}"
                     + "".join(f".{byte:X}" for byte in constraints))
    if data.find(b"esds") > 0:
        found.append("mp4a.40.2")
    return ",".join(found)


class Browser:
    """Headless Chromium in a process group and a profile of its own."""

    def __init__(self, profile):
        program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        if not program:
            print("error: chromium is not installed; scripts/test installs it", file=sys.stderr)
            sys.exit(2)
        self.profile, self.number = profile, 0
        arguments = ["--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}", "--no-first-run",
                     "--disable-gpu", "--mute-audio", "--disable-dev-shm-usage", "--disable-background-networking",
                     "--disable-component-update", "--disable-breakpad", "--no-proxy-server",
                     "--autoplay-policy=no-user-gesture-required"]
        # Chromium refuses to sandbox itself as root.
        arguments += ["--no-sandbox"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen([program, *arguments, "about:blank"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def open(self, deadline):
        """Waits for the DevTools port, and connects to the first page."""
        port_file = os.path.join(self.profile, "DevToolsActivePort")
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError, ValueError, IndexError, StopIteration):
                with open(port_file, encoding="ascii") as file:
                    port = int(file.readline())
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                pages = json.load(opener.open(f"http://127.0.0.1:{port}/json", timeout=5))
                page = next(page for page in pages if page["type"] == "page")
                self.socket = connect(page["webSocketDebuggerUrl"], max_size=None, proxy=None, open_timeout=10)
                return
            time.sleep(0.05)
        print("error: chromium did not start", file=sys.stderr)
        sys.exit(2)

    def call(self, method, timeout=20, **params):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        end = time.monotonic() + timeout
        while True:
            answer = json.loads(self.socket.recv(max(0.01, end - time.monotonic())))
            if answer.get("id") == self.number:
                return answer.get("result", {})

    def evaluate(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True).get("result", {}).get("value")

    def close(self):
        """Ends Chromium and what it started; the group is ours alone."""
        with contextlib.suppress(Exception):
            self.call("Browser.close", timeout=3)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def play(options, page, deadline):
    with tempfile.TemporaryDirectory(prefix="browser-play", ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            browser.open(time.monotonic() + 30)
            browser.call("Page.navigate", url=page)
            while not browser.evaluate("typeof start === 'function' && document.readyState === 'complete'"):
                if time.monotonic() > deadline:
                    return {"ended": False, "timedOut": True, "failure": "the page did not load", "error": None}
                time.sleep(0.05)
            browser.evaluate(f"void start({json.dumps(options)})")
            while not (done := browser.evaluate("state.done")) and time.monotonic() < deadline:
                time.sleep(0.1)
            return {**(browser.evaluate("report()") or {"ended": False, "error": None}), "timedOut": not done}
        except (OSError, TimeoutError, EOFError) as error:
            return {"ended": False, "timedOut": True, "error": None,
                    "failure": f"the browser does not answer: {error!r}"}
        finally:
            browser.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--url", help="instead of FILE")
    parser.add_argument("--mse", action="store_true")
    parser.add_argument("--sound", nargs="+", default=[], metavar="FILE", help="with --mse: files of a sound track")
    parser.add_argument("--codecs", help="with --mse: of FILEs; default: as their first file says")
    parser.add_argument("--stamps", action="store_true", help="read the numbers of stamped media")
    parser.add_argument("--speed", type=float, default=1, help="playback rate; default 1")
    parser.add_argument("--timeout", type=float, default=120, help="seconds; default 120")
    options = parser.parse_args()
    if bool(options.url) == bool(options.files) or (len(options.files) > 1 or options.sound) and not options.mse:
        parser.error("give one FILE, or --url URL, or --mse FILE...")
    files = [os.path.abspath(path) for path in options.files + options.sound]
    for path in files:
        if not os.path.isfile(path):
            print(f"error: {path} was not found", file=sys.stderr)
            sys.exit(2)
    handler = functools.partial(Handler, [os.path.dirname(path) for path in files])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    paths = [f"/file/{i}/{urllib.parse.quote(os.path.basename(path))}" for i, path in enumerate(files)]
    request = {"stamps": options.stamps, "speed": options.speed, "path": options.url or paths[0]}
    if options.mse:
        count = len(options.files)
        request["tracks"] = [
            {"type": f'video/mp4; codecs="{options.codecs or codecs(files[0])}"', "paths": paths[:count]}]
        if options.sound:
            request["tracks"].append({"type": f'audio/mp4; codecs="{codecs(files[count])}"', "paths": paths[count:]})
    # Ended from outside, it still has to end its browser.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    result = play(request, f"http://127.0.0.1:{server.server_port}/page", time.monotonic() + options.timeout)
    server.shutdown()
    if result["ended"] and not result["totalVideoFrames"]:
        result["failure"] = "no picture was decoded"  # a codec that this browser lacks; it plays the sound alone
    json.dump(result, sys.stdout, sort_keys=True)
    print()
    sys.exit(0 if result["ended"] and not result["error"] and not result.get("failure") else 1)


if __name__ == "__main__":
    main()
