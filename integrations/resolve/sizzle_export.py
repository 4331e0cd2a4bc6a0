#!/usr/bin/env python3
"""Writes the markers of DaVinci Resolve's current timeline as clips.json, the clip index that Sizzle reads.

A marker named "TITLE | TYPE" (or "TITLE // TYPE") is a clip, as long as the marker; "TITLE" alone has its length in frames as
type. Frames count from 0, the first frame of the timeline; "end" is the frame after the last. All faults are told together,
each with its marker and timecode, and then nothing is written. It only reads: nothing in the project changes. Without -o the
file is TIMELINE.clips.json on the desktop, or in the home folder. It needs Resolve 18 or later, and Python 3.6 or later.

From Resolve's menu: copy this file into the folder Utility of one of these, and choose Workspace > Scripts > sizzle_export.

    macOS    ~/Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts
    Windows  %APPDATA%\\Blackmagic Design\\DaVinci Resolve\\Support\\Fusion\\Scripts
    Linux    ~/.local/share/DaVinciResolve/Fusion/Scripts

From a shell: sizzle_export.py [-o FILE] [--color NAME], while Resolve runs and its Preferences > System > General allow external
scripting, "Local". The exit status is 0 for a written file, 64 for wrong arguments, 65 for faults in the markers, 69 without
Resolve or a timeline, 73 for a file that cannot be created and 74 for one that cannot be written.
"""

import argparse
import errno
import json
import os
import re
import sys
import unicodedata
from fractions import Fraction

# Which markers to take when the script is run from Resolve's menu: None for all, or a colour, such as "Blue".
COLOR = None
# Unicode's White_Space. Python counts four control characters as well.
WHITE = "".join(c for c in map(chr, range(0x3001)) if c.isspace() and c not in "\x1c\x1d\x1e\x1f")


class Failure(Exception):
    """Why nothing is written: an exit status, and a message for people for each fault."""


class Clock:
    """Timecode in whole frames: at 23.976 a second has 24 of them; drop-frame leaves numbers out (SMPTE ST 12-1, 5.2.2)."""

    def __init__(self, nominal, drop):
        self.nominal, self.mark = nominal, ";" if drop else ":"
        self.dropped = nominal // 15 if drop else 0
        self.ten_minutes = nominal * 600 - self.dropped * 9

    def frame(self, text):
        """The frames from 00:00:00:00 to a timecode; None for one that does not exist."""
        match = re.match(r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])[:;]([0-9]{2,3})\Z", text)
        if not match:
            return None
        hours, minutes, seconds, frames = (int(part) for part in match.groups())
        minutes += hours * 60
        if frames >= self.nominal or (minutes % 10 and seconds == 0 and frames < self.dropped):
            return None
        return (minutes * 60 + seconds) * self.nominal + frames - self.dropped * (minutes - minutes // 10)

    def timecode(self, frame):
        """The timecode of a frame; it begins anew after 24 hours."""
        tens, rest = divmod(frame % (self.ten_minutes * 144), self.ten_minutes)
        minute = self.nominal * 60
        # Of ten minutes the first is whole; each of the others lacks its first numbers.
        missing = tens * 9 + (0 if rest < minute else 1 + (rest - minute) // (minute - self.dropped))
        seconds, frames = divmod(tens * self.ten_minutes + rest + self.dropped * missing, self.nominal)
        return "%02d:%02d:%02d%s%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60, self.mark, frames)


def frame_rate(setting):
    """The exact rate that Resolve means by 23.976, "23.976", "24.0" or "29.97 DF": (numerator, denominator), or None."""
    match = re.match(r"([0-9]{1,3}(?:\.[0-9]+)?)(?: ?DF)?\Z", str(setting).strip())
    rate = Fraction(match.group(1)) if match else Fraction(0)
    below = rate.numerator // rate.denominator
    # Some versions of Resolve cut off the fraction; no timeline has these as whole rates.
    if rate in (23, 29, 47, 59, 95, 119) or rate != below and abs(rate * 1001 - (below + 1) * 1000) < 10:
        return (below + 1) * 1000, 1001
    return (below, 1) if rate == below > 0 else None


def split_name(name, length):
    """Title and type by the name of a marker of `length` frames. Raises ValueError with what is wrong."""
    if len(name.encode("utf-8", "replace")) > 1000:
        raise ValueError("its name has more than 1000 bytes")
    bars, slashes = name.split("|"), name.split(" // ")
    if len(bars) > 2 or len(bars) == 1 and len(slashes) > 2:
        raise ValueError("its name has more than one '%s'; write TITLE | TYPE" % ("|" if len(bars) > 2 else "//"))
    parts = [part.strip(WHITE) for part in (bars if len(bars) == 2 else slashes)]
    title, kind = parts if len(parts) == 2 else (parts[0], str(length))
    for what, text in (("title", title), ("type", kind)):
        if not text:
            raise ValueError("its %s is empty; write TITLE | TYPE" % what)
        for character in text:
            # Control characters, separators of lines, and halves of surrogate pairs, which cannot be written.
            if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
                raise ValueError("its %s holds the control character U+%04X" % (what, ord(character)))
    return title, kind


def printable(text):
    """A name for one line of a message."""
    return "".join(c if c.isprintable() else "\\u{%X}" % ord(c) for c in text[:120]) + ("…" if len(text) > 120 else "")


def whole(value):
    """A frame number or length, which Resolve gives as an integer or a float; None for what is no whole number."""
    return int(value) if isinstance(value, int) or isinstance(value, float) and value.is_integer() else None


def read_clock(timeline):
    """A timeline's exact rate, its Clock, and the Clock's frame at which it starts. Raises Failure."""
    if not callable(getattr(timeline, "GetStartTimecode", None)):
        raise Failure(69, "this DaVinci Resolve cannot tell where a timeline's timecode starts; version 18 or later can")
    # The documents of Resolve 21.1 have GetSettings in the place of GetSetting.
    get = timeline.GetSetting if callable(getattr(timeline, "GetSetting", None)) else timeline.GetSettings().get
    setting, drop_setting = str(get("timelineFrameRate")), str(get("timelineDropFrameTimecode"))
    start = str(timeline.GetStartTimecode())
    rate = frame_rate(setting)
    if rate is None:
        raise Failure(65, "the timeline's frame rate '%s' is none that Sizzle knows" % printable(setting))
    # The switch may have stayed on from another rate, so it counts only where drop-frame exists.
    drop = rate in ((30000, 1001), (60000, 1001)) and (drop_setting == "1" or setting.endswith("DF") or ";" in start)
    clock = Clock(rate[0] // (1000 if rate[1] == 1001 else 1), drop)
    origin = clock.frame(start) if drop or ";" not in start else None
    if origin is None:
        raise Failure(65, "the start timecode '%s' does not exist at %d/%d" % ((printable(start),) + rate))
    return rate, clock, origin


def read(timeline, color=None):
    """The clip index of a timeline, and warnings. Raises Failure, with all faults of the markers."""
    rate, clock, origin = read_clock(timeline)
    length = whole(timeline.GetEndFrame() - timeline.GetStartFrame())
    faults, warnings, clips, places = [], [], [], {}
    # A frame has one marker at most, so this is the order of a clip index: by start, end, title and type.
    for position, marker in sorted((timeline.GetMarkers() or {}).items()):
        if color is not None and marker.get("color") != color:
            continue
        start, duration = whole(position), whole(marker.get("duration"))
        place = "frame %s" % position if start is None else clock.timecode(origin + start)
        where = "marker '%s' at %s: " % (printable(marker.get("name") or ""), place)
        if start is None or duration is None:
            faults.append(where + "it does not begin and end at whole frames; move it")
            continue
        if duration <= 0:
            faults.append(where + "it has no length; give it a duration")
        elif start < 0 or start + duration > length:
            faults.append(where + "it is not all within the timeline's %d frames; move or shorten it" % length)
        try:
            title, kind = split_name(marker.get("name") or "", duration)
        except ValueError as flaw:
            faults.append(where + str(flaw))
            continue
        # As in Sizzle, two spellings of one accented letter are the same text.
        key = unicodedata.normalize("NFC", title), unicodedata.normalize("NFC", kind)
        if key in places:
            faults.append(where + "its title and type are those of the marker at %s; give it another type" % places[key])
        places.setdefault(key, place)
        if re.match(r"[0-9]+\Z", kind) and int(kind) != duration:
            warnings.append(where + "its type is %s, but it is %d frames long" % (kind, duration))
        elif duration == 1:
            warnings.append(where + "it is 1 frame long; was its duration never set?")
        clips.append({"title": title, "type": kind, "start": start, "end": start + duration})
    none = "the timeline has no %smarkers; make some, named TITLE | TYPE" % (color + " " if color else "")
    if faults or not clips:
        raise Failure(65, *faults or [none])
    return {"frameRate": "%d/%d" % rate, "startTimecode": clock.timecode(origin), "clips": clips}, warnings


def write(index, path):
    """Writes a file beside `path` and renames it, so that one that was there stays whole until then. Raises Failure."""
    path = os.path.realpath(os.path.expanduser(path))
    temporary = "%s.%d.tmp" % (path, os.getpid())
    rows = ",\n".join("    " + json.dumps(clip, ensure_ascii=False) for clip in index["clips"])
    text = '{\n  "frameRate": "%s",\n  "startTimecode": "%s",\n  "clips": [\n%s\n  ]\n}\n'
    try:
        with open(temporary, "x", encoding="utf-8", newline="\n") as file:
            file.write(text % (index["frameRate"], index["startTimecode"], rows))
        os.replace(temporary, path)
    except OSError as error:
        raise Failure(74 if error.errno in (errno.EIO, errno.ENOSPC) else 73,
                      "%s: cannot be written: %s; choose another place (-o)" % (path, error.strerror))
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
    return path


def default_path(timeline):
    """TIMELINE.clips.json on the desktop, without characters that file systems refuse."""
    folder = os.path.expanduser(os.path.join("~", "Desktop"))
    name = "".join("_" if c in '/\\:*?"<>|' or not c.isprintable() else c for c in timeline.GetName()).strip(" .")
    return os.path.join(folder if os.path.isdir(folder) else "~", (name or "timeline") + ".clips.json")


def connect():
    """Resolve's object for a script that a shell started; None when Resolve does not answer. Raises Failure."""
    folder = os.environ.get("RESOLVE_SCRIPT_API") or {
        "darwin": "/Library/Application Support/Blackmagic Design/DaVinci Resolve/Developer/Scripting",
        "win32": os.path.expandvars(r"%PROGRAMDATA%\Blackmagic Design\DaVinci Resolve\Support\Developer\Scripting"),
    }.get(sys.platform, "/opt/resolve/Developer/Scripting")
    sys.path.append(os.path.join(folder, "Modules"))
    try:
        import DaVinciResolveScript
    except ImportError as error:
        raise Failure(69, "%s; set RESOLVE_SCRIPT_API to DaVinci Resolve's folder Developer/Scripting" % error)
    return DaVinciResolveScript.scriptapp("Resolve")


def export(resolve=None, output=None, color=None, errors=None):
    """Exports the current timeline and says so; faults and warnings go to `errors`. Returns the exit status."""
    def say(text, stream):
        encoding = getattr(stream, "encoding", None) or "utf-8"
        print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)

    try:
        resolve = resolve or connect()
        if not resolve:
            raise Failure(69, "DaVinci Resolve does not answer; start it and allow external scripting in its preferences")
        manager = resolve.GetProjectManager()
        project = manager and manager.GetCurrentProject()
        timeline = project and project.GetCurrentTimeline()
        if not timeline:
            raise Failure(69, "no timeline is open in DaVinci Resolve; open that of the Mega Asset")
        index, warnings = read(timeline, color)
        path = write(index, output or default_path(timeline))
    except Failure as failure:
        for message in failure.args[1:]:
            say("error: " + message, errors)
        return failure.args[0]
    for warning in warnings:
        say("warning: " + warning, errors)
    say("%s: clips: %d" % (path, len(index["clips"])), sys.stdout)
    return 0


def main():
    """Runs the command of a shell and returns its exit status."""
    parser = argparse.ArgumentParser(description="Writes the markers of DaVinci Resolve's current timeline as clips.json.")
    parser.error = lambda message: parser.exit(64, "error: %s; see --help\n" % message)
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write (TIMELINE.clips.json on the desktop)")
    parser.add_argument("--color", metavar="NAME", type=str.capitalize, help="take markers of this colour only, like Blue")
    return export(errors=sys.stderr, **vars(parser.parse_args()))


if __name__ == "__main__":
    # Scripts of Resolve's menu find these names; there sys.exit() might end more than the script, and stdout is the Console.
    inside = globals().get("resolve") or ("app" in globals() and globals()["app"].GetResolve())
    if not inside:
        sys.exit(main())
    export(inside, None, COLOR, sys.stdout)
