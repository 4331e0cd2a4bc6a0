#!/usr/bin/env python3
"""Plays a file or playlist to its end in mpv and prints as JSON what mpv presented.

    mpv_play.py FILE_OR_URL [--timeout SECONDS] [--no-sound]

mpv's encoding mode runs its whole player but writes to a muxer instead of a screen: no frame is dropped for want of
time, and the muxer (framecrc) prints a line for each frame that mpv presents. Keys: `frames`, `times` (ticks of
`timebase` seconds), `checksums` of the pictures, `soundStart` and `soundEnd` (ticks of `soundTimebase`, one sample;
mpv fills its last block with silence), `messages` (warnings and errors), `status` (mpv's exit status), `timedOut`. The
exit status is 0 when mpv played to the end without an error, else 1.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

# mpv compares its clock with the sound's even where nothing is played at a speed; on a busy machine it warns of that.
CLOCK_WORDS = (
    "Audio/Video desynchronisation", "hardware, temporary CPU spikes", "position will not match to the video")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE_OR_URL")
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--no-sound", action="store_true")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="mpv-play") as folder:
        output = os.path.join(folder, "frames")
        command = ["mpv", "--no-config", "--no-terminal", "--ytdl=no", "--hwdec=no", "--cache=no",
                   f"--log-file={folder}/log", "--of=framecrc", f"--o={output}", "--ovc=rawvideo", "--oac=pcm_s16le"]
        command += ["--no-audio"] if options.no_sound else []
        try:
            # A session of its own, so that ending it ends whatever it started and nothing else.
            player = subprocess.Popen([*command, "--", options.file], stdin=subprocess.DEVNULL, start_new_session=True)
        except FileNotFoundError:
            sys.exit("error: mpv is not installed")
        timed_out = False
        try:
            status = player.wait(options.timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
            os.killpg(player.pid, 9)
            status = player.wait()
        lines = read(output)
        # Lines look like "[   0.012][w][ffmpeg/demuxer] text".
        found = [re.match(r"\[ *[\d.]+\](\[[wef]\]\[.*?\] (.*))", line) for line in read(f"{folder}/log")]
        messages = [line[1] for line in found if line and not line[2].startswith(CLOCK_WORDS) and line[2]]

    found = summary(lines)
    found.update(status=status, timedOut=timed_out, messages=messages)
    json.dump(found, sys.stdout, sort_keys=True)
    print()
    sys.exit(0 if status == 0 and found["frames"] else 1)


def read(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().splitlines()


def summary(lines):
    """Reads framecrc's header ("#tb 0: 1/24000") and rows (stream, dts, pts, duration, size, checksum)."""
    kinds, timebases, rows = {}, {}, {"video": [], "audio": []}
    for line in lines:
        if header := re.match(r"#(tb|media_type) (\d+): (.*)", line):
            (timebases if header[1] == "tb" else kinds)[header[2]] = header[3]
        elif not line.startswith("#"):
            stream, _, pts, duration, _, checksum = (column.strip() for column in line.split(",")[:6])
            rows[kinds[stream]].append((int(pts), int(duration), checksum))
    bases = {kind: timebases[stream] for stream, kind in kinds.items()}
    picture, sound = rows["video"], rows["audio"]
    return {"frames": len(picture), "times": [row[0] for row in picture], "checksums": [row[2] for row in picture],
            "timebase": bases.get("video"), "soundTimebase": bases.get("audio"),
            "soundStart": sound[0][0] if sound else None, "soundEnd": sum(sound[-1][:2]) if sound else None}


if __name__ == "__main__":
    main()
