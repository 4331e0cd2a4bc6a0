#!/usr/bin/env python3
"""Reads the boxes of an MP4 file, fragmented or not, and prints what its tracks say as JSON.

    fmp4_timeline.py FILE            all that was read: boxes, tracks, edits, fragments, every sample
    fmp4_timeline.py --check FILE    per track the sorted presentation times and the faults found; exit 1 with faults

It shares nothing with the engine, so that the two can disagree. FILE may be several files, such as an init segment and
its media segments: they are read as one; with --each every file is read by itself, and a list is printed. Clauses are those of ISO/IEC 14496-12.
"""

import argparse
import json
import os
import struct
import sys

CONTAINERS = {b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf", b"udta"}


class Malformed(Exception):
    pass


class Box:
    """One box: where it is, and its children when it is a container."""

    def __init__(self, data, start, end):
        if end - start < 8:
            raise Malformed(f"{end - start} stray bytes at {start}")
        self.data, self.start = data, start
        size, self.kind = struct.unpack_from(">I4s", data, start)
        self.body = start + 8
        if size == 1:
            size = struct.unpack_from(">Q", data, self.body)[0]
            self.body += 8
        self.end = end if size == 0 else start + size
        if self.end > end or self.body > self.end:
            raise Malformed(f"box {self.name} at {start} has {size} bytes, its parent ends at {end}")
        self.children = boxes(data, self.body, self.end) if self.kind in CONTAINERS else []

    @property
    def name(self):
        return self.kind.decode("latin-1")

    def all(self, *path):
        """Descendants by a path of kinds, in order."""
        found = [self]
        for kind in path:
            found = [child for box in found for child in box.children if child.kind == kind.encode("latin-1")]
        return found

    def first(self, *path):
        return next(iter(self.all(*path)), None)

    def read(self, layout, offset=0):
        try:
            return struct.unpack_from(">" + layout, self.data[self.body:self.end], offset)
        except struct.error as error:
            raise Malformed(f"box {self.name} at {self.start} is too short: {error}") from error

    def full(self):
        """Version and flags of a full box."""
        word = self.read("I")[0]
        return word >> 24, word & 0xFFFFFF

    def table(self, layout, offset, count):
        width = struct.calcsize(">" + layout)
        return [self.read(layout, offset + index * width) for index in range(count)]


def boxes(data, start, end):
    found = []
    while start < end:
        # User data may end with a 32-bit zero (QuickTime).
        if end - start == 4 and bytes(data[start:end]) == bytes(4):
            break
        found.append(Box(data, start, end))
        start = found[-1].end
    return found


def durations(box, v0_offset):
    """The duration field of mvhd, mdhd (8.2.2, 8.4.2) or tkhd (8.3.2): 32 bits in version 0, 64 in version 1."""
    version, _ = box.full()
    return box.read("Q", v0_offset + 8)[0] if version else box.read("I", v0_offset)[0]


def timescale(box):
    version, _ = box.full()
    return box.read("I", 20 if version else 12)[0]


def edits(track):
    """8.6.6: entries as they stand."""
    box = track.first("edts", "elst")
    if not box:
        return []
    version, _ = box.full()
    rows = box.table("Qqhh" if version else "Iihh", 8, box.read("I", 4)[0])
    return [{"segment_duration": row[0], "media_time": row[1], "rate": row[2] + row[3] / 65536} for row in rows]


def sample_entries(track):
    """8.5.2: the four-character codes of stsd."""
    box = track.first("mdia", "minf", "stbl", "stsd")
    return [entry.name for entry in boxes(box.data, box.body + 8, box.end)]


def table_samples(track):
    """The samples of an unfragmented track (8.6.1, 8.7): dicts in decode order."""
    table = track.first("mdia", "minf", "stbl")
    stsz = table.first("stsz")
    size, count = stsz.read("II", 4)
    sizes = [size] * count if size else [row[0] for row in stsz.table("I", 12, count)]
    if not count:
        return []

    def runs(kind, layout):
        box = table.first(kind)
        rows = box.table(layout, 8, box.read("I", 4)[0]) if box else []
        return [value for run, value in rows for _ in range(run)]

    offsets, ctts = [], table.first("ctts")
    chunks = table.first("stco") or table.first("co64")
    starts = chunks.table("Q" if chunks.kind == b"co64" else "I", 8, chunks.read("I", 4)[0])
    stsc = table.first("stsc")
    rules = stsc.table("III", 8, stsc.read("I", 4)[0])
    for number, (offset,) in enumerate(starts, 1):
        per_chunk = [rule[1] for rule in rules if rule[0] <= number][-1]
        for _ in range(per_chunk):
            offsets.append(offset)
            offset += sizes[len(offsets) - 1] if len(offsets) <= count else 0
    stss = table.first("stss")
    sync = {row[0] for row in stss.table("I", 8, stss.read("I", 4)[0])} if stss else set(range(1, count + 1))
    lengths = runs("stts", "II")
    shifts = runs("ctts", "Ii" if ctts and ctts.full()[0] else "II") or [0] * count
    if not len(lengths) == len(shifts) == len(offsets) == count:
        raise Malformed(f"the sample tables of track {track_id(track)} tell of {len(lengths)} durations, {len(shifts)} "
                        f"composition offsets, {len(offsets)} places and {count} sizes")
    return [{"duration": lengths[i], "size": sizes[i], "composition_offset": shifts[i], "sync": i + 1 in sync,
             "offset": offsets[i]} for i in range(count)]


def track_id(track):
    box = track.first("tkhd")
    return box.read("I", 20 if box.full()[0] else 12)[0]


def describe_track(track):
    tkhd, mdhd = track.first("tkhd"), track.first("mdia", "mdhd")
    width, height = struct.unpack_from(">II", tkhd.data, tkhd.end - 8)
    return {
        "id": track_id(track), "handler": track.first("mdia", "hdlr").read("4s", 8)[0].decode("latin-1"),
        "timescale": timescale(mdhd), "tkhd_duration": durations(tkhd, 20), "mdhd_duration": durations(mdhd, 16),
        "width": width / 65536, "height": height / 65536, "sample_entries": sample_entries(track),
        "edits": edits(track), "samples": table_samples(track)}


def fragment_run(run, header, defaults, position):
    """8.8.8: the samples of one trun, the first at `position` of the file."""
    version, flags = run.full()
    count, at = run.read("I", 4)[0], 8 + 4 * bool(flags & 1)
    first_flags = run.read("I", at)[0] if flags & 4 else None
    at += 4 * bool(flags & 4)
    samples = []
    for index in range(count):
        fields = {}
        for bit, name in ((0x100, "duration"), (0x200, "size"), (0x400, "flags"), (0x800, "composition_offset")):
            if flags & bit:
                fields[name] = run.read("i" if bit == 0x800 and version else "I", at)[0]
                at += 4
            else:
                fields[name] = header.get(name, defaults.get(name, 0))
        if index == 0 and first_flags is not None:
            fields["flags"] = first_flags
        samples.append({"duration": fields["duration"], "size": fields["size"],
                        "composition_offset": fields["composition_offset"],
                        "sync": not fields["flags"] & 0x10000, "offset": position})
        position += fields["size"]
    return samples, position


def describe_fragment(moof, defaults):
    """8.8.4 to 8.8.12: one movie fragment."""
    tracks, data_end = [], moof.start
    for index, traf in enumerate(moof.all("traf")):
        tfhd = traf.first("tfhd")
        _, flags = tfhd.full()
        number, at, header = tfhd.read("I", 4)[0], 8, {}
        # Without a base and without default-base-is-moof, a track's data follow those of the track before it.
        base = moof.start if flags & 0x20000 or index == 0 else data_end
        for bit, name, layout in ((1, "base", "Q"), (2, "description", "I"), (8, "duration", "I"), (0x10, "size", "I"),
                                  (0x20, "flags", "I")):
            if flags & bit:
                header[name] = tfhd.read(layout, at)[0]
                at += struct.calcsize(layout)
        base = header.get("base", base)
        samples, position = [], base
        for run in traf.all("trun"):
            if run.full()[1] & 1:
                position = base + run.read("i", 8)[0]
            more, position = fragment_run(run, header, defaults.get(number, {}), position)
            samples += more
        data_end = position
        tfdt = traf.first("tfdt")
        decode_time = tfdt.read("Q" if tfdt.full()[0] else "I", 4)[0] if tfdt else None
        tracks.append({"track_id": number, "tfdt": decode_time, "sample_count": len(samples),
                       "default_base_is_moof": bool(flags & 0x20000), "samples": samples})
    return {"offset": moof.start, "sequence_number": moof.first("mfhd").read("I", 4)[0], "tracks": tracks}


def user_data(owner):
    entries = []
    for child in owner.children if owner else []:
        body = bytes(child.data[child.body:child.end])
        entry = {"type": child.name, "hex": body.hex()}
        try:
            entry["text"] = body.decode("utf-8")
        except UnicodeDecodeError:
            pass
        entries.append(entry)
    return entries


def describe(data):
    top = boxes(data, 0, len(data))
    found = {"size": len(data), "boxes": [{"type": b.name, "offset": b.start, "size": b.end - b.start} for b in top]}
    ftyp = next((b for b in top if b.kind == b"ftyp"), None)
    if ftyp:
        brands = bytes(data[ftyp.body:ftyp.end])
        found["brands"] = [brands[i:i + 4].decode("latin-1") for i in range(0, len(brands), 4) if i != 4]
    moovs, mdats = [b for b in top if b.kind == b"moov"], [(b.body, b.end) for b in top if b.kind == b"mdat"]
    defaults = {}
    found["tracks"] = []
    for moov in moovs[:1]:
        mvhd, mehd = moov.first("mvhd"), moov.first("mvex", "mehd")
        found["movie"] = {
            "timescale": timescale(mvhd), "mvhd_duration": durations(mvhd, 16),
            "mehd_duration": mehd.read("Q" if mehd.full()[0] else "I", 4)[0] if mehd else None}
        found["udta"] = user_data(moov.first("udta"))
        for trex in moov.all("mvex", "trex"):
            number, _, duration, size, flags = trex.read("IIIII", 4)
            defaults[number] = {"duration": duration, "size": size, "flags": flags}
        found["tracks"] = [describe_track(track) for track in moov.all("trak")]
    found["moov_count"] = len(moovs)
    found["fragments"] = [describe_fragment(b, defaults) for b in top if b.kind == b"moof"]
    for owner in found["tracks"] + [track for fragment in found["fragments"] for track in fragment["tracks"]]:
        columns(owner, mdats)
    return found


def columns(owner, mdats):
    """Lists of values are easier to compare than a list of samples."""
    samples = owner.pop("samples")
    for column, name in (("durations", "duration"), ("sizes", "size"), ("composition_offsets", "composition_offset"),
                         ("sync", "sync"), ("offsets", "offset")):
        owner[column] = [sample[name] for sample in samples]
    owner["sample_count"] = len(samples)
    owner["data_in_mdat"] = all(
        any(start <= s["offset"] and s["offset"] + s["size"] <= end for start, end in mdats) for s in samples)


def check(found):
    """One gapless timeline per track, and no byte used twice.

    What is presented next is expected where a sample's own duration ends, as in any track of a constant rate."""
    faults = [] if found["moov_count"] == 1 else [f"{found['moov_count']} moov boxes"]
    # Fragments of one track may stand between those of another, numbered by their place: numbers grow within a track.
    tracks, used = [], []
    for track in found["tracks"]:
        own = [(fragment["sequence_number"], part) for fragment in found["fragments"] for part in fragment["tracks"]
               if part["track_id"] == track["id"]]
        pieces = ([(None, {**track, "tfdt": 0})] if track["sample_count"] else []) + own
        own_faults, times, clock, last_number, last_time = [], [], None, None, None
        for number, piece in pieces:
            place = "the sample table" if number is None else f"fragment {number}"
            if piece["tfdt"] is None:
                own_faults.append(f"{place} has no tfdt")
            elif clock is not None and piece["tfdt"] != clock:
                own_faults.append(f"{place} starts at {piece['tfdt']}, the one before it ends at {clock}")
            if number is not None and last_number is not None and number <= last_number:
                own_faults.append(f"{place} follows fragment {last_number}")
            if not piece["data_in_mdat"]:
                own_faults.append(f"{place} has samples outside mdat")
            last_number = number
            clock = piece["tfdt"] if piece["tfdt"] is not None else clock or 0
            for duration, offset in zip(piece["durations"], piece["composition_offsets"]):
                times.append((clock + offset, duration))
                last_time, clock = clock, clock + duration
                if duration == 0:
                    own_faults.append(f"{place} has a sample of no duration at {last_time}")
            used += zip(piece["offsets"], piece["sizes"])
        shift, entries = 0, list(track["edits"])
        while entries and entries[0]["media_time"] == -1:
            shift += entries.pop(0)["segment_duration"] * track["timescale"] / found["movie"]["timescale"]
        if len(entries) > 1 or any(entry["rate"] != 1 for entry in entries):
            own_faults.append("the edit list has more than one part, or changes speed")
        shift -= entries[0]["media_time"] if entries else 0
        shift = int(shift) if shift == int(shift) else shift
        times = sorted((time + shift, duration) for time, duration in times)
        for (time, duration), (following, _) in zip(times, times[1:]):
            if time + duration != following:
                own_faults.append(f"what is presented at {time} lasts {duration}, the next is presented at {following}")
        tracks.append({
            "id": track["id"], "handler": track["handler"], "timescale": track["timescale"], "decode_end": clock,
            "start": times[0][0] if times else None, "end": sum(times[-1]) if times else None,
            "presentation_times": [time for time, _ in times], "faults": own_faults})
    used.sort()
    for (start, size), (following, _) in zip(used, used[1:]):
        if start + size > following:
            faults.append(f"bytes at {following} belong to two samples")
    return {"tracks": tracks, "faults": faults + [f"track {t['id']}: {fault}" for t in tracks for fault in t["faults"]]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("files", nargs="+", metavar="FILE")
    options = parser.parse_args()
    results = []
    for paths in [[path] for path in options.files] if options.each else [options.files]:
        try:
            data = b"".join(open(os.fspath(path), "rb").read() for path in paths)
            found = describe(memoryview(data))
        except (OSError, Malformed) as error:
            sys.exit(f"error: {error}")
        results.append(check(found) if options.check else found)
    json.dump(results if options.each else results[0], sys.stdout, indent=None, sort_keys=True)
    print()
    sys.exit(1 if options.check and any(found["faults"] for found in results) else 0)


if __name__ == "__main__":
    main()
