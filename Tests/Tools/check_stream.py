#!/usr/bin/env python3
"""Holds an HLS and a DASH stream, as a server gives them over HTTP, against the clauses that they answer to.

    check_stream.py --base http://127.0.0.1:8080 --hls /v1/r/TOKEN/main.m3u8 --dash /v1/r/TOKEN/manifest.mpd

--json           one JSON document: {"faults", "warnings", "checks", "hls", "dash"}
--expect FILE    a JSON object, such as {"hls": {"segments": 24}}: each of its values must be the one in that document
--static         media objects on a plain host: discontinuities are allowed, and headers that the service promises are not asked
--forbid TEXT    must not occur in a media URL, as the token must not; may be repeated (a viewer, an edition)

Fetches all that the manifests name, each thing once, and prints a line for each fault and each warning, then what was
found, then `N passed, N failed`. Exit status 1 with faults. It shares nothing with the engine, so that the two can disagree.

Clauses: RFC 8216 (HLS), "8216bis" for draft-pantos-hls-rfc8216bis, ISO/IEC 14496-12 (boxes) and -15 (NAL units), 23009-1 (DASH,
in dash_rules.py), RFC 6381 (codecs), RFC 9110 and 9111 (HTTP); "Sizzle" is the project's own contract.
"""

import argparse
import http.client
import json
import re
import struct
import sys
from dataclasses import dataclass, field
from fractions import Fraction
from urllib.parse import urljoin, urlsplit

import dash_rules
from dash_rules import UNREADABLE
from fmp4_timeline import Malformed, boxes, describe_fragment, sample_entries, timescale, track_id
from nal_units import held_units, kind, sample_units

HLS_TYPE = "application/vnd.apple.mpegurl"
AAC_FRAME = 1024
NAMED_AT_MOST = 3
# Seconds for a body that a HEAD must not have.
HEAD_WAIT = 2


class Report:
    """What was asked, and what did not hold."""

    def __init__(self):
        self.checks, self.faults, self.warnings = 0, [], []

    def check(self, holds, clause, message):
        self.checks += 1
        if not holds:
            self.faults.append({"clause": clause, "message": message})
        return bool(holds)

    def check_all(self, wrong, clause, message):
        """One check of many things: `wrong` are those that fail it, of which the first few are named."""
        wrong = list(wrong)
        named = ", ".join(map(str, wrong[:NAMED_AT_MOST])) + (f" and {len(wrong) - NAMED_AT_MOST} more"
                                                              if len(wrong) > NAMED_AT_MOST else "")
        return self.check(not wrong, clause, f"{message}: {named}")

    def advise(self, holds, message):
        if not holds and message not in self.warnings:
            self.warnings.append(message)


# HTTP

@dataclass
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def header(self, name):
        return self.headers.get(name, "")


def bytes_behind(answer):
    """What a server sends after the headers of a HEAD; nothing when it neither sends nor closes."""
    try:
        return answer.fp.read1() if answer.fp else b""
    except TimeoutError:
        return b""


class Web:
    """Asks servers, over one connection each that is kept; what was got is kept too."""

    def __init__(self, base):
        self.base, self.connections, self.got = base, {}, {}

    def connect(self, url):
        parts = urlsplit(url)
        kind_ = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind_(parts.netloc, timeout=30)

    def request(self, url, method="GET", **headers):
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = self.connections.setdefault(parts.netloc, self.connect(url))
        try:
            connection.request(method, target, headers=headers)
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        except (http.client.HTTPException, OSError) as error:
            del self.connections[parts.netloc]
            raise Malformed(f"{method} {url} failed: {error!r}") from error

    def get(self, url):
        if url not in self.got:
            self.got[url] = self.request(url)
        return self.got[url]

    def head(self, url):
        """Over a connection of its own up to its end, so that a body that must not be there is seen."""
        connection = self.connect(url)
        try:
            connection.request("HEAD", urlsplit(url).path, headers={"Connection": "close"})
            socket = connection.sock
            answer = connection.getresponse()
            socket.settimeout(HEAD_WAIT)
            return Response(answer.status, answer.headers, bytes_behind(answer))
        except (http.client.HTTPException, OSError) as error:
            raise Malformed(f"HEAD {url} failed: {error!r}") from error
        finally:
            connection.close()


def directives(response):
    return {part.strip().lower() for part in response.header("Cache-Control").split(",") if part.strip()}


def check_manifest_response(stream, url, content_type):
    """The response, or None when there is nothing to read."""
    report, response = stream.report, stream.web.get(url)
    if not report.check(response.status == 200, "RFC 9110 15.3.1", f"{url} answers {response.status}"):
        return None
    found = response.header("Content-Type").split(";")[0].strip().lower()
    clause = "RFC 8216 4" if content_type == HLS_TYPE else "ISO 23009-1 C.2"
    report.check(found == content_type, clause, f"{url} is served as {found!r}, not {content_type}")
    if not stream.static:
        report.check({"private", "no-store"} <= directives(response), "RFC 9111 5.2.2",
                     f"{url} must be private, no-store; its Cache-Control is {response.header('Cache-Control')!r}")
    return response


def check_media_response(stream, url):
    """What the service promises for all that is under /v1/m/: it may be kept for ever by anyone, and read in ranges."""
    report, whole = stream.report, stream.web.get(url)
    size, tag = len(whole.body), whole.header("ETag")
    report.check(whole.header("Content-Length") == str(size), "RFC 9110 8.6",
                 f"{url} has {size} bytes, its Content-Length is {whole.header('Content-Length')!r}")
    report.check(re.fullmatch(r'"[\x21\x23-\x7e\x80-\xff]+"', tag), "RFC 9110 8.8.3",
                 f"{url}: ETag {tag!r} is not a strong one")
    report.check({"public", "max-age=31536000", "immutable"} <= directives(whole), "RFC 8246 2",
                 f"{url}: Cache-Control is {whole.header('Cache-Control')!r}")
    report.check(whole.header("Accept-Ranges") == "bytes", "RFC 9110 14.3", f"{url} has no Accept-Ranges: bytes")
    report.check("Set-Cookie" not in whole.headers, "RFC 9111 7.3", f"{url} sets a cookie in a shared response")
    report.advise(whole.header("Content-Type").split(";")[0] in ("video/mp4", "audio/mp4"),
                  f"{url} is served as {whole.header('Content-Type')!r}, not video/mp4 or audio/mp4")
    first, last = size // 3, size // 2
    part = stream.web.request(url, Range=f"bytes={first}-{last}")
    report.check(part.status == 206 and part.header("Content-Range") == f"bytes {first}-{last}/{size}"
                 and part.body == whole.body[first:last + 1], "RFC 9110 14.2",
                 f"{url}: bytes {first}-{last} of {size} are answered by {part.status}, Content-Range "
                 f"{part.header('Content-Range')!r} and {len(part.body)} bytes")
    kept = stream.web.request(url, If_None_Match=tag or '"none"')
    report.check(kept.status == 304 and not kept.body, "RFC 9110 13.1.2",
                 f"{url}: If-None-Match with its ETag is answered by {kept.status} and {len(kept.body)} bytes")
    head = stream.web.head(url)
    report.check(head.status == 200 and head.header("Content-Length") == str(size) and not head.body, "RFC 9110 9.3.2",
                 f"{url}: HEAD is answered by {head.status}, Content-Length {head.header('Content-Length')!r} and "
                 f"{len(head.body)} bytes of body")


# Boxes

@dataclass
class Init:
    """The one track of an init segment."""
    url: str
    handler: str
    number: int
    timescale: int
    codec: str
    defaults: dict
    width: int = 0
    height: int = 0
    channels: int = 0
    sample_rate: int = 0
    configuration: str = ""
    length_size: int = 4


@dataclass
class Fragment:
    sequence: int
    tfdt: int
    samples: list
    flags: list
    moof: int

    @property
    def ticks(self):
        return sum(sample["duration"] for sample in self.samples)


@dataclass
class Segment:
    url: str
    data: memoryview
    fragments: list

    @property
    def ticks(self):
        return sum(fragment.ticks for fragment in self.fragments)

    def samples(self):
        return [(sample, flags) for fragment in self.fragments for sample, flags in zip(fragment.samples, fragment.flags)]


def avc_codec(name, record):
    """RFC 6381, 3.3; ISO/IEC 14496-15, annex E."""
    return f"{name}.{record[1:4].hex()}"


def hevc_codec(name, record):
    """ISO/IEC 14496-15, annex E.3."""
    profile = ["", "A", "B", "C"][record[1] >> 6] + str(record[1] & 31)
    compatible = int(f"{int.from_bytes(record[2:6], 'big'):032b}"[::-1], 2)
    tier = "H" if record[1] & 32 else "L"
    constraints = record[6:12].rstrip(b"\0")
    return ".".join([name, profile, f"{compatible:x}", f"{tier}{record[12]}", *(f"{byte:x}" for byte in constraints)])


def descriptors(data):
    """ISO/IEC 14496-1, 7.2.2.2: tags and contents that stand one after another."""
    at = 0
    while at < len(data):
        tag, size = data[at], 0
        while True:
            at += 1
            size = size << 7 | data[at] & 127
            if not data[at] & 128:
                break
        yield tag, data[at + 1:at + 1 + size]
        at += 1 + size


def decoder_description(record):
    """ISO/IEC 14496-14, 5.6: the object type of esds, and its AudioSpecificConfig, empty when there is none."""
    stream = next(body for tag, body in descriptors(record[4:]) if tag == 3)
    skip = 3 + 2 * bool(stream[2] & 0x80) + (1 + stream[3] if stream[2] & 0x40 else 0) + 2 * bool(stream[2] & 0x20)
    decoder = next(body for tag, body in descriptors(stream[skip:]) if tag == 4)
    return decoder[0], next((body for tag, body in descriptors(decoder[13:]) if tag == 5), b"")


def aac_codec(name, record):
    """RFC 6381, 3.3: object type and, of MPEG-4 audio, the audio object type (ISO/IEC 14496-3, 1.6.2.1)."""
    type_, special = decoder_description(record)
    if type_ != 0x40 or not special:
        return f"{name}.{type_:x}"
    short = special[0] >> 3
    return f"{name}.40.{32 + (int.from_bytes(special[:2], 'big') >> 5 & 63) if short == 31 else short}"


def aac_channels(record):
    """ISO/IEC 14496-3, 1.6.3.5: the number of channels; None where a program config element tells it.

    The channelcount of the sample entry is 2 for mono too (14496-14, 5.6)."""
    _, special = decoder_description(record)
    bits = int.from_bytes(special[:5].ljust(5, b"\0"), "big") << 2
    index = bits >> 33 & 15
    layout = bits >> (5 if index == 15 else 29) & 15
    return {0: None, 7: 8}.get(layout, layout)


CODECS = {"avcC": avc_codec, "hvcC": hevc_codec, "esds": aac_codec}


def read_entry(init, stsd):
    """ISO/IEC 14496-12, 12.1.3 and 12.2.3: the fields of the first sample entry, and its configuration box."""
    entry = boxes(stsd.data, stsd.body + 8, stsd.end)[0]
    if init.handler == "vide":
        init.width, init.height = entry.read("HH", 24)
    else:
        init.channels, init.sample_rate = entry.read("H", 16)[0], entry.read("H", 24)[0]
    init.codec = entry.name
    for box in boxes(entry.data, entry.body + (78 if init.handler == "vide" else 28), entry.end):
        record = bytes(box.data[box.body:box.end])
        if box.name in CODECS:
            init.codec = CODECS[box.name](entry.name, record)
        if box.name == "esds":
            init.channels = aac_channels(record) or init.channels
        if box.name in ("avcC", "hvcC"):
            init.configuration, init.length_size = box.name, held_units(record, box.name)[1]


def check_init_boxes(report, url, top, moov):
    """RFC 8216, 3.3: what a Media Initialization Section is."""
    clause = "RFC 8216 3.3"
    brands = bytes(top[0].data[top[0].body:top[0].end])
    brands = [brands[at:at + 4].decode("latin-1") for at in range(0, len(brands), 4) if at != 4]
    report.check(top[0].name == "ftyp" and any(re.fullmatch("iso[6-9a-z]|cmf[c2]", brand) for brand in brands), clause,
                 f"{url} begins with {top[0].name} and brands {brands}, not a ftyp of iso6 or later")
    mvhd = moov.first("mvhd")
    report.check(mvhd and not mvhd.read("Q" if mvhd.full()[0] else "I", 24 if mvhd.full()[0] else 16)[0], clause,
                 f"{url}: the duration of mvhd is not 0")
    report.check([child.name for child in moov.children].index("mvex") > [child.name for child in moov.children].index("trak"),
                 clause, f"{url}: mvex stands before trak")
    counts = [box.read("I", 8)[0] for box in moov.all("trak", "mdia", "minf", "stbl", "stsz")]
    report.check(not any(counts), clause, f"{url}: stsz tells of samples in the init segment")


def read_init(report, url, data):
    top = boxes(data, 0, len(data))
    moov = next((box for box in top if box.name == "moov"), None)
    if not moov or not moov.first("mvex", "trex") or len(moov.all("trak")) != 1:
        raise Malformed(f"{url} is not an init segment of one track with mvex")
    check_init_boxes(report, url, top, moov)
    track = moov.first("trak")
    number, _, duration, size, flags = moov.first("mvex", "trex").read("IIIII", 4)
    handler = track.first("mdia", "hdlr").read("4s", 8)[0].decode("latin-1")
    init = Init(url, handler, track_id(track), timescale(track.first("mdia", "mdhd")), "",
                {number: {"duration": duration, "size": size, "flags": flags}})
    if not init.timescale:
        raise Malformed(f"{url} has a timescale of 0")
    stsd = track.first("mdia", "minf", "stbl", "stsd")
    report.check(len(sample_entries(track)) == 1, "RFC 8216 3.3", f"{url} has {len(sample_entries(track))} sample entries")
    read_entry(init, stsd)
    return init


def sample_flags(traf, default):
    """ISO/IEC 14496-12, 8.8.7 and 8.8.8: the flags of each sample, which fmp4_timeline keeps only one bit of."""
    tfhd = traf.first("tfhd")
    if tfhd.full()[1] & 0x20:
        default = struct.unpack_from(">I", tfhd.data, tfhd.end - 4)[0]
    found = []
    for run in traf.all("trun"):
        shape = run.full()[1]
        count, at = run.read("I", 4)[0], 8 + 4 * bool(shape & 1)
        first, rows = run.read("I", at)[0] if shape & 4 else None, at + 4 * bool(shape & 4)
        width, column = 4 * (shape & 0xF00).bit_count(), 4 * (shape & 0x300).bit_count()
        flags = [run.read("I", rows + index * width + column)[0] if shape & 0x400 else default for index in range(count)]
        if first is not None and flags:
            flags[0] = first
        found += flags
    return found


def check_fragment_boxes(report, place, moof, init):
    """RFC 8216, 3.3: what a fragment of a Media Segment is."""
    clause, trafs = "RFC 8216 3.3", moof.all("traf")
    if len(trafs) != 1:
        raise Malformed(f"{place} has a fragment of {len(trafs)} tracks")
    tfhd = trafs[0].first("tfhd")
    report.check(tfhd.read("I", 4)[0] == init.number, clause,
                 f"{place} holds track {tfhd.read('I', 4)[0]}, its init segment track {init.number}")
    report.check(tfhd.full()[1] & 0x20001 == 0x20000, clause, f"{place} has no default-base-is-moof, or a base offset")
    if not report.check(len(trafs[0].all("tfdt")) == 1, clause, f"{place} has no tfdt"):
        raise Malformed(f"{place} has a fragment without a time")


def read_segment(report, url, data, init):
    found, top = [], boxes(data, 0, len(data))
    mdats = [(box.body, box.end) for box in top if box.name == "mdat"]
    report.check_all({box.name for box in top} - {"styp", "sidx", "emsg", "prft", "moof", "mdat", "free"}, "RFC 8216 3.3",
                     f"{url} holds boxes that are not a segment's")
    for moof in (box for box in top if box.name == "moof"):
        check_fragment_boxes(report, url, moof, init)
        one = describe_fragment(moof, init.defaults)
        samples = one["tracks"][0]["samples"]
        flags = sample_flags(moof.first("traf"), init.defaults.get(init.number, {}).get("flags", 0))
        report.check(all(any(start <= sample["offset"] and sample["offset"] + sample["size"] <= end for start, end in mdats)
                         for sample in samples), "ISO 14496-12 8.1.1", f"{url}: a sample lies outside mdat")
        found.append(Fragment(one["sequence_number"], one["tracks"][0]["tfdt"], samples, flags, moof.start))
    if not found or not all(fragment.samples for fragment in found):
        raise Malformed(f"{url} has no fragment, or an empty one")
    if not all(fragment.ticks for fragment in found):
        raise Malformed(f"{url} lasts no time")
    return Segment(url, data, found)


# Renditions

@dataclass
class Rendition:
    """A sequence of segments in one encoding, whichever manifest names it."""
    name: str
    init: Init
    segments: list
    restarts: set = field(default_factory=set)

    @property
    def ticks(self):
        return sum(segment.ticks for segment in self.segments)

    @property
    def duration(self):
        return Fraction(self.ticks, self.init.timescale)

    @property
    def boundaries(self):
        return [Fraction(segment.ticks, self.init.timescale) for segment in self.segments]

    @property
    def size(self):
        return sum(len(segment.data) for segment in self.segments)

    @property
    def average(self):
        return self.size * 8 / self.duration

    @property
    def frame_rate(self):
        """The rate when all samples last equally long, else None."""
        lengths = {sample["duration"] for segment in self.segments for sample, _ in segment.samples()}
        return Fraction(self.init.timescale, lengths.pop()) if len(lengths) == 1 and 0 not in lengths else None

    def sizes(self):
        return [(len(segment.data) * 8, length) for segment, length in zip(self.segments, self.boundaries)]

    def peak(self):
        """Of single segments (DASH has no target duration)."""
        return max(bits / length for bits, length in self.sizes())

    def facts(self):
        init = self.init
        found = {"name": self.name, "codec": init.codec, "segments": len(self.segments), "bytes": self.size,
                 "duration": str(self.duration), "averageBandwidth": round(self.average), "samples": sum(
                     len(segment.samples()) for segment in self.segments)}
        if init.handler == "vide":
            return found | {"width": init.width, "height": init.height, "frameRate": str(self.frame_rate)}
        return found | {"channels": init.channels, "sampleRate": init.sample_rate}


def peak_rate(sizes, target):
    """RFC 8216, 4: the largest bit rate of neighbouring segments that last 0.5 to 1.5 target durations together."""
    rates = []
    for first in range(len(sizes)):
        bits, length = 0, 0
        for more_bits, more_length in sizes[first:]:
            bits, length = bits + more_bits, length + more_length
            if length * 2 > target * 3:
                break
            if length * 2 >= target:
                rates.append(bits / length)
    return max(rates) if rates else sum(bits for bits, _ in sizes) / sum(length for _, length in sizes)


class Stream:
    """All that both manifests name; each thing is fetched, read and judged once."""

    def __init__(self, base, static=False, forbidden=()):
        self.web, self.report, self.static = Web(base), Report(), static
        self.forbidden, self.media, self.read, self.judged = list(forbidden), set(), {}, set()
        self.playlists = {}

    def url(self, reference, base=None):
        return urljoin(base or self.web.base, reference)

    def body(self, url, span=None):
        """The bytes of a media resource, or the span (offset, length) of it."""
        whole = self.web.get(url)
        if url not in self.media:
            self.media.add(url)
            if not self.report.check(whole.status == 200, "RFC 9110 15.3.1", f"{url} answers {whole.status}"):
                raise Malformed(f"{url} cannot be read")
            self.report.check_all((text for text in self.forbidden if text in url or text.encode() in whole.body), "Sizzle 8",
                                  f"{url} holds what must not be in media that all viewers share")
            if not self.static:
                check_media_response(self, url)
        if whole.status != 200:
            raise Malformed(f"{url} cannot be read")
        if span is None:
            return memoryview(whole.body)
        offset, length = span
        if not self.report.check(offset + length <= len(whole.body), "RFC 8216 4.3.2.2",
                                 f"{url}: bytes {offset}+{length} are not in its {len(whole.body)} bytes"):
            raise Malformed(f"{url} cannot be read")
        return memoryview(whole.body)[offset:offset + length]

    def init(self, url, span=None):
        key = ("init", url, span)
        if key not in self.read:
            self.read[key] = read_init(self.report, url, self.body(url, span))
        return self.read[key]

    def segment(self, url, span, init):
        key = ("segment", url, span, init.url)
        if key not in self.read:
            self.read[key] = read_segment(self.report, url, self.body(url, span), init)
        return self.read[key]

    def manifest(self, url, content_type):
        return check_manifest_response(self, url, content_type)

    def rendition(self, name, init, segments, restarts=()):
        return Rendition(name, init, segments, set(restarts))

    def check_sound_length(self, sound, picture):
        check_sound_length(self.report, sound, picture)

    def judge(self, rendition):
        """What must hold for the media of a rendition, asked once even when both manifests name it."""
        key = (rendition.init.url, tuple(segment.url for segment in rendition.segments))
        if key not in self.judged:
            self.judged.add(key)
            check_timeline(self.report, rendition)
            (check_picture if rendition.init.handler == "vide" else check_sound)(self.report, rendition)


def check_timeline(report, rendition):
    """ISO/IEC 14496-12, 8.8.12 and 8.8.5; a restart stands at a discontinuity."""
    clock, last, jumps, order = 0, 0, [], []
    for index, segment in enumerate(rendition.segments):
        if index in rendition.restarts:
            clock, last = segment.fragments[0].tfdt, 0
        for fragment in segment.fragments:
            if fragment.tfdt != clock:
                jumps.append(f"{segment.url} has tfdt {fragment.tfdt}, not {clock}")
            if fragment.sequence <= last:
                order.append(f"{segment.url} has {fragment.sequence} after {last}")
            clock, last = fragment.tfdt + fragment.ticks, fragment.sequence
    report.check_all(jumps, "ISO 14496-12 8.8.12",
                     f"{rendition.name}: a fragment does not begin where the one before it ends")
    report.check_all(order, "ISO 14496-12 8.8.5", f"{rendition.name}: sequence numbers do not rise")


def is_idr(segment, sample, init):
    """ITU-T H.264, 7.4.1 (type 5); H.265, 7.4.2.2 (IDR_W_RADL, IDR_N_LP). None for codecs that are not read."""
    if not init.configuration:
        return None
    data = segment.data[sample["offset"]:sample["offset"] + sample["size"]]
    idr = {5} if init.configuration == "avcC" else {19, 20}
    return any(kind(unit, init.configuration) in idr for unit in sample_units(data, init.length_size))


def contradicts(flags, idr):
    """ISO/IEC 14496-12, 8.8.3.1: sample_is_non_sync_sample and sample_depends_on against the picture."""
    sync, depends = not flags & 0x10000, flags >> 24 & 3
    return sync != idr or idr and depends == 1


def check_picture(report, rendition):
    wrong, start = [], []
    for segment in rendition.segments:
        marks = [(flags, is_idr(segment, sample, rendition.init)) for sample, flags in segment.samples()]
        wrong += [f"sample {index} of {segment.url} has flags {flags:#x} and is {'an' if idr else 'no'} IDR"
                  for index, (flags, idr) in enumerate(marks) if idr is not None and contradicts(flags, idr)]
        if marks[0][1] is False or marks[0][0] & 0x10000:
            start.append(segment.url)
    report.check_all(start, "RFC 8216 4.3.5.1",
                     f"{rendition.name}: segments that do not begin with an IDR that is a sync sample")
    report.check_all(wrong, "ISO 14496-12 8.8.3", f"{rendition.name}: sample flags do not say what the samples are")


def check_sound(report, rendition):
    if not rendition.init.codec.startswith("mp4a.40"):
        return
    frame = Fraction(AAC_FRAME * rendition.init.timescale, rendition.init.sample_rate or 1)
    report.check_all((segment.url for segment in rendition.segments
                      if any(sample["duration"] != frame for sample, _ in segment.samples())), "ISO 14496-3 4.5.1",
                     f"{rendition.name}: AAC frames that do not last 1024 samples")
    report.check_all((segment.url for segment in rendition.segments if any(flags & 0x10000 for _, flags in segment.samples())),
                     "ISO 14496-12 8.8.3", f"{rendition.name}: AAC frames that are no sync samples")


def check_sound_length(report, sound, picture):
    """Sizzle's DESIGN, 5: what hangs over makes players drift."""
    frame = Fraction(AAC_FRAME, sound.init.sample_rate or 1)
    report.check(sound.duration <= picture.duration + frame, "Sizzle 5",
                 f"{sound.name} lasts {float(sound.duration):.6f} s, {picture.name} {float(picture.duration):.6f} s: more than one "
                 "AAC frame hangs over")
    report.advise(sound.duration + 2 * frame >= picture.duration,
                  f"{sound.name} ends {float(picture.duration - sound.duration):.3f} s before {picture.name}")


# HLS: playlists

TAGS_OF_MULTIVARIANT = {"EXT-X-MEDIA", "EXT-X-STREAM-INF", "EXT-X-I-FRAME-STREAM-INF", "EXT-X-SESSION-DATA", "EXT-X-SESSION-KEY",
                        "EXT-X-CONTENT-STEERING"}
TAGS_OF_PLAYLIST = {"EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE", "EXT-X-ENDLIST",
                    "EXT-X-PLAYLIST-TYPE", "EXT-X-I-FRAMES-ONLY", "EXT-X-PART-INF", "EXT-X-SERVER-CONTROL"}
TAGS_OF_SEGMENTS = {"EXTINF", "EXT-X-BYTERANGE", "EXT-X-DISCONTINUITY", "EXT-X-KEY", "EXT-X-MAP", "EXT-X-PROGRAM-DATE-TIME",
                    "EXT-X-DATERANGE", "EXT-X-GAP", "EXT-X-BITRATE", "EXT-X-PART"}
TAGS_OF_BOTH = {"EXTM3U", "EXT-X-VERSION", "EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-START", "EXT-X-DEFINE"}
ONCE = TAGS_OF_PLAYLIST | TAGS_OF_BOTH - {"EXT-X-DEFINE"}

SHAPES = {"integer": r"\d{1,20}", "decimal": r"\d+(\.\d+)?", "signed": r"-?\d+(\.\d+)?", "quoted": r'"[^"\r\n]*"',
          "enumerated": r'[^",\s]+', "resolution": r"[1-9]\d*x[1-9]\d*", "choice": "YES|NO", "captions": r'"[^"]*"|NONE'}
VARIANT = {"BANDWIDTH": "integer", "AVERAGE-BANDWIDTH": "integer", "CODECS": "quoted", "SUPPLEMENTAL-CODECS": "quoted",
           "RESOLUTION": "resolution", "HDCP-LEVEL": "enumerated", "VIDEO-RANGE": "enumerated", "VIDEO": "quoted",
           "SCORE": "decimal", "ALLOWED-CPC": "quoted", "STABLE-VARIANT-ID": "quoted", "PATHWAY-ID": "quoted",
           "REQ-VIDEO-LAYOUT": "quoted"}
ATTRIBUTES = {
    "EXT-X-STREAM-INF": VARIANT | {"FRAME-RATE": "decimal", "AUDIO": "quoted", "SUBTITLES": "quoted",
                                   "CLOSED-CAPTIONS": "captions"},
    "EXT-X-I-FRAME-STREAM-INF": VARIANT | {"URI": "quoted"},
    "EXT-X-MEDIA": {"TYPE": "enumerated", "URI": "quoted", "GROUP-ID": "quoted", "LANGUAGE": "quoted",
                    "ASSOC-LANGUAGE": "quoted", "NAME": "quoted", "STABLE-RENDITION-ID": "quoted", "DEFAULT": "choice",
                    "AUTOSELECT": "choice", "FORCED": "choice", "INSTREAM-ID": "quoted", "BIT-DEPTH": "integer",
                    "SAMPLE-RATE": "integer", "CHARACTERISTICS": "quoted", "CHANNELS": "quoted"},
    "EXT-X-MAP": {"URI": "quoted", "BYTERANGE": "quoted"},
    "EXT-X-START": {"TIME-OFFSET": "signed", "PRECISE": "choice"},
}
ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",\s]+)(,(?=.)|$)')


@dataclass
class Line:
    tag: str
    value: str


@dataclass
class Playlist:
    url: str
    lines: list

    def values(self, tag):
        return [line.value for line in self.lines if line.tag == tag]

    def has(self, *tags):
        return any(line.tag in tags for line in self.lines)


def read_playlist(stream, url):
    """RFC 8216, 4.1: the playlist as tags and URIs (whose tag is None); None when it cannot be read."""
    response, report = check_manifest_response(stream, url, HLS_TYPE), stream.report
    if response is None:
        return None
    report.check(not response.body.startswith(b"\xef\xbb\xbf"), "RFC 8216 4.1", f"{url} begins with a byte order mark")
    try:
        text = response.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        report.check(False, "RFC 8216 4.1", f"{url} is not UTF-8: {error}")
        return None
    report.check(not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]", text), "RFC 8216 4.1",
                 f"{url} holds control characters")
    rows = text.replace("\r\n", "\n").split("\n")
    report.check(rows[0] == "#EXTM3U", "RFC 8216 4.3.1.1", f"{url} begins with {rows[0][:40]!r}, not #EXTM3U")
    lines = []
    for row in rows:
        if row.startswith("#EXT"):
            tag, _, value = row[1:].partition(":")
            lines.append(Line(tag, value))
        elif row and not row.startswith("#"):
            lines.append(Line(None, row))
    return Playlist(url, lines)


def check_tags(report, playlist, own, foreign):
    """RFC 8216, 4.3: which tags stand in a playlist, and how often."""
    tags = [line.tag for line in playlist.lines if line.tag]
    report.check_all(sorted(set(tags) & foreign), "RFC 8216 4.3.3", f"{playlist.url} has tags of the other kind of playlist")
    report.check_all((tag for tag in sorted(ONCE) if tags.count(tag) > 1), "RFC 8216 4.3.3",
                     f"{playlist.url} has tags more than once")
    for tag in sorted(set(tags) - own - foreign):
        report.advise(False, f"{playlist.url}: {tag} is no tag of this kind of playlist (clients pass over it)")
    check_start(report, playlist)


def attributes(report, playlist, line):
    """RFC 8216, 4.2: an attribute list, without the quotation marks."""
    found, at, place = {}, 0, f"{playlist.url}: {line.tag}"
    while at < len(line.value) or not found:
        match = ATTRIBUTE.match(line.value, at)
        if not report.check(match, "RFC 8216 4.2", f"{place} is no attribute list from {line.value[at:][:40]!r} on"):
            break
        name, text, _ = match.groups()
        report.check(name not in found, "RFC 8216 4.2", f"{place} has {name} twice")
        shape = ATTRIBUTES[line.tag].get(name)
        report.advise(shape, f"{place}: {name} is no attribute of this tag")
        report.check(not shape or re.fullmatch(SHAPES[shape], text), "RFC 8216 4.2",
                     f"{place}: {name}={text} is not of type {shape}")
        found[name] = text.strip('"')
        at = match.end()
    return found


def require(report, playlist, line, found, names, clause):
    return report.check_all((name for name in names if not found.get(name)), clause, f"{playlist.url}: {line.tag} lacks")


def check_start(report, playlist):
    for line in (line for line in playlist.lines if line.tag == "EXT-X-START"):
        require(report, playlist, line, attributes(report, playlist, line), ["TIME-OFFSET"], "RFC 8216 4.3.5.2")


def version_needed(playlist):
    """RFC 8216, 7."""
    trick = playlist.has("EXT-X-I-FRAMES-ONLY")
    return max([1, 3 * any("." in value.split(",")[0] for value in playlist.values("EXTINF")),
                4 * playlist.has("EXT-X-BYTERANGE", "EXT-X-I-FRAMES-ONLY"),
                (5 if trick else 6) * playlist.has("EXT-X-MAP"), 8 * playlist.has("EXT-X-DEFINE")])


def check_version(report, playlist):
    values = playlist.values("EXT-X-VERSION")
    known = report.check(all(re.fullmatch(r"[1-9]\d*", value) for value in values), "RFC 8216 4.3.1.2",
                         f"{playlist.url}: EXT-X-VERSION is {values}")
    given, needed = int(values[0]) if known and values else 1, version_needed(playlist)
    report.check(given >= needed, "RFC 8216 7", f"{playlist.url} says version {given}, what it holds needs {needed}")


@dataclass
class Piece:
    """A segment as a media playlist names it."""
    url: str
    length: str
    span: tuple
    init: tuple
    restart: bool


def byte_range(report, playlist, text, url, ends):
    """RFC 8216, 4.3.2.2: (offset, length); None for none."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)(?:@(\d+))?", text)
    if not report.check(match and (match[2] or url in ends), "RFC 8216 4.3.2.2",
                        f"{playlist.url}: {text!r} is no byte range, or one without a range of {url} before it"):
        return None
    offset = int(match[2]) if match[2] else ends[url]
    ends[url] = offset + int(match[1])
    return offset, int(match[1])


def pieces(report, playlist):
    """RFC 8216, 4.3.2: each URI with the tags that apply to it."""
    found, now, init, ends = [], {}, None, {}
    for line in playlist.lines:
        if line.tag == "EXTINF":
            match = re.fullmatch(r"(\d+(?:\.\d+)?),.*", line.value)
            report.check(match, "RFC 8216 4.3.2.1",
                         f"{playlist.url}: EXTINF:{line.value} is not a decimal number and a comma")
            now["length"] = match[1] if match else "0"
        elif line.tag == "EXT-X-BYTERANGE":
            now["range"] = line.value
        elif line.tag == "EXT-X-DISCONTINUITY":
            now["restart"] = True
        elif line.tag == "EXT-X-MAP":
            given = attributes(report, playlist, line)
            require(report, playlist, line, given, ["URI"], "RFC 8216 4.3.2.5")
            url = urljoin(playlist.url, given.get("URI", ""))
            init = url, byte_range(report, playlist, given.get("BYTERANGE"), url, {url: 0})
        elif line.tag is None:
            url = urljoin(playlist.url, line.value)
            report.check("length" in now, "RFC 8216 4.3.2.1", f"{playlist.url}: {line.value} has no EXTINF")
            found.append(Piece(url, now.get("length", "0"), byte_range(report, playlist, now.get("range"), url, ends), init,
                               now.get("restart", False)))
            now = {}
    report.check(not now, "RFC 8216 4.3.2", f"{playlist.url}: tags of a segment stand behind the last one")
    return found


def check_target(report, playlist, found):
    """RFC 8216, 4.3.3.1: the target duration, 0 when there is none."""
    values = playlist.values("EXT-X-TARGETDURATION")
    if not report.check(values and re.fullmatch(r"\d+", values[0]), "RFC 8216 4.3.3.1",
                        f"{playlist.url}: EXT-X-TARGETDURATION is {values}"):
        return 0
    report.check_all((piece.length for piece in found if int(Fraction(piece.length) + Fraction(1, 2)) > int(values[0])),
                     "RFC 8216 4.3.3.1", f"{playlist.url}: EXTINF over a target duration of {values[0]}")
    return int(values[0])


def check_sequence(report, playlist):
    """RFC 8216, 4.3.3.2 and 4.3.3.3."""
    tags = [line.tag for line in playlist.lines]
    first = tags.index(None) if None in tags else len(tags)
    for tag, clause in (("EXT-X-MEDIA-SEQUENCE", "RFC 8216 4.3.3.2"), ("EXT-X-DISCONTINUITY-SEQUENCE", "RFC 8216 4.3.3.3")):
        values = playlist.values(tag)
        report.check(all(re.fullmatch(r"\d+", value) for value in values) and tag not in tags[first:], clause,
                     f"{playlist.url}: {tag} is {values}, or stands behind the first segment")
        report.advise(set(values) <= {"0"}, f"{playlist.url}: {tag} of a whole playlist is {values}, not 0")


def check_media_playlist(stream, playlist, found):
    """What holds for I-frame playlists too. The target duration."""
    report = stream.report
    check_tags(report, playlist, TAGS_OF_PLAYLIST | TAGS_OF_SEGMENTS | TAGS_OF_BOTH, TAGS_OF_MULTIVARIANT)
    check_version(report, playlist)
    report.check(playlist.values("EXT-X-PLAYLIST-TYPE") == ["VOD"], "RFC 8216 4.3.3.5",
                 f"{playlist.url}: EXT-X-PLAYLIST-TYPE is {playlist.values('EXT-X-PLAYLIST-TYPE')}, not VOD")
    report.check(playlist.has("EXT-X-ENDLIST"), "RFC 8216 4.3.3.4", f"{playlist.url} has no EXT-X-ENDLIST")
    report.check(stream.static or not playlist.has("EXT-X-DISCONTINUITY"), "RFC 8216 4.3.2.3",
                 f"{playlist.url} has discontinuities; its timeline is one")
    report.check(found, "RFC 8216 4.3.2.1", f"{playlist.url} has no segment")
    report.check(all(piece.init for piece in found), "RFC 8216 4.3.2.5",
                 f"{playlist.url}: no EXT-X-MAP before the first segment")
    check_sequence(report, playlist)
    for line in (line for line in playlist.lines if line.tag == "EXT-X-START"):
        offset = re.search(r"TIME-OFFSET=-?(\d+(?:\.\d+)?)", line.value)
        report.advise(not offset or Fraction(offset[1]) <= sum(Fraction(piece.length) for piece in found),
                      f"{playlist.url}: EXT-X-START lies outside")
    return check_target(report, playlist, found)


def check_lengths(report, rendition, found):
    """RFC 8216, 4.3.2.1: EXTINF against the samples, to one tick."""
    scale = rendition.init.timescale
    report.check_all((f"{piece.url} has EXTINF {piece.length}, its samples last {segment.ticks}/{scale}"
                      for piece, segment in zip(found, rendition.segments)
                      if abs(Fraction(piece.length) * scale - segment.ticks) > 1), "RFC 8216 4.3.2.1",
                     f"{rendition.name}: lengths are wrong")


@dataclass
class Listed:
    """A media playlist that was read."""
    rendition: Rendition
    target: int

    @property
    def peak(self):
        return peak_rate(self.rendition.sizes(), self.target)


def read_media_playlist(stream, url):
    """The rendition that a playlist of whole segments names, read once; None when it cannot be read."""
    if url not in stream.playlists:
        stream.playlists[url] = listed_rendition(stream, url)
    return stream.playlists[url]


def listed_rendition(stream, url):
    playlist = read_playlist(stream, url)
    if playlist is None:
        return None
    found = pieces(stream.report, playlist)
    target = check_media_playlist(stream, playlist, found)
    stream.report.check(not playlist.has("EXT-X-I-FRAMES-ONLY"), "RFC 8216 4.3.3.6", f"{url} holds only I-frames")
    if not found or not all(piece.init for piece in found):
        return None
    try:
        init = stream.init(*found[0].init)
        stream.report.check(stream.static or len({piece.init for piece in found}) == 1, "RFC 8216 4.3.2.5",
                            f"{url} changes its init segment without a discontinuity")
        segments = [stream.segment(piece.url, piece.span, stream.init(*piece.init)) for piece in found]
        restarts = {index for index, piece in enumerate(found) if stream.static and (piece.restart or index == 0)}
        rendition = stream.rendition(url, init, segments, restarts)
        check_lengths(stream.report, rendition, found)
        stream.judge(rendition)
    except UNREADABLE as error:
        stream.report.check(False, "RFC 8216 3.3", f"{url}: {error!r}")
        return None
    return Listed(rendition, target)


# HLS: I-frames

def check_iframe(stream, playlist, piece):
    """RFC 8216, 4.3.3.6: the span begins at a moof and ends with its first sample, an IDR. Its bits, or None."""
    report, init = stream.report, stream.init(*piece.init)
    if not report.check(piece.span, "RFC 8216 4.3.3.6", f"{playlist.url}: {piece.url} has no byte range"):
        return None
    data = stream.body(piece.url, piece.span)
    whole = stream.segment(piece.url, None, init)
    fragment = next((one for one in whole.fragments if one.moof == piece.span[0]), None)
    if not report.check(fragment, "RFC 8216 4.3.3.6", f"{playlist.url}: byte {piece.span[0]} of {piece.url} begins no moof"):
        return None
    sample = fragment.samples[0]
    end, wanted = sum(piece.span), sample["offset"] + sample["size"]
    report.check(end == wanted, "RFC 8216 4.3.3.6",
                 f"{playlist.url}: the range ends at byte {end} of {piece.url}, its first sample at {wanted}")
    report.check(is_idr(whole, sample, init) is not False, "RFC 8216 4.3.3.6",
                 f"{playlist.url}: the sample at byte {piece.span[0]} of {piece.url} is no IDR")
    return len(data) * 8, Fraction(piece.length)


def check_iframe_total(report, playlist, found, picture):
    """The lengths of I-frames reach to the next one, so together they last as long as the picture."""
    total = sum(Fraction(piece.length) for piece in found)
    slack = sum(Fraction(1, 2 * 10 ** len(piece.length.partition(".")[2])) for piece in found)
    report.check(abs(total - picture.duration) <= slack + Fraction(1, picture.init.timescale), "RFC 8216 4.3.3.6",
                 f"{playlist.url}: I-frames last {float(total):.6f} s, the picture {float(picture.duration):.6f} s")


def check_iframes(stream, main, line, pictures):
    report, given = stream.report, attributes(stream.report, main, line)
    if not require(report, main, line, given, ["BANDWIDTH", "URI"], "RFC 8216 4.3.4.3"):
        return None
    playlist = read_playlist(stream, urljoin(main.url, given["URI"]))
    if playlist is None:
        return None
    found = pieces(report, playlist)
    target = check_media_playlist(stream, playlist, found)
    report.check(playlist.has("EXT-X-I-FRAMES-ONLY"), "RFC 8216 4.3.3.6", f"{playlist.url} has no EXT-X-I-FRAMES-ONLY")
    if not found or not all(piece.init for piece in found):
        return None
    try:
        sizes = [check_iframe(stream, playlist, piece) for piece in found]
        init = stream.init(*found[0].init)
    except UNREADABLE as error:
        report.check(False, "RFC 8216 3.3", f"{playlist.url}: {error!r}")
        return None
    pictures = [one for one in pictures if one.rendition.init.handler == "vide"]
    if pictures:
        check_iframe_total(report, playlist, found, pictures[0].rendition)
    check_variant_picture(report, main, given, init)
    check_codecs(report, main, given, {init.codec})
    if all(sizes) and all(length for _, length in sizes):
        check_bandwidth(report, main, given, peak_rate(sizes, target), None, playlist.url)
    return {"name": playlist.url, "frames": len(found), "codec": init.codec}


# HLS: the multivariant playlist

def check_bandwidth(report, main, given, peak, average, name):
    """RFC 8216, 4.3.4.2."""
    bandwidth = int(given.get("BANDWIDTH", "0")) if given.get("BANDWIDTH", "0").isdigit() else 0
    # The clause divides by EXTINF, which is rounded; here the samples count. A millionth covers the difference.
    report.check(bandwidth >= peak * (1 - Fraction(1, 10**6)), "RFC 8216 4.3.4.2",
                 f"{main.url}: BANDWIDTH of {name} is {bandwidth}, its peak segment bit rate is {float(peak):.1f}")
    report.advise(bandwidth <= peak * 11 / 10,
                  f"{main.url}: BANDWIDTH of {name} is {bandwidth}, over 10 % more than its peak {float(peak):.1f}")
    text = given.get("AVERAGE-BANDWIDTH", "")
    if average is not None and text.isdigit():
        report.check(int(text) >= average * (1 - Fraction(1, 10**6)), "RFC 8216 4.3.4.2",
                     f"{main.url}: AVERAGE-BANDWIDTH of {name} is {text}, its average segment bit rate {float(average):.1f}")
        report.check(int(text) <= bandwidth, "RFC 8216 4.3.4.2",
                     f"{main.url}: AVERAGE-BANDWIDTH {text} is over BANDWIDTH {bandwidth}")
    report.advise(average is None or text, f"{main.url}: {name} has no AVERAGE-BANDWIDTH")


def check_codecs(report, main, given, wanted):
    """RFC 8216, 4.3.4.2, and RFC 6381, 3: every format that is there, and no other."""
    found = {one.strip().lower() for one in given.get("CODECS", "").split(",") if one.strip()}
    wanted = {one.lower() for one in wanted}
    report.check(found == wanted, "RFC 8216 4.3.4.2",
                 f"{main.url}: CODECS {sorted(found)} are not those of the init segments, {sorted(wanted)}")


def check_variant_picture(report, main, given, init):
    if init.handler == "vide":
        report.check(given.get("RESOLUTION") == f"{init.width}x{init.height}", "RFC 8216 4.3.4.2",
                     f"{main.url}: RESOLUTION {given.get('RESOLUTION')} is not that of {init.url}, {init.width}x{init.height}")


def check_frame_rate(report, main, given, rendition):
    """RFC 8216, 4.3.4.2: the largest rate, to three decimal places; it may be left out up to 30."""
    shortest = min(sample["duration"] for segment in rendition.segments for sample, _ in segment.samples())
    rate = Fraction(rendition.init.timescale, shortest or 1)
    text = given.get("FRAME-RATE", "")
    report.advise(text, f"{main.url}: {rendition.name} has no FRAME-RATE")
    if not text and rate <= 30:
        return
    report.check(re.fullmatch(SHAPES["decimal"], text) and abs(Fraction(text) - rate) <= Fraction(1, 1000), "RFC 8216 4.3.4.2",
                 f"{main.url}: FRAME-RATE {text!r} of {rendition.name} is not {float(rate):.3f}")


def check_groups(report, main, media):
    """RFC 8216, 4.3.4.1.1."""
    groups = {}
    for given in media:
        groups.setdefault((given.get("TYPE"), given.get("GROUP-ID")), []).append(given)
    for (type_, name), members in groups.items():
        names = [member.get("NAME") for member in members]
        report.check(len(set(names)) == len(names), "RFC 8216 4.3.4.1.1",
                     f"{main.url}: {type_} group {name} has a NAME twice")
        report.check(sum(member.get("DEFAULT") == "YES" for member in members) <= 1, "RFC 8216 4.3.4.1.1",
                     f"{main.url}: {type_} group {name} has more than one DEFAULT=YES")


def check_media_tag(report, main, line):
    """RFC 8216, 4.3.4.1."""
    clause, given = "RFC 8216 4.3.4.1", attributes(report, main, line)
    type_ = given.get("TYPE")
    require(report, main, line, given, ["TYPE", "GROUP-ID", "NAME"] + ["URI"] * (type_ != "CLOSED-CAPTIONS"), clause)
    report.check(type_ in ("AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"), clause,
                 f"{main.url}: EXT-X-MEDIA has TYPE {type_}")
    report.check(given.get("DEFAULT") != "YES" or given.get("AUTOSELECT", "YES") == "YES", clause,
                 f"{main.url}: {given.get('NAME')} is DEFAULT=YES and AUTOSELECT=NO")
    report.check("FORCED" not in given or type_ == "SUBTITLES", clause, f"{main.url}: FORCED on {type_}")
    report.check("INSTREAM-ID" not in given or type_ == "CLOSED-CAPTIONS", clause, f"{main.url}: INSTREAM-ID on {type_}")
    return given


def check_sounds(stream, main):
    """The sound of each group: {GROUP-ID: [Listed]}; a group that cannot be read is there, and empty."""
    report, groups, media = stream.report, {}, []
    for line in (line for line in main.lines if line.tag == "EXT-X-MEDIA"):
        given = check_media_tag(report, main, line)
        media.append(given)
        if given.get("TYPE") != "AUDIO":
            continue
        group = groups.setdefault(given.get("GROUP-ID"), [])
        listed = read_media_playlist(stream, urljoin(main.url, given["URI"])) if given.get("URI") else None
        if listed:
            group.append(listed)
            channels = listed.rendition.init.channels
            report.check(given.get("CHANNELS", str(channels)).split("/")[0] == str(channels), "RFC 8216 4.3.4.1",
                         f"{main.url}: CHANNELS {given.get('CHANNELS')!r} of {given.get('NAME')}, which has {channels}")
            report.advise("CHANNELS" in given, f"{main.url}: {given.get('NAME')} has no CHANNELS")
    check_groups(report, main, media)
    return groups


def check_variant(stream, main, line, uri, sounds):
    """RFC 8216, 4.3.4.2: one variant with the sound that it names."""
    report, given = stream.report, attributes(stream.report, main, line)
    require(report, main, line, given, ["BANDWIDTH"], "RFC 8216 4.3.4.2")
    group = given.get("AUDIO")
    report.check(group is None or group in sounds, "RFC 8216 4.3.4.2", f"{main.url}: there is no AUDIO group {group!r}")
    listed = read_media_playlist(stream, urljoin(main.url, uri))
    if listed is None:
        return None
    heard = sounds.get(group, [])
    rendition = listed.rendition
    check_codecs(report, main, given, {rendition.init.codec} | {one.rendition.init.codec for one in heard})
    check_variant_picture(report, main, given, rendition.init)
    if rendition.init.handler == "vide":
        check_frame_rate(report, main, given, rendition)
    check_bandwidth(report, main, given, listed.peak + max((one.peak for one in heard), default=0),
                    rendition.average + max((one.rendition.average for one in heard), default=0), uri)
    for one in heard:
        check_sound_length(report, one.rendition, rendition)
    return listed


def check_same_boundaries(report, variants):
    """RFC 8216, 6.2.4; 8216bis, 6.2.4: players switch between variants at segments."""
    pictures = [variant.rendition for variant in variants if variant.rendition.init.handler == "vide"]
    for first, other in zip(pictures, pictures[1:]):
        report.check(first.boundaries == other.boundaries, "RFC 8216 6.2.4",
                     f"{other.name} is not cut where {first.name} is, or not as long")


def variant_lines(report, main):
    """Each EXT-X-STREAM-INF with the URI that follows it."""
    found = []
    for line, following in zip(main.lines, main.lines[1:] + [Line("", "")]):
        if line.tag == "EXT-X-STREAM-INF" and report.check(following.tag is None, "RFC 8216 4.3.4.2",
                                                           f"{main.url}: no URI follows EXT-X-STREAM-INF:{line.value[:40]}"):
            found.append((line, following.value))
    orphans = sum(line.tag is None for line in main.lines) - len(found)
    report.check(not orphans, "RFC 8216 4.3.4.2", f"{main.url}: {orphans} URIs have no EXT-X-STREAM-INF before them")
    return found


def check_hls(stream, reference):
    """Facts about the stream; its faults go to the report."""
    main, report = read_playlist(stream, stream.url(reference)), stream.report
    if main is None:
        return {}
    check_tags(report, main, TAGS_OF_MULTIVARIANT | TAGS_OF_BOTH, TAGS_OF_PLAYLIST | TAGS_OF_SEGMENTS)
    check_version(report, main)
    report.advise(main.has("EXT-X-INDEPENDENT-SEGMENTS"), f"{main.url} has no EXT-X-INDEPENDENT-SEGMENTS")
    sounds = check_sounds(stream, main)
    lines = variant_lines(report, main)
    report.check(lines, "RFC 8216 4.3.4.2", f"{main.url} has no variant")
    variants = [listed for listed in (check_variant(stream, main, line, uri, sounds) for line, uri in lines) if listed]
    if variants:
        check_same_boundaries(report, variants)
    iframes = [check_iframes(stream, main, line, variants) for line in main.lines if line.tag == "EXT-X-I-FRAME-STREAM-INF"]
    heard = {one.rendition.name: one for group in sounds.values() for one in group}
    seen = {one.rendition.name: one.rendition for one in variants if one.rendition.name not in heard}
    return hls_facts(list(seen.values()), [one.rendition for one in heard.values()], [one for one in iframes if one])


def hls_facts(pictures, sounds, iframes):
    urls = {segment.url for rendition in pictures + sounds for segment in rendition.segments}
    # The multivariant playlist; then the playlist, the init segment and the first segment of each rendition that is played.
    return {"renditions": [one.facts() for one in pictures + sounds], "iframes": iframes, "segments": len(urls),
            "requestsUntilFirstFrame": 4 if pictures else None, "requestsWithSound": 7 if pictures and sounds else None}


# The whole

def subset_faults(wanted, found, place=""):
    """Where `found` is not what `wanted` says; keys that it does not name are free."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, value in wanted.items():
            yield from subset_faults(value, found.get(key), f"{place}.{key}".lstrip("."))
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, value in enumerate(wanted):
            yield from subset_faults(value, found[index], f"{place}[{index}]")
    elif wanted != found:
        yield f"{place} is {json.dumps(found)}, expected {json.dumps(wanted)}"


def run(base, hls=None, dash=None, static=False, forbidden=(), expected=None):
    """All checks: the document that --json prints, and that expectations are held against."""
    token = [match[1] for path in (hls, dash) if path and (match := re.search(r"/v1/r/([^/]+)/", path))]
    stream = Stream(base, static, set(token) | set(forbidden))
    report, facts = stream.report, {"hls": {}, "dash": {}}
    for name, reference, check in (("hls", hls, check_hls), ("dash", dash, dash_rules.check_dash)):
        try:
            facts[name] = check(stream, reference) if reference else {}
        except UNREADABLE as error:
            report.check(False, "RFC 9110 15.3.1", f"{reference}: {error}")
    for message in subset_faults(expected or {}, facts):
        report.check(False, "expected", message)
    return {"faults": report.faults, "warnings": report.warnings, "checks": report.checks, **facts}


def summary(name, facts):
    renditions = facts.get("renditions", [])
    return f"{name}: {len(renditions)} renditions, {facts.get('segments', 0)} segments, " \
           f"{facts.get('requestsUntilFirstFrame')} requests until the first frame"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True)
    parser.add_argument("--hls")
    parser.add_argument("--dash")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--expect", type=argparse.FileType("rb"))
    parser.add_argument("--static", action="store_true")
    parser.add_argument("--forbid", action="append", default=[])
    options = parser.parse_args()
    if not options.hls and not options.dash:
        parser.error("give --hls, --dash or both")
    found = run(options.base, options.hls, options.dash, options.static, options.forbid,
                json.load(options.expect) if options.expect else None)
    if options.json:
        json.dump(found, sys.stdout, indent=1)
        print()
    else:
        for fault in found["faults"]:
            print(f"FAULT {fault['clause']}: {fault['message']}")
        for warning in found["warnings"]:
            print(f"warning: {warning}")
        print("; ".join(summary(name, found[name]) for name in ("hls", "dash") if found[name]) or "nothing could be read")
        print(f"{found['checks'] - len(found['faults'])} passed, {len(found['faults'])} failed")
    sys.exit(1 if found["faults"] else 0)


if __name__ == "__main__":
    main()
