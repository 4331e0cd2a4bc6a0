"""Renditions, which are sequences of segments in one encoding, for check_stream.py: the stream that fetches, reads and judges each
thing once, whichever manifest names it, and what must hold for the times, the pictures and the sound of a rendition.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from urllib.parse import urljoin

from fmp4_timeline import Malformed
from nal_units import kind, sample_units
from stream_boxes import Init, read_init, read_segment
from stream_http import Report, Web, check_manifest_response, check_media_response

AAC_FRAME = 1024


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
