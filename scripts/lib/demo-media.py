#!/usr/bin/env python3
"""Makes what the demonstration works on: a Mega Asset, its clip index, a bed, titles and what viewers did.

    scripts/lib/demo-media.py --clips FOLDER --output FOLDER [FILE...]

FILE is any footage of at least five seconds; it is conformed to 1280x720 at 24 frames a second. The clips of --clips come
after it, and generated footage fills up to 14 titles. Every title gets a clip of 80 frames and one of 40. After each clip
stand six frames of a red slate, as editors leave them between clips: a cut that is wrong by one frame shows red.

Writes mega.mp4, music.wav, clips.json, titles.json and events.ndjson. Needs Python 3 and the ffmpeg program.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import uuid
from datetime import datetime, timedelta, timezone

WIDTH, HEIGHT, RATE = 1280, 720, 24
LONG, SHORT, SLATE = 80, 40, 6
TITLES = 14
NOW = datetime(2025, 11, 24, 20, 15, tzinfo=timezone.utc)
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"  # Debian's fonts-dejavu-core
# The shortest footage of which 80 frames and 40 more can be taken, in seconds.
SHORTEST = (LONG + SHORT) / RATE

# Footage that scripts/lib/setup.sh fetches: file, name, genres, release date, frames a second.
FILMED = [
    ("bigbuckbunny.mp4", "Big Buck Bunny", ["animation", "comedy"], "2008-04-10"),
    ("bikes.mp4", "Bikes", ["documentary"], "2025-03-01"),
    ("carphone_pristine.mp4", "Carphone", ["comedy"], "2024-06-01"),
    ("carphone_distorted.mp4", "Carphone, Low Rate", ["comedy", "thriller"], "2025-06-01"),
]

# Footage that ffmpeg draws: name, genres, release date, filters from a source to a picture of any size.
DRAWN = [
    ("Harbour Lights", ["drama", "romance"], "2025-10-03",
     "gradients=s=640x360:c0=#0b1d51:c1=#f4a259:c2=#8cb369:c3=#5b8e7d:n=4:speed=0.03:seed=11"),
    ("Fractal Coast", ["sci-fi"], "2025-11-14",
     "mandelbrot=s=480x270:start_scale=1.2:end_scale=0.004:end_pts=120:maxiter=400:rate=24"),
    ("Colony", ["sci-fi", "thriller"], "2025-08-21",
     "life=s=160x90:mold=12:ratio=0.35:seed=7:life_color=#7cffcb:death_color=#0c3b2e:mold_color=#06140f"),
    ("Signal Lost", ["thriller"], "2025-09-18",
     "smptehdbars=s=640x360,noise=alls=45:allf=t,rotate=0.03*sin(t*9):ow=iw:oh=ih"),
    ("Paper Moons", ["animation", "family"], "2025-05-29",
     "sierpinski=s=640x360:type=carpet:seed=3,format=rgb24,colorchannelmixer=rr=0.95:gg=0.75:bb=0.35:br=0.2"),
    ("Deep Field", ["documentary", "sci-fi"], "2025-07-04",
     "nullsrc=s=640x360,geq=lum='255*gt(sin(12.9898*X+78.233*mod(Y+2*N\\,360)+sin(X*mod(Y+2*N\\,360)))\\,0.9985)'"
     ":cb=148:cr=118"),
    ("Ripple", ["drama"], "2025-10-31",
     "nullsrc=s=320x180,geq=lum='128+90*sin(hypot(X-160\\,Y-90)/5-N/4)':cb='128+40*sin(X/60+N/20)':cr=100"),
    ("Night Train", ["thriller", "drama"], "2025-11-07",
     "nullsrc=s=320x180,geq=lum='20+220*gt(mod(X+6*N\\,80)\\,52)*between(Y\\,60\\,110)':cb=110:cr=160"),
    ("Spectrum", ["documentary", "music"], "2025-02-14", "rgbtestsrc=s=640x360,hue=h=90*t:s=1.2,rotate=t/3:ow=iw:oh=ih"),
    ("Rule 110", ["sci-fi", "music"], "2025-04-22", "cellauto=s=320x180:rule=110:seed=5:ratio=0.5,colorchannelmixer="
     "rr=0.9:gg=0.5:bb=0.2"),
    ("Test Card", ["comedy", "family"], "2025-01-10", "testsrc2=s=640x360"),
    ("Two Hearts", ["romance", "music"], "2025-11-20",
     "nullsrc=s=320x180,geq=lum='60+150*lt(hypot(X-130-20*sin(N/9)\\,Y-90)\\,45)+40*lt(hypot(X-190+20*sin(N/9)\\,Y-90)"
     "\\,45)':cb=120:cr=200"),
    ("Old Tape", ["drama", "family"], "2024-12-24", "pal75bars=s=640x360,hue=s=0.4,noise=alls=30:allf=t,lagfun=decay=0.9"),
    ("Static", ["horror"], "2026-02-01", "nullsrc=s=160x90,geq=lum='random(1)*150':cb=128:cr=128"),
]
BUMPERS = [
    ("opening", 42, "SIZZLE", "gradients=s=640x360:c0=#1b0033:c1=#ff5e3a:n=2:speed=0.05:seed=2"),
    ("closing", 48, "TONIGHT", "gradients=s=640x360:c0=#001b33:c1=#3affa0:n=2:speed=0.05:seed=4"),
]

# Who is who: a viewer's plays by genre. The crowd makes titles popular.
VIEWERS = {"ada": {"drama", "romance"}, "ben": {"sci-fi", "documentary"}}
FAVOURITES = {"big-buck-bunny", "bikes", "carphone"}
# In the catalogue, and in the viewers' past, but without a clip in the Mega Asset.
BACKLIST = [
    ("Letters Home", ["drama", "romance"], "2019-02-14"), ("A Winter Wedding", ["romance"], "2021-12-01"),
    ("The Tenant", ["drama"], "2020-09-11"), ("Low Orbit", ["sci-fi"], "2018-07-20"),
    ("Machines of Dust", ["sci-fi", "documentary"], "2022-04-08"), ("Ice and Stone", ["documentary"], "2023-01-15"),
]


def say(text):
    print(f"  {text}", flush=True)


def fail(text):
    sys.exit(f"error: {text}")


def slug(name):
    """A title's id: `harbour-lights`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "untitled"


def ffmpeg(*arguments, **options):
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments]
    if subprocess.run(command, **options).returncode:
        fail("ffmpeg failed; its own lines above say why")


def probe(path):
    """The seconds of a file's picture; ends the program when it has none."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "json",
               "-show_entries", "stream=duration,avg_frame_rate:format=duration", "file:" + path]
    found = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    report = json.loads(found.stdout or "{}")
    if found.returncode or not report.get("streams"):
        fail(f"{path}: ffmpeg finds no picture in it ({found.stderr.strip().splitlines()[-1:] or ['no video stream']})")
    return float(report["streams"][0].get("duration") or report["format"].get("duration") or 0)


class Encoder:
    """Takes raw frames from one program after another and encodes them, with an IDR where each clip begins and ends."""

    def __init__(self, folder, music, boundaries, path):
        forced = "+".join(f"eq(n,{frame})" for frame in sorted(boundaries))
        self.folder = folder
        self.process = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size",
             f"{WIDTH}x{HEIGHT}", "-framerate", str(RATE), "-i", "pipe:0", "-stream_loop", "-1", "-i", music,
             "-map", "0:v", "-map", "1:a", "-shortest", "-c:v", "libx264", "-preset", "veryfast", "-crf", "21",
             "-force_key_frames", f"expr:{forced}", "-forced-idr", "1", "-x264-params", "open-gop=0",
             "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv",
             "-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart", path],
            stdin=subprocess.PIPE)

    def draw(self, frames, inputs, filters, label, size=46, place="x=52:y=h-text_h-48"):
        """Adds frames of ffmpeg's making, with a line of text."""
        with open(os.path.join(self.folder, "label.txt"), "w", encoding="utf-8") as file:
            file.write(label)
        # The text comes from a file in the working folder, so that names may hold any character.
        font = f"fontfile={FONT}" if os.path.exists(FONT) else "font=Sans"
        text = (f"drawtext={font}:textfile=label.txt:expansion=none:fontsize={size}:fontcolor=white:{place}"
                f":box=1:boxcolor=black@0.55:boxborderw=14")
        whole = f"{filters},tpad=stop_mode=clone:stop=-1,{text},setsar=1,format=yuv420p[out]"
        ffmpeg(*inputs, "-filter_complex", whole, "-map", "[out]", "-frames:v", str(frames), "-f", "rawvideo", "pipe:1",
               cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.process.stdin)

    def write(self, frames):
        self.process.stdin.write(frames)
        self.process.stdin.flush()

    def finish(self):
        self.process.stdin.close()
        if self.process.wait():
            fail("ffmpeg could not encode the Mega Asset; its own lines above say why")


class Title:
    """A title and where its picture comes from: a file at two times, or a source that ffmpeg draws."""

    def __init__(self, name, genres, released, path=None, drawn=None):
        self.name, self.genres, self.released, self.path, self.drawn = name, genres, released, path, drawn
        self.id = slug(name)

    def add(self, encoder, kind, frames):
        if self.drawn:
            # The short clip begins where the long one ended.
            first = 0 if kind == "80" else LONG
            filters = (f"{self.drawn},fps={RATE},trim=start_frame={first},setpts=PTS-STARTPTS,"
                       f"scale={WIDTH}:{HEIGHT}:flags=bicubic")
            return encoder.draw(frames, [], filters, self.name)
        # From a fifth on for footage that is long enough; the short clip begins where the long one ended, if it can.
        seconds = probe(self.path)
        start = max(0, min(seconds / 5, seconds - SHORTEST))
        if kind == "40":
            start = max(0, min(start + LONG / RATE, seconds - SHORT / RATE))
        filters = (
            f"[0:v:0]fps={RATE},split[a][b];"
            f"[a]scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=increase,crop={WIDTH}:{HEIGHT},boxblur=24,"
            f"eq=brightness=-0.15[back];"
            f"[b]scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=lanczos[front];"
            f"[back][front]overlay=(W-w)/2:(H-h)/2:shortest=1")
        encoder.draw(frames, ["-ss", f"{start:.6f}", "-i", "file:" + os.path.abspath(self.path)], filters, self.name)


def titles(files, folder):
    """The films of the demonstration, given ones first."""
    found = []
    for path in files:
        if not os.path.isfile(path):
            fail(f"{path}: there is no such file")
        seconds = probe(path)
        if seconds < LONG / RATE:
            fail(f"{path}: lasts {seconds:.1f} s; at least {LONG / RATE:.1f} s are needed")
        name = re.sub(r"[_\s]+", " ", os.path.splitext(os.path.basename(path))[0]).strip() or "Untitled"
        found.append(Title(name, ["documentary"], "2025-11-01", path=path))
    for file, name, genres, released in FILMED:
        path = os.path.join(folder, file)
        if os.path.isfile(path):
            found.append(Title(name, genres, released, path=path))
    # The last of the drawn ones is not released yet, so that a refusal can be seen.
    drawn = [Title(name, genres, released, drawn=source) for name, genres, released, source in DRAWN]
    found += drawn[:max(0, TITLES - 1 - len(found))] + drawn[-1:]
    names = set()
    for title in found:
        number, base = 2, title.id
        while title.id in names:
            title.id, number = f"{base}-{number}", number + 1
        names.add(title.id)
    return found


def music(path):
    """Sixteen seconds of four chords, plucked on each beat over a bass."""
    chords = [(261.63, 329.63, 392.00, 65.41), (246.94, 293.66, 392.00, 98.00), (261.63, 329.63, 440.00, 55.00),
              (261.63, 349.23, 440.00, 87.31)]
    inputs, parts = [], ""
    for index, (*notes, bass) in enumerate(chords):
        plucked = "+".join(
            f"0.13*sin(2*PI*{note}*t)*exp(-4*mod(t+{place}*0.125\\,0.5))+0.04*sin(4*PI*{note}*t)*exp(-7*mod(t\\,0.25))"
            for place, note in enumerate(notes))
        left = f"{plucked}+0.20*sin(2*PI*{bass}*t)*exp(-2*mod(t\\,1))"
        right = f"{plucked}+0.20*sin(2*PI*{bass}*1.002*t)*exp(-2*mod(t\\,1))"
        inputs += ["-f", "lavfi", "-i", f"aevalsrc='{left}|{right}':d=4:s=48000"]
        parts += f"[{index}:a]afade=in:d=0.02,afade=out:st=3.9:d=0.1[c{index}];"
    joined = "".join(f"[c{index}]" for index in range(len(chords)))
    ffmpeg(*inputs, "-filter_complex",
           f"{parts}{joined}concat=n={len(chords)}:v=0:a=1,aloop=loop=2:size={16 * 48000},aecho=0.8:0.5:180:0.25[out]",
           "-map", "[out]", "-t", "48", "-c:a", "pcm_s16le", path)


def mega(films, folder):
    """Encodes the Mega Asset; returns the clip index."""
    wanted = [("Sizzle", BUMPERS[0])] + [(film, kind) for film in films for kind in (("80", LONG), ("40", SHORT))]
    wanted.append(("Sizzle", BUMPERS[1]))
    clips, position = [], 0
    for film, kind in wanted:
        name = film if isinstance(film, str) else film.id
        clips.append({"title": name, "type": kind[0], "start": position, "end": position + kind[1]})
        position += kind[1] + SLATE
    boundaries = {frame for clip in clips for frame in (clip["start"], clip["end"])}
    encoder = Encoder(folder, os.path.join(folder, "music.wav"), boundaries, os.path.join(folder, "mega.mp4"))
    red = bytes([81]) * (WIDTH * HEIGHT) + bytes([90]) * (WIDTH * HEIGHT // 4) + bytes([240]) * (WIDTH * HEIGHT // 4)
    previous = None
    for film, kind in wanted:
        if isinstance(film, str):
            _, frames, text, source = kind
            filters = f"{source},fps={RATE},scale={WIDTH}:{HEIGHT}:flags=bicubic"
            encoder.draw(frames, [], filters, text, 120, "x=(w-text_w)/2:y=(h-text_h)/2")
        else:
            if film is not previous:
                origin = f"from {os.path.basename(film.path)}" if film.path else "generated"
                say(f"{film.id}: {LONG} and {SHORT} frames, {origin}")
            film.add(encoder, *kind)
            previous = film
        encoder.write(red * SLATE)
    encoder.finish()
    os.remove(os.path.join(folder, "label.txt"))
    say(f"mega.mp4: {position} frames, {len(clips)} clips, {os.path.getsize(os.path.join(folder, 'mega.mp4')) >> 20} MB")
    return {"frameRate": f"{RATE}/1", "clips": clips}


def catalogue(films):
    """What `sizzle titles import` reads."""
    known = [{"id": film.id, "name": film.name, "genres": film.genres, "released": film.released} for film in films]
    known += [{"id": slug(name), "name": name, "genres": genres, "released": released}
              for name, genres, released in BACKLIST]
    for title in known:
        if title["released"] > NOW.date().isoformat():
            title["available"] = [title["released"], None]
    return {"titles": known}


def moment(ago):
    return (NOW - ago).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def identity(name):
    """An event's id: UUIDv5 (RFC 9562) in the namespace of URLs."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"sizzle:{name}"))


def play(viewer, title, ago, watched):
    at = moment(ago)
    return {"v": 1, "event_id": identity(f"{viewer}/{title['id']}/play/{at}"), "type": "play", "ts": at, "viewer": viewer,
            "title": title["id"], "watched_ms": watched, "duration_ms": 5_400_000}


def reel_events(viewer, shown):
    """How a viewer met an earlier reel: saw three slots, skipped the last."""
    reel = f"earlier-{viewer}"
    for slot, title in enumerate(shown, start=1):
        for type, seconds in (("slot_start", 0), ("skip" if slot == len(shown) else "slot_complete", 2)):
            event = {"v": 1, "event_id": identity(f"{reel}/{slot}/{type}/1"), "type": type,
                     "ts": moment(timedelta(days=2) - timedelta(seconds=4 * slot + seconds)), "viewer": viewer,
                     "reel": reel, "edition": "earlier", "slot": slot, "title": title["id"], "clip": "80", "n": 1}
            yield {**event, "at_ms": 2000, "to": "next"} if type == "skip" else event


def events(known):
    """What viewers did in the last fortnight: two with tastes of their own, and a crowd."""
    dice = random.Random(2025)
    shown = [title for title in known if "available" not in title]
    for viewer, taste in VIEWERS.items():
        liked = [title for title in shown if taste & set(title["genres"])]
        for title in liked:
            yield play(viewer, title, timedelta(days=dice.randint(1, 13), minutes=dice.randint(0, 1439)), 4_800_000)
        yield from reel_events(viewer, liked[:3])
    # What is filmed is played more than what is drawn, but for the copy of low quality.
    weights = [dice.uniform(0.4, 1) * (0.4 if "low-rate" in title["id"] else 1.5 if title["id"] in FAVOURITES else 1)
               for title in shown]
    for number in range(60):
        for title in dice.choices(shown, weights, k=6):
            yield play(f"crowd-{number:02}", title, timedelta(days=dice.randint(0, 13), minutes=dice.randint(5, 1439)),
                       dice.randint(60_000, 5_400_000))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.add_argument("files", nargs="*", metavar="FILE", help="footage of your own")
    parser.add_argument("--clips", required=True, help="the folder of fetched film clips; may be missing")
    parser.add_argument("--output", required=True, help="the folder to write into")
    options = parser.parse_args()
    folder = os.path.abspath(options.output)
    films = titles(options.files, options.clips)
    say("music.wav: four chords for 48 s")
    music(os.path.join(folder, "music.wav"))
    index = mega(films, folder)
    known = catalogue(films)
    lines = list(events(known["titles"]))
    for name, document in (("clips.json", index), ("titles.json", known)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, indent=1)
            file.write("\n")
    with open(os.path.join(folder, "events.ndjson"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    say(f"clips.json, titles.json ({len(known['titles'])} titles), events.ndjson ({len(lines)} events)")


if __name__ == "__main__":
    main()
