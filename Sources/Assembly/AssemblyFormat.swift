internal import Diagnostics
public import MediaTime

/// The one format that all clips are brought to.
public struct AssemblyFormat: Sendable, Equatable {
    /// How a picture of another shape fills the frame.
    public enum Fit: String, Sendable, CaseIterable {
        /// All of it is seen, with black beside it.
        case pad
        /// The frame is full, and what does not fit is cut off on both sides.
        case crop
    }

    /// Width in square samples; even.
    public var width: Int
    /// Height; even.
    public var height: Int
    /// Frames a second.
    public var frameRate: FrameRate
    /// How pictures of other shapes fill the frame.
    public var fit: Fit
    /// The loudness of each clip in LUFS (EBU R 128); `nil` leaves it as it is.
    public var loudness: Decibels?
    /// The constant rate factor of the encoder: lower is better and larger.
    public var quality: Int

    /// Describes a format.
    public init(
        width: Int, height: Int, frameRate: FrameRate, fit: Fit = .pad, loudness: Decibels? = nil, quality: Int = 16
    ) {
        (self.width, self.height, self.frameRate, self.fit) = (width, height, frameRate, fit)
        (self.loudness, self.quality) = (loudness, quality)
    }
}

/// Where a picture goes in the frame, in square samples.
struct Placement: Equatable {
    /// The size that the picture is scaled to.
    var width: Int
    var height: Int

    /// - Parameters:
    ///   - shape: width and height as the picture is shown, turned and with square samples.
    init(_ shape: (width: Int, height: Int), in format: AssemblyFormat) {
        let (w, h) = (Int64(max(1, shape.width)), Int64(max(1, shape.height)))
        let (frameWidth, frameHeight) = (Int64(format.width), Int64(format.height))
        // As wide as the frame, if it then is no higher (pad), or no lower (crop); else as high.
        let isWider = w * frameHeight >= h * frameWidth
        if isWider == (format.fit == .pad) {
            width = format.width
            height = Self.even(frameWidth * h, w)
        } else {
            width = Self.even(frameHeight * w, h)
            height = format.height
        }
        // Rounding must not leave a line too many or too few.
        if format.fit == .pad { (width, height) = (min(width, format.width), min(height, format.height)) }
        if format.fit == .crop { (width, height) = (max(width, format.width), max(height, format.height)) }
    }

    /// The even number nearest to a quotient, from 2.
    private static func even(_ numerator: Int64, _ denominator: Int64) -> Int {
        max(2, Int((numerator + denominator) / (2 * denominator) * 2))
    }
}

/// Which frame of a source is shown in each frame of another rate: the one that is on the screen in the middle of it.
struct RateConversion {
    private let ticks: [Int64]
    private let timebase: Timebase
    private let halfFrame: Timebase
    /// Frames at the new rate, at least 1.
    let count: Int64

    /// - Parameters:
    ///   - ticks: when each frame of the source begins, ascending.
    ///   - endTicks: when the last ends.
    init(_ ticks: [Int64], endTicks: Int64, timebase: Timebase, to rate: FrameRate) {
        (self.ticks, self.timebase) = (ticks, timebase)
        halfFrame = Timebase(rate.denominator, 2 * rate.numerator) ?? rate.frameTimebase
        let duration = endTicks - (ticks.first ?? 0)
        count = max(1, rate.frameTimebase.rescaleNearest(duration, from: timebase))
    }

    /// The source frame for each new one, ascending.
    var sources: [Int64] {
        var source = 0
        return (0..<count).map { frame in
            // In half frames: its middle is 2n + 1 of them.
            let middle = (ticks.first ?? 0) + timebase.rescaleFloor(2 * frame + 1, from: halfFrame)
            while source + 1 < ticks.count, ticks[source + 1] <= middle { source += 1 }
            return Int64(source)
        }
    }
}
