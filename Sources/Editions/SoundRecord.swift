internal import MediaTime

/// The sound of a clip as 64 bytes of a clip table: the SHA-256 of its lossless copy, its samples, four levels in hundredths of
/// a decibel, and which of them there are.
struct SoundRecord {
    var value: ClipSound?

    private struct Flags: OptionSet {
        let rawValue: UInt32
        static let exists = Flags(rawValue: 1)
        static let hasSource = Flags(rawValue: 2)
        static let hasLoudness = Flags(rawValue: 4)
        static let hasTruePeak = Flags(rawValue: 8)
        static let isLimited = Flags(rawValue: 16)
        static let all: Flags = [.exists, .hasSource, .hasLoudness, .hasTruePeak, .isLimited]
    }

    var bytes: [UInt8] {
        guard let value else { return [UInt8](repeating: 0, count: ClipTable.soundSize) }
        let levels = value.levels
        var flags: Flags = .exists
        if levels.source != nil { flags.insert(.hasSource) }
        if levels.loudness != nil { flags.insert(.hasLoudness) }
        if levels.truePeak != nil { flags.insert(.hasTruePeak) }
        if levels.isLimited { flags.insert(.isLimited) }
        var bytes = value.lossless.bytes
        bytes.little(value.samples)
        for level in [levels.source, levels.gain, levels.loudness, levels.truePeak] {
            bytes.little(level?.hundredths ?? 0)
        }
        bytes.little(flags.rawValue)
        bytes.little(UInt32(0))
        return bytes
    }

    /// - Returns: `nil` when the bytes are none that were written.
    static func read(_ bytes: UnsafeRawBufferPointer) -> SoundRecord? {
        let flags = Flags(rawValue: bytes.little(UInt32.self, at: 56))
        guard Flags.all.isSuperset(of: flags) else { return nil }
        guard flags.contains(.exists) else { return flags.isEmpty ? SoundRecord(value: nil) : nil }
        let samples = bytes.little(Int64.self, at: 32)
        guard let lossless = ObjectID(bytes: bytes[..<32]), samples > 0 else { return nil }
        func level(_ number: Int) -> Decibels {
            Decibels(hundredths: bytes.little(Int32.self, at: 40 + 4 * number))
        }
        return SoundRecord(
            value: ClipSound(
                lossless: lossless, samples: samples,
                levels: SoundLevels(
                    source: flags.contains(.hasSource) ? level(0) : nil, gain: level(1),
                    loudness: flags.contains(.hasLoudness) ? level(2) : nil,
                    truePeak: flags.contains(.hasTruePeak) ? level(3) : nil, isLimited: flags.contains(.isLimited))))
    }
}
