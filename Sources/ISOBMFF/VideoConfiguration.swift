/// The codec of a picture track with all its parameter sets.
public enum VideoConfiguration: Hashable, Sendable {
    /// H.264, as `avc1`.
    case avc(AVCConfiguration)
    /// HEVC, as `hvc1`.
    case hevc(HEVCConfiguration)

    /// The record of H.264; `nil` of another codec.
    public var avc: AVCConfiguration? { if case .avc(let record) = self { record } else { nil } }
    /// The record of HEVC; `nil` of another codec.
    public var hevc: HEVCConfiguration? { if case .hevc(let record) = self { record } else { nil } }

    /// By how many pictures the order of decoding differs from that of presentation at most; `nil` where nothing is said.
    /// - Throws: `malformed` when the parameter sets cannot be read.
    public func reorderDelay() throws(ISOBMFFError) -> Int64? {
        switch self {
        case .avc(let avc): try avc.sequenceParameters().maximumReorderFrames.map(Int64.init)
        case .hevc(let hevc): Int64(try hevc.sequenceParameters().maximumReorderFrames)
        }
    }

    /// The type of the sample entry: parameter sets stand in it alone, which Apple's players demand.
    public var sampleEntryType: FourCC {
        switch self {
        case .avc: "avc1"
        case .hevc: "hvc1"
        }
    }

    /// The codec as manifests name it: RFC 6381, 3.3, and ISO/IEC 14496-15, annex E.
    public var name: String {
        switch self {
        case .avc(let avc):
            return "avc1." + [avc.profile, avc.compatibility, avc.level].map { hexByte($0) }.joined()
        case .hevc(let hevc): return hevc.profile.name
        }
    }
}

extension HEVCProfile {
    /// `hvc1.1.6.L93.B0`: the compatibility flags in reverse order without leading zeros, the constraints without trailing zeros.
    fileprivate var name: String {
        var flags: UInt32 = 0
        for bit in 0..<32 where compatibility >> UInt32(bit) & 1 == 1 { flags |= 1 << UInt32(31 - bit) }
        var bytes: [UInt8] = []
        for index in 0..<6 { bytes.append(UInt8(truncatingIfNeeded: constraints >> UInt64(40 - 8 * index))) }
        while bytes.last == 0 { bytes.removeLast() }
        var parts = ["hvc1", ["", "A", "B", "C"][Int(space & 3)] + "\(profile)"]
        parts.append(String(flags, radix: 16, uppercase: true))
        parts.append("\(isHighTier ? "H" : "L")\(level)")
        parts += bytes.map { String($0, radix: 16, uppercase: true) }
        return parts.joined(separator: ".")
    }
}

private func hexByte(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

extension BoxWriter {
    /// `avcC` or `hvcC`.
    mutating func configurationBox(_ configuration: VideoConfiguration) {
        switch configuration {
        case .avc(let avc): box("avcC") { $0.append(avc.encoded()) }
        case .hevc(let hevc): box("hvcC") { $0.append(hevc.encoded()) }
        }
    }
}

extension Array where Element: Hashable {
    /// The elements without repetitions, in order.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
