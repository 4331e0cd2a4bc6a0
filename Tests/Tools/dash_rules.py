"""What an MPD of one period with SegmentList and SegmentTimeline must hold to: the rules of ISO/IEC 23009-1 for check_stream.py.

dash_schema.py has the elements and their attributes. This compares what the MPD says with the boxes of the segments that it names.
"""

import re
import xml.etree.ElementTree as xml
from fractions import Fraction

from dash_schema import NAMESPACE, RATE, UNSIGNED, check_schema, children, duration
from stream_boxes import UNREADABLE

XLINK = "{http://www.w3.org/1999/xlink}"
DASH_TYPE = "application/dash+xml"
CHANNELS = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"


# Where things are inherited

class Level:
    """A representation with what it inherits from its adaptation set and its period (5.3.7, 5.3.9.1)."""

    def __init__(self, stream, url, nodes):
        self.nodes, self.node, self.base = nodes, nodes[-1], url
        for node in nodes:
            for base in children(node, "BaseURL")[:1]:
                self.base = stream.url((base.text or "").strip(), self.base)

    def get(self, name):
        return next((node.get(name) for node in reversed(self.nodes) if node.get(name) is not None), None)

    def all(self, name):
        """The elements of the innermost level that has some."""
        return next((found for node in reversed(self.nodes) if (found := children(node, name))), [])

    def segments(self, name):
        """An attribute of SegmentList, from the innermost one that has it."""
        lists = [one for node in reversed(self.nodes) for one in children(node, "SegmentList")]
        return next((one.get(name) for one in lists if one.get(name) is not None), None)

    def inside(self, name):
        """Children of SegmentList, from the innermost one that has some."""
        lists = [one for node in reversed(self.nodes) for one in children(node, "SegmentList")]
        return next((found for one in lists if (found := children(one, name))), [])


# The manifest

def check_dash(stream, reference):
    """Facts about the stream; its faults go to the report."""
    url = stream.url(reference)
    root, report = read_manifest(stream, url), stream.report
    if root is None:
        return {}
    check_schema(report, root)
    check_root(report, root)
    periods = children(root, "Period")
    if not report.check(len(periods) == 1, "ISO 23009-1 5.3.2", f"{url} has {len(periods)} periods, not one"):
        return {}
    found = check_period(stream, Level(stream, url, [root]).base, periods[0])
    check_durations(report, root, periods[0], [rendition for _, rendition in found])
    return dash_facts([rendition for _, rendition in found])


def read_manifest(stream, url):
    response = stream.manifest(url, DASH_TYPE)
    if response is None:
        return None
    try:
        root = xml.fromstring(response.body)
    except xml.ParseError as error:
        stream.report.check(False, "XML 1.0 2.1", f"{url} is not well-formed: {error}")
        return None
    named = stream.report.check(root.tag == NAMESPACE + "MPD", "ISO 23009-1 5.2.2", f"{url} is a {root.tag}")
    return root if named else None


def check_root(report, root):
    """5.3.1.2 and 8: a static presentation of a profile that has SegmentList."""
    clause, profiles = "ISO 23009-1 5.3.1.2", root.get("profiles", "").split(",")
    report.check(root.get("type", "static") == "static", clause, f"MPD@type is {root.get('type')}")
    report.check_all((name for name in ("minimumUpdatePeriod", "timeShiftBufferDepth", "suggestedPresentationDelay")
                      if root.get(name)), clause, "a static MPD must not have")
    for name in ("minBufferTime", "mediaPresentationDuration"):
        report.check(duration(root.get(name)), clause, f"MPD@{name} is {root.get(name)!r}, no duration over 0")
    report.check_all((one for one in profiles if not one.startswith("urn:")), clause, "MPD@profiles that are no URNs")
    report.check_all((one for one in profiles if re.search("isoff-(live|on-demand)|cmaf", one)), "ISO 23009-1 8",
                     "these profiles do not allow SegmentList")
    report.check(not [name for node in root.iter() for name in node.attrib if name.startswith(XLINK)], "ISO 23009-1 5.5",
                 "parts of the MPD are elsewhere (xlink)")


def repeated(values):
    return sorted({str(one) for one in values if values.count(one) > 1})


def check_period(stream, base, period):
    """5.3.2.2: [(level, rendition)] of all representations."""
    report, found = stream.report, []
    report.check(duration(period.get("start", "PT0S")) == 0, "ISO 23009-1 5.3.2.2",
                 f"Period@start is {period.get('start')}, not 0")
    sets = children(period, "AdaptationSet")
    report.check(sets, "ISO 23009-1 5.3.2.2", "the period has no AdaptationSet")
    nodes = [node for one in sets for node in children(one, "Representation")]
    ids = [node.get("id") for node in nodes]
    report.check_all(repeated(ids), "ISO 23009-1 5.3.5.2", "Representation@id more than once")
    report.check_all(repeated([one.get("id") for one in sets if one.get("id")]), "ISO 23009-1 5.3.3.2",
                     "AdaptationSet@id more than once")
    for one in sets:
        found += check_set(stream, base, period, one)
    pictures = [rendition for _, rendition in found if rendition.init.handler == "vide"]
    for _, rendition in found:
        if rendition.init.handler == "soun" and pictures:
            stream.check_sound_length(rendition, pictures[0])
    return found


def check_set(stream, base, period, node):
    """5.3.3: an adaptation set and its representations."""
    report, name = stream.report, f"AdaptationSet {node.get('id', '')}".strip()
    levels = [Level(stream, base, [period, node, one]) for one in children(node, "Representation")]
    report.check(levels, "ISO 23009-1 5.3.3.2", f"{name} has no Representation")
    report.check_all((one.node.get("id") for one in levels if one.get("mimeType") not in ("video/mp4", "audio/mp4")),
                     "ISO 23009-1 5.3.7.2", f"{name}: @mimeType is not video/mp4 or audio/mp4 in")
    majors = {(one.get("mimeType") or "").split("/")[0] for one in levels}
    report.check(node.get("contentType") in majors and len(majors) == 1, "ISO 23009-1 5.3.3.2",
                 f"{name}: @contentType is {node.get('contentType')!r}, its representations are {sorted(majors)}")
    found = []
    for level in levels:
        try:
            rendition = read_representation(stream, level)
        except UNREADABLE as error:
            report.check(False, "ISO 23009-1 5.3.9", f"Representation {level.node.get('id')}: {error!r}")
            continue
        if rendition:
            check_representation(report, level, rendition)
            found.append((level, rendition))
    check_alignment(report, name, node, [rendition for _, rendition in found])
    check_bounds(report, name, node, [rendition for _, rendition in found])
    return found


def check_alignment(report, name, node, renditions):
    """5.3.3.2: @segmentAlignment and what it claims."""
    report.check(node.get("segmentAlignment", "false") not in ("false", "0"), "ISO 23009-1 5.3.3.2",
                 f"{name} has no @segmentAlignment, so players cannot switch at segments")
    for other in renditions[1:]:
        report.check(other.boundaries == renditions[0].boundaries, "ISO 23009-1 5.3.3.2",
                     f"{name}: {other.name} is not cut where {renditions[0].name} is")


def check_bounds(report, name, node, renditions):
    """5.3.3.2: @maxWidth and the like, where they are given."""
    for attribute, pick in (("Width", lambda one: one.init.width), ("Height", lambda one: one.init.height),
                            ("FrameRate", lambda one: one.frame_rate)):
        values = [pick(one) for one in renditions if one.init.handler == "vide"]
        for bound, choose in (("min", min), ("max", max)):
            given = node.get(bound + attribute)
            if given and values and None not in values:
                report.check(re.fullmatch(RATE, given) and Fraction(given) == choose(values), "ISO 23009-1 5.3.3.2",
                             f"{name}: @{bound}{attribute} is {given}, not {choose(values)}")


# A representation

def check_representation(report, level, rendition):
    """5.3.5.2 and 5.3.7.2: what is said about it, against its boxes."""
    name, init, clause = rendition.name, rendition.init, "ISO 23009-1 5.3.7.2"
    report.check((level.get("codecs") or "").lower() == init.codec.lower(), clause,
                 f"{name}: @codecs is {level.get('codecs')}, not {init.codec}")
    wanted = {"vide": "video/mp4", "soun": "audio/mp4"}.get(init.handler)
    report.check(level.get("mimeType") == wanted, clause, f"{name}: @mimeType is {level.get('mimeType')}, not {wanted}")
    check_access_points(report, name, level, rendition)
    check_bandwidth(report, name, level, rendition)
    if init.handler == "vide":
        size = f"{level.get('width')}x{level.get('height')}"
        report.check(size == f"{init.width}x{init.height}", clause,
                     f"{name} says {size}, its sample entry {init.width}x{init.height}")
        rate = level.get("frameRate") or ""
        report.check(re.fullmatch(RATE, rate) and Fraction(rate) == rendition.frame_rate, clause,
                     f"{name}: @frameRate is {rate!r}, its samples' {rendition.frame_rate}")
    else:
        check_audio(report, name, level, init)


def check_audio(report, name, level, init):
    """5.3.7.2 and 5.8.5.4."""
    rate = level.get("audioSamplingRate")
    report.check(rate == str(init.sample_rate), "ISO 23009-1 5.3.7.2",
                 f"{name}: @audioSamplingRate is {rate}, not {init.sample_rate}")
    layouts = [one.get("value") for one in level.all("AudioChannelConfiguration") if one.get("schemeIdUri") == CHANNELS]
    report.check(all(one == str(init.channels) for one in layouts), "ISO 23009-1 5.8.5.4",
                 f"{name}: AudioChannelConfiguration is {layouts}, not {init.channels}")
    report.advise(layouts, f"{name} has no AudioChannelConfiguration")


def access_point(segment):
    """ISO/IEC 14496-12, annex I: 1 when the first sample is presented first, 2 when some are presented before it."""
    clock, times = 0, []
    for sample, _ in segment.samples():
        times.append(clock + sample["composition_offset"])
        clock += sample["duration"]
    return 1 if min(times) == times[0] else 2


def check_access_points(report, name, level, rendition):
    """5.3.7.2: @startWithSAP promises at most this type for every segment.

    That each begins with an IDR is judged with the media."""
    given = level.get("startWithSAP")
    needed = max(access_point(segment) for segment in rendition.segments)
    report.check(given in ("1", "2") and int(given) >= needed, "ISO 23009-1 5.3.7.2",
                 f"{name}: @startWithSAP is {given}, its segments begin with type {needed}")


def check_bandwidth(report, name, level, rendition):
    """5.3.5.2: too small for the whole is wrong; too small for a segment needs a buffer."""
    text = level.node.get("bandwidth", "")
    bandwidth, peak = int(text) if text.isdigit() else 0, rendition.peak()
    report.check(bandwidth >= rendition.average, "ISO 23009-1 5.3.5.2",
                 f"{name}: @bandwidth is {bandwidth}, its average rate {float(rendition.average):.1f}")
    report.advise(bandwidth >= peak,
                  f"{name}: @bandwidth is {bandwidth}, its largest segment has a rate of {float(peak):.1f}")


def read_representation(stream, level):
    """5.3.9: the rendition that its SegmentList names; None when there is nothing to read."""
    report, name = stream.report, level.node.get("id")
    place = f"Representation {name}"
    initial, urls = level.inside("Initialization"), level.inside("SegmentURL")
    if not report.check(initial and initial[0].get("sourceURL") and urls, "ISO 23009-1 5.3.9.3",
                        f"{place} has no SegmentList with Initialization@sourceURL and SegmentURL"):
        return None
    report.check(not level.all("SegmentTemplate") and not level.all("SegmentBase"), "ISO 23009-1 5.3.9.1",
                 f"{place} has more than one kind of segment information")
    init = stream.init(stream.url(initial[0].get("sourceURL"), level.base), span(initial[0].get("range")))
    segments = [stream.segment(stream.url(one.get("media", ""), level.base), span(one.get("mediaRange")), init) for one in urls]
    rendition = stream.rendition(place, init, segments)
    check_list(report, place, level, rendition)
    stream.judge(rendition)
    return rendition


def span(text):
    """(offset, length) of a byte range first-last; None for all."""
    match = re.fullmatch(r"(\d+)-(\d+)", text or "")
    return (int(match[1]), int(match[2]) - int(match[1]) + 1) if match else None


def timeline(report, place, entries):
    """5.3.9.6: [(start, duration)] of SegmentTimeline."""
    found, clock = [], 0
    for entry in entries:
        start, length, repeat = entry.get("t"), entry.get("d", ""), entry.get("r", "0")
        if not report.check(length.isdigit() and int(length) and re.fullmatch(UNSIGNED, repeat), "ISO 23009-1 5.3.9.6",
                            f"{place}: S of d={length} and r={repeat} in a timeline whose end is known"):
            return found
        if start is not None and start.isdigit():
            report.check(not found or int(start) == clock, "ISO 23009-1 5.3.9.6",
                         f"{place}: S begins at {start}, the one before it ends at {clock}")
            clock = int(start)
        for _ in range(int(repeat) + 1):
            found.append((clock, int(length)))
            clock += int(length)
    return found


def check_list(report, place, level, rendition):
    """5.3.9.2 and 5.3.9.6: the timeline, the number of URLs and what the segments say, exactly."""
    timelines = level.inside("SegmentTimeline")
    if not report.check(timelines and level.segments("duration") is None, "ISO 23009-1 5.3.9.2.2",
                        f"{place} must have a SegmentTimeline and no @duration"):
        return
    times = timeline(report, place, children(timelines[0], "S"))
    report.check(len(times) == len(rendition.segments), "ISO 23009-1 5.3.9.3",
                 f"{place}: a SegmentTimeline of {len(times)} segments, and {len(rendition.segments)} SegmentURLs")
    scale = Fraction(max(int(level.segments("timescale") or 1), 1), rendition.init.timescale)
    offset = int(level.segments("presentationTimeOffset") or 0)
    report.check(not times or times[0][0] == offset, "ISO 23009-1 5.3.9.2.2",
                 f"{place} begins at {times[0][0] if times else 0}, its period at {offset}")
    real = [(segment.fragments[0].tfdt * scale, segment.ticks * scale) for segment in rendition.segments]
    report.check_all((f"segment {index} is {one[0]}+{one[1]}, its boxes say {other[0]}+{other[1]}"
                      for index, (one, other) in enumerate(zip(times, real), 1) if one != other), "ISO 23009-1 5.3.9.6",
                     f"{place}: SegmentTimeline is not that of the segments")


# The whole

def check_durations(report, root, period, renditions):
    """5.3.1.2: what the MPD says of its length, to a millisecond; the picture's, or the sound's without one."""
    pictures = [one for one in renditions if one.init.handler == "vide"] or renditions
    if not pictures:
        return
    real = max(one.duration for one in pictures)
    for name, text in (("MPD@mediaPresentationDuration", root.get("mediaPresentationDuration")),
                       ("Period@duration", period.get("duration"))):
        said = duration(text)
        report.check(said is None or abs(said - real) <= Fraction(1, 1000), "ISO 23009-1 5.3.1.2",
                     f"{name} is {text}, the segments last {float(real):.6f} s")
    longest = duration(root.get("maxSegmentDuration"))
    measured = max(length for one in renditions for length in one.boundaries)
    report.check(longest is None or longest + Fraction(1, 1000) >= measured, "ISO 23009-1 5.3.1.2",
                 f"MPD@maxSegmentDuration is {root.get('maxSegmentDuration')}, the longest segment lasts {float(measured):.6f} s")


def dash_facts(renditions):
    handlers = {one.init.handler for one in renditions}
    urls = {segment.url for one in renditions for segment in one.segments}
    # The MPD; then the init segment and the first segment of each representation that is played.
    return {"renditions": [one.facts() for one in renditions], "segments": len(urls),
            "requestsUntilFirstFrame": 3 if "vide" in handlers else None,
            "requestsWithSound": 5 if handlers >= {"vide", "soun"} else None}
