internal import ISOBMFF
internal import MediaTime

/// The ticks of a clip's frames in a rendition.
struct PictureTiming {
    /// When the clip's frames begin.
    var times: FrameTimes
    /// By how many ticks presentation is shifted.
    var shift: Int64
    /// A fragment is closed at an IDR once it has as many frames.
    var framesPerPart: Int64

    /// The header of a fragment whose samples are decoded one after another, the first at frame `start` of the clip: the n-th
    /// sample is decoded when the n-th frame begins, and presented (presentation − decode) + shift after that.
    func header(_ units: [AccessUnit], start: Int64) throws(ISOBMFFError) -> FragmentHeader {
        var samples: [MediaSample] = []
        for (index, unit) in units.enumerated() {
            let place = start + Int64(index)
            let offset = times.start(of: unit.frame) - times.start(of: place) + shift
            guard let composition = UInt32(exactly: offset), let duration = UInt32(exactly: times.duration(of: place))
            else {
                throw ISOBMFFError(
                    .malformed, at: nil,
                    "frame \(unit.frame) of a clip is presented \(offset) ticks after it is decoded")
            }
            samples.append(
                MediaSample(
                    size: UInt32(unit.bytes.count), duration: duration,
                    compositionOffset: composition, isSync: unit.isIDR, isDisposable: !unit.isReference))
        }
        return try Fragment.header(
            trackID: 1, samples: samples, sequenceNumber: UInt32(1 + start),
            decodeTime: UInt64(times.start(of: start)))
    }
}

extension FrameTimes {
    /// How much later than decoded frames must be presented, in ticks, when up to `frames` are decoded before one that is
    /// presented earlier.
    /// - Parameter count: of the frames.
    func shift(reordering frames: Int64, count: Int64) -> Int64 {
        switch self {
        case .even(let ticksPerFrame): frames * ticksPerFrame
        case .listed: (0..<count).reduce(0) { max($0, start(of: $1) - start(of: max(0, $1 - frames))) }
        }
    }
}

/// One coded picture of a clip.
struct AccessUnit {
    /// The sample as it stands in the track.
    var bytes: [UInt8]
    /// The frame, from 0 at the clip's first.
    var frame: Int64
    /// Whether decoding can begin here.
    var isIDR: Bool
    /// Whether other pictures may refer to this one.
    var isReference: Bool

    init(_ picture: CodedPicture, frame: Int64) throws(ISOBMFFError) {
        bytes = try NALUnits.joined(picture.units)
        self.frame = frame
        isIDR = picture.isIDR
        isReference = picture.isReference
    }
}
