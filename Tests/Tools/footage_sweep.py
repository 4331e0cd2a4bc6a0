#!/usr/bin/env python3
"""Makes a reel of random clips of every file of a folder of footage, and has it judged by ffmpeg; see scripts/sweep.

For each file and each way of conditioning, the same 20 clips of 1 to 40 frames (drawn by the file's name) are ingested, rendered
in random order, verified, and then judged without sizzle (footage_judge.py):

  * each frame is nearer in luma to its source frame than to the frames before and after, unless those look the same;
  * frames that the ingest says were copied have the MD5 of the source's;
  * clips have 42 dB of luma on average over their encoded frames, or else an SSIM of 0.98.

A source of variable rate is ingested again with "variable" in its index. A refusal (exit 65, one line) passes where it is
expected: no picture; damaged, encrypted or empty; a codec that 'smart' cannot copy; pictures that change their size, unless all
is encoded. Anything else, a crash, a command that hangs, a wrong frame, is a failure.

FOLDER holds CATALOG.tsv, which names each file with its rate and its number of frames. Prints a line for each file and way, and
at the end "N passed, N failed"; exit status 1 with a failure.

That the judge can fail is shown by --self-test: every clip is held against frames one further, and each that moves must be found
wrong. A reel of a film in which one clip of 24 frames was shifted by a frame had 24 wrong frames, all of that clip.
"""

import argparse
import csv
import json
import os
import random
import shutil
import sys
import tempfile
import time
from fractions import Fraction

from footage_judge import Judgement, Pictures, Undecodable, run

LENGTHS = (1, 2, 10, 24, 40)
MODES = ("auto", "smart", "encode")
# Where a file has no picture or none that is known, clips are drawn all the same: what is refused is the file, not the index.
GUESSED_FRAMES, GUESSED_RATE = 50, "24/1"
# Named refuse-* because 'copy' and 'smart' refuse them; the other ways must take them.
ENCODABLE = ("av1", "vp8", "vp9", "mpeg4")


class Failed(Exception):
    """sizzle did not do what it should; the text says what it did."""


class Refused(Exception):
    """sizzle refused its input, with one line."""


class Footage:
    """A file of the catalogue: clips and their order in the reel, drawn by its name, and its frames as ffmpeg decodes them."""

    def __init__(self, row, path, count):
        self.name, self.path, self.codec = row["file"], path, row["vcodec"].split(" ")[0]
        self.rate = row["fps"] if row["fps"] != "-" else GUESSED_RATE
        self.frames = int(row["frames"]) if row["frames"].isdigit() else None
        total = self.frames or GUESSED_FRAMES
        chance = random.Random(self.name)
        self.clips = []
        for number in range(count):
            length = chance.choice([length for length in LENGTHS if length <= total])
            start = chance.randint(0, total - length)
            self.clips.append({"title": f"clip-{number:02}", "type": str(length), "start": start, "end": start + length})
        self.order = chance.sample(self.clips, count)
        self.pictures, self.undecodable, self.off_grid = None, None, None

    def decode(self, folder, limit):
        # Two frames about each clip, so that its frames have neighbours when it is held against frames one further.
        wanted = sorted({number for clip in self.clips for number in range(max(0, clip["start"] - 2), clip["end"] + 2)})
        try:
            self.pictures = Pictures(self.path, folder, limit, wanted)
        except Undecodable as error:
            self.undecodable = str(error)
            return
        self.off_grid = self.pictures.off_grid(Fraction(self.rate))

    def may_be_refused(self, mode, line):
        """Whether a refusal is expected."""
        if self.codec == "-":
            return True
        if self.name.startswith("refuse-") and (self.codec not in ENCODABLE or mode == "smart"):
            return True
        if mode == "smart" and (self.codec not in ("h264", "hevc") or "cannot be copied" in line):
            return True
        return mode != "encode" and "--condition encode to make all alike" in line


class Trial:
    """One file, conditioned in one way."""

    def __init__(self, footage, mode, folder, options):
        self.footage, self.mode, self.folder, self.options = footage, mode, folder, options
        self.result = {"file": footage.name, "mode": mode, "rate": footage.rate, "status": "failed", "seconds": 0.0}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, document):
        with open(self.path(name), "w", encoding="utf-8") as file:
            json.dump(document, file)

    def sizzle(self, *arguments):
        """Runs sizzle and returns its JSON document; what it says instead is refused or failed."""
        started = time.monotonic()
        status, text, log = run([self.options.sizzle, *arguments, "--library", self.path("library"), "--json", "--quiet"],
                                self.options.limit_seconds)
        self.result["seconds"] += time.monotonic() - started
        lines = log.strip().splitlines()
        self.result["exit"], self.result["line"] = status, lines[-1] if lines else ""
        if status is None:
            raise Failed(f"{arguments[0]} hangs: not done after {self.options.limit_seconds} s")
        if status < 0:
            raise Failed(f"{arguments[0]} crashed with signal {-status}")
        if status == 65 and len(lines) == 1 and lines[0].startswith("error: "):
            raise Refused(lines[0].removeprefix("error: "))
        if status:
            raise Failed(f"{arguments[0]} ended with {status} and {len(lines)} lines: {self.result['line']}")
        return json.loads(text)

    def ingest(self, rate):
        self.result["rate"] = rate
        self.write("clips.json", {"frameRate": rate, "clips": self.footage.clips})
        return self.sizzle("ingest", self.footage.path, "--index", self.path("clips.json"), "--condition", self.mode)

    def take(self):
        """Ingests, at a variable rate where the frames are not at a constant one."""
        try:
            return self.ingest(self.footage.rate)
        except Refused as refusal:
            if self.footage.off_grid is None:
                raise
            self.result["constantRate"] = str(refusal)
        return self.ingest("variable")

    def make(self):
        """A verified reel, and the clips in its order, each with the frames that were encoded."""
        made = self.take()
        self.result.update(copied=made["framesCopied"], encoded=made["framesEncoded"], cuts=made["cuts"])
        encoded = {cut["title"]: {number for part in cut["encoded"] for number in range(part["start"], part["end"])}
                   for cut in made["cuts"]}
        self.write("reel.json", {"edition": "current", "slots": [
            {"title": clip["title"], "type": clip["type"]} for clip in self.footage.order]})
        self.sizzle("render", self.path("reel.json"), "-o", self.path("reel.mp4"))
        self.sizzle("verify", self.path("reel.mp4"), "--plan", self.path("reel.json"))
        return [{**clip, "encoded": encoded[clip["title"]]} for clip in self.footage.order]

    def judge(self, slots):
        source = self.footage.pictures
        if source is None:
            raise Failed(f"an edition was made of what ffmpeg cannot decode: {self.footage.undecodable}")
        if len(source.hashes) != self.footage.frames:
            raise Failed(f"ffmpeg decodes {len(source.hashes)} frames, the catalogue has {self.footage.frames}")
        try:
            reel = Pictures(self.path("reel.mp4"), self.path("decoded"), self.options.limit_seconds)
        except Undecodable as error:
            raise Failed(f"the reel cannot be decoded: {error}") from error
        found = Judgement(reel, source, slots, shift=self.options.self_test)
        self.result.update(frames=found.frames, right=found.right, md5s=found.hashes, md5sRight=found.hashes_right,
                           wrong=found.wrong[:40], clips=found.clips)
        if self.options.self_test:
            moving = [clip for clip in found.clips if clip["moves"]]
            missed = [clip["title"] for clip in moving if not clip["wrong"] and not clip["isShifted"]]
            self.result["why"] = f"{len(moving) - len(missed)} of {len(moving)} shifted clips were found wrong"
            if missed:
                raise Failed(f"{self.result['why']}; missed {', '.join(missed)}")
            return
        for key, name in (("meanDecibels", "worstClip"), ("worstDecibels", "worstFrame")):
            self.result[name] = found.worst(key)
        if found.faults:
            raise Failed("; ".join(found.faults))

    def run(self):
        os.makedirs(self.folder)
        try:
            self.judge(self.make())
            self.result["status"] = "passed"
        except Refused as refusal:
            self.result["why"] = str(refusal)
            if self.footage.may_be_refused(self.mode, str(refusal)):
                self.result["status"] = "refused"
        except Failed as failure:
            self.result["why"] = str(failure)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
        return self.result


def describe(result):
    """A trial in one line."""
    parts = [f"{result['file']:38} {result['mode']:6} {result['rate']:>15}"]
    if "copied" in result:
        parts.append(f"{result['copied']:4} copied {result['encoded']:4} encoded")
    parts.append(f"{result['seconds']:6.1f} s")
    if "frames" in result:
        parts.append(f"frames {result['right']}/{result['frames']}  MD5s {result['md5sRight']}/{result['md5s']}")
    if clip := result.get("worstClip"):
        similar = f" SSIM {clip['ssim']:.4f}" if "ssim" in clip else ""
        parts.append(f"clip {clip['meanDecibels']:.1f} dB{similar} ({clip['title']})")
    if clip := result.get("worstFrame"):
        parts.append(f"frame {clip['worstDecibels']:.1f} dB ({clip['title']} {clip['worstFrame']})")
    if "frames" not in result:
        parts.append(f"exit {result.get('exit')}")
    parts.append(result["status"] if result["status"] != "failed" else "FAILED")
    return "  ".join(parts) + (f": {result['why']}" if "why" in result else "")


def sweep(rows, options):
    results = []
    for row in rows:
        footage = Footage(row, os.path.join(options.media, row["file"]), options.clips)
        # Decoded pictures are large: those of one file at a time, each in a folder of its own.
        with tempfile.TemporaryDirectory(prefix="sizzle-sweep") as folder:
            footage.decode(os.path.join(folder, "source"), options.limit_seconds)
            for mode in options.mode or MODES:
                results.append(Trial(footage, mode, os.path.join(folder, mode), options).run())
                print(describe(results[-1]), flush=True)
    return results


def summarize(results):
    print()
    for mode in MODES:
        own = [result for result in results if result["mode"] == mode]
        if not own:
            continue
        total = {key: sum(result.get(key, 0) for result in own)
                 for key in ("copied", "encoded", "right", "frames", "md5sRight", "md5s")}
        count = {status: sum(result["status"] == status for result in own) for status in ("passed", "refused", "failed")}
        print(f"{mode}: {count['passed']} passed, {count['refused']} refused as expected, {count['failed']} failed; "
              f"{total['copied']} frames copied, {total['encoded']} encoded, {total['right']} of {total['frames']} right, "
              f"{total['md5sRight']} of {total['md5s']} MD5s right")
    failed = [result for result in results if result["status"] == "failed"]
    for result in failed:
        print(f"failed: {result['file']} {result['mode']}: {result.get('why')}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False)
    parser.add_argument("--sizzle", required=True, metavar="PROGRAM", help="the program")
    parser.add_argument("--media", required=True, metavar="FOLDER", help="the footage, with its CATALOG.tsv")
    parser.add_argument("--mode", action="append", choices=MODES, help="condition in this way; repeat for more (default: all)")
    parser.add_argument("--only", action="append", metavar="NAME", help="take this file only; repeat for more")
    parser.add_argument("--clips", type=int, default=20, help="how many clips of each file (default: 20)")
    parser.add_argument("--json", metavar="FILE", help="write all that was found into FILE")
    parser.add_argument("--limit-seconds", type=int, default=600, help="a command that takes longer hangs (default: 600)")
    parser.add_argument("--self-test", action="store_true", help="hold clips against wrong frames; the judge must see it")
    options = parser.parse_args()
    if options.clips < 1 or options.limit_seconds < 1:
        parser.error("--clips and --limit-seconds are at least 1")
    with open(os.path.join(options.media, "CATALOG.tsv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if unknown := set(options.only or ()) - {row["file"] for row in rows}:
        parser.error(f"--only {min(unknown)}: is not in the catalogue")
    results = sweep([row for row in rows if not options.only or row["file"] in options.only], options)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1, sort_keys=True)
    sys.exit(summarize(results))


if __name__ == "__main__":
    main()
