#!/usr/bin/env python3
"""Cuts the same clips out of one source with sizzle, smartcut and FFmpeg, and says how long each takes and how many frames are
right. Called by scripts/bench.

The source is made by TestMedia/generate: 1280x720 at 24 frames a second, H.264, an IDR every 48 frames, three B-frames, AAC.
The clips are 24 to 72 frames long, do not overlap, and begin and end off the grid of IDRs; the same every time. All make sound.

  sizzle    ingest --condition auto into a new library, with a bed as long as all clips. It decodes and proves every frame,
            which is part of its time; a reel of all clips, rendered from it, is judged.
  smartcut  from PyPI, in a Python environment of its own: one call that keeps all clips, and one file of them.
  ffmpeg    encodes all anew with sizzle's settings, in two ways: one call that decodes once and selects the frames, and one
            call for each clip with -ss and -to, of which another joins the outputs. The quicker of the two is compared with.

A frame is right when the stamp that ffmpeg decodes at its place is the wanted frame's. 120 seconds and 60 clips take a few
minutes a round on two cores; --seconds 10 --clips 5 --rounds 1 shows in a minute that everything works.
"""

import argparse
import json
import os
import random
import shlex
import shutil
import statistics
import subprocess
import sys

from bench import in_turns, run, say, seconds

RATE, GOP = 24, 48
SHORTEST, LONGEST = 24, 72
# What sizzle encodes with (Sources/Conditioning/EncodingSettings.swift).
ENCODER = ["-c:v", "libx264", "-preset", "medium", "-crf", "15", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k"]


def choose(frames, count):
    """Sorted ranges with a frame or more between them, that begin and end off the grid; the same for the same arguments."""
    chance = random.Random(count)
    for _ in range(1000):
        # More short ones than long ones, so that many fit.
        lengths = [round(chance.triangular(SHORTEST, LONGEST, SHORTEST)) for _ in range(count)]
        spare = frames - sum(lengths) - count
        if spare < 0:
            continue
        gaps = [0, *sorted(chance.randint(0, spare) for _ in range(count))]
        clips, at = [], 0
        for number, length in enumerate(lengths):
            at += gaps[number + 1] - gaps[number] + 1
            while at % GOP == 0 or (at + length) % GOP == 0:
                at += 1
            clips.append((at, at + length))
            at += length
        if at < frames:
            return clips
    sys.exit(f"error: {count} clips of {SHORTEST} to {LONGEST} frames do not fit in {frames}; take fewer clips or more seconds")


def stamps(path):
    """The number that each decoded picture shows, as TestMedia/generate describes it; None where none can be read."""
    width, height = 18 * 8, 2 * 8
    size = width * height
    shown = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-vf",
         f"crop=iw:floor(ih/8):0:0,scale={width}:{height}:flags=area,format=gray", "-f", "rawvideo", "-"],
        stdin=subprocess.DEVNULL, capture_output=True, check=False).stdout
    return [stamp(shown[at:at + size], width) for at in range(0, len(shown), size)]


def stamp(picture, width):
    bits = []
    for row in range(2):
        middle = (row * 8 + 4) * width
        blocks = [(picture[at - 1] + picture[at] + picture[at - width] + picture[at - width - 1]) // 4
                  for at in range(middle + 4, middle + width, 8)]
        if any(96 < block < 160 for block in blocks) or (blocks[0] > 128, blocks[17] > 128) != (row == 0, row == 1):
            return None
        bits += [int(block > 128) for block in blocks[1:17]]
    value = int("".join(map(str, bits)), 2)
    number, checksum = value >> 8, value & 0xFF
    return number if checksum == crc(number.to_bytes(3, "big")) else None


def crc(data):
    value = 0xFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ 0x07 if value & 0x80 else value << 1) & 0xFF
    return value


class Cutting:
    """The source, its clips, and the commands that cut them."""

    def __init__(self, options):
        self.options = options
        self.folder = os.path.join(options.folder, "conditioning")
        os.makedirs(self.folder, exist_ok=True)
        self.frames = options.seconds * RATE
        self.clips = choose(self.frames, options.clips)
        self.wanted = [frame for start, end in self.clips for frame in range(start, end)]
        self.source = self.path(f"source-{options.seconds}.mp4")
        if not os.path.exists(self.source):
            say(f"bench: making {options.seconds} s of stamped video (once)")
            run(sys.executable, options.generate, "--size", "1280x720", "--rate", str(RATE), "--frames", str(self.frames),
                "--gop", str(GOP), "--bframes", "3", "--sound", "aac", self.source)
        labels = [{"title": f"clip-{number:03}", "type": str(end - start), "start": start, "end": end}
                  for number, (start, end) in enumerate(self.clips)]
        self.write("clips.json", {"frameRate": f"{RATE}/1", "clips": labels})
        slots = [{"title": label["title"], "type": label["type"]} for label in labels]
        self.write("reel.json", {"edition": "current", "slots": slots})
        self.library = self.path("library")

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, document):
        with open(self.path(name), "w", encoding="utf-8") as file:
            json.dump(document, file)

    def clean(self):
        """What is made is new each time, for all of them."""
        shutil.rmtree(self.library, ignore_errors=True)
        shutil.rmtree(self.path("each"), ignore_errors=True)
        os.mkdir(self.path("each"))
        for name in ("sizzle.mp4", "smartcut.mp4", "ffmpeg.mp4", "each.mp4"):
            if os.path.exists(self.path(name)):
                os.remove(self.path(name))

    def ingest(self):
        return [self.options.sizzle, "ingest", self.source, "--index", self.path("clips.json"), "--library", self.library,
                "--bed", f"main=0-{len(self.wanted)}", "--condition", "auto", "--quiet", "--json"]

    def render(self):
        return [self.options.sizzle, "render", self.path("reel.json"), "--library", self.library, "-o",
                self.path("sizzle.mp4"), "--quiet"]

    def smartcut(self):
        # It counts frames with the last one in.
        keep = ",".join(f"{start},{end - 1}" for start, end in self.clips)
        return [self.options.smartcut, self.source, self.path("smartcut.mp4"), "--keep", keep, "--frames",
                "--log-level", "error"]

    def select(self):
        pictures = "+".join(f"between(n,{start},{end - 1})" for start, end in self.clips)
        sounds = "+".join(f"(gte(t,{start}/{RATE})*lt(t,{end}/{RATE}))" for start, end in self.clips)
        return ["ffmpeg", "-v", "error", "-y", "-i", self.source,
                "-vf", f"select='{pictures}',setpts=N/{RATE}/TB", "-af", f"aselect='{sounds}',asetpts=N/SR/TB",
                "-r", str(RATE), *ENCODER, self.path("ffmpeg.mp4")]

    def each(self):
        """The same with a call for each clip."""
        calls, names = [], []
        for number, (start, end) in enumerate(self.clips):
            names.append(f"file '{number}.mp4'\n")
            # A quarter of a frame early, so that no rounding of a time leaves out the first frame or lets in one after the last.
            calls.append(["ffmpeg", "-v", "error", "-y", "-ss", f"{max(0, (start - 0.25) / RATE):.6f}",
                          "-to", f"{(end - 0.25) / RATE:.6f}", "-i", self.source, *ENCODER, self.path(f"each/{number}.mp4")])
        calls.append(["ffmpeg", "-v", "error", "-y", "-f", "concat", "-i", self.path("each/list"), "-c", "copy",
                      self.path("each.mp4")])
        script = "".join(f"{shlex.join(call)} </dev/null || exit\n" for call in calls)
        return ["sh", "-c", f"printf %s {shlex.quote(''.join(names))} >{shlex.quote(self.path('each/list'))}\n{script}"]

    def judge(self, name, path):
        got = stamps(path)
        right = sum(a == b for a, b in zip(self.wanted, got))
        whole = right == len(self.wanted) == len(got)
        other = "" if whole else f"; {len(set(self.wanted) & set(got))} of the wanted are there, in their places or not"
        say(f"{name:34} {right} of {len(self.wanted)} frames right, {len(got)} decoded{other}")


def cuts(report):
    """How much of the clips was copied, in words."""
    copied = sum(cut["framesCopied"] for cut in report["cuts"])
    encoded = sum(cut["framesEncoded"] for cut in report["cuts"])
    return f"sizzle copied {copied} frames and encoded {encoded}"


def measure(options):
    os.environ["TQDM_DISABLE"] = "1"  # smartcut's bar
    cutting = Cutting(options)
    version = subprocess.run([options.smartcut, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             check=True).stdout.strip()
    one, each = "ffmpeg, one call", "ffmpeg, a call for each clip"
    ways = {"sizzle ingest": cutting.ingest(), version: cutting.smartcut(), one: cutting.select(), each: cutting.each()}
    say(f"conditioning: {options.clips} clips, {len(cutting.wanted)} of {cutting.frames} frames, 720p24, an IDR every {GOP}; "
        f"{options.rounds} rounds")
    found = in_turns(ways, options.rounds, cutting.clean)
    say(f"{'':34} {'median':>10}")
    for name, times in found.items():
        say(f"{name:34} {statistics.median(times):8.2f} s   ({min(times):.2f} to {max(times):.2f})")
    quicker = min((one, each), key=lambda name: statistics.median(found[name]))
    for name in (version, quicker):
        ratio = statistics.median(own / other for own, other in zip(found["sizzle ingest"], found[name]))
        say(f"sizzle ingest, proof and all, takes {ratio:.2f} times {name}")
    # Each way once more: what the last round left was swept away before the next command of it.
    cutting.clean()
    report = json.loads(subprocess.run(ways["sizzle ingest"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       check=True).stdout)
    say(f"{cuts(report)}; a reel of all clips took {seconds(cutting.render()) * 1000:.0f} ms more")
    for name in (version, one, each):
        run(*ways[name])
    cutting.judge("sizzle", cutting.path("sizzle.mp4"))
    cutting.judge(version, cutting.path("smartcut.mp4"))
    cutting.judge(one, cutting.path("ffmpeg.mp4"))
    cutting.judge(each, cutting.path("each.mp4"))
    cutting.clean()


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench conditioning", description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--seconds", type=int, default=120, help="the source's length; default 120")
    parser.add_argument("--clips", type=int, default=60, help="default 60")
    # What scripts/bench says itself.
    for name in ("--sizzle", "--smartcut", "--generate", "--folder"):
        parser.add_argument(name, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if min(options.rounds, options.seconds, options.clips) < 1:
        parser.error("--rounds, --seconds and --clips are at least 1")
    measure(options)


if __name__ == "__main__":
    main()
