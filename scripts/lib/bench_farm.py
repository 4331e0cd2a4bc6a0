#!/usr/bin/env python3
"""Many reels: what a farm's worker costs beside copying the same bytes. Called by scripts/bench.

1,000 reels of 12 clips at 720p with a bed, by one worker and by two, beside 'cp --reflink=never' of the same files on the same disk, with and
without the sync that the render does; FFmpeg's concat demuxer joining clips that were cut before, under the same bed; and FFmpeg encoding a
reel anew. Then 10,000 names of one reel, and the overhead of lists of 100,000 and of 1,000,000 lines of which a worker has a tiny share. In
turns; figures are medians of the rounds. With --reels, --lines and --rounds, less; it needs twice the bytes of the reels, some 8 MB each.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time

from bench import ffmpeg, say

TITLES, RATE = 40, 24
LENGTHS = {"80": (0, 80), "40": (80, 120)}


def timed(*command, **options):
    started = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True, **options)
    return time.perf_counter() - started


def peak(*command):
    """Seconds and the peak memory of a command in MiB."""
    started = time.perf_counter()
    result = subprocess.run(["/usr/bin/time", "-f", "%M", *command], stdin=subprocess.DEVNULL, check=True, capture_output=True, text=True)
    return time.perf_counter() - started, int(result.stderr.split()[-1]) / 1_024


class Material:
    """A Mega Asset of 720p, its library, its clips as files, and plans."""

    def __init__(self, sizzle, folder):
        self.sizzle, self.folder = sizzle, folder
        self.mega, self.bed, self.library = (os.path.join(folder, name) for name in ("mega.mp4", "bed.wav", "library"))
        say(f"bench: making {TITLES * 120} frames of 1280x720")
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate={RATE}", "-frames:v", str(TITLES * 120), "-vf", "noise=alls=6:allf=t",
               "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "3M", "-g", "40", "-keyint_min", "40",
               "-sc_threshold", "0", self.mega)
        ffmpeg("-f", "lavfi", "-i", "anoisesrc=color=pink:r=48000:seed=3:a=0.3", "-t", "60", "-ac", "2", self.bed)
        clips = [{"title": f"T{title:02}", "type": kind, "start": title * 120 + start, "end": title * 120 + end}
                 for title in range(TITLES) for kind, (start, end) in LENGTHS.items()]
        index = os.path.join(folder, "clips.json")
        with open(index, "w", encoding="utf-8") as file:
            json.dump({"frameRate": f"{RATE}/1", "clips": clips}, file)
        timed(sizzle, "ingest", self.mega, "--index", index, "--bed", f"main={self.bed}", "--library", self.library, "--condition", "copy",
              "--quiet")

    def plan(self, chance):
        titles = chance.sample(range(TITLES), 12)
        return [{"title": f"T{title:02}", "type": "80" if slot < 6 else "40"} for slot, title in enumerate(titles)]

    def write_list(self, name, lines):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            for line in lines:
                file.write(json.dumps(line, separators=(",", ":")) + "\n")
        return path

    def render(self, jobs, output, *more):
        return [self.sizzle, "render", "--jobs", jobs, "--output-dir", output, "--library", self.library, "--quiet", *more]


class Concat:
    """What people do: clips as files, joined by FFmpeg's concat demuxer, with the bed beside."""

    def __init__(self, material):
        self.folder = os.path.join(material.folder, "pieces")
        os.makedirs(self.folder)
        self.material, self.bed = material, os.path.join(self.folder, "bed.m4a")
        ffmpeg("-i", material.bed, "-c:a", "aac", "-b:a", "128k", self.bed)
        for title in range(TITLES):
            for kind, (start, end) in LENGTHS.items():
                ffmpeg("-ss", f"{(title * 120 + start) / RATE:.6f}", "-i", material.mega, "-frames:v", str(end - start), "-c", "copy",
                       os.path.join(self.folder, f"T{title:02}-{kind}.mp4"))

    def join(self, slots, output, *codec):
        """Seconds for one reel."""
        path = os.path.join(self.folder, "list.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"file '{slot['title']}-{slot['type']}.mp4'\n" for slot in slots)
        return timed("ffmpeg", "-v", "error", "-y", "-f", "concat", "-i", path, "-i", self.bed, "-map", "0:v", "-map", "1:a", *codec, "-c:a",
                     "copy", "-shortest", output, stderr=subprocess.DEVNULL)


def throughput(material, given):
    chance = random.Random(1)
    plans = [material.plan(chance) for _ in range(given.reels)]
    jobs = material.write_list("jobs.ndjson", ({"output": f"{number}.mp4", "slots": slots} for number, slots in enumerate(plans)))
    concat = Concat(material)
    out, copy = (os.path.join(material.folder, name) for name in ("reels", "copy"))
    ways = {"sizzle, 2 workers": [], "sizzle, 1 worker": [], "cp": [], "cp and sync": [], "concat": [], "encoding anew": []}
    for number in range(given.rounds):
        say(f"bench: round {number + 1} of {given.rounds}")
        for workers in (1, 2):
            shutil.rmtree(out, ignore_errors=True)
            subprocess.run(["sync", "-f", material.folder], check=True)
            name = f"sizzle, {workers} worker{'s' if workers > 1 else ''}"
            ways[name].append(timed(*material.render(jobs, out, "--jobs-parallel", str(workers))) / given.reels)
        subprocess.run(["sync", "-f", material.folder], check=True)
        shutil.rmtree(copy, ignore_errors=True)
        seconds = timed("cp", "-r", "--reflink=never", out, copy)
        ways["cp"].append(seconds / given.reels)
        ways["cp and sync"].append((seconds + timed("sync", "-f", copy)) / given.reels)
        some = chance.sample(plans, 20)
        ways["concat"].append(statistics.mean(concat.join(slots, f"{copy}/concat.mp4", "-c:v", "copy") for slots in some))
        codec = ("-c:v", "libx264", "-preset", "veryfast", "-b:v", "3M")
        ways["encoding anew"].append(statistics.mean(concat.join(slots, f"{copy}/encoded.mp4", *codec) for slots in some[:2]))
    size = sum(os.path.getsize(os.path.join(out, f"{number}.mp4")) for number in range(given.reels))
    shutil.rmtree(copy)
    shutil.rmtree(out)
    medians = {name: statistics.median(values) for name, values in ways.items()}
    say(f"\n{given.reels} reels of 12 clips, 720p, {size / given.reels / 1e6:.1f} MB each")
    for name, seconds in sorted(medians.items(), key=lambda item: item[1]):
        say(f"  {name:<20} {1e3 * seconds:9.2f} ms a reel   {seconds / medians['sizzle, 2 workers']:8.2f} of 'sizzle, 2 workers'")


def repeats(material, given):
    slots = material.plan(random.Random(2))
    out = os.path.join(material.folder, "same")
    say(f"\nOne reel under many names: seconds, and files on the disk")
    for count in (1, given.lines // 100):
        jobs = material.write_list("same.ndjson", ({"output": f"{number}.mp4", "slots": slots} for number in range(count)))
        shutil.rmtree(out, ignore_errors=True)
        seconds = timed(*material.render(jobs, out))
        files = len({os.stat(os.path.join(out, f"{number}.mp4")).st_ino for number in range(count)})
        say(f"  {count:>9} names {seconds:8.2f} s, {files} file{'s' if files > 1 else ''}, {1e3 * seconds / count:.3f} ms a name")
    shutil.rmtree(out)


def overhead(material, given):
    say("\nA worker with a ten-thousandth of a list: what the other lines cost")
    out = os.path.join(material.folder, "share")
    for count in (given.lines // 10, given.lines):
        chance = random.Random(3)
        jobs = material.write_list("many.ndjson", ({"output": f"{number % 1000}/{number}.mp4", "slots": material.plan(chance)}
                                                   for number in range(count)))
        shutil.rmtree(out, ignore_errors=True)
        seconds, memory = peak(*material.render(jobs, out, "--shard", "0/10000"))
        say(f"  {count:>9} lines {seconds:8.2f} s, {1e3 * seconds / count:.4f} ms a line, {memory:.0f} MiB at most")
    shutil.rmtree(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizzle", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--reels", type=int, default=1_000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    os.makedirs(given.folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        material = Material(given.sizzle, folder)
        throughput(material, given)
        repeats(material, given)
        overhead(material, given)


if __name__ == "__main__":
    main()
