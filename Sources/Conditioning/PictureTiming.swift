internal import ISOBMFF

/// The ticks of a rendition.
struct PictureTiming {
    /// Ticks from one frame to the next.
    var ticksPerFrame: Int64
    /// By how many frames presentation is shifted.
    var shiftFrames: Int64
    /// A fragment is closed at an IDR once it has as many frames.
    var framesPerPart: Int64

    /// The header of a fragment whose samples are decoded one frame apart, the first at frame `start` of the clip. Each is
    /// presented (presentation − decode) + shift after it is decoded.
    func header(_ units: [AccessUnit], start: Int64) throws(ISOBMFFError) -> FragmentHeader {
        var samples: [MediaSample] = []
        for (index, unit) in units.enumerated() {
            let offset = (unit.frame - start - Int64(index) + shiftFrames) * ticksPerFrame
            guard let composition = UInt32(exactly: offset) else {
                throw ISOBMFFError(
                    .malformed, at: nil,
                    "frame \(unit.frame) of a clip is presented \(-offset) ticks before it is decoded")
            }
            samples.append(
                MediaSample(
                    size: UInt32(unit.bytes.count), duration: UInt32(ticksPerFrame), compositionOffset: composition,
                    isSync: unit.isIDR, isDisposable: !unit.isReference))
        }
        return try Fragment.header(
            trackID: 1, samples: samples, sequenceNumber: UInt32(1 + start),
            decodeTime: UInt64(start * ticksPerFrame))
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
