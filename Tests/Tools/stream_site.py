"""The small stream of synthetic boxes that test_check_stream.py changes (two sizes of picture, sound, I-frames, an MPD), and the
server that gives it.
"""

import hashlib
import http.server
import re
import struct
from fractions import Fraction

from dash_rules import CHANNELS, DASH_TYPE
from stream_http import HLS_TYPE

PERSONAL, MEDIA = "/v1/r/TOKEN/", "/v1/m/"
SYNC, OTHER = 0x2000000, 0x1010000
SIZES = ((320, 180), (160, 90))
FRAMES, SECONDS, FRAME = 24, 3, 1000
SOUND = (47, 47, 46)


# Boxes

def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind.encode()) + body


def full(kind, version, flags, *parts):
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def descriptor(tag, *parts):
    body = b"".join(parts)
    return bytes((tag, len(body))) + body


def video_entry(width, height):
    avcc = bytes((1, 0x64, 0, 0x1E, 0xFF, 0xE1)) + struct.pack(">H", 4) + b"\x67\x64\0\x1e" + b"\1" \
        + struct.pack(">H", 2) + b"\x68\xee"
    return box("avc1", bytes(24), struct.pack(">HH", width, height), bytes(50), box("avcC", avcc))


def sound_entry(type_=0x40, channels=2, rate=48000):
    special = struct.pack(">H", 2 << 11 | 3 << 7 | channels << 3)
    config = descriptor(4, bytes((type_, 0x15)), bytes(11), descriptor(5, special))
    esds = full("esds", 0, 0, descriptor(3, bytes(3), config, descriptor(6, b"\2")))
    return box("mp4a", bytes(16), struct.pack(">HHIHH", 2, 16, 0, rate, 0), esds)


def init_segment(entry, handler, scale, brand=b"iso6", moov_duration=0, mvex_first=False, entries=1, samples=0):
    stbl = box("stbl", full("stsd", 0, 0, struct.pack(">I", entries), entry * entries), full("stts", 0, 0, bytes(4)),
               full("stsc", 0, 0, bytes(4)), full("stsz", 0, 0, struct.pack(">II", 1, samples)), full("stco", 0, 0, bytes(4)))
    mdia = box("mdia", full("mdhd", 0, 0, struct.pack(">IIIII", 0, 0, scale, 0, 0)),
               full("hdlr", 0, 0, bytes(4), handler, bytes(13)), box("minf", stbl))
    trak = box("trak", full("tkhd", 0, 3, struct.pack(">III", 0, 0, 1), bytes(68)), mdia)
    mvex = box("mvex", full("trex", 0, 0, struct.pack(">IIIII", 1, 1, 0, 0, 0)))
    mvhd = full("mvhd", 0, 0, struct.pack(">IIII", 0, 0, 1000, moov_duration), bytes(80))
    return box("ftyp", brand, bytes(4), brand) + box("moov", mvhd, *((mvex, trak) if mvex_first else (trak, mvex)))


def fragment(sequence, time, samples, track=1, tfhd_flags=0x20000, tfdt=True, data_shift=0):
    """samples: [(data, duration, flags, composition offset)]"""
    def moof(offset):
        rows = b"".join(struct.pack(">IIII", length, len(data), flags, shift) for data, length, flags, shift in samples)
        run = full("trun", 0, 0xF01, struct.pack(">Ii", len(samples), offset), rows)
        base = struct.pack(">Q", 0) if tfhd_flags & 1 else b""
        return box("moof", full("mfhd", 0, 0, struct.pack(">I", sequence)),
                   box("traf", full("tfhd", 0, tfhd_flags, struct.pack(">I", track), base),
                       full("tfdt", 1, 0, struct.pack(">Q", time)) if tfdt else b"", run))
    return moof(len(moof(0)) + 8 + data_shift) + box("mdat", *(sample[0] for sample in samples))


def picture(idr, size=40):
    return struct.pack(">I", size) + (b"\x65" if idr else b"\x41") + bytes(size - 1)


def pictures(first_idr=True, first_flags=SYNC, others=OTHER, length=FRAME, count=FRAMES, shifts=None,
             first_size=200):
    shifts = shifts or [0] * count
    return [(picture(first_idr and not index, first_size if not index else 40), length, first_flags if not index else others,
             shifts[index])
            for index in range(count)]


def sounds(count, length=1024, flags=SYNC):
    return [(b"\x21" * 30, length, flags, 0)] * count


# The right stream

class Site:
    """What is served: bodies by path, headers that are changed by path, and ways in which the server is wrong."""

    def __init__(self):
        self.bodies, self.headers, self.wrong, self.edits = {}, {}, set(), []
        for number, (width, height) in enumerate(SIZES):
            self.bodies[f"{MEDIA}v{number}.mp4"] = init_segment(video_entry(width, height), b"vide", FRAMES * FRAME)
            for second in range(SECONDS):
                self.put_picture(second, number)
        self.bodies[MEDIA + "a.mp4"] = init_segment(sound_entry(), b"soun", 48000)
        for second in range(SECONDS):
            self.put_sound(second)

    def put_picture(self, second, number=0, samples=None, **changes):
        values = {"sequence": 1 + second * FRAMES, "time": second * FRAMES * FRAME, "samples": samples or pictures()} | changes
        self.bodies[f"{MEDIA}v{number}.0@{second * FRAMES}.m4s"] = fragment(**values)

    def put_sound(self, second, samples=None, **changes):
        start = sum(SOUND[:second])
        values = {"sequence": 1 + start, "time": start * 1024, "samples": samples or sounds(SOUND[second])} | changes
        self.bodies[f"{MEDIA}a.0@{start}.m4s"] = fragment(**values)

    def edit(self, name, old, new, count=1):
        """A change of a manifest's text, made when it is written."""
        self.edits.append((name, old, new, count))

    def finish(self):
        """Writes the manifests, so that rates are those of the media as changed."""
        self.bodies |= {PERSONAL + name: text.encode() for name, text in self.manifests().items()}
        for name, old, new, count in self.edits:
            text = self.bodies[PERSONAL + name].decode()
            if old not in text:
                raise SystemExit(f"{name} has no {old!r} to change")
            self.bodies[PERSONAL + name] = text.replace(old, new, count).encode("utf-8", "surrogateescape")
        return self

    def rate(self, prefix, starts, counts, unit):
        """Peak and average of segments: bits a second, rounded up."""
        sizes = [len(self.bodies.get(f"{MEDIA}{prefix}.0@{start}.m4s", b"")) * 8 for start in starts]
        total = Fraction(sum(sizes)) / (sum(counts) * unit)
        return max(-(-size // (count * unit)) for size, count in zip(sizes, counts)), -(-total.numerator // total.denominator)

    def rates(self):
        starts = [second * FRAMES for second in range(SECONDS)]
        found = [self.rate(f"v{number}", starts, [FRAMES] * SECONDS, Fraction(1, FRAMES)) for number in range(len(SIZES))]
        return found + [self.rate("a", (0, 47, 94), SOUND, Fraction(1024, 48000))]

    def total(self, number):
        """Peak and average of a variant with its sound."""
        return [sum(pair) for pair in zip(self.rates()[number], self.rates()[-1])]

    def span(self, number, second):
        """Offset and length of a segment's first picture with its moof."""
        body = self.bodies[f"{MEDIA}v{number}.0@{second * FRAMES}.m4s"]
        return 0, body.index(b"mdat") + 4 + 204

    def media_playlist(self, init, items, extra=(), target=1, version=6):
        return "\n".join(["#EXTM3U", f"#EXT-X-VERSION:{version}", f"#EXT-X-TARGETDURATION:{target}", "#EXT-X-MEDIA-SEQUENCE:0",
                          "#EXT-X-PLAYLIST-TYPE:VOD", *extra, f'#EXT-X-MAP:URI="{init}"', *items, "#EXT-X-ENDLIST", ""])

    def manifests(self):
        rates = self.rates()
        main = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES",
                '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio.m3u8"']
        found = {}
        for number, (width, height) in enumerate(SIZES):
            peak, average = self.total(number)
            main += [f'#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS="avc1.64001e,'
                     f'mp4a.40.2",RESOLUTION={width}x{height},FRAME-RATE=24.000,AUDIO="a"', f"v{number}.m3u8"]
            items = [f"#EXTINF:1.000000,\n{MEDIA}v{number}.0@{second * FRAMES}.m4s" for second in range(SECONDS)]
            found[f"v{number}.m3u8"] = self.media_playlist(f"{MEDIA}v{number}.mp4", items, ["#EXT-X-INDEPENDENT-SEGMENTS"])
        spans = [self.span(1, second) for second in range(SECONDS)]
        main += [f'#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={max(span[1] for span in spans) * 8},CODECS="avc1.64001e",RESOLUTION=160x90,'
                 'URI="i1.m3u8"', ""]
        items = [f"#EXTINF:1.000000,\n#EXT-X-BYTERANGE:{span[1]}@{span[0]}\n{MEDIA}v1.0@{second * FRAMES}.m4s"
                 for second, span in enumerate(spans)]
        found["i1.m3u8"] = self.media_playlist(MEDIA + "v1.mp4", items, ["#EXT-X-I-FRAMES-ONLY"], version=5)
        items = [f"#EXTINF:{count * 1024 / 48000:.6f},\n{MEDIA}a.0@{sum(SOUND[:second])}.m4s" for second, count in enumerate(SOUND)]
        found["audio.m3u8"] = self.media_playlist(MEDIA + "a.mp4", items, ["#EXT-X-INDEPENDENT-SEGMENTS"])
        return found | {"main.m3u8": "\n".join(main), "manifest.mpd": self.mpd(rates)}

    def mpd(self, rates):
        def listed(name, scale, entries, urls):
            return "\n".join([f'<SegmentList timescale="{scale}">', f'<Initialization sourceURL="{MEDIA}{name}.mp4"/>',
                              "<SegmentTimeline>", *entries, "</SegmentTimeline>",
                              *(f'<SegmentURL media="{MEDIA}{name}.0@{start}.m4s"/>' for start in urls), "</SegmentList>"])
        picture_parts = [f'<Representation id="v{number}" bandwidth="{rates[number][0]}" codecs="avc1.64001e" width="{width}" '
                         f'height="{height}" frameRate="24/1">'
                         + listed(f"v{number}", FRAMES * FRAME, [f'<S t="0" d="{FRAMES * FRAME}" r="{SECONDS - 1}"/>'],
                                  [second * FRAMES for second in range(SECONDS)]) + "</Representation>"
                         for number, (width, height) in enumerate(SIZES)]
        entries = [f'<S t="0" d="{47 * 1024}" r="1"/>', f'<S d="{46 * 1024}"/>']
        return "\n".join([
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-main:2011" type="static" '
            'mediaPresentationDuration="PT3.000S" minBufferTime="PT2S">', '<Period id="0" start="PT0S">',
            '<AdaptationSet id="0" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1" '
            'maxWidth="320">',
            *picture_parts, "</AdaptationSet>",
            '<AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1" lang="en">',
            f'<Representation id="a" bandwidth="{rates[-1][0]}" codecs="mp4a.40.2" audioSamplingRate="48000">',
            f'<AudioChannelConfiguration schemeIdUri="{CHANNELS}" value="2"/>',
            listed("a", 48000, entries, (0, 47, 94)), "</Representation>", "</AdaptationSet>", "</Period>", "</MPD>", ""])


# The server

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, disable_nagle_algorithm = "HTTP/1.1", True
    site = None

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body, with_body=True):
        self.close_connection = self.close_connection or headers["Content-Length"] is None and status == 200
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def do_GET(self):
        self.serve("GET")

    def do_HEAD(self):
        self.serve("HEAD")

    def serve(self, method):
        site, body = self.site, self.site.bodies.get(self.path)
        if body is None:
            return self.answer(404, {"Content-Length": "0"}, b"")
        media, wrong = self.path.startswith(MEDIA), site.wrong
        headers = self.manifest_headers() if not media else {
            "Content-Type": "video/mp4", "Cache-Control": "public, max-age=31536000, immutable", "Accept-Ranges": "bytes",
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
        headers |= {"Content-Length": str(len(body))} | site.headers.get(self.path, {}) \
            | (site.headers.get("media", {}) if media else {})
        if method == "HEAD":
            self.close_connection = self.close_connection or "HEAD body" in wrong
            changed = {"Content-Length": "7"} if "HEAD length" in wrong else {}
            return self.answer(200, headers | changed, body, "HEAD body" in wrong)
        if media and self.headers.get("If-None-Match", "") == headers["ETag"] and "304" not in wrong:
            return self.answer(304, headers | {"Content-Length": None}, b"")
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if media and span and "range" not in wrong:
            first, last = int(span[1]), int(span[2])
            part = body[first:last + 1] if "range bytes" not in wrong else bytes(last + 1 - first)
            shown = first if "Content-Range" not in wrong else first + 1
            changed = {"Content-Range": f"bytes {shown}-{last}/{len(body)}", "Content-Length": str(len(part))}
            return self.answer(206, headers | changed, part)
        return self.answer(200, headers, body)

    def manifest_headers(self):
        type_ = HLS_TYPE if self.path.endswith(".m3u8") else DASH_TYPE
        return {"Content-Type": type_, "Cache-Control": "private, no-store"}
