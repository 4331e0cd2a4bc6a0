internal import CFFmpeg
public import ISOBMFF

/// What the first frame of a track says of all: some of it stands in no container.
public struct FirstFrame: Sendable {
    /// Size and pixel format, as decoded.
    public let picture: PictureFormat
    /// How its lines were taken; `progressive` unless the decoder says otherwise.
    public let fieldOrder: StreamInfo.FieldOrder
    /// The mastering display of HDR, from the container or the bitstream.
    public let mastering: MasteringDisplay?
    /// The light of HDR, from the container or the bitstream.
    public let light: ContentLight?
}

extension FirstFrame {
    init(_ frame: borrowing Frame, _ stream: StreamInfo) {
        picture = frame.pictureFormat
        fieldOrder = frame.isInterlaced ? frame.isTopFieldFirst ? .topFirst : .bottomFirst : .progressive
        mastering = stream.mastering ?? frame.mastering
        light = stream.light ?? frame.light
    }
}

extension Frame {
    /// Whether the topmost line belongs to the first field.
    var isTopFieldFirst: Bool { pointer.pointee.top_field_first != 0 }

    fileprivate var mastering: MasteringDisplay? {
        sideData(AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, as: AVMasteringDisplayMetadata.self)
            .flatMap(MasteringDisplay.init)
    }

    fileprivate var light: ContentLight? {
        sideData(AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, as: AVContentLightMetadata.self).map(ContentLight.init)
    }

    private func sideData<Value>(_ kind: AVFrameSideDataType, as type: Value.Type) -> Value? {
        guard let data = av_frame_get_side_data(pointer, kind)?.pointee, data.size >= MemoryLayout<Value>.size
        else { return nil }
        return UnsafeRawPointer(data.data).loadUnaligned(as: type)
    }
}

extension StreamInfo {
    static func mastering(of stream: UnsafeMutablePointer<AVStream>) -> MasteringDisplay? {
        sideData(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, as: AVMasteringDisplayMetadata.self)
            .flatMap(MasteringDisplay.init)
    }

    static func light(of stream: UnsafeMutablePointer<AVStream>) -> ContentLight? {
        sideData(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, as: AVContentLightMetadata.self).map(ContentLight.init)
    }

    private static func sideData<Value>(
        _ stream: UnsafeMutablePointer<AVStream>, _ kind: AVPacketSideDataType, as type: Value.Type
    ) -> Value? {
        var size = 0
        guard let data = av_stream_get_side_data(stream, kind, &size), size >= MemoryLayout<Value>.size
        else { return nil }
        return UnsafeRawPointer(data).loadUnaligned(as: type)
    }
}

extension MasteringDisplay {
    /// `nil` where the metadata lacks colours or light, which the boxes cannot leave out.
    fileprivate init?(_ metadata: AVMasteringDisplayMetadata) {
        guard metadata.has_primaries != 0, metadata.has_luminance != 0 else { return nil }
        let primaries = metadata.display_primaries
        self.init(
            red: .init(primaries.0), green: .init(primaries.1), blue: .init(primaries.2),
            white: .init(metadata.white_point), maximumLuminance: steps(of: metadata.max_luminance, 10_000),
            minimumLuminance: steps(of: metadata.min_luminance, 10_000))
    }
}

extension MasteringDisplay.Chromaticity {
    fileprivate init(_ point: (AVRational, AVRational)) {
        self.init(
            x: UInt16(clamping: steps(of: point.0, 50_000)), y: UInt16(clamping: steps(of: point.1, 50_000)))
    }
}

extension ContentLight {
    fileprivate init(_ metadata: AVContentLightMetadata) {
        self.init(maximum: UInt16(clamping: metadata.MaxCLL), maximumAverage: UInt16(clamping: metadata.MaxFALL))
    }
}

/// A number in steps of 1/`parts`, to the nearest.
private func steps(of value: AVRational, _ parts: Int64) -> UInt32 {
    guard value.den > 0, value.num >= 0 else { return 0 }
    let denominator = Int64(value.den)
    return UInt32(clamping: (Int64(value.num) * parts * 2 + denominator) / (2 * denominator))
}
