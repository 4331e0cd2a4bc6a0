private import Crypto
internal import Editions
internal import FFmpeg
private import Foundation
internal import MediaTime

/// Names clips by all that determines their bytes: the source's packets that they are decoded from, and how they are made.
/// Equal names mean equal clips, whatever the source's file is called and wherever in it they stand.
struct RecipeBook {
    /// The version of the names; raised when sizzle makes other bytes by the same recipe.
    private static let version = 1

    private let work: ConditioningWork
    private let initSegments: [ObjectID]
    /// The hash of the packets from `entry` on, before every packet whose distance from it is a multiple of `stride`.
    private var states: [SHA256] = []
    private var entry = -1
    private static let stride = 256

    init(_ work: ConditioningWork, _ initSegments: [ObjectID]) {
        self.work = work
        self.initSegments = initSegments
    }

    private struct Recipe: Encodable {
        var version = RecipeBook.version
        var content: String
        var initSegment: String
        var pieces: [String]
        var times: [Int64]
        var shift: Int64
        var framesPerPart: Int64
        var settings: [String: String]
        var deinterlacing: [String: String]
        var ffmpeg: String
    }

    /// The names of a clip in each rendition.
    mutating func recipes(_ clip: FrameRange, _ cuts: [Cut]) -> [String] {
        let content = self.content(clip)
        let times =
            work.footage.ticksPerFrame.map { [$0] } ?? (work.footage.durations(of: clip) ?? []).map(Int64.init)
        return zip(work.targets, zip(initSegments, cuts)).map { target, made in
            let pieces = made.1.pieces.map { piece in
                "\(piece.isCopy ? "copy" : "encode") \(piece.frames.start - clip.start) \(piece.frames.end - clip.start)"
            }
            return Library.canonicalText(
                Recipe(
                    content: content, initSegment: made.0.description, pieces: pieces, times: times,
                    shift: target.shift,
                    framesPerPart: target.framesPerPart, settings: made.1.framesEncoded > 0 ? target.settings : [:],
                    deinterlacing: work.deinterlaces ? Deinterlacer.options(work.footage.source.index) : [:],
                    ffmpeg: made.1.framesEncoded > 0 ? FFmpegVersion.name : ""))
        }
    }

    /// The SHA-256 of the packets that the clip's frames are decoded from, with their places and the codec's header.
    private mutating func content(_ clip: FrameRange) -> String {
        let index = work.footage.source.index
        // A deinterlaced frame is made of its neighbours too.
        let margin: Int64 = work.deinterlaces ? 1 : 0
        let first = max(0, work.footage.sourceFrame(clip.start) - margin)
        let last = min(index.count - 1, work.footage.sourceFrame(clip.end - 1) + margin)
        let entry = index.entry(for: first)
        let end = index.packetOfFrame[Int(first)...Int(last)].reduce(entry) { max($0, $1 + 1) }
        var hash = digest(from: entry, to: end)
        for number in clip.start..<clip.end {
            let frame = work.footage.sourceFrame(number)
            update(&hash, Int64(index.packetOfFrame[Int(frame)] - entry))
        }
        hash.update(data: index.stream.codecHeader)
        hash.update(data: Array("\(index.stream.codec) \(index.firstFrame.picture)".utf8))
        let digest = hash.finalize().withUnsafeBytes { ObjectID(bytes: $0) }
        return digest?.description ?? ""
    }

    private mutating func digest(from entry: Int, to end: Int) -> SHA256 {
        if self.entry != entry {
            self.entry = entry
            states = [SHA256()]
        }
        let known = min(states.count - 1, (end - entry) / Self.stride)
        var hash = states[known]
        for packet in (entry + known * Self.stride)..<end {
            let distance = packet - entry
            if distance % Self.stride == 0, distance / Self.stride == states.count { states.append(hash) }
            work.footage.source.digests[packet].update(&hash)
            let record = work.footage.source.index.packets[packet]
            update(&hash, record.presentationTicks - work.footage.source.index.packets[entry].presentationTicks)
        }
        return hash
    }

    private func update(_ hash: inout SHA256, _ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { hash.update(bufferPointer: $0) }
    }
}
