#!/usr/bin/env python3
"""Makes films whose cuts are known, gives `sizzle validate` clips that begin and end beside them, and judges what it says.

Four groups, each with N boundaries, which are ends of clips. N is --boundaries.

  real     shots of real footage of many looks, joined by hard cuts, and some films with cuts of their own
  stamped  moving and still patterns that ffmpeg draws, joined by hard cuts; each frame says its number
  soft     footage and patterns, joined by crossfades, wipes and fades through black, of 12 and 24 frames
  inside   clips inside of long takes of footage and patterns, far from any cut; some end at a flash

Joints of real and stamped are of these kinds, as far as chance makes them: between two shots of the same scene (nearer, or at
another time), dark to dark, with fast motion right after, near a flash of one or two frames, and plain. Each boundary is given to
the program with each error from -3 to +3 frames, in-points and out-points apart by chance, in as many runs. An error is found when
a fault of that clip has the kind in-point or out-point and the shift that puts it right. Goals: 95 % of errors of one frame are
found, 2 % of right boundaries at most are called wrong, and 98 % of soft transitions and of boundaries inside of shots, flashes
apart, are not taken for a misplaced cut. Where there is no hard cut, no-cut-in and no-cut-out are right, and silence is no fault.

That the films' cuts are where they should be is known since they are written frame by frame, and proved by decoding: see
boundary_material.py. Where the footage is: boundary_footage.py. What is judged: boundary_judge.py.
"""

import argparse
import csv
import json
import os
import sys
import tempfile
import time

from boundary_footage import HEIGHT, RATE, WIDTH, Footage, Patterns, Shot
from boundary_judge import (SHIFTS, Group, Pretender, Program, chance_of, hard_trial, inside_trial, perfect, pretenders, shifted,
                            soft_trial, strip)
from boundary_material import Film, Studio, Writer, natural
from sound_sources import Failed, run

NAMES = ("real", "stamped", "soft", "inside")
TOLD, STRIPS = 20, 40
TIMES_ELSEWHERE = 2  # runs of films without hard cuts; their points are elsewhere each time


def make(name, studio, options):
    """A group with its films."""
    half, chance = max(2, options.boundaries // 2), chance_of(options.seed, name)
    if name == "real":
        trials = [hard_trial(studio.real(half), options.rounds, chance)]
        for film in natural(options.media):
            trials.append(shifted(film, film.notes["clips"], options.rounds, chance))
        return Group(name, trials)
    film = getattr(studio, name)(half)
    if name == "stamped":
        return Group(name, [hard_trial(film, options.rounds, chance)])
    return Group(name, [(soft_trial if name == "soft" else inside_trial)(film, min(TIMES_ELSEWHERE, options.rounds), chance)])


def describe(group, name, found):
    more = f" and {len(found['faults']) - 2} more" if len(found["faults"]) > 2 else ""
    mark = "FAILED: " + "; ".join(found["faults"][:2]) + more if found["faults"] else "passed"
    return f"{group.name:8} {name:8} {found['figures']}  {mark}"


def material(group):
    for trial in group.trials:
        film = trial.film
        joints = [joint["kinds"] for joint in film.joints]
        kinds = {kind: sum(kind in kinds for kinds in joints) for kind in sorted({kind for kinds in joints for kind in kinds})}
        told = [f"{film.frames} frames, {len(joints)} cuts" if joints else f"{film.frames} frames"]
        told += [f"{count} {kind}" for kind, count in kinds.items() if len(group.trials) == 1 or kind != "a film's own cut"]
        if film.softs:
            told.append(f"{len(film.softs)} transitions")
        yield f"{group.name:8} {'':8} {os.path.basename(film.path)}: {', '.join(told)}"


def sweep(group, program, folder, results):
    """Judges a group; prints and keeps what was found. Returns an outcome for each judgement."""
    found, judged = group.judge(program, folder)
    for line in (*material(group), *(f"{group.name:8} {'':8} {row}" for row in group.table(judged)),
                 *(describe(group, name, judgement) for name, judgement in found.items())):
        print(line, flush=True)
    misses = list(group.misses(judged))
    for miss in misses[:TOLD]:
        print(f"{group.name:8} {'':8} {os.path.basename(miss['film'])}: {miss['clip']} {miss['side']}-point given {miss['given']}, "
              f"cut {miss['cut']}: right is {miss['right']}, said {miss['said']} ({miss['kinds']})")
    if len(misses) > TOLD:
        print(f"{group.name:8} {'':8} and {len(misses) - TOLD} more")
    results.append({"group": group.name, "judgements": found, "misses": misses, "points": len(judged)})
    return [not judgement["faults"] for judgement in found.values()]


def keep(folder, results):
    """Writes the misses of all groups as a table, and a strip of frames for the first of them."""
    misses = [miss for result in results for miss in result.get("misses", [])]
    path = os.path.join(folder, "misses.tsv")
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ["group", "film", "run", "clip", "side", "cut", "given", "right", "said", "kinds"], delimiter="\t")
        table.writeheader()
        table.writerows(misses)
    seen = {}
    for miss in misses:
        place = miss["cut"] if miss["cut"] is not None else miss["given"]
        seen.setdefault(f"miss-{miss['group']}-{os.path.basename(miss['film']).split('.')[0]}-{place}.png", miss)
    for name, miss in list(seen.items())[:STRIPS]:
        strip(miss, os.path.join(folder, name))
    print(f"{len(misses)} misses are in {path}" + (", and frames about them beside it" if seen else ""))


def self_test(groups, folder, studio):
    """A program that is always right must pass, and those that are at fault must fail where they are."""
    outcomes = []
    for group in groups:
        for name, judgement in group.judge(Pretender(perfect), folder)[0].items():
            print(f"always right: {describe(group, name, judgement)}", flush=True)
            outcomes.append(not judgement["faults"])
        for what, program, blamed in pretenders():
            name = blamed.get(group.name)
            if not name:
                continue
            judgement = group.judge(program, folder)[0][name]
            outcomes.append(bool(judgement["faults"]))
            print(f"spoiled:      {group.name:8} {name:8} {what}: {'seen' if judgement['faults'] else 'FAILED: not seen'}"
                  + "".join(f" ({fault})" for fault in judgement["faults"][:1]), flush=True)
    for what, spoil in (("a frame lost", "select='not(eq(n,40))'"), ("two frames swapped", "shuffleframes=0 2 1"),
                        ("all frames one later", "tpad=start=1:start_mode=clone,trim=end_frame={}")):
        outcomes.append(spoiled(studio, folder, spoil))
        print(f"spoiled:      film     proof    {what}: {'seen' if outcomes[-1] else 'FAILED: not seen'}", flush=True)
    return outcomes


def spoiled(studio, folder, filters):
    """Whether the proof of a film sees that its frames were changed behind its back."""
    film, pictures = Film("spoiled"), studio.patterns.pictures(Shot(f"testsrc2=s={WIDTH}x{HEIGHT}:r={RATE}", 0, 60, 1, ""))
    writer = Writer(film, folder, "keyint=250")
    other = f"{writer.partial}.mp4"
    close = writer.ffmpeg.wait

    def wait():
        ended = close()
        run(["ffmpeg", "-v", "error", "-y", "-i", writer.partial, "-vf", filters.format(len(pictures)), "-r", str(RATE), "-an", other])
        os.replace(other, writer.partial)
        return ended
    writer.ffmpeg.wait = wait
    try:
        with writer:
            writer.add(pictures)
    except Failed:
        return True
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False)
    parser.add_argument("--sizzle", metavar="PROGRAM", help="the program")
    parser.add_argument("--media", metavar="FOLDER", help="real footage; without it there is no group 'real', and the others are "
                        "of patterns alone")
    parser.add_argument("--boundaries", type=int, default=200, metavar="N", help="how many of each group (default: 200)")
    parser.add_argument("--rounds", type=int, default=len(SHIFTS), metavar="R",
                        help="runs, in which a boundary has another error each; 7 give it all of them (default: 7)")
    parser.add_argument("--only", action="append", choices=NAMES, help="this group only; repeat for more")
    parser.add_argument("--seed", type=int, default=1, help="draws other shots and joints (default: 1)")
    parser.add_argument("--keep", metavar="DIR", help="keep the films and indexes there, and a list of the misses with strips of "
                        "frames; a film that is there already is not made again")
    parser.add_argument("--json", metavar="FILE", help="write all that was found into FILE")
    parser.add_argument("--self-test", action="store_true", help="judge programs that are always right, silent, or otherwise at "
                        "fault; it must be seen")
    options = parser.parse_args()
    if options.boundaries < 8 or not 1 <= options.rounds <= len(SHIFTS):
        parser.error(f"--boundaries is at least 8, --rounds 1 to {len(SHIFTS)}")
    if not options.sizzle and not options.self_test:
        parser.error("--sizzle says which program to judge")
    if options.sizzle and not os.access(options.sizzle, os.X_OK):
        print(f"error: {options.sizzle}: there is no such program; name another with --sizzle", file=sys.stderr)
        sys.exit(66)
    outcomes, results, groups, started = [], [], [], time.monotonic()
    has_media = options.media and os.path.exists(os.path.join(options.media, "CATALOG.tsv"))
    with tempfile.TemporaryDirectory(prefix="sizzle-boundaries") as folder:
        kept = os.path.abspath(options.keep) if options.keep else folder
        os.makedirs(kept, exist_ok=True)
        patterns = Patterns()
        studio = Studio(kept, options.seed, Footage(options.media, folder) if has_media else None, patterns)
        for name in NAMES:
            if options.only and name not in options.only:
                continue
            if name == "real" and not has_media:
                print(f"{name:8} skipped: {options.media or 'the folder of footage'} is not there")
                results.append({"group": name, "skipped": True})
                continue
            began = time.monotonic()
            try:
                group = make(name, studio, options)
                made = time.monotonic()
                if options.self_test:
                    groups.append(group)
                    continue
                outcomes += sweep(group, Program(os.path.abspath(options.sizzle)), kept, results)
                print(f"{name:8} {'':8} {made - began:.0f} s for the films, {time.monotonic() - made:.0f} s for the program", flush=True)
            except Failed as failure:
                print(f"{name:8} FAILED: {failure}")
                results.append({"group": name, "failed": str(failure)})
                outcomes.append(False)
        if options.self_test:
            outcomes += self_test(groups, folder, studio)
        elif options.keep:
            keep(kept, results)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1, sort_keys=True)
    print(f"{time.monotonic() - started:.0f} s")
    print(f"{sum(outcomes)} passed, {len(outcomes) - sum(outcomes)} failed")
    sys.exit(0 if all(outcomes) and outcomes else 1)


if __name__ == "__main__":
    main()
