"""Judges a reel against the source that its clips are from, with the ffmpeg program alone; footage_sweep.py says more.

A frame's number counts what ffmpeg decodes: its edit lists applied, leading pictures that cannot be decoded left out. Pictures
are compared as they are coded, without rotation and stretching, and by their luma, brought to eight bits.
"""

import math
import os
import re
import subprocess
from fractions import Fraction

import numpy

# Source frames that differ by less look the same: a fifth of a step per sample, which rounding alone can make (61 dB).
SAME = 0.05
# An encoder leaves out what hardly changes, such as single samples along an edge. A frame that is nearer to a neighbour of its
# source frame is wrong where these two differ by more than three times what the frame differs from that neighbour; below that the
# two are as near (libx264 alone reaches 2.3). Over ten encoded frames of a clip such chances even out: their sum must be least for
# the right frames.
CLEARLY, MANY = 3, 10
LOSSLESS = 100.0
ENOUGH_DECIBELS, ENOUGH_SSIM = 42.0, 0.98


class Undecodable(Exception):
    """No picture came out of a file."""


def run(command, limit):
    """Runs a command without input. Returns its status, stdout and stderr; the status is None when the time was up."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return None, "", ""
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


class Pictures:
    """The decoded frames of a file's first picture track: the hash and time of each, and the luma of those in `wanted`."""

    def __init__(self, path, folder, limit, wanted=None):
        self.path = path
        self.table, self.raw = os.path.join(folder, "frames"), os.path.join(folder, "luma")
        os.makedirs(folder, exist_ok=True)
        self.decode(wanted, limit)
        self.depth = self.bit_depth(limit)
        kind = numpy.dtype("<u2" if self.depth > 8 else "u1")
        if os.path.getsize(self.raw) != len(self.places) * self.width * self.height * kind.itemsize:
            # Where pictures change their size, ffmpeg's filters begin anew, and count frames from 0 again: take all.
            self.decode(None, limit)
        self.samples = numpy.memmap(self.raw, kind, "r", shape=(len(self.places), self.height, self.width))

    def decode(self, wanted, limit):
        # One decoder feeds both outputs, so that hashes and pictures have the same numbers.
        status, _, log = run(
            ["ffmpeg", "-v", "error", "-y", "-noautorotate", "-i", self.path,
             "-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "framemd5", self.table,
             "-map", "0:v:0", "-fps_mode", "passthrough", "-vf", f"{selection(wanted)}extractplanes=y",
             "-f", "rawvideo", self.raw], limit)
        if status is None:
            raise Undecodable("ffmpeg did not finish")
        self.read(self.table)
        if not self.hashes:
            raise Undecodable(log.strip().split("\n")[-1])
        numbers = [number for number in wanted or range(len(self.hashes)) if number < len(self.hashes)]
        self.places = {number: place for place, number in enumerate(numbers)}

    def read(self, table):
        self.hashes, self.ticks, self.timebase, self.width, self.height = [], [], None, 0, 0
        if not os.path.exists(table):
            return
        with open(table, encoding="ascii") as file:
            for line in file:
                if line.startswith("#tb 0:"):
                    self.timebase = Fraction(line.split(":")[1].strip())
                elif line.startswith("#dimensions 0:"):
                    self.width, self.height = (int(side) for side in line.split(":")[1].split("x"))
                elif not line.startswith("#"):
                    fields = line.split(",")
                    self.ticks.append(int(fields[2]))
                    self.hashes.append(fields[5].strip())

    def bit_depth(self, limit):
        _, text, _ = run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=pix_fmt",
                          "-of", "default=nw=1:nk=1", self.path], limit)
        depth = re.search(r"(9|10|12|14|16)[lb]e\b", text)
        return int(depth[1]) if depth else 8

    def luma(self, number):
        """A frame's luma in steps of eight bits; finer ones are fractions of a step."""
        picture = self.samples[self.places[number]].astype(numpy.float32)
        return picture / (1 << self.depth - 8) if self.depth > 8 else picture

    def off_grid(self, rate):
        """The first frame that is not at first + n / rate, more than the container's rounding away; None when all are."""
        for number, ticks in enumerate(self.ticks):
            if abs((ticks - self.ticks[0]) * self.timebase - number / rate) > 1.5 * self.timebase:
                return number
        return None


def selection(wanted):
    """A filter that passes frames by their numbers, which are sorted; empty when all are wanted."""
    if wanted is None:
        return ""
    runs = []
    for number in wanted:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "select='" + "+".join(f"between(n,{first},{last})" for first, last in runs) + "',"


def difference(one, other):
    """The mean of the squared differences."""
    apart = (one - other).ravel()
    return float(numpy.dot(apart, apart)) / apart.size


def decibels(square):
    return min(LOSSLESS, 10 * math.log10(255 * 255 / square)) if square > 0 else LOSSLESS


def ssim(one, other):
    """Structural similarity over windows of 8x8 at every fourth sample, as ffmpeg's filter has it."""
    height, width = (side // 4 * 4 for side in one.shape)

    def windows(values):
        blocks = values[:height, :width].reshape(height // 4, 4, width // 4, 4).sum((1, 3), dtype=numpy.float64)
        return blocks[:-1, :-1] + blocks[1:, :-1] + blocks[:-1, 1:] + blocks[1:, 1:]

    first, second = windows(one), windows(other)
    variances = windows(one * one + other * other) * 64 - first * first - second * second
    covariance = windows(one * other) * 64 - first * second
    small, large = 0.01 ** 2 * 255 ** 2 * 64, 0.03 ** 2 * 255 ** 2 * 64 * 63
    return float((((2 * first * second + small) * (2 * covariance + large))
                  / ((first * first + second * second + small) * (variances + large))).mean())


class Judgement:
    """What is right and wrong in a reel.

    `slots` are the clips in the reel's order, each with `title`, `start`, `end` and `encoded`, the set of its frames that were
    encoded. With `shift`, each clip is held against frames one further (or back, at the end): then all that moves must be wrong.
    """

    def __init__(self, reel, source, slots, shift=False):
        self.reel, self.source, self.shift = reel, source, shift
        self.faults, self.wrong, self.clips = [], [], []
        self.right = self.hashes = self.hashes_right = 0
        self.frames = sum(slot["end"] - slot["start"] for slot in slots)
        if (reel.width, reel.height) != (source.width, source.height):
            self.faults.append(f"pictures are {reel.width}x{reel.height}, the source's {source.width}x{source.height}")
            return
        if len(reel.hashes) != self.frames:
            self.faults.append(f"the reel has {len(reel.hashes)} frames, the plan {self.frames}")
        place = 0
        for slot in slots:
            self.judge_clip(slot, place)
            place += slot["end"] - slot["start"]
        self.right = min(self.frames, len(reel.hashes)) - len(self.wrong)
        self.summarize()

    def judge_clip(self, slot, place):
        # A clip of the whole file has no other frames to be held against.
        step = 0 if not self.shift else 1 if slot["end"] < len(self.source.hashes) else -1 if slot["start"] else 0
        clip = {"title": slot["title"], "start": slot["start"], "end": slot["end"], "encoded": len(slot["encoded"]),
                "wrong": 0, "asNear": 0, "moves": False}
        levels, sums = [], {-1: 0.0, 0: 0.0, 1: 0.0}
        for at, number in enumerate(range(slot["start"], slot["end"]), place):
            if at >= len(self.reel.hashes):
                break
            expected = number + step
            squares = self.squares(at, expected)
            self.judge_frame(clip, at, squares, expected)
            if number in slot["encoded"]:
                levels.append((decibels(squares[expected]), number, at))
                for offset in sums:
                    sums[offset] += squares.get(expected + offset, squares[expected])
            else:
                self.hashes += 1
                self.hashes_right += self.reel.hashes[at] == self.source.hashes[expected]
            if step and not clip["moves"]:
                clip["moves"] = self.moves(at, number, expected)
        clip["isShifted"] = len(levels) >= MANY and sums[0] > min(sums.values()) + SAME * len(levels)
        if levels:
            self.judge_quality(clip, levels)
        self.clips.append(clip)

    def squares(self, at, expected):
        """A frame's differences from its source frame and from those around that, by number; none around the same frame."""
        if self.reel.hashes[at] == self.source.hashes[expected]:
            return {expected: 0.0}
        picture = self.reel.luma(at)
        return {number: difference(picture, self.source.luma(number)) for number in (expected, expected - 1, expected + 1)
                if 0 <= number < len(self.source.hashes)}

    def judge_frame(self, clip, at, squares, expected):
        nearest = min(squares, key=squares.get)
        if nearest == expected:
            return
        apart = difference(self.source.luma(expected), self.source.luma(nearest))
        if apart <= max(SAME, CLEARLY * squares[nearest]):
            clip["asNear"] += 1
            return
        clip["wrong"] += 1
        self.wrong.append({"title": clip["title"], "frame": expected, "reelFrame": at, "looksLike": nearest,
                           "own": squares[expected], "other": squares[nearest], "apart": apart})

    def moves(self, at, number, expected):
        """Whether frames that are one apart can be told apart where the reel is right."""
        right = self.source.luma(number)
        return difference(right, self.source.luma(expected)) > max(SAME, CLEARLY * difference(right, self.reel.luma(at)))

    def judge_quality(self, clip, levels):
        clip["meanDecibels"] = sum(level for level, _, _ in levels) / len(levels)
        clip["worstDecibels"], clip["worstFrame"], _ = min(levels)
        if clip["meanDecibels"] >= ENOUGH_DECIBELS or self.shift:
            return
        found = [ssim(self.reel.luma(at), self.source.luma(number)) for _, number, at in levels]
        clip["ssim"] = sum(found) / len(found)
        if clip["ssim"] < ENOUGH_SSIM:
            self.faults.append(f"{clip['title']} has {clip['meanDecibels']:.1f} dB and SSIM {clip['ssim']:.4f}")

    def summarize(self):
        if self.wrong:
            first = self.wrong[0]
            self.faults.append(f"{len(self.wrong)} wrong frames, first {first['title']} frame {first['frame']}, "
                               f"which looks like {first['looksLike']}")
        if shifted := [clip["title"] for clip in self.clips if clip["isShifted"]]:
            self.faults.append(f"{', '.join(shifted)}: nearer as a whole to frames one further or back")
        if self.hashes_right < self.hashes:
            self.faults.append(f"{self.hashes - self.hashes_right} copied frames are not the source's")

    def worst(self, key):
        """The clip with the lowest mean or frame; None when nothing was encoded."""
        return min((clip for clip in self.clips if key in clip), key=lambda clip: clip[key], default=None)
