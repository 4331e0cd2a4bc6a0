/// Brings frames to one format, passing those on that have it already.
public final class FormatConversion {
    private let target: PictureFormat
    private let keepsFields: Bool
    private let method: Scaler.Method
    private var scaler: Scaler?
    private var fields: FieldScaler?
    private var source: PictureFormat?

    /// - Parameters:
    ///   - keepsFields: whether lines of one field are never mixed with those of the other.
    ///   - method: how pictures change their size where fields are not kept.
    public init(to target: PictureFormat, keepingFields keepsFields: Bool = false, by method: Scaler.Method = .bicubic)
    {
        self.target = target
        self.keepsFields = keepsFields
        self.method = method
    }

    /// - Throws: `FFmpegError` when FFmpeg cannot convert between the formats.
    public func convert(_ frame: consuming Frame) throws(FFmpegError) -> Frame {
        if frame.pictureFormat == target { return frame }
        if source != frame.pictureFormat {
            if keepsFields {
                fields = try FieldScaler(from: frame.pictureFormat, to: target)
            } else {
                scaler = try Scaler.open(from: frame.pictureFormat, to: target, by: method)
            }
            source = frame.pictureFormat
        }
        guard let converted = try keepsFields ? fields?.scale(frame) : scaler?.scale(frame) else { return frame }
        return converted
    }
}
