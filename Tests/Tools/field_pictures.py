#!/usr/bin/env python3
"""Writes H.264 in which each field is a picture of its own (PAFF), which no encoder at hand makes, as a byte stream.

    field_pictures.py FRAMES IDR_EVERY OUTPUT.h264

160x96, 25 frames a second, top field first. All macroblocks are I_PCM, so the decoder shows exactly the samples that are
written: in every macroblock a shade of its own, by the number of frame and field. The first field of every IDR_EVERY-th frame is an IDR picture; its second
field is not, as the standard has it (ISO/IEC 14496-10, 7.4.1.2.4). Clauses of syntax: 7.3.2.1, 7.3.2.2, 7.3.3, 7.3.5.
"""

import random
import sys

WIDTH, FIELD_ROWS = 10, 3  # in macroblocks


class Bits:
    def __init__(self):
        self.text = ""

    def u(self, value, count):
        self.text += format(value, f"0{count}b")

    def ue(self, *values):
        for value in values:
            code = format(value + 1, "b")
            self.text += "0" * (len(code) - 1) + code

    def align(self):
        self.text += "0" * (-len(self.text) % 8)

    def bytes(self):
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


def nal(header, payload):
    """With its start code, and what keeps start codes out of it."""
    out, zeros = bytearray([header]), 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return b"\0\0\0\1" + bytes(out)


def parameter_sets():
    sps = Bits()
    sps.u(77, 8)  # Main
    sps.u(0, 8)
    sps.u(30, 8)
    sps.ue(0, 4, 2, 1)  # id, frame numbers of 8 bits, output in order of decoding, one reference frame
    sps.u(0, 1)
    sps.ue(WIDTH - 1, FIELD_ROWS - 1)
    sps.u(0, 1)  # not only frames
    sps.u(0, 1)  # no fields within frames
    sps.u(1, 1)  # direct_8x8_inference
    sps.u(0, 1)  # no cropping
    sps.u(1, 1)  # VUI: only timing
    sps.u(0, 4)
    sps.u(1, 1)
    sps.u(1, 32)
    sps.u(50, 32)
    sps.u(1, 1)
    sps.u(0, 4)
    pps = Bits()
    pps.ue(0, 0)
    pps.u(0, 2)  # CAVLC
    pps.ue(0, 0, 0)
    pps.u(0, 3)
    pps.ue(0, 0, 0)
    pps.u(0, 3)
    return nal(0x67, sps.bytes()) + nal(0x68, pps.bytes())


def field(frame, is_bottom, idr_every):
    place = frame % idr_every
    is_idr = place == 0 and not is_bottom
    slice_ = Bits()
    slice_.ue(0, 7, 0)  # first macroblock, I, picture parameter set
    slice_.u(place, 8)
    slice_.u(1, 1)
    slice_.u(int(is_bottom), 1)
    if is_idr:
        slice_.ue(frame // idr_every % 2)
        slice_.u(0, 2)
    else:
        slice_.u(0, 1)
    slice_.ue(0)  # the quantiser's offset
    noise = random.Random(frame * 2 + is_bottom)
    for _ in range(WIDTH * FIELD_ROWS):
        slice_.ue(25)  # I_PCM
        slice_.align()
        for samples in (256, 64, 64):
            slice_.text += format(noise.randrange(32, 220), "08b") * samples
    return nal(0x65 if is_idr else 0x61, slice_.bytes())


def main():
    frames, idr_every, output = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    with open(output, "wb") as file:
        for frame in range(frames):
            if frame % idr_every == 0:
                file.write(parameter_sets())
            for is_bottom in (False, True):
                file.write(field(frame, is_bottom, idr_every))


if __name__ == "__main__":
    main()
