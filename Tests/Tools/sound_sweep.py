#!/usr/bin/env python3
"""Makes reels of random clips with generated music and sound, and judges what is heard in them; see scripts/sweep-sound.

Six groups, each with its own reels. N is --reels:

  bed       N       the bed alone: clicks in it are at their sample, and decoded samples are those of the bed's own AAC
  mix       N       clips over the bed: against the ideal mix, at seams and elsewhere
  clip      N / 2   clips alone: the same
  tones     N / 4   each clip has a pure tone, which must be heard in its slot and in no other
  sync      N / 10  60 clips at 24000/1001 and 30000/1001: how far sound is from the pictures that are shown
  loop      N / 4   reels of 30 s on a bed of 10 s
  loudness          real sound at -23 and -14 LUFS: beds, clips, reels and mixes, measured by libebur128

The ideal is made from the plan in numpy (sound_judge.py). Where it matters what AAC alone does to sound, the ideal is encoded once
by ffmpeg with the same settings; what the reel's error exceeds that one's by is sizzle's. Windows are of 2,048 samples: `seams` are
centred where one clip's pictures end and the next one's begin, `switches` where the packets change, one AAC frame later at most.
They hold the bed at full level and so are harder or easier to encode than the rest. So a level at seams is "worse than elsewhere"
by how much more it differs from elsewhere than the single encode's does. Spreads are median / 95 % / worst.

Prints a line for each judgement, and at the end "N passed, N failed"; exit status 1 with a failure. That each judgement can fail is
shown by --self-test: a few reels of each group must pass, and with one thing spoiled (their sound shifted, clips swapped, a click
added, a packet's time changed) the judgement that this is for must fail.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from fractions import Fraction
from types import SimpleNamespace

import numpy

from sound_groups import Bed, Clip, Mix
from sound_judge import Reel, Take
from sound_other_groups import LOOP_SECONDS, LOOP_START, Loop, Loudness, Sync, Tones
from sound_sources import Failed, clicks, clip_index, decode, material, music, packet_times, per_clip, run, write_mega, write_wav

KINDS = (Bed, Mix, Clip, Tones, Sync, Loop, Loudness)
BED_SECONDS = 120


class Library:
    """A library of one edition, as files and as the program tells."""

    def __init__(self, shop, name):
        self.shop, self.folder = shop, shop.path(name)

    def sizzle(self, *arguments):
        return run([self.shop.program, *arguments, "--library", self.folder])

    def ingest(self, mega, rate, clips, *options):
        index = self.shop.write("clips.json", {"frameRate": f"{rate.numerator}/{rate.denominator}", "clips": clips})
        return json.loads(self.sizzle("ingest", mega, "--index", index, "--json", "--quiet", *options))

    def object(self, name, ending):
        with open(os.path.join(self.folder, "media", name[:2], f"{name[2:]}.{ending}"), "rb") as file:
            return file.read()

    def files(self, ending):
        return sorted(os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(self.folder, "media"))
                      for name in names if name.endswith(ending))

    def bed(self, name):
        """A bed's own AAC, decoded; the first 1,024 samples are not the bed's."""
        shown = json.loads(self.sizzle("editions", "show", "--json"))
        bed = next(bed for bed in shown["manifest"]["beds"] if bed["name"] == name)
        return decode("-", self.object(bed["initSegment"], "mp4") + self.object(bed["sound"]["object"], "m4s"))

    def verify(self, path, plan):
        self.sizzle("verify", path, "--plan", self.shop.write("verified.json", plan), "--quiet")

    def render(self, name, clips, rate, audio):
        """A reel that sizzle has made and verified, and decoded here."""
        plan = {"edition": "current", "slots": [{"title": clip["title"], "type": clip["type"]} for clip in clips], "audio": audio}
        path = self.shop.path(f"{name}.mp4")
        self.sizzle("render", self.shop.write(f"{name}.json", plan), "-o", path, "--quiet")
        self.verify(path, plan)
        take = Take(plan, Reel(clips, rate, audio), path, decode(path), packet_times(path))
        if len(take.sound) != take.reel.samples:
            raise Failed(f"the reel's sound is {len(take.sound)} samples, not {take.reel.samples}")
        return take


class Workshop:
    """A folder to work in, and the Mega Asset and the beds that several groups share."""

    def __init__(self, program, folder, media, seed):
        self.program, self.folder, self.media, self.seed, self.shared = program, folder, media, seed, None

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, document):
        with open(self.path(name), "w", encoding="utf-8") as file:
            json.dump(document, file)
        return self.path(name)

    def library(self, name):
        return Library(self, f"library of {name}")

    def sounds(self, name):
        """Chance for generated sound."""
        return numpy.random.default_rng([self.seed, *name.encode()])

    def common(self):
        """Made when first asked for: library, rate, clips, the Mega Asset's sound, beds by name, and places of clicks."""
        if not self.shared:
            chance, rate = self.sounds("common"), Fraction(24)
            clips = clip_index([(40, 80)[(number * 5 + number // 3) % 2] for number in range(32)])
            # A few clips are silent: the bed must not give way to them.
            mega = write_mega(self.path("mega.mov"), "24", clips[-1]["end"], per_clip(
                clips, rate, lambda number, count: material(chance, number, count) * (number % 13 != 5)))
            clicking, places = clicks(chance, BED_SECONDS)
            made = {"clicks": clicking, "music": music(chance, BED_SECONDS), "loop": music(chance, LOOP_SECONDS)}
            beds = {name: write_wav(self.path(f"{name}.wav"), sound) for name, sound in made.items()}
            library = self.library("common")
            library.ingest(self.path("mega.mov"), rate, clips, *(f"--bed={name}={self.path(name)}.wav" for name in beds),
                           f"--bed-loop=loop={LOOP_START}", "--loudness=off")
            self.shared = SimpleNamespace(library=library, rate=rate, clips=clips, mega=mega, beds=beds, places=places)
        return self.shared


def verdict(group, measures):
    """For each judgement its faults and its figures. What one reel alone is at fault for comes first."""
    found = {name: {"faults": [], "figures": ""} for name in group.judgements}
    for measure in measures:
        for name, fault in measure["faults"]:
            found[name]["faults"].append(f"{group.thing} {measure['number']}: {fault}")
    whole = [measure for measure in measures if measure["whole"]]
    found["made"]["figures"] = f"{len(whole)} of {len(measures)} {group.things}"
    if whole:
        for name, figures, faults in group.judge(whole):
            found[name]["figures"] = figures
            found[name]["faults"] += faults
    return found


def measured(group, number, take):
    """A reel's measures; a program that failed is a fault of it. `take` makes what is measured."""
    measure = {"number": number, "faults": [], "whole": False}
    try:
        made = take()
        measure["plan"] = made.plan
        group.measure(made, measure)
        measure["whole"] = True
    except Failed as failure:
        measure["faults"].append(("made", str(failure)))
    return measure


def describe(group, name, found):
    mark = "FAILED: " + "; ".join(found["faults"][:3]) if found["faults"] else "passed"
    more = f" and {len(found['faults']) - 3} more" if len(found["faults"]) > 3 else ""
    return f"{group.name:9} {name:10} {found['figures']}  {mark}{more}"


def sweep(group, count, results):
    started = time.monotonic()
    measures = [measured(group, number, lambda: group.take(number)) for number in range(count)]
    found = verdict(group, measures)
    for name, judgement in found.items():
        print(describe(group, name, judgement), flush=True)
    for note in group.notes(measures):
        print(f"{group.name:9} {'':10} {note}")
    seconds = time.monotonic() - started
    print(f"{group.name:9} {'':10} {seconds:.0f} s", flush=True)
    results.append({"group": group.name, "seconds": seconds, "judgements": found,
                    "spreads": group.spreads, "faulty": [{key: measure.get(key) for key in ("number", "plan", "faults")}
                                                         for measure in measures if measure["faults"]]})
    return [not judgement["faults"] for judgement in found.values()]


def self_test(group, count, results):
    """Judges a few reels as they are, then with each thing spoiled that the group knows."""
    takes, refused = {}, []
    for number in range(count):
        try:
            takes[number] = group.take(number)
        except Failed as failure:
            refused.append({"number": number, "faults": [("made", str(failure))], "whole": False})

    def judged(spoil, others=()):
        return verdict(group, [*others, *(measured(group, number, lambda: spoil(take)) for number, take in takes.items())])

    right = judged(lambda take: take, refused)
    outcomes = []
    for name, judgement in right.items():
        print(f"as it is: {describe(group, name, judgement)}", flush=True)
        outcomes.append(not judgement["faults"])
        results.append({"group": group.name, "judgement": name, "as": "it is", **judgement})
    spoils = group.spoils()
    missing = set(group.judgements) - {name for name, _, _ in spoils}
    if missing:
        raise RuntimeError(f"nothing shows that these can fail: {', '.join(sorted(missing))}")
    for name, what, spoil in spoils:
        judgement = judged(spoil)[name]
        outcomes.append(bool(judgement["faults"]))
        print(f"spoiled:  {group.name:9} {name:10} {what}: {'seen' if judgement['faults'] else 'FAILED: not seen'}"
              + "".join(f" ({fault})" for fault in judgement["faults"][:1]), flush=True)
        results.append({"group": group.name, "judgement": name, "as": what, **judgement})
    return outcomes


def main():
    names = [kind.name for kind in KINDS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False)
    parser.add_argument("--sizzle", required=True, metavar="PROGRAM", help="the program")
    parser.add_argument("--media", metavar="FOLDER", help="real footage, for the group 'loudness', which is skipped without it")
    parser.add_argument("--reels", type=int, default=200, metavar="N", help="how many reels (default: 200)")
    parser.add_argument("--only", action="append", choices=names, help="this group only; repeat for more")
    parser.add_argument("--seed", type=int, default=1, help="draws other sound, clips and reels (default: 1)")
    parser.add_argument("--json", metavar="FILE", help="write all that was found into FILE")
    parser.add_argument("--self-test", action="store_true", help="spoil a few reels of each group; it must be seen")
    options = parser.parse_args()
    if options.reels < 1:
        parser.error("--reels is at least 1")
    outcomes, results, started = [], [], time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sizzle-sound") as folder:
        shop = Workshop(os.path.abspath(options.sizzle), folder, options.media, options.seed)
        for kind in KINDS:
            if options.only and kind.name not in options.only:
                continue
            try:
                group = kind(shop)
                if group.skipped:
                    print(f"{kind.name:9} skipped: {group.skipped}")
                    results.append({"group": kind.name, "skipped": group.skipped})
                elif options.self_test:
                    outcomes += self_test(group, group.few, results)
                else:
                    outcomes += sweep(group, group.count(options.reels), results)
            except Failed as failure:
                print(f"{kind.name:9} FAILED: {failure}")
                results.append({"group": kind.name, "failed": str(failure)})
                outcomes.append(False)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1, sort_keys=True, default=lambda value: value.json())
    print(f"{time.monotonic() - started:.0f} s")
    print(f"{sum(outcomes)} passed, {len(outcomes) - sum(outcomes)} failed")
    sys.exit(0 if all(outcomes) and outcomes else 1)


if __name__ == "__main__":
    main()
