public import Diagnostics
internal import FFmpeg

/// Compares a reel with a reference reel that somebody trusts, such as an editor's own cut, picture by picture.
///
/// Equal samples are equal. Where they differ, a reel that was encoded otherwise still has to show the same picture: each frame must resemble
/// its counterpart, and more so than the reference's neighbouring frames.
public struct ReelComparison: Sendable {
    /// The mean difference, in steps of 8-bit luma of a small copy, above which two pictures are not the same.
    private static let largestDifference = 6
    /// How many frames away the reference is searched for the picture.
    private static let reach: Int64 = 3

    /// With all settings as usual.
    public init() {}

    /// Decodes both files.
    /// - Throws: `FFmpegError` when one cannot be decoded.
    public func compare(
        _ path: String, against reference: String, progress: ProgressHandler = { _ in }
    ) throws -> ReelReport {
        var report = ReelReport()
        var reader = try FrameReader.open(path)
        var window = try ReferenceWindow(reference, reach: Self.reach)
        var small = SmallPictures()
        while report.faults.count < ReelVerifier.maximumFaults, let frame = try reader.next() {
            try Interruption.check()
            let number = report.frames
            report.frames += 1
            guard try window.move(to: number) else { continue }
            if window.digest == (try frame.md5()) { continue }
            let picture = try small.luma(of: frame)
            if let fault = window.fault(of: picture, number, limit: Self.largestDifference) {
                report.faults.append(fault)
            }
            progress(ProgressReport(stage: "comparing frames", done: Int(number + 1), total: Int(number + 1)))
        }
        guard report.faults.count < ReelVerifier.maximumFaults else { return report }
        let count = try window.count()
        if count != report.frames {
            report.faults.append(
                ReelFault(
                    kind: .wrongLength, frame: min(count, report.frames), slot: nil,
                    message: "\(path): has \(report.frames) frames, \(reference) \(count)"))
        }
        report.faults += try soundFaults(path, reference)
        return report
    }

    /// Sound that is missing, of another length, or another sound.
    private func soundFaults(_ path: String, _ reference: String) throws -> [ReelFault] {
        let has = try [path, reference].map { try Demuxer.open($0).stream(.audio) != nil }
        guard has[0] || has[1] else { return [] }
        func fault(_ message: String) -> [ReelFault] {
            [ReelFault(kind: .wrongSound, frame: nil, slot: nil, message: "\(path): \(message)")]
        }
        guard has[0] else { return fault("has no sound, and \(reference) has") }
        guard has[1] else { return fault("has sound, and \(reference) has none") }
        var ours = SampleStream(try AudioReader.open(path, sampleRate: 48_000, channels: 2))
        var theirs = SampleStream(try AudioReader.open(reference, sampleRate: 48_000, channels: 2))
        var (signal, noise) = (0.0, 0.0)
        while let left = try ours.take(1_024), let right = try theirs.take(1_024) {
            for (mine, other) in zip(left.channels, right.channels) {
                for (a, b) in zip(mine, other) {
                    signal += Double(b * b)
                    noise += Double((a - b) * (a - b))
                }
            }
        }
        let lengths = (try ours.lengthToEnd(), try theirs.lengthToEnd())
        // Encoders may leave a frame of their own at an end.
        if abs(lengths.0 - lengths.1) > 2_048 {
            return fault("has \(lengths.0) samples of sound at 48 kHz, \(reference) \(lengths.1)")
        }
        // Two encodes of one sound are nearer than this by far, two sounds never.
        if noise * 4 > signal, noise > 0.001 { return fault("has other sound than \(reference)") }
        return []
    }
}

/// A small copy of a picture's luma.
private struct SmallPictures: ~Copyable {
    static let format = PictureFormat(width: 160, height: 90, pixelFormat: .gray8)
    private let conversion = FormatConversion(to: format, by: .area)

    mutating func luma(of frame: borrowing Frame) throws -> [UInt8] {
        try conversion.convert(frame.reference()).withPlane(0) { bytes, stride in
            (0..<Self.format.height).flatMap { bytes[$0 * stride..<$0 * stride + Self.format.width] }
        }
    }
}

/// The frames of the reference around one.
private struct ReferenceWindow: ~Copyable {
    private var reader: FrameReader
    private var small = SmallPictures()
    private let reach: Int64
    private var pictures: [(luma: [UInt8], digest: [UInt8])] = []
    /// The number of the first picture.
    private var first: Int64 = 0
    private var number: Int64 = 0
    private var hasEnded = false

    init(_ path: String, reach: Int64) throws {
        reader = try FrameReader.open(path)
        self.reach = reach
    }

    /// The MD5 of the frame at hand.
    var digest: [UInt8] { pictures[Int(number - first)].digest }

    /// Goes to a frame, not before the one at hand; `false` when there is none.
    mutating func move(to number: Int64) throws -> Bool {
        self.number = number
        while !hasEnded, first + Int64(pictures.count) <= number + reach { try read() }
        while first < number - reach {
            pictures.removeFirst()
            first += 1
        }
        return number < first + Int64(pictures.count)
    }

    /// All frames of the reference, after reading on to its end.
    mutating func count() throws -> Int64 {
        while !hasEnded {
            try read()
            if pictures.count > 1 {
                pictures.removeFirst()
                first += 1
            }
        }
        return first + Int64(pictures.count)
    }

    private mutating func read() throws {
        guard let frame = try reader.next() else {
            hasEnded = true
            return
        }
        pictures.append((try small.luma(of: frame), try frame.md5()))
    }

    /// What is wrong with a picture that should be the one at hand.
    func fault(of picture: [UInt8], _ number: Int64, limit: Int) -> ReelFault? {
        let differences = pictures.map { Self.difference($0.luma, picture) }
        let here = differences[Int(number - first)]
        let best = differences.enumerated().min { $0.element < $1.element }
        guard let best else { return nil }
        let shift = first + Int64(best.offset) - number
        // Neighbours that look alike tell nothing.
        let isElsewhere = shift != 0 && best.element * 2 < here && here > 100
        guard isElsewhere || here > limit * 100 else { return nil }
        let found =
            isElsewhere
            ? "frame \(number) shows what the reference shows \(frameWords(shift)) \(shift > 0 ? "later" : "earlier")"
            : "frame \(number) is not the reference's: its luma differs by \(here / 100) of 255 in the mean"
        return ReelFault(kind: .wrongFrame, frame: number, slot: nil, message: found)
    }

    /// The mean absolute difference in hundredths.
    private static func difference(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var sum = 0
        for place in left.indices { sum += abs(Int(left[place]) - Int(right[place])) }
        return sum * 100 / left.count
    }
}
