"""The shape of an MPD, for dash_rules.py: for each element that an MPD of one period with SegmentList and SegmentTimeline may use,
`SCHEMA` tells which children follow in which order and which attributes there are, as DASH-MPD.xsd (5th edition) does.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

NAMESPACE = "{urn:mpeg:dash:schema:mpd:2011}"

# The shapes of attributes: the simple types of XML Schema and of DASH-MPD.xsd.
INTEGER, UNSIGNED, BOOLEAN, DECIMAL = r"[+-]?\d+", r"\d+", "true|false|0|1", r"[+-]?\d+(\.\d+)?"
DURATION = r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"
DATE = r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"
TEXT, NO_SPACE, URI = r"(?s).*", r"\S*", r"[^\s<>\"{}|\\^`]*"
RANGE, RATIO, RATE, SAP = r"\d*(-\d*)?", r"\d*:\d*", r"\d+(/[1-9]\d*)?", "[0-6]"
TYPE, LANGUAGE = "text|image|audio|video|application|font", r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*"
PROFILES = r"[^\s,]+(,[^\s,]*)*"


@dataclass
class Element:
    """Children in the order in which they must stand, `?` for one at most; attributes with their shape, `!` for required ones."""
    children: str
    attributes: dict


COMMON_CHILDREN = "FramePacking AudioChannelConfiguration ContentProtection EssentialProperty SupplementalProperty " \
    "InbandEventStream Switching RandomAccess GroupLabel Label ProducerReferenceTime ContentPopularityRate "
COMMON = {"profiles": PROFILES, "width": UNSIGNED, "height": UNSIGNED, "sar": RATIO, "frameRate": RATE,
          "audioSamplingRate": r"\d+( \d+)?", "mimeType": TEXT, "segmentProfiles": TEXT, "codecs": TEXT,
          "maximumSAPPeriod": DECIMAL, "startWithSAP": SAP, "maxPlayoutRate": DECIMAL, "codingDependency": BOOLEAN,
          "scanType": "progressive|interlaced|unknown", "selectionPriority": UNSIGNED, "tag": TEXT}
SEGMENT_BASE = {"timescale": UNSIGNED, "eptDelta": INTEGER, "presentationTimeOffset": UNSIGNED, "presentationDuration": UNSIGNED,
                "timeShiftBufferDepth": DURATION, "indexRange": RANGE, "indexRangeExact": BOOLEAN,
                "availabilityTimeOffset": TEXT, "availabilityTimeComplete": BOOLEAN}
DESCRIPTOR = Element("", {"schemeIdUri!": URI, "value": TEXT, "id": TEXT})
LABEL = Element("", {"id": UNSIGNED, "lang": LANGUAGE})

SCHEMA = {
    # 5.3.1
    "MPD": Element("ProgramInformation BaseURL Location ServiceDescription InitializationSet InitializationGroup "
                   "InitializationPresentation Period Metrics EssentialProperty SupplementalProperty UTCTiming "
                   "LeapSecondInformation?",
                   {"id": TEXT, "profiles!": PROFILES, "type": "static|dynamic", "availabilityStartTime": DATE,
                    "availabilityEndTime": DATE, "publishTime": DATE, "mediaPresentationDuration": DURATION,
                    "minimumUpdatePeriod": DURATION, "minBufferTime!": DURATION, "timeShiftBufferDepth": DURATION,
                    "suggestedPresentationDelay": DURATION, "maxSegmentDuration": DURATION, "maxSubsegmentDuration": DURATION}),
    # 5.7
    "ProgramInformation": Element("Title? Source? Copyright?", {"lang": LANGUAGE, "moreInformationURL": URI}),
    "Title": Element("", {}), "Source": Element("", {}), "Copyright": Element("", {}), "Location": Element("", {}),
    # Annex K
    "ServiceDescription": Element("Scope Latency PlaybackRate", {"id": UNSIGNED}), "Scope": DESCRIPTOR,
    "Latency": Element("", {"referenceId": UNSIGNED, "target": UNSIGNED, "max": UNSIGNED, "min": UNSIGNED}),
    "PlaybackRate": Element("", {"max": DECIMAL, "min": DECIMAL}),
    # 5.6
    "BaseURL": Element("", {"serviceLocation": TEXT, "byteRange": TEXT, "availabilityTimeOffset": TEXT,
                            "availabilityTimeComplete": BOOLEAN, "timeShiftBufferDepth": DURATION, "rangeAccess": BOOLEAN}),
    # 5.3.2
    "Period": Element("BaseURL SegmentBase? SegmentList? SegmentTemplate? AssetIdentifier? EventStream ServiceDescription "
                      "AdaptationSet Subset SupplementalProperty EmptyAdaptationSet GroupLabel Preselection",
                      {"id": TEXT, "start": DURATION, "duration": DURATION, "bitstreamSwitching": BOOLEAN}),
    # 5.3.3
    "AdaptationSet": Element(COMMON_CHILDREN + "Accessibility Role Rating Viewpoint ContentComponent BaseURL SegmentBase? "
                             "SegmentList? SegmentTemplate? Representation",
                             COMMON | {"id": UNSIGNED, "group": UNSIGNED, "lang": LANGUAGE, "contentType": TYPE, "par": RATIO,
                                       "minBandwidth": UNSIGNED, "maxBandwidth": UNSIGNED, "minWidth": UNSIGNED,
                                       "maxWidth": UNSIGNED, "minHeight": UNSIGNED, "maxHeight": UNSIGNED,
                                       "minFrameRate": RATE, "maxFrameRate": RATE, "segmentAlignment": rf"{BOOLEAN}|\d+",
                                       "subsegmentAlignment": rf"{BOOLEAN}|\d+", "subsegmentStartsWithSAP": SAP,
                                       "bitstreamSwitching": BOOLEAN, "initializationSetRef": r"\d+( \d+)*"}),
    # 5.3.5
    "Representation": Element(COMMON_CHILDREN + "BaseURL SubRepresentation SegmentBase? SegmentList? SegmentTemplate?",
                              COMMON | {"id!": NO_SPACE, "bandwidth!": UNSIGNED, "qualityRanking": UNSIGNED, "dependencyId": TEXT,
                                        "associationId": TEXT, "associationType": TEXT, "mediaStreamStructureId": TEXT}),
    # 5.3.9
    "SegmentList": Element("Initialization? RepresentationIndex? FailoverContent? SegmentTimeline? BitstreamSwitching? SegmentURL",
                           SEGMENT_BASE | {"duration": UNSIGNED, "startNumber": UNSIGNED, "endNumber": UNSIGNED}),
    "Initialization": Element("", {"sourceURL": URI, "range": RANGE}),
    "SegmentURL": Element("", {"media": URI, "mediaRange": RANGE, "index": URI, "indexRange": RANGE}),
    "SegmentTimeline": Element("S", {}),
    "S": Element("", {"t": UNSIGNED, "n": UNSIGNED, "d!": UNSIGNED, "r": INTEGER, "k": UNSIGNED}),
    # 5.8
    **{name: DESCRIPTOR for name in ("AudioChannelConfiguration", "FramePacking", "EssentialProperty", "SupplementalProperty",
                                     "Accessibility", "Role", "Rating", "Viewpoint", "AssetIdentifier", "UTCTiming")},
    "Label": LABEL, "GroupLabel": LABEL,
}


def local(node):
    return node.tag.removeprefix(NAMESPACE)


def children(node, name):
    return node.findall(NAMESPACE + name)


def check_schema(report, node, path=""):
    """Order, number and attributes of an element and of all below it. Those of other namespaces are free (5.1)."""
    name = local(node)
    path = f"{path}/{name}"
    element = SCHEMA.get(name)
    if not report.check(element, "ISO 23009-1 Annex B", f"{path} is no element that this check knows"):
        return
    check_attributes(report, node, element, path)
    order = [child.rstrip("?") for child in element.children.split()]
    inside = [local(child) for child in node if child.tag.startswith(NAMESPACE)]
    report.check_all((child for child in inside if child not in order), "ISO 23009-1 Annex B", f"{path} must not hold")
    known = [order.index(child) for child in inside if child in order]
    report.check(known == sorted(known), "ISO 23009-1 Annex B",
                 f"{path} holds its elements in the wrong order: {', '.join(inside[:12])}")
    report.check_all((one[:-1] for one in element.children.split() if one.endswith("?") and inside.count(one[:-1]) > 1),
                     "ISO 23009-1 Annex B", f"{path} holds more than one")
    report.check_all((child.tag for child in node if not child.tag.startswith("{")), "ISO 23009-1 Annex B",
                     f"{path} holds elements of no namespace")
    for child in node:
        if child.tag.startswith(NAMESPACE) and local(child) in order:
            check_schema(report, child, path)


def check_attributes(report, node, element, path):
    shapes = {name.rstrip("!"): shape for name, shape in element.attributes.items()}
    own = {name: value for name, value in node.attrib.items() if not name.startswith("{")}
    report.check_all((name for name in own if name not in shapes), "ISO 23009-1 Annex B", f"{path} has unknown attributes")
    report.check_all((f"{name}={value!r}" for name, value in own.items()
                      if name in shapes and not re.fullmatch(shapes[name], value)), "ISO 23009-1 Annex B",
                     f"{path} has attributes of the wrong type")
    report.check_all((name[:-1] for name in element.attributes if name.endswith("!") and name[:-1] not in own),
                     "ISO 23009-1 Annex B", f"{path} lacks attributes")


def duration(text):
    """xs:duration in seconds; None when it is none, or has years or months, whose length is not fixed."""
    match = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", text or "")
    if not match or not re.fullmatch(DURATION, text):
        return None
    return sum((Fraction(part or 0) * unit for part, unit in zip(match.groups(), (86400, 3600, 60, 1))), Fraction(0))
