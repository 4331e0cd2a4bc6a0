#!/usr/bin/env python3
"""How soon a preview plays. Called by scripts/bench.

A reel of 12 clips of 80 frames out of a Mega Asset of ten minutes, 1080p24: when the first fragment is on the pipe, when the whole is, beside the
reel's own length and beside FFmpeg seeking to, scaling and encoding the same frames with the same encoder, without the numbers. In turns;
figures are medians of the rounds. The Mega Asset is made once, which takes minutes, and kept. With --minutes and --rounds, less.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

from bench import ffmpeg, say

RATE, CLIPS, FRAMES = 24, 12, 80


def first_fragment(command):
    """Seconds until a whole 'mdat' box has come, and until the end."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        data, place, first = bytearray(), 0, None
        while chunk := process.stdout.read1(1 << 16):
            data += chunk
            while first is None and place + 8 <= len(data):
                size = int.from_bytes(data[place:place + 4], "big")
                if place + size > len(data):
                    break
                if data[place + 4:place + 8] == b"mdat":
                    first = time.perf_counter() - started
                place += size
    if process.returncode or first is None:
        raise SystemExit(f"error: {' '.join(command[:3])} … ended with {process.returncode}")
    return first, time.perf_counter() - started


def by_ffmpeg(mega, starts, output):
    inputs, chains = [], []
    for number, start in enumerate(starts):
        inputs += ["-ss", f"{start / RATE:.6f}", "-t", f"{FRAMES / RATE:.6f}", "-i", mega]
        chains.append(f"[{number}:v]scale=-2:360,setpts=PTS-STARTPTS[v{number}]")
    joined = "".join(f"[v{number}][{number}:a]" for number in range(len(starts)))
    graph = ";".join(chains) + f";{joined}concat=n={len(starts)}:v=1:a=1[v][a]"
    started = time.perf_counter()
    ffmpeg(*inputs, "-filter_complex", graph, "-map", "[v]", "-map", "[a]", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", output)
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizzle", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    os.makedirs(given.folder, exist_ok=True)
    mega = os.path.join(given.folder, f"preview-{given.minutes}.mp4")
    frames = given.minutes * 60 * RATE
    if not os.path.exists(mega):
        say(f"bench: making {given.minutes} minutes of 1920x1080")
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=1920x1080:rate={RATE}", "-f", "lavfi", "-i", "sine=sample_rate=48000", "-t",
               str(given.minutes * 60), "-vf", "noise=alls=4:allf=t", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "superfast", "-b:v",
               "8M", "-g", "48", "-c:a", "aac", f"{mega}.part.mp4")
        os.rename(f"{mega}.part.mp4", mega)
    starts = [number * (frames - FRAMES) // CLIPS + 7 for number in range(CLIPS)]
    order = [starts[number * 5 % CLIPS] for number in range(CLIPS)]
    times = {"first": [], "whole": [], "ffmpeg": []}
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        index, plan = os.path.join(folder, "clips.json"), os.path.join(folder, "reel.json")
        clips = [{"title": f"T{start}", "type": "80", "start": start, "end": start + FRAMES} for start in starts]
        with open(index, "w", encoding="utf-8") as file:
            json.dump({"frameRate": f"{RATE}/1", "clips": clips}, file)
        with open(plan, "w", encoding="utf-8") as file:
            json.dump({"edition": "current", "slots": [{"title": f"T{start}", "type": "80"} for start in order]}, file)
        command = [given.sizzle, "preview", plan, "--mega", mega, "--index", index, "-o", "-", "--quiet"]
        for number in range(given.rounds):
            say(f"bench: round {number + 1} of {given.rounds}")
            first, whole = first_fragment(command)
            times["first"].append(first)
            times["whole"].append(whole)
            times["ffmpeg"].append(by_ffmpeg(mega, order, os.path.join(folder, "ffmpeg.mp4")))
    medians = {name: statistics.median(values) for name, values in times.items()}
    length = CLIPS * FRAMES / RATE
    say(f"\nA preview of {length:.0f} s out of {given.minutes} minutes of 1080p")
    say(f"  first fragment after {medians['first']:6.2f} s")
    say(f"  whole          after {medians['whole']:6.2f} s, {medians['whole'] / length:.2f} of its length")
    say(f"  FFmpeg, no numbers   {medians['ffmpeg']:6.2f} s: the preview takes {medians['whole'] / medians['ffmpeg']:.2f} of it")


if __name__ == "__main__":
    main()
