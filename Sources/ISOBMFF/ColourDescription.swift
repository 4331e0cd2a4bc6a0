/// How a picture's sample values mean colours: the code points of ISO/IEC 23091-2 (the same in H.264, HEVC and `colr`).
public struct ColourDescription: Hashable, Sendable, Codable {
    /// `colour_primaries`: 1 is BT.709, 2 is unspecified, 9 is BT.2020.
    public var primaries: UInt16
    /// `transfer_characteristics`: 1 is BT.709, 2 is unspecified, 16 is PQ, 18 is HLG.
    public var transfer: UInt16
    /// `matrix_coefficients`: 1 is BT.709, 2 is unspecified, 9 is BT.2020 non-constant luminance.
    public var matrix: UInt16
    /// Whether luma runs over all values (0 to 255 in 8 bits), not 16 to 235.
    public var fullRange: Bool

    /// Describes a colour space by its code points.
    public init(primaries: UInt16, transfer: UInt16, matrix: UInt16, fullRange: Bool) {
        self.primaries = primaries
        self.transfer = transfer
        self.matrix = matrix
        self.fullRange = fullRange
    }
}

extension BoxWriter {
    /// `colr`, in a video sample entry: ISO/IEC 14496-12, 12.1.5; on-screen colours as `nclx`.
    mutating func colourBox(_ colour: ColourDescription) {
        box("colr") {
            $0.fourCC("nclx")
            $0.u16(colour.primaries)
            $0.u16(colour.transfer)
            $0.u16(colour.matrix)
            $0.u8(colour.fullRange ? 0x80 : 0)
        }
    }

    /// `pasp`, in a video sample entry: ISO/IEC 14496-12, 12.1.4; width to height of a pixel.
    mutating func pixelAspectBox(_ aspect: (UInt32, UInt32)) {
        box("pasp") {
            $0.u32(aspect.0)
            $0.u32(aspect.1)
        }
    }
}
