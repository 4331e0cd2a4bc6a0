#!/usr/bin/env python3
"""Plays one reel over a slow link (shaped_link.py) in players that people use, and prints as JSON how each fared.

    shaped_players.py --origin http://127.0.0.1:8080 --hls /v1/r/TOKEN/main.m3u8 --dash /v1/r/TOKEN/manifest.mpd \\
        --page 'viewer=v1&autoplay=1&muted=1' [--players page,mpv,…] [--schedule 0:3000,8:800] [--rtt 80] [--limits FILE]

Each player has a link to itself, one after the other: `page` (our page, Media Source Extensions in headless Chromium), `chromium`
(HLS by <video src=>), `mpv`, `gstreamer-hls` and `gstreamer-dash` (playbin3), `ffmpeg` (HLS, at the speed of time). The document has
for each, null where the player cannot tell:
`startupMs`  from the request (page: for the reel; programs: from their start) to the first frame
`stalls`, `stalledMs`  how often, and for how long, the picture stood still in between
`switches`   of rendition or size    `ended`  came to the end by itself    `frames`  that were decoded
`bytes`, `connections`  what went over the link
and for the page what it says itself (`pane`), and `sequence`: [seconds on the clock of the page, representation on screen].

--limits FILE: {"page": {"startupMs": 1500, "stalls": 0, "ended": true}, …}: a number is the most that is allowed, a truth value must
be the same, and what a player does not tell is past its limit. Exit status 1 names each such figure on standard error.
"""

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

from browser_play import Browser
from shaped_programs import ffmpeg, gstreamer, mpv

HERE = os.path.dirname(os.path.abspath(__file__))
# Looks at the clock of the media, not at events: whatever the player calls it, the picture stands still or it does not. Three looks
# in a row, so that a busy machine that looks late sees no stall.
WATCH = """(() => {
  const seen = window.watched = { opened: performance.now(), first: null, ended: false, error: null, stalls: [], sizes: [] };
  let last = -1, since = 0, still = 0;
  setInterval(() => {
    const v = document.querySelector('video'), now = performance.now();
    if (!v) return;
    seen.ended = v.ended;
    seen.error = v.error?.message ?? null;
    const size = v.videoWidth;
    if (size && size !== seen.sizes.at(-1)?.[1]) seen.sizes.push([Math.round(now), size]);
    seen.frames = v.getVideoPlaybackQuality().totalVideoFrames;
    if (v.currentTime !== last || v.ended) {
      if (seen.first === null && v.currentTime > 0 && v.readyState >= 2) seen.first = now - 1000 * v.currentTime;
      if (still >= 3 && seen.first !== null && last > 0) seen.stalls.push([last, Math.round(now - since)]);
      [last, since, still] = [v.currentTime, now, 0];
    } else still += 1;
  }, 50);
})();"""
PANE = """(() => { const p = window.sizzle?.panes?.[0]; return p && {state: p.state, startupMs: p.startupMs, stalls: p.stalls,
  stalledMs: p.stalledMs, switches: p.switches, representation: p.representation, buffered: p.buffered, now: performance.now()}; })()"""


class Link:
    """A shaped link of one player, until the block ends; then it knows what went over it."""

    def __init__(self, options):
        self.command = [sys.executable, os.path.join(HERE, "shaped_link.py"), options.origin, "--schedule", options.schedule,
                        "--rtt", str(options.rtt)]
        self.counted = {}

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        if not (found := re.search(r"http://127\.0\.0\.1:\d+", line)):
            print(f"error: {line}{self.process.stderr.read()}", file=sys.stderr)
            sys.exit(2)
        self.address = found[0]
        return self

    def __exit__(self, *_):
        try:
            self.counted = json.loads(self.process.communicate(timeout=10)[0])
        except (subprocess.TimeoutExpired, ValueError):
            self.process.kill()
            self.process.communicate()


@contextlib.contextmanager
def browser():
    with tempfile.TemporaryDirectory(prefix="shaped-players", ignore_cleanup_errors=True) as profile:
        one = Browser(profile)
        try:
            one.open(time.monotonic() + 30)
            # Chromium stops what it thinks nobody sees.
            one.call("Page.bringToFront")
            yield one
        finally:
            one.close()


def watched(one):
    seen = one.evaluate("window.watched") or {}
    stalls = seen.get("stalls", [])
    return {
        "startupMs": None, "stalls": len(stalls), "stalledMs": sum(ms for _, ms in stalls), "stallsAt": stalls,
        "switches": max(0, len(seen.get("sizes", [])) - 1), "ended": seen.get("ended", False), "frames": seen.get("frames"),
        "error": seen.get("error")}, seen


def page(address, options):
    with browser() as one:
        one.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        one.call("Page.enable")
        one.call("Page.navigate", url=f"{address}/?{options.page}")
        sequence, pane, deadline = [], None, time.monotonic() + options.timeout
        while time.monotonic() < deadline and (pane or {}).get("state") not in ("ended", "error"):
            time.sleep(0.1)
            pane = one.evaluate(PANE) or pane
            if pane and pane["representation"] and [pane["representation"]] != [name for _, name in sequence[-1:]]:
                sequence.append([round(pane["now"] / 1000, 1), pane["representation"]])
        found, seen = watched(one)
        pane = pane or {}
        found["ended"] = pane.get("state") == "ended"  # the last look at the clock may have been too early
        # Renditions may have one size, so the page's own count of switches is the better one.
        found.update(startupMs=pane.get("startupMs"), switches=pane.get("switches"), pane=pane, sequence=sequence,
                     sinceNavigationMs=round(seen["first"]) if seen.get("first") else None)
        if options.requests:
            found["requests"] = one.evaluate(
                """performance.getEntriesByType('resource').map(e => [Math.round(e.startTime), Math.round(e.responseEnd), e.encodedBodySize,
                new URL(e.name).pathname.slice(-28) + new URL(e.name).search])""")
        return found


def chromium(address, options):
    with browser() as one:
        # A page of the same origin, though an empty one, so that it may read all that it gets.
        one.call("Page.navigate", url=f"{address}/healthz")
        time.sleep(1)
        one.evaluate("document.body.innerHTML = '<video muted playsinline></video>'; 0")
        one.evaluate(WATCH)
        one.evaluate(f"(() => {{ const v = document.querySelector('video'); v.src = {json.dumps(options.hls)};"
                     " window.watched.opened = performance.now(); void v.play(); })()")
        deadline = time.monotonic() + options.timeout
        while time.monotonic() < deadline:
            time.sleep(0.1)
            if one.evaluate("window.watched.ended || window.watched.error !== null"):
                break
        found, seen = watched(one)
        found["startupMs"] = round(seen["first"] - seen["opened"]) if seen.get("first") else None
        return found


PLAYERS = {
    "page": page,
    "chromium": chromium,
    "mpv": lambda address, options: mpv(address + options.hls, options.timeout),
    "gstreamer-hls": lambda address, options: gstreamer(address + options.hls, options.timeout),
    "gstreamer-dash": lambda address, options: gstreamer(address + options.dash, options.timeout),
    "ffmpeg": lambda address, options: ffmpeg(address + options.hls, options.timeout),
}


def past(limits, found):
    """Each figure past its limit, as a line."""
    for player, most in limits.items():
        if player not in found:
            continue
        for name, limit in most.items():
            value = found[player].get(name)
            if value is None:
                yield f"{player} does not tell {name}, of which at most {limit} is allowed"
            elif isinstance(limit, bool):
                if value != limit:
                    yield f"{player}: {name} is {json.dumps(value)}, expected {json.dumps(limit)}"
            elif value > limit:
                yield f"{player}: {name} is {value}, at most {limit} is allowed"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("origin", "hls", "dash", "page"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--players", default=",".join(PLAYERS), help="default: all of them")
    parser.add_argument("--schedule", default="0:3000,8:800")
    parser.add_argument("--rtt", type=float, default=80)
    parser.add_argument("--limits", type=argparse.FileType("rb"))
    parser.add_argument("--requests", action="store_true", help="also what the page asked for: [begin ms, end ms, bytes, address]")
    parser.add_argument("--timeout", type=float, default=150, help="seconds for each player; default 150")
    options = parser.parse_args()
    names = options.players.split(",")
    if unknown := set(names) - set(PLAYERS):
        parser.error(f"no such player: {', '.join(sorted(unknown))}; there are {', '.join(PLAYERS)}")
    limits = json.load(options.limits) if options.limits else {}
    # Ended from outside, it still has to end its players.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    found = {}
    for name in names:
        with Link(options) as link:
            found[name] = PLAYERS[name](link.address, options)
        found[name].update(link.counted)
    json.dump(found, sys.stdout, indent=1)
    print()
    faults = list(past(limits, found))
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
