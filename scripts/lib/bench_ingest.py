#!/usr/bin/env python3
"""What an ingest costs where the source is long or has many clips. Called by scripts/bench.

  copy     how fast clips are copied. Clips of 96 frames on the IDR grid cover an hour of 720p24, some 4 Mbit/s; ingest
           --condition copy --jobs 1 into a new library against cp of the same file, in turns, out of the page cache.
           Compared is reading and making, as --json tells them; the proof, which decodes every frame, is told beside it.
  memory   the peak of copy, smart and encode at 1080p24, for a minute and for an hour. Copied are clips that cover all
           frames; for smart and encode it is the same 40 clips, in the hour spread over all of it: only the length differs.
           'anonymous' is what the program itself takes, 'resident' has the libraries and mapped files too.
  many     10,000 clips of 1 to 96 frames, overlapping, in an hour of 180p24, with --condition auto: once. Then one of them
           is looked up.

Without a name all three. The hour is made of short pieces, in which each IDR's SEI says which piece it is: else an ingest would
know the same clips again and leave out the work. All that is made lies in a folder in .build/bench and is removed at the end:
some 6 GB. Every frame is proved, so a round of copy and one of memory take many minutes each. To see that everything works:

  scripts/bench ingest --seconds 30 --short 10 --clips 4 --rounds 1
"""

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from bench import ffmpeg, in_turns, run, say

RATE, GOP = 24, 48
# Frames of a clip that is copied whole.
COVER = 2 * GOP
# Whose SEI it is; any will do.
UUID = "f4d3a9c05b0e4b64a1a7e2c6d1b80f35"
SPREAD, SHORTEST, LONGEST = 40, 24, 72
# The goals of memory in MB, for each condition, and of the hour against the minute.
GOALS, GROWTH = {"copy": 100, "smart": 600, "encode": 600}, 1.10


class Folder:
    """Where everything is made."""

    def __init__(self, path, sizzle):
        self.folder, self.sizzle = path, sizzle
        self.library, self.index = self.path("library"), self.path("clips.json")

    def path(self, name):
        return os.path.join(self.folder, name)

    def clean(self):
        shutil.rmtree(self.library, ignore_errors=True)

    def piece(self, size, kbits, frames):
        """A source with an IDR every GOP frames."""
        say(f"bench: encoding {frames} frames of {size}")
        path = self.path("piece.mp4")
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={RATE},noise=alls=14:allf=t", "-frames:v", str(frames),
               "-c:v", "libx264", "-preset", "veryfast", "-b:v", f"{kbits}k", "-maxrate", f"{kbits * 5 // 4}k", "-bufsize",
               f"{kbits}k", "-pix_fmt", "yuv420p", "-x264-params",
               f"keyint={GOP}:min-keyint={GOP}:scenecut=0:open-gop=0:bframes=3", path)
        return path

    def repeat(self, piece, frames, count):
        """That many copies of a piece in one file, no two the same."""
        path, marked = self.path(f"source-{count}.mp4"), []
        for number in range(count):
            marked.append(self.path(f"marked-{number}.mp4"))
            # In-band headers are there only while the SEI is put beside them.
            ffmpeg("-i", piece, "-c", "copy", "-bsf:v",
                   f"h264_mp4toannexb,h264_metadata=sei_user_data={UUID}+{number},extract_extradata=remove=1", marked[-1])
        with open(self.path("list"), "w", encoding="utf-8") as file:
            file.writelines(f"file {os.path.basename(name)}\n" for name in marked)
        ffmpeg("-f", "concat", "-i", self.path("list"), "-c", "copy", path)
        for name in marked:
            os.remove(name)
        counted = subprocess.run(
            ["ffprobe", "-v", "error", "-select_streams", "v:0", "-count_packets", "-show_entries", "stream=nb_read_packets",
             "-of", "default=nw=1:nk=1", path], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
        if int(counted) != frames * count:
            sys.exit(f"error: {path} has {counted.strip()} frames instead of {frames * count}")
        return path

    def source(self, size, kbits, seconds, longest=120):
        """A source of some seconds, of which at most so many are encoded. Returns its path and its frames."""
        frames = max(1, min(seconds, longest) * RATE // COVER) * COVER
        count = max(1, seconds * RATE // frames)
        piece = self.piece(size, kbits, frames)
        path = self.repeat(piece, frames, count)
        os.remove(piece)
        return path, frames * count

    def label(self, clips):
        """Writes the index of frame ranges."""
        labels = [{"title": f"title-{number:05}", "type": str(end - start), "start": start, "end": end}
                  for number, (start, end) in enumerate(clips)]
        with open(self.index, "w", encoding="utf-8") as file:
            json.dump({"frameRate": f"{RATE}/1", "clips": labels}, file)

    def ingest(self, source, condition, *more):
        return [self.sizzle, "ingest", source, "--index", self.index, "--library", self.library, "--condition", condition,
                "--quiet", "--json", *more]


def cover(frames):
    return [(start, start + COVER) for start in range(0, frames, COVER)]


class Watched:
    """Runs a command: what it prints, how long it takes, and the peak of its memory in MB."""

    def __init__(self, command):
        self.anonymous = self.resident = 0.0
        started = time.perf_counter()
        # Into a file, which takes as much as comes.
        with tempfile.TemporaryFile() as output:
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output) as process:
                try:
                    while process.poll() is None:
                        self.look(process.pid)
                        time.sleep(0.01)
                except BaseException:
                    process.kill()
                    raise
            self.seconds = time.perf_counter() - started
            if process.returncode:
                sys.exit(f"error: failed: {' '.join(command)}")
            output.seek(0)
            self.output = output.read()

    def look(self, process):
        try:
            with open(f"/proc/{process}/status", "rb") as status:
                values = dict(line.split(b":", 1) for line in status if b":" in line)
        except (FileNotFoundError, ProcessLookupError):
            return
        if b"RssAnon" in values:
            self.anonymous = max(self.anonymous, int(values[b"RssAnon"].split()[0]) / 1024)
            self.resident = max(self.resident, int(values[b"VmHWM"].split()[0]) / 1024)


def warm(path):
    """Reads a file, so that the page cache has it."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def copy(folder, options):
    source, frames = folder.source("1280x720", 4000, options.seconds)
    clips = cover(frames)
    folder.label(clips)
    size = os.path.getsize(source)
    say(f"copy: {frames // RATE} s of 720p24 in {len(clips)} clips, {size / 1e6:.1f} MB "
        f"({size * 8 / (frames / RATE) / 1e6:.1f} Mbit/s); {options.rounds} rounds")
    target = folder.path("copy.mp4")
    times = {"cp --reflink=never": [], "sizzle ingest": [], "  reading": [], "  making": [], "  proving": []}

    def plain():
        started = time.perf_counter()
        run("cp", "--reflink=never", source, target)
        times["cp --reflink=never"].append(time.perf_counter() - started)
        os.remove(target)

    def ingest():
        folder.clean()
        watched = Watched(folder.ingest(source, "copy", "--jobs", "1"))
        times["sizzle ingest"].append(watched.seconds)
        parts = json.loads(watched.output).get("milliseconds", {})
        for name in ("reading", "making", "proving"):
            if name in parts:
                times[f"  {name}"].append(parts[name] / 1000)
        folder.clean()

    for number in range(options.rounds):
        for way in (plain, ingest) if number % 2 == 0 else (ingest, plain):
            warm(source)
            way()
    say(f"{'':34} {'median':>10} {'':>14} {'to cp':>8}")
    for name, found in times.items():
        if found:
            ratio = statistics.median(time / other for time, other in zip(found, times["cp --reflink=never"]))
            say(f"{name:34} {statistics.median(found):8.3f} s {size / 1e6 / max(statistics.median(found), 1e-3):9.1f} MB/s "
                f"{ratio:8.2f}   ({min(found):.3f} to {max(found):.3f})")
    if times["  reading"] and times["  making"]:
        without = [sum(pair) for pair in zip(times["  reading"], times["  making"])]
        rate = statistics.median(other / max(own, 1e-3) for own, other in zip(without, times["cp --reflink=never"]))
        say(f"reading and making copy {rate:.2f} times as many bytes a second as cp; proving is not in it")
    else:
        say("this sizzle's --json has no milliseconds: what copying takes without the proof cannot be told")
    os.remove(source)


def spread(short, long, count):
    """Clips off the grid in the short source, and the same pictures all over the long one, which repeats it."""
    chance, clips = random.Random(SPREAD), []
    while len(clips) < count:
        length = chance.randint(SHORTEST, min(LONGEST, short - 2))
        start = chance.randint(1, short - length - 1)
        if start % GOP and (start + length) % GOP:
            clips.append((start, start + length))
    clips.sort()
    return clips, moved(clips, short, long)


def moved(clips, short, long):
    """The same pictures all over a source that repeats a short one."""
    last = max(1, len(clips) - 1)
    moves = [number * (long // short - 1) // last * short for number in range(len(clips))]
    return [(start + move, end + move) for (start, end), move in zip(clips, moves)]


def memory(folder, options):
    frames = max(1, options.short * RATE // COVER) * COVER
    count = max(1, options.seconds * RATE // frames)
    piece = folder.piece("1920x1080", 6000, frames)
    sources = {"short": folder.repeat(piece, frames, 1), "long": folder.repeat(piece, frames, count)}
    lengths = {"short": frames, "long": frames * count}
    few = dict(zip(("short", "long"), spread(frames, frames * count, min(SPREAD, options.clips))))
    whole = dict(zip(("short", "long"), (cover(frames), moved(cover(frames), frames, frames * count))))
    say(f"memory: 1080p24, {lengths['short'] // RATE} s and {lengths['long'] // RATE} s; {options.rounds} rounds; the peak")
    say(f"{'':34} {'anonymous':>12} {'resident':>12} {'time':>10}")
    for condition, goal in GOALS.items():
        watched = {"short": [], "long": []}
        for _ in range(options.rounds):
            for length, source in sources.items():
                folder.label((whole if condition == "copy" else few)[length])
                folder.clean()
                watched[length].append(Watched(folder.ingest(source, condition)))
        peaks = {}
        for length, found in watched.items():
            peaks[length] = [statistics.median(one.anonymous for one in found),
                             statistics.median(one.resident for one in found)]
            clips = len((whole if condition == "copy" else few)[length])
            say(f"{f'{condition}, {lengths[length] // RATE} s, {clips} clips':34} {peaks[length][0]:9.1f} MB "
                f"{peaks[length][1]:9.1f} MB {statistics.median(one.seconds for one in found):8.2f} s")
        anonymous, resident = (long / short for short, long in zip(peaks["short"], peaks["long"]))
        say(f"{condition}: long to short {anonymous:.3f} anonymous, {resident:.3f} resident (goal: within {GROWTH:.2f}); "
            f"resident {peaks['long'][1]:.0f} MB (goal: under {goal})")
    for path in (piece, *sources.values()):
        if os.path.exists(path):
            os.remove(path)


def many(folder, options):
    source, frames = folder.source("320x180", 300, options.seconds)
    chance, clips = random.Random(options.clips), []
    for _ in range(options.clips):
        length = chance.randint(1, 2 * GOP)
        start = chance.randint(0, frames - length)
        clips.append((start, start + length))
    folder.label(clips)
    folder.clean()
    watched = Watched(folder.ingest(source, "auto"))
    report = json.loads(watched.output)
    copied, encoded = (sum(cut[key] for cut in report["cuts"]) for key in ("framesCopied", "framesEncoded"))
    tables = [os.path.getsize(os.path.join(place, name)) for place, _, names in os.walk(folder.path("library/editions"))
              for name in names if name == "clips.idx"]
    say(f"many: {report['clips']} clips of 1 to {2 * GOP} frames, in {frames // RATE} s of 180p24; once")
    say(f"{'ingest':34} {watched.seconds:8.2f} s   ({copied} frames copied, {encoded} encoded)")
    say(f"{'peak memory':34} {watched.anonymous:8.1f} MB anonymous, {watched.resident:.1f} MB resident")
    say(f"{'clips.idx':34} {sum(tables) / 1e6:8.2f} MB  ({sum(tables) / len(clips):.0f} bytes a clip)")
    number = len(clips) // 2
    start, end = clips[number]
    lookup = [folder.sizzle, "lookup", f"title-{number:05}", str(end - start), "--library", folder.library, "--json"]
    found = in_turns({"sizzle --version": [folder.sizzle, "--version"], "sizzle lookup": lookup}, 15)
    more = statistics.median(own - other for own, other in zip(found["sizzle lookup"], found["sizzle --version"])) * 1000
    for name, times in found.items():
        say(f"{name:34} {statistics.median(times) * 1000:8.1f} ms")
    say(f"looking up one clip takes {more:.1f} ms more than starting the program")
    folder.clean()
    os.remove(source)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench ingest", description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = {"copy": copy, "memory": memory, "many": many}
    parser.add_argument("parts", nargs="*", metavar="copy|memory|many", help="what to measure; default all")
    parser.add_argument("--rounds", type=int, default=3, help="of copy and memory; default 3")
    parser.add_argument("--seconds", type=int, default=3600, help="the length of long sources; default 3600")
    parser.add_argument("--short", type=int, default=60, help="the length of the short source of memory; default 60")
    parser.add_argument("--clips", type=int, default=10_000, help="of many; default 10000. Fewer than 40 are for memory too")
    # What scripts/bench says itself.
    for name in ("--sizzle", "--folder"):
        parser.add_argument(name, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for part in options.parts:
        if part not in parts:
            parser.error(f"{part}: is none of {', '.join(parts)}")
    if min(options.rounds, options.clips) < 1 or min(options.seconds, options.short) < 4:
        parser.error("--rounds and --clips are at least 1, --seconds and --short at least 4")
    os.makedirs(options.folder, exist_ok=True)
    # The folder goes also where the program is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="ingest.", dir=options.folder) as path:
        folder = Folder(path, options.sizzle)
        for name, part in parts.items():
            if name in (options.parts or parts):
                part(folder, options)


if __name__ == "__main__":
    main()
