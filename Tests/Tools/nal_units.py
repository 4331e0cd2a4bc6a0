#!/usr/bin/env python3
"""Reads the NAL units of an MP4 file's H.264 or HEVC track and prints as JSON which parameter sets hold them together.

    nal_units.py FILE [STREAM]

STREAM is written as a byte stream (H.264 and H.265, annex B): the configuration's sets once, then all samples. Keys: `sample_entries` (types of stsd), `configuration` (avcC or hvcC), `complete` (whether the configuration says that it
holds all parameter sets; avcC cannot say less), `held` (the sets in it, such as "SPS 0"), `used` (the sets that the slices
name, by themselves or by way of others), `types` (the types of the samples' NAL units), `samples`. The lists are sorted;
`held` names a set as often as it is there. Exit status 1 for a sample that is not whole NAL units, or a configuration that
is none.

It shares nothing with the engine, so that the two can disagree. Clauses are those of ISO/IEC 14496-15, and of ITU-T H.264
and H.265 where they say so.
"""

import json
import os
import struct
import sys

from fmp4_timeline import Malformed, boxes, describe, sample_entries

KINDS = {"avcC": {7: "SPS", 8: "PPS"}, "hvcC": {32: "VPS", 33: "SPS", 34: "PPS"}}


class Bits:
    """The beginning of a NAL unit's payload, without emulation prevention (H.264, 7.3.1)."""

    def __init__(self, payload):
        clean = bytes(payload[:256]).replace(b"\0\0\3", b"\0\0")
        self.text, self.at = "".join(f"{byte:08b}" for byte in clean), 0

    def fixed(self, count):
        self.at += count
        if self.at > len(self.text):
            raise Malformed("a NAL unit ends too early")
        return int(self.text[self.at - count:self.at] or "0", 2)

    def golomb(self):
        """H.264, 9.1: ue(v)."""
        zeros = 0
        while not self.fixed(1):
            zeros += 1
        return (1 << zeros) - 1 + self.fixed(zeros)


def kind(unit, configuration):
    return unit[0] & 31 if configuration == "avcC" else unit[0] >> 1 & 63


def parameter_set(unit, configuration):
    """Its name, and the name of the set that it refers to (H.264, 7.3.2; H.265, 7.3.2)."""
    name = KINDS[configuration].get(kind(unit, configuration))
    bits = Bits(unit[1 if configuration == "avcC" else 2:])
    if name == "PPS":
        return f"PPS {bits.golomb()}", f"SPS {bits.golomb()}"
    if name == "VPS":
        return f"VPS {bits.fixed(4)}", None
    if name == "SPS" and configuration == "avcC":
        bits.fixed(24)
        return f"SPS {bits.golomb()}", None
    if name == "SPS":
        above, layers = f"VPS {bits.fixed(4)}", bits.fixed(3)
        # profile_tier_level: 88 bits of profile and 8 of level, for all and for each sublayer that has its own.
        bits.fixed(1 + 96)
        own = [bits.fixed(1) * 88 + bits.fixed(1) * 8 for _ in range(layers)]
        bits.fixed(2 * (8 - layers) if layers else 0)
        bits.fixed(sum(own))
        return f"SPS {bits.golomb()}", above
    return None, None


def slice_set(unit, configuration):
    """The PPS that a slice names (H.264, 7.3.3; H.265, 7.3.6.1); None for other NAL units."""
    type_ = kind(unit, configuration)
    if configuration == "avcC":
        if type_ not in (1, 2, 5):
            return None
        bits = Bits(unit[1:])
        bits.golomb(), bits.golomb()
    else:
        if type_ > 31:
            return None
        bits = Bits(unit[2:])
        bits.fixed(2 if 16 <= type_ <= 23 else 1)
    return f"PPS {bits.golomb()}"


def held_units(record, configuration):
    """The units of avcC (5.3.3) or hvcC (8.3.3), the bytes of a length before each NAL unit, and whether all are there."""
    units, complete = [], True

    def take(at, count):
        for _ in range(count):
            size = struct.unpack_from(">H", record, at)[0]
            units.append(record[at + 2:at + 2 + size])
            at += 2 + size
        return at

    if configuration == "avcC":
        at = take(6, record[5] & 31)
        take(at + 1, record[at])
        return units, (record[4] & 3) + 1, complete
    at = 23
    for _ in range(record[22]):
        complete = complete and bool(record[at] & 0x80)
        at = take(at + 3, struct.unpack_from(">H", record, at + 1)[0])
    return units, (record[21] & 3) + 1, complete


def sample_units(sample, length_size):
    at = 0
    while at < len(sample):
        size = int.from_bytes(sample[at:at + length_size], "big")
        at += length_size
        if size == 0 or at + size > len(sample):
            raise Malformed(f"a NAL unit of {size} bytes in a sample of {len(sample)}")
        yield sample[at:at + size]
        at += size


def video_track(data):
    for moov in (box for box in boxes(data, 0, len(data)) if box.kind == b"moov"):
        for track in moov.all("trak"):
            if track.first("mdia", "hdlr").read("4s", 8)[0] == b"vide":
                return track
    raise Malformed("there is no video track")


def read(data, stream):
    """What `main` prints; each NAL unit goes to `stream`, a function."""
    track = video_track(data)
    stsd = track.first("mdia", "minf", "stbl", "stsd")
    entry = boxes(data, stsd.body + 8, stsd.end)[0]
    # 78 bytes of a visual sample entry's own fields stand before its boxes (ISO/IEC 14496-12, 12.1.3).
    found = [box for box in boxes(data, entry.body + 78, entry.end) if box.name in KINDS]
    if len(found) != 1:
        raise Malformed(f"{entry.name} has {len(found)} configurations")
    configuration = found[0].name
    units, length_size, complete = held_units(bytes(data[found[0].body:found[0].end]), configuration)
    named = [parameter_set(unit, configuration) for unit in units]
    sets = dict(named)
    for unit in units:
        stream(unit)
    everything = describe(data)
    number = next(one["id"] for one in everything["tracks"] if one["handler"] == "vide")
    parts = [part for fragment in everything["fragments"] for part in fragment["tracks"] if part["track_id"] == number]
    types, used, samples = set(), set(), 0
    for offset, size in ((o, s) for part in parts for o, s in zip(part["offsets"], part["sizes"])):
        samples += 1
        for unit in sample_units(data[offset:offset + size], length_size):
            stream(unit)
            types.add(kind(unit, configuration))
            name = slice_set(unit, configuration)
            while name and name not in used:
                used.add(name)
                name = sets.get(name)
    return {"sample_entries": sample_entries(track), "configuration": configuration, "complete": complete,
            "held": sorted(name for name, _ in named if name), "used": sorted(used), "types": sorted(types),
            "samples": samples}


def main():
    try:
        with open(sys.argv[1], "rb") as file, open(sys.argv[2] if len(sys.argv) > 2 else os.devnull, "wb") as output:
            found = read(memoryview(file.read()), lambda unit: output.write(b"\0\0\0\1" + bytes(unit)))
    except (OSError, Malformed, struct.error) as error:
        sys.exit(f"error: {error}")
    json.dump(found, sys.stdout, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
