"""The films that boundary_sweep.py judges with, whose joints are known because they are made here, and the proof that they are.

A film is written frame by frame into one ffmpeg, which encodes it as H.264 with sound. So a joint is where it is by construction.
Then it is decoded again, and each frame must be nearer to the frame that was written than to the ones before and after; stamped
films also say each frame's number. What a person could not see is no joint: pictures of two shots must differ at it clearly in some
place, and as a whole more, by a quarter, than any two neighbours do within four frames. Within a shot no change may stand out as a cut does.
"""

import hashlib
import importlib.machinery
import importlib.util
import json
import os
import random
import subprocess
import threading
from dataclasses import asdict, dataclass, field

import numpy

from boundary_footage import HEIGHT, LONGEST, RATE, RAW, RAW_INPUT, WIDTH, pictures_of
from sound_sources import Failed, run

LUMA = WIDTH * HEIGHT
ABOUT = 4
LEAST_CHANGE, LEAST_IN_PLACE, STANDS_OUT = 4.0, 20.0, 1.25
DARK, MOVING, ALIKE = 45, 6, 2
ROOM = 24  # frames of a shot that no transition touches
AWAY = 30  # frames from a cut to what is inside a shot
SOFT = (("fade", 12), ("fade", 24), ("black", 12), ("black", 24), ("wipeleft", 12), ("wiperight", 24), ("wipeup", 24),
        ("wipedown", 12), ("circleopen", 24))


@dataclass
class Film:
    """A film and its truth. `shots` are [first, last) with a description; `joints` have the frame at which the second shot begins and
    kinds; `softs` are [first, last) of transitions and their kind; `flashes` are frames."""
    name: str
    path: str = ""
    rate: str = f"{RATE}/1"
    shots: list = field(default_factory=list)
    joints: list = field(default_factory=list)
    softs: list = field(default_factory=list)
    flashes: list = field(default_factory=list)
    frames: int = 0
    notes: dict = field(default_factory=dict)


def small(pictures):
    """Means of 10 by 10 pixels: luma and both chromas, in 36 rows of 64."""
    count = len(pictures)
    luma = pictures[:, :LUMA].reshape(count, HEIGHT // 10, 10, WIDTH // 10, 10).mean((2, 4), dtype="f4")
    chroma = pictures[:, LUMA:].reshape(count, 2, HEIGHT // 10, 5, WIDTH // 10, 5).mean((3, 5), dtype="f4")
    return numpy.concatenate([luma[:, None], chroma], 1)


def apart(one, other):
    """How much small pictures differ, from 0 to some 300."""
    change = numpy.abs(one - other).mean((-2, -1))
    return change[..., 0] + (change[..., 1] + change[..., 2]) / 2


def steps(smalls):
    """How much each picture differs from the one before."""
    return apart(smalls[1:], smalls[:-1])


def inner_cut(smalls):
    """Whether a change inside a shot stands out as a cut would."""
    change = steps(smalls)
    for number in numpy.flatnonzero(change > 10):
        about = numpy.r_[change[max(0, number - 3):number], change[number + 1:number + 4]]
        if change[number] > 3 * max(1.0, about.max()):
            return True
    return False


def joint_of(before, after):
    """What the joint of two shots is like, or None where it could not be seen."""
    change = float(apart(before[-1], after[0]))
    place = float(numpy.quantile(numpy.abs(before[-1, 0] - after[0, 0]), 0.98))
    about = float(max(steps(before[-ABOUT - 1:]).max(), steps(after[:ABOUT + 1]).max()))
    if change < LEAST_CHANGE or place < LEAST_IN_PLACE or change < STANDS_OUT * about:
        return None
    kinds = []
    if max(before[-1, 0].mean(), after[0, 0].mean()) < DARK:
        kinds.append("dark to dark")
    if steps(after[:ABOUT + 1]).mean() > MOVING:
        kinds.append("fast motion after")
    return {"change": round(change, 1), "about": round(about, 1), "kinds": kinds}


def flash(pictures, first, count, strength):
    """Lets light fall into frames of a shot."""
    lit = pictures.copy()
    part = lit[first:first + count].astype("f4")
    part[:, :LUMA] += (235 - part[:, :LUMA]) * strength
    part[:, LUMA:] += (128 - part[:, LUMA:]) * strength
    lit[first:first + count] = part.round().astype(numpy.uint8)
    return lit


class Stamps:
    """The code of TestMedia/generate, which says each frame's number in the top eighth of a picture."""
    rows, columns = 22, 18

    def __init__(self):
        path = os.path.join(os.path.dirname(__file__), "../../TestMedia/generate")
        loader = importlib.machinery.SourceFileLoader("generate", path)
        self.generator = importlib.util.module_from_spec(importlib.util.spec_from_loader("generate", loader))
        loader.exec_module(self.generator)

    def put(self, pictures, first):
        stamped = pictures.copy()
        columns = numpy.arange(WIDTH) * 2 * self.columns // WIDTH
        for number in range(len(pictures)):
            tiny = numpy.frombuffer(self.generator.stamp(first + number), numpy.uint8)[:4 * 2 * self.columns]
            lines = tiny.reshape(4, -1)[::2, columns]
            stamped[number, :2 * self.rows * WIDTH] = numpy.repeat(lines, self.rows, 0).ravel()
            stamped[number, LUMA:].reshape(2, HEIGHT // 2, -1)[:, :self.rows] = 128
        return stamped

    def read(self, picture):
        """A picture's number, or None."""
        strip = picture[:2 * self.rows * WIDTH].reshape(2, self.rows, WIDTH)[:, 6:16]
        edges = [numpy.arange(self.columns) * WIDTH // self.columns + part * WIDTH // self.columns // 4 for part in (1, 3)]
        light = numpy.array([[strip[row, :, low:high].mean() > 126 for low, high in zip(*edges)] for row in range(2)])
        if not (light[0, 0] and light[1, -1]) or light[1, 0] or light[0, -1]:
            return None
        word = int("".join(str(int(bit)) for bit in light[:, 1:-1].ravel()), 2)
        return word >> 8 if self.generator.checksum(word >> 8) == word & 0xFF else None


class Writer:
    """A film that is being made. `add` writes pictures; leaving the `with` ends the file, proves it, and names it."""

    def __init__(self, film, folder, encoder, stamps=None):
        self.film, self.stamps, self.smalls = film, stamps, []
        film.path = os.path.join(folder, f"{film.name}.mp4")
        self.partial = f"{film.path}.partial"
        self.ffmpeg = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-y", *RAW_INPUT, "-i", "-", "-f", "lavfi", "-i", "anoisesrc=c=pink:a=0.1:r=48000",
             "-map", "0:v", "-map", "1:a", "-shortest", "-c:v", "libx264", "-preset", "veryfast", "-crf", "21",
             "-x264-params", f"threads=2:{encoder}", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "64k", "-f", "mp4",
             self.partial], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        self.words = []
        self.listener = threading.Thread(target=lambda: self.words.append(self.ffmpeg.stderr.read()), daemon=True)
        self.listener.start()

    def __enter__(self):
        return self

    def add(self, pictures):
        if self.stamps:
            pictures = self.stamps.put(pictures, self.film.frames)
        try:
            self.ffmpeg.stdin.write(pictures.tobytes())
        except BrokenPipeError:
            pass  # how ffmpeg ended says more
        self.smalls.append(small(pictures))
        self.film.frames += len(pictures)

    def __exit__(self, kind, *_):
        self.ffmpeg.stdin.close()
        ended = self.ffmpeg.wait()
        self.listener.join()
        if kind:
            return
        if ended:
            raise Failed(f"ffmpeg could not write {self.film.path}: {b''.join(self.words).decode('utf-8', 'replace').strip()}")
        prove(self.partial, numpy.concatenate(self.smalls), self.stamps)
        os.rename(self.partial, self.film.path)


def decoded(path, filters="null", size=(WIDTH, HEIGHT), count=64):
    """A film's pictures as ffmpeg decodes them, some at a time."""
    length = size[0] * size[1] * 3 // 2
    with subprocess.Popen(["ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-vf", filters, *RAW, "-"],
                          stdout=subprocess.PIPE) as ffmpeg:
        while data := ffmpeg.stdout.read(count * length):
            yield numpy.frombuffer(data, numpy.uint8).reshape(-1, length)


def prove(path, written, stamps=None):
    """Each frame of a file is the one that was written in its place."""
    shown, number = [], 0
    for pictures in decoded(path):
        shown.append(small(pictures))
        for picture in pictures if stamps else ():
            if stamps.read(picture) != number:
                raise Failed(f"{path}: frame {number} says that it is frame {stamps.read(picture)}")
            number += 1
    shown = numpy.concatenate(shown)
    if len(shown) != len(written):
        raise Failed(f"{path} has {len(shown)} frames, not {len(written)}")
    own = apart(shown, written)
    for by in (-1, 1):
        here = slice(max(0, -by), len(written) - max(0, by))
        there = slice(max(0, by), len(written) + min(0, by))
        wrong = (apart(shown[here], written[there]) <= own[here]) & (apart(written[here], written[there]) > ALIKE)
        if wrong.any():
            raise Failed(f"{path}: frame {here.start + int(numpy.argmax(wrong))} is not the one that was written there")


class Studio:
    """Makes films of a number of shots by a seed. `folder` keeps them; one that is there already is not made again."""

    def __init__(self, folder, seed, footage, patterns):
        self.folder, self.seed, self.footage, self.patterns = folder, seed, footage, patterns

    def film(self, name, count, make):
        sources = [__file__, os.path.join(os.path.dirname(__file__), "boundary_footage.py")]
        code = hashlib.sha256(b"".join(open(path, "rb").read() for path in sources)).hexdigest()[:8]
        film = Film(f"{name}-{count}-seed{self.seed}-{code}{'' if self.footage else '-generated'}")
        described = os.path.join(self.folder, f"{film.name}.json")
        if os.path.exists(described):
            with open(described, encoding="utf-8") as file:
                return Film(**{**json.load(file), "path": os.path.join(self.folder, f"{film.name}.mp4")})
        make(film, count, random.Random(f"{self.seed} {name}"))
        with open(f"{described}.partial", "w", encoding="utf-8") as file:
            json.dump(asdict(film), file, indent=1)
        os.rename(f"{described}.partial", described)
        return film

    def real(self, count):
        # Key frames have nothing to do with the cuts: they are no help in finding them.
        return self.film("real", count, lambda *arguments: self.hard(*arguments, self.footage, "scenecut=0:keyint=60", None))

    def stamped(self, count):
        return self.film("stamped", count, lambda *arguments: self.hard(*arguments, self.patterns, "keyint=250", Stamps()))

    def both(self, number, count):
        """The first half of a film is footage, where there is any, the second is patterns."""
        return self.footage if self.footage and number < count // 2 else self.patterns

    def hard(self, film, count, chance, source, encoder, stamps):
        """`count` shots, and one more at each end that is no clip, joined by hard cuts. In some there is a flash."""
        film.notes["unseen joints drawn again"] = 0
        previous = before = None
        with Writer(film, self.folder, encoder, stamps) as writer:
            while len(film.shots) < count + 2:
                shot = source.draw(chance, previous)
                pictures, joint = source.pictures(shot), None
                after = small(pictures)
                if inner_cut(after):
                    continue
                if previous:
                    joint = joint_of(before, after)
                    if not joint:
                        film.notes["unseen joints drawn again"] += 1
                        continue
                    if shot.source.split("=")[0] == previous.source.split("=")[0]:
                        joint["kinds"].append("same scene")
                    film.joints.append({"frame": film.frames, **joint})
                pictures = self.lit(film, chance, pictures)
                film.shots.append([film.frames, film.frames + shot.count, str(shot)])
                previous, before = shot, after
                writer.add(pictures)
        for joint in film.joints:
            if any(abs(joint["frame"] - frame) < 12 for frame in film.flashes):
                joint["kinds"].append("near a flash")

    def lit(self, film, chance, pictures):
        """A flash in every third shot: near one of its ends or in its middle, one frame or two, strong or weak."""
        count = len(pictures)
        if chance.random() > 0.35:
            return pictures
        long = chance.choice((1, 1, 2))
        first = chance.choice((chance.randint(5, 9), count - long - chance.randint(5, 9), chance.randint(12, count - 14)))
        film.flashes += range(film.frames + first, film.frames + first + long)
        return flash(pictures, first, long, chance.choice((0.5, 0.8, 1.0)))

    def soft(self, count):
        """Shots that are joined by transitions, of each kind in turn."""
        def make(film, count, chance):
            rest = None
            with Writer(film, self.folder, "keyint=250") as writer:
                for number in range(count + 1):
                    kind, length = SOFT[number % len(SOFT)]
                    source = self.both(number, count)
                    while True:
                        shot = source.take(chance, chance.randint(2 * 24 + ROOM, LONGEST))
                        pictures = source.pictures(shot)
                        if not inner_cut(small(pictures)):
                            break
                    first = 0
                    if rest is not None:
                        kind, length = SOFT[(number - 1) % len(SOFT)]
                        first = length if kind != "black" else length // 2
                        film.softs.append([film.frames, film.frames + length, f"{kind} {length}"])
                        writer.add(transition(kind, length, rest, pictures[:first]))
                    kind, length = SOFT[number % len(SOFT)]
                    left = length if kind != "black" else length // 2
                    film.shots.append([film.frames - first, film.frames + shot.count - first, str(shot)])
                    writer.add(pictures[first:-left] if number < count else pictures[first:])
                    rest = pictures[-left:]
        return self.film("soft", count, make)

    def inside(self, count):
        """Long takes, with `count` clips inside them whose ends are far from any cut. In half of the takes there is a flash near the
        end of a clip."""
        def make(film, count, chance):
            clips = film.notes["clips"] = []
            with Writer(film, self.folder, "keyint=250") as writer:
                while len(clips) < count:
                    source = self.both(len(clips), count)
                    shot = source.take(chance, 240)
                    pictures = source.pictures(shot)
                    if inner_cut(small(pictures)):
                        continue
                    starts = range(AWAY, shot.count - AWAY - 24, 30)
                    if chance.random() < 0.5:
                        place, long = chance.choice(starts) + chance.choice((0, 24)) + chance.randint(-2, 2), chance.choice((1, 1, 2))
                        film.flashes += range(film.frames + place, film.frames + place + long)
                        pictures = flash(pictures, place, long, chance.choice((0.5, 0.8, 1.0)))
                    clips += [[film.frames + start, film.frames + start + 24] for start in starts][:count - len(clips)]
                    film.shots.append([film.frames, film.frames + shot.count, str(shot)])
                    writer.add(pictures)
        return self.film("inside", count, make)


def transition(kind, length, before, after):
    """`length` frames of a transition. Through black, each half is of one shot; else both shots are seen at once."""
    if kind == "black":
        half = length // 2
        fades = [["ffmpeg", "-v", "error", *RAW_INPUT, "-i", "-", "-vf", f"fade={way}:0:{half}", *RAW, "-"] for way in ("out", "in")]
        return numpy.concatenate([pictures_of(run(fade, part.tobytes())) for fade, part in zip(fades, (before, after))])
    # One process reads both from one pipe: first all of one, then all of the other.
    graph = (f"split[a][b];[a]trim=end_frame={length},setpts=PTS-STARTPTS[one];[b]trim=start_frame={length},setpts=PTS-STARTPTS[two];"
             f"[one][two]xfade=transition={kind}:duration={length / RATE:.6f}:offset=0")
    made = pictures_of(run(["ffmpeg", "-v", "error", *RAW_INPUT, "-i", "-", "-filter_complex", graph, *RAW, "-"],
                           before.tobytes() + after.tobytes()))
    if len(made) < length:
        raise Failed(f"ffmpeg made {len(made)} frames of {length} of {kind}")
    return made[:length]


def natural(media):
    """Films with cuts that were made by their editors, and clips about them: start, end, and which of the two is at a cut.

    The cuts were found by looking at each frame. That they are where they should be in the files that are here is seen once more."""
    films = []
    for name, rate, clips in NATURAL:
        film = Film(name, os.path.join(media, name), rate, notes={"clips": clips})
        pictures = [part for part in decoded(film.path, "scale=64:36:flags=area,format=yuv420p", (64, 36), 256)]
        whole = numpy.concatenate(pictures)[:, :64 * 36].reshape(-1, 36, 64).astype("f4")
        change = numpy.abs(whole[1:] - whole[:-1]).mean((1, 2))
        film.frames = len(whole)
        for cut in sorted({clip[side] for clip in clips for side in (0, 1) if clip[2 + side]}):
            about = numpy.r_[change[cut - 5:cut - 1], change[cut:cut + 4]].max()
            if change[cut - 1] < 2 * about:
                raise Failed(f"{name}: there is no cut at frame {cut}")
            film.joints.append({"frame": cut, "kinds": ["a film's own cut"], "change": round(float(change[cut - 1]), 1),
                                "about": round(float(about), 1)})
        films.append(film)
    return films


NATURAL = (
    ("sintel-trailer-720p24.mp4", "24/1", (
        (296, 334, False, True), (334, 396, True, True), (396, 420, True, True), (420, 571, True, True), (571, 621, True, True),
        (621, 658, True, True), (658, 672, True, True), (672, 764, True, False))),
    ("big-buck-bunny-480p24-5ch1.mp4", "24/1", (
        (100, 285, False, True), (285, 378, True, True), (378, 553, True, True), (553, 690, True, False))),
    ("nasa-two-video-tracks.mp4", "25/1", ((160, 202, False, True), (202, 300, True, False))),
    ("bunny-1080p60-5ch1.mp4", "60/1", ((4, 21, False, True), (21, 110, True, False))),
)
