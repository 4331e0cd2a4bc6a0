internal import Diagnostics
internal import Editions
internal import FFmpeg
internal import MediaTime

/// Proves clips by decoding them beside the source, and records the hash of every frame.
///
/// A copied frame must be the source's, sample for sample. An encoded one must be nearer to its source frame than to that
/// frame's neighbours, unless those look the same.
struct Proof: ~Copyable {
    /// The hashes of one clip.
    struct Hashes {
        /// Of the clip's own decoded frames.
        var frames: [FrameHash] = []
        /// Of the source's first, middle and last frame, perceptually.
        var pictures: [UInt64] = []
    }

    private let source: Source
    private let isCopy: Bool
    private var reader: VideoReader
    private var conversion: FormatConversion
    private var pictureHash = PictureHash()
    /// Source frames around the one at hand, by number.
    private var window: [Int64: SharedFrame] = [:]

    /// - Parameter format: the format in which encoded frames and source frames are compared.
    init(source: Source, isCopy: Bool, format: PictureFormat) throws {
        self.source = source
        self.isCopy = isCopy
        reader = try VideoReader.open(source.path, index: source.index)
        conversion = FormatConversion(to: format)
    }

    /// Decodes a clip and compares it with the source's frames `range`.
    /// - Throws: `Fault` (`internalError`) naming the first frame that is not what it should be.
    mutating func prove(_ clip: consuming Demuxer, _ range: FrameRange) throws -> Hashes {
        let name = clip.path
        var decoded = try FrameReader.open(clip)
        var hashes = Hashes()
        let noted = [range.start, range.start + range.count / 2, range.end - 1]
        for number in range.start..<range.end {
            try Interruption.check()
            guard let frame = try decoded.next() else {
                throw Fault(.internalError, "\(name): only \(hashes.frames.count) of \(range.count) frames came out")
            }
            let md5 = try frame.md5()
            let original = isCopy ? try SharedFrame(reader.frame(at: number)) : try sourceFrame(number)
            if isCopy {
                guard try original.frame.md5() == md5 else {
                    throw Fault(.internalError, "\(name): frame \(number) is not the source's after copying")
                }
            } else {
                try requireNearest(frame, number, original, name)
            }
            if let hash = FrameHash(bytes: md5) { hashes.frames.append(hash) }
            for wanted in noted where wanted == number {
                hashes.pictures.append(try pictureHash.hash(original.frame))
            }
        }
        guard try decoded.next() == nil else {
            throw Fault(.internalError, "\(name): more than \(range.count) frames came out")
        }
        return hashes
    }

    private mutating func requireNearest(
        _ frame: borrowing Frame, _ number: Int64, _ original: SharedFrame, _ name: String
    ) throws {
        let own = frame.lumaDifference(from: original.frame)
        let samples = original.frame.pictureFormat.width * original.frame.pictureFormat.height
        for neighbour in [number - 1, number + 1] where neighbour >= 0 && neighbour < source.index.count {
            let other = try sourceFrame(neighbour)
            guard frame.lumaDifference(from: other.frame) < own else { continue }
            // Below one step of luma on average the eye sees no difference, and the encoder need not either.
            guard original.frame.lumaDifference(from: other.frame) >= samples else { continue }
            throw Fault(.internalError, "\(name): frame \(number) looks like frame \(neighbour) after encoding")
        }
    }

    /// A source frame in the format of comparison. Only the last three are kept.
    private mutating func sourceFrame(_ number: Int64) throws -> SharedFrame {
        if let known = window[number] { return known }
        let frame = SharedFrame(try conversion.convert(reader.frame(at: number)))
        window = window.filter { abs($0.key - number) < 3 }
        window[number] = frame
        return frame
    }
}
