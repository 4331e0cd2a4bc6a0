#!/usr/bin/env python3
"""Measures sizzle; called by scripts/bench, which says what there is. Prints tables; every figure is a median."""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time

CLIPS, FRAMES = 60, 40
RATE = 24


def say(text=""):
    print(text, flush=True)


def run(*command, **options):
    """Runs a command without input; ends the program when it fails."""
    options.setdefault("stdout", subprocess.DEVNULL)
    if subprocess.run(command, stdin=subprocess.DEVNULL, **options).returncode:
        sys.exit(f"error: failed: {' '.join(command)}")


def ffmpeg(*arguments):
    run("ffmpeg", "-v", "error", "-y", *arguments)


class Material:
    """A Mega Asset, its library, and plans of 6 and 60 clips. Made once."""

    def __init__(self, sizzle, folder):
        self.sizzle, self.folder = sizzle, folder
        os.makedirs(folder, exist_ok=True)
        self.mega, self.music = self.path("mega.mp4"), self.path("music.m4a")
        self.library, self.index = self.path("library"), self.path("clips.json")
        if not os.path.exists(self.path("music.wav")):
            self.make_sound()
        if not os.path.exists(self.mega):
            self.make_picture()
        self.clips = [{"title": f"title-{number:02}", "type": str(FRAMES), "start": number * FRAMES,
                       "end": (number + 1) * FRAMES} for number in range(CLIPS)]
        self.write(self.index, {"frameRate": f"{RATE}/1", "clips": self.clips})
        shutil.rmtree(self.library, ignore_errors=True)
        say("bench: ingesting")
        run(sizzle, "ingest", self.mega, "--index", self.index, "--bed", f"main={self.path('music.wav')}", "--library",
            self.library, "--condition", "copy", "--quiet")
        order = random.Random(60).sample(self.clips, CLIPS)
        self.order = {6: order[:6], 60: order}
        for count, clips in self.order.items():
            slots = [{"title": clip["title"], "type": clip["type"]} for clip in clips]
            self.write(self.plan(count), {"edition": "current", "slots": slots})

    def path(self, name):
        return os.path.join(self.folder, name)

    def plan(self, count):
        return self.path(f"reel-{count}.json")

    def render(self, count, output):
        return [self.sizzle, "render", self.plan(count), "--library", self.library, "-o", output, "--quiet"]

    @staticmethod
    def write(path, document):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)

    def make_sound(self):
        seconds = CLIPS * FRAMES // RATE + 4
        source = "aevalsrc='0.2*sin(2*PI*220*t)+0.1*sin(2*PI*330*t)*sin(t)|0.2*sin(2*PI*277*t)':s=48000"
        ffmpeg("-f", "lavfi", "-i", source, "-t", str(seconds), self.path("music.wav"))
        ffmpeg("-i", self.path("music.wav"), "-c:a", "aac", "-b:a", "128k", self.music)

    def make_picture(self):
        say(f"bench: encoding a Mega Asset of {CLIPS * FRAMES} frames of 1080p24 (once)")
        partial = self.path("mega.partial.mp4")
        forced = f"expr:not(mod(n,{FRAMES}))"
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=1920x1080:rate={RATE},noise=alls=14:allf=t", "-i", self.music,
               "-frames:v", str(CLIPS * FRAMES), "-shortest", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "10M",
               "-maxrate", "12M", "-bufsize", "10M", "-pix_fmt", "yuv420p", "-force_key_frames", forced, "-forced-idr", "1",
               "-c:a", "copy", partial)
        os.replace(partial, self.mega)

    def concat_list(self):
        """The same plan for FFmpeg's concat demuxer. Times in microseconds; out-points are the ends, which are exclusive."""
        path = self.path("concat.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("ffconcat version 1.0\n")
            for clip in self.order[60]:
                first, last = clip["start"] / RATE, clip["end"] / RATE
                file.write(f"file mega.mp4\ninpoint {first:.6f}\noutpoint {last:.6f}\n")
        return path


def seconds(command):
    started = time.perf_counter()
    run(*command)
    return time.perf_counter() - started


def in_turns(ways, rounds, before=lambda: None):
    """Runs each way once a round, in an order that changes; returns the seconds of each."""
    found = {name: [] for name in ways}
    names = list(ways)
    for command in ways.values():
        before()
        run(*command)  # page cache and linker are warm from here on
    for number in range(rounds):
        for name in names[number % len(names):] + names[:number % len(names)]:
            before()
            found[name].append(seconds(ways[name]))
    return found


def table(found, base):
    for name, times in found.items():
        ratios = statistics.median(time / other for time, other in zip(times, found[base]))
        say(f"{name:34} {statistics.median(times) * 1000:8.1f} ms  {ratios:6.2f}   "
            f"({min(times) * 1000:.1f} to {max(times) * 1000:.1f})")


def frames(path):
    """How many pictures a player gets, and how many of them are decoded to the plan's."""
    report = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout
    return [line.rsplit(",", 1)[1].strip() for line in report.splitlines() if not line.startswith("#")]


def render(material, rounds):
    reel, copy = material.path("reel-60.mp4"), material.path("copy.mp4")
    joined = material.path("concat.mp4")
    run(*material.render(60, reel))
    size = os.path.getsize(reel)

    def clean():
        # The output is new each time for all three; what is copied from stays.
        for path in (copy, joined, material.path("out.mp4")):
            if os.path.exists(path):
                os.remove(path)

    ways = {
        "cp --reflink=never": ["cp", "--reflink=never", reel, copy],
        "sizzle render": material.render(60, material.path("out.mp4")),
        "ffmpeg -f concat -c copy": [
            "ffmpeg", "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", material.concat_list(), "-i", material.music,
            "-map", "0:v", "-map", "1:a", "-c", "copy", "-shortest", joined],
    }
    say(f"render: {CLIPS} clips of {FRAMES} frames, 1080p24, {size / 1e6:.1f} MB "
        f"({size * 8 / (CLIPS * FRAMES / RATE) / 1e6:.1f} Mbit/s), with sound; {rounds} rounds")
    found = in_turns(ways, rounds, clean)
    say(f"{'':34} {'median':>11}  to cp")
    table(found, "cp --reflink=never")
    faster = statistics.median(
        slow / fast for slow, fast in zip(found["ffmpeg -f concat -c copy"], found["sizzle render"]))
    say(f"sizzle is {faster:.1f} times as fast as concat")
    source = frames(material.mega)
    wanted = [source[frame] for clip in material.order[60] for frame in range(clip["start"], clip["end"])]
    run(*ways["ffmpeg -f concat -c copy"])
    for name, path in (("sizzle", reel), ("concat", joined)):
        got = frames(path)
        right = sum(a == b for a, b in zip(wanted, got))
        say(f"{name}: {len(got)} frames decoded, {right} of {len(wanted)} in the right place")
    profile(ways["sizzle render"])


def profile(command):
    """Where the time goes, as far as the machine has tools that say it."""
    if not shutil.which("strace"):
        say("profile: strace is not installed")
        return
    report = subprocess.run(["strace", "-f", "-c", *command], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True).stderr
    say("system calls of one render, by time:")
    for line in report.splitlines()[:10]:
        say(f"  {line}")


class Watch:
    """Runs a command and reads its memory as often as the machine allows."""

    def __init__(self, command):
        self.anonymous = self.peak = self.samples = 0
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        with open(f"/proc/{process.pid}/status", "rb", buffering=0) as status:
            while process.poll() is None:
                # One read of the open file is one look at the process.
                status.seek(0)
                try:
                    text = status.read(4096)
                except ProcessLookupError:
                    break
                values = dict(line.split(b":", 1) for line in text.splitlines() if b":" in line)
                if b"RssAnon" in values and values[b"Name"].strip() == b"sizzle":
                    self.anonymous = max(self.anonymous, int(values[b"RssAnon"].split()[0]))
                    self.peak = max(self.peak, int(values[b"VmHWM"].split()[0]))
                    self.samples += 1
        if process.wait():
            sys.exit(f"error: failed: {' '.join(command)}")


def memory(material, rounds):
    say(f"memory: peak of rendering, {rounds} rounds; anonymous memory is what the program itself takes, "
        "resident has the libraries and mapped files too")
    say(f"{'':34} {'anonymous':>12} {'resident':>12} {'samples':>8}")
    medians = {}
    for sound in ("cold", "warm"):
        for count in (6, 60):
            watched = []
            for _ in range(rounds):
                if sound == "cold":
                    shutil.rmtree(os.path.join(material.library, "derived"), ignore_errors=True)
                watched.append(Watch(material.render(count, material.path("out.mp4"))))
            anonymous = statistics.median(watch.anonymous for watch in watched)
            medians[sound, count] = anonymous
            say(f"{count:2} clips, head and tail {'made' if sound == 'cold' else 'kept':19} {anonymous / 1024:9.2f} MB "
                f"{statistics.median(watch.peak for watch in watched) / 1024:9.2f} MB "
                f"{statistics.median(watch.samples for watch in watched):8.0f}")
    for sound, words in (("cold", "made"), ("warm", "kept")):
        growth = medians[sound, 60] / medians[sound, 6] - 1
        say(f"60 clips take {growth * 100:+.1f} % against 6 where head and tail are {words}")


def start(material, rounds):
    ways = {
        "true": ["true"], "sizzle --version": [material.sizzle, "--version"], "ffmpeg -version": ["ffmpeg", "-version"],
        "sizzle render, 6 clips": material.render(6, material.path("out.mp4")),
        "sizzle render, 60 clips": material.render(60, material.path("out.mp4")),
    }
    say(f"start: {rounds} rounds")
    table(in_turns(ways, rounds), "sizzle --version")
    report = subprocess.run([material.sizzle, "--version"], env={**os.environ, "LD_DEBUG": "statistics"},
                            stdin=subprocess.DEVNULL, capture_output=True, text=True).stderr
    for line in report.splitlines()[:12]:
        if "time" in line or "relocations" in line:
            say(f"  {line.split(':', 1)[1].strip()}")


def micro(material, binaries):
    edition = subprocess.run(
        [material.sizzle, "editions", "list", "--json", "--library", material.library], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=True).stdout
    say(f"micro: edition {json.loads(edition)[0]['id']}")
    run(os.path.join(binaries, "SizzleBenchmarks"), material.library, material.plan(60), material.path("out.mp4"),
        stdout=None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("what", nargs="?", default="all", choices=["all", "render", "memory", "start", "micro"])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--sizzle", required=True, help="the program")
    parser.add_argument("--binaries", required=True, help="the folder of what was built")
    parser.add_argument("--folder", required=True, help="where the material is kept")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds is at least 1")
    material = Material(options.sizzle, options.folder)
    if options.what in ("all", "render"):
        render(material, options.rounds)
    if options.what in ("all", "memory"):
        memory(material, options.rounds)
    if options.what in ("all", "start"):
        start(material, options.rounds)
    if options.what == "micro":
        micro(material, options.binaries)


if __name__ == "__main__":
    main()
