import Foundation
public import Testing

/// How loud a file's sound is by EBU R 128, as libebur128 measures it; see `Tests/Tools/loudness.py`.
public struct Loudness: Decodable, Sendable, Equatable {
    /// The file's path, as it was given.
    public var file: String
    /// Integrated loudness in LUFS; `nil` when all is silent, or shorter than a block of 0.4 s.
    public var loudness: Double?
    /// The highest true peak of all channels in dBTP; `-infinity` when all is zero.
    public var truePeak: Double
    /// How many samples of each channel were measured, at 48 kHz.
    public var samples: Int
    /// How many channels were measured.
    public var channels: Int

    private enum CodingKeys: String, CodingKey { case file, loudness, truePeak, samples, channels }

    /// Decodes what the script prints; JSON has no infinity.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        file = try values.decode(String.self, forKey: .file)
        loudness = try values.decodeIfPresent(Double.self, forKey: .loudness)
        truePeak = try values.decodeIfPresent(Double.self, forKey: .truePeak) ?? -.infinity
        samples = try values.decode(Int.self, forKey: .samples)
        channels = try values.decode(Int.self, forKey: .channels)
    }

    /// Measures the first sound track of each file.
    ///
    /// - Parameters:
    ///   - paths: any files that ffmpeg reads.
    ///   - channels: mixed to 1, 2 or 6 before; by default the track's own, of which there must be as many.
    ///   - range: only these samples at 48 kHz, half-open, counted from the first that ffmpeg presents.
    /// - Returns: one for each path, in their order.
    /// - Throws: `ToolError` when libebur128 is not there, or a file has no sound that it can measure.
    public static func measure(
        _ paths: [String], channels: Int? = nil, range: Range<Int>? = nil
    ) throws -> [Loudness] {
        var arguments = paths
        if let channels { arguments += ["--channels", "\(channels)"] }
        if let range { arguments += ["--start", "\(range.lowerBound)", "--end", "\(range.upperBound)"] }
        return try decodeTool("loudness.py", arguments, statuses: [0])
    }

    /// Whether libebur128 is there: the script looks for it even if it has nothing to measure.
    public static let canBeMeasured: Bool = (try? measure([])) != nil
}

/// What headless Chromium makes of a sound track in segments; see `Tests/Tools/browser_sound.py`.
public struct BrowserSound: Sendable {
    private struct Printed: Decodable {
        var buffered: [[Double]]
        var channels: Int
        var samples: Int
    }

    /// The ranges of the source buffer after the last segment, start and end in seconds.
    public var buffered: [[Double]]
    /// The samples of each channel at 48 kHz, from -1 to 1, as `decodeAudioData` decodes all segments joined.
    public var channels: [[Float]]

    /// Decodes an AAC track without playing it.
    ///
    /// - Parameters:
    ///   - initSegment: the path of the fMP4 init segment, whose edit list Chromium obeys.
    ///   - segments: the paths of media segments in order.
    /// - Throws: `ToolError` when Chromium refuses them or cannot be run, and what Foundation throws.
    public static func decode(initSegment: String, segments: [String]) throws -> BrowserSound {
        let folder = try TemporaryFolder()
        let output = folder.file("samples")
        let printed: Printed = try decodeTool(
            "browser_sound.py", [initSegment] + segments + ["--output", output], statuses: [0])
        let data = try withExtendedLifetime(folder) { try Data(contentsOf: URL(fileURLWithPath: output)) }
        guard data.count == 4 * printed.samples * printed.channels else {
            throw ToolError(
                description: "browser_sound.py wrote \(data.count) bytes for \(printed.samples) samples of "
                    + "\(printed.channels) channels")
        }
        let channels = data.withUnsafeBytes { bytes in
            (0..<printed.channels).map { channel in
                (0..<printed.samples).map { index -> Float in
                    let offset = 4 * (index * printed.channels + channel)
                    let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                    return Float(bitPattern: UInt32(littleEndian: bits))
                }
            }
        }
        return BrowserSound(buffered: printed.buffered, channels: channels)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test where libebur128 isn't installed.
    public static var needsLoudnessMeter: Self {
        .enabled(if: Loudness.canBeMeasured, "libebur128 is not installed; scripts/test installs it")
    }
}
