"""The groups of sound_sweep.py: which reels each makes, what it measures of them, and what would spoil them.

A group has `count` and `few` (how many it makes, and how many for a self-test), `take` (makes one), `measure` (adds to a reel's
measures, and to its `faults` what is wrong with it alone), `judge` (figures and faults of all), `notes` (what is only told) and
`spoils` (judgement, what is done, and a function that does it to a take).
"""

import random
from dataclasses import replace

import numpy

from sound_judge import WINDOW, Spread, brightness, click_faults, gains, lag, levels, overall, power, steps, time_faults, worse
from sound_sources import FRAME, RATE, encode_once, packet_times, run

SILENT_FRAME = 0.003  # -50 dBFS: what an encoder makes of silence before the first sound


# What fades may be worse than the single encode's of the same reel, in dB: the median, and what 95 % do not exceed. An end begins
# with an encoder that knows little of what was before.
FADES, MOST_FADES = 3, 6


class Group:
    """What groups have in common: reels on the shared Mega Asset, whose packets of sound have times."""
    name, thing, things, skipped, few, judgements = "", "reel", "reels", None, 4, ("made", "packets")

    def __init__(self, shop):
        self.shop, self.spreads = shop, {}
        self.setup()

    def setup(self):
        common = self.shop.common()
        self.library, self.rate, self.clips = common.library, common.rate, common.clips
        self.mega, self.beds, self.places = common.mega, common.beds, common.places

    def chance(self, number):
        return random.Random(f"{self.shop.seed} {self.name} {number}")

    def count(self, reels):
        return reels

    def notes(self, measures):
        return []

    def spread(self, name, values, *form):
        """A spread of all reels' values, which is kept for the report."""
        self.spreads[name] = Spread(values, *form)
        return self.spreads[name]

    def render(self, number, clips, audio):
        return self.library.render(f"{self.name}-{number % 8}", clips, self.rate, audio)

    def draw(self, chance, count, samples=0, **audio):
        """Random clips, and sound settings that fit them and a bed of `samples` samples."""
        clips = [chance.choice(self.clips) for _ in range(count)]
        length = int(sum(clip["end"] - clip["start"] for clip in clips) / self.rate * RATE / FRAME)
        if samples:
            audio["start"] = FRAME * chance.randint(0, samples // FRAME - length)
        for name, least in (("fadeIn", 0), ("fadeOut", 2048)):
            if chance.random() < 0.6:
                audio[name] = min(chance.randint(least, 2 * RATE), length * FRAME // 3)
        return clips, audio

    def measure_packets(self, take, measure):
        measure["faults"] += [("packets", fault) for fault in time_faults(take.times, take.reel.count)]
        measure["packets"] = len(take.times)

    def measure_fades(self, take, measure):
        fades = numpy.r_[FRAME:take.reel.full[0], take.reel.full[1]:take.reel.samples]
        measure["fades"] = [overall(sound[fades], take.wanted[fades]) for sound in (take.sound, take.once)]

    def fade_figures(self, measures):
        own, once = (self.spread(name, [[measure["fades"][number]] for measure in measures])
                     for number, name in enumerate(("fades", "single encode's fades")))
        # Reel by reel: what is hard to encode differs more from reel to reel than what this is about.
        more = self.spread("fades worse by", [[measure["fades"][0] - measure["fades"][1]] for measure in measures])
        return "fades", f"error of beginnings and ends {own}, of the single encode's {once}; in the same reel worse by {more}", [
            f"the {name} is {level:.1f} dB worse" for name, level, most in (
                ("median", more.median, FADES), ("95 %", more.most, MOST_FADES)) if level > most]

    def judge(self, measures):
        return [("packets", f"{sum(measure['packets'] for measure in measures)} packets, 1,024 samples apart from 0 on", [])]

    def spoils(self):
        def otherwise(take):
            self.library.verify(take.path, {**take.plan, "slots": take.plan["slots"][::-1] + take.plan["slots"][:1]})
            return take

        def damaged(take):
            path = take.path.replace(".mp4", "-damaged.mp4")
            with open(take.path, "rb") as file:
                data = bytearray(file.read())
            data[-100:] = bytes(100)  # of the sound's last packet
            with open(path, "wb") as file:
                file.write(data)
            self.library.verify(path, take.plan)
            return take
        return [("made", "verified by another plan", otherwise), ("made", "a reel whose last bytes are zero", damaged),
                ("packets", "one packet a sample late", retimed),
                ("packets", "one packet lost", lambda take: replace(take, times=take.times[:20] + take.times[21:]))]


def shifted(by):
    """Makes all of a reel's sound later."""
    return lambda take: replace(take, sound=numpy.roll(take.sound, by, 0))


def touched(change):
    """Changes a copy of a reel's sound."""
    def spoil(take):
        sound = take.sound.copy()
        change(take.reel, sound)
        return replace(take, sound=sound)
    return spoil


def retimed(take):
    """The reel's file with a packet of sound one sample later."""
    path = take.path.replace(".mp4", "-retimed.mp4")
    run(["ffmpeg", "-v", "error", "-y", "-i", take.path, "-map", "0:a", "-c", "copy", "-bsf:a",
         "setts=pts=PTS+eq(N\\,40):dts=DTS+eq(N\\,40)", "-movflags", "+frag_keyframe+empty_moov", path])
    return replace(take, times=packet_times(path))


def swapped(reel, sound):
    """Lets two different clips of one length change their places."""
    for one, clip in enumerate(reel.clips):
        for other in range(one + 1, len(reel.clips)):
            if clip["type"] == reel.clips[other]["type"] and clip["title"] != reel.clips[other]["title"]:
                here, there = (slice(reel.audible(slot)[0], reel.audible(slot)[0] + 70000) for slot in (one, other))
                sound[here], sound[there] = sound[there].copy(), sound[here].copy()
                return


def louder_fades(reel, sound):
    sound[FRAME:reel.full[0]] *= 1.6
    sound[reel.full[1]:] *= 1.6


def at_seams(change):
    """Changes a reel's sound from each seam on."""
    def spoil(reel, sound):
        for slot in reel.seams():
            change(sound, reel.starts[slot], FRAME * reel.switches[slot])
    return touched(spoil)


class Bed(Group):
    """The bed alone, by turns one of clicks and one of music."""
    name, judgements = "bed", ("made", "packets", "clicks", "bits", "silence", "fades", "quality")

    def setup(self):
        super().setup()
        self.own = {name: self.library.bed(name) for name in ("clicks", "music")}
        self.once = {name: encode_once(self.beds[name]) for name in self.own}

    def take(self, number):
        chance, bed = self.chance(number), ("clicks", "music")[number % 2]
        clips, audio = self.draw(chance, chance.randint(2, 30), len(self.own[bed]), mode="bed", bed=bed)
        take = self.render(number, clips, audio)
        wanted = sum(take.reel.parts(self.beds[bed], self.mega))
        return replace(take, wanted=wanted, once=encode_once(wanted) if bed == "music" else None)

    def measure(self, take, measure):
        self.measure_packets(take, measure)
        reel, bed, (low, high) = take.reel, take.plan["audio"]["bed"], take.reel.full
        own, plain, once = (sounds[bed][reel.begin:reel.begin + reel.samples] for sounds in (self.own, self.beds, self.once))
        different = numpy.flatnonzero((take.sound[low:high] != own[low:high]).any(1))
        if len(different):
            measure["faults"].append(("bits", f"{len(different)} samples of {high - low} are not the bed's, "
                                              f"first {low + different[0]}"))
        measure["samples"], measure["silence"] = high - low, float(numpy.abs(take.sound[:FRAME]).max())
        if bed == "clicks":
            measure["clicks"], faults = click_faults(take.sound, self.places, reel)
            measure["faults"] += [("clicks", fault) for fault in faults]
            return
        self.measure_fades(take, measure)
        measure["quality"] = [overall(*pair) for pair in (
            (take.sound[low:high], once[low:high]), (take.sound[low:high], plain[low:high]), (once[low:high], plain[low:high]))]

    def judge(self, measures):
        found = super().judge(measures)
        clicking, playing = ([measure for measure in measures if key in measure] for key in ("clicks", "quality"))
        found.append(("clicks", f"{sum(measure['clicks'] for measure in clicking)} clicks in {len(clicking)} reels, each at its "
                                "sample and no others", []))
        found.append(("bits", f"{sum(measure['samples'] for measure in measures)} samples are those of the bed's own AAC", []))
        silence = self.spread("silence", [[measure["silence"]] for measure in measures], "", 5)
        found.append(("silence", f"highest sample of the first AAC frame {silence}",
                      [f"it reaches {silence.worst:.4f}"] if silence.worst > SILENT_FRAME else []))
        if playing:
            found.append(self.fade_figures(playing))
            against, own, once = (
                self.spread(name, [[measure["quality"][number]] for measure in playing]) for number, name in enumerate(
                    ("against the single encode", "against the music", "single encode against the music")))
            found.append(("quality", f"error against a single encode {against}; against the WAV {own}, a single encode's {once}",
                          [f"the median is {own.median - once.median:.1f} dB worse"] if own.median > once.median + 1 else []))
        return found

    def spoils(self):
        def extra(reel, sound):
            sound[reel.full[0] + 5000, 0] = 0.4

        def bit(reel, sound):
            sound[reel.full[1] - 1, 1] = numpy.nextafter(sound[reel.full[1] - 1, 1], 1)

        def garbage(reel, sound):
            sound[500] = 0.01

        def coarse(reel, sound):
            sound += numpy.random.default_rng(1).normal(0, 0.01, sound.shape)
        return super().spoils() + [
            ("clicks", "sound one sample late", shifted(1)), ("clicks", "sound one AAC frame early", shifted(-FRAME)),
            ("clicks", "a click added", touched(extra)), ("bits", "sound one sample late", shifted(1)),
            ("bits", "the last bit of one sample", touched(bit)), ("silence", "a sample of the first AAC frame", touched(garbage)),
            ("fades", "fades too loud", touched(louder_fades)), ("quality", "noise added", touched(coarse))]


class Mix(Group):
    """Clips over the bed, with various ducking and fades."""
    name, mode = "mix", "mix"
    judgements = ("made", "packets", "place", "gain", "seams", "switches", "clicks", "steps", "quality")

    def take(self, number):
        chance, options = self.chance(number), {"mode": self.mode}
        if self.mode == "mix":
            options.update(bed="music", duck=chance.choice([0, 6, 12, 12, 24, 60]), attack=chance.choice([1, 480, 4800, 9600]),
                           release=chance.choice([1, 4800, 14400, 30000]))
        samples = len(self.beds["music"]) if self.mode == "mix" else 0
        clips, audio = self.draw(chance, chance.randint(2, 30), samples, **options)
        return self.ideal(self.render(number, clips, audio), self.beds["music"])

    def ideal(self, take, bed):
        under, over = take.reel.parts(bed, self.mega)
        wanted = (under + over).astype("f4")
        return replace(take, under=under.astype("f4"), wanted=wanted, once=encode_once(wanted))

    def measure(self, take, measure):
        self.measure_packets(take, measure)
        reel, (low, high) = take.reel, take.reel.full
        centres = {"seams": numpy.array([reel.starts[slot] for slot in reel.seams()], int),
                   "switches": numpy.array([reel.switches[slot] * FRAME + FRAME // 2 for slot in reel.seams()], int),
                   "elsewhere": reel.elsewhere() + WINDOW // 2}
        own, once, apart = take.sound - take.wanted, take.once - take.wanted, take.sound - take.once
        level, errors = power(take.wanted), [power(error) for error in (own, once, apart)]
        for name, places in centres.items():
            first = places - WINDOW // 2
            measure[name] = numpy.stack([levels(error, level, first, whole=self.mode == "clip") for error in errors], 1)
            measure[f"steps {name}"] = steps(own, places)
            measure[f"bright {name}"] = brightness(take.sound, first)
        own, once = (overall(sound[low:high], take.wanted[low:high]) for sound in (take.sound, take.once))
        measure["quality"] = own - once
        self.measure_slots(take, measure)

    def measure_slots(self, take, measure):
        measure["slots"], measure["gains"] = 0, []
        for slot, clip in enumerate(take.reel.clips):
            low, high = take.reel.audible(slot)
            low, high = max(low, take.reel.full[0]), min(high, take.reel.full[1])
            if high - low < 20000:
                continue
            middle, part = (low + high) // 2, slice(low, high)
            if take.reel.is_heard(slot, self.mega):
                late, more = lag(take.sound[middle - 8192:middle + 8192], take.wanted, middle - 8192, 24)
                measure["slots"] += 1
                if late and more > 0.002:
                    measure["faults"].append(("place", f"slot {slot}, {clip['title']}, is {-late} samples late"))
            parts = take.under[part], (take.wanted - take.under)[part]
            for name, is_, should in zip(("bed", "clip"), gains(take.sound[part], parts), gains(take.once[part], parts)):
                if is_ is not None:
                    measure["gains"].append(abs(is_ - should))
                    if abs(is_ - should) > 1:
                        fault = f"slot {slot}, {clip['title']}: the {name} is {is_ - should:+.1f} dB off"
                        measure["faults"].append(("gain", fault))

    def compared(self, name, here, rest):
        """Figures and faults of errors in windows, whose columns are the reel's, the single encode's, and from one to the other."""
        (own, once, apart), (all_own, all_once, all_apart) = (
            [self.spread(f"{what} {where}", [rows[:, number]])
             for number, what in enumerate(("error", "single encode's error", "against the single encode"))]
            for where, rows in ((name, here), (f"beside {name}", rest)))
        told, faults = worse(here, rest)
        return (f"{own.count}: error {own}, elsewhere {all_own}; a single encode's {once}, {all_once}; "
                f"from that {apart}, {all_apart}; {told}"), faults

    def gain_figures(self, measures):
        off = self.spread("gain", [measure.get("gains", []) for measure in measures], "dB", 2)
        return "gain", f"{off.count} levels of bed and clip in slots, off by {off}", []

    def judge(self, measures):
        found = super().judge(measures)
        found.append(("place", f"{sum(measure['slots'] for measure in measures)} clips are heard at their sample", []))
        found.append(self.gain_figures(measures))
        rest = numpy.concatenate([measure["elsewhere"] for measure in measures])
        for name in ("seams", "switches"):
            here = numpy.concatenate([measure[name] for measure in measures])
            found.append((name, *self.compared(name, here, rest)))
        for key, name, unit, digits, what in (("bright", "clicks", "dBFS", 1, "above 20 kHz"),
                                              ("steps", "steps", "", 5, "step too much")):
            here, there = (self.spread(f"{name} {where}", [measure[f"{key} {place}"] for measure in measures for place in places],
                                       unit, digits)
                           for where, places in (("at seams", ("seams", "switches")), ("elsewhere", ("elsewhere",))))
            faults = [f"the {part} is worse at seams" for part, one, other in (
                ("95 %", here.most, there.most), ("worst", here.worst, there.worst)) if one > other + (1 if unit else 1e-4)]
            found.append((name, f"{what} at seams {here}, elsewhere {there}", faults))
        more = self.spread("quality", [[measure["quality"]] for measure in measures])
        found.append(("quality", f"error of a reel is worse than a single encode's by {more}",
                      [f"the median is {more.median:.1f} dB worse"] if more.median > 1 else []))
        return found

    def spoils(self):
        noise = numpy.random.default_rng(1)

        def mirror(sound, start, switch):  # what is left when two AAC frames do not overlap as they should
            sound[switch:switch + FRAME] += 0.7 * sound[switch:switch + FRAME][::-1] if self.mode == "mix" else 0.01

        def rough(sound, start, switch):
            sound[start - 600:start + 600] += noise.normal(0, 0.05, (1200, 2))

        def jump(sound, start, switch):
            sound[start:start + 20000] += 0.02

        def tick(reel, sound):
            sound[reel.starts[1] + 200] += 0.02

        def louder(reel, sound):
            sound[reel.starts[1]:reel.starts[2]] *= 1.2

        def coarse(reel, sound):
            sound += noise.normal(0, 0.02, sound.shape)
        return super().spoils() + [
            ("place", "sound one sample late", shifted(1)), ("gain", "two clips swapped", touched(swapped)),
            ("gain", "one slot 1.6 dB louder", touched(louder)), ("seams", "noise at seams", at_seams(rough)),
            ("switches", "AAC frames that do not overlap", at_seams(mirror)),
            ("clicks", "one sample raised by 0.02", touched(tick)),
            ("steps", "a constant from seams on", at_seams(jump)), ("quality", "noise everywhere", touched(coarse))]


class Clip(Mix):
    """Clips alone."""
    name, mode = "clip", "clip"

    def count(self, reels):
        return -(-reels // 2)
