internal import Diagnostics
internal import FFmpeg

/// What was seen of a Mega Asset: shot changes, black and still pictures, and frames that cannot be decoded.
struct MegaReading {
    private let regions: [Range<Int64>]
    private let wantsHashes: Bool
    private(set) var scan = ShotScan()
    /// Why frames could not be decoded.
    private(set) var damaged: [Int64: String] = [:]
    private(set) var framesRead: Int64 = 0

    /// - Parameters:
    ///   - regions: ascending, apart from each other.
    ///   - wantsHashes: whether each frame's perceptual hash is kept.
    init(regions: [Range<Int64>], wantsHashes: Bool) {
        self.regions = regions
        self.wantsHashes = wantsHashes
    }

    /// Decodes the regions.
    mutating func read(_ mega: String, _ index: FrameIndex, _ progress: ProgressHandler) throws {
        var reader = try VideoReader.open(mega, track: index.track, index: index)
        var signatures = SignatureMaker(wantsHashes: wantsHashes)
        let total = regions.reduce(0) { $0 + $1.count }
        for region in regions {
            for number in region {
                try Interruption.check()
                do throws(FFmpegError) {
                    let frame = try reader.frame(at: number)
                    scan.add(number, try signatures.signature(of: frame))
                } catch {
                    // One place that is damaged must not hide what is wrong elsewhere.
                    guard error.code == .invalidData else { throw error }
                    damaged[number] = error.description
                }
                framesRead += 1
                progress(
                    ProgressReport(stage: "looking at frames", done: Int(framesRead), total: total, unit: "frames"))
            }
        }
        scan.finish()
    }
}

/// Makes signatures of pictures of any format.
private struct SignatureMaker: ~Copyable {
    private let conversion = FormatConversion(
        to: PictureFormat(width: PictureSignature.width, height: PictureSignature.height, pixelFormat: .yuv420p),
        by: .area)
    private var hash = PictureHash()
    private let wantsHashes: Bool

    init(wantsHashes: Bool) { self.wantsHashes = wantsHashes }

    mutating func signature(of frame: borrowing Frame) throws(FFmpegError) -> PictureSignature {
        let hash = wantsHashes ? try self.hash.hash(frame) : nil
        return PictureSignature(try conversion.convert(frame.reference()), hash: hash)
    }
}
