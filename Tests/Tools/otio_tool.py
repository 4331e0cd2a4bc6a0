"""Reads and writes timelines with OpenTimelineIO itself.

    otio_tool.py read FILE            the markers on the timeline: rate, and for each "start length name", a line each
    otio_tool.py write FILE RATE      a timeline of two markers, "A | 48" at 24 and "B" at 100 for 25 frames
    otio_tool.py clips FILE RATE      a track of a gap of 10 frames, a clip "A | 48" of 48 and a clip "B" of 25
"""

import sys

import opentimelineio as otio


def read(path):
    timeline = otio.adapters.read_from_file(path)
    markers = timeline.tracks.markers
    start = timeline.global_start_time
    print("start", "none" if start is None else f"{start.to_frames()} {otio.opentime.to_timecode(start)}")
    print("length", timeline.duration().to_frames())
    for marker in markers:
        place = marker.marked_range
        # to_frames() truncates; what is no whole frame must not pass.
        assert place.start_time.value == place.start_time.to_frames()
        assert place.duration.value == place.duration.to_frames()
        print(place.start_time.to_frames(), place.duration.to_frames(), f"{place.start_time.rate:.6f}", marker.name)


def span(start, length, rate):
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(length, rate))


def write(path, rate):
    timeline = otio.schema.Timeline("t")
    timeline.tracks.append(otio.schema.Track("V1", kind=otio.schema.TrackKind.Video))
    timeline.tracks[0].append(otio.schema.Gap(source_range=span(0, 1000, rate)))
    for name, start, length in [("A | 48", 24, 48), ("B", 100, 25)]:
        timeline.tracks.markers.append(otio.schema.Marker(name, marked_range=span(start, length, rate)))
    otio.adapters.write_to_file(timeline, path)


def clips(path, rate):
    timeline = otio.schema.Timeline("t")
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    timeline.tracks.append(otio.schema.Track("A1", kind=otio.schema.TrackKind.Audio))
    timeline.tracks.append(track)
    track.append(otio.schema.Gap(source_range=span(0, 10, rate)))
    media = otio.schema.ExternalReference("file:///m.mov", available_range=span(0, 48, rate))
    track.append(otio.schema.Clip("A | 48", media_reference=media))
    track.append(otio.schema.Transition(in_offset=otio.opentime.RationalTime(2, rate),
                                        out_offset=otio.opentime.RationalTime(2, rate)))
    track.append(otio.schema.Clip("B", source_range=span(7, 25, rate)))
    otio.adapters.write_to_file(timeline, path)


if __name__ == "__main__":
    if sys.argv[1] == "read":
        read(sys.argv[2])
    else:
        numerator, _, denominator = sys.argv[3].partition("/")
        {"write": write, "clips": clips}[sys.argv[1]](sys.argv[2], int(numerator) / int(denominator))
