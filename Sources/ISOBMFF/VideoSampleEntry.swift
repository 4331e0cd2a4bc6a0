/// `avc1` or `hvc1`, in `stsd`: ISO/IEC 14496-15, 5.4.2.1 and 8.4.1, and ISO/IEC 14496-12, 12.1.3. All parameter sets stand in
/// the entry.
public struct VideoSampleEntry: Sendable {
    /// Luma samples across, after cropping.
    public var width: UInt16
    /// Luma samples down, after cropping.
    public var height: UInt16
    /// The codec and its parameter sets.
    public var configuration: VideoConfiguration
    /// Width to height of a pixel; `nil` leaves `pasp` out, which means 1:1.
    public var pixelAspect: (UInt32, UInt32)?
    /// Colours; `nil` leaves `colr` out, and a player asks the bitstream.
    public var colour: ColourDescription?
    /// The mastering display of HDR; `nil` leaves `mdcv` out.
    public var mastering: MasteringDisplay?
    /// The light of HDR; `nil` leaves `clli` out.
    public var light: ContentLight?

    /// Describes a picture track's samples.
    public init(
        width: UInt16, height: UInt16, configuration: VideoConfiguration, pixelAspect: (UInt32, UInt32)? = nil,
        colour: ColourDescription? = nil, mastering: MasteringDisplay? = nil, light: ContentLight? = nil
    ) {
        self.width = width
        self.height = height
        self.configuration = configuration
        self.pixelAspect = pixelAspect
        self.colour = colour
        self.mastering = mastering
        self.light = light
    }

    /// The whole box.
    public func encoded() -> [UInt8] {
        var writer = BoxWriter(capacity: 256)
        writer.box(configuration.sampleEntryType) {
            $0.sampleEntryHeader()
            $0.zeros(16)
            $0.u16(width)
            $0.u16(height)
            $0.u32(0x0048_0000)  // 72 dots an inch across
            $0.u32(0x0048_0000)  // and down
            $0.u32(0)
            $0.u16(1)  // frames in a sample
            $0.zeros(32)  // compressorname
            $0.u16(24)  // depth: colour without alpha
            $0.u16(0xFFFF)
            $0.configurationBox(configuration)
            if let colour { $0.colourBox(colour) }
            if let pixelAspect { $0.pixelAspectBox(pixelAspect) }
            if let mastering { $0.masteringDisplayBox(mastering) }
            if let light { $0.contentLightBox(light) }
        }
        return writer.bytes
    }
}

extension BoxWriter {
    /// `SampleEntry` (ISO/IEC 14496-12, 8.5.2): six reserved bytes and the data reference, always the file itself.
    mutating func sampleEntryHeader() {
        zeros(6)
        u16(1)
    }
}
