internal import Diagnostics
private import FileSystem

/// Records of one size in buckets on the disk: of a million, those of one bucket are in memory at a time.
struct RecordSpool {
    private let file: ScratchFile
    private let words: Int
    private var pending: [[UInt64]]
    /// Where each bucket's pieces lie, and of how many words.
    private var pieces: [[(offset: Int64, words: Int)]]
    private var end: Int64 = 0
    private static let pieceWords = 1_024

    /// - Parameters:
    ///   - folder: on whose disk they are kept.
    ///   - words: 64-bit words of a record.
    init(in folder: String, words: Int, buckets: Int) throws(Fault) {
        file = try ScratchFile(in: folder)
        self.words = words
        pending = Array(repeating: [], count: buckets)
        pieces = Array(repeating: [], count: buckets)
    }

    var buckets: Int { pending.count }

    mutating func append(_ record: [UInt64], to bucket: Int) throws(Fault) {
        precondition(record.count == words)
        pending[bucket] += record
        if pending[bucket].count >= Self.pieceWords { try write(bucket) }
    }

    private mutating func write(_ bucket: Int) throws(Fault) {
        let piece = pending[bucket]
        let offset = end
        let written = piece.withUnsafeBytes { bytes in
            Result { () throws(Fault) in try file.write(bytes, at: offset) }
        }
        try written.get()
        pieces[bucket].append((offset, piece.count))
        end += Int64(8 * piece.count)
        pending[bucket].removeAll(keepingCapacity: true)
    }

    /// The records of a bucket in the order in which they came.
    func records(_ bucket: Int) throws(Fault) -> [ArraySlice<UInt64>] {
        var all: [UInt64] = []
        for piece in pieces[bucket] {
            var words = [UInt64](repeating: 0, count: piece.words)
            let result = words.withUnsafeMutableBytes { bytes in
                Result { () throws(Fault) in try file.read(into: bytes, at: piece.offset) }
            }
            try result.get()
            all += words
        }
        all += pending[bucket]
        return stride(from: 0, to: all.count, by: words).map { all[$0..<$0 + words] }
    }
}
