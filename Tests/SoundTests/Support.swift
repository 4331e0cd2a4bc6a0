import Diagnostics
import Editions
import Foundation
import ISOBMFF
import MediaTime
import Sound
import TestSupport
import Testing

/// A library of its own with beds, in a folder that goes with it.
struct Studio {
    let folder: TemporaryFolder
    let library: Library

    init() throws {
        folder = try TemporaryFolder()
        library = try Library.create(folder.file("lib"))
    }

    func bed(_ path: String, samples: Range<Int64>? = nil, channels: Int = 2) throws -> Bed {
        try BedMaker(SoundSettings(channels: channels)).make(
            BedSource(name: "main", path: path, samples: samples), into: library, progress: { _ in })
    }

    /// All media objects, by their place in the library.
    func objects() throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: library.root + "/media").filter { $0.contains(".") })
    }

    /// A bed's own stream as a file.
    func file(of bed: Bed) throws -> String {
        try joined(library.files(initSegment: bed.initSegment, media: bed.sound.object).map(bytes), as: "bed")
    }

    /// A reel's sound as a file: each piece at its place.
    func file(of pieces: [TrackPiece], _ bed: Bed) throws -> String {
        try joined([bytes(library.path(of: bed.initSegment, "mp4"))] + pieces.map(fragment), as: "reel")
    }

    /// A reel's sound as it is streamed: a file for each piece.
    func segments(of pieces: [TrackPiece]) throws -> [String] {
        try pieces.map { try joined([fragment($0)], as: "segment") }
    }

    private func fragment(_ piece: TrackPiece) throws -> [UInt8] {
        let object = try bytes(library.path(of: piece.object, "m4s"))
        let part = piece.part
        var fragment = Array(object[Int(part.offset)..<Int(part.offset + part.size)])
        try FragmentPatch.apply(
            sequenceNumber: UInt32(1 + piece.position), decodeTime: UInt64(piece.position * 1_024),
            sequenceNumberOffset: Int(part.sequenceNumberOffset), decodeTimeOffset: Int(part.decodeTimeOffset),
            to: &fragment)
        return fragment
    }

    private func joined(_ pieces: [[UInt8]], as name: String) throws -> String {
        let path = folder.file("\(name)-\(UUID().uuidString).mp4")
        try Data(pieces.joined()).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
}

extension Bed {
    /// A bed of which nothing exists, with parts of so many AAC frames.
    static func madeUp(parts: [Int64], loop: BedLoop? = nil) -> Bed {
        let object = ObjectID.of([])
        let sound = FragmentedObject(
            object: object,
            parts: parts.map { Part(offset: 0, size: 1, frames: $0, sequenceNumberOffset: 8, decodeTimeOffset: 8) })
        return Bed(
            name: "main", codec: "mp4a.40.2", initSegment: object, sound: sound, framesPerPart: 96, lossless: object,
            sampleRate: 48_000, channels: 2, samples: sound.frames * 1_024, bitsPerSecond: 128_000, loop: loop)
    }
}

/// A sound of 20 seconds in which every film frame tells its number.
func stampedSound(frames: Int = 480) throws -> String {
    try TestMedia.stamped(frames: frames, container: "wav", sound: "pcm_s16le")
}

extension [Float] {
    /// The largest absolute value in a range of samples.
    func peak(_ range: Range<Int>) -> Float { self[range].reduce(0) { Swift.max($0, abs($1)) } }

    /// The largest step from one sample to the next in a range.
    func largestStep(_ range: Range<Int>) -> Float {
        withUnsafeBufferPointer { samples in
            var (largest, index) = (Float(0), range.lowerBound + 1)
            while index < range.upperBound {
                largest = Swift.max(largest, abs(samples[index] - samples[index - 1]))
                index += 1
            }
            return largest
        }
    }
}

/// Signal to error in dB, of `found` against `wanted` from sample `start` on.
func signalToError(_ found: ArraySlice<Float>, _ wanted: [Float]) -> Double {
    var (signal, error) = (0.0, 1e-20)
    for (index, sample) in zip(found.indices, found) {
        let ideal = Double(wanted[index - found.startIndex])
        signal += ideal * ideal
        error += (Double(sample) - ideal) * (Double(sample) - ideal)
    }
    return 10 * log10(signal / error)
}
