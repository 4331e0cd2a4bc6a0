"""Sound and Mega Assets for sound_sweep.py, made with numpy and the ffmpeg program, and what ffmpeg reads out of files.

Sound is an array of 32-bit floats with a row for each sample and a column for each of two channels, at 48 kHz.
"""

import json
import os
import subprocess
from fractions import Fraction

import numpy

RATE, FRAME = 48000, 1024
# All sound is encoded as sizzle says it does: FFmpeg's own encoder, without noise substitution.
ENCODER = ("-c:a", "aac", "-b:a", "128k", "-aac_pns", "0")
RAW = ("-f", "f32le", "-ar", str(RATE), "-ac", "2")
LIMIT_SECONDS = 600


class Failed(Exception):
    """A program did not do what it should; the text says what it did."""


def run(command, data=b"", expected=0):
    """Runs a command, which reads `data`. Returns its stdout."""
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{os.path.basename(command[0])} hangs: not done after {LIMIT_SECONDS} s") from error
    if done.returncode != expected:
        lines = (done.stderr + b"\n" + done.stdout[-2000:]).decode("utf-8", "replace").strip().splitlines() or [""]
        raise Failed(f"{os.path.basename(command[0])} {command[1]} ended with {done.returncode}: {lines[-1]}")
    return done.stdout


def samples_of(data):
    return numpy.frombuffer(data, "<f4").reshape(-1, 2)


def decode(path, data=b"", options=(), filters=()):
    """The first sound track, from the first sample that ffmpeg presents."""
    return samples_of(run(["ffmpeg", "-v", "error", *options, "-i", path, "-map", "0:a:0", *filters, *RAW, "-"], data))


def decode_from_zero(path):
    """The first sound track, from time 0: some tracks begin later, and of some AAC ffmpeg presents no first frame."""
    return decode(path, filters=("-af", "aresample=async=1:first_pts=0"))


def encode_once(sound):
    """Sound after one encoder and one decoder: what a reel is held against. Sample n is sound's sample n."""
    stream = run(["ffmpeg", "-v", "error", *RAW, "-i", "-", *ENCODER, "-f", "adts", "-"], sound.astype("<f4").tobytes())
    return decode("-", stream, ("-f", "aac"))[FRAME:][:len(sound)]


def write_wav(path, sound):
    """Writes 24-bit PCM, and returns the sound that is in the file."""
    run(["ffmpeg", "-v", "error", "-y", *RAW, "-i", "-", "-c:a", "pcm_s24le", path], sound.astype("<f4").tobytes())
    return decode(path)


def packet_times(path):
    """The presentation and decoding time of each packet of the sound, in samples."""
    found = json.loads(run(["ffprobe", "-v", "error", "-select_streams", "a:0", "-of", "json",
                            "-show_entries", "packet=pts,dts:stream=time_base", path]))
    if found["streams"][0]["time_base"] != f"1/{RATE}":
        raise Failed(f"the sound counts in {found['streams'][0]['time_base']} s")
    return [(packet.get("pts"), packet.get("dts")) for packet in found["packets"]]


def pictures(path):
    """The time of each picture in seconds, exactly, and the MD5 of its samples, in order of presentation."""
    table = run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "-1",
                 "-f", "framemd5", "-"]).decode("ascii").splitlines()
    timebase = next(Fraction(line.split(":")[1].strip()) for line in table if line.startswith("#tb 0:"))
    fields = [line.split(",") for line in table if not line.startswith("#")]
    return [(int(field[2]) * timebase, field[5].strip()) for field in fields]


def pictures_as(group, *options):
    """Encodes pictures quickly, in closed groups of `group`."""
    return ("-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", "-g", str(group), "-keyint_min", str(group),
            "-sc_threshold", "0", "-flags", "+cgop", "-pix_fmt", "yuv420p", *options)


def write_mega(path, rate, frames, sound, group=40, options=("-bf", "0"), codec=("-c:a", "pcm_s24le")):
    """Writes a small Mega Asset with closed groups of `group` pictures, and returns its sound from time 0."""
    run(["ffmpeg", "-v", "error", "-y", *RAW, "-i", "-", "-f", "lavfi", "-i",
         f"testsrc2=size=160x90:rate={rate},trim=end_frame={frames}",
         "-map", "1:v", "-map", "0:a", *pictures_as(group, *options), *codec, path], sound.astype("<f4").tobytes())
    return decode_from_zero(path)


def band(chance, count, low, high):
    """Noise between two frequencies in Hz, at a mean square of one."""
    spectrum = numpy.fft.rfft(chance.standard_normal(count))
    places = numpy.fft.rfftfreq(count, 1 / RATE)
    spectrum[(places < low) | (places > high)] = 0
    noise = numpy.fft.irfft(spectrum, count)
    return noise / numpy.sqrt(numpy.mean(noise ** 2))


def leveled(sound, level, peak):
    """Sound at a root mean square of `level`, or lower where it would go over `peak`."""
    sound = sound - sound.mean(0)
    return sound * min(level / numpy.sqrt(numpy.mean(sound ** 2)), peak / numpy.abs(sound).max())


def clicks(chance, seconds):
    """Single samples of 0.5, up or down, on either channel and well apart, in silence; and their (sample, channel)."""
    sound, places, at = numpy.zeros((seconds * RATE, 2)), [], 2000
    while at < len(sound) - 2000:
        channel = int(chance.integers(2))
        sound[at, channel] = chance.choice([-0.5, 0.5])
        places.append((at, channel))
        at += int(chance.integers(6000, 14000))
    return sound, places


def music(chance, seconds, peak=0.45):
    """Chords of plucked notes and drums, with steady low tones: tonal and sudden, at an unsteady tempo."""
    count = seconds * RATE
    time = numpy.arange(count) / RATE
    sound = 0.05 * numpy.stack([numpy.sin(2 * numpy.pi * 82 * time), numpy.sin(2 * numpy.pi * 123 * time + 1)], 1)
    at = 0
    while at < count:
        span = time[:min(count - at, RATE)]
        for note in chance.choice([0, 3, 5, 7, 10, 12, 15, 19], 3, replace=False):
            pitch = 220 * 2 ** (note / 12)
            pluck = sum(numpy.sin(2 * numpy.pi * pitch * part * span) / part for part in (1, 2, 3, 5)) * numpy.exp(-4 * span)
            sound[at:at + len(span)] += 0.2 * pluck[:, None] * chance.uniform(0.3, 1, 2)
        if chance.random() < 0.7:
            drum = band(chance, RATE, 60, 7000)[:len(span)] * numpy.exp(-40 * span)
            sound[at:at + len(span)] += drum[:, None] * chance.uniform(0.2, 0.4)
        at += int(chance.integers(8000, 20000))
    return leveled(sound, 0.12, peak)


def material(chance, number, count):
    """Loud sound that belongs to a clip: one of four kinds, none twice the same, with a small constant part."""
    time = numpy.arange(count) / RATE
    kind = number % 4
    if kind == 0:  # a chord that is in no scale
        sound = sum(numpy.sin(2 * numpy.pi * pitch * time + pitch) for pitch in chance.uniform(200, 5000, 6))
    elif kind == 1:  # bursts of noise
        low = chance.uniform(100, 2000)
        sound = band(chance, count, low, low * 3) * (0.15 + (numpy.sin(2 * numpy.pi * chance.uniform(3, 9) * time) > 0.3))
    elif kind == 2:  # sweeps
        length, low, high = chance.uniform(0.3, 1.2), chance.uniform(150, 600), chance.uniform(2000, 6000)
        part = time % length
        sound = numpy.sin(2 * numpy.pi * low * length / numpy.log(high / low) * ((high / low) ** (part / length) - 1))
    else:  # a pulse with formants
        pulse = (time * chance.uniform(90, 180)) % 1
        sound = numpy.exp(-pulse * 6) * numpy.sin(2 * numpy.pi * chance.integers(4, 20) * pulse)
    sides = numpy.array([1, chance.uniform(0.4, 0.8)])[:: 1 if number % 3 else -1]
    return leveled(sound[:, None] * sides, 0.14, 0.42) + chance.choice([-0.02, 0.02], 2)


def clip_index(lengths, name="clip"):
    """Clips that follow one another, each of a title and with its number of frames as type."""
    clips, at = [], 0
    for number, length in enumerate(lengths):
        clips.append({"title": f"{name}-{number:02}", "type": str(length), "start": at, "end": at + length})
        at += length
    return clips


def span(clip, rate):
    """The samples of a Mega Asset that lie under a clip, [first, end)."""
    return nearest(clip["start"] / rate * RATE), nearest(clip["end"] / rate * RATE)


def nearest(value):
    """The nearest whole number of a fraction; the upper one of two."""
    return int((value + Fraction(1, 2)) // 1)


def per_clip(clips, rate, make):
    """A Mega Asset's sound: for each clip what `make` returns for its number and its count of samples."""
    return numpy.concatenate([make(number, span(clip, rate)[1] - span(clip, rate)[0]) for number, clip in enumerate(clips)])


def tone_of(number):
    """The pure tone of a clip, in Hz."""
    return 1000 + 137 * number


def tone(number, count):
    wave = 0.3 * numpy.sin(2 * numpy.pi * tone_of(number) * numpy.arange(count) / RATE)
    return numpy.stack([wave, wave], 1)


def low_tones(count):
    """A bed that leaves room for the clips' tones."""
    time = numpy.arange(count) / RATE
    wave = sum(numpy.sin(2 * numpy.pi * pitch * time) for pitch in (110, 165, 220, 330))
    return leveled(numpy.stack([wave, wave], 1), 0.15, 0.45)


def frame_bursts(chance, rate, frames):
    """Sound that tells the frame: a burst at each frame's beginning, its pitch and its noise drawn anew."""
    sound = numpy.zeros((nearest(frames / rate * RATE), 2))
    time = numpy.arange(900) / RATE
    for number in range(frames):
        at = nearest(number / rate * RATE)
        burst = numpy.sin(2 * numpy.pi * chance.uniform(300, 6000) * time) + 0.4 * band(chance, len(time), 200, 8000)
        burst *= numpy.exp(-250 * time) * 0.35
        sound[at:at + len(time)] += burst[:len(sound) - at, None]
    return leveled(sound, 0.2, 0.7)
