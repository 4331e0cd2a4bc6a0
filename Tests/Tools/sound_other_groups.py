"""More groups of sound_sweep.py, as sound_groups.py has them: tones, sync, loops and loudness."""

import os
from dataclasses import dataclass, replace
from fractions import Fraction

import loudness
import numpy

from sound_groups import Group, Mix, louder_fades, shifted, swapped, touched
from sound_judge import WINDOW, faded, lag, levels, likeness, looped, power, tone_level
from sound_sources import (FRAME, RATE, clip_index, decode, decode_from_zero, frame_bursts, low_tones, nearest, per_clip, pictures,
                           pictures_as, run, tone, write_mega, write_wav)

CLEAR = 40
LOOP_SECONDS, LOOP_START, CROSSFADE, REEL_SECONDS = 10, 96000, 4800, 30
HANDLE = 16384
# Loudness: what is near enough to the target in LU, the highest peak in dBTP, and the gain in dB that is not exceeded.
NEAR, PEAK, MOST_GAIN = 0.5, -1.0, 30
FOOTAGE = (("sintel-trailer-720p24.mp4", 24, 1253), ("auto-editor-talk-720p30.mp4", 30, 1272))
MUSIC = "bbb-audio-20s.mp4"


class Tones(Group):
    """A pure tone for each clip, alone and over a low bed."""
    name, judgements = "tones", ("made", "packets", "tones")

    def setup(self):
        self.rate, self.clips = Fraction(24), clip_index([(40, 80)[number // 2 % 2] for number in range(16)], "tone")
        self.mega = write_mega(self.shop.path("tones.mov"), "24", self.clips[-1]["end"], per_clip(self.clips, self.rate, tone))
        self.bed = write_wav(self.shop.path("low.wav"), low_tones(60 * RATE))
        self.library = self.shop.library("tones")
        self.library.ingest(self.shop.path("tones.mov"), self.rate, self.clips, f"--bed=main={self.shop.path('low.wav')}",
                            "--loudness=off")

    def count(self, reels):
        return max(2, reels // 4)

    def take(self, number):
        chance, mode = self.chance(number), ("mix", "clip")[number % 2]
        return self.render(number, *self.draw(chance, chance.randint(4, 12), len(self.bed) if mode == "mix" else 0, mode=mode))

    def measure(self, take, measure):
        self.measure_packets(take, measure)
        measure["tones"], known = [], range(len(self.clips))
        for slot, clip in enumerate(take.reel.clips):
            low, high = take.reel.audible(slot)
            if low + high < 2 * (take.reel.full[0] + HANDLE) or low + high > 2 * (take.reel.full[1] - HANDLE):
                continue
            own = int(clip["title"].split("-")[1])
            level, other = tone_level(take.sound, (low + high) // 2, own, known)
            measure["tones"].append(-level)
            if level < CLEAR:
                measure["faults"].append(("tones", f"in slot {slot} tone {own} is {level:.1f} dB above tone {other}"))

    def judge(self, measures):
        level = self.spread("tones", [measure["tones"] for measure in measures])
        return super().judge(measures) + [
            ("tones", f"{level.count} slots: the loudest other tone is at {level} of the slot's own", [])]

    def spoils(self):
        def leaking(reel, sound):
            sound[:-90000] += 0.02 * sound[90000:]
        return super().spoils() + [("tones", "two clips swapped", touched(swapped)),
                                   ("tones", "what follows is heard 34 dB softer", touched(leaking))]


class Sync(Group):
    """Clips alone, at odd rates, by turns from PCM and from AAC; a burst of its own kind at each picture."""
    name, few, judgements = "sync", 2, ("made", "packets", "pictures", "half", "sample")
    # Rate, file, pictures from key to key, and how they and the sound are encoded.
    megas = ((Fraction(24000, 1001), "24.mp4", ("-bf", "2"), ("-c:a", "aac", "-b:a", "256k")),
             (Fraction(30000, 1001), "30.mov", ("-bf", "0"), ("-c:a", "pcm_s24le")))

    def setup(self):
        self.made = []
        for number, (rate, name, options, codec) in enumerate(self.megas):
            chance, path = self.chance(f"clips {number}"), self.shop.path(name)
            clips = clip_index([chance.choice([24, 36, 48, 60, 96]) for _ in range(24)])
            frames = clips[-1]["end"]
            mega = write_mega(path, rate, frames, frame_bursts(self.shop.sounds(name), rate, frames), 12, options, codec)
            library = self.shop.library(name)
            library.ingest(path, rate, clips, "--loudness=off")
            shown = {}
            for frame, (_, digest) in enumerate(pictures(path)):
                shown.setdefault(digest, []).append(frame)
            self.made.append((library, rate, clips, mega, shown))

    def choose(self, number):
        self.library, self.rate, self.clips, self.mega, self.known = self.made[number % 2]

    def count(self, reels):
        return max(2, reels // 10)

    def take(self, number):
        self.choose(number)
        take = self.render(number, *self.draw(self.chance(number), 60, mode="clip"))
        return replace(take, shown=pictures(take.path))

    def measure(self, take, measure):
        self.choose(measure["number"])
        self.measure_packets(take, measure)
        reel, measure["pictures"] = take.reel, len(take.shown)
        frames = [frame for clip in reel.clips for frame in range(clip["start"], clip["end"])]
        wrong = [at for at, (time, digest) in enumerate(take.shown)
                 if time != at / reel.rate or at >= len(frames) or frames[at] not in self.known.get(digest, ())]
        if wrong or len(take.shown) != len(frames):
            measure["faults"].append(("pictures", f"{len(wrong)} of {len(take.shown)} pictures are wrong or at a wrong time, "
                                                  f"and there should be {len(frames)}"))
            return
        offsets = []
        for slot in range(len(reel.clips)):
            low, high = reel.audible(slot)
            low, high = max(low, reel.full[0]), min(high, reel.full[1])
            if high - low > 12000:
                offsets.append((self.offset(take, (low + high) // 2, frames), slot))
        measure["offsets"] = [abs(offset) for offset, _ in offsets]
        measure["ends"] = [offsets[0][0], offsets[-1][0]]
        for name, most in (("half", RATE / reel.rate / 2), ("sample", 1)):
            far = [f"{offset:+.1f} in slot {slot}" for offset, slot in offsets if abs(offset) > most]
            if far:
                measure["faults"].append((name, f"{len(far)} clips are further off, first {far[0]}"))

    def offset(self, take, place, frames):
        """By how many samples sound is ahead of the picture that is shown at a place of the reel."""
        picture = int(place * self.rate / RATE)
        first = place - 4096
        expected = frames[picture] / self.rate * RATE + first - take.shown[picture][0] * RATE
        late, _ = lag(take.sound[first:first + 8192], self.mega, nearest(expected), 4800)
        return float(late + nearest(expected) - expected)

    def judge(self, measures):
        found = super().judge(measures)
        found.append(("pictures", f"{sum(measure['pictures'] for measure in measures)} pictures are the plan's and at their time",
                      []))
        whole = [measure for measure in measures if "offsets" in measure]
        for number, (rate, _, _, _) in enumerate(self.megas):
            own = [measure for measure in whole if measure["number"] % 2 == number]
            self.spread(f"offsets at {rate}", [measure["offsets"] for measure in own] or [[]], "samples", 2)
        spread = self.spread("offsets", [measure["offsets"] for measure in whole] or [[]], "samples", 2)
        ends = [max((abs(measure["ends"][end]) for measure in whole), default=0.0) for end in (0, 1)]
        found.append(("half", f"{spread.count} clips are {spread} off their pictures, at most {ends[0]:.2f} in a reel's first and "
                              f"{ends[1]:.2f} in its last", []))
        found.append(("sample", ", ".join(f"{self.spreads[f'offsets at {mega[0]}']} at {mega[0]}" for mega in self.megas), []))
        return found

    def spoils(self):
        def other(take):
            clips = take.reel.clips[1:2] + take.reel.clips[:1] + take.reel.clips[2:]
            return replace(take, reel=type(take.reel)(clips, take.reel.rate, take.plan["audio"]))
        return super().spoils() + [
            ("half", "sound 1,100 samples late", shifted(1100)), ("half", "sound 1,100 samples early", shifted(-1100)),
            ("sample", "sound 2 samples late", shifted(2)), ("pictures", "two clips swapped", other)]


class Loop(Mix):
    """A bed of 10 s under reels of 30 s, by turns alone and under clips."""
    name, judgements = "loop", ("made", "packets", "bits", "joins", "place", "gain", "fades")

    def setup(self):
        super().setup()
        self.mode, self.own = "mix", self.library.bed("loop")
        samples = (2 * LOOP_SECONDS + REEL_SECONDS + 5) * RATE
        self.bed, self.first, self.end = looped(self.beds["loop"], LOOP_START, CROSSFADE, samples)

    def count(self, reels):
        return max(2, reels // 4)

    def take(self, number):
        chance, clips = self.chance(number), []
        while sum(clip["end"] - clip["start"] for clip in clips) < REEL_SECONDS * self.rate:
            clips.append(chance.choice(self.clips))
        take = self.render(number, clips, {"mode": ("bed", "mix")[number % 2], "bed": "loop",
                                           "fadeIn": chance.choice([3072, 96000]), "fadeOut": chance.choice([2048, 200000]),
                                           "start": FRAME * chance.randint(0, 2 * LOOP_SECONDS * RATE // FRAME)})
        return self.ideal(take, self.bed)

    def joins(self, reel):
        joins = numpy.arange(self.end, len(self.bed), self.end - self.first) - reel.begin
        return joins[(joins > reel.full[0] + 4 * FRAME) & (joins < reel.full[1] - 20 * FRAME)]

    def measure(self, take, measure):
        self.measure_packets(take, measure)
        reel, joins, (low, high) = take.reel, self.joins(take.reel), take.reel.full
        errors = [power(error) for error in (take.sound - take.wanted, take.once - take.wanted, take.sound - take.once)]
        rest = reel.elsewhere()
        rest = rest[[not ((joins - CROSSFADE < at + WINDOW) & (at < joins + 2 * FRAME)).any() for at in rest]]
        for name, first in (("joins", numpy.concatenate([joins - FRAME, joins - FRAME // 2])), ("elsewhere", rest)):
            measure[name] = numpy.stack([levels(error, power(take.wanted), first) for error in errors], 1)
        for join in joins:
            # Whatever is at its place in both: a lag there is the bed's or the clip's.
            late, more = lag(take.sound[join + FRAME:join + 16 * FRAME], take.wanted, join + FRAME, 24)
            if late and more > 0.002:
                measure["faults"].append(("place", f"after the join at {join} sound is {-late} samples late"))
        if reel.mode == "mix":
            self.measure_slots(take, measure)
        self.measure_fades(take, measure)
        measure["places"], measure["samples"] = len(joins), 0
        if reel.mode == "bed":
            at = numpy.arange(low, high) + reel.begin
            at = numpy.where(at < self.end, at, self.first + (at - self.first) % (self.end - self.first))
            # The first AAC frame of each turn overlaps with the last one before, as none in the bed itself does.
            plain = (at - self.first >= FRAME) | (numpy.arange(low, high) + reel.begin < self.end)
            different = numpy.flatnonzero((take.sound[low:high] != self.own[at]).any(1) & plain)
            measure["samples"] = int(plain.sum())
            if len(different):
                measure["faults"].append(("bits", f"{len(different)} samples are not the bed's, first {low + different[0]}"))

    def judge(self, measures):
        here, rest = (numpy.concatenate([measure[name] for measure in measures]) for name in ("joins", "elsewhere"))
        return Group.judge(self, measures) + [
            ("bits", f"{sum(measure['samples'] for measure in measures)} samples are those of the bed's own AAC", []),
            ("joins", *self.compared("joins", here, rest)),
            ("place", f"after {sum(measure['places'] for measure in measures)} joins sound is at its sample", []),
            self.gain_figures(measures), self.fade_figures(measures)]

    def spoils(self):
        def mirror(reel, sound):
            for join in self.joins(reel):
                sound[join:join + FRAME] += 0.7 * sound[join:join + FRAME][::-1]

        def bit(reel, sound):
            sound[reel.full[1] - 1, 1] = numpy.nextafter(sound[reel.full[1] - 1, 1], 1)

        def late(reel, sound):
            sound[self.joins(reel)[0]:] = numpy.roll(sound[self.joins(reel)[0]:], 1, 0)
        return Group.spoils(self) + [
            ("joins", "AAC frames that do not overlap", touched(mirror)), ("bits", "the last bit", touched(bit)),
            ("place", "a loop one sample too long", touched(late)), ("gain", "two clips swapped", touched(swapped)),
            ("fades", "fades too loud", touched(louder_fades))]


def is_capped(stated):
    """Whether the target cannot be reached: without a loudness, or with the highest gain."""
    return bool(stated) and (stated.get("loudness") is None or stated["gain"] >= MOST_GAIN)


@dataclass
class Levels:
    """What was made of one file at one loudness: (kind, name, sound, the ingest's figures or None)."""
    plan: dict
    pieces: list


class Loudness(Group):
    """Real sound, brought to one loudness."""
    name, thing, things, few = "loudness", "library", "libraries", 1
    judgements = ("made", "beds", "clips", "stated", "long", "peaks")
    targets = (-23, -14)

    def setup(self):
        media = self.shop.media
        missing = [name for name in (FOOTAGE[0][0], FOOTAGE[1][0], MUSIC)
                   if not media or not os.path.exists(os.path.join(media, name))]
        self.skipped = f"{media or 'no folder of media'}: {missing[0]} is not there" if missing else None
        self.meter = None if missing else loudness.library()

    def count(self, reels):
        return len(FOOTAGE) * len(self.targets)

    def take(self, number):
        (name, rate, frames), target = FOOTAGE[number // len(self.targets)], self.targets[number % len(self.targets)]
        chance, source, path = self.chance(name), os.path.join(self.shop.media, name), self.shop.path(f"small {name}")
        if not os.path.exists(path):  # small pictures, the sound as it is
            run(["ffmpeg", "-v", "error", "-i", source, "-map", "0:v:0", "-map", "0:a:0", "-vf", "scale=160:90",
                 *pictures_as(rate, "-bf", "0"), "-c:a", "copy", path])
        seconds = [chance.choice([2, 3, 4, 6, 8]) for _ in range(60)]
        index = [clip for clip in clip_index([rate * second for second in seconds]) if clip["end"] <= frames]
        library = self.shop.library(f"loudness {number}")
        made = library.ingest(path, Fraction(rate), index, f"--bed=music={os.path.join(self.shop.media, MUSIC)}",
                              f"--bed=own=0-{frames}", f"--loudness={target}")["sound"]
        pieces = [("bed", bed["name"], library.bed(bed["name"])[FRAME:], bed["levels"]) for bed in made["beds"]]
        pieces += self.clip_pieces(library, path, index, Fraction(rate), made["clips"])
        plan = {"media": name, "target": target, "gains": {clip["name"]: clip.get("levels") for clip in made["clips"]},
                "beds": {bed["name"]: bed["levels"] for bed in made["beds"]}}
        pieces += self.reels(number, library, index, rate, made["beds"], chance)
        return Levels(plan, pieces)

    def clip_pieces(self, library, path, index, rate, made):
        """The clips' lossless sound, found in the library by what it sounds like."""
        mega, stored = decode_from_zero(path), [decode(name) for name in library.files(".flac")]
        for clip, stated in zip(index, made):
            first, length = nearest(clip["start"] / rate * RATE), stated["samples"]
            if not mega[first:first + length].any():
                continue
            for sound in stored:
                own = sound[HANDLE:HANDLE + length]
                if len(sound) == length + 2 * HANDLE and likeness(own, mega[first:first + length]) > 0.9:
                    yield "clip", clip["title"], faded(own), stated.get("levels")
                    break
            else:
                yield "missing", clip["title"], None, stated.get("levels")

    def reels(self, number, library, index, rate, beds, chance):
        self.library, self.rate = library, Fraction(rate)

        def made(kind, name, clips, **audio):
            take = self.render(number, clips, {"fadeOut": 2048, **audio})
            return kind, name, take.sound, None
        for bed, samples, stated in ((bed["name"], bed["samples"], bed["levels"]) for bed in beds):
            clips = []
            for _ in range(1000):  # clips that together are nearly as long as the bed
                order, total, some = chance.sample(index, len(index)), 0, []
                for clip in order:
                    if (total + clip["end"] - clip["start"]) * RATE / rate <= samples:
                        some.append(clip)
                        total += clip["end"] - clip["start"]
                clips = max(clips, some, key=lambda own: sum(clip["end"] - clip["start"] for clip in own))
            yield made("short" if is_capped(stated) else "long", f"bed {bed}, as long", clips, mode="bed", bed=bed)
            yield made("mix", f"mix over {bed}, as long", clips, mode="mix", bed=bed)
            for mode in ("bed", "mix"):
                some = clips[:max(2, len(clips) // 3)]
                most = samples - sum(clip["end"] - clip["start"] for clip in some) * RATE // rate
                yield made("short" if mode == "bed" else "mix", f"{mode} {bed}, shorter", some, mode=mode, bed=bed,
                           start=FRAME * chance.randint(0, most // FRAME))
        yield made("clips", "clips alone", chance.sample(index, len(index)), mode="clip")

    def measure(self, take, measure):
        target = take.plan["target"]
        measure["target"], measure["media"], measure["found"] = target, take.plan["media"], []
        for kind, name, sound, stated in take.pieces:
            if kind == "missing":
                measure["faults"].append(("clips", f"{name}: its lossless sound is not in the library"))
                continue
            is_loud, peak = self.heard(sound)
            measure["found"].append({"kind": kind, "name": name, "loudness": is_loud, "peak": peak, "stated": stated})
            if peak is not None and peak > PEAK:
                measure["faults"].append(("peaks", f"{measure['media']} at {target} LUFS: {name} reaches {peak:.2f} dBTP"))
            judgement = {"bed": "beds", "clip": "clips", "long": "long"}.get(kind)
            if judgement and not is_capped(stated) and (is_loud is None or abs(is_loud - target) > NEAR):
                heard = "no loudness" if is_loud is None else f"{is_loud:.2f} LUFS"
                fault = f"{measure['media']} at {target} LUFS: {name} has {heard}; the ingest: {stated}"
                measure["faults"].append((judgement, fault))
            if stated and None not in (is_loud, stated.get("loudness")) and abs(is_loud - stated["loudness"]) > NEAR:
                measure["faults"].append(("stated", f"{name} has {is_loud:.2f} LUFS, the ingest says {stated['loudness']}"))

    def heard(self, sound):
        meter = loudness.Meter(self.meter, 2)
        try:
            meter.add(numpy.ascontiguousarray(sound, "<f4").tobytes())
            return meter.loudness(), meter.true_peak()
        finally:
            meter.close()

    def judge(self, measures):
        every = [(measure["target"], piece) for measure in measures for piece in measure["found"]]

        def off(name, kinds):
            return self.spread(name, [[abs(piece["loudness"] - target) for target, piece in every
                                       if piece["kind"] in kinds and piece["loudness"] is not None]], "LU", 2)
        limited = sum(bool(piece["stated"] and piece["stated"]["isLimited"]) for _, piece in every)
        peaks = self.spread("peaks", [[piece["peak"] for _, piece in every if piece["peak"] is not None]], "dBTP", 2)
        found = [(name, f"{spread.count}, off the target by {spread}", []) for name, spread in (
            ("beds", off("beds", ("bed",))), ("clips", off("clips", ("clip",))), ("long", off("long", ("long",))))]
        both = [(piece["loudness"], piece["stated"].get("loudness")) for _, piece in every if piece["stated"]]
        stated = self.spread("stated", [[abs(one - other) for one, other in both if None not in (one, other)]], "LU", 2)
        return found + [("stated", f"{stated.count} figures of the ingest, off by {stated}", []),
                        ("peaks", f"{peaks.count} peaks, {peaks}; {limited} of the beds and clips were limited", [])]

    def notes(self, measures):
        told = []
        for measure in measures:
            reels = [f"{piece['name']} {piece['loudness']:.2f} LUFS {piece['peak']:.2f} dBTP" for piece in measure.get("found", ())
                     if piece["stated"] is None]
            told.append(f"{measure.get('media')} at {measure.get('target')} LUFS: " + "; ".join(reels))
        return told

    def spoils(self):
        def scaled(kinds, decibels):
            factor = 10 ** (decibels / 20)
            return lambda take: replace(take, pieces=[(kind, name, sound * factor if kind in kinds else sound, stated)
                                                      for kind, name, sound, stated in take.pieces])

        def refused(take):
            self.library.sizzle("verify", self.shop.path("small " + take.plan["media"]), "--plan", self.shop.path("clips.json"))
            return take
        return [("made", "a file that is no reel verified", refused), ("beds", "beds 0.8 dB softer", scaled(("bed",), -0.8)),
                ("clips", "clips 0.8 dB louder", scaled(("clip",), 0.8)), ("long", "reels 0.8 dB softer", scaled(("long",), -0.8)),
                ("stated", "clips 0.8 dB softer", scaled(("clip",), -0.8)), ("peaks", "mixes 20 dB louder", scaled(("mix",), 20))]
