"""HLS playlists for check_stream.py: their tags and attributes, and the media playlists with the segments that they name
(RFC 8216, 4.1 to 4.3.3).
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import urljoin

from stream_boxes import UNREADABLE
from stream_http import HLS_TYPE, check_manifest_response
from stream_renditions import Rendition, peak_rate

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
