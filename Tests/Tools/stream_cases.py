"""The cases of test_check_stream.py: (name, clause that must be found broken, words of the message, what to change in a Site)."""

from stream_site import FRAME, FRAMES, MEDIA, OTHER, PERSONAL, SYNC, box, init_segment, pictures, sounds, video_entry


def edited(name, old, new, count=1):
    return lambda site: site.edit(name, old, new, count)


def headed(path, **headers):
    return lambda site: site.headers.update({path: {name.replace("_", "-"): value for name, value in headers.items()}})


def wrong(what):
    return lambda site: site.wrong.add(what)


def put(method, second, *arguments, **changes):
    return lambda site: getattr(site, method)(second, *arguments, **changes)


def init(name, *arguments, **changes):
    return lambda site: site.bodies.update({f"{MEDIA}{name}.mp4": init_segment(*arguments, **changes)})


def dropped(path):
    return lambda site: site.bodies.pop(path)


def renamed(site):
    """The token in the name of a segment, in all manifests."""
    old, new = f"{MEDIA}v0.0@24.m4s", f"{MEDIA}TOKEN.0@24.m4s"
    site.bodies[new] = site.bodies[old]
    for name in ("v0.m3u8", "manifest.mpd"):
        site.edit(name, old, new)


V0, PICTURE, SCALE = MEDIA + "v0.0@24.m4s", video_entry(320, 180), FRAMES * FRAME
HTTP = [
    ("playlist missing", "RFC 9110 15.3.1", "v1.m3u8 answers 404", edited("main.m3u8", "v1.m3u8", "none/v1.m3u8")),
    ("segment missing", "RFC 9110 15.3.1", "answers 404", dropped(V0)),
    ("type of playlist", "RFC 8216 4", "served as", headed(PERSONAL + "v0.m3u8", Content_Type="text/plain")),
    ("type of MPD", "ISO 23009-1 C.2", "served as", headed(PERSONAL + "manifest.mpd", Content_Type="text/xml")),
    ("playlist kept by caches", "RFC 9111 5.2.2", "private, no-store", headed(PERSONAL + "main.m3u8", Cache_Control="private")),
    ("MPD kept by caches", "RFC 9111 5.2.2", "private, no-store", headed(PERSONAL + "manifest.mpd", Cache_Control="no-store")),
    ("no length", "RFC 9110 8.6", "its Content-Length is ''", headed(V0, Content_Length=None)),
    ("weak ETag", "RFC 9110 8.8.3", "not a strong one", headed(V0, ETag='W/"a"')),
    ("bare ETag", "RFC 9110 8.8.3", "not a strong one", headed(V0, ETag="abc")),
    ("no ETag", "RFC 9110 8.8.3", "not a strong one", headed(V0, ETag=None)),
    ("not immutable", "RFC 8246 2", "Cache-Control", headed(V0, Cache_Control="public, max-age=31536000")),
    ("no Accept-Ranges", "RFC 9110 14.3", "no Accept-Ranges", headed(V0, Accept_Ranges=None)),
    ("cookie", "RFC 9111 7.3", "sets a cookie", headed(V0, Set_Cookie="a=b")),
    ("no ranges", "RFC 9110 14.2", "answered by 200", wrong("range")),
    ("wrong Content-Range", "RFC 9110 14.2", "Content-Range", wrong("Content-Range")),
    ("wrong bytes in a range", "RFC 9110 14.2", "answered by 206", wrong("range bytes")),
    ("no 304", "RFC 9110 13.1.2", "answered by 200", wrong("304")),
    ("length of HEAD", "RFC 9110 9.3.2", "Content-Length '7'", wrong("HEAD length")),
    ("body of HEAD", "RFC 9110 9.3.2", "bytes of body", wrong("HEAD body")),
    ("token in a media URL", "Sizzle 8", "TOKEN.0@24.m4s holds", renamed),
    ("token in media", "Sizzle 8", "v0.mp4 holds", lambda site: site.bodies.update(
        {MEDIA + "v0.mp4": site.bodies[MEDIA + "v0.mp4"] + box("free", b"TOKEN")})),
]
BOXES = [
    ("brand", "RFC 8216 3.3", "brands", init("v0", PICTURE, b"vide", SCALE, brand=b"iso5")),
    ("duration in mvhd", "RFC 8216 3.3", "mvhd", init("v0", PICTURE, b"vide", SCALE, moov_duration=5)),
    ("mvex first", "RFC 8216 3.3", "mvex stands before", init("v0", PICTURE, b"vide", SCALE, mvex_first=True)),
    ("samples in the init segment", "RFC 8216 3.3", "stsz tells", init("v0", PICTURE, b"vide", SCALE, samples=3)),
    ("two sample entries", "RFC 8216 3.3", "has 2 sample entries", init("v0", PICTURE, b"vide", SCALE, entries=2)),
    ("no timescale", "RFC 8216 3.3", "timescale of 0", init("v0", PICTURE, b"vide", 0)),
    ("no handler", "RFC 8216 3.3", "AttributeError", lambda site: site.bodies.update(
        {MEDIA + "v0.mp4": site.bodies[MEDIA + "v0.mp4"].replace(b"hdlr", b"free")})),
    ("samples of no duration", "RFC 8216 3.3", "lasts no time", put("put_picture", 1, 0, pictures(length=0))),
    ("no moov", "RFC 8216 3.3", "not an init segment",
     lambda site: site.bodies.update({MEDIA + "v0.mp4": box("free", bytes(8))})),
    ("cut off", "RFC 8216 3.3", "its parent ends", lambda site: site.bodies.update({V0: site.bodies[V0][:-9]})),
    ("track number", "RFC 8216 3.3", "holds track 2", put("put_picture", 1, track=2)),
    ("base offset", "RFC 8216 3.3", "default-base-is-moof", put("put_picture", 1, tfhd_flags=1)),
    ("no tfdt", "RFC 8216 3.3", "has no tfdt", put("put_picture", 1, tfdt=False)),
    ("foreign box", "RFC 8216 3.3", "not a segment's",
     lambda site: site.bodies.update({V0: site.bodies[V0] + box("meta", bytes(4))})),
    ("data outside mdat", "ISO 14496-12 8.1.1", "outside mdat", put("put_picture", 1, data_shift=4)),
    ("gap in tfdt", "ISO 14496-12 8.8.12", "tfdt 24001, not 24000", put("put_picture", 1, time=24001)),
    ("late start", "ISO 14496-12 8.8.12", "tfdt 5, not 0", put("put_picture", 0, time=5)),
    ("sound with a gap", "ISO 14496-12 8.8.12", "audio.m3u8", put("put_sound", 1, time=47 * 1024 + 1)),
    ("sequence falls", "ISO 14496-12 8.8.5", "has 1 after 25", put("put_picture", 2, sequence=1)),
    ("no IDR", "RFC 8216 4.3.5.1", "do not begin with an IDR", put("put_picture", 1, 0, pictures(first_idr=False))),
    ("no sync sample", "RFC 8216 4.3.5.1", "do not begin with an IDR", put("put_picture", 1, 0, pictures(first_flags=OTHER))),
    ("sync flag on P", "ISO 14496-12 8.8.3", "is no IDR", put("put_picture", 1, 0, pictures(others=SYNC))),
    ("IDR that depends", "ISO 14496-12 8.8.3", "is an IDR", put("put_picture", 1, 0, pictures(first_flags=0x1000000))),
    ("torn NAL units", "RFC 8216 3.3", "a NAL unit of", put("put_picture", 1, 0, [(b"\0\0\1\0\x65", FRAME, SYNC, 0)] * FRAMES)),
    ("AAC frame length", "ISO 14496-3 4.5.1", "1024 samples", put("put_sound", 2, sounds(45) + sounds(1, 256))),
    ("AAC not sync", "ISO 14496-12 8.8.3", "AAC frames", put("put_sound", 1, sounds(47, flags=OTHER))),
    ("sound too long", "Sizzle 5", "hangs over", put("put_sound", 2, sounds(50))),
]
MEDIA_PLAYLISTS = [
    ("byte order mark", "RFC 8216 4.1", "byte order mark", edited("v0.m3u8", "#EXTM3U", "\ufeff#EXTM3U")),
    ("not UTF-8", "RFC 8216 4.1", "not UTF-8", edited("v0.m3u8", "#EXT-X-ENDLIST", "# \udcff\n#EXT-X-ENDLIST")),
    ("control character", "RFC 8216 4.1", "control characters", edited("v0.m3u8", "#EXT-X-ENDLIST", "#\x07\n#EXT-X-ENDLIST")),
    ("no EXTM3U", "RFC 8216 4.3.1.1", "not #EXTM3U", edited("v0.m3u8", "#EXTM3U", "# list")),
    ("version too low", "RFC 8216 7", "says version 3, what it holds needs 6", edited("v0.m3u8", "VERSION:6", "VERSION:3")),
    ("I-frame version", "RFC 8216 7", "says version 4, what it holds needs 5", edited("i1.m3u8", "VERSION:5", "VERSION:4")),
    ("version is no number", "RFC 8216 4.3.1.2", "EXT-X-VERSION is", edited("v0.m3u8", "VERSION:6", "VERSION:six")),
    ("tag of the other kind", "RFC 8216 4.3.3", "EXT-X-MEDIA",
     edited("v0.m3u8", "#EXT-X-MAP", '#EXT-X-MEDIA:TYPE=AUDIO\n#EXT-X-MAP')),
    ("tag twice", "RFC 8216 4.3.3", "EXT-X-TARGETDURATION",
     edited("v0.m3u8", "#EXT-X-MAP", "#EXT-X-TARGETDURATION:1\n#EXT-X-MAP")),
    ("no target duration", "RFC 8216 4.3.3.1", "EXT-X-TARGETDURATION is []", edited("v0.m3u8", "#EXT-X-TARGETDURATION:1\n", "")),
    ("target too short", "RFC 8216 4.3.3.1", "over a target duration of 0",
     edited("v0.m3u8", "TARGETDURATION:1", "TARGETDURATION:0")),
    ("not VOD", "RFC 8216 4.3.3.5", "not VOD", edited("v0.m3u8", "TYPE:VOD", "TYPE:EVENT")),
    ("no end", "RFC 8216 4.3.3.4", "no EXT-X-ENDLIST", edited("v0.m3u8", "#EXT-X-ENDLIST\n", "")),
    ("media sequence", "RFC 8216 4.3.3.2", "EXT-X-MEDIA-SEQUENCE", edited("v0.m3u8", "SEQUENCE:0", "SEQUENCE:-1")),
    ("late media sequence", "RFC 8216 4.3.3.2", "behind the first", lambda site: (
        site.edit("v0.m3u8", "#EXT-X-MEDIA-SEQUENCE:0\n", ""),
        site.edit("v0.m3u8", "#EXT-X-ENDLIST", "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-ENDLIST"))),
    ("late discontinuity sequence", "RFC 8216 4.3.3.3", "behind the first",
     edited("v0.m3u8", "#EXT-X-ENDLIST", "#EXT-X-DISCONTINUITY-SEQUENCE:0\n#EXT-X-ENDLIST")),
    ("discontinuity", "RFC 8216 4.3.2.3", "discontinuities", edited("v0.m3u8", "#EXTINF", "#EXT-X-DISCONTINUITY\n#EXTINF")),
    ("EXTINF without comma", "RFC 8216 4.3.2.1", "and a comma", edited("v0.m3u8", "1.000000,", "1.000000")),
    ("EXTINF two ticks off", "RFC 8216 4.3.2.1", "lengths are wrong", edited("v0.m3u8", "1.000000", "1.000084")),
    ("no EXTINF", "RFC 8216 4.3.2.1", "has no EXTINF", edited("v0.m3u8", "#EXTINF:1.000000,\n", "")),
    ("EXTINF without URI", "RFC 8216 4.3.2", "behind the last one",
     edited("v0.m3u8", "#EXT-X-ENDLIST", "#EXTINF:1,\n#EXT-X-ENDLIST")),
    ("no map", "RFC 8216 4.3.2.5", "no EXT-X-MAP", edited("v0.m3u8", f'#EXT-X-MAP:URI="{MEDIA}v0.mp4"\n', "")),
    ("map without URI", "RFC 8216 4.3.2.5", "lacks: URI", edited("v0.m3u8", "MAP:URI=", "MAP:X=")),
    ("map changes", "RFC 8216 4.3.2.5", "changes its init",
     edited("v0.m3u8", f"{MEDIA}v0.0@0.m4s", f'{MEDIA}v0.0@0.m4s\n#EXT-X-MAP:URI="{MEDIA}v1.mp4"')),
    ("no segments", "RFC 8216 4.3.2.1", "has no segment", edited("v0.m3u8", "#EXTINF:1.000000,\n/v1/m/", "# ", 3)),
    ("bare byte range", "RFC 8216 4.3.2.2", "no byte range", edited("v0.m3u8", "#EXTINF", "#EXT-X-BYTERANGE:10\n#EXTINF")),
    ("range past the end", "RFC 8216 4.3.2.2", "are not in its",
     edited("v0.m3u8", "#EXTINF", "#EXT-X-BYTERANGE:99999@0\n#EXTINF")),
    ("I-frames in a variant", "RFC 8216 4.3.3.6", "only I-frames",
     edited("v0.m3u8", "#EXT-X-MAP", "#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP")),
    ("I-frame list without its tag", "RFC 8216 4.3.3.6", "no EXT-X-I-FRAMES-ONLY",
     edited("i1.m3u8", "#EXT-X-I-FRAMES-ONLY\n", "")),
    ("I-frame list without its init segment", "RFC 8216 3.3", "i1.m3u8: Malformed", edited("i1.m3u8", "/v1.mp4", "/none.mp4")),
    ("I-frame without range", "RFC 8216 4.3.3.6", "has no byte range", lambda site: site.edit(
        "i1.m3u8", f"#EXT-X-BYTERANGE:{site.span(1, 0)[1]}@0\n", "")),
    ("I-frame not at a moof", "RFC 8216 4.3.3.6", "begins no moof", edited("i1.m3u8", "@0\n", "@8\n")),
    ("I-frame range too long", "RFC 8216 4.3.3.6", "its first sample at", lambda site: site.edit(
        "i1.m3u8", f":{site.span(1, 0)[1]}@0", f":{site.span(1, 0)[1] + 1}@0")),
    ("I-frame is no IDR", "RFC 8216 4.3.3.6", "is no IDR", put("put_picture", 1, 1, pictures(first_idr=False))),
    ("I-frames too short", "RFC 8216 4.3.3.6", "I-frames last", edited("i1.m3u8", "1.000000", "0.900000")),
]
MAIN = [
    ("attribute twice", "RFC 8216 4.2", "has AUDIO twice", edited("main.m3u8", ',AUDIO="a"', ',AUDIO="a",AUDIO="a"')),
    ("space in an attribute list", "RFC 8216 4.2", "no attribute list", edited("main.m3u8", ",AUTOSELECT", ", AUTOSELECT")),
    ("comma at the end", "RFC 8216 4.2", "no attribute list", edited("main.m3u8", 'AUDIO="a"\n', 'AUDIO="a",\n')),
    ("bare CODECS", "RFC 8216 4.2", "is not of type quoted", edited("main.m3u8", '"avc1.64001e,mp4a.40.2"', "avc1.64001e")),
    ("quoted TYPE", "RFC 8216 4.2", "is not of type enumerated", edited("main.m3u8", "TYPE=AUDIO", 'TYPE="AUDIO"')),
    ("RESOLUTION shape", "RFC 8216 4.2", "is not of type resolution", edited("main.m3u8", "320x180", "320*180")),
    ("BANDWIDTH shape", "RFC 8216 4.2", "is not of type integer", edited("main.m3u8", ":BANDWIDTH=", ":BANDWIDTH=1.")),
    ("BANDWIDTH missing", "RFC 8216 4.3.4.2", "lacks: BANDWIDTH", edited("main.m3u8", "INF:BANDWIDTH", "INF:X-WIDTH")),
    ("BANDWIDTH too small", "RFC 8216 4.3.4.2", "its peak segment bit rate is", lambda site: site.edit(
        "main.m3u8", f"INF:BANDWIDTH={site.total(0)[0]}", f"INF:BANDWIDTH={site.total(0)[0] - 1}")),
    ("BANDWIDTH without sound", "RFC 8216 4.3.4.2", "its peak segment bit rate is", lambda site: site.edit(
        "main.m3u8", f"INF:BANDWIDTH={site.total(1)[0]}", f"INF:BANDWIDTH={site.rates()[1][0]}")),
    ("AVERAGE-BANDWIDTH too small", "RFC 8216 4.3.4.2", "average segment bit rate", lambda site: site.edit(
        "main.m3u8", f"AVERAGE-BANDWIDTH={site.total(0)[1]}", "AVERAGE-BANDWIDTH=1000")),
    ("AVERAGE-BANDWIDTH too large", "RFC 8216 4.3.4.2", "is over BANDWIDTH",
     edited("main.m3u8", "AVERAGE-BANDWIDTH=", "AVERAGE-BANDWIDTH=9")),
    ("I-frame BANDWIDTH", "RFC 8216 4.3.4.2", "i1.m3u8 is 10,", lambda site: site.edit(
        "main.m3u8", f"I-FRAME-STREAM-INF:BANDWIDTH={site.span(1, 0)[1] * 8}", "I-FRAME-STREAM-INF:BANDWIDTH=10")),
    ("CODECS of another level", "RFC 8216 4.3.4.2", "not those of the init segments",
     edited("main.m3u8", "avc1.64001e", "avc1.64001f")),
    ("CODECS without sound", "RFC 8216 4.3.4.2", "not those of the init segments", edited("main.m3u8", ",mp4a.40.2", "")),
    ("CODECS of what is not there", "RFC 8216 4.3.4.2", "not those of the init segments",
     edited("main.m3u8", ",mp4a.40.2", ",mp4a.40.2,ec-3")),
    ("RESOLUTION of another size", "RFC 8216 4.3.4.2", "RESOLUTION 640x360", edited("main.m3u8", "320x180", "640x360")),
    ("FRAME-RATE", "RFC 8216 4.3.4.2", "FRAME-RATE '23.976'", edited("main.m3u8", "24.000", "23.976")),
    ("AUDIO of no group", "RFC 8216 4.3.4.2", "no AUDIO group", edited("main.m3u8", 'AUDIO="a"', 'AUDIO="b"')),
    ("no URI behind a variant", "RFC 8216 4.3.4.2", "no URI follows", edited("main.m3u8", "v0.m3u8\n", "")),
    ("URI without a variant", "RFC 8216 4.3.4.2", "have no EXT-X-STREAM-INF",
     edited("main.m3u8", "v0.m3u8\n", "v0.m3u8\nv1.m3u8\n")),
    ("segment tag in the main playlist", "RFC 8216 4.3.3", "EXT-X-ENDLIST",
     edited("main.m3u8", "#EXT-X-MEDIA", "#EXT-X-ENDLIST\n#EXT-X-MEDIA")),
    ("START without offset", "RFC 8216 4.3.5.2", "lacks: TIME-OFFSET", edited("main.m3u8", "TIME-OFFSET=0,", "")),
    ("START shape", "RFC 8216 4.2", "is not of type choice", edited("main.m3u8", "PRECISE=YES", "PRECISE=1")),
    ("MEDIA without NAME", "RFC 8216 4.3.4.1", "lacks: NAME", edited("main.m3u8", 'NAME="Sound",', "")),
    ("MEDIA without GROUP-ID", "RFC 8216 4.3.4.1", "lacks: GROUP-ID", edited("main.m3u8", 'GROUP-ID="a",', "")),
    ("MEDIA without URI", "RFC 8216 4.3.4.1", "lacks: URI", edited("main.m3u8", ',URI="audio.m3u8"', "")),
    ("MEDIA of an unknown type", "RFC 8216 4.3.4.1", "TYPE SOUND", edited("main.m3u8", "TYPE=AUDIO", "TYPE=SOUND")),
    ("DEFAULT without AUTOSELECT", "RFC 8216 4.3.4.1", "AUTOSELECT=NO", edited("main.m3u8", "AUTOSELECT=YES", "AUTOSELECT=NO")),
    ("FORCED sound", "RFC 8216 4.3.4.1", "FORCED on AUDIO", edited("main.m3u8", "AUTOSELECT=YES", "AUTOSELECT=YES,FORCED=YES")),
    ("INSTREAM-ID on sound", "RFC 8216 4.3.4.1", "INSTREAM-ID on AUDIO",
     edited("main.m3u8", "AUTOSELECT=YES", 'INSTREAM-ID="CC1"')),
    ("no variant", "RFC 8216 4.3.4.2", "has no variant", edited("main.m3u8", "#EXT-X-STREAM-INF", "#", 2)),
    ("CHANNELS", "RFC 8216 4.3.4.1", "which has 2", edited("main.m3u8", 'CHANNELS="2"', 'CHANNELS="6"')),
    ("two defaults", "RFC 8216 4.3.4.1.1", "more than one DEFAULT", lambda site: site.edit("main.m3u8", "#EXT-X-STREAM-INF", (
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="B",DEFAULT=YES,CHANNELS="2",URI="audio.m3u8"\n#EXT-X-STREAM-INF'))),
    ("NAME twice", "RFC 8216 4.3.4.1.1", "has a NAME twice", lambda site: site.edit("main.m3u8", "#EXT-X-STREAM-INF", (
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Sound",CHANNELS="2",URI="audio.m3u8"\n#EXT-X-STREAM-INF'))),
    ("variants cut elsewhere", "RFC 8216 6.2.4", "is not cut where", put("put_picture", 2, 1, pictures(count=FRAMES - 1))),
    ("I-frames without URI", "RFC 8216 4.3.4.3", "lacks: URI", edited("main.m3u8", ',URI="i1.m3u8"', "")),
]
MPD = "manifest.mpd"
DASH = [
    ("not well-formed", "XML 1.0 2.1", "not well-formed", edited(MPD, "</Period>", "")),
    ("namespace", "ISO 23009-1 5.2.2", "mpd:2012", edited(MPD, "schema:mpd:2011", "schema:mpd:2012")),
    ("elements out of order", "ISO 23009-1 Annex B", "wrong order", edited(
        MPD, "<SegmentTimeline>", f'<SegmentURL media="{MEDIA}v0.0@0.m4s"/><SegmentTimeline>')),
    ("foreign element", "ISO 23009-1 Annex B", "must not hold: Segment",
     edited(MPD, "<SegmentTimeline>", "<Segment/><SegmentTimeline>")),
    ("element twice", "ISO 23009-1 Annex B", "more than one",
     edited(MPD, "<SegmentTimeline>", "<SegmentTimeline/><SegmentTimeline>")),
    ("unknown attribute", "ISO 23009-1 Annex B", "unknown attributes: url", edited(MPD, "<S t=", '<S url="" t=')),
    ("attribute of a wrong type", "ISO 23009-1 Annex B", "wrong type: width", edited(MPD, 'width="320"', 'width="320px"')),
    ("attribute missing", "ISO 23009-1 Annex B", "lacks attributes: minBufferTime", edited(MPD, ' minBufferTime="PT2S"', "")),
    ("duration is none", "ISO 23009-1 5.3.1.2", "no duration over 0", edited(MPD, "PT3.000S", "3s")),
    ("duration 2 ms off", "ISO 23009-1 5.3.1.2", "the segments last 3.0", edited(MPD, "PT3.000S", "PT3.002S")),
    ("Period@duration", "ISO 23009-1 5.3.1.2", "Period@duration is PT2S",
     edited(MPD, 'start="PT0S"', 'start="PT0S" duration="PT2S"')),
    ("maxSegmentDuration", "ISO 23009-1 5.3.1.2", "longest segment lasts",
     edited(MPD, ' minBuf', ' maxSegmentDuration="PT0.5S" minBuf')),
    ("dynamic", "ISO 23009-1 5.3.1.2", "MPD@type is dynamic", edited(MPD, '"static"', '"dynamic"')),
    ("update period", "ISO 23009-1 5.3.1.2", "must not have", edited(MPD, ' minBuf', ' minimumUpdatePeriod="PT2S" minBuf')),
    ("profile is no URN", "ISO 23009-1 5.3.1.2", "no URNs", edited(MPD, "urn:mpeg:dash:profile:isoff-main:2011", "main")),
    ("profile without SegmentList", "ISO 23009-1 8", "do not allow SegmentList", edited(MPD, "isoff-main", "isoff-live")),
    ("xlink", "ISO 23009-1 5.5", "elsewhere",
     edited(MPD, "<Period ", '<Period xmlns:x="http://www.w3.org/1999/xlink" x:href="a" ')),
    ("two periods", "ISO 23009-1 5.3.2", "has 2 periods", edited(MPD, "</Period>", '</Period><Period id="1"/>')),
    ("no set", "ISO 23009-1 5.3.2.2", "no AdaptationSet", edited(MPD, "AdaptationSet", "Subset", 4)),
    ("element of no namespace", "ISO 23009-1 Annex B", "of no namespace", edited(MPD, "<Period ", '<x xmlns=""/><Period ')),
    ("timescale is no number", "ISO 23009-1 5.3.9", "ValueError", edited(MPD, 'timescale="24000"', 'timescale="x"')),
    ("late period", "ISO 23009-1 5.3.2.2", "Period@start", edited(MPD, 'start="PT0S"', 'start="PT1S"')),
    ("mimeType missing", "ISO 23009-1 5.3.7.2", "@mimeType is not video", edited(MPD, ' mimeType="video/mp4"', "")),
    ("contentType of another kind", "ISO 23009-1 5.3.3.2", "@contentType is 'audio'",
     edited(MPD, '"video" mime', '"audio" mime')),
    ("no alignment", "ISO 23009-1 5.3.3.2", "no @segmentAlignment", edited(MPD, ' segmentAlignment="true"', "")),
    ("unaligned", "ISO 23009-1 5.3.3.2", "is not cut where", put("put_picture", 2, 1, pictures(count=FRAMES - 1))),
    ("maxWidth", "ISO 23009-1 5.3.3.2", "@maxWidth is 640", edited(MPD, 'maxWidth="320"', 'maxWidth="640"')),
    ("set without representations", "ISO 23009-1 5.3.3.2", "has no Representation", edited(
        MPD, "</Period>", '<AdaptationSet id="2" segmentAlignment="true" contentType="text"/></Period>')),
    ("id twice", "ISO 23009-1 5.3.5.2", "more than once: v0", edited(MPD, 'id="v1"', 'id="v0"')),
    ("set id twice", "ISO 23009-1 5.3.3.2", "more than once: 0", edited(MPD, '<AdaptationSet id="1"', '<AdaptationSet id="0"')),
    ("bandwidth", "ISO 23009-1 5.3.5.2", "its average rate", lambda site: site.edit(MPD, f'"{site.rates()[0][0]}"', '"100"')),
    ("codecs", "ISO 23009-1 5.3.7.2", "@codecs is avc1.4d001e", edited(MPD, "avc1.64001e", "avc1.4d001e")),
    ("mimeType of another kind", "ISO 23009-1 5.3.7.2", "@mimeType is audio/mp4, not video/mp4",
     edited(MPD, '"video/mp4"', '"audio/mp4"')),
    ("size", "ISO 23009-1 5.3.7.2", "says 320x200", edited(MPD, 'height="180"', 'height="200"')),
    ("frameRate", "ISO 23009-1 5.3.7.2", "@frameRate is '24000/1001'", edited(MPD, '"24/1"', '"24000/1001"')),
    ("no startWithSAP", "ISO 23009-1 5.3.7.2", "@startWithSAP is None", edited(MPD, ' startWithSAP="1" max', " max")),
    ("pictures before the IDR", "ISO 23009-1 5.3.7.2", "begin with type 2", put(
        "put_picture", 1, 0, pictures(shifts=[2 * FRAME, 0] + [FRAME] * (FRAMES - 2)))),
    ("audioSamplingRate", "ISO 23009-1 5.3.7.2", "@audioSamplingRate is 44100",
     edited(MPD, '"48000">\n<Audio', '"44100">\n<Audio')),
    ("channels", "ISO 23009-1 5.8.5.4", "not 2", edited(MPD, 'value="2"', 'value="1"')),
    ("no initialization", "ISO 23009-1 5.3.9.3", "Initialization@sourceURL", edited(MPD, "sourceURL=", "range=")),
    ("two kinds of segments", "ISO 23009-1 5.3.9.1", "more than one kind",
     edited(MPD, "</SegmentList>", "</SegmentList><SegmentTemplate/>")),
    ("duration and timeline", "ISO 23009-1 5.3.9.2.2", "no @duration",
     edited(MPD, 'timescale="24000"', 'timescale="24000" duration="24000"')),
    ("timeline begins late", "ISO 23009-1 5.3.9.2.2", "begins at 24000",
     edited(MPD, 'S t="0" d="24000"', 'S t="24000" d="24000"')),
    ("too many URLs", "ISO 23009-1 5.3.9.3", "3 segments, and 4",
     edited(MPD, "</SegmentList>", f'<SegmentURL media="{V0}"/></SegmentList>')),
    ("too few repeats", "ISO 23009-1 5.3.9.3", "of 2 segments, and 3", edited(MPD, 'r="2"', 'r="1"')),
    ("open repeat", "ISO 23009-1 5.3.9.6", "whose end is known", edited(MPD, 'r="2"', 'r="-1"')),
    ("timeline one tick off", "ISO 23009-1 5.3.9.6", "is not that of the segments",
     edited(MPD, 'd="24000" r="2"', 'd="23999" r="2"')),
    ("gap in the timeline", "ISO 23009-1 5.3.9.6", "the one before it ends at",
     edited(MPD, '<S d="47104"', '<S t="96257" d="47104"')),
    ("timescale", "ISO 23009-1 5.3.9.6", "is not that of the segments", edited(MPD, 'timescale="48000"', 'timescale="44100"')),
    ("segment missing", "ISO 23009-1 5.3.9", "cannot be read", dropped(V0)),
]
