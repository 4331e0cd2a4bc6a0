#!/usr/bin/env python3
"""How fast a Mega Asset is validated. Called by scripts/bench.

  full   sizzle validate --full, which decodes and judges every frame, against ffmpeg -i FILE -f null -, which decodes alone
  near   sizzle validate, which decodes the neighbourhoods of the boundaries, against the same

Without --mega on a film of moving patterns, 1280x720, with a clip every 80 frames. All in turns, on the same file; figures are medians of
the rounds. What is made lies in a folder in .build/bench and is removed at the end.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

from bench import ffmpeg, say

FILM = ("testsrc2=size=1280x720:rate=24,noise=alls=12:allf=t[a];mandelbrot=size=1280x720:rate=24,noise=alls=8:allf=t[b];"
        "[a][b]overlay=enable='lt(mod(n,160),80)'")


def timed(command, statuses=(0,)):
    """Seconds that a command takes, and what it prints."""
    started = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if done.returncode not in statuses:
        raise SystemExit(f"error: {' '.join(command)}: ended with {done.returncode}")
    return time.perf_counter() - started, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizzle", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--mega", help="a film of your own, of a constant rate")
    parser.add_argument("--seconds", type=int, default=60, help="how long the film is that is made; default 60")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    os.makedirs(given.folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        mega = given.mega
        if mega is None:
            mega = os.path.join(folder, "mega.mp4")
            say(f"bench: making {given.seconds} s of 720p")
            ffmpeg("-filter_complex", FILM, "-t", str(given.seconds), "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast",
                   "-g", "48", mega)
        probe = json.loads(subprocess.check_output(
            ["ffprobe", "-v", "error", "-count_packets", "-select_streams", "v:0", "-show_entries",
             "stream=nb_read_packets,avg_frame_rate", "-of", "json", mega]))["streams"][0]
        frames = int(probe["nb_read_packets"])
        index = os.path.join(folder, "clips.json")
        with open(index, "w", encoding="utf-8") as file:
            json.dump({"frameRate": probe["avg_frame_rate"], "clips": [
                {"title": f"T{start}", "type": "80", "start": start, "end": start + 80} for start in range(0, frames - 79, 80)]}, file)
        validate = [given.sizzle, "validate", mega, "--index", index, "--quiet", "--json"]
        decode = ["ffmpeg", "-v", "error", "-nostdin", "-i", mega, "-map", "0:v:0", "-f", "null", "-"]
        times = {"full": [], "near": [], "ffmpeg": []}
        for number in range(given.rounds):
            say(f"bench: round {number + 1} of {given.rounds}")
            times["full"].append(timed(validate + ["--full"], (0, 1))[0])
            times["ffmpeg"].append(timed(decode)[0])
            seconds, output = timed(validate, (0, 1))
            times["near"].append(seconds)
            read = json.loads(output)["framesRead"]
    median = {name: statistics.median(values) for name, values in times.items()}
    ratio = statistics.median(other / own for own, other in zip(times["full"], times["ffmpeg"]))
    print(f"ffmpeg, decoding alone    {median['ffmpeg']:7.2f} s  {frames} frames")
    print(f"sizzle validate --full    {median['full']:7.2f} s  {ratio:.2f} of ffmpeg's speed (goal 0.90)")
    print(f"sizzle validate           {median['near']:7.2f} s  {read} frames, {read / median['near'] / (frames / median['ffmpeg']):.2f} of ffmpeg's frames a second")


if __name__ == "__main__":
    main()
