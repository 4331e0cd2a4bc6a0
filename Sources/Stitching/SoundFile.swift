internal import Diagnostics
public import Editions
public import FileSystem
private import ISOBMFF

extension SoundTrack {
    /// Writes the sound alone, as a fragmented MP4, into a file without a name: what meters and pictures read.
    /// - Throws: `Fault` when an object is missing or damaged, or the disk is full.
    public func write(from library: Library, to file: ScratchFile) throws {
        var position: Int64 = 0
        func append(_ bytes: [UInt8]) throws {
            let result = bytes.withUnsafeBytes { bytes in
                Result { () throws(Fault) in try file.write(bytes, at: position) }
            }
            try result.get()
            position += Int64(bytes.count)
        }
        try append(InputFile.contents(of: library.file(of: initSegment, "mp4")))
        for piece in pieces {
            let source = try InputFile.open(library.file(of: piece.object, "m4s"))
            var fragment = try source.read(at: piece.part.offset, count: Int(piece.part.size))
            try FragmentPatch.apply(
                sequenceNumber: UInt32(1 + piece.position), decodeTime: UInt64(piece.decodeTime),
                sequenceNumberOffset: Int(piece.part.sequenceNumberOffset),
                decodeTimeOffset: Int(piece.part.decodeTimeOffset), to: &fragment)
            try append(fragment)
        }
    }
}
