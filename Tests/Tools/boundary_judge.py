"""What boundary_sweep.py asks of the program and how it judges what that says; and programs that it must find at fault."""

import json
import os
import random
import subprocess
from collections import Counter
from dataclasses import dataclass, field

from sound_sources import LIMIT_SECONDS, Failed, run

SHIFTS = (-3, -2, -1, 0, 1, 2, 3)
SIDES = ("in", "out")
FOUND, ALARMS, UNCALLED = 0.95, 0.02, 0.98
OF_CUTS = {"in-point", "out-point", "no-cut-in", "no-cut-out"}
KINDS = OF_CUTS | {"flash", "black", "frozen", "undecodable", "past-end", "silence", "timecode", "frame-rate", "moved", "changed"}


@dataclass
class Point:
    """An end of a clip as the index has it. `cut` is where it should be, or None where there is no hard cut."""
    clip: str
    side: str
    given: int
    cut: int | None = None
    kinds: list = field(default_factory=list)
    said: str = "nothing"

    @property
    def error(self):
        return self.given - self.cut

    def hear(self, faults):
        """Takes up what the program says of it: a number of frames to add, no cut, or nothing."""
        own = [fault for fault in faults if fault["title"] == self.clip]
        shifts = [fault["shift"] for fault in own if fault["kind"] == f"{self.side}-point"]
        if shifts:
            self.said = " and ".join(f"{shift:+}" for shift in shifts)
        elif any(fault["kind"] == f"no-cut-{self.side}" for fault in own):
            self.said = "no cut"

    @property
    def outcome(self):
        """Of a point at a cut: `right` or `wrong` shift, `no cut`, `nothing`. Of another: `called`, `no cut`, `nothing`."""
        if self.said in ("no cut", "nothing"):
            return self.said
        if self.cut is None:
            return "called"
        return "right" if self.error and self.said == f"{-self.error:+}" else "wrong"


class Program:
    """The program itself."""

    def __init__(self, path):
        self.path = path

    def validate(self, film, index, points):
        try:
            done = subprocess.run([self.path, "validate", film.path, "--index", index, "--json"], capture_output=True,
                                  timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Failed(f"validate hangs: not done after {LIMIT_SECONDS} s") from error
        return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


class Pretender:
    """Says, of each point, what its `answer` makes of it: kind and shift, or None. `status` and `spoil` are of the whole."""

    def __init__(self, answer, status=1, spoil=lambda text: text):
        self.answer, self.status, self.spoil = answer, status, spoil

    def validate(self, film, index, points):
        faults = []
        for point in points:
            answer = self.answer(point)
            if answer:
                kind, shift = answer
                name, severity = (f"no-cut-{point.side}", "note") if kind == "no-cut" else (f"{point.side}-{kind}", "error")
                fault = {"title": point.clip, "type": "shot", "kind": name, "severity": severity, "frame": point.given,
                         "message": "", "fix": ""}
                faults.append({**fault, "shift": shift} if kind == "point" else fault)
        return self.status, self.spoil(json.dumps({"faults": faults}).encode()), "error: it fell over\n"


def perfect(point):
    if point.cut is None:
        return "no-cut", None
    return ("point", -point.error) if point.error else None


def pretenders():
    """Programs that are at fault: what they do, what they are, and the judgements that must see it, by group."""
    def but(condition, answer):
        return Pretender(lambda point: answer(point) if condition(point) else perfect(point))
    hard = {"real": "found", "stamped": "found"}
    wrong = but(lambda point: point.cut is not None and abs(point.error) == 1, lambda point: ("point", point.error))
    every = ("real", "stamped", "soft", "inside")
    return (
        ("says nothing", Pretender(lambda point: None, 0), hard),
        ("mistakes one frame too early for one too late", wrong, hard),
        ("misses one frame too early at in-points",
         but(lambda point: point.cut is not None and (point.side, point.error) == ("in", -1), lambda point: None), hard),
        ("says of what is right that it is one frame late",
         but(lambda point: point.cut is not None and not point.error, lambda point: ("point", -1)),
         {"real": "alarms", "stamped": "alarms"}),
        ("takes transitions and shots for cuts", but(lambda point: point.cut is None, lambda point: ("point", 2)),
         {"soft": "uncalled", "inside": "uncalled"}),
        ("crashes", Pretender(perfect, -11), dict.fromkeys(every, "ran")),
        ("refuses", Pretender(perfect, 65), dict.fromkeys(every, "ran")),
        ("prints half a document", Pretender(perfect, 1, lambda text: text[:-9]), dict.fromkeys(every, "ran")),
        ("leaves the severity away", Pretender(perfect, 1, lambda text: text.replace(b"severity", b"gravity")),
         dict.fromkeys(every, "ran")),
        ("gives shifts as words", Pretender(lambda point: ("point", "one")), dict.fromkeys(every, "ran")))


def heard(program, film, index, points):
    """Runs the program on a film, and lets the points hear what it says. Returns its faults; what it does wrong is thrown."""
    status, text, log = program.validate(film, index, points)
    if status not in (0, 1):
        raise Failed(f"ended with {status}: {(log.strip().splitlines() or [''])[-1]}")
    try:
        faults = json.loads(text)["faults"]
        for fault in faults:
            if fault["kind"] not in KINDS or not isinstance(fault["message"], str) or not isinstance(fault["title"], str):
                raise ValueError(f"a fault is {fault}")
            if fault["kind"] in ("in-point", "out-point") and (type(fault["shift"]) is not int or not fault["shift"]):
                raise ValueError(f"a shift is {fault['shift']!r}")
            if fault["kind"] in OF_CUTS and (fault["severity"] == "note") != fault["kind"].startswith("no-cut"):
                raise ValueError(f"{fault['kind']} has the severity {fault['severity']}")
    except (ValueError, KeyError, TypeError) as error:
        raise Failed(f"its document is not as it should be: {error!r}") from error
    for point in points:
        point.hear(faults)
    return faults


class Trial:
    """A film, and the points of it for each time that the program is run."""

    def __init__(self, film, runs):
        self.film, self.runs = film, runs


def shifted(film, clips, rounds, chance):
    """Each point at a cut is given each shift in turn, so that all shifts come equally often on both sides. `clips` have a start, an
    end, and whether these are at a cut; one that is not stays as it is and is not judged."""
    kinds = {joint["frame"]: joint["kinds"] for joint in film.joints}
    count = 2 * len(clips)
    turns = {side: chance.sample([number % len(SHIFTS) for number in range(len(clips))], len(clips)) for side in SIDES}
    runs = []
    for turn in range(rounds):
        points = []
        for number in range(count):
            clip, side = number // 2, number % 2
            frame, at_cut = clips[clip][side], clips[clip][2 + side]
            by = SHIFTS[(turns[SIDES[side]][clip] + turn * 3) % len(SHIFTS)]
            points.append(Point(f"clip-{clip:03}", SIDES[side], frame + by if at_cut else frame, frame if at_cut else None,
                                kinds.get(frame, []) if at_cut else ["ignored"]))
        runs.append(points)
    return Trial(film, runs)


def hard_trial(film, rounds, chance):
    return shifted(film, [(first, last, True, True) for first, last, _ in film.shots[1:-1]], rounds, chance)


def soft_trial(film, rounds, chance):
    """Clips begin and end somewhere in the transitions about their shot, or up to two frames beside them."""
    runs = []
    for _ in range(rounds):
        points = []
        for number, transition in enumerate(film.softs):
            for clip, side in ((number, "out"), (number + 1, "in")):
                given = chance.randint(transition[0] - 2, transition[1] + 2)
                points.append(Point(f"clip-{clip:03}", side, given, None, [transition[2]]))
        points.insert(0, Point("clip-000", "in", film.shots[0][0] + 4, None, ["ignored"]))
        points.append(Point(f"clip-{len(film.softs):03}", "out", film.frames - 4, None, ["ignored"]))
        runs.append(points)
    return Trial(film, runs)


def inside_trial(film, rounds, chance):
    runs = []
    for _ in range(rounds):
        points = []
        for number, clip in enumerate(film.notes["clips"]):
            for side, frame in zip(SIDES, clip):
                given = frame + chance.randint(-2, 2)
                near = any(abs(given - lit) <= 4 for lit in film.flashes)
                points.append(Point(f"clip-{number:03}", side, given, None, ["at a flash" if near else "nothing near"]))
        runs.append(points)
    return Trial(film, runs)


def index_of(film, points):
    ends = {(point.clip, point.side): point.given for point in points}
    names = sorted({point.clip for point in points})
    return {"frameRate": film.rate, "clips": [
        {"title": name, "type": "shot", "start": ends[name, "in"], "end": ends[name, "out"]} for name in names]}


def index_path(folder, film, number):
    return os.path.join(folder, f"{os.path.basename(film.path).rpartition('.')[0]}-run{number}.json")


class Group:
    """Trials of one kind, what the program says of them, and what is judged of that."""

    def __init__(self, name, trials):
        self.name, self.trials = name, trials
        self.is_hard = name in ("real", "stamped")
        self.judgements = ("ran", "found", "alarms") if self.is_hard else ("ran", "uncalled")

    def judge(self, program, folder):
        """For each judgement its figures and its faults, and the points. The indexes of all runs stay in `folder`."""
        found = {name: {"figures": "", "faults": []} for name in self.judgements}
        judged, others, done = [], Counter(), 0
        for trial in self.trials:
            for number, points in enumerate(trial.runs):
                for point in points:
                    point.said = "nothing"
                index = index_path(folder, trial.film, number)
                with open(index, "w", encoding="utf-8") as file:
                    json.dump(index_of(trial.film, points), file)
                try:
                    faults = heard(program, trial.film, index, points)
                except Failed as failure:
                    found["ran"]["faults"].append(f"{trial.film.name}, run {number}: {failure}")
                    continue
                done += 1
                others.update(fault["kind"] for fault in faults if fault["kind"] not in OF_CUTS)
                judged += [(trial.film, number, point) for point in points if "ignored" not in point.kinds]
        found["ran"]["figures"] = f"{done} of {sum(len(trial.runs) for trial in self.trials)} runs"
        if others:
            found["ran"]["figures"] += ", which also told of " + ", ".join(f"{kind} {count}" for kind, count in sorted(others.items()))
        if judged:
            (self.judge_hard if self.is_hard else self.judge_uncalled)(found, [point for *_, point in judged])
        return found, judged

    def judge_hard(self, found, points):
        one = [point for point in points if abs(point.error) == 1]
        right = [point for point in points if not point.error]
        share(found["found"], "one-frame errors are found with the right shift", [point.outcome == "right" for point in one], FOUND)
        share(found["alarms"], "right boundaries are called wrong", [point.outcome == "wrong" for point in right], None, ALARMS)

    def judge_uncalled(self, found, points):
        plain = [point for point in points if "at a flash" not in point.kinds]
        share(found["uncalled"], "are not taken for a misplaced cut", [point.outcome != "called" for point in plain], UNCALLED)

    def table(self, judged):
        """Lines for people: by side and shift, or by what is there; and by kinds of joints."""
        points = [point for *_, point in judged]
        if not self.is_hard:
            yield f"{'what is there':24} {'points':>6} {'no cut':>7} {'nothing':>8} {'called':>7}"
            for kind in sorted({kind for point in points for kind in point.kinds}):
                row = Counter(point.outcome for point in points if kind in point.kinds)
                yield f"{kind:24} {row.total():6} {row['no cut']:7} {row['nothing']:8} {row['called']:7}"
            return
        yield f"{'side and error':16} {'points':>6} {'right':>7} {'wrong shift':>12} {'no cut':>7} {'nothing':>8}"
        for side in SIDES:
            for error in SHIFTS:
                row = Counter(point.outcome for point in points if (point.side, point.error) == (side, error))
                right = "-" if not error else f"{row['right'] / max(1, row.total()):.1%}"
                yield (f"{side + '-point':9} {error:+6} {row.total():6} {right:>7} {row['wrong'] / max(1, row.total()):12.1%} "
                       f"{row['no cut'] / max(1, row.total()):7.1%} {row['nothing'] / max(1, row.total()):8.1%}")
        yield f"{'by joint':24} {'one frame off':>14} {'two or three':>14} {'right, but called':>18}"
        for kind in sorted({kind for point in points for kind in point.kinds or ["plain"]}):
            here = [point for point in points if kind in (point.kinds or ["plain"])]
            cells = [[point.outcome == ("right" if errors != (0,) else "wrong") for point in here if abs(point.error) in errors]
                     for errors in ((1,), (2, 3), (0,))]
            yield f"{kind:24} " + " ".join(f"{f'{sum(cell)}/{len(cell)}':>{width}}" for cell, width in zip(cells, (14, 14, 18)))

    def misses(self, judged):
        """What was said wrong, with frames."""
        for film, number, point in judged:
            if self.is_hard and point.outcome != ("right" if point.error else "nothing") or point.outcome == "called":
                yield {"group": self.name, "film": film.path, "run": number, "clip": point.clip, "side": point.side,
                       "cut": point.cut, "given": point.given, "right": -point.error if self.is_hard else "no cut",
                       "said": point.said, "kinds": ", ".join(point.kinds)}


def share(judgement, what, outcomes, least, most=None):
    """Figures of how many outcomes are true, and a fault where these are too few or too many."""
    part = sum(outcomes) / len(outcomes) if outcomes else 0
    goal = f"at least {least:.0%}" if least is not None else f"at most {most:.0%}"
    judgement["figures"] = f"{sum(outcomes)} of {len(outcomes)} ({part:.1%}) {what}; the goal is {goal}"
    if not outcomes:
        judgement["faults"].append("there is none")
    elif least is not None and part < least or most is not None and part > most:
        judgement["faults"].append(f"{part:.1%} is not {goal}")


def chance_of(seed, name):
    return random.Random(f"{seed} shifts {name}")


def strip(miss, path):
    """A picture of the eight frames about a point or its cut, with their numbers."""
    middle = miss["cut"] if miss["cut"] is not None else miss["given"]
    first = max(0, middle - 4)
    run(["ffmpeg", "-v", "error", "-y", "-i", miss["film"], "-map", "0:v:0", "-fps_mode", "passthrough", "-vf",
         f"select='between(n,{first},{first + 7})',scale=240:136,drawtext=text='%{{eif\\:n+{first}\\:d}}':x=4:y=4:fontsize=22:"
         "fontcolor=yellow:box=1:boxcolor=black,tile=8x1", "-frames:v", "1", path])
