#!/usr/bin/env python3
"""Decodes a sound track that is streamed in segments in headless Chromium, and prints as JSON what it made of it.

    browser_sound.py INIT SEGMENT... [--output PATH]

INIT is an fMP4 init segment, and each SEGMENT a file of fragments. Chromium takes them twice: one by one into a source
buffer of Media Source Extensions, and joined by decodeAudioData at 48 kHz. Nothing is played, so no figure depends on how
busy the machine is. A source buffer takes some 9 minutes at 128 kbit/s.

Keys: `buffered` (ranges of the source buffer after the last segment, [start, end) in seconds), and of the decoded sound
`sampleRate`, `channels` and `samples` (of each channel). --output gets the samples as 32-bit floats, little-endian,
interleaved. Both readers obey INIT's edit list: its media time is cut off, so a whole track has no priming, and its last
frame ends where its duration says. But decodeAudioData cuts that from the first segment given, whatever its time, closes
gaps, and leaves a frame of short duration whole unless it is the last.
The exit status is 1 when Chromium refuses the files, 2 when it could not be run.

Needs what browser_play.py needs.
"""

import argparse
import functools
import http.server
import json
import os
import signal
import sys
import tempfile
import threading
import time
import urllib.parse

from browser_play import Browser, Handler

# Runs in the page of browser_play.py, whose `video`, `bytes` and `settled` it uses.
SCRIPT = """
// A DOMException does not come through DevTools by itself.
function decodeSound(paths) {
    return decoded(paths).catch(error => ({failure: `${error} ${video.error ? video.error.message : ""}`.trim()}));
}
async function decoded(paths) {
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await new Promise(resolve => source.addEventListener("sourceopen", resolve, {once: true}));
    const buffer = source.addSourceBuffer('audio/mp4; codecs="mp4a.40.2"');
    const pieces = [];
    for (const path of paths) {
        pieces.push(await bytes(path));
        const settling = settled(buffer);
        buffer.appendBuffer(pieces.at(-1));
        await settling;
    }
    const buffered = [...Array(buffer.buffered.length).keys()]
        .map(index => [buffer.buffered.start(index), buffer.buffered.end(index)]);

    const context = new OfflineAudioContext(1, 1, 48000);
    const sound = await context.decodeAudioData(await new Blob(pieces).arrayBuffer());
    const count = sound.numberOfChannels, samples = new Float32Array(sound.length * count);
    for (let channel = 0; channel < count; channel++) {
        sound.getChannelData(channel).forEach((sample, index) => samples[index * count + channel] = sample);
    }
    const answer = await fetch("/samples", {method: "POST", body: samples});
    if (!answer.ok) throw new Error(`the samples were not taken: ${answer.status}`);
    return {buffered, sampleRate: sound.sampleRate, channels: count, samples: sound.length};
}
"""


class Fault(Exception):
    pass


class Receiver(Handler):
    """Serves the page and the files, and writes what the page sends."""

    def __init__(self, output, *arguments):
        self.output = output
        super().__init__(*arguments)

    def do_POST(self):  # the name that the base class calls
        left = int(self.headers["Content-Length"])
        while left > 0 and (piece := self.rfile.read(min(left, 1 << 20))):
            self.output.write(piece)
            left -= len(piece)
        self.send_response(500 if left else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def decode(page, paths, timeout):
    deadline = time.monotonic() + timeout
    with tempfile.TemporaryDirectory(prefix="browser-sound", ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            browser.open(min(deadline, time.monotonic() + 60))
            browser.call("Page.navigate", url=page)
            while not browser.evaluate("typeof settled === 'function' && document.readyState === 'complete'"):
                if time.monotonic() > deadline:
                    raise Fault("the page did not load")
                time.sleep(0.05)
            browser.evaluate(SCRIPT)
            answer = browser.call(
                "Runtime.evaluate", timeout=deadline - time.monotonic(), expression=f"decodeSound({json.dumps(paths)})",
                awaitPromise=True, returnByValue=True)
            result = answer.get("result", {}).get("value") or {"failure": f"no answer: {answer}"}
            if "failure" in result:
                raise Fault(f"Chromium refuses the sound: {result['failure']}")
            return result
        except (OSError, TimeoutError, EOFError) as error:
            raise Fault(f"the browser does not answer: {error!r}") from error
        finally:
            browser.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", help="the init segment, then media segments in order")
    parser.add_argument("--output", default=os.devnull, metavar="PATH", help="of the samples")
    parser.add_argument("--timeout", type=float, default=240, help="seconds; default 240")
    options = parser.parse_args()
    files = [os.path.abspath(path) for path in options.files]
    for path in files:
        if not os.path.isfile(path):
            print(f"error: {path} was not found", file=sys.stderr)
            sys.exit(2)
    try:
        output = open(options.output, "wb")
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    # Ended from outside, it still has to end its browser.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    handler = functools.partial(Receiver, output, [os.path.dirname(path) for path in files])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    paths = [f"/file/{i}/{urllib.parse.quote(os.path.basename(path))}" for i, path in enumerate(files)]
    try:
        result = decode(f"http://127.0.0.1:{server.server_port}/page", paths, options.timeout)
    except Fault as fault:
        print(f"error: {fault}", file=sys.stderr)
        sys.exit(1)
    finally:
        server.shutdown()
        output.close()
    json.dump(result, sys.stdout, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
