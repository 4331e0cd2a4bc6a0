import Editions
import Editorial
import Foundation
import MediaTime
import TestSupport
import Testing

@testable import Conditioning

/// What conditioning made, with the library that holds it.
struct Made {
    let folder: TemporaryFolder
    let library: Library
    let picture: ConditionedPicture

    /// A clip as a file: the init segment and the media object after each other.
    func file(_ clip: Int) throws -> String {
        let path = folder.file("clip\(clip).mp4")
        let pieces = [
            library.path(of: picture.renditions[0].initSegment, "mp4"),
            library.path(of: picture.entries[clip].media[0].object, "m4s"),
        ]
        try pieces.reduce(Data()) { try $0 + Data(contentsOf: URL(fileURLWithPath: $1)) }
            .write(to: URL(fileURLWithPath: path))
        return path
    }

    func hashes(_ clip: Int) -> [String] { picture.entries[clip].frameHashes[0].map(\.description) }
}

func index(_ ranges: [(Int64, Int64)], rate: FrameRate = .film) throws -> ClipIndex {
    try ClipIndex(
        frameRate: .constant(rate),
        clips: ranges.enumerated().map { number, range in
            ClipLabel(title: "t\(number)", type: "x", range: try #require(FrameRange(range.0, range.1)))
        })
}

/// The frames of a file under an index of constant rate.
func footage(_ path: String, _ ranges: [(Int64, Int64)], rate: FrameRate = .film) throws -> Footage {
    try Footage(Source.read(path), index(ranges, rate: rate), path: "clips.json")
}

func condition(
    _ path: String, _ mode: ConditionMode, _ ranges: [(Int64, Int64)], rate: FrameRate = .film,
    quality: Int = 15
) throws -> Made {
    let folder = try TemporaryFolder()
    let library = try Library.create(folder.file("lib"))
    let picture = try Conditioner(mode: mode, quality: quality).condition(
        footage(path, ranges, rate: rate), into: library, progress: { _ in })
    return Made(folder: folder, library: library, picture: picture)
}

/// One gapless timeline, one sample entry, and clips whose first frame is presented at 0.
func checkBoxes(_ made: Made, rate: FrameRate, entry: String = "avc1") throws {
    let (timescale, step) = rate.mediaTiming
    for (clip, clipEntry) in made.picture.entries.enumerated() {
        let file = try made.file(clip)
        let timeline = try Timeline.check(file)
        #expect(timeline.faults == [])
        let track = try #require(timeline.tracks.first)
        #expect(track.timescale == Int64(timescale))
        #expect(track.presentationTimes == (0..<clipEntry.range.count).map { Double($0 * step) })
        let boxes = try MovieBoxes.read(file)
        #expect(boxes.tracks.map(\.sampleEntries) == [[entry]])
        let edits = boxes.tracks[0].edits
        #expect(edits.map(\.segmentDuration) == [0])
        #expect(edits.map(\.mediaTime) == [made.picture.renditions[0].shift])
        #expect(edits.map(\.rate) == [1])
        // Parts are whole fragments, each from a sync sample, at the times that their place tells.
        let fragments = boxes.fragments.map { $0.tracks[0] }
        let parts = clipEntry.media[0].parts
        #expect(fragments.map { Int64($0.sampleCount) } == parts.map(\.frames))
        #expect(fragments.map { $0.sync[0] } == parts.map { _ in true })
        var start: Int64 = 0
        for (fragment, part) in zip(boxes.fragments, parts) {
            #expect(fragment.tracks[0].tfdt == start * step)
            #expect(Int64(fragment.sequenceNumber) == 1 + start)
            start += part.frames
        }
        #expect(start == clipEntry.range.count)
    }
}

/// The mean PSNR of luma in dB, by ffmpeg's filter, each frame beside the source's of its number.
func luminance(_ file: String, against source: String, _ range: (Int64, Int64)) throws -> Double {
    // One time base for both, in which frames are numbers: rounded times would pair the wrong frames.
    let count = "settb=1/24,setpts=N"
    let graph = "[1:v]trim=start_frame=\(range.0):end_frame=\(range.1),\(count)[a];[0:v]\(count)[b];[b][a]psnr"
    let result = try Tools.check(
        "ffmpeg", ["-nostdin", "-i", file, "-i", source, "-filter_complex", graph, "-f", "null", "-"])
    let line = try #require(result.errors.split(separator: "\n").last { $0.contains("PSNR y:") })
    let word = try #require(line.split(separator: " ").first { $0.hasPrefix("y:") })
    return word == "y:inf" ? .infinity : try #require(Double(word.dropFirst(2)))
}
