public import Diagnostics
public import Editions
public import FileSystem
internal import ISOBMFF

/// Writes a reel as one fragmented MP4: the fragments of picture and sound in order of time, each copied as it is, with its
/// sequence number and its decode time replaced (ISO/IEC 14496-12, 8.8.5 and 8.8.12). Nothing is decoded or encoded.
public struct ReelWriter: Sendable {
    let layout: ReelLayout
    private let sound: SoundTrack?
    private let reel: String

    /// Takes a laid-out reel.
    /// - Parameters:
    ///   - sound: the fragments of the sound; `nil` for a silent reel.
    ///   - reel: the reel's id, which is written into the file.
    public init(_ layout: ReelLayout, sound: SoundTrack?, reel: String) {
        self.layout = layout
        self.sound = sound.flatMap { $0.pieces.isEmpty ? nil : $0 }
        self.reel = reel
    }

    /// Writes the reel; an older file at `path` is replaced when the new one is whole.
    /// - Parameter isPlain: whether it is written without fragments, for places that refuse them.
    /// - Returns: the bytes of the file.
    /// - Throws: `Fault` when an object is missing or damaged, or the output cannot be written.
    public func write(
        to path: String, isPlain: Bool = false, progress: ProgressHandler = { _ in }
    ) throws -> Int64 {
        var output = try OutputFile.create(path)
        try write(into: &output, isPlain: isPlain, progress: progress)
        let size = output.size
        try output.commit()
        return size
    }

    /// Appends the reel to a file that somebody else gives its name.
    /// - Throws: as ``write(to:isPlain:progress:)``.
    public func write(
        into output: inout OutputFile, isPlain: Bool = false, progress: ProgressHandler = { _ in }
    ) throws {
        let pieces = interleaved()
        try layout.edition.library.prepare(Set(pieces.map(\.piece.object)).map { MadeObject($0, "m4s") })
        if isPlain { return try writePlain(pieces, into: &output, progress: progress) }
        try output.append(header().encoded())
        for (done, piece) in pieces.enumerated() {
            try Interruption.check()
            try copy(piece, to: &output)
            progress(ProgressReport(stage: "stitching", done: done + 1, total: pieces.count))
        }
    }

    /// A fragment at its place in the file.
    public struct Placed: Sendable, Hashable {
        /// The fragment with its two integers.
        public var piece: TrackPiece
        /// Ticks a second of its track.
        public var timescale: Int64
        /// Whether it is sound, not picture.
        public var isSound: Bool
        /// The first byte of the file that is the fragment's.
        public var offset: Int64 = 0

        var decodeTime: Int64 { piece.decodeTime }
    }

    /// Where each fragment will stand in the file that `write(to:)` makes.
    /// - Throws: `Fault` when an init segment is missing or damaged.
    public func places() throws -> [Placed] {
        var offset = Int64(try header().encoded().count)
        return interleaved().map { placed in
            defer { offset += placed.piece.part.size }
            var result = placed
            result.offset = offset
            return result
        }
    }

    /// Picture and sound in order of time; at the same time the picture first.
    func interleaved() -> [Placed] {
        let rendition = layout.picturing
        let picture = layout.picture.map {
            Placed(piece: $0, timescale: Int64(rendition.timescale), isSound: false)
        }
        let samples = (sound?.pieces ?? []).map {
            Placed(piece: $0, timescale: SoundTrack.timescale, isSound: true)
        }
        var result: [Placed] = []
        result.reserveCapacity(picture.count + samples.count)
        var next = samples.startIndex
        for piece in picture {
            while next < samples.endIndex,
                samples[next].decodeTime * piece.timescale < piece.decodeTime * samples[next].timescale
            {
                result.append(samples[next])
                next += 1
            }
            result.append(piece)
        }
        return result + samples[next...]
    }

    private func copy(_ placed: Placed, to output: inout OutputFile) throws(Fault) {
        let part = placed.piece.part
        let source = try InputFile.open(layout.edition.library.file(of: placed.piece.object, "m4s"))
        try output.append(
            from: source, at: part.offset, count: part.size,
            replacing: [
                .init(
                    FragmentPatch.bytes(sequenceNumber: UInt32(1 + placed.piece.position)),
                    at: Int64(part.sequenceNumberOffset)),
                .init(
                    FragmentPatch.bytes(decodeTime: UInt64(placed.decodeTime)), at: Int64(part.decodeTimeOffset)),
            ])
    }

    /// `ftyp` and `moov`: the tracks of the init segments, the duration, and whence the reel comes.
    private func header() throws -> InitSegment {
        InitSegment(
            movieTimescale: UInt32(layout.picturing.timescale), tracks: try tracks(),
            fragmentDuration: UInt64(layout.duration), userData: origin)
    }

    /// The tracks of the init segments: picture, then sound.
    func tracks() throws -> [TrackDescription] {
        let rendition = layout.picturing
        var tracks = [try track(of: rendition.initSegment, editMediaTime: rendition.shift)]
        if let sound { tracks.append(try track(of: sound.initSegment, editMediaTime: nil)) }
        return tracks
    }

    /// What is written into the file of whence it comes.
    var origin: [RawBox] {
        [
            UserData.encode([
                "sizzle_edition": layout.edition.id, "sizzle_reel": reel, "sizzle_rendition": layout.picturing.name,
            ])
        ]
    }

    private func track(of initSegment: ObjectID, editMediaTime: Int64?) throws -> TrackDescription {
        let path = try layout.edition.library.file(of: initSegment, "mp4")
        var boxes = TopLevelBoxes(try InputFile.contents(of: path))
        var movie: MovieHeader?
        while let box = try boxes.next() {
            if box.type == "moov" { movie = try MovieHeader.parse(boxes.contents(of: box), at: box.offset) }
        }
        guard let tracks = movie?.tracks, tracks.count == 1, let track = tracks.first,
            let entry = track.sampleEntries.first
        else {
            throw Fault(.badInput, "\(path): is not an init segment of one track; restore the edition or ingest again")
        }
        let kind: TrackDescription.Kind =
            track.handler == "vide"
            ? .video(width: UInt16(track.width >> 16), height: UInt16(track.height >> 16)) : .audio
        return TrackDescription(
            trackID: track.trackID, kind: kind, timescale: track.timescale, sampleEntry: entry.bytes,
            editMediaTime: editMediaTime, language: track.language, matrix: track.matrix)
    }
}
