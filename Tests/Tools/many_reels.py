#!/usr/bin/env python3
"""Asks a running service for many reels, plays each to its end in several players, and compares what they decoded with the plan.

    many_reels.py --base http://127.0.0.1:8080 --count 20 [--key KEY] [--cadence NAME,…] [--sound bed,mix,clip,none] [--seed 1]
                  [--index clips.json --source MEGA | --index clips.json --stamped] [--judges ffmpeg-hls,…] [--browser]

Reels are of viewers r0, r1, …, with a random seed, cadence and sound. The frames that a reel must have are those of its slots' media
objects, each decoded alone by ffmpeg, one after the other, in each rendition. With --index, the objects themselves are compared with
the frames that the index says: by the pixels of --source (of editions that were copied), or by the numbers that stamped media shows.

ffmpeg-hls, ffmpeg-dash         every frame of every rendition, by hash, in order
gstreamer-hls, gstreamer-dash   playbin, which switches as it likes: every frame is that frame of some rendition
mpv-hls, mpv-dash               as many frames as are planned
packager                        Shaka Packager reads each rendition's segments in a row, and writes as many frames as are planned
page, chromium                  with --browser: our page (with --stamped also a seek to each slot, whose first frame it shows), and the
                                browser's own HLS with as many frames as are planned; in the speed of time, without waiting

Prints a line for each disagreement, then `N passed, N failed` (a check is one player with one reel, or one object); exit status 1
with failures.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGER = os.path.join(HERE, "..", "..", ".build", "packager", "packager")
SEGMENT = re.compile(r"/([0-9a-f]{64})\.(\d+)@")


def run(command, seconds, **more):
    """What a program wrote to its output; a status other than 0 is an error."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False, **more)
    if done.returncode:
        raise ValueError(f"{os.path.basename(command[0])} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-400:]}")
    return done.stdout


def tool(name, *arguments, seconds):
    """The JSON document of a tool that lies beside; its status is in what it says."""
    done = subprocess.run([sys.executable, os.path.join(HERE, name), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=seconds, check=False)
    return json.loads(done.stdout)


def hashes(source, stream=0, seconds=120):
    """The hashes of a picture stream's frames."""
    text = run(["ffmpeg", "-nostdin", "-v", "error", "-i", source, "-map", f"0:v:{stream}", "-fps_mode", "passthrough", "-f", "framemd5",
                "-"], seconds)
    return [line.rsplit(",", 1)[1].strip() for line in text.splitlines() if not line.startswith("#")]


def crc(number):
    value = 0xFF
    for byte in number.to_bytes(3, "big"):
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ 0x07) & 0xFF if value & 0x80 else value << 1
    return value


def stamps(path):
    """The numbers that the frames show; TestMedia/generate describes the code. A pixel is the mean of a block."""
    data = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-fps_mode", "passthrough", "-vf", "scale=18:16:flags=area",
                           "-pix_fmt", "gray", "-f", "rawvideo", "-"], stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout
    found = []
    for at in range(0, len(data), 18 * 16):
        bits = [level >= 126 for row in (0, 1) for level in data[at + 18 * row + 1:at + 18 * row + 17]]
        word = sum(bit << (31 - place) for place, bit in enumerate(bits))
        found.append(word >> 8 if crc(word >> 8) == word & 0xFF else None)
    return found


def differences(found, expected):
    """Says where two lists part, in a few words."""
    if found == expected:
        return None
    wrong = [place for place, (one, other) in enumerate(zip(found, expected)) if one != other]
    return f"{len(found)} frames of {len(expected)}, {len(wrong)} wrong" + (f", the first at {wrong[0]}" if wrong else "")


class Service:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.bytes, self.objects, self.faulty = {}, {}, []
        self.ranges = {}
        if options.index:
            with open(options.index, encoding="utf-8") as file:
                self.ranges = {(clip["title"], clip["type"]): (clip["start"], clip["end"]) for clip in json.load(file)["clips"]}
        self.source = hashes(options.source, seconds=600) if options.source else None

    def get(self, path):
        with urllib.request.urlopen(self.options.base + path, timeout=60) as answer:
            return answer.read()

    def media(self, path):
        """Media never change, so each is fetched once."""
        if path not in self.bytes:
            self.bytes[path] = self.get(path)
        return self.bytes[path]

    def reel(self, request):
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.options.key}"} if self.options.key else {})
        asked = urllib.request.Request(f"{self.options.base}/v1/reels", json.dumps(request).encode(), headers)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)

    def rendition(self, path):
        """The init segment and the segments of a media playlist."""
        lines = self.get(path).decode().splitlines()
        init = next(re.search(r'URI="([^"]+)"', line)[1] for line in lines if line.startswith("#EXT-X-MAP"))
        return init, [line for line in lines if line and not line.startswith("#")]

    def write(self, name, init, segments):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            for one in (init, *segments):
                file.write(self.media(one))
        return path

    def clip(self, init, segments, slot):
        """The hashes of an object's frames, decoded once; with an index, whether they are the right ones."""
        key = SEGMENT.search(segments[0])[1]
        if key not in self.objects:
            path = self.write("object.mp4", init, segments)
            self.objects[key] = hashes(path)
            fault = self.wrong(path, self.objects[key], slot)
            self.faulty += [f"object {key[:12]} of {slot['title']}/{slot['type']}: {fault}"] if fault else []
        return self.objects[key]

    def wrong(self, path, found, slot):
        if len(found) != slot["frames"]:
            return f"{len(found)} frames, planned {slot['frames']}"
        if not self.ranges:
            return None
        start, end = self.ranges[slot["title"], slot["type"]]
        if self.options.stamped:
            return differences(stamps(path), list(range(start, end)))
        return differences(found, self.source[start:end]) if self.source else None


class Played:
    """A reel, and what it must show: of each rendition, in the order of the playlist, the hash of each frame."""

    def __init__(self, service, reel):
        self.service, self.options = service, service.options
        self.hls, self.dash = reel["hls"], reel["dash"]
        self.frames, self.slots = reel["plan"]["frames"], reel["plan"]["slots"]
        folder = self.hls.rsplit("/", 1)[0]
        lines = service.get(self.hls).decode().splitlines()
        names = [lines[place + 1] for place, line in enumerate(lines) if line.startswith("#EXT-X-STREAM-INF")]
        self.renditions = {name: service.rendition(f"{folder}/{name}") for name in names}
        self.expected = {name: self.expect(*rendition) for name, rendition in self.renditions.items()}

    def expect(self, init, segments):
        parts = []
        for segment in segments:
            # An object's first part begins a slot; the same object may follow itself.
            if SEGMENT.search(segment)[2] == "0":
                parts.append([])
            parts[-1].append(segment)
        if len(parts) != len(self.slots):
            raise ValueError(f"{len(parts)} objects in the playlist, {len(self.slots)} slots in the plan")
        return [md5 for part, slot in zip(parts, self.slots) for md5 in self.service.clip(init, part, slot)]

    def ffmpeg(self, path):
        # One after the other: of several at once, ffmpeg's DASH ends them all with the first that ends.
        for stream, (name, expected) in enumerate(self.expected.items()):
            if fault := differences(hashes(self.options.base + path, stream), expected):
                yield f"{name}: {fault}"

    def gstreamer(self, path):
        text = run(["gst-launch-1.0", "playbin", f"uri={self.options.base}{path}", "video-sink=checksumsink hash=md5 sync=false",
                    "audio-sink=fakesink sync=false"], 120)
        found = re.findall(r"^\d+:\d\d:\d\d\.\d+ ([0-9a-f]{32})$", text, re.MULTILINE)
        allowed = list(zip(*self.expected.values()))
        wrong = [place for place, md5 in enumerate(found[:len(allowed)]) if md5 not in allowed[place]]
        if len(found) != self.frames or wrong:
            yield f"{len(found)} frames of {self.frames}, {len(wrong)} wrong" + (f", the first at {wrong[0]}" if wrong else "")

    def mpv(self, path):
        found = tool("mpv_play.py", self.options.base + path, seconds=150)
        if found["status"] != 0 or found["frames"] != self.frames:
            yield f"{found['frames']} frames of {self.frames}, status {found['status']} {found['messages']}"

    def packager(self, _):
        # Pictures alone: Packager 3.8 crashes on a file whose only track has another number than 1, as the sound's has.
        for name, (init, segments) in self.renditions.items():
            whole, output = self.service.write("whole.mp4", init, segments), os.path.join(self.service.folder, "packaged.mp4")
            run([PACKAGER, f"in={whole},stream=video,output={output}"], 120)
            count = run(["ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", output],
                        60).strip().strip(",")
            if count != str(self.frames):
                yield f"{name}: {count} frames of {self.frames}"

    def page(self, request):
        asked = {key: request[key] for key in ("viewer", "cadence")}
        address = f"{self.options.base}/?{urllib.parse.urlencode(asked)}&autoplay=1&muted=1"
        for more in [[], ["--seek-slots"]] if self.options.stamped else [[]]:
            found = tool("browser_page.py", address, *more, seconds=300)
            if (found["pane"] or {}).get("state") != "ended" or found["problems"] or found["pane"]["stalls"]:
                yield f"{found['pane']} {found['problems']}"
            if more:
                # The page chooses no seed: it gets the day's.
                slots = self.service.reel(asked)["plan"]["slots"]
                expected = [self.service.ranges[slot["title"], slot["type"]][0] for slot in slots]
                if (stamps_seen := [slot["stamp"] for slot in found["slots"]]) != expected:
                    yield f"after seeks to each slot {stamps_seen}, planned {expected}"

    def chromium(self, _):
        found = tool("browser_play.py", "--url", self.options.base + self.hls, seconds=300)
        if not found["ended"] or found["error"] or found.get("failure") or found["waiting"]:
            yield f"ended: {found['ended']}, {found['error']} {found.get('failure')}, waited at {found['waiting']}"
        if found["totalVideoFrames"] != self.frames:
            yield f"{found['totalVideoFrames']} frames of {self.frames}"

    def judge(self, name, request):
        player, _, kind = name.partition("-")
        try:
            yield from getattr(self, player)({"hls": self.hls, "dash": self.dash}.get(kind, request))
        except (ValueError, OSError, KeyError, subprocess.SubprocessError) as error:
            yield f"{error}"


JUDGES = ["ffmpeg-hls", "ffmpeg-dash", "gstreamer-hls", "gstreamer-dash", "mpv-hls", "mpv-dash", "packager"]
BROWSERS = ["page", "chromium"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--key")
    parser.add_argument("--cadence", default="default")
    parser.add_argument("--sound", default="bed,mix,clip,none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--index")
    parser.add_argument("--source")
    parser.add_argument("--stamped", action="store_true")
    parser.add_argument("--judges", default=",".join(JUDGES))
    parser.add_argument("--browser", action="store_true")
    options = parser.parse_args()
    if (options.source or options.stamped) and not options.index:
        parser.error("--source and --stamped need --index")
    judges = options.judges.split(",") + (BROWSERS if options.browser else [])
    if unknown := set(judges) - {*JUDGES, *BROWSERS}:
        parser.error(f"no such judge: {', '.join(sorted(unknown))}")
    chance, passed, failed, plans = random.Random(options.seed), 0, 0, set()
    with tempfile.TemporaryDirectory(prefix="many-reels") as folder:
        service = Service(options, folder)
        for number in range(options.count):
            request = {"viewer": f"r{number}", "cadence": chance.choice(options.cadence.split(",")),
                       "sound": chance.choice(options.sound.split(",")), "seed": chance.getrandbits(63)}
            try:
                played = Played(service, service.reel(request))
            except (ValueError, KeyError, urllib.error.URLError, subprocess.SubprocessError) as error:
                print(f"{request}: {error}", flush=True)
                failed += 1
                continue
            plans.add(tuple((slot["title"], slot["type"]) for slot in played.slots))
            for judge in judges:
                faults = list(played.judge(judge, request))
                passed, failed = passed + (not faults), failed + bool(faults)
                for fault in faults:
                    print(f"{request}: {judge}: {fault}", flush=True)
        for fault in service.faulty:
            print(fault)
        print(f"{len(plans)} different reels of {len(service.objects)} objects")
        passed, failed = passed + len(service.objects) - len(service.faulty), failed + len(service.faulty)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
