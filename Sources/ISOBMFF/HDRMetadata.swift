/// The display on which a programme was mastered (SMPTE ST 2086), in the units of the bitstreams (ITU-T H.265, D.3.28).
public struct MasteringDisplay: Hashable, Sendable {
    /// A colour by its CIE 1931 coordinates, in steps of 0.00002.
    public struct Chromaticity: Hashable, Sendable {
        /// Across.
        public var x: UInt16
        /// Up.
        public var y: UInt16

        /// Names a colour.
        public init(x: UInt16, y: UInt16) {
            self.x = x
            self.y = y
        }
    }

    /// Red, green and blue.
    public var red, green, blue: Chromaticity
    /// White.
    public var white: Chromaticity
    /// The brightest, in steps of 0.0001 cd/m².
    public var maximumLuminance: UInt32
    /// The darkest, in steps of 0.0001 cd/m².
    public var minimumLuminance: UInt32

    /// Describes a display.
    public init(
        red: Chromaticity, green: Chromaticity, blue: Chromaticity, white: Chromaticity, maximumLuminance: UInt32,
        minimumLuminance: UInt32
    ) {
        self.red = red
        self.green = green
        self.blue = blue
        self.white = white
        self.maximumLuminance = maximumLuminance
        self.minimumLuminance = minimumLuminance
    }
}

/// How bright a programme gets (CTA-861.3), in cd/m².
public struct ContentLight: Hashable, Sendable {
    /// The brightest pixel (MaxCLL).
    public var maximum: UInt16
    /// The brightest frame on average (MaxFALL).
    public var maximumAverage: UInt16

    /// Describes the light.
    public init(maximum: UInt16, maximumAverage: UInt16) {
        self.maximum = maximum
        self.maximumAverage = maximumAverage
    }
}

extension BoxWriter {
    /// `mdcv`, in a video sample entry: ISO/IEC 14496-12, 12.1.7; green, blue and red, as in the bitstreams.
    mutating func masteringDisplayBox(_ display: MasteringDisplay) {
        box("mdcv") {
            for colour in [display.green, display.blue, display.red, display.white] {
                $0.u16(colour.x)
                $0.u16(colour.y)
            }
            $0.u32(display.maximumLuminance)
            $0.u32(display.minimumLuminance)
        }
    }

    /// `clli`, in a video sample entry: ISO/IEC 14496-12, 12.1.6.
    mutating func contentLightBox(_ light: ContentLight) {
        box("clli") {
            $0.u16(light.maximum)
            $0.u16(light.maximumAverage)
        }
    }
}
