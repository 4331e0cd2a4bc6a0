internal import Diagnostics
private import Editions
internal import FileSystem
private import ISOBMFF

extension ReelWriter {
    /// Appends the reel as one MP4 without fragments, its head before its media, for places that refuse fragments. The samples are those
    /// of the fragments, byte for byte and in their order.
    func writePlain(_ pieces: [Placed], into output: inout OutputFile, progress: ProgressHandler) throws {
        let descriptions = try tracks()
        var tables = descriptions.map { _ in SampleTable() }
        var size: UInt64 = 0
        var media: [MediaRange] = []
        for piece in pieces {
            try Interruption.check()
            let (samples, range) = try self.samples(of: piece)
            tables[piece.isSound ? 1 : 0].append(samples, at: size)
            media.append(range)
            size += UInt64(range.count)
        }
        let movie = PlainMovie(
            movieTimescale: UInt32(layout.picturing.timescale),
            tracks: zip(descriptions, tables).map { (description: $0, samples: $1) },
            mediaSize: size,
            userData: origin)
        try output.append(movie.encoded())
        for (done, range) in media.enumerated() {
            try Interruption.check()
            try output.append(from: InputFile.open(range.path), at: range.offset, count: range.count)
            progress(ProgressReport(stage: "stitching", done: done + 1, total: media.count))
        }
    }

    /// Bytes of a media object.
    private struct MediaRange {
        var path: String
        var offset: Int64
        var count: Int64
    }

    /// What a fragment says of its samples, and where their bytes lie, one after the other.
    private func samples(of placed: Placed) throws -> ([FragmentInfo.Sample], MediaRange) {
        let part = placed.piece.part
        let path = try layout.edition.library.file(of: placed.piece.object, "m4s")
        let source = try InputFile.open(path)
        let start = try source.read(at: part.offset, count: 8)
        let size = start.prefix(4).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        guard size >= 8, size < part.size else { throw Self.damaged(path) }
        let fragment = try FragmentInfo.parse(source.read(at: part.offset, count: Int(size)), at: part.offset)
        var next = fragment.samples.first?.offset ?? 0
        let first = next
        for sample in fragment.samples {
            guard sample.offset == next else { throw Self.damaged(path) }
            next += Int64(sample.size)
        }
        guard first > size, next <= part.size else { throw Self.damaged(path) }
        return (fragment.samples, MediaRange(path: path, offset: part.offset + first, count: next - first))
    }

    private static func damaged(_ path: String) -> Fault {
        Fault(.badInput, "\(path): holds no fragment where the edition has one; restore the edition or ingest again")
    }
}
