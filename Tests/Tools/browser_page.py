#!/usr/bin/env python3
"""Plays a reel in the service's own page in headless Chromium, and prints as JSON what the page and its picture show.

    browser_page.py URL [--seek-slots] [--qualities A,B,…] [--screenshot FILE] [--timeout SECONDS]

URL is the page with ?viewer=…&autoplay=1&muted=1 and what else it takes. --seek-slots goes to each slot in turn and reads the number
that the picture carries there (stamped media); --qualities fixes one representation after another while it plays. Keys:
`pane` (what window.sizzle.panes[0] tells at the end), `slots` (per slot: its number, its first frame in the reel, the stamp seen),
`problems` (what the page shows as errors), `requests` (paths that the page asked for, in order), `console` (errors).
Exit status 0 when it ended, 1 when not, 2 when the browser could not be run.
"""

import argparse
import json
import sys
import tempfile
import time
import base64

from browser_play import Browser

PANE = """(() => { const p = window.sizzle?.panes?.[0]; return p && {state: p.state, startupMs: p.startupMs, stalls: p.stalls,
  switches: p.switches, representation: p.representation, slot: p.slot, buffered: p.buffered}; })()"""
# The luma of the two rows of blocks at the top of the picture, as TestMedia/generate draws them: 18 columns, each the mean of its middle.
STAMP = """(() => { const v = document.querySelector('video'); const c = document.createElement('canvas');
  c.width = v.videoWidth; c.height = v.videoHeight; const g = c.getContext('2d'); g.drawImage(v, 0, 0);
  const level = (row, column) => { const w = c.width / 18, h = c.height / 16;
    const d = g.getImageData(Math.floor((column + .25) * w), Math.floor((row + .25) * h), Math.max(1, Math.floor(w / 2)), Math.max(1, Math.floor(h / 2))).data;
    let sum = 0; for (let i = 0; i < d.length; i += 4) sum += .299 * d[i] + .587 * d[i + 1] + .114 * d[i + 2]; return sum / (d.length / 4); };
  const rows = []; for (let r = 0; r < 2; r++) { const one = []; for (let k = 0; k < 18; k++) one.push(level(r, k)); rows.push(one); }
  return {time: v.currentTime, seeking: v.seeking, ready: v.readyState, rows}; })()"""


def checksum(number):
    crc = 0xFF
    for byte in number.to_bytes(3, "big"):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


def stamp(rows):
    """The number that the blocks say; None when they say none."""
    light, dark = min(rows[0][0], rows[1][17]), max(rows[0][17], rows[1][0])
    if light - dark < 60:
        return None
    third, word = (light - dark) / 3, 0
    for row in rows:
        for level in row[1:17]:
            if dark + third < level < light - third:
                return None
            word = word << 1 | (level >= light - third)
    number = word >> 8
    return number if checksum(number) == word & 0xFF else None


class Page:
    def __init__(self, browser, deadline):
        self.browser, self.deadline = browser, deadline

    def pane(self):
        return self.browser.evaluate(PANE)

    def wait(self, holds):
        while time.monotonic() < self.deadline:
            pane = self.pane()
            if pane and holds(pane):
                return pane
            time.sleep(0.05)
        return self.pane()

    def stamp(self):
        """The stamp of the picture that is shown, once a seek has come to its end."""
        for _ in range(200):
            shown = self.browser.evaluate(STAMP)
            if shown and not shown["seeking"] and shown["ready"] >= 2 and (number := stamp(shown["rows"])) is not None:
                return {"stamp": number, "time": shown["time"]}
            time.sleep(0.05)
        return {"stamp": None, "time": None}

    def seek_slots(self, count):
        found = []
        self.browser.evaluate("document.querySelector('video').pause()")
        for slot in range(1, count + 1):
            self.browser.evaluate(f"void window.sizzle.panes[0].seekToSlot({slot})")
            time.sleep(0.3)
            found.append({"slot": slot, **self.stamp(), "pane": (self.pane() or {}).get("slot")})
        self.browser.evaluate("window.sizzle.panes[0].seekToSlot(1); void document.querySelector('video').play()")
        return found


def run(options):
    with tempfile.TemporaryDirectory(prefix="browser-page", ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            browser.open(time.monotonic() + 30)
            browser.call("Page.navigate", url=options.url)
            page = Page(browser, time.monotonic() + options.timeout)
            page.wait(lambda pane: pane["state"] in ("playing", "ended", "error"))
            slots = page.seek_slots(browser.evaluate("document.querySelectorAll('.strip button').length") or 0) if options.seek_slots else []
            for quality in filter(None, options.qualities.split(",")):
                browser.evaluate(f"window.sizzle.panes[0].setQuality({json.dumps(quality)})")
                time.sleep(1.5)
            if options.screenshot:
                picture = browser.call("Page.captureScreenshot", format="png")["data"]
                with open(options.screenshot, "wb") as file:
                    file.write(base64.b64decode(picture))
            pane = page.wait(lambda pane: pane["state"] in ("ended", "error"))
            return {
                "pane": pane, "slots": slots,
                "problems": browser.evaluate("document.querySelector('#problems')?.textContent?.trim() ?? ''"),
                "requests": browser.evaluate("performance.getEntriesByType('resource').map(e => new URL(e.name).pathname)") or [],
            }
        finally:
            browser.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--seek-slots", action="store_true")
    parser.add_argument("--qualities", default="")
    parser.add_argument("--screenshot")
    parser.add_argument("--timeout", type=float, default=120)
    result = run(parser.parse_args())
    json.dump(result, sys.stdout)
    sys.exit(0 if (result["pane"] or {}).get("state") == "ended" else 1)


main()
