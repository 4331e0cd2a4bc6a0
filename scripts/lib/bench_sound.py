#!/usr/bin/env python3
"""What sound costs. Called by scripts/bench.

  bed     ten minutes of music made into a bed: read, measured, brought to its loudness, kept losslessly, encoded, decoded again
          and measured; against ffmpeg -c:a aac of the same file
  mixes   twelve clips mixed ahead for a cadence of twelve slots, one clip at a time and two; against ffmpeg -c:a aac of as much sound
  render  a reel of three clips: without sound, with a head and a tail that are kept, and with new ones

All in turns, on the same files; figures are medians of the rounds. What is made lies in a folder in .build/bench and is removed at the
end.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from bench import ffmpeg, say

CLIP, CLIPS, RATE = 80, 12, 24
# Noise that swells over chords: film music at some -14 LUFS, as far as a coder cares.
MUSIC = ("anoisesrc=color=pink:r=48000:seed=3:a=0.35,tremolo=f=0.4:d=0.8[n];"
         "aevalsrc='0.12*sin(2*PI*220*t)+0.1*sin(2*PI*277.2*t)+0.1*sin(2*PI*329.6*t)*sin(t)|0.12*sin(2*PI*110*t)"
         "+0.1*sin(2*PI*330*t)':s=48000[c];[n][c]amix=normalize=0,aformat=channel_layouts=stereo")


def timed(command):
    """Seconds that a command takes, and what it prints."""
    started = time.perf_counter()
    output = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout
    return time.perf_counter() - started, output


class Bench:
    def __init__(self, sizzle, folder, seconds):
        self.sizzle, self.folder, self.seconds = sizzle, folder, seconds
        self.music, self.mega = self.path("music.wav"), self.path("mega.mp4")
        say(f"bench: making {seconds} s of music and {CLIPS} clips")
        ffmpeg("-filter_complex", MUSIC, "-t", str(seconds), "-c:a", "pcm_s24le", self.music)
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate={RATE}", "-i", self.music, "-t",
               str(CLIP * CLIPS / RATE), "-c:v", "libx264", "-preset", "ultrafast", "-x264-params",
               f"keyint={CLIP}:min-keyint={CLIP}:scenecut=0", "-pix_fmt", "yuv420p", "-c:a", "aac", self.mega)
        self.write("clips.json", {"frameRate": f"{RATE}/1", "clips": [
            {"title": f"T{number}", "type": str(CLIP), "start": number * CLIP, "end": (number + 1) * CLIP}
            for number in range(CLIPS)]})
        self.write("cadence.json", {"name": "twelve", "slots": [{"type": str(CLIP)}] * CLIPS})

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, value):
        with open(self.path(name), "w", encoding="utf-8") as file:
            json.dump(value, file)
        return self.path(name)

    def ingest(self, *more):
        """Milliseconds of the parts of an ingest into a new library."""
        shutil.rmtree(self.path("library"), ignore_errors=True)
        return json.loads(timed([
            self.sizzle, "ingest", self.mega, "--index", self.path("clips.json"), "--library", self.path("library"), "--condition",
            "copy", "--bed", f"main={self.music}", "--quiet", "--json", *more])[1])["milliseconds"]

    def encode(self, seconds):
        return timed(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", self.music, "-t", str(seconds), "-c:a", "aac", "-b:a",
                      "128k", self.path("out.m4a")])[0]

    def render(self, mode, start):
        plan = self.write("plan.json", {"edition": "current", "slots": [
            {"title": f"T{number}", "type": str(CLIP)} for number in range(3)], "audio": {"mode": mode, "start": start}})
        return timed([self.sizzle, "render", plan, "-o", self.path("reel.mp4"), "--library", self.path("library"), "--quiet"])[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizzle", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    parser.add_argument("--seconds", type=int, default=600, help="of music; default 600")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    found = {}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        bench = Bench(options.sizzle, folder, options.seconds)
        mixed = CLIPS * CLIPS * CLIP / RATE
        for number in range(options.rounds):
            say(f"bench: round {number + 1} of {options.rounds}")
            rounds = {"ffmpeg, bed": bench.encode(options.seconds)}
            rounds["sizzle, bed"] = bench.ingest()["beds"] / 1000
            rounds["ffmpeg, mixes"] = bench.encode(min(mixed, options.seconds)) * max(1, mixed / options.seconds)
            for jobs in (1, 2):
                rounds[f"sizzle, mixes, {jobs} at a time"] = bench.ingest(
                    "--mix-for", bench.path("cadence.json"), "--jobs", str(jobs))["mixes"] / 1000
            rounds["render, no sound"] = bench.render("none", 0)
            rounds["render, new head and tail"] = bench.render("bed", 10_240 * (number + 1))
            rounds["render, kept head and tail"] = bench.render("bed", 10_240 * (number + 1))
            for name, value in rounds.items():
                found.setdefault(name, []).append(value)
    median = {name: statistics.median(values) for name, values in found.items()}
    for name, value in median.items():
        print(f"{name:32} {value * 1000:9.1f} ms")
    print(f"speed against FFmpeg: bed {median['ffmpeg, bed'] / median['sizzle, bed']:.2f}, mixes one at a time "
          f"{median['ffmpeg, mixes'] / median['sizzle, mixes, 1 at a time']:.2f}, two "
          f"{median['ffmpeg, mixes'] / median['sizzle, mixes, 2 at a time']:.2f} (goal 0.60)")
    kept = median["render, kept head and tail"] - median["render, no sound"]
    new = median["render, new head and tail"] - median["render, kept head and tail"]
    print(f"a kept head and tail cost {kept * 1000:.1f} ms (goal 0), new ones {new * 1000:.1f} ms more (goal 30; loading FFmpeg is "
          "most of it)")


if __name__ == "__main__":
    sys.exit(main())
