"""Where the shots of boundary_sweep.py's films come from: real footage out of the shared folder, and patterns that ffmpeg draws.

Both draw a shot (a description of it) by chance, and make its pictures: an array with a row of bytes for each frame, 4:2:0 at
640x360. A frame of the source is a frame of the shot, whatever rate it was filmed at, or each second one is left out.

A scene is a range of a file that lies inside one shot. That they do was looked at, frame by frame where pictures change much, and
is proved again when one is decoded: ffmpeg's `scdet`, whose own threshold for a cut is 10, gives no frame of them more than 6.7.
"""

import os
import re
from dataclasses import dataclass

import numpy

from sound_sources import Failed, run

WIDTH, HEIGHT, RATE = 640, 360, 24
FRAME_BYTES = WIDTH * HEIGHT * 3 // 2
RAW = ("-f", "rawvideo", "-pix_fmt", "yuv420p")
RAW_INPUT = (*RAW, "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE))
LONGEST, SHORTEST, LONG_TAKE = 100, 30, 150
CUT_SCORE = 9.0


@dataclass(frozen=True)
class Scene:
    """Frames `first` to before `last` of a file. `steps` of 2: each second frame may be left out. `fast` are first frames of
    shots that begin with much motion."""
    name: str
    file: str
    first: int
    last: int
    dark: bool = False
    steps: tuple = (1,)
    fast: tuple = ()
    take: bool = True  # whether frames follow one another closely enough for a long take
    changes: bool = True  # whether a jump inside of the scene can be seen


SINTEL, BUNNY, ROOF, CHROMA, NASA = ("sintel-trailer-720p24.mp4", "big-buck-bunny-480p24-5ch1.mp4",
                                     "androidx-360p-30006-non-idr.mp4", "mdn-chroma-key-5994.mp4", "nasa-two-video-tracks.mp4")
SCENES = (
    Scene("snow ridge", SINTEL, 56, 116), Scene("girl in snow", SINTEL, 146, 205), Scene("old man", SINTEL, 292, 334, True),
    Scene("girl in the dark", SINTEL, 334, 384, True), Scene("alley", SINTEL, 444, 512, True), Scene("fires", SINTEL, 534, 571),
    Scene("burning city", SINTEL, 571, 621), Scene("dragon", SINTEL, 621, 658), Scene("sky", SINTEL, 780, 846),
    Scene("claws", SINTEL, 684, 764, fast=(716, 720, 728, 734)), Scene("dunes", SINTEL, 856, 962),
    Scene("clouds", BUNNY, 56, 285), Scene("flowers", BUNNY, 285, 378), Scene("bird", BUNNY, 378, 553),
    Scene("burrow", BUNNY, 553, 720), Scene("bunny", "bunny-1080p60-5ch1.mp4", 21, 120, steps=(1, 2)),
    Scene("bear", "bear-h264-360p.mp4", 0, 82, fast=(26, 51)), Scene("roof", ROOF, 92, 270, fast=(139, 144, 160)),
    Scene("roof again", ROOF, 350, 511, fast=(374, 390)), Scene("hall", "androidx-edit-hevc-both-ends.mp4", 0, 77, fast=(38, 44)),
    Scene("sign language", "asl-book.mkv", 0, 109), Scene("drone", "gopro-karma-2997.mp4", 0, 240),
    Scene("bottles", "iot-bottle-detection-2983.mp4", 0, 300), Scene("man", "jcodec-seq-1.mp4", 0, 250),
    Scene("hand", "jcodec-seq-2.mp4", 100, 281, fast=(120, 131, 217)),
    Scene("palm", "jcodec-seq-3.mp4", 0, 200, fast=(103,)), Scene("desk", "laravel-ffmpeg-1080p25-mp3.mp4", 0, 118),
    Scene("face", CHROMA, 200, 440, steps=(1, 2)), Scene("whip pans", CHROMA, 590, 860, steps=(1, 2), fast=(616, 682, 700, 712)),
    Scene("pans", CHROMA, 1130, 1370, steps=(1, 2)), Scene("blossom", "mdn-flower-2997.mp4", 0, 150),
    Scene("capsule", NASA, 0, 126, True), Scene("hatch", NASA, 150, 201), Scene("dark capsule", NASA, 203, 325, True),
    Scene("watch", "androidx-edit-trim-vfr.mp4", 15, 167, True, changes=False), Scene("mountain", "sintel-captions-24fps.ts", 120, 239),
    Scene("fingers", "count-vfr.mp4", 0, 245, fast=(69, 118), take=False),  # filmed at 10 fps: each frame is a leap
)
DARKEN = "eq=gamma=0.55:brightness=-0.12"
LOOKS = ("", "", "", "hflip", DARKEN, "eq=gamma=1.5:contrast=1.1", "hue=s=0", "crop=", "crop=", "hflip,crop=")


@dataclass(frozen=True)
class Shot:
    """What a shot shows: `count` frames of a source from its frame `first` on, changed by ffmpeg's filters `look`."""
    source: str
    first: int
    count: int
    step: int
    look: str
    dark: bool = False

    def __str__(self):
        parts = [f"{self.source} from {self.first}", f"each {self.step}nd" if self.step > 1 else "", self.look]
        return ", ".join(filter(None, parts))


def pictures_of(data):
    return numpy.frombuffer(data, numpy.uint8).reshape(-1, FRAME_BYTES)


def filtered(pictures, filters):
    """Pictures as ffmpeg's filters change them; as many as there were."""
    made = pictures_of(run(["ffmpeg", "-v", "error", *RAW_INPUT, "-i", "-", "-vf", f"{filters},scale={WIDTH}:{HEIGHT}",
                            "-frames:v", str(len(pictures)), *RAW, "-"], pictures.tobytes()))
    if len(made) != len(pictures):
        raise Failed(f"ffmpeg made {len(made)} frames of {len(pictures)} with {filters}")
    return made


def crop(chance):
    """A part of the picture, as if the camera were nearer."""
    size = chance.uniform(0.5, 0.8)
    return f"crop=iw*{size:.3f}:ih*{size:.3f}:iw*{chance.uniform(0, 1 - size):.3f}:ih*{chance.uniform(0, 1 - size):.3f}"


class Footage:
    """Shots of real footage. A scene is decoded once, when it is first drawn, and kept in `folder`."""

    def __init__(self, media, folder):
        self.media, self.folder, self.scenes = media, folder, {scene.name: scene for scene in SCENES}
        self.decoded = {}

    def draw(self, chance, previous=None):
        """Another shot, whose join with `previous` is of one of several kinds: from elsewhere, from the same scene (nearer, or
        at another time), dark as the shot before, or beginning with much motion."""
        kind = chance.random()
        if previous and previous.dark and kind < 0.45:
            return self.dark(chance)
        if previous and 0.36 < kind < 0.7 and self.scenes[previous.source].changes:
            return self.same(chance, previous)
        if kind > 0.88:
            scene = chance.choice([scene for scene in SCENES if scene.fast])
            return self.shot(chance, scene, chance.choice(scene.fast), chance.choice(("", "hflip")))
        if kind > 0.78:
            return self.dark(chance)
        return self.shot(chance, chance.choice(SCENES))

    def dark(self, chance):
        if chance.random() < 0.3:
            return self.shot(chance, chance.choice(SCENES), look=DARKEN)
        return self.shot(chance, chance.choice([scene for scene in SCENES if scene.dark]), look=chance.choice(("", "hflip")))

    def same(self, chance, previous):
        """The scene of the shot before, going on where that ended but nearer or farther, or later or earlier as it was framed."""
        scene, following = self.scenes[previous.source], previous.first + previous.count * previous.step
        if chance.random() < 0.5 and following + SHORTEST * previous.step <= scene.last:
            look = "" if "crop" in previous.look else ",".join(filter(None, (previous.look, crop(chance))))
            return self.shot(chance, scene, following, look, previous.step)
        return self.shot(chance, scene, None, previous.look, previous.step)

    def take(self, chance, count):
        """A long shot, of up to `count` frames."""
        scene = chance.choice([scene for scene in SCENES if scene.take and scene.last - scene.first >= min(count, LONG_TAKE)])
        count = min(count, scene.last - scene.first)
        first = chance.randint(scene.first, scene.last - count)
        look = chance.choice(LOOKS).replace("crop=", crop(chance))
        return Shot(scene.name, first, count, 1, look, scene.dark or DARKEN in look)

    def shot(self, chance, scene, first=None, look=None, step=None):
        look = chance.choice(LOOKS).replace("crop=", crop(chance)) if look is None else look
        step = step or chance.choice(scene.steps)
        room = (scene.last - (scene.first if first is None else first)) // step
        if room < SHORTEST:
            first, step, room = None, 1, scene.last - scene.first
        count = chance.randint(SHORTEST, min(LONGEST, room))
        if first is None:
            first = chance.randint(scene.first, scene.last - count * step)
        return Shot(scene.name, first, count, step, look, scene.dark or DARKEN in look)

    def pictures(self, shot):
        scene = self.scenes[shot.source]
        if scene.name not in self.decoded:
            self.decoded[scene.name] = self.decode(scene)
        first = shot.first - scene.first
        part = self.decoded[scene.name][first:first + shot.count * shot.step:shot.step]
        if len(part) != shot.count:
            raise Failed(f"{scene.name} has no {shot.count} frames from {shot.first} on")
        return filtered(part, shot.look) if shot.look else part

    def decode(self, scene):
        path = os.path.join(self.folder, f"{scene.name}.yuv")
        told = run(["ffmpeg", "-v", "error", "-y", "-i", os.path.join(self.media, scene.file), "-map", "0:v:0",
                    "-fps_mode", "passthrough", "-vf", f"select='between(n,{scene.first},{scene.last - 1})',"
                    f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=increase,crop={WIDTH}:{HEIGHT},"
                    "scdet=t=0,metadata=print:key=lavfi.scd.score:file=-", *RAW, path]).decode()
        pictures = numpy.memmap(path, numpy.uint8, "r").reshape(-1, FRAME_BYTES)
        scores = [float(score) for score in re.findall(r"scd\.score=([\d.]+)", told)]
        if len(pictures) != scene.last - scene.first or len(scores) != len(pictures):
            raise Failed(f"{scene.file}: ffmpeg decodes {len(pictures)} frames of {scene.first} to {scene.last}")
        if max(scores[1:]) > CUT_SCORE:
            raise Failed(f"{scene.file}: there seems to be a cut at frame {scene.first + int(numpy.argmax(scores[1:])) + 1}")
        return pictures


class Patterns:
    """Shots of what ffmpeg draws: moving and still pictures in many colours."""
    textures = ("cellauto", "sierpinski", "life")  # nobody could tell where one becomes another of its kind

    def draw(self, chance, previous=None):
        while True:
            shot = self.pattern(chance, chance.randint(SHORTEST, LONGEST))
            kind = shot.source.split("=")[0]
            if not previous or kind not in self.textures or kind != previous.source.split("=")[0]:
                return shot

    def take(self, chance, count):
        return self.pattern(chance, count)

    def pattern(self, chance, count):
        seed, colours = chance.randint(0, 9999), [f"0x{chance.randint(0, 0xFFFFFF):06x}" for _ in range(3)]
        full, half, small = f"s={WIDTH}x{HEIGHT}:r={RATE}", f"s=320x180:r={RATE}", f"s=160x90:r={RATE}"
        source = chance.choice((
            f"testsrc2={full}", f"testsrc2={full}", f"testsrc={full}", f"rgbtestsrc={full}", f"smptehdbars={full}",
            f"gradients={full}:seed={seed}:speed={chance.uniform(0.005, 0.05):.3f}:n={chance.randint(2, 6)}",
            f"gradients={full}:seed={seed}:speed={chance.uniform(0.005, 0.05):.3f}:c0={colours[0]}:c1={colours[1]}",
            f"mandelbrot={half}:start_scale={chance.uniform(0.05, 3):.3f}:end_pts=200", f"sierpinski={half}:seed={seed}",
            f"life={small}:mold=10:seed={seed}:ratio=0.2:life_color={colours[0]}:death_color={colours[1]}:mold_color={colours[2]}",
            f"cellauto={small}:seed={seed}:rule={chance.choice((18, 30, 110))}",
            f"color={colours[0]}:{full}[ground];color={colours[1]}:s=200x150:r={RATE}[box];"
            f"[ground][box]overlay=x='abs(mod(n*{chance.randint(4, 24)},880)-440)':y={chance.randint(0, 200)}"))
        look = chance.choice(("", "", "hflip", "vflip", "negate", f"hue=h={chance.randint(30, 330)}", "eq=gamma=0.5",
                              f"hue=h={chance.randint(30, 330)},vflip"))
        return Shot(source, chance.randint(0, 60), count, 1, look)

    def pictures(self, shot):
        filters = f"trim=start_frame={shot.first},{shot.look or 'null'},scale={WIDTH}:{HEIGHT}"
        made = pictures_of(run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", shot.source, "-vf", filters,
                                "-frames:v", str(shot.count), *RAW, "-"]))
        if len(made) != shot.count:
            raise Failed(f"ffmpeg made {len(made)} frames of {shot.source}, not {shot.count}")
        return made
