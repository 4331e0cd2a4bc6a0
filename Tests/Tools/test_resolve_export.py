#!/usr/bin/env python3
"""Tests integrations/resolve/sizzle_export.py against a fake of DaVinci Resolve's scripting interface.

    test_resolve_export.py [unittest's arguments]

The fake answers the methods that the script may use, and records each call; anything else that is looked up is None, as it is
with Resolve's remote objects. So a test that compares the whole list of calls proves that nothing in a project is changed.
"""

import contextlib
import importlib.util
import io
import json
import os
import runpy
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(ROOT, "integrations", "resolve", "sizzle_export.py")
SPEC = importlib.util.spec_from_file_location("sizzle_export", SCRIPT)
sizzle_export = importlib.util.module_from_spec(SPEC)
sys.dont_write_bytecode = True
SPEC.loader.exec_module(sizzle_export)


class Remote:
    """An object of Resolve: it has the methods given as keywords, which answer their values, or what a function answers."""

    def __init__(self, name, calls, **methods):
        self.__dict__.update(_name=name, _calls=calls, _methods=methods)

    def __getattr__(self, method):
        if method.startswith("__"):
            raise AttributeError(method)
        if method not in self._methods:
            return None

        def call(*arguments):
            self._calls.append((self._name, method) + arguments)
            answer = self._methods[method]
            return answer(*arguments) if callable(answer) else answer
        return call


def marker(name, duration, color="Blue"):
    return {"color": color, "duration": duration, "note": "a note", "name": name, "customData": ""}


def fake(markers, rate="24", drop="0", start="01:00:00:00", first=86400, frames=5000, name="Mega Asset", **other):
    """Resolve with a current timeline, and the list of calls that is filled."""
    calls = []
    settings = {"timelineFrameRate": rate, "timelineDropFrameTimecode": drop}
    methods = dict(GetSetting=settings.get, GetStartTimecode=start, GetStartFrame=first, GetEndFrame=first + frames,
                   GetMarkers=markers, GetName=name)
    methods.update(other)
    timeline = Remote("Timeline", calls, **{key: value for key, value in methods.items() if value is not NotImplemented})
    project = Remote("Project", calls, GetCurrentTimeline=timeline)
    manager = Remote("ProjectManager", calls, GetCurrentProject=project)
    return Remote("Resolve", calls, GetProjectManager=manager), calls


def clip(title, kind, start, end):
    return {"title": title, "type": kind, "start": start, "end": end}


# All calls of an export to a named file, in their order.
CALLS = [
    ("Resolve", "GetProjectManager"), ("ProjectManager", "GetCurrentProject"), ("Project", "GetCurrentTimeline"),
    ("Timeline", "GetSetting", "timelineFrameRate"), ("Timeline", "GetSetting", "timelineDropFrameTimecode"),
    ("Timeline", "GetStartTimecode"), ("Timeline", "GetEndFrame"), ("Timeline", "GetStartFrame"), ("Timeline", "GetMarkers"),
]


class ExportTests(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.path = os.path.join(self.folder, "clips.json")

    def run_export(self, resolve, color=None, path=None):
        """The exit status, and the lines of messages and of results."""
        messages, results = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(results):
            status = sizzle_export.export(resolve, path or self.path, color, messages)
        return status, messages.getvalue().splitlines(), results.getvalue().splitlines()

    def written(self):
        with open(self.path, encoding="utf-8") as file:
            return file.read()

    def check(self, markers, exact_rate, timecode, clips, warnings=(), color=None, **timeline):
        """Exports, and compares the whole document, all messages, all calls and all files."""
        resolve, calls = fake(markers, **timeline)
        status, messages, results = self.run_export(resolve, color)
        self.assertEqual(messages, ["warning: " + warning for warning in warnings])
        self.assertEqual((status, results), (0, ["%s: clips: %d" % (self.path, len(clips))]))
        self.assertEqual(json.loads(self.written()), {"frameRate": exact_rate, "startTimecode": timecode, "clips": clips})
        self.assertEqual(calls, CALLS)
        self.assertEqual(os.listdir(self.folder), ["clips.json"])

    def refuse(self, markers, *faults, status=65, color=None, **timeline):
        """Exports over a file that is there, which stays as it is, and compares all messages."""
        with open(self.path, "w") as file:
            file.write("what was there")
        resolve, calls = fake(markers, **timeline)
        self.assertEqual(self.run_export(resolve, color), (status, ["error: " + fault for fault in faults], []))
        self.assertEqual(self.written(), "what was there")
        self.assertEqual(os.listdir(self.folder), ["clips.json"])
        return calls

    # Documents

    def test_bytes_of_the_document(self):
        resolve, calls = fake({1000: marker("Night Train | 80", 80), 2000: marker('Amélie "2" / x', 40)}, rate=23.976)
        self.assertEqual(self.run_export(resolve), (0, [], [self.path + ": clips: 2"]))
        self.assertEqual(self.written(), """{
  "frameRate": "24000/1001",
  "startTimecode": "01:00:00:00",
  "clips": [
    {"title": "Night Train", "type": "80", "start": 1000, "end": 1080},
    {"title": "Amélie \\"2\\" / x", "type": "40", "start": 2000, "end": 2040}
  ]
}
""")
        self.assertEqual(calls, CALLS)

    def test_sorted_by_start(self):
        markers = {1020.0: marker("Night Train | 40", 40.0), 3000.0: marker("Plain", 48.0), 0.0: marker("B | opening", 96.0),
                   1000.0: marker("Night Train | 80", 80.0), 4999: marker("Last | end card", 1)}
        self.check(markers, "24/1", "01:00:00:00", [
            clip("B", "opening", 0, 96), clip("Night Train", "80", 1000, 1080), clip("Night Train", "40", 1020, 1060),
            clip("Plain", "48", 3000, 3048), clip("Last", "end card", 4999, 5000),
        ], ["marker 'Last | end card' at 01:03:28:07: it is 1 frame long; was its duration never set?"])

    def test_rates(self):
        rates = [
            ("23.976", "0", "24000/1001", "01:00:00:00"), (23.976, "0", "24000/1001", "01:00:00:00"),
            (23.976023976023978, "0", "24000/1001", "01:00:00:00"), ("23.98", "0", "24000/1001", "01:00:00:00"),
            ("23", "0", "24000/1001", "01:00:00:00"), ("24", "0", "24/1", "01:00:00:00"), (24.0, "0", "24/1", "01:00:00:00"),
            ("25", "0", "25/1", "01:00:00:00"), ("25.0", "0", "25/1", "01:00:00:00"),
            ("29.97", "0", "30000/1001", "01:00:00:00"), (29.97, "1", "30000/1001", "01:00:00;00"),
            (29.97, 1, "30000/1001", "01:00:00;00"), ("29.97 DF", None, "30000/1001", "01:00:00;00"),
            ("29", "1", "30000/1001", "01:00:00;00"), ("30", "0", "30/1", "01:00:00:00"), (30.0, "1", "30/1", "01:00:00:00"),
            ("47.952", "0", "48000/1001", "01:00:00:00"), ("48", "0", "48/1", "01:00:00:00"), ("50", "0", "50/1", "01:00:00:00"),
            ("59.94", "0", "60000/1001", "01:00:00:00"), (59.94, "1", "60000/1001", "01:00:00;00"),
            ("59.94 DF", "1", "60000/1001", "01:00:00;00"), ("60", "0", "60/1", "01:00:00:00"),
            ("95.904", "0", "96000/1001", "01:00:00:00"), ("100", "0", "100/1", "01:00:00:00"),
            ("119.88", "0", "120000/1001", "01:00:00:00"), (120.0, "0", "120/1", "01:00:00:00"),
        ]
        for setting, drop, rate, start in rates:
            with self.subTest(setting=setting, drop=drop):
                self.check({7.0: marker("A | 80", 80.0)}, rate, start, [clip("A", "80", 7, 87)], rate=setting, drop=drop)

    def test_frames_do_not_depend_on_drop_frame(self):
        markers = {0: marker("A | 60", 60), 1790: marker("B | 60", 60), 17982: marker("C | 120", 120)}
        clips = [clip("A", "60", 0, 60), clip("B", "60", 1790, 1850), clip("C", "120", 17982, 18102)]
        for drop, start, written in [("1", "01:00:00;00", "01:00:00;00"), ("1", "01:00:00:00", "01:00:00;00"),
                                     ("0", "01:00:00;00", "01:00:00;00"), ("0", "01:00:00:00", "01:00:00:00"),
                                     ("1", "00:00:00;00", "00:00:00;00"), ("0", "10:01:00:00", "10:01:00:00")]:
            with self.subTest(drop=drop, start=start):
                self.check(markers, "30000/1001", written, clips, rate=29.97, drop=drop, start=start, frames=20000)

    def test_timecodes_of_messages(self):
        """Markers of the wrong type at places where timecode turns."""
        places = [
            (29.97, "1", "01:00:00;00", 1790, "01:00:59;20"), (29.97, "1", "01:00:00;00", 1799, "01:00:59;29"),
            (29.97, "1", "01:00:00;00", 1800, "01:01:00;02"),
            (29.97, "1", "01:00:00;00", 3597, "01:01:59;29"), (29.97, "1", "01:00:00;00", 3598, "01:02:00;02"),
            (29.97, "1", "01:00:00;00", 17981, "01:09:59;29"), (29.97, "1", "01:00:00;00", 17982, "01:10:00;00"),
            (29.97, "1", "00:59:59;29", 1, "01:00:00;00"), (29.97, "0", "01:00:00:00", 1800, "01:01:00:00"),
            (29.97, "0", "01:00:00:00", 17982, "01:09:59:12"),
            (59.94, "1", "01:00:00;00", 3599, "01:00:59;59"), (59.94, "1", "01:00:00;00", 3600, "01:01:00;04"),
            (59.94, "1", "01:00:00;00", 35964, "01:10:00;00"), (23.976, "0", "01:00:00:00", 1000, "01:00:41:16"),
            (25, "0", "10:00:00:00", 250, "10:00:10:00"), (50, "0", "00:00:00:00", 99, "00:00:01:49"),
            (24, "0", "23:59:59:23", 1, "00:00:00:00"), (120, "0", "00:00:00:00", 119, "00:00:00:119"),
        ]
        for rate, drop, start, frame, timecode in places:
            with self.subTest(rate=rate, frame=frame):
                resolve, _ = fake({frame: marker("A | 80", 79)}, rate=rate, drop=drop, start=start, frames=50000)
                expected = "warning: marker 'A | 80' at %s: its type is 80, but it is 79 frames long" % timecode
                self.assertEqual(self.run_export(resolve)[:2], (0, [expected]))

    def test_every_timecode_of_a_drop_frame_day_comes_back(self):
        for nominal in (30, 60):
            clock = sizzle_export.Clock(nominal, True)
            frames = range(0, clock.ten_minutes * 144, 97)
            self.assertEqual([clock.frame(clock.timecode(frame)) for frame in frames], list(frames))

    # Names

    def test_names(self):
        names = {
            "Night Train | 80": ("Night Train", "80"), "Night Train|end": ("Night Train", "end"),
            "  A\t|\u00a0opening \u3000": ("A", "opening"), "A // closing": ("A", "closing"), "Plain": ("Plain", "80"),
            " Blank round it ": ("Blank round it", "80"), "Face//Off | 80": ("Face//Off", "80"), "One//Two": ("One//Two", "80"),
            "A // B | teaser": ("A // B", "teaser"), "A // B // C | x": ("A // B // C", "x"),
            "http://example.org/a // b": ("http://example.org/a", "b"),
            "inner  spaces | two  of them": ("inner  spaces", "two  of them"), "Amélie | 80": ("Amélie", "80"),
            "Ame\u0301lie Two | 80": ("Ame\u0301lie Two", "80"), "Утро | начало": ("Утро", "начало"), "東京 | 開始": ("東京", "開始"),
            "🎬 | 80": ("🎬", "80"), 'Say "hi" \\ | a,b;c': ('Say "hi" \\', "a,b;c"), "ليل | 80": ("ليل", "80"),
            "Number | 080": ("Number", "080"), "Arabic digits | ٨٠": ("Arabic digits", "٨٠"),
        }
        markers = {index * 100: marker(name, 80) for index, name in enumerate(names)}
        clips = [clip(title, kind, index * 100, index * 100 + 80) for index, (title, kind) in enumerate(names.values())]
        self.check(markers, "24/1", "01:00:00:00", clips)
        self.assertIn('"title": "Ame\u0301lie Two"', self.written())

    def test_numeric_types_that_are_not_the_length(self):
        self.check({0: marker("A | 80", 81), 100: marker("B | 0", 40)}, "24/1", "01:00:00:00",
                   [clip("A", "80", 0, 81), clip("B", "0", 100, 140)],
                   ["marker 'A | 80' at 01:00:00:00: its type is 80, but it is 81 frames long",
                    "marker 'B | 0' at 01:00:04:04: its type is 0, but it is 40 frames long"])

    def test_refused_names(self):
        refused = {
            "A | B | C": "its name has more than one '|'; write TITLE | TYPE",
            "A || 80": "its name has more than one '|'; write TITLE | TYPE",
            "A // B // C": "its name has more than one '//'; write TITLE | TYPE",
            "": "its title is empty; write TITLE | TYPE", " \u2003 ": "its title is empty; write TITLE | TYPE",
            "|": "its title is empty; write TITLE | TYPE", " | 80": "its title is empty; write TITLE | TYPE",
            "A | ": "its type is empty; write TITLE | TYPE", "A // ": "its type is empty; write TITLE | TYPE",
            "A\nB | 80": "its title holds the control character U+000A",
            "A | 8\t0": "its type holds the control character U+0009", "A\x1c": "its title holds the control character U+001C",
            "A | \x1b[31m": "its type holds the control character U+001B", "A\u2028B": "its title holds the control character U+2028",
            "A\x85B": "its title holds the control character U+0085", "A\ud800": "its title holds the control character U+D800",
            "x" * 1001: "its name has more than 1000 bytes", "é" * 501: "its name has more than 1000 bytes",
        }
        shown = {"A\nB | 80": "A\\u{A}B | 80", "A | 8\t0": "A | 8\\u{9}0", "A\x1c": "A\\u{1C}", " \u2003 ": " \\u{2003} ",
                 "A | \x1b[31m": "A | \\u{1B}[31m", "A\u2028B": "A\\u{2028}B", "A\x85B": "A\\u{85}B", "A\ud800": "A\\u{D800}",
                 "x" * 1001: "x" * 120 + "…", "é" * 501: "é" * 120 + "…"}
        for name, fault in refused.items():
            with self.subTest(name=name):
                self.refuse({24: marker(name, 80)}, "marker '%s' at 01:00:01:00: %s" % (shown.get(name, name), fault))

    # Refusals

    def test_refused_lengths_and_places(self):
        outside = "it is not all within the timeline's 5000 frames; move or shorten it"
        for position, duration, place, fault in [
            (0, 0, "01:00:00:00", "it has no length; give it a duration"),
            (0.0, -1.0, "01:00:00:00", "it has no length; give it a duration"),
            (4921, 80, "01:03:25:01", outside), (5000, 80, "01:03:28:08", outside), (86400, 80, "02:00:00:00", outside),
            (-1, 80, "00:59:59:23", outside),
            (0.5, 80, "frame 0.5", "it does not begin and end at whole frames; move it"),
            (0, 80.5, "01:00:00:00", "it does not begin and end at whole frames; move it"),
            (0, None, "01:00:00:00", "it does not begin and end at whole frames; move it"),
            (float("inf"), 80, "frame inf", "it does not begin and end at whole frames; move it"),
        ]:
            with self.subTest(position=position, duration=duration):
                self.refuse({position: marker("A | x", duration)}, "marker 'A | x' at %s: %s" % (place, fault))

    def test_refused_twins(self):
        fault = "its title and type are those of the marker at 01:00:00:00; give it another type"
        for first, second in [("A | 80", "A | 80"), ("A | 80", "A"), ("A|80", " A // 80 "), ("Ame\u0301lie", "Am\u00e9lie | 80")]:
            with self.subTest(second=second):
                self.refuse({0: marker(first, 80), 240: marker(second, 80)}, "marker '%s' at 01:00:10:00: %s" % (second, fault))

    def test_all_faults_at_once(self):
        calls = self.refuse(
            {4990: marker("F | 80", 80), 0: marker("A | 80", 80), 100: marker("A | 80", 80), 200: marker("B | C | D", 40),
             300: marker("", 0), 400.5: marker("E", 5), 500: marker("Good | 1", 40)},
            "marker 'A | 80' at 01:00:04:04: its title and type are those of the marker at 01:00:00:00; give it another type",
            "marker 'B | C | D' at 01:00:08:08: its name has more than one '|'; write TITLE | TYPE",
            "marker '' at 01:00:12:12: it has no length; give it a duration",
            "marker '' at 01:00:12:12: its title is empty; write TITLE | TYPE",
            "marker 'E' at frame 400.5: it does not begin and end at whole frames; move it",
            "marker 'F | 80' at 01:03:27:22: it is not all within the timeline's 5000 frames; move or shorten it")
        self.assertEqual(calls, CALLS)

    def test_refused_timelines(self):
        good = {0: marker("A | 80", 80)}
        for rate in ["", "None", None, "0", 0.0, "-24", "12.5", "24/1", "24,0", "1000", "twenty-four", float("nan")]:
            with self.subTest(rate=rate):
                self.refuse(good, "the timeline's frame rate '%s' is none that Sizzle knows" % rate, rate=rate)
        for start, rate, drop, shown in [
            ("00:00:00:24", "24", "0", "24/1"), ("24:00:00:00", "24", "0", "24/1"), ("00:60:00:00", "24", "0", "24/1"),
            ("1:00:00:00", "24", "0", "24/1"), ("", "24", "0", "24/1"), ("01:00:00:00 ", "24", "0", "24/1"),
            ("00:01:00;00", "29.97", "1", "30000/1001"), ("00:01:00;01", "29.97", "1", "30000/1001"),
            ("00:01:00;03", "59.94", "1", "60000/1001"), ("01:00:00;00", "24", "0", "24/1"),
            ("01:00:00;00", "119.88", "1", "120000/1001"), ("01:00:00;00", "30", "1", "30/1"),
        ]:
            with self.subTest(start=start):
                self.refuse(good, "the start timecode '%s' does not exist at %s" % (start, shown), start=start, rate=rate, drop=drop)

    def test_no_markers(self):
        for markers in ({}, None, []):
            with self.subTest(markers=markers):
                self.refuse(markers, "the timeline has no markers; make some, named TITLE | TYPE")
        self.refuse({0: marker("A", 80)}, "the timeline has no Red markers; make some, named TITLE | TYPE", color="Red")

    def test_messages_in_a_console_without_unicode(self):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="\n")
        status = sizzle_export.export(fake({0: marker("Amélie | ", 80)})[0], self.path, None, stream)
        stream.flush()
        self.assertEqual((status, stream.buffer.getvalue()), (65, (
            b"error: marker 'Am\\xe9lie | ' at 01:00:00:00: its type is empty; write TITLE | TYPE\n")))

    # Colours, and versions of Resolve

    def test_color_limits_the_markers(self):
        markers = {0: marker("A | 80", 80), 100: marker("look at this | | |", 0, "Red"), 200: marker("A | 80", 80, "Green")}
        self.check(markers, "24/1", "01:00:00:00", [clip("A", "80", 0, 80)], color="Blue")
        self.check(markers, "24/1", "01:00:00:00", [clip("A", "80", 200, 280)], color="Green")

    def test_settings_of_resolve_21_1(self):
        settings = {"timelineFrameRate": 59.94, "timelineDropFrameTimecode": "1", "useCustomSettings": "1"}
        resolve, calls = fake({600: marker("A | 80", 80)}, GetSetting=NotImplemented, GetSettings=settings)
        self.assertEqual(self.run_export(resolve), (0, [], [self.path + ": clips: 1"]))
        self.assertEqual(json.loads(self.written()), {
            "frameRate": "60000/1001", "startTimecode": "01:00:00;00", "clips": [clip("A", "80", 600, 680)]})
        self.assertEqual(calls, CALLS[:3] + [("Timeline", "GetSettings")] + CALLS[5:])

    def test_resolve_before_18(self):
        calls = self.refuse({0: marker("A", 80)}, "this DaVinci Resolve cannot tell where a timeline's timecode starts; "
                            "version 18 or later can", status=69, GetStartTimecode=NotImplemented)
        self.assertEqual(calls, CALLS[:3])

    def test_nothing_is_open(self):
        calls = []
        project = Remote("Project", calls, GetCurrentTimeline=None)
        for manager in (None, Remote("ProjectManager", calls, GetCurrentProject=None),
                        Remote("ProjectManager", calls, GetCurrentProject=project)):
            status = self.run_export(Remote("Resolve", calls, GetProjectManager=manager))
            self.assertEqual(status, (69, ["error: no timeline is open in DaVinci Resolve; open that of the Mega Asset"], []))
        self.assertEqual(calls, CALLS[:1] + CALLS[:2] + CALLS[:3])
        self.assertEqual(os.listdir(self.folder), [])

    # Files

    def test_an_existing_file_is_replaced_whole(self):
        with open(self.path, "w") as file:
            file.write("what was there, which is longer than the new index is" * 100)
        self.check({0: marker("A | 80", 80)}, "24/1", "01:00:00:00", [clip("A", "80", 0, 80)])

    def test_a_failing_write_leaves_what_was_there(self):
        for error, status in [(OSError(28, "No space left on device"), 74), (PermissionError(13, "Permission denied"), 73)]:
            with self.subTest(status=status), mock.patch("os.replace", side_effect=error):
                fault = "%s: cannot be written: %s; choose another place (-o)" % (self.path, error.strerror)
                self.refuse({0: marker("A | 80", 80)}, fault, status=status)

    def test_places_that_cannot_be_written(self):
        for path, reason in [(os.path.join(self.folder, "missing", "clips.json"), "No such file or directory"),
                             (self.folder, "Is a directory")]:
            resolve, _ = fake({0: marker("A | 80", 80)})
            fault = "error: %s: cannot be written: %s; choose another place (-o)" % (path, reason)
            self.assertEqual(self.run_export(resolve, path=path), (73, [fault], []))
            self.assertEqual(os.listdir(self.folder), [])

    def test_default_path(self):
        for name, file in [("Mega Asset", "Mega Asset"), ('a/b\\c:d*e?"f"<g>|\n', "a_b_c_d_e__f__g___"), ("..", "timeline"),
                           ("", "timeline"), ("Über 東京", "Über 東京")]:
            timeline = Remote("Timeline", [], GetName=name)
            with mock.patch.dict(os.environ, HOME=self.folder, USERPROFILE=self.folder):
                self.assertEqual(sizzle_export.default_path(timeline), os.path.join("~", file + ".clips.json"))


class ProcessTests(unittest.TestCase):
    """The script as Resolve's menu and as a shell run it."""

    maxDiff = None
    MODULE = """
import sys
sys.path.insert(0, %r)
from test_resolve_export import fake, marker
def scriptapp(name):
    return %s if name == "Resolve" else None
"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.modules = os.path.join(self.folder, "Modules")
        os.mkdir(self.modules)

    def shell(self, resolve, *arguments):
        """Runs it as a command beside a module that stands for Resolve's: exit status, stderr, stdout."""
        if resolve:
            with open(os.path.join(self.modules, "DaVinciResolveScript.py"), "w") as file:
                file.write(self.MODULE % (os.path.dirname(os.path.abspath(__file__)), resolve))
        environment = dict(os.environ, RESOLVE_SCRIPT_API=self.folder, HOME=self.folder, PYTHONIOENCODING="utf-8",
                           PYTHONDONTWRITEBYTECODE="1")
        environment.pop("PYTHONPATH", None)
        run = subprocess.run([sys.executable, SCRIPT] + list(arguments), cwd=self.folder, env=environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        return run.returncode, run.stderr.decode("utf-8").splitlines(), run.stdout.decode("utf-8").splitlines()

    def document(self, *path):
        with open(os.path.join(self.folder, *path), encoding="utf-8") as file:
            return json.load(file)

    def menu(self, **names):
        """Runs it with the names that Resolve gives its scripts, and without a command line: stderr and stdout."""
        results, errors = io.StringIO(), io.StringIO()
        home = mock.patch.dict(os.environ, HOME=self.folder, USERPROFILE=self.folder)
        line = mock.patch.object(sys, "argv", ["", "--color", "Red", "-o", "elsewhere"])
        with home, line, contextlib.redirect_stdout(results), contextlib.redirect_stderr(errors):
            runpy.run_path(SCRIPT, init_globals=names, run_name="__main__")
        return errors.getvalue().splitlines(), results.getvalue().splitlines()

    def test_shell(self):
        result = self.shell("fake({0: marker('Amélie | 81', 80), 100: marker('x', 1, 'Red')})[0]",
                            "-o", "clips.json", "--color", "blue")
        self.assertEqual(result, (0, ["warning: marker 'Amélie | 81' at 01:00:00:00: its type is 81, but it is 80 frames long"],
                                  [os.path.join(self.folder, "clips.json") + ": clips: 1"]))
        self.assertEqual(self.document("clips.json"), {
            "frameRate": "24/1", "startTimecode": "01:00:00:00", "clips": [clip("Amélie", "81", 0, 80)]})

    def test_shell_without_output(self):
        os.mkdir(os.path.join(self.folder, "Desktop"))
        result = self.shell("fake({0: marker('A', 80)})[0]")
        self.assertEqual(result, (0, [], [os.path.join(self.folder, "Desktop", "Mega Asset.clips.json") + ": clips: 1"]))
        self.assertEqual(self.document("Desktop", "Mega Asset.clips.json")["clips"], [clip("A", "80", 0, 80)])

    def test_shell_with_faults(self):
        result = self.shell("fake({0: marker('A | ', 80), 24: marker('B', 0)})[0]", "-o", "clips.json")
        self.assertEqual(result, (65, ["error: marker 'A | ' at 01:00:00:00: its type is empty; write TITLE | TYPE",
                                       "error: marker 'B' at 01:00:01:00: it has no length; give it a duration"], []))
        self.assertEqual(os.listdir(self.folder), ["Modules"])

    def test_shell_without_resolve(self):
        self.assertEqual(self.shell(None, "-o", "clips.json"), (69, [
            "error: No module named 'DaVinciResolveScript'; set RESOLVE_SCRIPT_API to DaVinci Resolve's folder "
            "Developer/Scripting"], []))
        self.assertEqual(self.shell("None", "-o", "clips.json"), (69, [
            "error: DaVinci Resolve does not answer; start it and allow external scripting in its preferences"], []))
        self.assertEqual(os.listdir(self.folder), ["Modules"])

    def test_shell_with_wrong_arguments(self):
        self.assertEqual(self.shell(None, "--colour"), (64, ["error: unrecognized arguments: --colour; see --help"], []))
        self.assertEqual(self.shell(None, "-o"), (64, ["error: argument -o/--output: expected one argument; see --help"], []))

    def test_menu(self):
        resolve, calls = fake({0: marker("A | 80", 80), 100: marker("B | 1", 40)}, name="Reel: 1/2")
        path = os.path.join(self.folder, "Reel_ 1_2.clips.json")
        self.assertEqual(self.menu(resolve=resolve), ([], [
            "warning: marker 'B | 1' at 01:00:04:04: its type is 1, but it is 40 frames long", path + ": clips: 2"]))
        self.assertEqual(self.document(path), {"frameRate": "24/1", "startTimecode": "01:00:00:00",
                                               "clips": [clip("A", "80", 0, 80), clip("B", "1", 100, 140)]})
        self.assertEqual(calls, CALLS + [("Timeline", "GetName")])

    def test_menu_where_there_is_only_app(self):
        resolve, calls = fake({0: marker("A | 80", 80)})
        app = Remote("App", calls, GetResolve=resolve)
        self.assertEqual(self.menu(app=app), ([], [os.path.join(self.folder, "Mega Asset.clips.json") + ": clips: 1"]))
        self.assertEqual(calls, [("App", "GetResolve")] + CALLS + [("Timeline", "GetName")])

    def test_menu_with_faults_does_not_end_the_process(self):
        resolve, calls = fake({0: marker("A | | 80", 80)})
        self.assertEqual(self.menu(resolve=resolve), ([], [
            "error: marker 'A | | 80' at 01:00:00:00: its name has more than one '|'; write TITLE | TYPE"]))
        self.assertEqual(os.listdir(self.folder), ["Modules"])
        self.assertEqual(calls, CALLS)


class ScriptTests(unittest.TestCase):
    def test_white_space_is_unicode_white_space(self):
        self.assertEqual([ord(c) for c in sizzle_export.WHITE], [
            9, 10, 11, 12, 13, 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000])

    def test_syntax_is_that_of_python_3_6(self):
        import ast
        with open(SCRIPT, encoding="utf-8") as file:
            ast.parse(file.read(), feature_version=(3, 6))


if __name__ == "__main__":
    unittest.main()
