"""What the sound of a reel should be, and what is wrong with one; sound_sweep.py says more.

The ideal is made here in floating point from the samples of a bed and of a Mega Asset. It knows nothing of AAC but its grid of
1,024 samples. A level is in dB; a Spread is a median, the value that 95 % do not exceed, and the worst.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy

from sound_sources import FRAME, RATE, nearest, span, tone_of

WINDOW = 2048
# A click of 0.5 decodes to some 0.37, and what the encoder spreads about it to 0.12.
CLICK = 0.25
FLOOR = 1e-10


def smooth(x):
    x = numpy.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def decibels(ratio):
    return 10 * numpy.log10(numpy.maximum(ratio, 1e-20))


class Spread:
    """Values, of which larger ones are worse."""

    def __init__(self, values, unit="dB", digits=1):
        self.values, self.unit, self.digits = numpy.sort(numpy.concatenate([numpy.ravel(part) for part in values])), unit, digits
        self.count = len(self.values)
        self.median, self.most, self.worst = (
            (float(numpy.quantile(self.values, part)) for part in (0.5, 0.95, 1.0)) if self.count else (math.nan,) * 3)

    def __str__(self):
        shown = [f"{value:.{self.digits}f}" for value in (self.median, self.most, self.worst)]
        return f"{shown[0]} / {shown[1]} / {shown[2]} {self.unit}".rstrip()

    def json(self):
        return {"count": self.count, "median": self.median, "of95": self.most, "worst": self.worst, "unit": self.unit}


@dataclass
class Take:
    """A reel that was made: its plan, its decoded sound, its packets' times, and the sound it should have."""
    plan: dict
    reel: "Reel"
    path: str
    sound: numpy.ndarray
    times: list
    under: numpy.ndarray | None = None  # what the bed is of the ideal
    wanted: numpy.ndarray | None = None  # the ideal
    once: numpy.ndarray | None = None  # the ideal after one encoder
    shown: list | None = None  # the pictures, by time and MD5


class Reel:
    """A plan's clips at their places. `rate` is a fraction; the clips have `start` and `end`, which is not in."""

    def __init__(self, clips, rate, audio):
        self.clips, self.rate = clips, rate
        self.mode, self.begin = audio["mode"], audio.get("start", 0)
        self.duck, self.attack, self.release = audio.get("duck", 12), audio.get("attack", 4800), audio.get("release", 14400)
        self.times = [Fraction(0)]
        for clip in clips:
            self.times.append(self.times[-1] + (clip["end"] - clip["start"]) / rate)
        self.count = int(self.times[-1] * RATE / FRAME)
        self.samples = self.count * FRAME
        self.rise = max(3, -(-audio.get("fadeIn", 3072) // FRAME))
        self.fall = max(2, -(-audio.get("fadeOut", 48000) // FRAME))
        # Between these the reel is as loud as it can be.
        self.full = (self.rise * FRAME, self.samples - self.fall * FRAME)
        self.starts = [nearest(time * RATE) for time in self.times]
        self.switches = [-(-time * RATE // FRAME) for time in self.times]
        self.switches[-1] = self.count

    def audible(self, slot):
        """The samples in which a clip is heard, [first, end); None when it is too short for that."""
        low = max(self.starts[slot], FRAME * (self.switches[slot] + 1))
        last = slot == len(self.clips) - 1
        high = self.samples if last else min(self.starts[slot + 1], FRAME * (self.switches[slot + 1] - 1))
        return (low, high) if low < high else None

    def envelope(self):
        """What head and tail make of each sample."""
        at = numpy.arange(self.samples)
        gain = smooth((at - FRAME) / ((self.rise - 2) * FRAME))
        return gain * (1 - smooth((at - (self.count - self.fall + 1) * FRAME) / ((self.fall - 1) * FRAME)))

    def source_sample(self, slot):
        """The sample of the Mega Asset that is heard at sample 0 of the reel."""
        return nearest(self.clips[slot]["start"] / self.rate * RATE) - self.starts[slot]

    def parts(self, bed, mega):
        """The sound that the plan asks for: what the bed and what the clips are of it."""
        under, over = numpy.zeros((self.samples, 2)), numpy.zeros((self.samples, 2))
        if self.mode != "clip":
            under[:] = bed[self.begin:self.begin + self.samples]
        if self.mode != "bed":
            for slot in range(len(self.clips)):
                if self.is_heard(slot, mega):
                    self.lay(under, over, slot, mega)
        envelope = self.envelope()[:, None]
        return under * envelope, over * envelope

    def is_heard(self, slot, mega):
        first, end = span(self.clips[slot], self.rate)
        return self.audible(slot) is not None and bool(mega[first:end].any())

    def lay(self, under, over, slot, mega):
        low, high = self.audible(slot)
        at = numpy.arange(low, high)
        floor = 10 ** (-self.duck / 20)
        up = numpy.maximum(1 - (at - low) / max(self.attack, FLOOR), (at - (high - self.release)) / max(self.release, FLOOR))
        under[low:high] *= (floor + (1 - floor) * smooth(up))[:, None]
        first = self.source_sample(slot)
        over[low:high] = mega[low + first:high + first] * smooth(numpy.minimum((at - low) / FRAME, (high - at) / FRAME))[:, None]

    def seams(self):
        """The slots whose beginning is a seam in full sound, with all that depends on it."""
        return [slot for slot in range(1, len(self.clips))
                if self.full[0] <= self.starts[slot] - FRAME and self.switches[slot] * FRAME + WINDOW <= self.full[1]]

    def elsewhere(self):
        """Windows that no seam touches, by their first samples."""
        free = numpy.ones(self.samples, bool)
        for start, switch in zip(self.starts[1:-1], self.switches[1:-1]):
            free[max(0, start - FRAME):switch * FRAME + WINDOW] = False
        first = numpy.arange(self.full[0], self.full[1] - WINDOW + 1, WINDOW)
        taken = numpy.concatenate([[0], numpy.cumsum(~free)])
        return first[taken[first + WINDOW] == taken[first]]


def looped(bed, start, crossfade, samples):
    """A bed that goes on at `start` when it has come to its end, on the grid of AAC frames; the ends fade into one another."""
    first = start // FRAME * FRAME
    end = first + (len(bed) - first) // FRAME * FRAME
    bed, turn = bed.astype(float), numpy.arange(crossfade)[:, None] / crossfade * math.pi / 2
    bed[end - crossfade:end] = (bed[end - crossfade:end] * numpy.cos(turn)
                                + bed[first - crossfade:first] * numpy.sin(turn))
    at = numpy.arange(samples)
    return bed[numpy.where(at < end, at, first + (at - first) % (end - first))], first, end


def power(sound):
    """Sums over the first n samples of all channels' squares, n from 0."""
    return numpy.concatenate([[0.0], numpy.cumsum(numpy.sum(sound.astype(float) ** 2, 1))])


def levels(error, level, first, size=WINDOW, whole=False):
    """The error of windows in dB below the level of the ideal in them, or in the whole reel. Of both the powers are given."""
    first = numpy.asarray(first, int)
    there = numpy.full(len(first), level[-1] / (len(level) - 1)) if whole else (level[first + size] - level[first]) / size
    return decibels(numpy.maximum(error[first + size] - error[first], 0) / size / numpy.maximum(there, FLOOR))


def overall(sound, wanted):
    """The error of all samples in dB below the wanted level."""
    return float(decibels(numpy.sum((sound - wanted).astype(float) ** 2) / max(numpy.sum(wanted.astype(float) ** 2), FLOOR)))


def steps(error, places, size=512):
    """How much more than the ideal's the mean of 512 samples steps at each place, in the worse channel."""
    means = numpy.concatenate([numpy.zeros((1, 2)), numpy.cumsum(error, 0, dtype=float)]) / size
    places = numpy.asarray(places, int)
    return numpy.abs(means[places + size] - 2 * means[places] + means[places - size]).max(1, initial=0)


def worse(here, elsewhere):
    """By how much errors `here` are worse than elsewhere, beyond what a single encode's are: text and faults.

    Rows are windows: a reel's error and the single encode's. Where the reel is better than the single encode elsewhere, it need
    not be so here. Few windows tell little: a fault is only what is beyond doubt (twice the deviation when as many windows are
    drawn from these again) more than 1 dB.
    """
    if not len(here):
        return "no windows", []
    chance, told, faults = numpy.random.default_rng(1), [], []
    for name, part in (("median", 0.5), ("95 %", 0.95)):
        def more(rows):
            own, once = numpy.quantile(rows[:, :2], part, 0)
            return own - once
        excess = more(here) - max(0.0, more(elsewhere))
        doubt = 2 * float(numpy.std([more(here[chance.integers(0, len(here), len(here))]) for _ in range(200)]))
        told.append(f"{name} {excess:+.1f} dB (doubt {doubt:.1f})")
        if excess - doubt > 1:
            faults.append(f"the {name} is {excess:.1f} dB worse than elsewhere")
    return "worse than elsewhere by " + ", ".join(told), faults


def click_faults(sound, places, reel):
    """Whether the clicks of a reel are those of its bed. `places` are (sample, channel) of the bed."""
    own = {(at - reel.begin, channel) for at, channel in places if 0 <= at - reel.begin < reel.samples}
    wanted = {(at, channel) for at, channel in own if reel.full[0] <= at < reel.full[1]}
    found = {(int(at), int(channel)) for at, channel in numpy.argwhere(numpy.abs(sound) > CLICK)}
    missing, foreign = sorted(wanted - found), sorted(found - own)
    faults = []
    if missing:
        faults.append(f"{len(missing)} clicks are missing, first at sample {missing[0][0]}")
    if foreign:
        faults.append(f"{len(foreign)} clicks are where none should be, first at sample {foreign[0][0]}")
    return len(wanted), faults


def time_faults(times, count):
    """Whether packets are one AAC frame apart from 0 on, in both times."""
    if len(times) != count:
        return [f"there are {len(times)} packets of sound, not {count}"]
    wrong = [number for number, pair in enumerate(times) if pair != (number * FRAME, number * FRAME)]
    return [f"{len(wrong)} packets have wrong times, first number {wrong[0]}: {times[wrong[0]]}"] if wrong else []


def tone_level(sound, place, own, known, size=16384):
    """How many dB a tone is above the loudest of the others around a sample, and the number of that one."""
    piece = sound[place - size // 2:place + size // 2].sum(1) * numpy.hanning(size)
    turns = numpy.exp(-2j * numpy.pi / RATE * numpy.outer([tone_of(number) for number in known], numpy.arange(size)))
    levels = dict(zip(known, decibels(numpy.abs(turns @ piece) ** 2)))
    loudest = max((number for number in known if number != own), key=levels.get)
    return float(levels[own] - levels[loudest]), loudest


def lag(piece, source, expected, reach):
    """By how many samples `piece` is later in `source` than expected, within `reach`, and how much more alike it is there."""
    piece, first = piece.sum(1, dtype=float), max(0, expected - reach)
    around = source[first:expected + len(piece) + reach].sum(1, dtype=float)
    size = 1 << (len(around) + len(piece)).bit_length()
    product = numpy.fft.irfft(numpy.fft.rfft(around, size) * numpy.conj(numpy.fft.rfft(piece, size)), size)
    squares = numpy.concatenate([[0.0], numpy.cumsum(around ** 2)])
    level = (squares[len(piece):] - squares[:-len(piece)]) * float(piece @ piece)
    alike = product[:len(level)] / numpy.sqrt(numpy.maximum(level, FLOOR))
    best = int(numpy.argmax(alike))
    return best + first - expected, float(alike[best] - alike[expected - first])


def gains(sound, parts):
    """By how many dB each part is louder in a sound than it should be; None for a part that is too soft to tell."""
    parts = [part.ravel() for part in parts]
    levels = [float(part @ part) for part in parts]
    heard = [number for number, level in enumerate(levels) if level > 1e-2 * max(levels) and level > FLOOR * len(parts[0])]
    found = [None] * len(parts)
    if heard:
        basis = numpy.stack([parts[number] for number in heard], 1)
        for number, gain in zip(heard, numpy.linalg.lstsq(basis.T @ basis, basis.T @ sound.ravel().astype(float), None)[0]):
            found[number] = float(decibels(gain ** 2) if gain > 0 else -100.0)
    return found


def brightness(sound, first, size=WINDOW):
    """What is above 20 kHz in windows, in dBFS: nothing, unless samples do not follow from those before."""
    window = numpy.hanning(size)
    from_bin = size * 20000 // RATE
    levels = [numpy.abs(numpy.fft.rfft(sound[at:at + size].T * window)[:, from_bin:]).max() / size for at in first]
    return decibels(numpy.square(numpy.array(levels, float)))


def likeness(one, other):
    """How alike two sounds are, whatever their level (0 to 1); 0 when one is silent."""
    if one.shape != other.shape:
        return 0.0
    one, other = one.ravel().astype(float), other.ravel().astype(float)
    return float(one @ other) / max(float(numpy.sqrt((one @ one) * (other @ other))), 1e-9)


def faded(sound, samples=480):
    """Sound whose edges are soft, so that they have no peak of their own."""
    edge = smooth(numpy.arange(len(sound)) / samples) * smooth((len(sound) - numpy.arange(len(sound))) / samples)
    return sound * edge[:, None]
