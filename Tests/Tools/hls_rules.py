"""What an HLS stream must hold to, for check_stream.py: the multivariant playlist, its variants, their sound and their I-frames
(RFC 8216, 4.3.3.6, 4.3.4 and 6.2.4).
"""

import re
from fractions import Fraction
from urllib.parse import urljoin

from hls_playlists import SHAPES, TAGS_OF_BOTH, TAGS_OF_MULTIVARIANT, TAGS_OF_PLAYLIST, TAGS_OF_SEGMENTS, Line, attributes, \
    check_media_playlist, check_tags, check_version, pieces, read_media_playlist, read_playlist, require
from stream_boxes import UNREADABLE
from stream_renditions import check_sound_length, is_idr, peak_rate


# I-frames

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


# The multivariant playlist

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
