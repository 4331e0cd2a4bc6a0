"""Init segments and media segments as their boxes tell them, for check_stream.py: ISO/IEC 14496-12 (boxes), -14 and -15 (codecs in
sample entries), RFC 6381 (their names) and RFC 8216, 3.3 (what HLS wants of them).
"""

import re
import struct
from dataclasses import dataclass

from fmp4_timeline import Malformed, boxes, describe_fragment, sample_entries, timescale, track_id
from nal_units import held_units

# What reading boxes or attributes that are not there, or are cut off, ends in: a fault of the stream.
UNREADABLE = (Malformed, struct.error, StopIteration, IndexError, AttributeError, ValueError)


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
