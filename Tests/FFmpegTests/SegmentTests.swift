import Diagnostics
import FFmpeg
import Foundation
import TestSupport
import Testing

/// Pieces of files, read as one: how a clip is decoded from its init segment and its media object.
@Suite struct SegmentTests {
    /// A fragmented file, and where its top-level boxes begin.
    private func fragmented() throws -> (path: String, boxes: [MovieBoxes.Box]) {
        let path = try TestMedia.stamped(
            size: (160, 90), frames: 60, idr: [20, 40], container: "fmp4", sound: "none")
        return (path, try MovieBoxes.read(path).boxes)
    }

    private func stamps(_ segments: [FileSegment]) throws -> [Int?] {
        var reader = try FrameReader.open(Demuxer.open(segments, named: "pieces"))
        var result: [Int?] = []
        while let frame = try reader.next() { result.append(stamp(of: frame)) }
        return result
    }

    @Test func allPiecesAreTheWholeFile() throws {
        let (path, boxes) = try fragmented()
        let pieces = boxes.map { FileSegment(path: path, offset: Int64($0.offset), count: Int64($0.size)) }
        #expect(try stamps(pieces) == Array(0..<60))
        // Pieces need not be boxes: one byte here, the rest there.
        let cuts = [0, 1, 37, boxes[2].offset - 5, boxes[2].offset + 3, boxes[3].offset + 100]
        let odd = zip(cuts, cuts.dropFirst() + [-1]).map { start, end in
            FileSegment(path: path, offset: Int64(start), count: end < 0 ? nil : Int64(end - start))
        }
        #expect(try stamps(odd) == Array(0..<60))
    }

    @Test func anInitSegmentAndSomeFragmentsDecode() throws {
        let (path, boxes) = try fragmented()
        let first = try #require(boxes.first { $0.type == "moof" })
        let folder = try TemporaryFolder()
        let head = folder.file("init.mp4")
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        try Data(bytes[..<first.offset]).write(to: URL(fileURLWithPath: head))
        let moofs = boxes.filter { $0.type == "moof" }.map { Int64($0.offset) }
        #expect(moofs.count == 3)
        let clip = [
            FileSegment(path: head), FileSegment(path: path, offset: moofs[1], count: moofs[2] - moofs[1]),
        ]
        #expect(try stamps(clip) == Array(20..<40))
        #expect(try stamps([FileSegment(path: head), FileSegment(path: path, offset: moofs[1])]) == Array(20..<60))
    }

    @Test func missingPiecesAreNamed() throws {
        let (path, _) = try fragmented()
        let folder = try TemporaryFolder()
        let missing = folder.file("missing.m4s")
        let error = try ffmpegError {
            _ = try Demuxer.open([FileSegment(path: path), FileSegment(path: missing)], named: "clip")
        }
        #expect(error.path == missing)
        #expect(error.status == .notFound)
        let empty = try ffmpegError { _ = try Demuxer.open(files: [], named: "nothing") }
        #expect(empty.path == "nothing")
    }

    /// A media object that was cut short must not look like a shorter clip.
    @Test func aPieceThatEndsEarlyIsAnError() throws {
        let (path, boxes) = try fragmented()
        let last = try #require(boxes.last { $0.type == "mdat" })
        let end = last.offset + last.size
        let folder = try TemporaryFolder()
        let short = folder.file("short.mp4")
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        for missing in [1, 200, last.size - 8] {
            try Data(bytes[..<(end - missing)]).write(to: URL(fileURLWithPath: short))
            let error = try ffmpegError { _ = try stamps([FileSegment(path: short, offset: 0, count: Int64(end))]) }
            #expect(error.path == short)
            #expect(error.operation == "read \(end) bytes at 0 of a file of \(end - missing)")
            #expect(error.status == .badInput)
        }
    }
}
