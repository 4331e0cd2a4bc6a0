#!/usr/bin/env python3
"""What the next edition costs. Called by scripts/bench.

A Mega Asset of 200 clips of 80 frames with sound and a bed, cut off the grid of its IDR pictures, is ingested; then again with one clip that
begins a frame later. Time and bytes on the disk of the second are told as shares of the first. Each round in a new library; figures are
medians. With --clips, fewer.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time

from bench import ffmpeg, say


def size(folder):
    """Bytes of all files in a folder."""
    return sum(os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(folder) for name in names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizzle", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    os.makedirs(given.folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        mega, library = os.path.join(folder, "mega.mp4"), os.path.join(folder, "library")
        say(f"bench: making {given.clips * 80} frames of 640x360")
        ffmpeg("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=24", "-f", "lavfi", "-i", "anoisesrc=color=pink:r=48000:seed=3:a=0.3",
               "-t", str((given.clips * 80 + 80) / 24), "-vf", "noise=alls=10:allf=t", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset",
               "veryfast", "-g", "48", "-c:a", "aac", mega)
        indexes = []
        for number in range(2):
            clips = [{"title": f"T{clip // 4}", "type": f"{80 + clip % 4}", "start": clip * 80 + 7 + (number if clip == given.clips // 2 else 0),
                      "end": clip * 80 + 87} for clip in range(given.clips)]
            indexes.append(os.path.join(folder, f"clips-{number}.json"))
            with open(indexes[-1], "w", encoding="utf-8") as file:
                json.dump({"frameRate": "24/1", "clips": clips}, file)
        times, sizes, reports = [[], []], [[], []], []
        for number in range(given.rounds):
            say(f"bench: round {number + 1} of {given.rounds}")
            shutil.rmtree(library, ignore_errors=True)
            before = 0
            for place, index in enumerate(indexes):
                started = time.perf_counter()
                report = subprocess.check_output([given.sizzle, "ingest", mega, "--index", index, "--library", library, "--bed",
                                                  "main=0-2400", "--quiet", "--json"], stdin=subprocess.DEVNULL)
                times[place].append(time.perf_counter() - started)
                sizes[place].append(size(library) - before)
                before += sizes[place][-1]
                reports.append(json.loads(report))
    first, second = (statistics.median(values) for values in times)
    grown = [statistics.median(values) for values in sizes]
    print(f"the first edition of {given.clips} clips   {first:7.2f} s  {grown[0] / 1e6:8.2f} MB")
    print(f"one clip changed                {second:7.2f} s  {grown[1] / 1e6:8.2f} MB  {second / first:.1%} of the time (goal 5%), "
          f"{grown[1] / grown[0]:.1%} of the bytes (goal 2%)")
    print(f"milliseconds of the parts: {reports[-1]['milliseconds']}")


if __name__ == "__main__":
    main()
