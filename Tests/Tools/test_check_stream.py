#!/usr/bin/env python3
"""Shows that check_stream.py finds nothing wrong with a right stream, and that each of its checks can fail.

    test_check_stream.py [NAME]

A small stream of synthetic boxes (two sizes of picture, sound, I-frames, an MPD) is served on a free port; each case changes one
thing in it and names the clause that must be found broken, and some words of the message. NAME: only cases whose names hold it.
"""

import contextlib
import http.server
import io
import json
import re
import sys
import threading
import unittest.mock
from fractions import Fraction

sys.dont_write_bytecode = True

import check_stream
import dash_rules
import dash_schema
import stream_boxes
import stream_renditions
from stream_cases import BOXES, DASH, HTTP, MAIN, MEDIA_PLAYLISTS, MPD, V0
from stream_site import PERSONAL, Handler, Site, pictures, sounds


def run_site(site, server, **options):
    Handler.site = site.finish()
    names = {"hls": PERSONAL + "main.m3u8", "dash": PERSONAL + MPD} | options
    return check_stream.run(f"http://127.0.0.1:{server.server_port}", **names)


def broken(case, server):
    """Why a case does not show what it should; None when it does."""
    _, clause, words, change = case
    site = Site()
    change(site)
    faults = run_site(site, server)["faults"]
    if any(fault["clause"] == clause and words in fault["message"] for fault in faults):
        return None
    return f"no fault of {clause} with {words!r} in {json.dumps(faults, indent=1)}"


def right(server):
    found = run_site(Site(), server)
    facts = {name: (len(found[name]["renditions"]), found[name]["segments"], found[name]["requestsUntilFirstFrame"],
                    found[name]["requestsWithSound"]) for name in ("hls", "dash")}
    good = not found["faults"] and not found["warnings"] and facts == {"hls": (3, 9, 4, 7), "dash": (3, 9, 3, 5)}
    return None if good else json.dumps(found, indent=1)


def warned(server):
    """Warnings are no faults."""
    site = Site()
    site.put_picture(0, 0, pictures(first_size=900))
    site.edit("main.m3u8", "#EXT-X-INDEPENDENT-SEGMENTS\n", "")
    site.edit("main.m3u8", ",FRAME-RATE=24.000", "")
    site.edit("v0.m3u8", "#EXT-X-MAP", "#EXT-X-NEW\n#EXT-X-MAP")
    site.edit("main.m3u8", "TIME-OFFSET=0", "TIME-OFFSET=-9")
    site.edit("v0.m3u8", "#EXT-X-MAP", "#EXT-X-START:TIME-OFFSET=9\n#EXT-X-MAP")
    site.edit("v1.m3u8", "SEQUENCE:0", "SEQUENCE:3")
    site.edit("main.m3u8", 'CHANNELS="2",', "VOLUME=2,")
    site.edit("main.m3u8", f"AVERAGE-BANDWIDTH={site.total(0)[1]},", "")
    site.edit("main.m3u8", f"BANDWIDTH={site.total(0)[0]},", "BANDWIDTH=999999,")
    site.edit(MPD, f'<AudioChannelConfiguration schemeIdUri="{dash_rules.CHANNELS}" value="2"/>', "")
    site.edit(MPD, f'bandwidth="{site.rates()[0][0]}"', f'bandwidth="{site.rates()[0][1]}"')
    site.headers[V0] = {"Content-Type": "application/octet-stream"}
    found = run_site(site, server)
    words = ["has no EXT-X-INDEPENDENT-SEGMENTS", "has no FRAME-RATE", "EXT-X-NEW is no tag", "EXT-X-START lies outside",
             "is ['3'], not 0", "VOLUME is no attribute", "has no CHANNELS", "has no AVERAGE-BANDWIDTH", "over 10 % more",
             "has no AudioChannelConfiguration", "its largest segment", "application/octet-stream"]
    missing = [one for one in words if not any(one in text for text in found["warnings"])]
    return None if not missing and not found["faults"] else json.dumps([missing, found], indent=1)


def quiet(server):
    """Sound that ends early is warned of; the lengths that it no longer has are faults."""
    site = Site()
    site.put_sound(2, sounds(40))
    found = run_site(site, server)
    good = any("s before" in text for text in found["warnings"]) and \
        {"ISO 23009-1 5.3.9.6", "RFC 8216 4.3.2.1"} <= {fault["clause"] for fault in found["faults"]}
    return None if good else json.dumps(found, indent=1)


def static(server):
    """Media objects with times of their own, and a plain host."""
    site = Site()
    site.put_picture(1, time=500, sequence=1)
    site.edit("v0.m3u8", f"#EXTINF:1.000000,\n{V0}", f"#EXT-X-DISCONTINUITY\n#EXTINF:1.000000,\n{V0}")
    site.edit("v0.m3u8", f"{V0}\n", f"{V0}\n#EXT-X-DISCONTINUITY\n")
    site.headers["media"] = {"Cache-Control": "no-cache", "ETag": None}
    site.headers[PERSONAL + "main.m3u8"] = {"Cache-Control": "max-age=60"}
    found = run_site(site, server, static=True, dash=None)
    return None if not found["faults"] else json.dumps(found, indent=1)


def expectations(server):
    right_ones = {"hls": {"segments": 9, "renditions": [{"width": 320}, {}, {"codec": "mp4a.40.2"}]}}
    if run_site(Site(), server, expected=right_ones)["faults"]:
        return "a right expectation is refused"
    faults = run_site(Site(), server, expected={"hls": {"segments": 8}})["faults"]
    return None if [fault["message"] for fault in faults] == ["hls.segments is 9, expected 8"] else json.dumps(faults)


def forbidden(server):
    faults = run_site(Site(), server, forbidden=["v0.0@24"], dash=None)["faults"]
    return None if [fault["clause"] for fault in faults] == ["Sizzle 8"] else json.dumps(faults)


def command_line(server):
    """What is printed, and the exit status."""
    site = Site()
    site.edit("v0.m3u8", "TYPE:VOD", "TYPE:EVENT")
    Handler.site = site.finish()
    arguments = ["check_stream.py", "--base", f"http://127.0.0.1:{server.server_port}", "--hls", PERSONAL + "main.m3u8"]
    printed = []
    for more in ([], ["--json"]):
        output = io.StringIO()
        with unittest.mock.patch("sys.argv", arguments + more), contextlib.redirect_stdout(output):
            try:
                check_stream.main()
            except SystemExit as end:
                printed += [end.code, output.getvalue()]
    lines = printed[1].splitlines()
    good = printed[0] == printed[2] == 1 and lines[0].startswith("FAULT RFC 8216 4.3.3.5: ") and \
        re.fullmatch(r"\d+ passed, 1 failed", lines[-1]) and \
        set(json.loads(printed[3])) == {"faults", "warnings", "checks", "hls", "dash"}
    return None if good else f"{printed}"


def nobody(_):
    """A server that does not answer is a fault, not a crash."""
    found = check_stream.run("http://127.0.0.1:9", hls="/main.m3u8", dash="/manifest.mpd")
    return None if len(found["faults"]) == 2 else json.dumps(found)


def values(_):
    """Small functions on values that are known."""
    hevc = bytes.fromhex("01016000000090000000000000" "5d")
    pairs = [
        (stream_boxes.hevc_codec("hvc1", hevc[:12] + b"\x5d"), "hvc1.1.6.L93.90"),
        (stream_boxes.avc_codec("avc1", b"\1\x4d\x40\x1f"), "avc1.4d401f"),
        (stream_renditions.peak_rate([(100, Fraction(1)), (400, Fraction(1, 4)), (100, Fraction(1))], 1), Fraction(400)),
        (stream_renditions.peak_rate([(10, Fraction(1, 10))], 6), Fraction(100)),
        (dash_schema.duration("PT1H2M3.5S"), Fraction(7447, 2)), (dash_schema.duration("P1DT0S"), Fraction(86400)),
        (dash_schema.duration("PT"), None), (dash_schema.duration("3s"), None), (dash_rules.span("10-19"), (10, 10)),
    ]
    wrong_ones = [pair for pair in pairs if pair[0] != pair[1]]
    return f"{wrong_ones}" if wrong_ones else None


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tests = [(test.__name__, lambda test=test: test(server))
             for test in (right, warned, quiet, static, expectations, forbidden, command_line, nobody, values)]
    tests += [(case[0], lambda case=case: broken(case, server)) for case in HTTP + BOXES + MEDIA_PLAYLISTS + MAIN + DASH]
    passed, failed = 0, 0
    for name, test in tests:
        if wanted not in name:
            continue
        reason = test()
        passed, failed = passed + (reason is None), failed + (reason is not None)
        if reason is not None:
            print(f"{name}: {reason}")
    server.shutdown()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
