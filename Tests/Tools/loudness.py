#!/usr/bin/env python3
"""Measures the loudness of sound by EBU R128 and prints it as JSON.

    loudness.py FILE... [--channels N] [--start SAMPLE] [--end SAMPLE]

ffmpeg decodes the first sound track of each file to 48 kHz, and libebur128 measures it; neither loudness nor peak is
ffmpeg's. Sample 0 is the first that ffmpeg presents, wherever the track starts; --end is not in. Cut in the middle of
loud sound, the edge itself can have the highest peak. --channels mixes by ffmpeg's matrix, which does not lower the whole
to keep it from clipping; by default the track's own channels are measured.

A list with an object for each FILE. Keys: `file`, `loudness` (LUFS, integrated, of whole blocks of 0.4 s; null when all
is silent or shorter), `truePeak` (dBTP, the highest of all channels; null when all is zero), `samples` (of each
channel), `channels`. Without a FILE the list is empty, if the library is there. The exit status is 1 when a file cannot be
measured, 2 without the library.

Needs ffmpeg and libebur128, which scripts/test installs.
"""

import argparse
import ctypes
import json
import math
import subprocess
import sys

RATE = 48000
MEASURE = 1 << 0 | 1 << 2 | 1 << 4 | 1 << 5  # EBUR128_MODE_I | EBUR128_MODE_TRUE_PEAK
# ffmpeg's layouts and their channels in its order, as libebur128 calls them (enum channel).
UNUSED, LEFT, RIGHT, CENTER, LEFT_SURROUND, RIGHT_SURROUND = range(6)
LAYOUTS = {
    1: ("mono", [LEFT]),
    2: ("stereo", [LEFT, RIGHT]),
    6: ("5.1", [LEFT, RIGHT, CENTER, UNUSED, LEFT_SURROUND, RIGHT_SURROUND]),  # FL FR FC LFE BL BR
}


class Fault(Exception):
    pass


def library():
    try:
        ebur128 = ctypes.CDLL("libebur128.so.1")
    except OSError:
        print("error: libebur128.so.1 is missing; scripts/test installs it", file=sys.stderr)
        sys.exit(2)
    ebur128.ebur128_init.restype = ctypes.c_void_p
    ebur128.ebur128_init.argtypes = [ctypes.c_uint, ctypes.c_ulong, ctypes.c_int]
    ebur128.ebur128_set_channel.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]
    ebur128.ebur128_add_frames_float.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    ebur128.ebur128_loudness_global.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_double)]
    ebur128.ebur128_true_peak.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.POINTER(ctypes.c_double)]
    ebur128.ebur128_destroy.argtypes = [ctypes.POINTER(ctypes.c_void_p)]
    return ebur128


class Meter:
    """A measurement by libebur128."""

    def __init__(self, ebur128, channels):
        self.ebur128, self.channels, self.samples = ebur128, channels, 0
        self.state = ctypes.c_void_p(ebur128.ebur128_init(channels, RATE, MEASURE))
        if not self.state:
            raise Fault("libebur128 does not start")
        for index, kind in enumerate(LAYOUTS[channels][1]):
            self.check(ebur128.ebur128_set_channel(self.state, index, kind))

    def check(self, status):
        if status:
            raise Fault(f"libebur128 failed with {status}")

    def add(self, data):
        """Takes whole samples of all channels, interleaved, as 32-bit floats."""
        count = len(data) // (4 * self.channels)
        self.check(self.ebur128.ebur128_add_frames_float(self.state, data, count))
        self.samples += count

    def loudness(self):
        value = ctypes.c_double()
        self.check(self.ebur128.ebur128_loudness_global(self.state, value))
        return value.value if math.isfinite(value.value) else None

    def true_peak(self):
        value, peak = ctypes.c_double(), 0.0
        for channel in range(self.channels):
            self.check(self.ebur128.ebur128_true_peak(self.state, channel, value))
            peak = max(peak, value.value)
        return 20 * math.log10(peak) if peak else None

    def close(self):
        self.ebur128.ebur128_destroy(self.state)


def channel_count(path):
    command = ["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "stream=channels", "-of", "json"]
    probed = subprocess.run([*command, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    streams = json.loads(probed.stdout or "{}").get("streams")
    if probed.returncode or not streams:
        raise Fault(f"{path}: ffprobe finds no sound")
    return streams[0]["channels"]


def measure(ebur128, path, channels, start, end):
    channels = channels or channel_count(path)
    if channels not in LAYOUTS:
        raise Fault(f"{path}: {channels} channels, and only 1, 2 and 6 are known here; mix them with --channels")
    # In this order, so that samples are counted at 48 kHz.
    filters = f"aresample={RATE},aformat=sample_fmts=flt:channel_layouts={LAYOUTS[channels][0]}"
    filters += f",atrim=start_sample={start}"
    filters += f":end_sample={end}" if end is not None else ""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-map", "0:a:0", "-af", filters, "-f", "f32le", "-"]
    meter = Meter(ebur128, channels)
    try:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as ffmpeg:
            while piece := ffmpeg.stdout.read(4 * channels * RATE):
                meter.add(piece)
        if ffmpeg.returncode:
            raise Fault(f"{path}: ffmpeg ended with {ffmpeg.returncode}")
        return {"file": path, "loudness": meter.loudness(), "truePeak": meter.true_peak(), "samples": meter.samples,
                "channels": channels}
    finally:
        meter.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--channels", type=int, choices=sorted(LAYOUTS), help="default: as the track has")
    parser.add_argument("--start", type=int, default=0, metavar="SAMPLE", help="at 48 kHz; default 0")
    parser.add_argument("--end", type=int, metavar="SAMPLE", help="default: all")
    options = parser.parse_args()
    ebur128 = library()
    try:
        found = [measure(ebur128, path, options.channels, options.start, options.end) for path in options.files]
    except (Fault, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    json.dump(found, sys.stdout, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
